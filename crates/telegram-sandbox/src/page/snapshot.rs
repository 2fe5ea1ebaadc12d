//! What the page is shown: everything once, then changes as they happen.

use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State as Extract};
use serde::Deserialize;
use serde_json::{Value, json};

use super::guard::Trusted;
use crate::chats::{Chat, ChatKind, Standing};
use crate::feed::Change;
use crate::message::{ChatMessage, Origin, as_value};
use crate::options::Part;
use crate::server::Shared;
use crate::state::State;

/// How long `events` waits.
const LONGEST_WAIT: Duration = Duration::from_secs(25);
/// Messages of a chat in the first load.
const SHOWN: usize = 300;

/// `GET state`.
pub(super) async fn state(_: Trusted, Extract(shared): Extract<Shared>) -> Json<Value> {
    let state = shared.hub.lock();
    let phones: Vec<Value> = state
        .cast
        .iter()
        .map(|member| {
            let (id, group) = match &member.part {
                Part::Person(user) => (user.id, false),
                Part::Group { id, .. } => (*id, true),
            };
            let mut messages: Vec<Value> = state
                .iter_messages(id)
                .rev()
                .filter(|message| !message.deleted)
                .take(SHOWN)
                .map(message_json)
                .collect();
            messages.reverse();
            json!({ "id": id, "role": member.role, "group": group, "messages": messages })
        })
        .collect();
    Json(json!({
        "seq": state.feed.last(),
        "bot": state.me,
        "people": people(&state),
        "phones": phones,
        "chats": chats(&state),
        "faults": state.faults.list(),
    }))
}

/// Query of `events`.
#[derive(Deserialize)]
pub(super) struct After {
    after: u64,
}

/// `GET events`: waits for changes after a number.
pub(super) async fn events(
    _: Trusted,
    Extract(shared): Extract<Shared>,
    Query(query): Query<After>,
) -> Json<Value> {
    let look = |state: &State| (state.feed.last() != query.after).then(|| changes(state, query.after));
    let waiting = shared.hub.wait_for(LONGEST_WAIT, look);
    let found = tokio::select! {
        found = waiting => found.ok(),
        () = shared.hub.stopped() => None,
    };
    Json(found.unwrap_or_else(|| json!({ "seq": query.after, "changes": [] })))
}

/// Changes after a number, each thing in its present state and at most once.
fn changes(state: &State, after: u64) -> Value {
    let Some(list) = state.feed.after(after) else {
        return json!({ "seq": state.feed.last(), "reset": true });
    };
    let shown = |chat: i64| {
        state.cast.iter().any(|member| match &member.part {
            Part::Person(user) => user.id == chat,
            Part::Group { id, .. } => *id == chat,
        })
    };
    let mut seen = std::collections::HashSet::new();
    let (mut changes, mut people_too, mut faults_too) = (Vec::new(), false, false);
    for change in list {
        match change {
            Change::Message(chat, id) if shown(*chat) && seen.insert((*chat, *id)) => {
                match state.message(*chat, *id) {
                    Some(message) if !message.deleted => {
                        changes.push(json!({ "message": message_json(message) }));
                    }
                    _ => changes.push(json!({ "deleted": { "chat": chat, "id": id } })),
                }
            }
            Change::Answer(answer) if shown(answer.chat_id) => changes.push(json!({ "answer": {
                "query": answer.query_id, "user": answer.user_id, "chat": answer.chat_id,
                "text": answer.text, "alert": answer.show_alert, "url": answer.url,
            }})),
            Change::Action(chat) if shown(*chat) => changes.push(json!({ "typing": chat })),
            Change::Chat | Change::Commands => people_too = true,
            Change::Faults => faults_too = true,
            _ => {}
        }
    }
    if people_too {
        changes.push(json!({ "people": people(state), "chats": chats(state) }));
    }
    if faults_too {
        changes.push(json!({ "faults": state.faults.list() }));
    }
    json!({ "seq": state.feed.last(), "changes": changes })
}

/// The people of the cast, and of the groups in it, by id.
fn people(state: &State) -> Value {
    let mut people = serde_json::Map::new();
    let mut add = |id: i64| {
        if let Some(user) = state.user(id) {
            people.insert(id.to_string(), as_value(user));
        }
    };
    for member in &state.cast {
        match &member.part {
            Part::Person(user) => add(user.id),
            Part::Group { id, .. } => {
                if let Some(Chat { kind: ChatKind::Group { members, .. }, .. }) = state.chats.get(id) {
                    members.iter().copied().for_each(&mut add);
                }
            }
        }
    }
    Value::Object(people)
}

/// How the chats of the cast stand, by id: title, members, whether the bot can write, and the menu of each person there.
fn chats(state: &State) -> Value {
    let mut chats = serde_json::Map::new();
    for member in &state.cast {
        let (id, value) = match &member.part {
            Part::Person(user) => {
                let blocked = matches!(
                    state.chats.get(&user.id),
                    Some(Chat { kind: ChatKind::Private { blocked: true, .. }, .. })
                );
                let menus = json!({ user.id.to_string(): state.commands_for(user.id, user.id) });
                (user.id, json!({ "members": [user.id], "blocked": blocked, "menus": menus }))
            }
            Part::Group { id, .. } => {
                let Some(Chat { kind: ChatKind::Group { title, members, bot }, .. }) = state.chats.get(id)
                else {
                    continue;
                };
                let menus: serde_json::Map<String, Value> = members
                    .iter()
                    .map(|user| (user.to_string(), as_value(state.commands_for(*id, *user))))
                    .collect();
                let with_bot = *bot == Standing::Member;
                (*id, json!({ "title": title, "members": members, "with_bot": with_bot, "menus": menus }))
            }
        };
        chats.insert(id.to_string(), value);
    }
    Value::Object(chats)
}

/// A message for the page; unlike the Bot API's it shows the keyboard under the composer.
fn message_json(message: &ChatMessage) -> Value {
    let forward = message.forward.as_ref().map(|origin| match origin {
        Origin::User(user) => user.full_name(),
        Origin::HiddenUser(name) => name.clone(),
        Origin::Chat { title, .. } => title.clone(),
    });
    let file = message.document.as_ref().map(|document| json!({
        "id": document.file_id, "name": document.name, "size": document.bytes.len(), "photo": document.photo,
    }));
    json!({
        "id": message.id, "chat": message.chat_id, "from": message.from, "bot": message.from_bot, "date": message.date,
        "text": message.text, "entities": message.entities, "markup": message.markup, "file": file, "contact": message.contact,
        "forward": forward, "reply_to": message.reply_to, "service": message.service, "edited": message.edits > 0,
    })
}
