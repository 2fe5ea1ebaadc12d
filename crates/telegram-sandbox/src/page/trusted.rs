//! The content type of requests to the page's API.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};

use crate::context::ServerContext;
use crate::host_guard::Rejection;

/// Types that only the page's own script can send.
const SAFE_TYPES: [&str; 2] = ["application/json", "application/octet-stream"];

/// Proof that a request which changes something has a content type that a form of a foreign page cannot have. Every handler
/// of the page's API takes one.
pub(super) struct TrustedRequest;

impl FromRequestParts<ServerContext> for TrustedRequest {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &ServerContext) -> Result<Self, Self::Rejection> {
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let is_safe = |kind: &str| SAFE_TYPES.iter().any(|safe| kind.starts_with(safe));
        if parts.method == Method::GET || kind.is_some_and(is_safe) {
            Ok(Self)
        } else {
            Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type must be application/json"))
        }
    }
}
