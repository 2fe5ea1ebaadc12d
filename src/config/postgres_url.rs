//! The form of a `PostgreSQL` address, checked before libpq sees it: libpq's errors quote pieces of
//! the URL, and a password that is not percent-encoded may be such a piece.
//!
//! Takes an address apart as libpq does ("`PostgreSQL`: Connection URIs"). Nothing here quotes it.

use thiserror::Error;

use crate::redact::{is_libpq_option, percent_decode};

/// What is wrong with an address.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
pub enum PostgresUrlError {
    /// A space, a line end or the like.
    #[error("the address has a space or a control character in it")]
    Blank,
    /// A `%` that begins no code, or the code of the zero byte.
    #[error("the address has a % that is not followed by two hexadecimal digits other than 00")]
    Percent,
    /// More than one `@`, or one that is not in front of the host: user or password are not encoded.
    #[error("user and password hold an @, a / or a ? that is not percent-encoded")]
    Credentials,
    /// A host that cannot be one.
    #[error("the host is not a name or an IP address (IPv6 goes into brackets)")]
    Host,
    /// A port that is none; also what an address looks like that has a password and no host.
    #[error("what follows the host's colon is not a port from 1 to 65535, or @host is missing")]
    Port,
    /// An option that libpq does not know, or that has no value; counted from 1.
    #[error("option number {0} after the ? is not name=value with a name that libpq knows")]
    Option(usize),
}

/// Checks what follows the scheme.
pub(crate) fn check_url(rest: &str) -> Result<(), PostgresUrlError> {
    if rest.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(PostgresUrlError::Blank);
    }
    if !is_encoded(rest) {
        return Err(PostgresUrlError::Percent);
    }
    let (place, options) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, name) = place.split_once('/').unwrap_or((place, ""));
    let hosts = authority.split_once('@').map_or(authority, |(_, hosts)| hosts);
    // libpq takes an @ in a name or an option; far more often it is one of a password with a / or a ? before it.
    if [hosts, name, options].iter().any(|part| part.contains('@')) {
        return Err(PostgresUrlError::Credentials);
    }
    hosts.split(',').try_for_each(check_host)?;
    let options = options.strip_suffix('&').unwrap_or(options);
    if options.is_empty() {
        return Ok(());
    }
    match options.split('&').position(|option| !is_option(option)) {
        Some(at) => Err(PostgresUrlError::Option(at + 1)),
        None => Ok(()),
    }
}

/// The address with these options too (names and values that need no encoding); what it says itself about
/// one of them stays.
pub(crate) fn with_options(url: &str, options: &[(&str, &str)]) -> String {
    let (place, given) = url.split_once('?').unwrap_or((url, ""));
    let is_given = |name: &str| given.split('&').any(|option| option.split('=').next() == Some(name));
    let missing =
        options.iter().filter(|(name, _)| !is_given(name)).map(|(name, value)| format!("{name}={value}"));
    let given = given.split('&').filter(|option| !option.is_empty()).map(str::to_owned);
    let all = given.chain(missing).collect::<Vec<_>>().join("&");
    if all.is_empty() { place.to_owned() } else { format!("{place}?{all}") }
}

/// The address without its password, for a command line, which every user of the machine can see, and the password.
///
/// `None` when it holds another secret that cannot be passed on in any other way (`sslpassword`).
pub(crate) fn without_password(url: &str) -> Option<(String, Option<String>)> {
    let (place, options) = url.split_once('?').unwrap_or((url, ""));
    let (scheme, rest) = place.split_once("://").unwrap_or(("postgresql", place));
    let (user, rest, mut password) = match rest.split_once('@') {
        Some((credentials, rest)) => {
            let (user, password) =
                credentials.split_once(':').map_or((credentials, None), |(user, pw)| (user, Some(pw)));
            (format!("{user}@"), rest, password)
        }
        None => (String::new(), rest, None),
    };
    let mut kept = Vec::new();
    for option in options.split('&').filter(|option| !option.is_empty()) {
        match option.split_once('=') {
            Some(("password", value)) => password = Some(value),
            Some(("sslpassword" | "oauth_client_secret" | "scram_client_key" | "scram_server_key", _)) => {
                return None;
            }
            _ => kept.push(option),
        }
    }
    let options = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    Some((format!("{scheme}://{user}{rest}{options}"), password.map(percent_decode)))
}

/// The same address with another database on the same server; the name must need no encoding.
pub(crate) fn with_database(url: &str, name: &str) -> String {
    let (place, options) = url.split_once('?').unwrap_or((url, ""));
    let (scheme, rest) = place.split_once("://").unwrap_or(("postgresql", place));
    let authority = rest.split_once('/').map_or(rest, |(authority, _)| authority);
    let kept: Vec<_> =
        options.split('&').filter(|option| !option.is_empty() && !option.starts_with("dbname=")).collect();
    let options = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    format!("{scheme}://{authority}/{name}{options}")
}

