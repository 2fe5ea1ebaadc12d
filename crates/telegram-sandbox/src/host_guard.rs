//! Protection from foreign web pages: a browser sends requests to loopback addresses for any page, and a foreign host name can
//! resolve to this machine (DNS rebinding).

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, Method, StatusCode};

/// Why a request is refused.
pub(crate) type Rejection = (StatusCode, &'static str);

/// The host names to which the sandbox answers.
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

    /// Refuses a request for a foreign host name, and one that a browser sends for a foreign page, also one of another
    /// program on this machine. Other clients send none of the browser's headers.
    pub(crate) fn check_request(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
    ) -> Result<(), Rejection> {
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
        let host = text("host").unwrap_or_default();
        if !self.is_own_host(host) {
            return Err((StatusCode::FORBIDDEN, "unknown host name"));
        }
        let is_own_page =
            |origin: &str| origin.split_once("://").is_some_and(|(_, page)| page.eq_ignore_ascii_case(host));
        // A link on any page may lead to the chat page.
        let is_visit = method == Method::GET
            && path == "/"
            && text("sec-fetch-mode").is_some_and(|mode| mode == "navigate");
        let is_own_site = |site: &str| is_visit || matches!(site, "same-origin" | "none");
        if text("origin").is_none_or(is_own_page) && text("sec-fetch-site").is_none_or(is_own_site) {
            Ok(())
        } else {
            Err((StatusCode::FORBIDDEN, "cross-site requests are not allowed"))
        }
    }
}
