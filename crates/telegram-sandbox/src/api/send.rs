//! sendMessage, the methods that send one file, sendChatAction.

use serde_json::Value;

use super::files;
use super::params::CallParams;
use super::result::{MethodOutput, MethodResult};
use crate::api_error::ApiError;
use crate::entities::{self, EntityKind, FormattedText, MessageEntity, utf16_len};
use crate::feed::StateChange;
use crate::file::{AttachedFile, FileKind};
use crate::html;
use crate::markup::{self, ReplyMarkup};
use crate::message::ChatMessage;
use crate::state::SandboxState;

/// Maximum length of a parsed text in UTF-16 units.
const MAX_TEXT: usize = 4096;
/// Maximum length of a parsed caption in UTF-16 units.
const MAX_CAPTION: usize = 1024;

pub(super) fn send_message(state: &mut SandboxState, params: &mut CallParams) -> MethodResult {
    state.writable_chat(params.chat_id()?)?;
    let text = text_param(state, params)?;
    post_message(state, params, text, None)
}

/// Defines the method for a kind of file.
macro_rules! send_file_methods {
    ($($method:ident: $kind:ident),+ $(,)?) => {
        $(pub(super) fn $method(state: &mut SandboxState, params: &mut CallParams) -> MethodResult {
            send_file(state, params, FileKind::$kind)
        })+
    };
}
send_file_methods! {
    send_document: Document,
    send_photo: Photo,
    send_video: Video,
    send_voice: Voice,
    send_audio: Audio,
    send_animation: Animation,
    send_video_note: VideoNote,
    send_sticker: Sticker,
}

fn send_file(state: &mut SandboxState, params: &CallParams, kind: FileKind) -> MethodResult {
    state.writable_chat(params.chat_id()?)?;
    let caption = caption_param(state, params)?;
    let file = files::file_param(state, params, kind)?;
    post_message(state, params, caption, Some(file))
}

pub(super) fn send_chat_action(state: &mut SandboxState, params: &mut CallParams) -> MethodResult {
    let chat = params.chat_id()?;
    state.writable_chat(chat)?;
    let action = params.text("action").unwrap_or_default();
    if !(action == "typing"
        || action.starts_with("upload_")
        || action.starts_with("record_")
        || action.starts_with("choose_")
        || action == "find_location")
    {
        return Err(ApiError::bad_request("wrong parameter action in request"));
    }
    state.feed.push_change(StateChange::Action(chat));
    MethodOutput::ok_true()
}

fn post_message(
    state: &mut SandboxState,
    params: &CallParams,
    text: FormattedText,
    document: Option<AttachedFile>,
) -> MethodResult {
    let markup = reply_markup_param(params)?;
    let base = message_for(state, params)?;
    let message = ChatMessage { text: text.text, entities: text.entities, markup, document, ..base };
    let message_id = Some(message.id);
    Ok(MethodOutput { json: state.store_message(message).to_string(), message_id })
}

/// An empty message of the bot in the chat and topic of the parameters, and as a reply if they say so.
pub(super) fn message_for(state: &SandboxState, params: &CallParams) -> Result<ChatMessage, ApiError> {
    let chat = params.chat_id()?;
    let reply_to = reply_to_param(state, params, chat)?;
    let topic = params.int("message_thread_id");
    if let Some(topic) = topic {
        state.writable_chat(chat)?.check_topic(topic)?;
    }
    Ok(ChatMessage { reply_to, topic, ..state.new_message(chat, state.me.id) })
}

/// The parsed `text` parameter.
pub(super) fn text_param(state: &SandboxState, params: &CallParams) -> Result<FormattedText, ApiError> {
    let parsed = formatted_param(state, params, "text", "entities")?;
    if parsed.text.is_empty() {
        return Err(ApiError::bad_request("message text is empty"));
    }
    if utf16_len(&parsed.text) > MAX_TEXT {
        return Err(ApiError::bad_request("message is too long"));
    }
    Ok(parsed)
}

/// The parsed `caption` parameter, which may be empty.
pub(super) fn caption_param(state: &SandboxState, params: &CallParams) -> Result<FormattedText, ApiError> {
    checked_caption(formatted_param(state, params, "caption", "caption_entities")?)
}

