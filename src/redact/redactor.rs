//! Removes configured secrets, what looks like one, and phone numbers from a text.

use std::borrow::Cow;

use super::{REDACTED, redact_phones, secret_patterns, url_secrets};

/// A shorter secret occurs everywhere by chance: the log would be unreadable, and the secret guessed.
const LOG_SECRET_MIN: usize = 6;
/// The same for what commands print.
const OUTPUT_SECRET_MIN: usize = 8;

/// Removes secrets from texts. Has no `Debug`: it holds them.
#[derive(Clone, Default)]
pub(crate) struct Redactor {
    /// The longest first, since one secret may begin with another.
    secrets: Vec<String>,
    with_phones: bool,
}

impl Redactor {
    /// For what commands print. A plain word is not removed even if it is a secret: messages use it too (`database`).
    pub(crate) fn for_output(secrets: impl IntoIterator<Item = String>) -> Self {
        Self::default().with_secrets(secrets.into_iter().filter(|secret| is_distinctive(secret)))
    }

    /// For the log and error reports: phone numbers go too.
    pub(crate) fn for_log(secrets: impl IntoIterator<Item = String>) -> Self {
        let is_long = |secret: &String| secret.chars().count() >= LOG_SECRET_MIN;
        Self { with_phones: true, ..Self::default().with_secrets(secrets.into_iter().filter(is_long)) }
    }

    /// Also removes the credentials of URLs among the words of a command line: what a pattern takes for the end of a URL
    /// may be in the middle of a password.
    pub(crate) fn and_url_secrets(self, words: impl IntoIterator<Item = String>) -> Self {
        let urls = words.into_iter().filter(|word| word.contains("://"));
        let secrets: Vec<_> = urls.flat_map(|url| url_secrets(&url)).filter(|s| is_distinctive(s)).collect();
        self.with_secrets(secrets)
    }

    fn with_secrets(mut self, secrets: impl IntoIterator<Item = String>) -> Self {
        self.secrets.extend(secrets.into_iter().filter(|secret| !REDACTED.contains(secret.as_str())));
        self.secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        self
    }

    /// Returns the text without secrets.
    pub(crate) fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        // A token first: a secret that is a piece of one would leave the rest.
        let mut clean = secret_patterns::redact_tokens(text);
        for secret in &self.secrets {
            if clean.contains(secret.as_str()) {
                clean = clean.replace(secret.as_str(), REDACTED).into();
            }
        }
        clean = secret_patterns::redact_passwords(clean);
        if !self.with_phones {
            return clean;
        }
        match redact_phones(&clean) {
            Cow::Owned(without_phones) => without_phones.into(),
            Cow::Borrowed(_) => clean,
        }
    }
}

fn is_distinctive(secret: &str) -> bool {
    secret.chars().count() >= OUTPUT_SECRET_MIN && !secret.bytes().all(|byte| byte.is_ascii_lowercase())
}
