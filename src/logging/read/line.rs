//! Lines as bytes, and the head of a line in the two formats that this program writes: text and JSON.
//!
//! Any other line (a backtrace, the output of another program) is foreign: it has no head, and
//! [`filter`](super::filter) decides whether it is shown. Broken bytes make a line foreign, never an error.

use std::ops::Range;

use chrono::{DateTime, Utc};
use memchr::memmem::Finder;

use crate::config::logging::LogLevel;

/// The length of `2026-11-22T23:35:37.595663Z`.
const TIMESTAMP_LENGTH: usize = 27;

/// What the beginning of a line tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct LineHead {
    pub(crate) time: DateTime<Utc>,
    pub(crate) level: LogLevel,
    pub(super) format: LineFormat,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum LineFormat {
    /// With the offsets at which the level and the message begin.
    Text {
        level: usize,
        message: usize,
    },
    Json,
}

impl LineHead {
    /// Parses the head of a line (without its end); `None` for a foreign line.
    pub(crate) fn parse(line: &[u8]) -> Option<Self> {
        match line.first()? {
            b'{' => parse_json_head(line),
            b'0'..=b'9' => parse_text_head(line),
            // A hole in the file ends where a line begins.
            0 => {
                let holes = line.iter().take_while(|byte| **byte == 0).count();
                Self::parse(&line[holes..]).map(|head| head.shifted_by(holes))
            }
            _ => None,
        }
    }

    fn shifted_by(mut self, holes: usize) -> Self {
        if let LineFormat::Text { level, message } = &mut self.format {
            *level += holes;
            *message += holes;
        }
        self
    }

    pub(super) fn has_field(&self, line: &[u8], field: &FieldFilter) -> bool {
        let rests = |finder: &Finder<'_>| -> Vec<&[u8]> {
            let length = finder.needle().len();
            finder.find_iter(line).map(|at| &line[at + length..]).collect()
        };
        match self.format {
            LineFormat::Text { .. } => {
                rests(&field.text).iter().any(|rest| matches!(rest.first(), None | Some(b' ')))
            }
            LineFormat::Json => rests(&field.json).iter().any(|rest| {
                rest.trim_ascii_start()
                    .strip_prefix(field.number.as_bytes())
                    .is_some_and(|rest| matches!(rest.trim_ascii_start().first(), None | Some(b',' | b'}')))
            }),
        }
    }
}

/// A field and the number that it must have.
#[derive(Clone, Debug)]
pub(crate) struct FieldFilter {
    text: Finder<'static>,
    json: Finder<'static>,
    number: String,
}

impl FieldFilter {
    pub(crate) fn new(name: &str, number: i64) -> Self {
        let finder = |text: String| Finder::new(text.as_bytes()).into_owned();
        Self {
            text: finder(format!(" {name}={number}")),
            // Inside a JSON string the quotes would be escaped, so this is a key.
            json: finder(format!("\"{name}\":")),
            number: number.to_string(),
        }
    }
}

/// Where the level is in a line in text format, for colouring.
pub(crate) fn level_range(line: &[u8]) -> Option<Range<usize>> {
    match LineHead::parse(line)?.format {
        LineFormat::Text { level, message } => Some(level..line[..message].trim_ascii_end().len()),
        LineFormat::Json => None,
    }
}

/// Parses `2026-11-22T23:35:37.595663Z  INFO message name=value`.
fn parse_text_head(line: &[u8]) -> Option<LineHead> {
    let (timestamp, rest) = line.split_at_checked(TIMESTAMP_LENGTH)?;
    let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
    let word = rest[blanks..].split(|byte| *byte == b' ').next().filter(|_| blanks > 0)?;
    let start = TIMESTAMP_LENGTH + blanks;
    let message = (start + word.len() + 1).min(line.len());
    let format = LineFormat::Text { level: start, message };
    Some(LineHead { time: parse_timestamp(timestamp)?, level: parse_level(word)?, format })
}

/// Parses `{"timestamp":"…","level":"INFO",…`.
fn parse_json_head(line: &[u8]) -> Option<LineHead> {
    let rest = line.strip_prefix(b"{\"timestamp\":\"")?;
    let (timestamp, rest) = rest.split_at_checked(TIMESTAMP_LENGTH)?;
    let word = rest.strip_prefix(b"\",\"level\":\"")?.split(|byte| *byte == b'"').next()?;
    let (time, level) = (parse_timestamp(timestamp)?, parse_level(word)?);
    Some(LineHead { time, level, format: LineFormat::Json })
}

fn parse_timestamp(timestamp: &[u8]) -> Option<DateTime<Utc>> {
    let timestamp = std::str::from_utf8(timestamp).ok().filter(|text| text.ends_with('Z'))?;
    DateTime::parse_from_rfc3339(timestamp).ok().map(|time| time.to_utc())
}

