//! The content type of requests to the page's API.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};

use crate::context::ServerContext;
use crate::host_guard::Rejection;

/// Proof that a request which changes something has a content type that a form of a foreign page cannot have. Every handler
/// of the page's API takes one.
pub(super) struct TrustedRequest;

impl FromRequestParts<ServerContext> for TrustedRequest {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &ServerContext) -> Result<Self, Self::Rejection> {
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if parts.method == Method::GET || kind.is_some_and(|kind| kind.starts_with("application/json")) {
            Ok(Self)
        } else {
            Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type must be application/json"))
        }
    }
}