/// Refuses a caption that is too long.
fn checked_caption(parsed: FormattedText) -> Result<FormattedText, ApiError> {
    if utf16_len(&parsed.text) > MAX_CAPTION {
        return Err(ApiError::bad_request("message caption is too long"));
    }
    Ok(parsed)
}

fn formatted_param(
    state: &SandboxState,
    params: &CallParams,
    text: &str,
    entities: &str,
) -> Result<FormattedText, ApiError> {
    let entities = params.parse_json(entities).map_err(|()| wrong_entities())?;
    let mode = params.text("parse_mode").unwrap_or_default();
    parse_formatted(state, params.text(text).unwrap_or_default(), &mode, entities)
}

/// The caption of an item of an album.
pub(super) fn item_caption(state: &SandboxState, item: &Value) -> Result<FormattedText, ApiError> {
    let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
    let entities = item.get("caption_entities").cloned();
    let parsed = parse_formatted(state, text("caption").to_owned(), text("parse_mode"), entities)?;
    checked_caption(parsed)
}

fn parse_formatted(
    state: &SandboxState,
    raw: String,
    mode: &str,
    entities: Option<Value>,
) -> Result<FormattedText, ApiError> {
    let parse_error = |error: &str| ApiError::bad_request(format!("can't parse entities: {error}"));
    let mut parsed = match mode.to_ascii_lowercase().as_str() {
        "html" => html::parse_html(&raw).map_err(|error| parse_error(&error))?,
        "" => FormattedText { text: raw, entities: parse_entities(entities)? },
        "markdown" | "markdownv2" => return Err(parse_error("the sandbox supports only HTML")),
        _ => return Err(ApiError::bad_request("unsupported parse_mode")),
    };
    // Telegram drops the mention of a user whom the bot does not know.
    parsed.entities.retain_mut(|entity| {
        if let Some(user) = &mut entity.user {
            match state.find_user(user.id) {
                Some(known) => known.clone_into(user),
                None => return false,
            }
        }
        true
    });
    let mut parsed = entities::trim_text(parsed);
    entities::add_bot_commands(&mut parsed);
    Ok(parsed)
}

fn parse_entities(value: Option<Value>) -> Result<Vec<MessageEntity>, ApiError> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let mut entities: Vec<MessageEntity> = serde_json::from_value(value).map_err(|_| wrong_entities())?;
    entities.retain(|entity| entity.length > 0 && entity.kind != EntityKind::BotCommand);
    Ok(entities)
}

fn wrong_entities() -> ApiError {
    ApiError::bad_request("can't parse entities JSON object")
}

pub(super) fn reply_markup_param(params: &CallParams) -> Result<ReplyMarkup, ApiError> {
    match params.parse_json("reply_markup") {
        Ok(None) => Ok(ReplyMarkup::None),
        Ok(Some(value)) => markup::parse_reply_markup(&value).map_err(ApiError::bad_request),
        Err(()) => Err(ApiError::bad_request("can't parse reply keyboard markup JSON object")),
    }
}

/// The message to reply to, from `reply_parameters` or the older `reply_to_message_id`.
fn reply_to_param(state: &SandboxState, params: &CallParams, chat: i64) -> Result<Option<i64>, ApiError> {
    let given = params
        .parse_json("reply_parameters")
        .map_err(|()| ApiError::bad_request("can't parse reply parameters JSON object"))?;
    let field = |name: &str| given.as_ref().and_then(|given| given.get(name));
    let Some(id) = field("message_id").and_then(Value::as_i64).or_else(|| params.int("reply_to_message_id"))
    else {
        return Ok(None);
    };
    let lenient = field("allow_sending_without_reply").and_then(Value::as_bool).unwrap_or(false);
    match state.chats.get(&chat).and_then(|found| found.live_message(id)) {
        Some(_) => Ok(Some(id)),
        None if lenient || params.flag("allow_sending_without_reply") => Ok(None),
        None => Err(ApiError::bad_request("message to be replied not found")),
    }
}
