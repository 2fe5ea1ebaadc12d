//! What the page shows: everything once, then changes as they happen.

use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State as Extract};
use serde::Deserialize;
use serde_json::{Value, json};

use super::trusted::TrustedRequest;
use crate::chat::{BotMembership, ChatKind, SandboxChat};
use crate::context::ServerContext;
use crate::feed::StateChange;
use crate::message::{ChatMessage, MessageOrigin, to_value};
use crate::options::PhoneChat;
use crate::state::SandboxState;

/// How long `events` waits.
const MAX_WAIT: Duration = Duration::from_secs(25);
/// Messages of a chat in the first load.
const MAX_MESSAGES: usize = 300;

/// `GET state`.
pub(super) async fn full_state(_: TrustedRequest, Extract(shared): Extract<ServerContext>) -> Json<Value> {
    let state = shared.hub.lock_state();
    let phones: Vec<Value> = state
        .phones
        .iter()
        .map(|phone| {
            let (id, group) = match &phone.chat {
                PhoneChat::Private(user) => (user.id, false),
                PhoneChat::Group { id, .. } => (*id, true),
            };
            let mut messages: Vec<Value> = state
                .iter_messages(id)
                .rev()
                .filter(|message| !message.deleted)
                .take(MAX_MESSAGES)
                .map(message_json)
                .collect();
            messages.reverse();
            let keyboard = state.chats.get(&id).and_then(SandboxChat::keyboard);
            let keyboard = keyboard.map(|(message, keyboard)| json!({ "message": message, "markup": keyboard }));
            json!({ "id": id, "role": phone.label, "group": group, "messages": messages, "keyboard": keyboard })
        })
        .collect();
    Json(json!({
        "seq": state.feed.last_number(),
        "bot": state.me,
        "users": users_json(&state),
        "phones": phones,
        "chats": chats_json(&state),
        "faults": state.faults.as_slice(),
        "clock": clock_json(&state),
    }))
}

/// Query of `events`.
#[derive(Deserialize)]
pub(super) struct EventsQuery {
    after: u64,
}

/// `GET events`: waits for changes after a number.
pub(super) async fn wait_for_changes(
    _: TrustedRequest,
    Extract(shared): Extract<ServerContext>,
    Query(query): Query<EventsQuery>,
) -> Json<Value> {
    let condition = |state: &SandboxState| {
        (state.feed.last_number() != query.after).then(|| changes_json(state, query.after))
    };
    let waiting = shared.hub.wait_for(MAX_WAIT, condition);
    let found = tokio::select! {
        found = waiting => found.ok(),
        () = shared.hub.wait_until_stopped() => None,
    };
    Json(found.unwrap_or_else(|| json!({ "seq": query.after, "changes": [] })))
}

/// Changes after a number, each object in its current state and at most once.
fn changes_json(state: &SandboxState, after: u64) -> Value {
    let Some(list) = state.feed.changes_after(after) else {
        return json!({ "seq": state.feed.last_number(), "reset": true });
    };
    let shown = |chat: i64| {
        state.phones.iter().any(|phone| match &phone.chat {
            PhoneChat::Private(user) => user.id == chat,
            PhoneChat::Group { id, .. } => *id == chat,
        })
    };
    let mut seen = std::collections::HashSet::new();
    let (mut changes, mut users_changed, mut faults_changed, mut clock_changed) =
        (Vec::new(), false, false, false);
    for change in list {
        match change {
            StateChange::Message(chat, id) if shown(*chat) && seen.insert((*chat, *id)) => {
                match state.find_message(*chat, *id) {
                    Some(message) if !message.deleted => {
                        changes.push(json!({ "message": message_json(message) }));
                    }
                    _ => changes.push(json!({ "deleted": { "chat": chat, "id": id } })),
                }
            }
            StateChange::Answer(answer) if shown(answer.chat_id) => changes.push(json!({ "answer": {
                "query": answer.query_id, "user": answer.user_id, "chat": answer.chat_id,
                "text": answer.text, "alert": answer.show_alert, "url": answer.url,
            }})),
            StateChange::Action(chat) if shown(*chat) => changes.push(json!({ "typing": chat })),
            StateChange::Chat | StateChange::Commands => users_changed = true,
            StateChange::FaultQueue => faults_changed = true,
            StateChange::Clock => clock_changed = true,
            _ => {}
        }
    }
    if users_changed {
        changes.push(json!({ "users": users_json(state), "chats": chats_json(state) }));
    }
    if faults_changed {
        changes.push(json!({ "faults": state.faults.as_slice() }));
    }
    if clock_changed {
        changes.push(json!({ "clock": clock_json(state) }));
    }
    json!({ "seq": state.feed.last_number(), "changes": changes })
}

