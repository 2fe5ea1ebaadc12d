//! Parameters of a call, from the query string, a JSON body, a form or a multipart body.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, Multipart};
use axum::http::{Request, header};
use serde_json::{Map, Value, json};

use crate::api_error::ApiError;

/// Largest body in bytes; Telegram accepts files up to 50 MB.
pub(crate) const MAX_BODY: usize = 52 * 1024 * 1024;

/// Before the name of the part that has a file.
const ATTACHED: &str = "attach://";

/// A file of a multipart body.
#[derive(Clone, Debug)]
pub(super) struct UploadedFile {
    pub name: String,
    pub mime: String,
    pub bytes: Arc<[u8]>,
}

/// The parameters of one call.
#[derive(Debug, Default)]
pub(crate) struct CallParams {
    values: Map<String, Value>,
    files: Vec<(String, UploadedFile)>,
}

impl CallParams {
    /// Reads the parameters of a request. The error is the description of a 400.
    pub(crate) async fn from_request(request: Request<Body>) -> Result<Self, String> {
        let mut params = Self::default();
        if let Some(query) = request.uri().query() {
            params.add_form(query);
        }
        let kind = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or_default();
        if kind.starts_with("multipart/form-data") {
            params.add_multipart(request).await?;
            return Ok(params);
        }
        let is_json = kind.starts_with("application/json");
        let body = to_bytes(request.into_body(), MAX_BODY).await.map_err(|_| "request entity too large")?;
        if is_json {
            if !body.is_empty() {
                let values: Map<String, Value> =
                    serde_json::from_slice(&body).map_err(|_| "can't parse JSON object")?;
                params.values.extend(values);
            }
        } else {
            params.add_form(&String::from_utf8_lossy(&body));
        }
        Ok(params)
    }

    fn add_form(&mut self, form: &str) {
        for pair in form.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            self.values.insert(decode_form_value(name), Value::String(decode_form_value(value)));
        }
    }

    async fn add_multipart(&mut self, request: Request<Body>) -> Result<(), String> {
        let mut parts = Multipart::from_request(request, &()).await.map_err(|error| error.body_text())?;
        while let Some(part) = parts.next_field().await.map_err(|error| error.body_text())? {
            let name = part.name().unwrap_or_default().to_owned();
            let file = part.file_name().map(str::to_owned);
            let mime = part.content_type().map(str::to_owned);
            let bytes = part.bytes().await.map_err(|error| error.body_text())?;
            if let Some(file) = file {
                let mime = mime.unwrap_or_else(|| "application/octet-stream".to_owned());
                self.files.push((name, UploadedFile { name: file, mime, bytes: Arc::from(bytes.as_ref()) }));
            } else {
                self.values.insert(name, Value::String(String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
        Ok(())
    }

    /// A parameter as text; other JSON values are serialized.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.values.get(name)? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    /// A parameter as a whole number.
    pub(super) fn int(&self, name: &str) -> Option<i64> {
        match self.values.get(name)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// A parameter as a boolean; false when absent.
    pub(super) fn flag(&self, name: &str) -> bool {
        match self.values.get(name) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) => {
                matches!(text.to_ascii_lowercase().as_str(), "true" | "yes" | "1")
            }
            Some(Value::Number(number)) => number.as_i64() == Some(1),
            _ => false,
        }
    }

    /// A parameter that is an object or array, or JSON text of one. The error means invalid JSON.
    pub(super) fn parse_json(&self, name: &str) -> Result<Option<Value>, ()> {
        match self.values.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
            Some(Value::String(text)) => serde_json::from_str(text).map(Some).map_err(|_| ()),
            Some(other) => Ok(Some(other.clone())),
        }
    }

    /// The `chat_id` parameter. Usernames of public chats are not supported.
    pub(super) fn chat_id(&self) -> Result<i64, ApiError> {
        match self.int("chat_id") {
            Some(id) => Ok(id),
            None if self.text("chat_id").is_none_or(|text| text.is_empty()) => {
                Err(ApiError::bad_request("chat_id is empty"))
            }
            None => Err(ApiError::bad_request("chat not found")),
        }
    }

    /// The uploaded file of a parameter: the part of that name, or the one referenced by `attach://`.
    pub(super) fn uploaded_file(&self, name: &str) -> Option<&UploadedFile> {
        let text = self.values.get(name).and_then(Value::as_str);
        self.attached_file(text.filter(|text| text.starts_with(ATTACHED)).unwrap_or(name))
    }

    /// The uploaded file of a part's name, with or without `attach://` before it.
    pub(super) fn attached_file(&self, part: &str) -> Option<&UploadedFile> {
        let part = part.strip_prefix(ATTACHED).unwrap_or(part);
        self.files.iter().find(|(found, _)| found == part).map(|(_, upload)| upload)
    }

    /// The parameters for the log, files by name and size.
    pub(super) fn into_log(self) -> Value {
        let mut values = self.values;
        for (name, file) in self.files {
            values.insert(
                name,
                json!({ "file_name": file.name, "mime_type": file.mime, "file_size": file.bytes.len() }),
            );
        }
        Value::Object(values)
    }
}

/// Decodes one name or value of `application/x-www-form-urlencoded`.
fn decode_form_value(text: &str) -> String {
    if !text.contains(['%', '+']) {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => match tail
                .get(..2)
                .and_then(|hex| std::str::from_utf8(hex).ok())
                .and_then(|hex| u8::from_str_radix(hex, 16).ok())
            {
                Some(decoded) => {
                    bytes.push(decoded);
                    rest = &tail[2..];
                }
                None => bytes.push(b'%'),
            },
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