/// The first host of an address to which a connection without TLS would cross a network, unless the address says
/// `sslmode=disable`. An address without a host means `default_host`, or else the server of this machine.
pub(crate) fn host_needing_tls(url: &str, default_host: Option<String>) -> Option<String> {
    let (place, options) = url.split_once('?').unwrap_or((url, ""));
    let rest = place.split_once("://").map_or(place, |(_, rest)| rest);
    let authority = rest.split_once('/').map_or(rest, |(authority, _)| authority);
    let hosts = authority.rsplit_once('@').map_or(authority, |(_, hosts)| hosts);
    let options: Vec<_> = options.split('&').filter_map(|option| option.split_once('=')).collect();
    if options.contains(&("sslmode", "disable")) {
        return None;
    }
    let named = options.iter().filter(|(name, _)| matches!(*name, "host" | "hostaddr" | "service"));
    let named = named.flat_map(|(_, hosts)| hosts.split(',')).map(str::to_owned);
    let hosts = hosts.split(',').map(without_port).chain(named);
    let mut hosts: Vec<_> = hosts.filter(|host| !host.is_empty()).map(|host| percent_decode(&host)).collect();
    if hosts.is_empty() {
        hosts.extend(default_host);
    }
    hosts.into_iter().find(|host| !is_on_this_machine(host))
}

/// The host of `host:port` or `[IPv6]:port`.
fn without_port(text: &str) -> String {
    match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address.to_owned(),
        None => text.split(':').next().unwrap_or_default().to_owned(),
    }
}

/// A socket's folder (`/…`, or `@…` in the abstract namespace), a loopback address, or nothing.
fn is_on_this_machine(host: &str) -> bool {
    host.is_empty()
        || host.starts_with(['/', '@'])
        || host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn is_encoded(text: &str) -> bool {
    text.split('%').skip(1).all(|after| {
        let code = after.as_bytes().get(..2).unwrap_or_default();
        code.len() == 2 && code.iter().all(u8::is_ascii_hexdigit) && code != b"00"
    })
}

/// `name`, `name:port`, `[IPv6]:port`; empty is the server of this machine.
fn check_host(text: &str) -> Result<(), PostgresUrlError> {
    let (is_host, port) = match text.strip_prefix('[') {
        Some(bracketed) => {
            let (address, port) = bracketed.split_once(']').ok_or(PostgresUrlError::Host)?;
            let is_address = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '.' | '%' | '_' | '-');
            let port = if port.is_empty() {
                None
            } else {
                Some(port.strip_prefix(':').ok_or(PostgresUrlError::Host)?)
            };
            (!address.is_empty() && address.chars().all(is_address), port)
        }
        None => {
            let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
            // A % is how the folder of a socket is written: %2Frun%2Fpostgresql.
            let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '%' | '~');
            (host.chars().all(is_name), port)
        }
    };
    if !is_host {
        return Err(PostgresUrlError::Host);
    }
    match port {
        None | Some("") => Ok(()),
        Some(port)
            if port.bytes().all(|b| b.is_ascii_digit()) && port.parse().is_ok_and(|port: u16| port > 0) =>
        {
            Ok(())
        }
        Some(_) => Err(PostgresUrlError::Port),
    }
}