fn parse_level(word: &[u8]) -> Option<LogLevel> {
    Some(match word {
        b"TRACE" => LogLevel::Trace,
        b"DEBUG" => LogLevel::Debug,
        b"INFO" => LogLevel::Info,
        b"WARN" => LogLevel::Warn,
        b"ERROR" => LogLevel::Error,
        _ => return None,
    })
}

pub(crate) fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Where the line begins that contains the byte `at`.
pub(super) fn line_start(lines: &[u8], at: usize) -> usize {
    memchr::memrchr(b'\n', &lines[..at]).map_or(0, |newline| newline + 1)
}

/// Where the line that begins at `start` ends, newline included.
pub(super) fn line_end(lines: &[u8], start: usize) -> usize {
    memchr::memchr(b'\n', &lines[start..]).map_or(lines.len(), |newline| start + newline + 1)
}

/// The ranges of the lines from the one that begins at `start`, newlines included.
pub(super) fn line_ranges(lines: &[u8], start: usize) -> impl Iterator<Item = Range<usize>> {
    let mut at = start;
    std::iter::from_fn(move || {
        (at < lines.len()).then(|| {
            let line = at..line_end(lines, at);
            at = line.end;
            line
        })
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use chrono::SecondsFormat;

    use super::*;

    fn head(line: &str) -> Option<(String, LogLevel)> {
        let head = LineHead::parse(line.as_bytes())?;
        Some((head.time.to_rfc3339_opts(SecondsFormat::AutoSi, true), head.level))
    }

    #[test]
    fn both_formats_tell_time_and_level() {
        let stamp = "2026-11-22T23:35:37.595663Z";
        for (line, level) in [
            (format!("{stamp}  INFO serving bot=\"x\""), LogLevel::Info),
            (format!("{stamp} ERROR"), LogLevel::Error),
            (format!("{stamp}  WARN "), LogLevel::Warn),
            (format!("{{\"timestamp\":\"{stamp}\",\"level\":\"DEBUG\",\"message\":\"x\"}}"), LogLevel::Debug),
        ] {
            assert_eq!(head(&line), Some((stamp.to_owned(), level)), "{line}");
        }
    }

    #[test]
    fn hole_before_a_line_is_no_part_of_it() {
        let line = "\0\0\x002026-11-22T23:35:38.120001Z ERROR x";
        assert_eq!(head(line).unwrap().1, LogLevel::Error);
        assert_eq!(&line[level_range(line.as_bytes()).unwrap()], "ERROR");
        assert_eq!(head("\0\0"), None);
    }

    #[test]
    fn lines_in_other_formats_are_foreign() {
        for line in [
            "",
            "{",
            "{\"timestamp\":\"2026-11-22T23:35:37.595663Z\"}",
            "{\"a\":1}",
            "\x1b",
            "\x1b[31mTraceback\x1b[0m",
            "2026-11-22T23:35:37.595663Z",
            "2026-11-22T23:35:37.595663ZINFO x",
            "2026-11-22T23:35:37.595663Z LOUD x",
            "2026-13-22T23:35:37.595663Z  INFO x",
            "  2026-11-22T23:35:37.595663Z  INFO x",
            "2025-01-01 12:00:00,123 - bot.main - CRITICAL - gone",
            "2025-01-01 12:00:00,1\u{20ac} - a - INFO - b",
            "0: std::panicking::begin_panic",
        ] {
            assert_eq!(head(line), None, "{line}");
        }
    }

    #[test]
    fn field_filters_compare_whole_numbers_in_their_own_field() {
        let has = |line: &str, name: &str, number: i64| {
            let head = LineHead::parse(line.as_bytes()).unwrap();
            head.has_field(line.as_bytes(), &FieldFilter::new(name, number))
        };
        let text = "2026-11-22T23:35:38.120001Z  INFO update update=73 chat=-100 user=5";
        assert!(has(text, "chat", -100) && has(text, "update", 73) && has(text, "user", 5));
        assert!(!has(text, "chat", 100) && !has(text, "chat", -10) && !has(text, "update", 7));
        assert!(!has(text, "at", -100) && !has(text, "chat", 5));
        let json = r#"{"timestamp":"2026-11-22T23:35:38.120001Z","level":"INFO","message":"\"chat\":8 x","chat":-100,"user": 5 }"#;
        assert!(has(json, "chat", -100) && has(json, "user", 5));
        assert!(!has(json, "chat", 8) && !has(json, "chat", -10) && !has(json, "chat", 100));
    }

    #[test]
    fn level_range_covers_the_word() {
        for (line, word) in [
            ("2026-11-22T23:35:38.120001Z  INFO update", "INFO"),
            ("2026-11-22T23:35:38.120001Z ERROR", "ERROR"),
        ] {
            assert_eq!(&line[level_range(line.as_bytes()).unwrap()], word);
        }
        assert_eq!(level_range(b"no level"), None);
    }
}
