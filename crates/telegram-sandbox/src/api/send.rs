//! Methods that make a message: sendMessage, sendDocument, sendPhoto; and sendChatAction, which only looks like one.

use serde_json::Value;

use super::files;
use super::params::Params;
use super::{Answer, ApiError, Done};
use crate::entities::{self, Entity, EntityKind, Formatted, utf16_len};
use crate::feed::Change;
use crate::html;
use crate::markup::{self, Markup};
use crate::message::{ChatMessage, Document};
use crate::state::State;

/// UTF-16 units that a text may have after its entities are parsed.
const MAX_TEXT: usize = 4096;
/// The same for the caption of a file.
const MAX_CAPTION: usize = 1024;

/// sendMessage.
pub(super) fn message(state: &mut State, params: &mut Params) -> Answer {
    state.reachable(params.chat_id()?)?;
    let text = text(state, params)?;
    send(state, params, text, None)
}

/// sendDocument.
pub(super) fn document(state: &mut State, params: &mut Params) -> Answer {
    state.reachable(params.chat_id()?)?;
    let caption = caption(state, params)?;
    let document = files::take_document(state, params)?;
    send(state, params, caption, Some(document))
}

/// sendPhoto.
pub(super) fn photo(state: &mut State, params: &mut Params) -> Answer {
    state.reachable(params.chat_id()?)?;
    let caption = caption(state, params)?;
    let photo = files::take_photo(state, params)?;
    send(state, params, caption, Some(photo))
}

/// sendChatAction.
pub(super) fn chat_action(state: &mut State, params: &mut Params) -> Answer {
    let chat = params.chat_id()?;
    state.reachable(chat)?;
    let action = params.text("action").unwrap_or_default();
    if !(action == "typing"
        || action.starts_with("upload_")
        || action.starts_with("record_")
        || action.starts_with("choose_")
        || action == "find_location")
    {
        return Err(ApiError::bad_request("wrong parameter action in request"));
    }
    state.feed.push(Change::Action(chat));
    Done::yes()
}

fn send(state: &mut State, params: &Params, text: Formatted, document: Option<Document>) -> Answer {
    let chat = params.chat_id()?;
    let markup = reply_markup(params)?;
    let reply_to = reply_to(state, params, chat)?;
    let message = ChatMessage {
        text: text.text,
        entities: text.entities,
        markup,
        document,
        reply_to,
        ..state.new_message(chat, state.me.id)
    };
    let message_id = Some(message.id);
    Ok(Done { json: state.store(message).to_string(), message_id })
}

/// The text of sendMessage and editMessageText, parsed and within the limit.
pub(super) fn text(state: &State, params: &Params) -> Result<Formatted, ApiError> {
    let parsed = formatted(state, params, "text", "entities")?;
    if parsed.text.is_empty() {
        return Err(ApiError::bad_request("message text is empty"));
    }
    if utf16_len(&parsed.text) > MAX_TEXT {
        return Err(ApiError::bad_request("message is too long"));
    }
    Ok(parsed)
}

/// The caption of a file, which may be empty.
pub(super) fn caption(state: &State, params: &Params) -> Result<Formatted, ApiError> {
    let parsed = formatted(state, params, "caption", "caption_entities")?;
    if utf16_len(&parsed.text) > MAX_CAPTION {
        return Err(ApiError::bad_request("message caption is too long"));
    }
    Ok(parsed)
}

fn formatted(state: &State, params: &Params, text: &str, entities: &str) -> Result<Formatted, ApiError> {
    let raw = params.text(text).unwrap_or_default();
    let mode = params.text("parse_mode").unwrap_or_default().to_ascii_lowercase();
    let cannot = |what: &str| ApiError::bad_request(format!("can't parse entities: {what}"));
    let mut parsed = match mode.as_str() {
        "html" => html::parse(&raw).map_err(|error| cannot(&error))?,
        "" => Formatted { text: raw, entities: given_entities(params, entities)? },
        "markdown" | "markdownv2" => return Err(cannot("the sandbox knows only HTML")),
        _ => return Err(ApiError::bad_request("unsupported parse_mode")),
    };
    // Telegram drops the mention of a person whom the bot has never met.
    parsed.entities.retain_mut(|entity| {
        if let Some(user) = &mut entity.user {
            match state.user(user.id) {
                Some(known) => known.clone_into(user),
                None => return false,
            }
        }
        true
    });
    let mut parsed = entities::trimmed(parsed);
    entities::add_commands(&mut parsed);
    Ok(parsed)
}

fn given_entities(params: &Params, name: &str) -> Result<Vec<Entity>, ApiError> {
    let wrong = || ApiError::bad_request("can't parse entities JSON object");
    let Some(value) = params.json(name).map_err(|()| wrong())? else {
        return Ok(Vec::new());
    };
    let mut entities: Vec<Entity> = serde_json::from_value(value).map_err(|_| wrong())?;
    entities.retain(|entity| entity.length > 0 && entity.kind != EntityKind::BotCommand);
    Ok(entities)
}

/// The `reply_markup` parameter.
pub(super) fn reply_markup(params: &Params) -> Result<Markup, ApiError> {
    match params.json("reply_markup") {
        Ok(None) => Ok(Markup::None),
        Ok(Some(value)) => markup::parse(&value).map_err(ApiError::bad_request),
        Err(()) => Err(ApiError::bad_request("can't parse reply keyboard markup JSON object")),
    }
}

/// The message that this one answers, from `reply_parameters` or the older `reply_to_message_id`.
fn reply_to(state: &State, params: &Params, chat: i64) -> Result<Option<i64>, ApiError> {
    let given = params
        .json("reply_parameters")
        .map_err(|()| ApiError::bad_request("can't parse reply parameters JSON object"))?;
    let field = |name: &str| given.as_ref().and_then(|given| given.get(name));
    let Some(id) = field("message_id").and_then(Value::as_i64).or_else(|| params.int("reply_to_message_id"))
    else {
        return Ok(None);
    };
    let lenient = field("allow_sending_without_reply").and_then(Value::as_bool).unwrap_or(false);
    match state.chats.get(&chat).and_then(|found| found.message(id)) {
        Some(_) => Ok(Some(id)),
        None if lenient || params.flag("allow_sending_without_reply") => Ok(None),
        None => Err(ApiError::bad_request("message to be replied not found")),
    }
}
