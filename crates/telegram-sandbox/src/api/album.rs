//! sendMediaGroup.

use serde_json::Value;

use super::files;
use super::params::CallParams;
use super::result::{MethodOutput, MethodResult};
use super::send;
use crate::api_error::ApiError;
use crate::file::FileKind;
use crate::message::ChatMessage;
use crate::state::SandboxState;

/// Maximum number of items of an album.
const MAX_ITEMS: usize = 10;

/// Sends nothing when one of the items is refused.
pub(super) fn send_media_group(state: &mut SandboxState, params: &mut CallParams) -> MethodResult {
    state.writable_chat(params.chat_id()?)?;
    let Ok(Some(Value::Array(items))) = params.parse_json("media") else {
        return Err(ApiError::bad_request("can't parse media JSON object"));
    };
    let kinds: Vec<FileKind> = items.iter().map(item_kind).collect::<Result<_, _>>()?;
    check_album(&kinds)?;
    let base = send::message_for(state, params)?;
    // Album ids are unique like those of files.
    let album = (items.len() > 1).then(|| state.new_file_id());
    let mut messages = Vec::with_capacity(items.len());
    for (item, kind) in items.iter().zip(kinds) {
        let caption = send::item_caption(state, item)?;
        let media = item.get("media").and_then(Value::as_str).unwrap_or_default();
        let document = Some(files::album_file(state, params, media, kind)?);
        let (text, entities, album) = (caption.text, caption.entities, album.clone());
        messages.push(ChatMessage { text, entities, document, album, ..base.clone() });
    }
    let message_id = Some(base.id);
    let sent: Vec<Value> = messages
        .into_iter()
        .zip(base.id..)
        .map(|(message, id)| state.store_message(ChatMessage { id, ..message }))
        .collect();
    Ok(MethodOutput { json: Value::Array(sent).to_string(), message_id })
}

fn item_kind(item: &Value) -> Result<FileKind, ApiError> {
    match item.get("type").and_then(Value::as_str) {
        Some("photo") => Ok(FileKind::Photo),
        Some("video") => Ok(FileKind::Video),
        Some("document") => Ok(FileKind::Document),
        _ => Err(ApiError::bad_request("can't parse InputMedia: type must be one of photo, video, document")),
    }
}

fn check_album(kinds: &[FileKind]) -> Result<(), ApiError> {
    if kinds.is_empty() {
        return Err(ApiError::bad_request("there are no messages to send"));
    }
    if kinds.len() > MAX_ITEMS {
        return Err(ApiError::bad_request("too many messages to send as an album"));
    }
    let documents = kinds.iter().filter(|kind| **kind == FileKind::Document).count();
    if documents != 0 && documents != kinds.len() {
        return Err(ApiError::bad_request("document can't be mixed with other media types"));
    }
    Ok(())
}
