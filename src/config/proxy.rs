//! Which requests go through a proxy: those to other networks, as curl understands the variables. A proxy on the way to a
//! server on this machine or beside it could not help, and would learn the bot's token.

use std::net::Ipv4Addr;

use hyper_util::client::proxy::matcher::Matcher;
use url::{Host, Url};

use super::problem::ValueError;
use super::secret::Secret;
use super::sources::Sources;

const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// A variable that names a proxy which cannot be used.
pub(super) struct ProxyError {
    pub(super) variable: &'static str,
    pub(super) error: ValueError,
}

/// Returns the proxy for requests to a server.
pub(super) fn find_proxy(sources: &Sources, server: &Url) -> Result<Option<Secret<Url>>, ProxyError> {
    let given = |name: &str| sources.get(name).map(|found| found.text).filter(|text| !text.is_empty());
    if is_near(server) || is_exempt(server, given("NO_PROXY").unwrap_or_default()) {
        return Ok(None);
    }
    let of_scheme = if server.scheme() == "https" { "HTTPS_PROXY" } else { "HTTP_PROXY" };
    let found = [of_scheme, "ALL_PROXY"].into_iter().find_map(|name| Some((name, given(name)?)));
    let Some((variable, text)) = found else { return Ok(None) };
    parse_proxy(text).map(|proxy| Some(Secret::new(proxy))).map_err(|error| ProxyError { variable, error })
}

/// Whether a server is on this machine or in its network.
fn is_near(server: &Url) -> bool {
    match server.host() {
        None => true,
        Some(Host::Ipv4(address)) => is_private(address),
        Some(Host::Ipv6(address)) => match address.to_ipv4_mapped() {
            Some(mapped) => is_private(mapped),
            None => {
                address.is_loopback()
                    || address.is_unspecified()
                    || address.is_unique_local()
                    || address.is_unicast_link_local()
            }
        },
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            !name.contains('.') || [".localhost", ".local", ".internal"].iter().any(|end| name.ends_with(end))
        }
    }
}

fn is_private(address: Ipv4Addr) -> bool {
    // 100.64.0.0/10 is shared behind the provider's translation, or a private overlay network (RFC 6598).
    let is_shared = matches!(address.octets(), [100, 64..=127, ..]);
    address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_unspecified()
        || is_shared
}

fn is_exempt(server: &Url, exceptions: &str) -> bool {
    let matcher = Matcher::builder().all("http://proxy").no(exceptions).build();
    server.as_str().parse().is_ok_and(|uri| matcher.intercept(&uri).is_none())
}

/// Parses the URL of a proxy; without a scheme it is an HTTP proxy. Errors do not quote it: it may hold a password.
fn parse_proxy(text: &str) -> Result<Url, ValueError> {
    let url = if text.contains("://") { Url::parse(text) } else { Url::parse(&format!("http://{text}")) };
    url.ok().filter(|url| SCHEMES.contains(&url.scheme()) && url.has_host()).ok_or_else(|| {
        ValueError::new(
            "not the URL of a proxy that the bot can use",
            "write http://host:port, https://host:port or socks5h://host:port, or list the server in NO_PROXY",
        )
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::path::Path;

    use super::*;

    fn proxy(server: &str, environment: &[(&str, &str)]) -> Option<String> {
        let environment = environment.iter().map(|(name, value)| (name.into(), value.into()));
        let none = std::iter::empty::<(&str, &str)>;
        let sources = Sources::gather_with(Some(Path::new("/dev/null")), none(), environment).unwrap();
        let found = find_proxy(&sources, &server.parse().unwrap());
        found.map_err(|error| panic!("{}", error.error.message)).unwrap().map(|url| url.expose().to_string())
    }

    #[test]
    fn near_servers_are_reached_without_a_proxy() {
        let all = [("ALL_PROXY", "http://proxy:1")];
        for near in [
            "http://127.0.0.1:8081",
            "http://127.9.9.9",
            "http://0.0.0.0:1",
            "http://[::1]:8081",
            "http://[::ffff:10.1.2.3]",
            "http://[fd00::1]",
            "http://[fe80::1]",
            "http://10.0.0.5",
            "http://172.16.3.4",
            "https://192.168.1.1",
            "http://169.254.1.1",
            "http://100.100.1.1",
            "http://localhost",
            "http://LOCALHOST.:80",
            "http://a.localhost",
            "http://bot-api:8081",
            "http://nas.local",
            "http://host.docker.internal",
        ] {
            assert_eq!(proxy(near, &all), None, "{near}");
        }
        for far in [
            "https://api.telegram.org",
            "http://172.32.0.1",
            "http://100.128.0.1",
            "http://[2001:db8::1]",
            "http://local.example.org",
            "http://127.0.0.1.example.org",
        ] {
            assert_eq!(proxy(far, &all).as_deref(), Some("http://proxy:1/"), "{far}");
        }
    }

    #[test]
    fn variables_are_chosen_as_curl_does() {
        let all = ("ALL_PROXY", "socks5://all:1");
        for (server, environment, expected) in [
            ("https://a.example.org", &[("HTTPS_PROXY", "proxy:3128"), all][..], Some("http://proxy:3128/")),
            ("https://a.example.org", &[("https_proxy", "http://low:1")], Some("http://low:1/")),
            ("https://a.example.org", &[("HTTP_PROXY", "http://other:1")], None),
            ("http://a.example.org", &[("HTTP_PROXY", ""), ("http_proxy", "low:1")], Some("http://low:1/")),
            ("http://a.example.org", &[("HTTPS_PROXY", "http://other:1"), all], Some("socks5://all:1")),
            ("https://a.example.org", &[all, ("NO_PROXY", "b.org, .example.org")], None),
            ("https://a.example.org", &[all, ("no_proxy", "a.example.org")], None),
            ("https://a.example.org", &[all, ("NO_PROXY", "*")], None),
            ("https://8.8.4.4", &[all, ("NO_PROXY", "8.8.0.0/16")], None),
            ("https://a.example.org", &[all, ("NO_PROXY", "other.org")], Some("socks5://all:1")),
            ("https://a.example.org", &[], None),
        ] {
            assert_eq!(proxy(server, environment).as_deref(), expected, "{server} {environment:?}");
        }
    }

    #[test]
    fn other_schemes_are_refused_without_quoting_them() {
        for text in ["ftp://bot:hunter2@h", "quic://hunter2", "http://", "hunter2 x", "socks5://"] {
            let ValueError { message, hint } = parse_proxy(text).unwrap_err();
            assert!(!message.contains("hunter2") && hint.contains("socks5h://"), "{text}: {message}");
        }
    }
}
