//! What a person at the page does, as requests.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State as Extract};
use axum::http::{Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::guard::Trusted;
use crate::api;
use crate::chats::{Chat, ChatKind};
use crate::faults::Fault;
use crate::feed::Change;
use crate::message::Contact;
use crate::people::Sent;
use crate::server::Shared;
use crate::state::State;

type Refused = (StatusCode, &'static str);
type Result<T> = std::result::Result<T, Refused>;

const NOT_THERE: Refused =
    (StatusCode::NOT_FOUND, "this person is not in this chat, or there is no such chat");

/// Checks that the person can act in the chat.
fn check(state: &State, person: i64, chat: i64) -> Result<()> {
    let inside = state.chats.get(&chat).is_some_and(|chat| chat.has_person(person));
    if inside && state.user(person).is_some() { Ok(()) } else { Err(NOT_THERE) }
}

fn sent(sent: Sent) -> Json<Value> {
    Json(json!({ "update_id": sent.update_id, "message_id": sent.message_id }))
}

#[derive(Deserialize)]
pub(super) struct Send {
    #[serde(rename = "as")]
    person: i64,
    chat: i64,
    text: String,
    #[serde(default)]
    reply_to: Option<i64>,
}

/// `POST send`.
pub(super) async fn send(
    _: Trusted,
    Extract(shared): Extract<Shared>,
    Json(act): Json<Send>,
) -> Result<Json<Value>> {
    if act.text.trim().is_empty() || act.text.encode_utf16().count() > 4096 {
        return Err((StatusCode::UNPROCESSABLE_ENTITY, "a message has 1 to 4096 letters"));
    }
    shared.hub.change(|state| {
        check(state, act.person, act.chat)?;
        Ok(sent(state.say(act.person, act.chat, &act.text, act.reply_to)))
    })
}

#[derive(Deserialize)]
pub(super) struct Press {
    #[serde(rename = "as")]
    person: i64,
    chat: i64,
    message: i64,
    data: String,
}

/// `POST press`.
pub(super) async fn press(
    _: Trusted,
    Extract(shared): Extract<Shared>,
    Json(act): Json<Press>,
) -> Result<Json<Value>> {
    shared.hub.change(|state| {
        check(state, act.person, act.chat)?;
        let pressed = state.press(act.person, act.chat, act.message, &act.data);
        Ok(Json(json!({ "update_id": pressed.update_id, "query_id": pressed.query_id })))
    })
}

#[derive(Deserialize)]
pub(super) struct ShareContact {
    #[serde(rename = "as")]
    person: i64,
    chat: i64,
    phone: String,
    /// Whose contact; absent = one's own.
    #[serde(default)]
    of: Option<i64>,
}

/// `POST contact`.
pub(super) async fn contact(
    _: Trusted,
    Extract(shared): Extract<Shared>,
    Json(act): Json<ShareContact>,
) -> Result<Json<Value>> {
    shared.hub.change(|state| {
        check(state, act.person, act.chat)?;
        let of = act.of.unwrap_or(act.person);
        let first_name = state.user(of).ok_or(NOT_THERE)?.first_name.clone();
        let contact = Contact { phone_number: act.phone, first_name, user_id: Some(of) };
        Ok(sent(state.share_contact(act.person, act.chat, contact)))
    })
}

#[derive(Deserialize)]
pub(super) struct Share {
    #[serde(rename = "as")]
    person: i64,
    chat: i64,
    request: i64,
    #[serde(default)]
    users: Vec<i64>,
    #[serde(default)]
    shared_chat: Option<i64>,
}

/// `POST share`: the choice of a `request_users` or `request_chat` key.
pub(super) async fn share(
    _: Trusted,
    Extract(shared): Extract<Shared>,
    Json(act): Json<Share>,
) -> Result<Json<Value>> {
    shared.hub.change(|state| {
        check(state, act.person, act.chat)?;
        Ok(sent(match act.shared_chat {
            Some(chosen) => state.share_chat(act.person, act.chat, act.request, chosen),
            None => state.share_users(act.person, act.chat, act.request, &act.users),
        }))
    })
}

#[derive(Deserialize)]
pub(super) struct Forward {
    #[serde(rename = "as")]
    person: i64,
    chat: i64,
    message: i64,
    to: i64,
    #[serde(default)]
    as_group: bool,
}

/// `POST forward`.
pub(super) async fn forward(
    _: Trusted,
    Extract(shared): Extract<Shared>,
    Json(act): Json<Forward>,
) -> Result<Json<Value>> {
    shared.hub.change(|state| {
        check(state, act.person, act.chat)?;
        check(state, act.person, act.to)?;
        let forwarded = state.forward_message(act.person, (act.chat, act.message), act.to, act.as_group);
        forwarded.map(sent).ok_or((StatusCode::NOT_FOUND, "there is no such message"))
    })
}

#[derive(Deserialize)]
pub(super) struct Group {
    #[serde(rename = "as")]
    person: i64,
    chat: i64,
    with_bot: bool,
}

/// `POST group`: adds the bot to a group or removes it.
pub(super) async fn group(
    _: Trusted,
    Extract(shared): Extract<Shared>,
    Json(act): Json<Group>,
) -> Result<Json<Value>> {
    shared.hub.change(|state| {
        check(state, act.person, act.chat)?;
        Ok(Json(json!({ "update_id": state.set_bot_in_group(act.person, act.chat, act.with_bot) })))
    })
}

#[derive(Deserialize)]
pub(super) struct Block {
    user: i64,
    blocked: bool,
}

/// `POST block`.
pub(super) async fn block(
    _: Trusted,
    Extract(shared): Extract<Shared>,
    Json(act): Json<Block>,
) -> Result<Json<Value>> {
    shared.hub.change(|state| {
        if !matches!(state.chats.get(&act.user), Some(Chat { kind: ChatKind::Private { .. }, .. })) {
            return Err(NOT_THERE);
        }
        Ok(Json(json!({ "update_id": state.set_blocked(act.user, act.blocked) })))
    })
}

/// `GET faults`.
pub(super) async fn faults(_: Trusted, Extract(shared): Extract<Shared>) -> Json<Vec<Fault>> {
    Json(shared.hub.lock().faults.list().to_vec())
}

/// `POST faults`.
pub(super) async fn add_fault(
    _: Trusted,
    Extract(shared): Extract<Shared>,
    Json(fault): Json<Fault>,
) -> Json<Vec<Fault>> {
    shared.hub.change(|state| {
        state.faults.add(fault);
        state.feed.push(Change::Faults);
        Json(state.faults.list().to_vec())
    })
}

/// `DELETE faults`.
pub(super) async fn clear_faults(_: Trusted, Extract(shared): Extract<Shared>) -> Json<Vec<Fault>> {
    shared.hub.change(|state| {
        state.faults.clear();
        state.feed.push(Change::Faults);
        Json(Vec::new())
    })
}

/// `GET file/ID`.
pub(super) async fn file(
    _: Trusted,
    Extract(shared): Extract<Shared>,
    Path(id): Path<String>,
) -> Response<Body> {
    api::download(&shared.hub.lock(), &id)
}