fn is_option(text: &str) -> bool {
    match text.split_once('=') {
        Some(("ssl", value)) => value == "true",
        Some((name, value)) => is_libpq_option(name) && !value.contains('='),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libpq_takes_is_taken() {
        for rest in [
            "bot:pw@db:5432/orders",
            "bot:p:w#!$&'()*+,;=~%40%2f@db/orders",
            "bot@db",
            "bot:pw@/orders",
            "db",
            "/orders?host=/run/postgresql&user=bot&password=p%3Dw",
            "%2Frun%2Fpostgresql/orders",
            "bot:pw@a:1,b,[::1]:2,10.0.0.1/orders?target_session_attrs=read-write",
            "bot:pw@[fe80::1%25eth0]/orders?",
            "bot:pw@db?sslmode=require&",
            "bot:pw@db:/orders?ssl=true",
        ] {
            assert_eq!(check_url(rest), Ok(()), "{rest}");
        }
    }

    #[test]
    fn what_libpq_would_complain_about_with_quotations_is_refused() {
        for (rest, flaw) in [
            ("bot:hunter%zz2@127.0.0.1/x", PostgresUrlError::Percent),
            ("bot:hunter%@h/x", PostgresUrlError::Percent),
            ("bot:hunter2@h/x%4", PostgresUrlError::Percent),
            ("bot:a%00b@h/x", PostgresUrlError::Percent),
            ("bot:a%\u{e9}@h/x", PostgresUrlError::Percent),
            ("bot:hun@ter2@h/x", PostgresUrlError::Credentials),
            ("bot:hun/ter2@h/x", PostgresUrlError::Credentials),
            ("bot:hun?ter2@h/x", PostgresUrlError::Credentials),
            ("h/x?password=hun@ter2", PostgresUrlError::Credentials),
            ("bot:hun ter2@h/x", PostgresUrlError::Blank),
            ("bot:hun\tter2@h/x", PostgresUrlError::Blank),
            ("bot:hunter2/x", PostgresUrlError::Port),
            ("bot:hunter2", PostgresUrlError::Port),
            ("bot:12345678/x", PostgresUrlError::Port),
            ("h:0/x", PostgresUrlError::Port),
            ("h:+1/x", PostgresUrlError::Port),
            ("bot:pw@[::1/x", PostgresUrlError::Host),
            ("bot:pw@[]/x", PostgresUrlError::Host),
            ("bot:pw@[::1]x/x", PostgresUrlError::Host),
            ("bot:pw@h!/x", PostgresUrlError::Host),
            ("h/x?sslmode=require&password=hun&ter2", PostgresUrlError::Option(3)),
            ("h/x?password=hun&ter2=1", PostgresUrlError::Option(2)),
            ("h/x?password=hunter2==", PostgresUrlError::Option(1)),
            ("h/x?ssl=hunter2", PostgresUrlError::Option(1)),
            ("h/x?&user=a", PostgresUrlError::Option(1)),
        ] {
            assert_eq!(check_url(rest), Err(flaw), "{rest}");
        }
    }

    #[test]
    fn the_password_is_taken_out_of_an_address() {
        for (url, without, password) in [
            ("postgresql://b:p%3Fw@h:1/d?sslmode=off", "postgresql://b@h:1/d?sslmode=off", Some("p?w")),
            ("postgresql://b@h/d", "postgresql://b@h/d", None),
            (
                "postgresql:///d?host=/run&password=p%20w&user=b",
                "postgresql:///d?host=/run&user=b",
                Some("p w"),
            ),
            ("postgresql://h/d?password=pw", "postgresql://h/d", Some("pw")),
        ] {
            assert_eq!(
                without_password(url),
                Some((without.to_owned(), password.map(str::to_owned))),
                "{url}"
            );
        }
        assert_eq!(without_password("postgresql://h/d?sslpassword=pw"), None);
    }

    #[test]
    fn tls_is_needed_beyond_this_machine_unless_switched_off() {
        for local in [
            "postgresql:///d",
            "postgresql://b:p@localhost:5432/d",
            "postgresql://127.0.0.1/d",
            "postgresql://b@[::1]:1,127.0.0.2/d",
            "postgresql://%2Frun%2Fpostgresql/d",
            "postgresql:///d?host=/run/postgresql",
            "postgresql://db.example.org/d?sslmode=disable",
        ] {
            assert_eq!(host_needing_tls(local, None), None, "{local}");
        }
        for (remote, host) in [
            ("postgresql://b:p@db:5432/d", "db"),
            ("postgresql://127.0.0.1,10.0.0.1/d", "10.0.0.1"),
            ("postgresql://[fe80::1%25eth0]/d", "fe80::1%eth0"),
            ("postgresql:///d?host=db.example.org", "db.example.org"),
            ("postgresql:///d?hostaddr=10.0.0.1&sslmode=prefer", "10.0.0.1"),
            ("postgresql:///d?service=orders", "orders"),
        ] {
            assert_eq!(host_needing_tls(remote, None).as_deref(), Some(host), "{remote}");
        }
        let default = || Some("db.example.org".to_owned());
        assert_eq!(host_needing_tls("postgresql:///d", default()), default());
        assert_eq!(host_needing_tls("postgresql:///d?host=/run", default()), None);
        assert_eq!(host_needing_tls("postgresql:///d?sslmode=disable", default()), None);
    }

    #[test]
    fn another_database_of_the_same_server_is_named() {
        for (url, other) in [
            ("postgresql://b:p@h:1/d?sslmode=off", "postgresql://b:p@h:1/x?sslmode=off"),
            ("postgresql://h", "postgresql://h/x"),
            ("postgresql:///d?host=/run&dbname=e", "postgresql:///x?host=/run"),
        ] {
            assert_eq!(with_database(url, "x"), other);
        }
    }

    #[test]
    fn options_are_added_unless_the_address_has_them() {
        let with = |url| with_options(url, &[("connect_timeout", "5"), ("keepalives", "1")]);
        assert_eq!(with("postgresql://b:p%3F@h/d"), "postgresql://b:p%3F@h/d?connect_timeout=5&keepalives=1");
        assert_eq!(with("postgresql://h"), "postgresql://h?connect_timeout=5&keepalives=1");
        assert_eq!(with("postgresql://h/d?"), "postgresql://h/d?connect_timeout=5&keepalives=1");
        assert_eq!(
            with("postgresql:///d?host=/run&keepalives=0&"),
            "postgresql:///d?host=/run&keepalives=0&connect_timeout=5"
        );
        assert_eq!(with_options("postgresql://h/d", &[]), "postgresql://h/d");
    }
}
