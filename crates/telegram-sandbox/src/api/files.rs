//! Files: the parameters of sendDocument and sendPhoto, getFile, and the download.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde_json::json;

use super::params::CallParams;
use super::result::{MethodOutput, MethodResult};
use crate::api_error::ApiError;
use crate::message::{AttachedFile, unique_id};
use crate::state::SandboxState;

/// The parameter of a file that is no photo: an upload, or the id of a file of this kind sent before.
pub(super) fn plain_file_param(
    state: &mut SandboxState,
    params: &CallParams,
    kind: &'static str,
) -> Result<AttachedFile, ApiError> {
    file_param(state, params, kind, None)
}

/// The `photo` parameter, which must be a picture.
pub(super) fn photo_param(state: &mut SandboxState, params: &CallParams) -> Result<AttachedFile, ApiError> {
    let size = match params.uploaded_file("photo") {
        None => (0, 0),
        Some(upload) => {
            picture_size(&upload.bytes).ok_or_else(|| ApiError::bad_request("IMAGE_PROCESS_FAILED"))?
        }
    };
    file_param(state, params, "photo", Some(size))
}

fn file_param(
    state: &mut SandboxState,
    params: &CallParams,
    field: &'static str,
    photo: Option<(u32, u32)>,
) -> Result<AttachedFile, ApiError> {
    if let Some(upload) = params.uploaded_file(field) {
        if upload.bytes.is_empty() {
            return Err(ApiError::bad_request("file must be non-empty"));
        }
        let name = if upload.name.is_empty() { "file".to_owned() } else { upload.name.clone() };
        let (mime, bytes) = (upload.mime.clone(), upload.bytes.clone());
        return Ok(AttachedFile { file_id: state.new_file_id(), name, mime, bytes, kind: field, photo });
    }
    let Some(id) = params.text(field).filter(|id| !id.is_empty()) else {
        return Err(ApiError::bad_request(format!("there is no {field} in the request")));
    };
    let known = state.files.get(&id).filter(|file| file.kind == field);
    let known =
        known.ok_or_else(|| ApiError::bad_request("wrong file identifier/HTTP URL specified"))?.clone();
    // Each message has its own file id, so that dropping one message keeps the file of another.
    Ok(AttachedFile { file_id: state.new_file_id(), ..known })
}

/// Width and height of a PNG, JPEG or GIF; `None` for anything else.
fn picture_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let pair = |at: usize| Some((u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?), at + 2));
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        return Some((number(16)?, number(20)?));
    }
    if bytes.starts_with(b"GIF8") {
        let number = |at: usize| Some(u32::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
        return Some((number(6)?, number(8)?));
    }
    if !bytes.starts_with(&[0xff, 0xd8]) {
        return None;
    }
    let mut at = 2;
    loop {
        let (marker, next) = pair(at)?;
        let (length, _) = pair(next)?;
        // Start-of-frame markers, without the table markers among them.
        if matches!(marker, 0xffc0..=0xffcf) && !matches!(marker, 0xffc4 | 0xffc8 | 0xffcc) {
            let (height, after) = pair(next + 3)?;
            let (width, _) = pair(after)?;
            return Some((u32::from(width), u32::from(height)));
        }
        at = next + usize::from(length.max(2));
    }
}

pub(super) fn get_file(state: &mut SandboxState, params: &mut CallParams) -> MethodResult {
    let id = params.text("file_id").unwrap_or_default();
    let file = state.files.get(&id).ok_or_else(|| ApiError::bad_request("invalid file_id"))?;
    let folder = if file.photo.is_some() { "photos" } else { "documents" };
    Ok(MethodOutput::new(json!({
        "file_id": id,
        "file_unique_id": unique_id(&id),
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
    let (kind, place) = match file.photo {
        Some(_) => (photo_type(&file.bytes), "inline".to_owned()),
        None => (
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

fn photo_type(bytes: &[u8]) -> &'static str {
    match bytes.first() {
        Some(0x89) => "image/png",
        Some(b'G') => "image/gif",
        _ => "image/jpeg",
    }
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
