//! A line taken apart: its time, its level, its message and its fields.

use std::sync::LazyLock;

use chrono::SecondsFormat;
use chrono_tz::Tz;
use regex::Regex;
use serde::Serialize;
use serde_json::{Map, Value};

use super::line::{Form, Head, plain};

/// A line taken apart; what `--json` shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// A line of ours.
    Ours {
        /// RFC 3339, UTC, microseconds.
        time: String,
        /// `trace`, `debug`, `info`, `warn` or `error`.
        level: &'static str,
        /// What happened; may be empty.
        message: String,
        /// Everything else: numbers and yes or no where they were written so, text otherwise.
        fields: Map<String, Value>,
    },
    /// Any other line; broken UTF-8 is replaced.
    Foreign {
        /// The line.
        raw: String,
    },
}

/// Takes a line (without its end) apart.
#[must_use]
pub fn event(line: &[u8], zone: Tz) -> Event {
    let foreign = || Event::Foreign { raw: String::from_utf8_lossy(line).into_owned() };
    let Some(head) = Head::of(line, zone) else { return foreign() };
    let plain = plain(line);
    let (message, fields) = match head.form {
        Form::Text => fields_of_text(&String::from_utf8_lossy(&plain[head.message..])),
        Form::Json => match fields_of_json(&plain) {
            Some(found) => found,
            None => return foreign(),
        },
        Form::Python => (String::from_utf8_lossy(&plain[head.message..]).into_owned(), logger(&plain)),
    };
    Event::Ours {
        time: head.time.to_rfc3339_opts(SecondsFormat::Micros, true),
        level: head.level.as_str(),
        message,
        fields,
    }
}

/// Who wrote a line of the old bot.
fn logger(line: &[u8]) -> Map<String, Value> {
    let name = line.get(26..).and_then(|rest| Some(&rest[..memchr::memmem::find(rest, b" - ")?]));
    name.map(|name| ("logger".to_owned(), String::from_utf8_lossy(name).into())).into_iter().collect()
}

/// The message and the `name=value` after it. A value ends where the next name begins, and one in quotes only where
/// its quotes end before that: an error that is written as it is may begin with a quote too. Nothing is lost: a name
/// that is there twice has a list.
fn fields_of_text(text: &str) -> (String, Map<String, Value>) {
    static NAME: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?:^| )([A-Za-z_][A-Za-z0-9_.]*)=").ok());
    let Some(name) = &*NAME else { return (text.to_owned(), Map::new()) };
    let mut fields = Map::new();
    let Some(first) = name.find(text) else { return (text.to_owned(), fields) };
    let message = text[..first.start()].to_owned();
    let mut at = first.start();
    while let Some(found) = name.captures_at(text, at) {
        let (Some(whole), Some(key)) = (found.get(0), found.get(1)) else { break };
        let start = whole.end();
        let next_name = |from: usize| name.find_at(text, from).map_or(text.len(), |next| next.start());
        let quoted = quoted_end(&text[start..]).map(|length| start + length);
        let end = quoted.filter(|end| next_name(*end) == *end).unwrap_or_else(|| next_name(start));
        add(&mut fields, key.as_str(), value(&text[start..end]));
        at = end;
    }
    (message, fields)
}

/// Adds a value to those that the name has already.
fn add(fields: &mut Map<String, Value>, name: &str, value: Value) {
    match fields.get_mut(name) {
        None => {
            fields.insert(name.to_owned(), value);
        }
        // No value is a list of its own.
        Some(Value::Array(values)) => values.push(value),
        Some(before) => *before = Value::Array(vec![before.take(), value]),
    }
}

/// The length of a text in quotes.
fn quoted_end(text: &str) -> Option<usize> {
    let mut escaped = false;
    let inside = text.strip_prefix('"')?;
    let close = inside.char_indices().find(|(_, letter)| {
        let closes = *letter == '"' && !escaped;
        escaped = *letter == '\\' && !escaped;
        closes
    });
    Some(close?.0 + 2)
}

/// Numbers, yes and no as such; a text in quotes without them.
fn value(text: &str) -> Value {
    if let Some(inside) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).and_then(unescaped) {
        return Value::String(inside);
    }
    let starts_like_a_number = text.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    // More digits than a number of JSON holds.
    let is_cut = |number: &Value| number.is_f64() && !text.contains(['.', 'e', 'E']);
    match serde_json::from_str::<Value>(text) {
        Ok(number @ Value::Number(_)) if starts_like_a_number && !is_cut(&number) => number,
        Ok(answer @ Value::Bool(_)) => answer,
        _ => Value::String(text.to_owned()),
    }
}

/// Takes back what Rust's `{:?}` does to a text; `None` if it has not done this.
fn unescaped(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\\', '"']) {
        plain.push_str(&rest[..at]);
        let mut letters = rest[at..].strip_prefix('\\')?.chars();
        plain.push(match letters.next()? {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '0' => '\0',
            same @ ('\\' | '"' | '\'') => same,
            'u' => {
                let (code, after) = letters.as_str().strip_prefix('{')?.split_once('}')?;
                letters = after.chars();
                char::from_u32(u32::from_str_radix(code, 16).ok()?)?
            }
            _ => return None,
        });
        rest = letters.as_str();
    }
    Some(plain + rest)
}

