//! Words that several commands say: ages, sizes, counts, and texts of other people made safe for a terminal.

use chrono::{DateTime, TimeDelta, Utc};

/// A text that somebody else wrote, without what a terminal would obey.
pub(super) fn plain(text: &str) -> String {
    // Besides control characters those that turn the direction of writing.
    let obeyed = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if obeyed(c) { '\u{fffd}' } else { c }).collect()
}

/// How long ago something was: `12 s`, `5 min`, `3 h 20 min`, `2 d 4 h`.
pub(super) fn age(since: DateTime<Utc>, now: DateTime<Utc>) -> String {
    length(now - since)
}

/// A span of time in at most two units; nothing below 0.
pub(super) fn length(span: TimeDelta) -> String {
    let seconds = span.num_seconds().max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    let two = |more: i64, unit: &str, less: i64, small: &str| {
        if less == 0 { format!("{more} {unit}") } else { format!("{more} {unit} {less} {small}") }
    };
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => two(hours, "h", minutes % 60, "min"),
        (days, hours, _) => two(days, "d", hours % 24, "h"),
    }
}

/// A span of time in the one unit that says enough: `40 s`, `5 min`, `26 h`, `7 d`; nothing below 0.
pub(super) fn about(span: TimeDelta) -> String {
    let seconds = span.num_seconds().max(0);
    match (seconds / 60, seconds / 3_600) {
        (0, _) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (_, hours @ ..48) => format!("{hours} h"),
        (_, hours) => format!("{} d", hours / 24),
    }
}

/// A size: `512 B`, `1.4 MB`.
pub(super) fn size(bytes: u64) -> String {
    let mut unit = "B";
    let mut whole = bytes;
    let mut tenths = 0;
    for larger in ["KB", "MB", "GB", "TB"] {
        if whole < 1_000 {
            break;
        }
        (whole, tenths, unit) = (whole / 1_000, whole % 1_000 / 100, larger);
    }
    if unit == "B" { format!("{whole} B") } else { format!("{whole}.{tenths} {unit}") }
}

/// `1 message`, `2 messages`.
pub(super) fn count(number: impl TryInto<i64>, one: &str) -> String {
    let number = number.try_into().unwrap_or(i64::MAX);
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// A moment as every table shows it, UTC.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn spans_have_two_units_at_most() {
        for (seconds, text) in [
            (-5, "0 s"),
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3_599, "59 min"),
            (3_600, "1 h"),
            (12_000, "3 h 20 min"),
            (86_400, "1 d"),
            (187_200, "2 d 4 h"),
        ] {
            assert_eq!(length(TimeDelta::seconds(seconds)), text);
        }
    }

    #[test]
    fn about_has_one_unit() {
        let about = |seconds| about(TimeDelta::seconds(seconds));
        assert_eq!([-5, 59, 60, 3_599].map(about), ["0 s", "59 s", "1 min", "59 min"]);
        assert_eq!([3_600, 172_799, 172_800, 699_000].map(about), ["1 h", "47 h", "2 d", "8 d"]);
    }

    #[test]
    fn sizes_and_counts() {
        assert_eq!([0, 999, 1_000, 1_449_999].map(size), ["0 B", "999 B", "1.0 KB", "1.4 MB"]);
        assert_eq!([count(0, "row"), count(1, "row"), count(2, "row")], ["0 rows", "1 row", "2 rows"]);
    }

    #[test]
    fn a_terminal_obeys_nothing_in_a_name() {
        assert_eq!(plain("a\u{1b}[31mb\n\u{202e}c"), "a\u{fffd}[31mb\u{fffd}\u{fffd}c");
    }
}
