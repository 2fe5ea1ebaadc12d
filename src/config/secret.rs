//! Values that must not show: a wrapper whose `Debug` and `Display` redact, and the masking of
//! addresses.
//!
//! Getting at the value takes a deliberate `expose`, so that a search for the word finds every
//! place.

use std::fmt;

use super::postgres_url::is_key_word;

/// Shorter pieces of a password turn up everywhere by chance, and give away little.
const SHORTEST_PIECE: usize = 3;
/// What is printed in a secret's place.
pub(super) const REDACTED: &str = "[redacted]";

/// A value that never shows in `Debug`, `Display`, errors or logs.
#[derive(Clone, Eq, PartialEq)]
pub struct Secret<T>(T);

/// A secret text: a token, a password.
pub type SecretString = Secret<String>;

impl<T> Secret<T> {
    /// Hides a value.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl<T> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

/// An address that may hold a password. Prints with the password masked.
#[derive(Clone, Eq, PartialEq)]
pub struct SecretUrl(String);

impl SecretUrl {
    /// Hides the password of an address.
    #[must_use]
    pub fn new(url: String) -> Self {
        Self(url)
    }

    /// The address with its password.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether somebody else's message repeats a piece of the password, as it stands in the address or decoded.
    /// Works on malformed addresses too. What the masked address shows anyway gives nothing away.
    #[must_use]
    pub fn is_given_away_by(&self, message: &str) -> bool {
        let shown = self.to_string();
        let gives_away = |piece: &str| {
            piece.chars().count() >= SHORTEST_PIECE && message.contains(piece) && !shown.contains(piece)
        };
        self.secrets().iter().any(|secret| {
            let is_border = |c: char| !c.is_alphanumeric();
            gives_away(secret) || secret.split(is_border).any(gives_away)
        })
    }

    /// What must not show of it, as it stands and decoded.
    #[must_use]
    pub fn hidden(&self) -> Vec<String> {
        let shown = self.to_string();
        self.secrets().into_iter().filter(|secret| !shown.contains(secret.as_str())).collect()
    }

    /// The password, the values of secret options and whatever may be the rest of one, as they stand and decoded.
    fn secrets(&self) -> Vec<String> {
        let (scheme, rest) = self.0.split_once("://").unwrap_or(("", &self.0));
        let (credentials, has_host) =
            rest.rsplit_once('@').map_or((rest, false), |(credentials, _)| (credentials, true));
        let password = match credentials.split_once(':') {
            Some((_, password)) => Some(password),
            None => (has_host && may_be_a_key(scheme)).then_some(credentials),
        };
        let options = rest.split_once('?').map_or("", |(_, options)| options);
        let values = options.split('&').filter_map(|option| match option.split_once('=') {
            Some((name, value)) if is_secret_option(name) => Some(value),
            Some((name, _)) if is_key_word(name) => None,
            _ => Some(option),
        });
        password.into_iter().chain(values).flat_map(|secret| [secret.to_owned(), decoded(secret)]).collect()
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mask_url(&self.0))
    }
}

impl fmt::Display for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mask_url(&self.0))
    }
}

/// The address with the password, and password-like options, replaced by stars.
///
/// Works on the text and not on a parsed URL: a malformed address must not leak either. A password
/// may hold `/`, `?` and `@` that nobody escaped, so everything up to the last `@` counts as
/// credentials. Where it is not clear what is the password, everything goes.
#[must_use]
pub fn mask_url(url: &str) -> String {
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
    // The @ may be one of an option's value, and what looks like a port the password of somebody who forgot the host.
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
        Some((name, _)) if !is_after_secret || is_key_word(name) => option.to_owned(),
        None if !is_after_secret => option.to_owned(),
        _ => "***".to_owned(),
    });
    masked.collect::<Vec<_>>().join("&")
}

fn is_secret_option(name: &str) -> bool {
    let name = decoded(name).to_ascii_lowercase();
    ["password", "token", "secret", "key"].iter().any(|word| name.contains(word))
}

/// The text with its percent codes resolved, those that are none left as they are.
pub(super) fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = text.get(at + 1..at + 3).filter(|code| byte == b'%' && !code.starts_with('+'));
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(coded) => {
                out.push(coded);
                at += 3;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A value as error messages quote it: escaped, shortened, and without anything that looks like a
/// credential that got into the wrong variable.
#[must_use]
pub fn shown(value: &str) -> String {
    const LONGEST: usize = 60;
    if looks_like_a_token(value) {
        return REDACTED.to_owned();
    }
    let masked = mask_url(value);
    let mut short: String = masked.chars().take(LONGEST).collect();
    if short.len() < masked.len() {
        short.push('\u{2026}');
    }
    format!("{short:?}")
}

/// Whether a bot token is somewhere in the text: digits, a colon, a long run of token characters.
pub(super) fn looks_like_a_token(value: &str) -> bool {
    let is_token_char = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    value.match_indices(':').any(|(at, _)| {
        let digit_before = value[..at].ends_with(|c: char| c.is_ascii_digit());
        digit_before && value[at + 1..].chars().take_while(is_token_char).count() >= 20
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_prints_nothing_of_itself() {
        let secret = Secret::new("hunter2".to_owned());
        assert_eq!(
            format!("{secret} {secret:?} {:?}", Some(&secret)),
            "[redacted] [redacted] Some([redacted])"
        );
        assert_eq!(secret.expose(), "hunter2");
    }

    #[test]
    fn the_password_of_an_address_is_masked_however_it_is_written() {
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
            assert_eq!(SecretUrl::new(url.to_owned()).to_string(), masked);
            assert_eq!(format!("{:?}", SecretUrl::new(url.to_owned())), masked);
        }
    }

    #[test]
    fn a_message_that_repeats_a_piece_of_a_password_is_recognized() {
        for (url, message, gives_away) in [
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
            assert_eq!(
                SecretUrl::new(url.to_owned()).is_given_away_by(message),
                gives_away,
                "{url} {message}"
            );
        }
    }

    #[test]
    fn quoted_values_are_short_escaped_and_free_of_credentials() {
        assert_eq!(shown("a\nb"), "\"a\\nb\"");
        assert_eq!(shown(&"x".repeat(100)).chars().count(), 63);
        assert_eq!(shown("12, 123456:AAAAAAAAAAAAAAAAAAAAAAAAA"), REDACTED);
        assert_eq!(shown("redis://:pw@cache"), "\"redis://:***@cache\"");
        assert_eq!(shown("https://key@sentry.example.org/1"), "\"https://***@sentry.example.org/1\"");
        assert_eq!(shown("09:00"), "\"09:00\"");
    }
}
