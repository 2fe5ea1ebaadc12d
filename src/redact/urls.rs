//! URLs without their credentials, and the credentials in them.
//!
//! All of it works on texts and not on parsed URLs: a malformed one must not leak either.

use percent_encoding::percent_decode_str;

/// What can be given after the `?` ("`PostgreSQL`: Parameter Key Words"), and `ssl`, which libpq takes for JDBC's sake.
const LIBPQ_OPTIONS: &str = "\
    application_name channel_binding client_encoding connect_timeout dbname fallback_application_name \
    gssdelegation gssencmode gsslib host hostaddr keepalives keepalives_count keepalives_idle \
    keepalives_interval krbsrvname load_balance_hosts max_protocol_version min_protocol_version \
    oauth_client_id oauth_client_secret oauth_issuer oauth_scope options passfile password port \
    replication require_auth requirepeer scram_client_key scram_server_key service ssl \
    ssl_max_protocol_version ssl_min_protocol_version sslcert sslcertmode sslcompression sslcrl \
    sslcrldir sslkey sslkeylogfile sslmode sslnegotiation sslpassword sslrootcert sslsni \
    target_session_attrs tcp_user_timeout user";

/// Whether libpq knows an option of that name.
pub(crate) fn is_libpq_option(name: &str) -> bool {
    LIBPQ_OPTIONS.split(' ').any(|option| option == name)
}

/// Shorter pieces of a password occur everywhere by chance, and give away little.
const PIECE_MIN: usize = 3;

/// Replaces the password of a URL, and options that may hold one, by stars.
///
/// A password may hold `/`, `?` and `@` unescaped, so everything up to the last `@` counts as credentials. Where it is
/// not clear what is the password, everything goes.
pub(crate) fn mask_url(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    if !scheme.chars().all(is_scheme) {
        return "***".to_owned();
    }
    let (credentials, place) = match rest.rsplit_once('@') {
        Some((credentials, place)) => (Some(credentials), place),
        None => (None, rest),
    };
    // The @ may be one of an option's value, and what looks like a port a password without a host.
    if credentials.is_some_and(has_secret_option) || !has_ports(place) {
        return format!("{scheme}://***");
    }
    let credentials = match credentials.map(|c| c.split_once(':').unwrap_or((c, ""))) {
        Some((user, _)) if user.contains(['/', '?']) => "***@".to_owned(),
        Some((_, "")) if may_be_a_key(scheme) => "***@".to_owned(),
        Some((user, "")) => format!("{user}@"),
        Some((user, _)) => format!("{user}:***@"),
        None => String::new(),
    };
    let place = match place.split_once('?') {
        Some((path, options)) => format!("{path}?{}", mask_options(options)),
        None => place.to_owned(),
    };
    format!("{scheme}://{credentials}{place}")
}

/// Whether what stands alone in front of the host is a secret rather than a name: the key of a DSN, or a password of Redis.
fn may_be_a_key(scheme: &str) -> bool {
    matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https" | "redis" | "rediss")
}

/// Whether each host's port, where there is one, is a number.
fn has_ports(place: &str) -> bool {
    let hosts = place.split(['/', '?']).next().unwrap_or_default();
    hosts.split(',').all(|host| match host.rsplit_once(':') {
        Some((_, port)) if !host.ends_with(']') => {
            port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit())
        }
        _ => true,
    })
}

fn has_secret_option(text: &str) -> bool {
    let options = text.split_once('?').map_or("", |(_, options)| options);
    options.split('&').any(|option| option.split_once('=').is_some_and(|(name, _)| is_secret_option(name)))
}

/// What follows a secret option and is no option that is known may be the rest of a secret with an `&` in it.
fn mask_options(options: &str) -> String {
    let mut is_after_secret = false;
    let masked = options.split('&').map(|option| match option.split_once('=') {
        Some((name, _)) if is_secret_option(name) => {
            is_after_secret = true;
            format!("{name}=***")
        }
        Some((name, _)) if !is_after_secret || is_libpq_option(name) => option.to_owned(),
        None if !is_after_secret => option.to_owned(),
        _ => "***".to_owned(),
    });
    masked.collect::<Vec<_>>().join("&")
}

fn is_secret_option(name: &str) -> bool {
    let name = percent_decode(name).to_ascii_lowercase();
    ["password", "token", "secret", "key"].iter().any(|word| name.contains(word))
}

