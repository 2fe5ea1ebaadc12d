//! What the beginning of a line says: text and JSON of this program, coloured text, and lines of the old Python bot.
//!
//! A line that is none of these is foreign (`None`): a backtrace, the output of something else. What happens to it is
//! decided by [`filter`](super::filter). Nothing here fails: broken bytes make a line foreign at worst.

use std::borrow::Cow;
use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use memchr::memmem::Finder;

use crate::config::logging::LogLevel;

/// How a JSON line of ours begins.
const JSON: &[u8] = b"{\"timestamp\":\"";
/// The bytes of `2026-11-22T23:35:37.595663Z`.
const STAMP: usize = 27;

/// The beginning of a line of ours.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Head {
    /// When it was written.
    pub time: DateTime<Utc>,
    /// How severe it is.
    pub level: LogLevel,
    pub(super) form: Form,
    /// Where the message begins in the plain line.
    pub(super) message: usize,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    Text,
    Json,
    Python,
}

impl Head {
    /// Reads the beginning of a line (without its end). `zone` is that of the old bot's clock: its times have none.
    #[must_use]
    pub fn of(line: &[u8], zone: Tz) -> Option<Self> {
        match line.first()? {
            b'{' => json(line),
            b'0'..=b'9' => text(line).or_else(|| python(line, zone)),
            0x1b => match plain(line).as_ref() {
                [0x1b, ..] => None,
                plain => Self::of(plain, zone),
            },
            _ => None,
        }
    }

    /// Whether the line has this number in this field.
    #[must_use]
    pub fn has(&self, line: &[u8], field: &Field) -> bool {
        let line = plain(line);
        match self.form {
            Form::Text => field.text.find_iter(&line).any(|at| {
                let rest = &line[at + field.text.needle().len()..];
                matches!(rest.first(), None | Some(b' '))
            }),
            Form::Json => field.json.find_iter(&line).any(|at| {
                let rest = line[at + field.json.needle().len()..].trim_ascii_start();
                rest.strip_prefix(field.number.as_bytes())
                    .is_some_and(|rest| matches!(rest.trim_ascii_start().first(), None | Some(b',' | b'}')))
            }),
            Form::Python => false,
        }
    }
}

/// A field and the number that it is to have.
#[derive(Clone, Debug)]
pub struct Field {
    text: Finder<'static>,
    json: Finder<'static>,
    number: String,
}

impl Field {
    /// `chat` and `-100123`.
    #[must_use]
    pub fn new(name: &str, number: i64) -> Self {
        let finder = |text: String| Finder::new(text.as_bytes()).into_owned();
        Self {
            text: finder(format!(" {name}={number}")),
            // Inside a string of JSON the quotes would be escaped, so this is a name.
            json: finder(format!("\"{name}\":")),
            number: number.to_string(),
        }
    }
}

/// Where the word for the level is in a plain line of text, for whoever colours it.
#[must_use]
pub fn level_word(line: &[u8]) -> Option<std::ops::Range<usize>> {
    if !line.first()?.is_ascii_digit() {
        return None;
    }
    let head = Head::of(line, Tz::UTC)?;
    let word =
        |start: usize| start..start + line[start..].iter().take_while(|b| b.is_ascii_alphabetic()).count();
    match head.form {
        Form::Text => line.iter().position(u8::is_ascii_whitespace).map(|blank| {
            let blanks = line[blank..].iter().take_while(|byte| **byte == b' ').count();
            word(blank + blanks)
        }),
        Form::Json => None,
        // The message begins after `LEVEL - `.
        Form::Python => {
            let before = line[..head.message].strip_suffix(b" - ")?;
            Some(before.iter().rposition(|byte| *byte == b' ')? + 1..before.len())
        }
    }
}

