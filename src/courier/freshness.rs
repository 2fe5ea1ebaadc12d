//! Whether a queued message may still be sent, and with which content.
//!
//! Hours may pass between the decision to send a message and its delivery. Asked right before each call: is there a newer
//! version of it, and may its reader see the order *now*? So the code that takes a right away need not know the queue.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::db::dashboards::{self, PIN, RESEND_MARK, UNPIN};
use crate::db::dialogue_questions::{self, LAST_MARK, QUESTION_MARK, REMOVE_BUTTONS, marked_question};
use crate::db::order_lines::{LINES_MARK, OrderLines};
use crate::db::order_messages::OrderMessageKind;
use crate::db::outbox::{CONTENT_MARK, FINAL_MARK, LINK_MARK, LeasedMessage};
use crate::db::{self, AnyConnection, masters, order_messages, orders, outbox, users};
use crate::domain::ids::{ChatId, OrderId};
use crate::domain::visibility::is_master_chat;

/// The method that changes a message.
pub(super) const EDIT: &str = "editMessageText";

pub(super) enum Freshness {
    /// The parameters of the call.
    Send(String),
    Skip(&'static str),
}

/// Returns what to send of a message now. The `message_id` of a card is read here because the card may have been unsent
/// when the edit was decided.
pub(super) fn check_freshness(conn: &mut AnyConnection, row: &LeasedMessage) -> db::Result<Freshness> {
    let Some(row) = with_current_lines(conn, row)? else {
        return Ok(Freshness::Skip("nothing that it tells of still holds"));
    };
    let row = row.as_ref();
    let Some((latest, content)) = outbox::find_latest_version(conn, row)? else {
        return Ok(Freshness::Skip("it was withdrawn"));
    };
    let Some(card) = row.order_message else { return question_payload(conn, row) };
    let about = order_messages::find_order_of_message(conn, card)?;
    let (Some((order, kind)), Ok(mut payload)) = (about, serde_json::from_str::<Value>(&row.payload)) else {
        return Ok(Freshness::Send(row.payload.clone()));
    };
    let is_card_edit = row.method == EDIT && payload.get("message_id").is_none();
    let is_final = take_mark(&mut payload, FINAL_MARK);
    let is_content = take_mark(&mut payload, CONTENT_MARK);
    let is_retired = kind == OrderMessageKind::Notice;
    if latest != row.id {
        if is_card_edit || is_retired {
            return Ok(Freshness::Skip("a newer version follows"));
        }
        copy_content(&mut payload, &content);
    }
    if is_card_edit && is_retired && !is_final {
        return Ok(Freshness::Skip("the message shows something else now"));
    }
    let is_readable = match kind {
        OrderMessageKind::Notice if is_content => {
            is_staff_chat(conn, row.chat)? || is_chat_of_present_master(conn, row.chat, order)?
        }
        kind => is_final || may_read(conn, row, order, kind)?,
    };
    if !is_readable {
        return Ok(Freshness::Skip("its reader may no longer see the order"));
    }
    if is_card_edit {
        let Some(message) = order_messages::find_message_id(conn, card)? else {
            return Ok(Freshness::Skip("the card was never delivered"));
        };
        payload["message_id"] = message.0.into();
    }
    Ok(Freshness::Send(payload.to_string()))
}

/// Returns a message with only those lines about orders that hold now; `None` when none does.
fn with_current_lines<'a>(
    conn: &mut AnyConnection,
    row: &'a LeasedMessage,
) -> db::Result<Option<Cow<'a, LeasedMessage>>> {
    if !row.payload.contains(LINES_MARK) {
        return Ok(Some(Cow::Borrowed(row)));
    }
    let Ok(mut payload) = serde_json::from_str::<Value>(&row.payload) else {
        return Ok(Some(Cow::Borrowed(row)));
    };
    let lines = payload.as_object_mut().and_then(|fields| fields.remove(LINES_MARK));
    let Some(Ok(mut lines)) = lines.map(serde_json::from_value::<OrderLines>) else {
        return Ok(Some(Cow::Borrowed(row)));
    };
    lines.retain_current(conn)?;
    if lines.lines.is_empty() {
        return Ok(None);
    }
    payload["text"] = json!(lines.html());
    payload["reply_markup"] = lines.keyboard();
    Ok(Some(Cow::Owned(LeasedMessage { payload: payload.to_string(), ..row.clone() })))
}

