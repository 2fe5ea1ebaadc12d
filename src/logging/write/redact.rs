//! The last filter before anything leaves: bot tokens, phone numbers, passwords and keys become `[redacted]`, and so do
//! the secrets of this process, letter by letter.
//!
//! It is the second line of defence. The first is that no such thing is logged; see the tests of the log. It looks at
//! text alone and knows nothing of log lines but the names of our fields that hold Telegram's numbers.

use std::borrow::Cow;
use std::sync::OnceLock;

use regex::Regex;

use super::phones;

/// What stands in the place of what was taken out.
pub(super) const REDACTED: &str = "[redacted]";
/// A shorter secret turns up everywhere by chance: the log would be unreadable, and the secret guessed.
const SHORTEST_SECRET: usize = 6;
/// A bot token, also as part of an address.
const TOKEN: &str = r"[0-9]{6,}(?::|%3[Aa])[A-Za-z0-9_-]{30,}";
/// All credentials of a web address: in that of Sentry the user is the key.
const WEB_CREDENTIALS: &str = r#"(https?://)[^ \t\r\n/@"'<>]+@"#;
/// The password of any other address; it may hold what nobody escaped.
const PASSWORD: &str = r#"(://[^ \t\r\n:/@"']*):[^ \t\r\n"']+@"#;
/// A secret option of an address, or libpq's `password=…`. In JSON a backslash takes the next character with it, unless
/// that ends the text or the line.
const OPTION: &str =
    r#"((?i-u:password|passwd|token|secret|api_?key|sentry_key)=)(?:[^ \t\r\n&"',;)\\]|\\[^"'nrt])+"#;
/// The same in quotes: `token: "…"`, `"token":"…"`, and these quoted once more. What comes after a text of JSON that ends
/// with `token=` is no secret.
const QUOTED_OPTION: &str = r#"((?i-u:password|passwd|token|secret|api_?key|sentry_key)(?:\\?["'])?[=:] ?\\?["'])(?:[^"'\\,:}\]]|\\[^"'])(?:[^"'\\]|\\[^"'])*"#;

/// Takes out what must not leave the process.
#[derive(Debug)]
pub struct Redactor {
    /// The secrets of this process as a pattern.
    known: Option<String>,
    /// Whether there may be any credentials; no line of a healthy bot has some.
    suspicion: Regex,
    /// What is taken out, and what stands there then. Made when it is needed, which is hardly ever; `None` when that
    /// fails.
    rules: OnceLock<Option<Vec<(Regex, &'static str)>>>,
}

impl Redactor {
    /// A filter that also knows the secrets of this process.
    ///
    /// # Errors
    /// When the secrets are too large for a pattern.
    pub fn new<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) -> Result<Self, regex::Error> {
        let mut known: Vec<String> = secrets
            .into_iter()
            .filter(|secret| secret.as_ref().chars().count() >= SHORTEST_SECRET)
            .map(|secret| regex::escape(secret.as_ref()))
            .collect();
        // One secret may begin with another: the longer one first.
        known.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        let known = (!known.is_empty()).then(|| known.join("|"));
        let all =
            [TOKEN, WEB_CREDENTIALS, PASSWORD, QUOTED_OPTION, OPTION].into_iter().chain(known.as_deref());
        let any = all.map(|pattern| format!("(?:{pattern})")).collect::<Vec<_>>().join("|");
        Ok(Self { suspicion: Regex::new(&any)?, known, rules: OnceLock::new() })
    }

    /// The text without what must not leave; the same text where there is nothing of that.
    #[must_use]
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if !self.suspicion.is_match(text) {
            return without_phones(text);
        }
        let Some(rules) = self.rules.get_or_init(|| self.rules().ok()) else { return REDACTED.into() };
        let mut clean = text.to_owned();
        for (pattern, with) in rules {
            if let Cow::Owned(changed) = pattern.replace_all(&clean, *with) {
                clean = changed;
            }
        }
        Cow::Owned(without_phones(&clean).into_owned())
    }

    fn rules(&self) -> Result<Vec<(Regex, &'static str)>, regex::Error> {
        let known = self.known.as_deref().map(|known| (known, REDACTED));
        let forms = [
            (WEB_CREDENTIALS, "${1}[redacted]@"),
            (PASSWORD, "${1}:[redacted]@"),
            (QUOTED_OPTION, "${1}[redacted]"),
            (OPTION, "${1}[redacted]"),
        ];
        // A token first: a secret that is a piece of one would leave the rest.
        let all = [(TOKEN, REDACTED)].into_iter().chain(known).chain(forms);
        all.map(|(pattern, with)| Ok((Regex::new(pattern)?, with))).collect()
    }
}

pub(super) fn without_phones(text: &str) -> Cow<'_, str> {
    let mut next = phones::find(text, 0);
    if next.is_none() {
        return Cow::Borrowed(text);
    }
    let (mut clean, mut copied) = (String::with_capacity(text.len()), 0);
    while let Some(found) = next {
        clean.push_str(&text[copied..found.start]);
        // A bare number of a JSON object stays one value.
        let is_number =
            clean.ends_with("\":") && !clean.ends_with("\\\":") && text[found.end..].starts_with([',', '}']);
        clean.push_str(if is_number { "\"[redacted]\"" } else { REDACTED });
        copied = found.end;
        next = phones::find(text, copied);
    }
    clean.push_str(&text[copied..]);
    Cow::Owned(clean)
}

#[cfg(test)]
#[path = "redact_tests.rs"]
mod tests;