/// The line without the codes for colours, where it begins with one.
pub(super) fn plain(line: &[u8]) -> Cow<'_, [u8]> {
    static COLOUR: LazyLock<Option<regex::bytes::Regex>> =
        LazyLock::new(|| regex::bytes::Regex::new(r"\x1b\[[0-9;]*m").ok());
    match (line.first(), &*COLOUR) {
        (Some(0x1b), Some(colour)) => colour.replace_all(line, &b""[..]),
        _ => Cow::Borrowed(line),
    }
}

/// `2026-11-22T23:35:37.595663Z  INFO message name=value`
fn text(line: &[u8]) -> Option<Head> {
    let stamp = match line.get(STAMP) {
        Some(b' ') => STAMP,
        _ => memchr::memchr(b' ', line.get(..40.min(line.len()))?)?,
    };
    let time = time(&line[..stamp])?;
    let rest = &line[stamp..];
    let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
    let word = rest[blanks..].split(|byte| *byte == b' ').next()?;
    let level = level(word)?;
    let message = (stamp + blanks + word.len() + 1).min(line.len());
    Some(Head { time, level, form: Form::Text, message })
}

/// `{"timestamp":"…","level":"INFO",…`, or an object with both in some other order.
fn json(line: &[u8]) -> Option<Head> {
    const LEVEL: &[u8] = b"\",\"level\":\"";
    let quick = || {
        let rest = line.strip_prefix(JSON)?;
        let (stamp, rest) = rest.split_at_checked(STAMP)?;
        let rest = rest.strip_prefix(LEVEL)?;
        let word = &rest[..memchr::memchr(b'"', rest.get(..9.min(rest.len()))?)?];
        Some((time(stamp)?, level(word)?))
    };
    let slow = || {
        #[derive(serde::Deserialize)]
        struct Both<'a> {
            #[serde(borrow)]
            timestamp: Cow<'a, str>,
            #[serde(borrow)]
            level: Cow<'a, str>,
        }
        let both: Both<'_> = serde_json::from_slice(line).ok()?;
        Some((time(both.timestamp.as_bytes())?, level(both.level.as_bytes())?))
    };
    let (time, level) = quick().or_else(slow)?;
    Some(Head { time, level, form: Form::Json, message: 0 })
}

/// `2025-01-01 12:00:00,123 - name - INFO - text`, in the time of the machine it was written on.
fn python(line: &[u8], zone: Tz) -> Option<Head> {
    let stamp = line.get(..23).filter(|stamp| stamp[10] == b' ' && stamp[19] == b',')?;
    let local =
        NaiveDateTime::parse_from_str(std::str::from_utf8(stamp).ok()?, "%Y-%m-%d %H:%M:%S,%3f").ok()?;
    // A time that the clocks show twice is taken as the first; one that they skip, as if it were UTC.
    let time = zone.from_local_datetime(&local).earliest().map_or_else(|| local.and_utc(), |at| at.to_utc());
    let name = line[23..].strip_prefix(b" - ")?;
    let name_ends = memchr::memmem::find(name, b" - ")?;
    let rest = &name[name_ends + 3..];
    let word = &rest[..memchr::memmem::find(rest, b" - ")?];
    let message = line.len() - rest.len() + word.len() + 3;
    Some(Head { time, level: level(word)?, form: Form::Python, message })
}

/// Our own stamps quickly, every other form of RFC 3339 all the same.
fn time(stamp: &[u8]) -> Option<DateTime<Utc>> {
    ours(stamp).or_else(|| {
        let stamp = std::str::from_utf8(stamp).ok().filter(|stamp| stamp.len() >= 20)?;
        DateTime::parse_from_rfc3339(stamp).ok().map(|time| time.to_utc())
    })
}

fn ours(stamp: &[u8]) -> Option<DateTime<Utc>> {
    let is_separated = stamp.len() == STAMP
        && [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'.'), (26, b'Z')]
            .iter()
            .all(|(at, byte)| stamp[*at] == *byte);
    if !is_separated {
        return None;
    }
    let number = |from: usize, to: usize| {
        stamp[from..to].iter().try_fold(0_u32, |number, byte| {
            byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0'))
        })
    };
    NaiveDate::from_ymd_opt(i32::try_from(number(0, 4)?).ok()?, number(5, 7)?, number(8, 10)?)?
        .and_hms_micro_opt(number(11, 13)?, number(14, 16)?, number(17, 19)?, number(20, 26)?)
        .map(|time| time.and_utc())
}

