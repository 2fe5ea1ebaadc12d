//! What looks like a secret, whether it is configured or not: bot tokens, URLs with credentials, `password=…`.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::REDACTED;
use super::urls::mask_url;

/// A bot's number has at least these digits and its secret at least these characters. Tokens may follow each other.
const TOKEN: &str = r"[0-9]{6,}(?:(?::|%3[Aa])[A-Za-z0-9_-]{20,})+";
/// A URL goes to the next blank or double quote: a password may hold anything else unescaped.
const URL: &str = r#"[A-Za-z0-9+.-]*://[^\s[:cntrl:]"]*"#;
/// An option of a URL, of libpq or of an env file. In JSON a backslash takes the next character with it, unless that ends
/// the text or the line.
const OPTION: &str =
    r#"((?i-u:password|passwd|token|secret|api_?key|sentry_key)=)((?:[^ \t\r\n&"',;)\\]|\\[^"'nrt])+)"#;
/// The same in quotes: `token: "…"`, `"token":"…"`, and these quoted once more. What follows a JSON text that ends with
/// `token=` is no secret.
const QUOTED_OPTION: &str = r#"((?i-u:password|passwd|token|secret|api_?key|sentry_key)(?:\\?["'])?[=:] ?\\?["'])((?:[^"'\\,:}\]]|\\[^"'])(?:[^"'\\]|\\[^"'])*)"#;
/// What already stands for a secret.
const MASKS: [&str; 3] = [REDACTED, MASK, "…"];
const MASK: &str = "***";
/// URLs as our own hints write them.
const EXAMPLES: [&str; 3] =
    ["postgres://user:password@host/name", "redis://:password@host:6379/0", "https://KEY@HOST/NUMBER"];

/// `None` if a pattern does not compile: then whole texts are redacted.
static TOKENS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(TOKEN).ok());
static PASSWORDS: LazyLock<Option<[Regex; 3]>> = LazyLock::new(|| {
    Some([Regex::new(URL).ok()?, Regex::new(QUOTED_OPTION).ok()?, Regex::new(OPTION).ok()?])
});

/// Whether a value may hold a bot token, also one whose number is cut off.
pub(crate) fn contains_token(value: &str) -> bool {
    let is_token_char = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    value.match_indices(':').any(|(at, _)| {
        let is_after_digit = value[..at].ends_with(|c: char| c.is_ascii_digit());
        is_after_digit && value[at + 1..].chars().take_while(is_token_char).count() >= 20
    })
}

pub(super) fn redact_tokens(text: &str) -> Cow<'_, str> {
    match &*TOKENS {
        Some(tokens) => tokens.replace_all(text, REDACTED),
        None => REDACTED.into(),
    }
}

pub(super) fn redact_passwords(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.contains("://") && !text.contains(['=', ':']) {
        return text;
    }
    let Some([urls, quoted, options]) = &*PASSWORDS else { return REDACTED.into() };
    let text = replace_all(text, urls, |url| mask_credentials(&url[0]));
    let text = replace_all(text, quoted, mask_option);
    replace_all(text, options, mask_option)
}

fn replace_all<'t>(
    text: Cow<'t, str>,
    pattern: &Regex,
    replacement: impl Fn(&Captures<'_>) -> String,
) -> Cow<'t, str> {
    let changed = match pattern.replace_all(&text, replacement) {
        Cow::Owned(changed) => Some(changed),
        Cow::Borrowed(_) => None,
    };
    changed.map_or(text, Cow::Owned)
}

fn mask_option(option: &Captures<'_>) -> String {
    let (name, value) = (&option[1], &option[2]);
    let is_masked = MASKS.iter().any(|mask| value.starts_with(mask));
    [name, if is_masked { value } else { MASK }].concat()
}

fn mask_credentials(found: &str) -> String {
    // Closing marks belong to the sentence around the URL.
    let url = found.trim_end_matches(['\'', '`', ')', ']', '>', '.', ',', ';', ':']);
    if !may_hold_credentials(url) {
        return found.to_owned();
    }
    mask_url(url) + &found[url.len()..]
}

/// A web URL without an `@` has a host and a port at most; after a database's scheme that may be a user and a password.
fn may_hold_credentials(url: &str) -> bool {
    let is_database = || ["postgres", "redis"].iter().any(|scheme| url.starts_with(scheme));
    let is_clean = EXAMPLES.iter().any(|example| url.starts_with(example)) || url.contains("[redacted]@");
    !is_clean && (url.contains(['@', '?']) || is_database())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redact(text: &str) -> String {
        redact_passwords(redact_tokens(text)).into_owned()
    }

    #[test]
    fn urls_show_no_credentials_wherever_they_stand() {
        for (text, expected) in [
            (
                "unexpected argument 'postgres://bot:pw@h/d' found",
                "unexpected argument 'postgres://bot:***@h/d' found",
            ),
            ("cannot read postgres://a:it's@h/d: gone", "cannot read postgres://a:***@h/d: gone"),
            ("--to=postgres://bot:p@w/x?y@db/orders", "--to=postgres://bot:***@db/orders"),
            ("'postgresql://bot:hunter2'", "'postgresql://***'"),
            ("two postgres://a:b@c, redis://b@c.", "two postgres://a:***@c, redis://***@c."),
            ("(https://key@sentry/1)", "(https://***@sentry/1)"),
            ("postgres:///orders?password=pw&sslmode=off", "postgres:///orders?password=***&sslmode=off"),
            ("host=db password=hunter2 user=bot", "host=db password=*** user=bot"),
            ("'host=db PGPASSWORD='a b' x'", "'host=db PGPASSWORD='***' x'"),
            ("password=\"a b", "password=\"***"),
        ] {
            assert_eq!(redact(text), expected);
            assert_eq!(redact(expected), expected);
        }
    }

    #[test]
    fn texts_without_secrets_stay() {
        for text in [
            "The chat page is at http://127.0.0.1:8088 (Ctrl-C ends it)",
            "write it as https://host or http://host:port",
            "`--database-url postgres://user:password@host/name`, or sqlite://path",
            "write it as redis://:password@host:6379/0, or remove it",
            "in Sentry: https://KEY@HOST/NUMBER",
            "postgresql://bot:***@db/x?password=***: password authentication failed",
            "postgres://a:[redacted]@b password=[redacted]",
            "postgres://botctl@[::1]:5432/bot; set password=",
            "set BOT_TOKEN=…  (the token from @BotFather)",
            "sqlite:///srv/bot.db",
            "file://",
        ] {
            assert_eq!(redact(text), text);
        }
    }
}