/// The sandbox's time, or null when the page cannot move it.
pub(super) fn clock_json(state: &SandboxState) -> Value {
    let clock = state.clock.as_ref();
    clock.map_or(Value::Null, |clock| json!({ "now": state.unix_now(), "time_zone": clock.time_zone() }))
}

/// The users of all phones, including the groups' members, by id.
fn users_json(state: &SandboxState) -> Value {
    let mut users = serde_json::Map::new();
    let mut add = |id: i64| {
        if let Some(user) = state.find_user(id) {
            users.insert(id.to_string(), to_value(user));
        }
    };
    for phone in &state.phones {
        match &phone.chat {
            PhoneChat::Private(user) => add(user.id),
            PhoneChat::Group { id, .. } => {
                if let Some(SandboxChat { kind: ChatKind::Group { members, .. }, .. }) = state.chats.get(id) {
                    members.iter().copied().for_each(&mut add);
                }
            }
        }
    }
    Value::Object(users)
}

/// The chats of all phones by id: title, members, whether the bot can write, and the menu of each member.
fn chats_json(state: &SandboxState) -> Value {
    let mut chats = serde_json::Map::new();
    for phone in &state.phones {
        let (id, value) = match &phone.chat {
            PhoneChat::Private(user) => {
                let blocked = matches!(
                    state.chats.get(&user.id),
                    Some(SandboxChat { kind: ChatKind::Private { blocked: true, .. }, .. })
                );
                let menus = json!({ user.id.to_string(): state.commands_for(user.id, user.id) });
                (user.id, json!({ "members": [user.id], "blocked": blocked, "menus": menus }))
            }
            PhoneChat::Group { id, .. } => {
                let Some(SandboxChat { kind: ChatKind::Group { title, members, bot, .. }, .. }) =
                    state.chats.get(id)
                else {
                    continue;
                };
                let menus: serde_json::Map<String, Value> = members
                    .iter()
                    .map(|user| (user.to_string(), to_value(state.commands_for(*id, *user))))
                    .collect();
                let with_bot = *bot == BotMembership::Member;
                (*id, json!({ "title": title, "members": members, "with_bot": with_bot, "menus": menus }))
            }
        };
        chats.insert(id.to_string(), value);
    }
    Value::Object(chats)
}

/// A message for the page; unlike in the Bot API, with the keyboard under the composer.
fn message_json(message: &ChatMessage) -> Value {
    let forward = message.forward.as_ref().map(|origin| match origin {
        MessageOrigin::User(user) => user.full_name(),
        MessageOrigin::HiddenUser(name) => name.clone(),
        MessageOrigin::Chat { title, .. } | MessageOrigin::Channel { title, .. } => title.clone(),
    });
    let file = message.document.as_ref().map(|document| json!({
        "id": document.file_id, "name": document.name, "size": document.bytes.len(), "kind": document.kind,
        "pixels": document.size,
    }));
    json!({
        "id": message.id, "chat": message.chat_id, "from": message.from, "bot": message.from_bot, "date": message.date,
        "text": message.text, "entities": message.entities, "markup": message.markup, "file": file, "contact": message.contact,
        "location": message.location,
        "forward": forward, "reply_to": message.reply_to, "service": message.service, "edited": message.edits > 0,
    })
}
