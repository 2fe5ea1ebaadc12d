//! The check of every request of the page's API.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::context::ServerContext;
use crate::host_guard::Rejection;

/// Proof that a request comes from the page or from no browser. Every handler of the page's API takes one.
pub(super) struct TrustedRequest;

impl FromRequestParts<ServerContext> for TrustedRequest {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, shared: &ServerContext) -> Result<Self, Self::Rejection> {
        shared.guard.check_request(&parts.method, &parts.headers).map(|()| Self)
    }
}