fn level(word: &[u8]) -> Option<LogLevel> {
    Some(match word {
        b"TRACE" => LogLevel::Trace,
        b"DEBUG" => LogLevel::Debug,
        b"INFO" => LogLevel::Info,
        b"WARN" | b"WARNING" => LogLevel::Warn,
        b"ERROR" | b"CRITICAL" | b"FATAL" => LogLevel::Error,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use chrono::SecondsFormat;

    use super::*;

    fn head(line: &str) -> Option<(String, LogLevel)> {
        let head = Head::of(line.as_bytes(), chrono_tz::Europe::Moscow)?;
        Some((head.time.to_rfc3339_opts(SecondsFormat::AutoSi, true), head.level))
    }

    #[test]
    fn every_form_says_when_and_how_severe() {
        let stamp = "2026-11-22T23:35:37.595663Z";
        for (line, level) in [
            (format!("{stamp}  INFO serving bot=\"x\""), LogLevel::Info),
            (format!("{stamp} ERROR"), LogLevel::Error),
            (format!("{stamp}  WARN "), LogLevel::Warn),
            (format!("{{\"timestamp\":\"{stamp}\",\"level\":\"DEBUG\",\"message\":\"x\"}}"), LogLevel::Debug),
            (format!("{{ \"level\": \"TRACE\", \"timestamp\": \"{stamp}\" }}"), LogLevel::Trace),
            (format!("\x1b[2m{stamp}\x1b[0m \x1b[32m INFO\x1b[0m serving"), LogLevel::Info),
        ] {
            assert_eq!(head(&line), Some((stamp.to_owned(), level)), "{line}");
        }
        assert_eq!(
            head("2025-01-01 12:00:00,123 - bot.main - CRITICAL - gone"),
            Some(("2025-01-01T09:00:00.123Z".to_owned(), LogLevel::Error))
        );
        assert_eq!(
            head("2026-11-23T02:35:37+03:00 INFO x"),
            Some(("2026-11-22T23:35:37Z".to_owned(), LogLevel::Info))
        );
    }

    #[test]
    fn what_only_looks_like_ours_is_foreign() {
        for line in [
            "",
            "{",
            "{\"timestamp\":\"2026-11-22T23:35:37.595663Z\"}",
            "{\"a\":1}",
            "\x1b",
            "\x1b[31mTraceback\x1b[0m",
            "2026-11-22T23:35:37.595663Z",
            "2026-11-22T23:35:37.595663Z LOUD x",
            "2026-13-22T23:35:37.595663Z  INFO x",
            "  2026-11-22T23:35:37.595663Z  INFO x",
            "2025-01-01 12:00:00,123 - no level",
            "2025-01-01 12:00:00,1\u{20ac} - a - INFO - b",
            "0: std::panicking::begin_panic",
        ] {
            assert_eq!(head(line), None, "{line}");
        }
    }

    #[test]
    fn a_number_is_found_whole_and_in_its_own_field() {
        let has = |line: &str, name: &str, number: i64| {
            Head::of(line.as_bytes(), Tz::UTC).unwrap().has(line.as_bytes(), &Field::new(name, number))
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
    fn the_level_is_found_for_colouring() {
        for (line, word) in [
            ("2026-11-22T23:35:38.120001Z  INFO update", "INFO"),
            ("2026-11-22T23:35:38.120001Z ERROR", "ERROR"),
            ("2025-01-01 12:00:00,123 - bot - WARNING - x", "WARNING"),
        ] {
            assert_eq!(&line[level_word(line.as_bytes()).unwrap()], word);
        }
        assert_eq!(level_word(b"no level"), None);
    }
}
