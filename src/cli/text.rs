//! Texts that several commands print: ages, counts, times, and texts from outside made safe for a terminal.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use anstyle::AnsiColor;
use chrono::{DateTime, TimeDelta, Utc};
use indicatif::HumanDuration;

/// Whether a terminal would interpret the character: control characters, those that change the text direction or end a
/// line, and the marks of our own colours.
pub(super) fn is_terminal_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || MARKS.contains(&c)
}

/// A text from outside with every terminal control character replaced.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if is_terminal_control(c) { '\u{fffd}' } else { c }).collect()
}

/// Characters that stand for the colours until a text is written, so that no escape sequence from outside passes for one of
/// ours. They are noncharacters, which no text has.
const MARKS: RangeInclusive<char> = '\u{fdd0}'..=END_MARK;
const END_MARK: char = '\u{fdd8}';

pub(super) fn paint_if(is_coloured: bool, colour: AnsiColor, text: impl Display) -> String {
    match MARKS.clone().nth(colour as usize) {
        Some(mark) if is_coloured => format!("{mark}{text}{END_MARK}"),
        _ => text.to_string(),
    }
}

/// Replaces what would act on a terminal, except lines, tabs and, if the text is coloured, the colours of [`paint_if`].
pub(super) fn replace_controls(text: &str, is_coloured: bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => shown.push(c),
            END_MARK if is_coloured => shown.push_str("\u{1b}[0m"),
            c if is_coloured && MARKS.contains(&c) => {
                // As `anstyle` writes bold and one of the eight colours.
                let colour = u32::from(c) - u32::from(*MARKS.start());
                shown.push_str("\u{1b}[1m\u{1b}[3");
                shown.extend(char::from_digit(colour, 8));
                shown.push('m');
            }
            c if is_terminal_control(c) => shown.push('\u{fffd}'),
            c => shown.push(c),
        }
    }
    shown
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
    fn only_our_own_colours_reach_a_terminal() {
        let text = format!("{} \u{1b}[0m\u{1b}[2J\tx\ny", paint_if(true, AnsiColor::Red, "error:"));
        assert_eq!(
            replace_controls(&text, true),
            "\u{1b}[1m\u{1b}[31merror:\u{1b}[0m \u{fffd}[0m\u{fffd}[2J\tx\ny"
        );
        assert!(!replace_controls(&text, false).contains('\u{1b}'));
    }

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
        assert_eq!(printable("a\u{61c}\u{2028}\u{9b}\u{fdd1}b"), "a\u{fffd}\u{fffd}\u{fffd}\u{fffd}b");
        assert_eq!(printable("Анна-Мария «Ё» 🔧"), "Анна-Мария «Ё» 🔧");
    }
}
