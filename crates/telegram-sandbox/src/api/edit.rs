//! editMessageText, editMessageCaption, editMessageReplyMarkup, deleteMessage, deleteMessages, pinChatMessage,
//! unpinChatMessage.

use serde_json::Value;

use super::params::CallParams;
use super::result::{MethodOutput, MethodResult};
use super::send;
use crate::api_error::ApiError;
use crate::entities::FormattedText;
use crate::feed::StateChange;
use crate::markup::ReplyMarkup;
use crate::message::ChatMessage;
use crate::state::SandboxState;

const NOT_MODIFIED: &str = "message is not modified: specified new message content and reply markup are exactly the same as a \
                            current content and reply markup of the message";

/// Without `reply_markup` the inline keyboard is removed.
pub(super) fn edit_message_text(state: &mut SandboxState, params: &mut CallParams) -> MethodResult {
    let (chat, id) = edit_target(state, params)?;
    let text = send::text_param(state, params)?;
    let markup = inline_markup_param(params)?;
    let old = editable_message(state, chat, id)?;
    if old.document.is_some() {
        return Err(ApiError::bad_request("there is no text in the message to edit"));
    }
    apply_edit(state, chat, id, Some(text), markup)
}

pub(super) fn edit_message_caption(state: &mut SandboxState, params: &mut CallParams) -> MethodResult {
    let (chat, id) = edit_target(state, params)?;
    let caption = send::caption_param(state, params)?;
    let markup = inline_markup_param(params)?;
    let old = editable_message(state, chat, id)?;
    if old.document.is_none() {
        return Err(ApiError::bad_request("there is no caption in the message to edit"));
    }
    apply_edit(state, chat, id, Some(caption), markup)
}

pub(super) fn edit_message_reply_markup(state: &mut SandboxState, params: &mut CallParams) -> MethodResult {
    let (chat, id) = edit_target(state, params)?;
    let markup = inline_markup_param(params)?;
    editable_message(state, chat, id)?;
    apply_edit(state, chat, id, None, markup)
}

/// Chat and message of an edit.
fn edit_target(state: &SandboxState, params: &CallParams) -> Result<(i64, i64), ApiError> {
    let chat = params.chat_id()?;
    state.writable_chat(chat)?;
    match params.int("message_id") {
        Some(id) => Ok((chat, id)),
        None => Err(ApiError::bad_request("message identifier is not specified")),
    }
}

fn inline_markup_param(params: &CallParams) -> Result<ReplyMarkup, ApiError> {
    match send::reply_markup_param(params)? {
        markup @ (ReplyMarkup::None | ReplyMarkup::Inline(_)) => Ok(markup),
        _ => Err(ApiError::bad_request("inline keyboard expected")),
    }
}

fn editable_message(state: &SandboxState, chat: i64, id: i64) -> Result<&ChatMessage, ApiError> {
    let found = state.chats.get(&chat).and_then(|chat| chat.live_message(id));
    let message = found.ok_or_else(|| ApiError::bad_request("message to edit not found"))?;
    // Telegram does not edit a message that shows a keyboard under the composer.
    let plain = matches!(message.markup, ReplyMarkup::None | ReplyMarkup::Inline(_));
    if message.from_bot && message.forward.is_none() && message.service.is_none() && plain {
        Ok(message)
    } else {
        Err(ApiError::bad_request("message can't be edited"))
    }
}

fn apply_edit(
    state: &mut SandboxState,
    chat: i64,
    id: i64,
    text: Option<FormattedText>,
    markup: ReplyMarkup,
) -> MethodResult {
    let now = state.unix_now();
    let message = state.chats.get_mut(&chat).and_then(|chat| chat.live_message_mut(id));
    let message = message.ok_or_else(|| ApiError::bad_request("message to edit not found"))?;
    let same_text =
        text.as_ref().is_none_or(|text| text.text == message.text && text.entities == message.entities);
    if same_text && markup == message.markup {
        return Err(ApiError::bad_request(NOT_MODIFIED));
    }
    if let Some(text) = text {
        message.text = text.text;
        message.entities = text.entities;
        // Apps do not call a message edited whose buttons alone have changed.
        message.edits += 1;
    }
    message.markup = markup;
    message.edit_date = Some(now);
    let edited = message.clone();
    state.feed.push_change(StateChange::Message(chat, id));
    Ok(MethodOutput { json: state.message_json(&edited).to_string(), message_id: Some(id) })
}

pub(super) fn delete_message(state: &mut SandboxState, params: &mut CallParams) -> MethodResult {
    let (chat, id) = edit_target(state, params)?;
    mark_deleted(state, chat, id)?;
    Ok(MethodOutput { json: "true".to_owned(), message_id: Some(id) })
}

pub(super) fn pin_chat_message(state: &mut SandboxState, params: &mut CallParams) -> MethodResult {
    set_pinned(state, params, true)
}

pub(super) fn unpin_chat_message(state: &mut SandboxState, params: &mut CallParams) -> MethodResult {
    set_pinned(state, params, false)
}

/// A private chat has no rights about it; in groups the bot is not an administrator.
fn set_pinned(state: &mut SandboxState, params: &CallParams, is_pinned: bool) -> MethodResult {
    let (chat, id) = edit_target(state, params)?;
    let found = state.chats.get_mut(&chat).ok_or_else(|| ApiError::bad_request("chat not found"))?;
    if found.is_group() {
        return Err(ApiError::bad_request("not enough rights to manage pinned messages in the chat"));
    }
    let message = found.live_message_mut(id);
    let message = message.ok_or_else(|| {
        let action = if is_pinned { "pin" } else { "unpin" };
        ApiError::bad_request(format!("message to {action} not found"))
    })?;
    message.pinned = is_pinned;
    state.feed.push_change(StateChange::Message(chat, id));
    MethodOutput::ok_true()
}

/// Skips messages that are not found.
pub(super) fn delete_messages(state: &mut SandboxState, params: &mut CallParams) -> MethodResult {
    let chat = params.chat_id()?;
    state.writable_chat(chat)?;
    let Ok(Some(Value::Array(ids))) = params.parse_json("message_ids") else {
        return Err(ApiError::bad_request("message identifiers are not specified"));
    };
    for id in ids.iter().filter_map(Value::as_i64) {
        if state.find_message(chat, id).is_some_and(|message| !message.deleted) {
            mark_deleted(state, chat, id)?;
        }
    }
    MethodOutput::ok_true()
}

fn mark_deleted(state: &mut SandboxState, chat: i64, id: i64) -> Result<(), ApiError> {
    let found = state.chats.get_mut(&chat).ok_or_else(|| ApiError::bad_request("chat not found"))?;
    let in_group = found.is_group();
    let message =
        found.live_message(id).ok_or_else(|| ApiError::bad_request("message to delete not found"))?;
    if in_group && !message.from_bot {
        // The bot is not an administrator of the sandbox's groups.
        return Err(ApiError::bad_request("message can't be deleted"));
    }
    found.delete_message(id);
    state.feed.push_change(StateChange::Message(chat, id));
    Ok(())
}
