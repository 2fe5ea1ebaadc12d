//! What has the form of a secret, whoever's it is: bot tokens, addresses with credentials, `password=…`. Known without a
//! configuration, so that a secret typed in the wrong place shows not even in the complaint about that.

use super::secret::{REDACTED, mask_url};

/// The number of a bot has more digits, what follows the colon more characters: anything that has these may be a token.
const TOKEN_DIGITS: usize = 6;
const TOKEN_REST: usize = 20;
/// How our own messages write addresses; the words in them are nobody's.
const EXAMPLES: [&str; 3] =
    ["postgres://user:password@host/name", "redis://:password@host:6379/0", "https://KEY@HOST/NUMBER"];
/// What stands in front of a password, in an env file or for libpq.
const PASSWORD: [&str; 2] = ["password=", "passwd="];

/// A step of the filter: the text without something, or `None` where there is nothing of it.
type Step = fn(&str) -> Option<String>;

/// Each of them; a token first, which may stand in an address.
pub(super) const STEPS: [Step; 3] = [without_tokens, without_credentials, without_passwords];

/// Digits, a colon, a long run of letters and digits.
fn without_tokens(text: &str) -> Option<String> {
    let is_token_byte = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let mut clean = String::new();
    let mut copied = 0;
    for (colon, _) in text.match_indices(':') {
        let (before, after) = (&text.as_bytes()[..colon], &text.as_bytes()[colon + 1..]);
        let digits = before.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let rest = after.iter().take_while(|byte| is_token_byte(byte)).count();
        if digits >= TOKEN_DIGITS && rest >= TOKEN_REST {
            // The digits may be the end of another one.
            let start = (colon - digits).max(copied);
            clean.push_str(&text[copied..start]);
            clean.push_str(REDACTED);
            copied = colon + 1 + rest;
        }
    }
    (copied > 0).then(|| clean + &text[copied..])
}

/// Addresses become what they are with their credentials masked. One goes to the next blank or double quote, because a
/// password may hold anything else that nobody escaped.
fn without_credentials(text: &str) -> Option<String> {
    let is_of_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let ends = |c: char| c.is_whitespace() || c.is_control() || c == '"';
    let mut clean = String::new();
    let mut copied = 0;
    for (at, _) in text.match_indices("://") {
        if at < copied {
            continue;
        }
        let scheme = text.as_bytes()[copied..at].iter().rev().take_while(|byte| is_of_scheme(byte)).count();
        let start = at - scheme;
        let length = text[start..].find(ends).unwrap_or(text.len() - start);
        // What closes the words around it is no part of it.
        let address =
            text[start..start + length].trim_end_matches(['\'', '`', ')', ']', '>', '.', ',', ';', ':']);
        if !may_hold_credentials(address) {
            continue;
        }
        clean.push_str(&text[copied..start]);
        clean.push_str(&mask_url(address));
        copied = start + address.len();
    }
    (copied > 0).then(|| clean + &text[copied..])
}

/// A web address without an `@` has a host and a port at most; after a database's scheme that may be a user and a password.
fn may_hold_credentials(address: &str) -> bool {
    let is_of_a_server = || ["postgres", "redis"].iter().any(|kind| address.starts_with(kind));
    let is_clean =
        EXAMPLES.iter().any(|example| address.starts_with(example)) || address.contains("[redacted]@");
    !is_clean && (address.contains(['@', '?']) || is_of_a_server())
}

/// The value after `password=`, quoted or not.
fn without_passwords(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let mut clean = String::new();
    let mut copied = 0;
    while let Some(start) = PASSWORD
        .iter()
        .filter_map(|name| lower[copied..].find(name).map(|found| copied + found + name.len()))
        .min()
    {
        clean.push_str(&text[copied..start]);
        let value = &text[start..];
        let length = match value.chars().next() {
            Some(quote @ ('\'' | '"')) => value[1..].find(quote).map_or(value.len(), |end| end + 2),
            _ => {
                let ends = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '&' | '\'' | '"');
                value.find(ends).unwrap_or(value.len())
            }
        };
        let masked = [REDACTED, "***"].into_iter().find(|mask| value.starts_with(mask));
        let length = masked.map_or(length, str::len);
        clean.push_str(masked.unwrap_or(if length == 0 { "" } else { "***" }));
        copied = start + length;
    }
    (copied > 0).then(|| clean + &text[copied..])
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn clean(text: &str) -> Cow<'_, str> {
        STEPS.iter().fold(Cow::Borrowed(text), |text, step| step(&text).map_or(text, Cow::Owned))
    }

    #[test]
    fn an_address_shows_no_credentials_wherever_it_stands() {
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
            ("'host=db PGPASSWORD='a b' x'", "'host=db PGPASSWORD=*** x'"),
            ("password=\"a b", "password=***"),
        ] {
            assert_eq!(clean(text), expected);
            assert_eq!(clean(expected), expected);
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "The chat page is at http://127.0.0.1:8088 (Ctrl-C ends it)",
            "write it as https://host or http://host:port",
            "`--database-url postgres://user:password@host/name`, or sqlite://path",
            "write it as redis://:password@host:6379/0, or remove it",
            "in Sentry: https://KEY@HOST/NUMBER",
            "postgresql://bot:***@db/x?password=***: password authentication failed",
            "postgres://a:[redacted]@b password=[redacted]",
            "postgres://botctl@[::1]:5432/bot; set password=",
            "sqlite:///srv/bot.db",
            "file://",
        ] {
            assert_eq!(clean(text), text);
        }
    }
}
