//! The secrets of a configuration.
//!
//! A secret in the wrong place (a token pasted into `BACKUP_DIR`) is in every message about that place, so all that a command
//! prints is redacted.

use url::Url;

use super::sources::Sources;
use super::variables::{PROXY_VARIABLES, all_variables};
use crate::redact::{Redactor, url_secrets};

/// URLs that may have a password or a key before the host.
const URL_VARIABLES: [&str; 7] =
    ["DATABASE_URL", "REDIS_URL", "TELEGRAM_API_URL", "SENTRY_DSN", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"];

/// Returns what takes the secrets of this configuration out of all that a command prints.
pub(crate) fn output_redactor(sources: &Sources) -> Redactor {
    Redactor::for_output(configured_secrets(sources))
}

/// Returns the variables that no other program needs to see. A proxy's password is needed by those that use the network.
pub(crate) fn private_variables() -> impl Iterator<Item = &'static str> {
    all_variables()
        .filter(|variable| variable.secret && !PROXY_VARIABLES.contains(&variable.name))
        .map(|variable| variable.name)
}

/// Returns the secrets that are configured, as they stand and decoded, also short ones.
pub(crate) fn configured_secrets(sources: &Sources) -> Vec<String> {
    let given =
        |name: &str| sources.get(name).map(|found| found.text.to_owned()).filter(|text| !text.is_empty());
    let mut secrets: Vec<String> = ["BOT_TOKEN", "WEBHOOK_SECRET"].into_iter().filter_map(given).collect();
    // The half that is secret.
    secrets.extend(given("BOT_TOKEN").and_then(|token| Some(token.split_once(':')?.1.to_owned())));
    secrets.extend(URL_VARIABLES.into_iter().filter_map(given).flat_map(|address| url_secrets(&address)));
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

    fn redactor(flags: &[(&str, &str)]) -> Redactor {
        output_redactor(
            &Sources::gather_with(Some(Path::new("/dev/null")), flags.iter().copied(), []).unwrap(),
        )
    }

    #[test]
    fn configured_secrets_are_redacted_wherever_they_stand() {
        let all = redactor(&[
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
            assert_eq!(all.redact(&format!("/nope/{secret}/x")), "/nope/[redacted]/x");
        }
        let words = redactor(&[("WEBHOOK_SECRET", "database"), ("DATABASE_URL", "postgres://bot:bot@db/x")]);
        assert_eq!(words.redact("the database of the bot"), "the database of the bot");
    }
}