fn fields_of_json(line: &[u8]) -> Option<(String, Map<String, Value>)> {
    let mut fields: Map<String, Value> = serde_json::from_str(&String::from_utf8_lossy(line)).ok()?;
    fields.remove("timestamp");
    fields.remove("level");
    let message = match fields.remove("message") {
        Some(Value::String(message)) => message,
        Some(other) => other.to_string(),
        None => String::new(),
    };
    Some((message, fields))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    fn shown(line: &str) -> String {
        serde_json::to_string(&event(line.as_bytes(), chrono_tz::Europe::Moscow)).unwrap()
    }

    #[test]
    fn a_line_is_taken_apart() {
        assert_eq!(
            shown(
                "2026-11-22T23:35:38.120001Z  INFO update update=734001 kind=\"a \\\"b\\\" c=d\\n\" user=-1 ms=1.234 ok=true"
            ),
            r#"{"time":"2026-11-22T23:35:38.120001Z","level":"info","message":"update","fields":{"kind":"a \"b\" c=d\n","ms":1.234,"ok":true,"update":734001,"user":-1}}"#
        );
        assert_eq!(
            shown(
                "2026-11-22T23:35:39.000000Z ERROR not handled, trying again update=7 error=the disk: a = b is full"
            ),
            r#"{"time":"2026-11-22T23:35:39.000000Z","level":"error","message":"not handled, trying again","fields":{"error":"the disk: a = b is full","update":7}}"#
        );
        assert_eq!(
            shown(
                r#"{"timestamp":"2026-11-22T23:35:38.120001Z","level":"WARN","message":"flood","chat":-5,"deep":{"a":[1]}}"#
            ),
            r#"{"time":"2026-11-22T23:35:38.120001Z","level":"warn","message":"flood","fields":{"chat":-5,"deep":{"a":[1]}}}"#
        );
        assert_eq!(
            shown("2025-01-01 12:00:00,123 - bot.main - INFO - a=b - c"),
            r#"{"time":"2025-01-01T09:00:00.123000Z","level":"info","message":"a=b - c","fields":{"logger":"bot.main"}}"#
        );
        assert_eq!(shown("  at src/x.rs:1"), r#"{"raw":"  at src/x.rs:1"}"#);
        // Cut off by a power loss.
        assert_eq!(
            shown(r#"{"timestamp":"2026-11-22T23:35:38.120001Z","level":"WARN","mess"#),
            r#"{"raw":"{\"timestamp\":\"2026-11-22T23:35:38.120001Z\",\"level\":\"WARN\",\"mess"}"#
        );
    }

    #[test]
    fn a_value_that_only_begins_with_a_quote_is_kept_whole() {
        for (rest, fields) in [
            (
                r#"error="orders" has no column "x" update=5"#,
                r#"{"error":"\"orders\" has no column \"x\"","update":5}"#,
            ),
            (r#"error="orders" is gone"#, r#"{"error":"\"orders\" is gone"}"#),
            (r#"error="a" b="c""#, r#"{"b":"c","error":"a"}"#),
            (r#"error="a b=1"#, r#"{"b":1,"error":"\"a"}"#),
            (r#"path="C:\users\new" ok=yes"#, r#"{"ok":"yes","path":"\"C:\\users\\new\""}"#),
            (r"error=bad: update=7 came again update=5", r#"{"error":"bad:","update":["7 came again",5]}"#),
            ("a=1 a=2 a=3", r#"{"a":[1,2,3]}"#),
            (
                "ms=1.50 big=123456789012345678901234567890",
                r#"{"big":"123456789012345678901234567890","ms":1.5}"#,
            ),
        ] {
            let shown = shown(&format!("2026-11-22T23:35:38.120001Z ERROR trouble {rest}"));
            assert!(shown.ends_with(&format!(r#""message":"trouble","fields":{fields}}}"#)), "{shown}");
        }
    }

    /// Every text in the fields.
    fn texts(fields: &Map<String, Value>) -> String {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let mut texts = Vec::new();
        for (name, value) in fields {
            for value in value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice) {
                texts.extend([name.clone(), text(value)]);
            }
        }
        texts.join(" ")
    }

    proptest! {
        #[test]
        fn nothing_in_a_line_is_lost(pieces in prop::collection::vec(
            prop_oneof![
                3 => "[a-c]{1,2}=", 2 => r#"[a-c" ]{0,4}"#, 1 => r"[^\pCeE.]{0,3}", 1 => "-?[0-9]{1,3}", 1 => r"[\\nu{}0]{1,3}",
                1 => any::<String>().prop_map(|text| format!("{text:?}")), 3 => Just(" ".to_owned()),
            ],
            0..12,
        )) {
            let rest = pieces.concat().replace('\n', " ");
            let (message, fields) = fields_of_text(&rest);
            let kept = format!("{message} {}", texts(&fields));
            // Quotes, what is escaped in them, and signs between names and values are what is taken off.
            let letters = |text: &str| -> Vec<char> {
                let mut letters: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
                letters.sort_unstable();
                letters
            };
            if !rest.contains('\\') {
                prop_assert_eq!(letters(&rest), letters(&kept), "{} became {}", rest, kept);
            }
            for (name, value) in [("a", &rest), ("b", &message)] {
                let written = format!("{name}={value:?} next=1");
                let (message, fields) = fields_of_text(&written);
                prop_assert_eq!((message.as_str(), &fields[name]), ("", &Value::String(value.clone())), "{}", written);
            }
        }
    }
}
