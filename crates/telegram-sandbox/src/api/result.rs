//! What a method returns, and the HTTP response made from it.

use axum::body::Body;
use axum::http::{Response, StatusCode, header};

use crate::api_error::ApiError;

/// The JSON of `result`, and the message concerned.
pub(super) struct MethodOutput {
    pub(super) json: String,
    pub(super) message_id: Option<i64>,
}

impl MethodOutput {
    pub(super) fn new(result: impl std::fmt::Display) -> Self {
        Self { json: result.to_string(), message_id: None }
    }

    /// `true`, the result of methods that return nothing else.
    #[allow(clippy::unnecessary_wraps)] // every method has this shape
    pub(super) fn ok_true() -> Result<Self, ApiError> {
        Ok(Self::new("true"))
    }
}

pub(super) type MethodResult = Result<MethodOutput, ApiError>;

pub(super) fn to_response(answer: MethodResult) -> Response<Body> {
    let (code, kind, body) = match answer {
        Ok(done) => (200, "application/json", format!("{{\"ok\":true,\"result\":{}}}", done.json)),
        // Telegram's front servers answer in HTML, the Bot API server in JSON.
        Err(error) if error.code > 500 => {
            let line = format!("{} {}", error.code, error.description);
            (
                error.code,
                "text/html",
                format!("<html><head><title>{line}</title></head><body><h1>{line}</h1></body></html>"),
            )
        }
        Err(error) => (error.code, "application/json", error.to_json()),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    response
}

/// The response to a call with a wrong token.
pub(crate) fn unauthorized_response() -> Response<Body> {
    to_response(Err(ApiError::unauthorized()))
}

/// The response to a call with unreadable parameters.
pub(crate) fn bad_request_response(description: &str) -> Response<Body> {
    to_response(Err(ApiError::bad_request(description)))
}
