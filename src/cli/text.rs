//! Texts that several commands print: ages, counts, times, and texts from outside made safe for a terminal.

use std::fmt::Display;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use indicatif::HumanDuration;

/// Whether a terminal would interpret the character: control characters, and those that change the text direction.
pub(super) fn is_terminal_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text from outside with every terminal control character replaced.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if is_terminal_control(c) { '\u{fffd}' } else { c }).collect()
}

/// The age of something in one unit: `40 seconds`, `26 hours`, `7 days`.
pub(super) fn format_age(since: DateTime<Utc>, now: DateTime<Utc>) -> HumanDuration {
    format_span(now - since)
}

/// A span in one unit; zero if it is negative.
pub(super) fn format_span(span: TimeDelta) -> HumanDuration {
    HumanDuration(span.to_std().map_or(Duration::ZERO, |span| Duration::from_secs(span.as_secs())))
}

/// `1 message`, `2 messages`.
pub(super) fn format_count(number: impl TryInto<i64>, singular: impl Display) -> String {
    let number = number.try_into().unwrap_or(i64::MAX);
    if number == 1 { format!("1 {singular}") } else { format!("{number} {singular}s") }
}

/// A time as tables show it, in UTC.
pub(super) fn format_time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_one_unit() {
        let spans = [-5, 0, 59, 60, 3_599, 93_600, 172_800, 699_000];
        let texts = spans.map(|seconds| format_span(TimeDelta::seconds(seconds)).to_string());
        let expected = [
            "0 seconds",
            "0 seconds",
            "59 seconds",
            "60 seconds",
            "60 minutes",
            "26 hours",
            "2 days",
            "8 days",
        ];
        assert_eq!(texts, expected);
    }

    #[test]
    fn counts_use_the_plural() {
        let count = |number| format_count(number, "row");
        assert_eq!([count(0), count(1), count(2)], ["0 rows", "1 row", "2 rows"]);
    }

    #[test]
    fn terminal_control_characters_are_replaced() {
        assert_eq!(printable("a\u{1b}[31mb\n\u{202e}c"), "a\u{fffd}[31mb\u{fffd}\u{fffd}c");
    }
}
