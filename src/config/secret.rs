//! Values that must not show: a wrapper whose `Debug` and `Display` redact, and the masking of
//! addresses.
//!
//! Getting at the value takes a deliberate `expose`, so that a search for the word finds every
//! place.

use std::fmt;

/// What is printed in a secret's place.
const REDACTED: &str = "[redacted]";

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
/// credentials.
#[must_use]
pub fn mask_url(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (credentials, place) = match rest.rsplit_once('@') {
        Some((credentials, place)) => (Some(credentials), place),
        None => (None, rest),
    };
    let credentials = match credentials.map(|c| c.split_once(':').unwrap_or((c, ""))) {
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

fn mask_options(options: &str) -> String {
    let masked = options.split('&').map(|option| match option.split_once('=') {
        Some((name, _)) if is_secret_option(name) => format!("{name}=***"),
        _ => option.to_owned(),
    });
    masked.collect::<Vec<_>>().join("&")
}

fn is_secret_option(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "token", "secret", "key"].iter().any(|word| name.contains(word))
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
fn looks_like_a_token(value: &str) -> bool {
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
            ("postgres://:pw@db", "postgres://:***@db"),
            (
                "postgres:///orders?host=/run&password=pw&sslmode=off",
                "postgres:///orders?host=/run&password=***&sslmode=off",
            ),
            ("postgres://bot:pw@a:1,b:2/orders", "postgres://bot:***@a:1,b:2/orders"),
            ("bot.db", "bot.db"),
        ] {
            assert_eq!(mask_url(url), masked);
            assert_eq!(SecretUrl::new(url.to_owned()).to_string(), masked);
            assert_eq!(format!("{:?}", SecretUrl::new(url.to_owned())), masked);
        }
    }

    #[test]
    fn quoted_values_are_short_escaped_and_free_of_credentials() {
        assert_eq!(shown("a\nb"), "\"a\\nb\"");
        assert_eq!(shown(&"x".repeat(100)).chars().count(), 63);
        assert_eq!(shown("12, 123456:AAAAAAAAAAAAAAAAAAAAAAAAA"), REDACTED);
        assert_eq!(shown("redis://:pw@cache"), "\"redis://:***@cache\"");
        assert_eq!(shown("09:00"), "\"09:00\"");
    }
}
