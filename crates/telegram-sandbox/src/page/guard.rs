//! Keeps pages from elsewhere out: a browser sends requests to loopback addresses for any page that asks, and a foreign
//! name can be made to point here.

use std::net::{IpAddr, SocketAddr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};

use crate::server::Shared;

/// Why a request is turned away.
pub(crate) type Refusal = (StatusCode, &'static str);

/// The host names under which the page may be used.
#[derive(Debug)]
pub(crate) struct Guard {
    own: SocketAddr,
    trusted: Vec<String>,
}

impl Guard {
    pub(crate) fn new(own: SocketAddr, trusted: Vec<String>) -> Self {
        Self { own, trusted }
    }

    fn is_own(&self, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        let name = name.trim_start_matches('[').trim_end_matches(']');
        name.eq_ignore_ascii_case("localhost")
            || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback() || ip == self.own.ip())
            || self.trusted.iter().any(|trusted| trusted.eq_ignore_ascii_case(name))
    }

    /// Refuses a request that a browser makes for a page from elsewhere. Other clients send neither header.
    pub(crate) fn check_origin(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
        let foreign = text("origin")
            .is_some_and(|origin| !origin.split_once("://").is_some_and(|(_, host)| self.is_own(host)));
        if foreign || text("sec-fetch-site").is_some_and(|site| site == "cross-site") {
            return Err((StatusCode::FORBIDDEN, "a page from elsewhere may not use the sandbox"));
        }
        Ok(())
    }

    fn check(&self, method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
        let text = |name| {
            headers.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok()).unwrap_or_default()
        };
        if !self.is_own(text(header::HOST)) {
            return Err((StatusCode::FORBIDDEN, "this host name is not one of the sandbox"));
        }
        self.check_origin(headers)?;
        if method != Method::GET && !text(header::CONTENT_TYPE).starts_with("application/json") {
            return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type must be application/json"));
        }
        Ok(())
    }
}

/// Proof that a request comes from the page or from no browser at all; every handler of the page's API takes one.
pub(super) struct Trusted;

impl FromRequestParts<Shared> for Trusted {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Self::Rejection> {
        shared.guard.check(&parts.method, &parts.headers).map(|()| Self)
    }
}
