//! Methods that change or take back a message: editMessageText, editMessageCaption, editMessageReplyMarkup, deleteMessage(s).

use serde_json::Value;

use super::params::Params;
use super::{Answer, ApiError, Done, send};
use crate::entities::Formatted;
use crate::feed::Change;
use crate::markup::Markup;
use crate::message::ChatMessage;
use crate::state::{State, now};

const NOT_MODIFIED: &str = "message is not modified: specified new message content and reply markup are exactly the same as a \
                            current content and reply markup of the message";

/// editMessageText. Without `reply_markup` the inline keyboard goes away.
pub(super) fn text(state: &mut State, params: &mut Params) -> Answer {
    let (chat, id) = target(state, params)?;
    let text = send::text(state, params)?;
    let markup = inline_markup(params)?;
    let old = editable(state, chat, id)?;
    if old.document.is_some() {
        return Err(ApiError::bad_request("there is no text in the message to edit"));
    }
    apply(state, chat, id, Some(text), markup)
}

/// editMessageCaption.
pub(super) fn caption(state: &mut State, params: &mut Params) -> Answer {
    let (chat, id) = target(state, params)?;
    let caption = send::caption(state, params)?;
    let markup = inline_markup(params)?;
    let old = editable(state, chat, id)?;
    if old.document.is_none() {
        return Err(ApiError::bad_request("there is no caption in the message to edit"));
    }
    apply(state, chat, id, Some(caption), markup)
}

/// editMessageReplyMarkup.
pub(super) fn reply_markup(state: &mut State, params: &mut Params) -> Answer {
    let (chat, id) = target(state, params)?;
    let markup = inline_markup(params)?;
    editable(state, chat, id)?;
    apply(state, chat, id, None, markup)
}

/// Chat and message of an edit.
fn target(state: &State, params: &Params) -> Result<(i64, i64), ApiError> {
    let chat = params.chat_id()?;
    state.reachable(chat)?;
    match params.int("message_id") {
        Some(id) => Ok((chat, id)),
        None => Err(ApiError::bad_request("message identifier is not specified")),
    }
}

fn inline_markup(params: &Params) -> Result<Markup, ApiError> {
    match send::reply_markup(params)? {
        markup @ (Markup::None | Markup::Inline(_)) => Ok(markup),
        _ => Err(ApiError::bad_request("inline keyboard expected")),
    }
}

fn editable(state: &State, chat: i64, id: i64) -> Result<&ChatMessage, ApiError> {
    let found = state.chats.get(&chat).and_then(|chat| chat.message(id));
    let message = found.ok_or_else(|| ApiError::bad_request("message to edit not found"))?;
    // Telegram does not edit a message that put a keyboard under the composer.
    let plain = matches!(message.markup, Markup::None | Markup::Inline(_));
    if message.from_bot && message.forward.is_none() && message.service.is_none() && plain {
        Ok(message)
    } else {
        Err(ApiError::bad_request("message can't be edited"))
    }
}

fn apply(state: &mut State, chat: i64, id: i64, text: Option<Formatted>, markup: Markup) -> Answer {
    let message = state.chats.get_mut(&chat).and_then(|chat| chat.message_mut(id));
    let message = message.ok_or_else(|| ApiError::bad_request("message to edit not found"))?;
    let same_text =
        text.as_ref().is_none_or(|text| text.text == message.text && text.entities == message.entities);
    if same_text && markup == message.markup {
        return Err(ApiError::bad_request(NOT_MODIFIED));
    }
    if let Some(text) = text {
        message.text = text.text;
        message.entities = text.entities;
    }
    message.markup = markup;
    message.edits += 1;
    message.edit_date = Some(now());
    let edited = message.clone();
    state.feed.push(Change::Message(chat, id));
    Ok(Done { json: state.message_json(&edited).to_string(), message_id: Some(id) })
}

/// deleteMessage.
pub(super) fn delete(state: &mut State, params: &mut Params) -> Answer {
    let (chat, id) = target(state, params)?;
    delete_one(state, chat, id)?;
    Ok(Done { json: "true".to_owned(), message_id: Some(id) })
}

/// deleteMessages: those that cannot be found are skipped.
pub(super) fn delete_many(state: &mut State, params: &mut Params) -> Answer {
    let chat = params.chat_id()?;
    state.reachable(chat)?;
    let Ok(Some(Value::Array(ids))) = params.json("message_ids") else {
        return Err(ApiError::bad_request("message identifiers are not specified"));
    };
    for id in ids.iter().filter_map(Value::as_i64) {
        if state.message(chat, id).is_some_and(|message| !message.deleted) {
            delete_one(state, chat, id)?;
        }
    }
    Done::yes()
}

fn delete_one(state: &mut State, chat: i64, id: i64) -> Result<(), ApiError> {
    let found = state.chats.get_mut(&chat).ok_or_else(|| ApiError::bad_request("chat not found"))?;
    let in_group = found.is_group();
    let message =
        found.message_mut(id).ok_or_else(|| ApiError::bad_request("message to delete not found"))?;
    if in_group && !message.from_bot {
        // The bot is no administrator of the sandbox's groups.
        return Err(ApiError::bad_request("message can't be deleted"));
    }
    message.deleted = true;
    state.feed.push(Change::Message(chat, id));
    Ok(())
}
