//! A line split into its time, level, message and fields.

use std::sync::LazyLock;

use chrono::SecondsFormat;
use regex::Regex;
use serde::Serialize;
use serde_json::{Map, Value};

use super::line::{LineFormat, LineHead};

/// A line split into its parts, as `--json` shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum LogEvent {
    /// A line in one of this program's formats.
    Parsed {
        /// RFC 3339, UTC, microseconds.
        time: String,
        /// `trace`, `debug`, `info`, `warn` or `error`.
        level: &'static str,
        /// May be empty.
        message: String,
        /// The other values: numbers and booleans where they were written so, text otherwise.
        fields: Map<String, Value>,
    },
    /// Any other line; broken UTF-8 is replaced.
    Foreign { raw: String },
}

/// Splits a line (without its end) into its parts.
pub(crate) fn parse_event(line: &[u8]) -> LogEvent {
    let parsed = LineHead::parse(line).and_then(|head| {
        let (message, fields) = match head.format {
            LineFormat::Text { message, .. } => parse_text_fields(&String::from_utf8_lossy(&line[message..])),
            LineFormat::Json => parse_json_fields(line)?,
        };
        let time = head.time.to_rfc3339_opts(SecondsFormat::Micros, true);
        Some(LogEvent::Parsed { time, level: head.level.as_str(), message, fields })
    });
    parsed.unwrap_or_else(|| LogEvent::Foreign { raw: String::from_utf8_lossy(line).into_owned() })
}

/// Splits the message from the `name=value` pairs after it. A value ends where the next name begins; quotes count only if
/// they close right there, because an error that is written unquoted may begin with a quote too. A name that occurs twice
/// gets a list.
fn parse_text_fields(text: &str) -> (String, Map<String, Value>) {
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
        let quoted = quoted_length(&text[start..]).map(|length| start + length);
        let end = quoted.filter(|end| next_name(*end) == *end).unwrap_or_else(|| next_name(start));
        add_field(&mut fields, key.as_str(), parse_value(&text[start..end]));
        at = end;
    }
    (message, fields)
}

/// Adds a value to those that the name already has.
fn add_field(fields: &mut Map<String, Value>, name: &str, value: Value) {
    match fields.get_mut(name) {
        None => {
            fields.insert(name.to_owned(), value);
        }
        // No value is a list of its own.
        Some(Value::Array(values)) => values.push(value),
        Some(before) => *before = Value::Array(vec![before.take(), value]),
    }
}

/// The length of the quoted string at the beginning, quotes included.
fn quoted_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    let inside = text.strip_prefix('"')?;
    let close = inside.char_indices().find(|(_, letter)| {
        let closes = *letter == '"' && !escaped;
        escaped = *letter == '\\' && !escaped;
        closes
    });
    Some(close?.0 + 2)
}

/// Parses numbers, booleans and quoted strings; anything else is text.
fn parse_value(text: &str) -> Value {
    if let Some(inside) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).and_then(unescape) {
        return Value::String(inside);
    }
    let starts_like_a_number = text.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    // It has more digits than a JSON number can hold.
    let is_cut = |number: &Value| number.is_f64() && !text.contains(['.', 'e', 'E']);
    match serde_json::from_str::<Value>(text) {
        Ok(number @ Value::Number(_)) if starts_like_a_number && !is_cut(&number) => number,
        Ok(answer @ Value::Bool(_)) => answer,
        _ => Value::String(text.to_owned()),
    }
}

/// Reverses the escaping of Rust's `{:?}`; `None` for text that it cannot have written.
fn unescape(text: &str) -> Option<String> {
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

fn parse_json_fields(line: &[u8]) -> Option<(String, Map<String, Value>)> {
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
        serde_json::to_string(&parse_event(line.as_bytes())).unwrap()
    }

    #[test]
    fn lines_are_split_into_fields() {
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
            r#"{"raw":"2025-01-01 12:00:00,123 - bot.main - INFO - a=b - c"}"#
        );
        assert_eq!(shown("  at src/x.rs:1"), r#"{"raw":"  at src/x.rs:1"}"#);
        // Cut off by a power loss.
        assert_eq!(
            shown(r#"{"timestamp":"2026-11-22T23:35:38.120001Z","level":"WARN","mess"#),
            r#"{"raw":"{\"timestamp\":\"2026-11-22T23:35:38.120001Z\",\"level\":\"WARN\",\"mess"}"#
        );
    }

    #[test]
    fn value_that_only_begins_with_a_quote_is_kept_whole() {
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
        fn no_text_of_a_line_is_lost(pieces in prop::collection::vec(
            prop_oneof![
                3 => "[a-c]{1,2}=", 2 => r#"[a-c" ]{0,4}"#, 1 => r"[^\pCeE.]{0,3}", 1 => "-?[0-9]{1,3}", 1 => r"[\\nu{}0]{1,3}",
                1 => any::<String>().prop_map(|text| format!("{text:?}")), 3 => Just(" ".to_owned()),
            ],
            0..12,
        )) {
            let rest = pieces.concat().replace('\n', " ");
            let (message, fields) = parse_text_fields(&rest);
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
                let (message, fields) = parse_text_fields(&written);
                prop_assert_eq!((message.as_str(), &fields[name]), ("", &Value::String(value.clone())), "{}", written);
            }
        }
    }
}
