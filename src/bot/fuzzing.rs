//! What holds for any update and any callback data.

#![allow(clippy::missing_panics_doc, reason = "a check fails with a panic")]

use serde_json::Value;

use super::callback::{Callback, MAX_BYTES};
use super::commands::BotCommand;
use super::dialogue::DialogueAnswer;
use super::incoming::{IncomingEvent, IncomingUpdate, ReceivedUpdate, UpdateContent, read_update_id};
use super::labels::Label;
use crate::domain::fuzzing::with_invisible_marks;
use crate::domain::ids::TelegramId;

/// Checks that what a user wrote in a private chat arrives, and that everything read fits together.
pub fn check_update(data: &[u8]) {
    let payload = String::from_utf8_lossy(data);
    check_received(&ReceivedUpdate::parse(7, &payload));
    let Ok(mut update) = serde_json::from_str::<Value>(&payload) else { return };
    // From here on, no object has a name twice, as in what Telegram sends.
    let received = ReceivedUpdate::parse(7, &update.to_string());
    check_received(&received);
    if let Some(id) = update.get("update_id").and_then(Value::as_i64) {
        assert_eq!(read_update_id(&update.to_string()), Some(id));
    }
    if let Some(text) = private_text(&update) {
        assert_eq!(event_text(&received), Some(text), "{update}");
    }
    if let Some(message) = update.get_mut("message").and_then(Value::as_object_mut) {
        message.insert("a_field_of_tomorrow".to_owned(), Value::Null);
        assert_eq!(ReceivedUpdate::parse(7, &update.to_string()), received, "{update}");
    }
}

/// Checks that callback data is read as what it is printed as, and that an error quotes nothing that no button has.
pub fn check_callback(data: &[u8]) {
    match Callback::parse(&String::from_utf8_lossy(data)) {
        Ok(callback) => {
            let encoded = callback.encode();
            assert!(encoded.len() <= MAX_BYTES, "{encoded}");
            assert_eq!(Callback::parse(&encoded), Ok(callback));
        }
        Err(error) => {
            let message = error.to_string();
            assert!(message.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '), "{message}");
        }
    }
}

fn check_received(received: &ReceivedUpdate) {
    match &received.content {
        UpdateContent::Action(input) | UpdateContent::Edit(input) => check_input(received, input),
        UpdateContent::Migration(chats) => {
            assert!(chats.from.is_group() && chats.to.is_group() && chats.from != chats.to, "{chats:?}");
        }
        UpdateContent::Anonymous(action) => assert_eq!(received.chat, Some(action.place.chat.0)),
        UpdateContent::Ignored | UpdateContent::Unreadable(_) => {}
    }
}

fn check_input(received: &ReceivedUpdate, input: &IncomingUpdate) {
    let sender = input.sender.telegram_id;
    assert!(sender.0 > 0 && !sender.is_service_account() && input.chat.0 != 0, "{input:?}");
    assert_eq!(received.chat, Some(input.chat.0));
    assert!(received.user.is_none_or(|user| user == sender.0), "{received:?}");
    match &input.event {
        IncomingEvent::Text(text) => {
            let marked = with_invisible_marks(text);
            assert_eq!(Label::from_message(&marked), Label::from_message(text), "{text:?}");
            assert_eq!(BotCommand::parse(&marked, "bot"), BotCommand::parse(text, "bot"), "{text:?}");
        }
        IncomingEvent::Press(press) => {
            assert_eq!(received.callback_query(), Some(press.query.as_str()));
            check_callback(press.data.as_bytes());
        }
        IncomingEvent::Answer(_) | IncomingEvent::BotAdded { .. } => {}
    }
}

/// Returns what a user wrote in a private chat, unless the message holds what is read before a text.
fn private_text(update: &Value) -> Option<&str> {
    const KINDS: [&str; 4] = ["message", "edited_message", "callback_query", "my_chat_member"];
    const READ_FIRST: [&str; 4] = ["contact", "chat_shared", "sender_chat", "is_automatic_forward"];
    let kinds = KINDS.into_iter().filter(|kind| update.get(kind).is_some()).count();
    let message = update.get("message").filter(|_| kinds == 1)?;
    let id = |name: &str| message.get(name)?.get("id")?.as_i64().filter(|id| *id > 0).map(TelegramId);
    let is_user = !id("from")?.is_service_account() && message["from"]["is_bot"] == false;
    let is_private = id("chat").is_some() && message["chat"]["type"] == "private";
    let is_plain = READ_FIRST.into_iter().all(|name| message.get(name).is_none());
    let text = message.get("text").or_else(|| message.get("caption"))?.as_str()?;
    (is_user && is_private && is_plain && !text.is_empty()).then_some(text)
}

fn event_text(received: &ReceivedUpdate) -> Option<&str> {
    let UpdateContent::Action(input) = &received.content else { return None };
    match &input.event {
        IncomingEvent::Text(text)
        | IncomingEvent::Answer(
            DialogueAnswer::Text(text) | DialogueAnswer::Forwarded { text: Some(text), .. },
        ) => Some(text),
        _ => None,
    }
}
