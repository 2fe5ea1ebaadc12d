//! Requests of the page: user actions, faults, files.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State as Extract};
use axum::http::{Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::snapshot::clock_json;
use super::trusted::TrustedRequest;
use crate::api;
use crate::chat::{ChatKind, SandboxChat};
use crate::clock::SandboxClock;
use crate::context::ServerContext;
use crate::faults::Fault;
use crate::feed::StateChange;
use crate::message::SharedContact;
use crate::state::SandboxState;
use crate::user_actions::SentMessage;

pub(super) type Rejection = (StatusCode, &'static str);
pub(super) type Result<T> = std::result::Result<T, Rejection>;

const NOT_A_MEMBER: Rejection = (StatusCode::NOT_FOUND, "no such chat, or the user is not a member of it");

/// Refuses a user who is not in the chat.
pub(super) fn check_member(state: &SandboxState, user: i64, chat: i64) -> Result<()> {
    let inside = state.chats.get(&chat).is_some_and(|chat| chat.has_user(user));
    if inside && state.find_user(user).is_some() { Ok(()) } else { Err(NOT_A_MEMBER) }
}

pub(super) fn sent_json(sent: SentMessage) -> Json<Value> {
    Json(json!({ "update_id": sent.update_id, "message_id": sent.message_id }))
}

#[derive(Deserialize)]
pub(super) struct SendRequest {
    #[serde(rename = "as")]
    user: i64,
    chat: i64,
    text: String,
    #[serde(default)]
    reply_to: Option<i64>,
}

/// `POST send`.
pub(super) async fn send_text(
    _: TrustedRequest,
    Extract(shared): Extract<ServerContext>,
    Json(request): Json<SendRequest>,
) -> Result<Json<Value>> {
    if request.text.trim().is_empty() || request.text.encode_utf16().count() > 4096 {
        return Err((StatusCode::UNPROCESSABLE_ENTITY, "a message must have 1 to 4096 characters"));
    }
    shared.hub.update_state(|state| {
        check_member(state, request.user, request.chat)?;
        Ok(sent_json(state.post_text(request.user, request.chat, &request.text, request.reply_to)))
    })
}

#[derive(Deserialize)]
pub(super) struct PressRequest {
    #[serde(rename = "as")]
    user: i64,
    chat: i64,
    message: i64,
    data: String,
}

/// `POST press`.
pub(super) async fn press_button(
    _: TrustedRequest,
    Extract(shared): Extract<ServerContext>,
    Json(request): Json<PressRequest>,
) -> Result<Json<Value>> {
    shared.hub.update_state(|state| {
        check_member(state, request.user, request.chat)?;
        let pressed = state.press_button(request.user, request.chat, request.message, &request.data);
        Ok(Json(json!({ "update_id": pressed.update_id, "query_id": pressed.query_id })))
    })
}

#[derive(Deserialize)]
pub(super) struct ContactRequest {
    #[serde(rename = "as")]
    user: i64,
    chat: i64,
    phone: String,
    /// User whose contact it is; defaults to the sender.
    #[serde(default)]
    of: Option<i64>,
    #[serde(default)]
    reply_to: Option<i64>,
}

/// `POST contact`.
pub(super) async fn share_contact(
    _: TrustedRequest,
    Extract(shared): Extract<ServerContext>,
    Json(request): Json<ContactRequest>,
) -> Result<Json<Value>> {
    shared.hub.update_state(|state| {
        check_member(state, request.user, request.chat)?;
        let of = request.of.unwrap_or(request.user);
        let first_name = state.find_user(of).ok_or(NOT_A_MEMBER)?.first_name.clone();
        let contact = SharedContact { phone_number: request.phone, first_name, user_id: Some(of) };
        Ok(sent_json(state.share_contact(request.user, request.chat, contact, request.reply_to)))
    })
}

#[derive(Deserialize)]
pub(super) struct ShareRequest {
    #[serde(rename = "as")]
    user: i64,
    chat: i64,
    request: i64,
    #[serde(default)]
    users: Vec<i64>,
    #[serde(default)]
    shared_chat: Option<i64>,
}

/// `POST share`: answers a `request_users` or `request_chat` button.
pub(super) async fn share_selection(
    _: TrustedRequest,
    Extract(shared): Extract<ServerContext>,
    Json(request): Json<ShareRequest>,
) -> Result<Json<Value>> {
    shared.hub.update_state(|state| {
        check_member(state, request.user, request.chat)?;
        Ok(sent_json(match request.shared_chat {
            Some(chosen) => state.share_chat(request.user, request.chat, request.request, chosen),
            None => state.share_users(request.user, request.chat, request.request, &request.users),
        }))
    })
}

#[derive(Deserialize)]
pub(super) struct ForwardRequest {
    #[serde(rename = "as")]
    user: i64,
    chat: i64,
    message: i64,
    to: i64,
    #[serde(default)]
    as_group: bool,
}

/// `POST forward`.
pub(super) async fn forward_message(
    _: TrustedRequest,
    Extract(shared): Extract<ServerContext>,
    Json(request): Json<ForwardRequest>,
) -> Result<Json<Value>> {
    shared.hub.update_state(|state| {
        check_member(state, request.user, request.chat)?;
        check_member(state, request.user, request.to)?;
        let forwarded = state.forward_message(
            request.user,
            (request.chat, request.message),
            request.to,
            request.as_group,
        );
        forwarded.map(sent_json).ok_or((StatusCode::NOT_FOUND, "no such message"))
    })
}

#[derive(Deserialize)]
pub(super) struct GroupRequest {
    #[serde(rename = "as")]
    user: i64,
    chat: i64,
    with_bot: bool,
}

/// `POST group`: adds the bot to a group or removes it.
pub(super) async fn set_bot_in_group(
    _: TrustedRequest,
    Extract(shared): Extract<ServerContext>,
    Json(request): Json<GroupRequest>,
) -> Result<Json<Value>> {
    shared.hub.update_state(|state| {
        check_member(state, request.user, request.chat)?;
        Ok(Json(json!({ "update_id": state.set_bot_in_group(request.user, request.chat, request.with_bot) })))
    })
}

#[derive(Deserialize)]
pub(super) struct BlockRequest {
    user: i64,
    blocked: bool,
}

/// `POST block`.
pub(super) async fn set_blocked(
    _: TrustedRequest,
    Extract(shared): Extract<ServerContext>,
    Json(request): Json<BlockRequest>,
) -> Result<Json<Value>> {
    shared.hub.update_state(|state| {
        if !matches!(state.chats.get(&request.user), Some(SandboxChat { kind: ChatKind::Private { .. }, .. }))
        {
            return Err(NOT_A_MEMBER);
        }
        Ok(Json(json!({ "update_id": state.set_blocked(request.user, request.blocked) })))
    })
}

#[derive(Deserialize)]
pub(super) struct ClockRequest {
    seconds: u64,
}

/// `POST clock`: moves the clock forward.
pub(super) async fn advance_clock(
    _: TrustedRequest,
    Extract(shared): Extract<ServerContext>,
    Json(request): Json<ClockRequest>,
) -> Result<Json<Value>> {
    let step = Duration::from_secs(request.seconds);
    if step > SandboxClock::LONGEST_STEP {
        return Err((StatusCode::UNPROCESSABLE_ENTITY, "the clock moves by at most 31 days at a time"));
    }
    shared.hub.update_state(|state| {
        let clock =
            state.clock.as_ref().ok_or((StatusCode::NOT_FOUND, "this sandbox has no clock to move"))?;
        clock.advance(step);
        state.feed.push_change(StateChange::Clock);
        Ok(Json(clock_json(state)))
    })
}

/// `GET faults`.
pub(super) async fn list_faults(
    _: TrustedRequest,
    Extract(shared): Extract<ServerContext>,
) -> Json<Vec<Fault>> {
    Json(shared.hub.lock_state().faults.as_slice().to_vec())
}

/// `POST faults`.
pub(super) async fn add_fault(
    _: TrustedRequest,
    Extract(shared): Extract<ServerContext>,
    Json(fault): Json<Fault>,
) -> Json<Vec<Fault>> {
    shared.hub.update_state(|state| {
        state.faults.add(fault);
        state.feed.push_change(StateChange::FaultQueue);
        Json(state.faults.as_slice().to_vec())
    })
}

/// `DELETE faults`.
pub(super) async fn clear_faults(
    _: TrustedRequest,
    Extract(shared): Extract<ServerContext>,
) -> Json<Vec<Fault>> {
    shared.hub.update_state(|state| {
        state.faults.clear();
        state.feed.push_change(StateChange::FaultQueue);
        Json(Vec::new())
    })
}

/// `GET file/ID`.
pub(super) async fn download_file(
    _: TrustedRequest,
    Extract(shared): Extract<ServerContext>,
    Path(id): Path<String>,
) -> Response<Body> {
    api::file_response(&shared.hub.lock_state(), &id)
}
