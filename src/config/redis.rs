//! Redis, in which dialogues may be kept. Checked, and without effect so far.

use url::Url;

use super::reader::{Complaint, Reader, boolean};
use super::secret::Secret;

/// Redis.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RedisConfig {
    /// Whether dialogues are kept there.
    pub is_used: bool,
    /// Where it is, with its password.
    pub url: Option<Secret<Url>>,
}

impl RedisConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let is_used = reader.value("USE_REDIS_STORAGE", boolean);
        let url = reader.optional("REDIS_URL", url);
        Some(Self { is_used: is_used?, url: url? })
    }
}

/// Complaints do not quote it: it may hold a password.
fn url(text: &str) -> Result<Secret<Url>, Complaint> {
    let is_redis = |url: &Url| matches!(url.scheme(), "redis" | "rediss") && url.has_host();
    Url::parse(text).ok().filter(is_redis).map(Secret::new).ok_or_else(|| {
        Complaint::new(
            "not the address of a Redis",
            "write it as redis://:password@host:6379/0, or remove it",
        )
    })
}
