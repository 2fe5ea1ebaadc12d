//! Requests of the page that send a file or a location, or edit a message.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State as Extract};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::requests::{Rejection, Result, check_member, sent_json};
use super::trusted::TrustedRequest;
use crate::context::ServerContext;
use crate::file::{FileKind, UserFile, picture_size};
use crate::message::SharedLocation;

/// Query of `POST file`.
#[derive(Deserialize)]
pub(super) struct FileQuery {
    #[serde(rename = "as")]
    user: i64,
    chat: i64,
    kind: FileKind,
    name: String,
    #[serde(default)]
    caption: String,
    #[serde(default)]
    reply_to: Option<i64>,
    /// `media_group_id` of the album of which it is a part.
    #[serde(default)]
    album: Option<String>,
}

/// `POST file`: the content is the body.
pub(super) async fn send_file(
    _: TrustedRequest,
    Extract(shared): Extract<ServerContext>,
    Query(query): Query<FileQuery>,
    content: Bytes,
) -> Result<Json<Value>> {
    let refused = |what| Err::<_, Rejection>((StatusCode::UNPROCESSABLE_ENTITY, what));
    if content.is_empty() {
        return refused("the file is empty");
    }
    if query.kind == FileKind::Photo && picture_size(&content).is_none() {
        return refused("a photo must be a PNG, JPEG or GIF");
    }
    if query.caption.encode_utf16().count() > 1024 {
        return refused("a caption has at most 1024 characters");
    }
    let mut file = UserFile::new(query.kind, query.name, content.as_ref()).with_caption(query.caption);
    (file.reply_to, file.album) = (query.reply_to, query.album);
    shared.hub.update_state(|state| {
        check_member(state, query.user, query.chat)?;
        Ok(sent_json(state.post_file(query.user, query.chat, &file)))
    })
}

#[derive(Deserialize)]
pub(super) struct LocationRequest {
    #[serde(rename = "as")]
    user: i64,
    chat: i64,
    #[serde(flatten)]
    location: SharedLocation,
    #[serde(default)]
    reply_to: Option<i64>,
}

/// `POST location`.
pub(super) async fn share_location(
    _: TrustedRequest,
    Extract(shared): Extract<ServerContext>,
    Json(request): Json<LocationRequest>,
) -> Result<Json<Value>> {
    shared.hub.update_state(|state| {
        check_member(state, request.user, request.chat)?;
        let (user, chat) = (request.user, request.chat);
        Ok(sent_json(state.share_location(user, chat, request.location, request.reply_to)))
    })
}

#[derive(Deserialize)]
pub(super) struct EditRequest {
    #[serde(rename = "as")]
    user: i64,
    chat: i64,
    message: i64,
    text: String,
}

/// `POST edit`: changes the text or caption of a message of one's own.
pub(super) async fn edit_message(
    _: TrustedRequest,
    Extract(shared): Extract<ServerContext>,
    Json(request): Json<EditRequest>,
) -> Result<Json<Value>> {
    shared.hub.update_state(|state| {
        check_member(state, request.user, request.chat)?;
        let edited = state.edit_own_message(request.user, request.chat, request.message, &request.text);
        let update_id = edited.ok_or((StatusCode::NOT_FOUND, "this message cannot be edited"))?;
        Ok(Json(json!({ "update_id": update_id })))
    })
}
