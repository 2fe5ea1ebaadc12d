//! What must not show wherever it turns up: the secrets that are configured, and whatever has the form of one.
//!
//! A secret in a place that is no secret's (a token pasted into `BACKUP_DIR`) is in every message about that place. What a
//! command prints passes through here; the log has a filter of its own, for the texts of strangers.

use std::borrow::Cow;

use url::Url;

use super::forms;
use super::secret::{REDACTED, SecretUrl};
use super::sources::Sources;

/// A shorter text turns up by chance, and taken out of everything it would only be given away.
const SHORTEST: usize = 8;
/// Addresses with a password or a key in front of the host.
const ADDRESSES: [&str; 4] = ["DATABASE_URL", "REDIS_URL", "TELEGRAM_API_URL", "SENTRY_DSN"];

/// Takes secrets out of texts.
#[derive(Clone, Default)]
pub struct Hidden(Vec<String>);

impl Hidden {
    /// With the secrets of this configuration.
    #[must_use]
    pub fn of(sources: &Sources) -> Self {
        let mut known: Vec<String> = chosen(secrets(sources)).collect();
        // One secret may begin with another: the longer one first.
        known.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self(known)
    }

    /// The same, and with the credentials in the words of a command line: what a filter takes for the end of an address may
    /// be in the middle of a password.
    #[must_use]
    pub fn and_of_words(mut self, words: impl IntoIterator<Item = String>) -> Self {
        let addresses = words.into_iter().filter(|word| word.contains("://"));
        self.0.extend(chosen(addresses.flat_map(|address| SecretUrl::new(address).hidden())));
        self.0.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        self
    }

    /// The text without secrets; the same text where there are none.
    #[must_use]
    pub fn taken_out_of<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut clean = Cow::Borrowed(text);
        for secret in &self.0 {
            if clean.contains(secret.as_str()) {
                clean = Cow::Owned(clean.replace(secret.as_str(), REDACTED));
            }
        }
        for step in forms::STEPS {
            if let Some(without) = step(&clean) {
                clean = Cow::Owned(without);
            }
        }
        clean
    }
}

/// Those that can be told from what a message says anyway: a plain word may be one of ours (`database`).
fn chosen(secrets: impl IntoIterator<Item = String>) -> impl Iterator<Item = String> {
    let is_plain_word = |secret: &str| secret.bytes().all(|byte| byte.is_ascii_lowercase());
    secrets.into_iter().filter(move |secret| secret.chars().count() >= SHORTEST && !is_plain_word(secret))
}

/// The secrets that are configured, as they stand and decoded, however short they are.
#[must_use]
pub fn secrets(sources: &Sources) -> Vec<String> {
    let given =
        |name: &str| sources.get(name).map(|found| found.text.to_owned()).filter(|text| !text.is_empty());
    let mut secrets: Vec<String> = ["BOT_TOKEN", "WEBHOOK_SECRET"].into_iter().filter_map(given).collect();
    // The half that is secret.
    secrets.extend(given("BOT_TOKEN").and_then(|token| Some(token.split_once(':')?.1.to_owned())));
    secrets
        .extend(ADDRESSES.into_iter().filter_map(given).flat_map(|address| SecretUrl::new(address).hidden()));
    if let Some(dsn) = given("SENTRY_DSN") {
        match Url::parse(&dsn) {
            Ok(dsn) => secrets
                .extend([Some(dsn.username()), dsn.password()].into_iter().flatten().map(str::to_owned)),
            // It may be the bare key.
            Err(_) => secrets.push(dsn),
        }
    }
    secrets.retain(|secret| !secret.is_empty());
    secrets
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::path::Path;

    use super::*;

    const TOKEN: &str = "123456789:made-up-token-000000000000000000000";

    fn hidden(flags: &[(&str, &str)]) -> Hidden {
        Hidden::of(&Sources::gather_with(Some(Path::new("/dev/null")), flags.iter().copied(), []).unwrap())
    }

    #[test]
    fn a_token_is_recognised_by_its_form() {
        for (text, clean) in [
            (format!("/nope/{TOKEN}"), "/nope/[redacted]"),
            (format!("{TOKEN} {TOKEN}/x"), "[redacted] [redacted]/x"),
            (format!("https://h/bot{TOKEN}/getMe"), "https://h/bot[redacted]/getMe"),
            (format!("{TOKEN}{TOKEN}"), "[redacted][redacted]"),
            ("12:00:00.000 at :1 file:12".to_owned(), "12:00:00.000 at :1 file:12"),
            ("sha256:0123456789abcdef0123456789".to_owned(), "sha256:0123456789abcdef0123456789"),
            ("я123456:я".to_owned(), "я123456:я"),
        ] {
            assert_eq!(Hidden::default().taken_out_of(&text), clean);
        }
    }

    #[test]
    fn what_is_configured_as_a_secret_is_known_wherever_it_stands() {
        let all = hidden(&[
            ("BOT_TOKEN", "1:Short-Half-Of-A-Token"),
            ("WEBHOOK_SECRET", "Webhook-Secret"),
            ("DATABASE_URL", "postgres://bot:Data%2DPassword@db/x"),
            ("REDIS_URL", "redis://Redis-Password@cache"),
            ("SENTRY_DSN", "https://0123456789abcdef@sentry.example.org/1"),
            ("TELEGRAM_API_URL", "http://Lone-Name@127.0.0.1"),
        ]);
        for secret in [
            "Short-Half-Of-A-Token",
            "Webhook-Secret",
            "Data%2DPassword",
            "Data-Password",
            "Redis-Password",
            "0123456789abcdef",
            "Lone-Name",
        ] {
            assert_eq!(all.taken_out_of(&format!("/nope/{secret}/x")), "/nope/[redacted]/x");
        }
        let words = hidden(&[("WEBHOOK_SECRET", "database"), ("DATABASE_URL", "postgres://bot:bot@db/x")]);
        assert_eq!(words.taken_out_of("the database of the bot"), "the database of the bot");
    }
}
