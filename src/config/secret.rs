//! Values that must not show: a wrapper whose `Debug` and `Display` redact. Getting at the value takes a deliberate
//! `expose`, which a search finds.

use std::fmt;

use crate::redact::{REDACTED, contains_token, mask_url, reveals_url_secret};

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
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the message of another program repeats a piece of the password.
    pub fn is_revealed_by(&self, message: &str) -> bool {
        reveals_url_secret(message, &self.0)
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

/// A value as error messages quote it: escaped, shortened, and without anything that looks like a credential that got
/// into the wrong variable.
pub(crate) fn quote_value(value: &str) -> String {
    const LONGEST: usize = 60;
    if contains_token(value) {
        return REDACTED.to_owned();
    }
    let masked = mask_url(value);
    let mut short: String = masked.chars().take(LONGEST).collect();
    if short.len() < masked.len() {
        short.push('\u{2026}');
    }
    format!("{short:?}")
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
    fn a_secret_url_prints_masked() {
        let url = SecretUrl::new("postgres://bot:p@w/x?y@db/orders".to_owned());
        assert_eq!(format!("{url} {url:?}"), "postgres://bot:***@db/orders postgres://bot:***@db/orders");
    }

    #[test]
    fn quoted_values_are_short_escaped_and_free_of_credentials() {
        assert_eq!(quote_value("a\nb"), "\"a\\nb\"");
        assert_eq!(quote_value(&"x".repeat(100)).chars().count(), 63);
        assert_eq!(quote_value("12, 123456:AAAAAAAAAAAAAAAAAAAAAAAAA"), REDACTED);
        assert_eq!(quote_value("redis://:pw@cache"), "\"redis://:***@cache\"");
        assert_eq!(quote_value("https://key@sentry.example.org/1"), "\"https://***@sentry.example.org/1\"");
        assert_eq!(quote_value("09:00"), "\"09:00\"");
    }
}