/// Returns the password of a URL, the values of its secret options and what may be the rest of one, as they stand and
/// decoded; also those that the masked URL shows anyway.
fn all_url_secrets(url: &str) -> Vec<String> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (credentials, has_host) =
        rest.rsplit_once('@').map_or((rest, false), |(credentials, _)| (credentials, true));
    let password = match credentials.split_once(':') {
        Some((_, password)) => Some(password),
        None => (has_host && may_be_a_key(scheme)).then_some(credentials),
    };
    let options = rest.split_once('?').map_or("", |(_, options)| options);
    let values = options.split('&').filter_map(|option| match option.split_once('=') {
        Some((name, value)) if is_secret_option(name) => Some(value),
        Some((name, _)) if is_libpq_option(name) => None,
        _ => Some(option),
    });
    password
        .into_iter()
        .chain(values)
        .flat_map(|secret| [secret.to_owned(), percent_decode(secret)])
        .collect()
}

/// Returns the secrets of a URL that do not show in the masked one.
pub(crate) fn url_secrets(url: &str) -> Vec<String> {
    let shown = mask_url(url);
    all_url_secrets(url).into_iter().filter(|secret| !shown.contains(secret.as_str())).collect()
}

/// Whether a message repeats a piece of a URL's password, as it stands or decoded. What the masked URL shows anyway gives
/// nothing away.
pub(crate) fn reveals_url_secret(message: &str, url: &str) -> bool {
    let shown = mask_url(url);
    let reveals =
        |piece: &str| piece.chars().count() >= PIECE_MIN && message.contains(piece) && !shown.contains(piece);
    let is_border = |c: char| !c.is_alphanumeric();
    all_url_secrets(url).iter().any(|secret| reveals(secret) || secret.split(is_border).any(reveals))
}

/// Resolves percent codes; what is none stays.
pub(crate) fn percent_decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_of_an_address_is_masked_in_every_form() {
        for (url, masked) in [
            ("postgres://bot:pw@db:5432/orders", "postgres://bot:***@db:5432/orders"),
            ("postgres://bot:p@w/x?y@db/orders", "postgres://bot:***@db/orders"),
            ("postgres://bot@db/orders", "postgres://bot@db/orders"),
            ("https://key@sentry/1", "https://***@sentry/1"),
            ("HTTPS://key:@sentry/1", "HTTPS://***@sentry/1"),
            ("http://bot:pw@127.0.0.1", "http://bot:***@127.0.0.1"),
            ("redis://pw@cache", "redis://***@cache"),
            ("postgres://:pw@db", "postgres://:***@db"),
            (
                "postgres:///orders?host=/run&password=pw&sslmode=off",
                "postgres:///orders?host=/run&password=***&sslmode=off",
            ),
            ("postgres://bot:pw@a:1,b:2/orders", "postgres://bot:***@a:1,b:2/orders"),
            ("bot.db", "bot.db"),
            ("postgres://bot:pw@[::1]:5432/orders", "postgres://bot:***@[::1]:5432/orders"),
            ("postgres://[::1]/orders", "postgres://[::1]/orders"),
            ("postgres:///orders?password=p@w", "postgres://***"),
            ("postgres:///orders?p%61ssword=pw", "postgres:///orders?p%61ssword=***"),
            (
                "postgres:///orders?user=bot&password=p&w&w=1&sslmode=off",
                "postgres:///orders?user=bot&password=***&***&***&sslmode=off",
            ),
            ("postgres://bot:pw/orders", "postgres://***"),
            ("postgres://bot:p@w", "postgres://bot:***@w"),
            ("postgres://p/w@db", "postgres://***@db"),
            ("bot:p://w@db", "***"),
        ] {
            assert_eq!(mask_url(url), masked);
        }
    }

    #[test]
    fn a_message_that_repeats_a_piece_of_a_password_is_recognized() {
        for (url, message, reveals) in [
            ("postgres://bot:hunter%zz2@db/x", "invalid percent-encoded token: \"hunter%zz2\"", true),
            ("postgres://bot:hun@ter2@db/x", "could not translate host name \"ter2@db\"", true),
            ("postgres://bot:hun/ter2@db/x", "invalid integer value \"hun\" for option \"port\"", true),
            ("postgres://bot:hun%40ter2@db/x", "the password is hun@ter2", true),
            ("postgres://h/x?password=hun&ter2", "missing separator in \"ter2\"", true),
            ("postgres://bot:hunter2@db/x", "connection to server at \"db\" failed: refused", false),
            ("postgres://bot:bot@db/x", "password authentication failed for user \"bot\"", false),
            ("postgres://bot@db:5432/x", "connection to server at \"db\", port 5432 failed", false),
            ("postgres://bot:ab@db/x", "database \"x\" is absent", false),
        ] {
            assert_eq!(reveals_url_secret(message, url), reveals, "{url} {message}");
        }
    }
}