/// Returns the parameters of a message about no order, without the mark of a question. The buttons to remove, and a
/// text to replace, are those of the message that the question is now.
fn question_payload(conn: &mut AnyConnection, row: &LeasedMessage) -> db::Result<Freshness> {
    let Some(question) = marked_question(&row.payload) else {
        return Ok(Freshness::Send(without_link_mark(row)));
    };
    let Ok(mut payload) = serde_json::from_str::<Value>(&row.payload) else {
        return Ok(Freshness::Send(row.payload.clone()));
    };
    if let Some(fields) = payload.as_object_mut() {
        fields.remove(QUESTION_MARK);
        fields.remove(LAST_MARK);
        fields.remove(RESEND_MARK);
    }
    if row.method == PIN && dashboards::is_pinned(conn, question)? {
        return Ok(Freshness::Skip("it is pinned already"));
    }
    let concerns_message = [REMOVE_BUTTONS, PIN, UNPIN].contains(&row.method.as_str());
    if concerns_message || row.method == EDIT && payload.get("message_id").is_none() {
        let Some(message) = dialogue_questions::find_question_message(conn, question)? else {
            return Ok(Freshness::Skip("the question was never delivered"));
        };
        payload["message_id"] = message.0.into();
    }
    Ok(Freshness::Send(payload.to_string()))
}

fn without_link_mark(row: &LeasedMessage) -> String {
    match serde_json::from_str::<Value>(&row.payload) {
        Ok(Value::Object(mut fields)) if fields.contains_key(LINK_MARK) => {
            fields.remove(LINK_MARK);
            Value::Object(fields).to_string()
        }
        _ => row.payload.clone(),
    }
}

fn take_mark(payload: &mut Value, mark: &str) -> bool {
    payload.as_object_mut().is_some_and(|fields| fields.remove(mark).is_some())
}

/// Shows what a newer version of the message shows.
fn copy_content(payload: &mut Value, newer: &str) {
    let Ok(mut newer) = serde_json::from_str::<Value>(newer) else { return };
    for part in ["text", "reply_markup"] {
        match newer.get_mut(part).map(Value::take) {
            Some(value) => payload[part] = value,
            None => {
                if let Some(fields) = payload.as_object_mut() {
                    fields.remove(part);
                }
            }
        }
    }
}

/// Tells whether the reader of a chat may see a message about an order now.
fn may_read(
    conn: &mut AnyConnection,
    row: &LeasedMessage,
    order: OrderId,
    kind: OrderMessageKind,
) -> db::Result<bool> {
    Ok(match kind {
        OrderMessageKind::Master => is_chat_of_present_master(conn, row.chat, order)?,
        OrderMessageKind::Staff => is_staff_chat(conn, row.chat)?,
        OrderMessageKind::Notice if row.method == EDIT => is_staff_chat(conn, row.chat)?,
        OrderMessageKind::Notice => {
            is_staff_chat(conn, row.chat)? || masters::is_chat_of_master(conn, row.chat)?
        }
    })
}

fn is_staff_chat(conn: &mut AnyConnection, chat: ChatId) -> db::Result<bool> {
    let Some(person) = chat.private_user() else { return Ok(false) };
    Ok(users::find_user(conn, person)?.is_some_and(|user| user.roles.is_staff()))
}

fn is_chat_of_present_master(conn: &mut AnyConnection, chat: ChatId, order: OrderId) -> db::Result<bool> {
    let Some(order) = orders::find_order(conn, order)? else { return Ok(false) };
    let master = match order.assigned_master {
        Some(master) => masters::find_master(conn, master)?,
        None => None,
    };
    Ok(is_master_chat(&order, master.as_ref(), chat))
}

#[cfg(test)]
#[path = "freshness_tests.rs"]
mod tests;
