//! The last filter before anything leaves: bot tokens, phone numbers, passwords and keys become `[redacted]`, and so do
//! the secrets of this process, letter by letter.
//!
//! It is the second line of defence. The first is that no such thing is logged; see the tests of the log. It looks at
//! text alone and knows nothing of log lines but the names of our fields that hold Telegram's numbers.

use std::borrow::Cow;

use regex::Regex;

use super::phones;

/// What stands in the place of what was taken out.
const REDACTED: &str = "[redacted]";
/// A shorter secret turns up everywhere by chance: the log would be unreadable, and the secret guessed.
const SHORTEST_SECRET: usize = 6;
/// A bot token, also as part of an address.
const TOKEN: &str = r"[0-9]{6,}(?::|%3[Aa])[A-Za-z0-9_-]{30,}";
/// All credentials of a web address: in that of Sentry the user is the key.
const WEB_CREDENTIALS: &str = r#"(?i)\b(https?://)[^\s/@"'<>]+@"#;
/// The password of any other address; it may hold what nobody escaped.
const PASSWORD: &str = r#"(://[^\s:/@"']*):([^\s"']+)@"#;
/// A secret option of an address, or libpq's `password=…`.
const OPTION: &str =
    r#"(?i)(\b[a-z0-9_]*(?:password|passwd|token|secret|api_?key|sentry_key)=)([^\s&"',;)]+)"#;
/// Takes out what must not leave the process.
#[derive(Debug)]
pub struct Redactor {
    /// Whether there may be any credentials; no line of a healthy bot has some.
    suspicion: Regex,
    secrets: Option<Regex>,
    token: Regex,
    web_credentials: Regex,
    password: Regex,
    option: Regex,
}

impl Redactor {
    /// A filter that also knows the secrets of this process.
    ///
    /// # Errors
    /// Never with the patterns of this file; their tests compile them.
    pub fn new<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) -> Result<Self, regex::Error> {
        let mut known: Vec<String> = secrets
            .into_iter()
            .filter(|secret| secret.as_ref().chars().count() >= SHORTEST_SECRET)
            .map(|secret| regex::escape(secret.as_ref()))
            .collect();
        // One secret may begin with another: the longer one first.
        known.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        let known = (!known.is_empty()).then(|| known.join("|"));
        let all = [TOKEN, WEB_CREDENTIALS, PASSWORD, OPTION].into_iter().chain(known.as_deref());
        let any = all.map(|pattern| format!("(?:{pattern})")).collect::<Vec<_>>().join("|");
        Ok(Self {
            suspicion: Regex::new(&any)?,
            secrets: known.as_deref().map(Regex::new).transpose()?,
            token: Regex::new(TOKEN)?,
            web_credentials: Regex::new(WEB_CREDENTIALS)?,
            password: Regex::new(PASSWORD)?,
            option: Regex::new(OPTION)?,
        })
    }

    /// The text without what must not leave; the same text where there is nothing of that.
    #[must_use]
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if !self.suspicion.is_match(text) {
            return without_phones(text);
        }
        let mut clean = text.to_owned();
        let mut replace = |pattern: &Regex, with: &str| {
            if let Cow::Owned(changed) = pattern.replace_all(&clean, with) {
                clean = changed;
            }
        };
        if let Some(secrets) = &self.secrets {
            replace(secrets, REDACTED);
        }
        replace(&self.token, REDACTED);
        replace(&self.web_credentials, "${1}[redacted]@");
        replace(&self.password, "${1}:[redacted]@");
        replace(&self.option, "${1}[redacted]");
        Cow::Owned(without_phones(&clean).into_owned())
    }
}

fn without_phones(text: &str) -> Cow<'_, str> {
    let mut next = phones::find(text, 0);
    if next.is_none() {
        return Cow::Borrowed(text);
    }
    let (mut clean, mut copied) = (String::with_capacity(text.len()), 0);
    while let Some(found) = next {
        clean.push_str(&text[copied..found.start]);
        // A bare number of a JSON object stays one value.
        let is_number = clean.ends_with(':') && text[found.end..].starts_with([',', '}']);
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
