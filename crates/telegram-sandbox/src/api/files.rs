//! Files: the parameters of the methods that send them, getFile, and the download.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde_json::json;

use super::params::{CallParams, UploadedFile};
use super::result::{MethodOutput, MethodResult};
use crate::api_error::ApiError;
use crate::file::{AttachedFile, FileKind, photo_type, picture_size, unique_id};
use crate::state::SandboxState;

/// The file in the parameter named like the kind: an upload, or the id of a file sent before.
pub(super) fn file_param(
    state: &mut SandboxState,
    params: &CallParams,
    kind: FileKind,
) -> Result<AttachedFile, ApiError> {
    let field = kind.field();
    if let Some(upload) = params.uploaded_file(field) {
        return uploaded_file(state, upload, kind);
    }
    let Some(id) = params.text(field).filter(|id| !id.is_empty()) else {
        return Err(ApiError::bad_request(format!("there is no {field} in the request")));
    };
    repeated_file(state, &id, kind)
}

/// The file in the `media` field of an item of an album.
pub(super) fn album_file(
    state: &mut SandboxState,
    params: &CallParams,
    media: &str,
    kind: FileKind,
) -> Result<AttachedFile, ApiError> {
    match params.attached_file(media) {
        Some(upload) => uploaded_file(state, upload, kind),
        None => repeated_file(state, media, kind),
    }
}

fn uploaded_file(
    state: &mut SandboxState,
    upload: &UploadedFile,
    kind: FileKind,
) -> Result<AttachedFile, ApiError> {
    if upload.bytes.is_empty() {
        return Err(ApiError::bad_request("file must be non-empty"));
    }
    let size = match kind {
        FileKind::Photo => {
            picture_size(&upload.bytes).ok_or_else(|| ApiError::bad_request("IMAGE_PROCESS_FAILED"))?
        }
        _ => (0, 0),
    };
    let name = if upload.name.is_empty() { "file".to_owned() } else { upload.name.clone() };
    let (mime, bytes, file_id) = (upload.mime.clone(), upload.bytes.clone(), state.new_file_id());
    Ok(AttachedFile { unique_id: unique_id(&file_id), file_id, name, mime, bytes, kind, size })
}

/// A file that a user or the bot has sent before.
fn repeated_file(state: &mut SandboxState, id: &str, kind: FileKind) -> Result<AttachedFile, ApiError> {
    let known = state.files.get(id);
    let known = known.ok_or_else(|| ApiError::bad_request("wrong file identifier/HTTP URL specified"))?;
    if known.kind != kind {
        let (is, wanted) = (known.kind.type_name(), kind.type_name());
        return Err(ApiError::bad_request(format!("can't use file of type {is} as {wanted}")));
    }
    let known = known.clone();
    // Each message has its own file id, so that dropping one message keeps the file of another.
    Ok(AttachedFile { file_id: state.new_file_id(), ..known })
}

pub(super) fn get_file(state: &mut SandboxState, params: &mut CallParams) -> MethodResult {
    let id = params.text("file_id").unwrap_or_default();
    let file = state.files.get(&id).ok_or_else(|| ApiError::bad_request("invalid file_id"))?;
    let folder = match file.kind {
        FileKind::Photo => "photos",
        FileKind::Video => "videos",
        FileKind::Voice => "voice",
        FileKind::Audio => "music",
        FileKind::Animation => "animations",
        FileKind::VideoNote => "video_notes",
        FileKind::Sticker => "stickers",
        FileKind::Document => "documents",
    };
    Ok(MethodOutput::new(json!({
        "file_id": id,
        "file_unique_id": file.unique_id,
        "file_size": file.bytes.len(),
        "file_path": format!("{folder}/{id}"),
    })))
}

/// The content of a file. `path` comes from getFile or is the id. Browsers display photos only and download the rest.
pub(crate) fn file_response(state: &SandboxState, path: &str) -> Response<Body> {
    let id = path.rsplit('/').next().unwrap_or_default();
    let Some(file) = state.files.get(id) else {
        return super::result::to_response(Err(ApiError::not_found()));
    };
    let mut response = Response::new(Body::from(file.bytes.to_vec()));
    let (kind, place) = match file.kind {
        FileKind::Photo => (photo_type(&file.bytes), "inline".to_owned()),
        _ => (
            "application/octet-stream",
            format!("attachment; filename*=UTF-8''{}", percent_encoded(&file.name)),
        ),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(place) = HeaderValue::try_from(place) {
        headers.insert(header::CONTENT_DISPOSITION, place);
    }
    *response.status_mut() = StatusCode::OK;
    response
}

fn percent_encoded(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            for half in [byte >> 4, byte & 15] {
                encoded.push(char::from(b"0123456789ABCDEF"[usize::from(half)]));
            }
        }
    }
    encoded
}
