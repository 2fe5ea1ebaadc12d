//! Protection from foreign web pages: a browser sends requests to loopback addresses for any page, and a foreign host name can
//! resolve to this machine (DNS rebinding).

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, Method, StatusCode, header};

/// Why a request is refused.
pub(crate) type Rejection = (StatusCode, &'static str);

/// The host names to which the page answers.
#[derive(Debug)]
pub(crate) struct HostGuard {
    own: SocketAddr,
    trusted: Vec<String>,
}

impl HostGuard {
    pub(crate) fn new(own: SocketAddr, trusted: Vec<String>) -> Self {
        Self { own, trusted }
    }

    fn is_own_host(&self, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        let name = name.trim_start_matches('[').trim_end_matches(']');
        name.eq_ignore_ascii_case("localhost")
            || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback() || ip == self.own.ip())
            || self.trusted.iter().any(|trusted| trusted.eq_ignore_ascii_case(name))
    }

    /// Refuses a request that a browser sends for a foreign page. Other clients send neither header.
    pub(crate) fn check_origin(&self, headers: &HeaderMap) -> Result<(), Rejection> {
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
        let foreign = text("origin")
            .is_some_and(|origin| !origin.split_once("://").is_some_and(|(_, host)| self.is_own_host(host)));
        if foreign || text("sec-fetch-site").is_some_and(|site| site == "cross-site") {
            return Err((StatusCode::FORBIDDEN, "cross-site requests are not allowed"));
        }
        Ok(())
    }

    pub(crate) fn check_request(&self, method: &Method, headers: &HeaderMap) -> Result<(), Rejection> {
        let text = |name| {
            headers.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok()).unwrap_or_default()
        };
        if !self.is_own_host(text(header::HOST)) {
            return Err((StatusCode::FORBIDDEN, "unknown host name"));
        }
        self.check_origin(headers)?;
        if method != Method::GET && !text(header::CONTENT_TYPE).starts_with("application/json") {
            return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type must be application/json"));
        }
        Ok(())
    }
}
