//! Redis, in which dialogues may be kept.

use url::Url;

use super::reader::{ConfigReader, ValueError, parse_bool};
use super::secret::Secret;

#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct RedisConfig {
    /// Whether dialogues are kept there.
    pub is_used: bool,
    /// Where it is, with its password.
    pub url: Option<Secret<Url>>,
}

impl RedisConfig {
    pub(super) fn read(reader: &mut ConfigReader<'_>) -> Option<Self> {
        let is_used = reader.read_value("USE_REDIS_STORAGE", parse_bool);
        let url = reader.read_optional("REDIS_URL", parse_redis_url);
        let (is_used, url) = (is_used?, url?);
        if is_used && url.is_none() {
            reader.report_missing("REDIS_URL");
            return None;
        }
        Some(Self { is_used, url })
    }

    /// Returns the server if dialogues are kept there.
    pub(crate) fn dialogue_server(&self) -> Option<&Secret<Url>> {
        self.url.as_ref().filter(|_| self.is_used)
    }
}

/// Errors do not quote it: it may hold a password.
fn parse_redis_url(text: &str) -> Result<Secret<Url>, ValueError> {
    let is_redis = |url: &Url| matches!(url.scheme(), "redis" | "rediss") && url.has_host();
    Url::parse(text).ok().filter(is_redis).map(Secret::new).ok_or_else(|| {
        ValueError::new(
            "not the URL of a Redis server",
            "write it as redis://:password@host:6379/0, or as rediss:// for TLS, or remove it",
        )
    })
}
