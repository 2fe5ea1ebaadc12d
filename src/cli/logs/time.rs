//! The times that `--since` and `--until` accept.

use chrono::{DateTime, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

use super::super::args::parse_duration;

/// Parses a duration (that long before `now`), RFC 3339, `2026-11-22 14:00`, `2026-11-22`, or `14:00` (the most recent
/// one). Without an offset a time is UTC, as in the log.
pub(super) fn parse_time(text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    let text = text.trim();
    let before = || now.checked_sub_signed(TimeDelta::from_std(parse_duration(text).ok()?).ok()?);
    let parsed = before().or_else(|| parse_date_time(text)).or_else(|| parse_time_of_day(text, now));
    parsed.ok_or_else(|| {
        "not a time; write an age (30m, 2h, 1d), a time of day (14:00), or a date and time \
         (\"2026-11-22 14:00\", 2026-11-22T14:00:00+03:00); times without an offset are UTC"
            .to_owned()
    })
}

/// Parses a date, with or without a time.
fn parse_date_time(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(day.and_time(NaiveTime::MIN).and_utc());
    }
    let (text, offset) = split_offset(text)?;
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    let local = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())?;
    local.and_local_timezone(offset).single().map(|time| time.to_utc())
}

/// Finds the most recent moment with this time of day.
fn parse_time_of_day(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let (text, offset) = split_offset(text)?;
    let time =
        ["%H:%M:%S%.f", "%H:%M"].iter().find_map(|format| NaiveTime::parse_from_str(text, format).ok())?;
    let today = now.with_timezone(&offset).date_naive();
    [today, today.checked_sub_days(Days::new(1))?]
        .iter()
        .filter_map(|day| day.and_time(time).and_local_timezone(offset).single())
        .map(|time| time.to_utc())
        .find(|time| *time <= now)
}

/// Splits `Z` or `+03:00` from the end of a text that contains a time.
fn split_offset(text: &str) -> Option<(&str, FixedOffset)> {
    let utc = FixedOffset::east_opt(0)?;
    if let Some(text) = text.strip_suffix(['Z', 'z']) {
        return Some((text.trim_end(), utc));
    }
    let colon = text.find(':')?;
    match text[colon..].rfind(['+', '-']) {
        Some(sign) => {
            let (text, offset) = text.split_at(colon + sign);
            Some((text.trim_end(), offset.parse().ok()?))
        }
        None => Some((text, utc)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn times_are_accepted_in_many_forms() {
        let now = "2026-11-22T14:30:00Z".parse().unwrap();
        for (text, expected) in [
            ("2h", "2026-11-22T12:30:00Z"),
            ("30m", "2026-11-22T14:00:00Z"),
            ("1d", "2026-11-21T14:30:00Z"),
            ("1w", "2026-11-15T14:30:00Z"),
            ("1h 30m", "2026-11-22T13:00:00Z"),
            ("1h30m5s", "2026-11-22T12:59:55Z"),
            ("0s", "2026-11-22T14:30:00Z"),
            (" 14:00 ", "2026-11-22T14:00:00Z"),
            ("14:30", "2026-11-22T14:30:00Z"),
            ("23:50", "2026-11-21T23:50:00Z"),
            ("14:00:01.5", "2026-11-22T14:00:01.500Z"),
            ("14:00+03:00", "2026-11-22T11:00:00Z"),
            ("2026-11-22", "2026-11-22T00:00:00Z"),
            ("2026-11-22 14:00", "2026-11-22T14:00:00Z"),
            ("2026-11-22T14:00", "2026-11-22T14:00:00Z"),
            ("2026-11-22 14:00 +03:00", "2026-11-22T11:00:00Z"),
            ("2026-11-22T14:00:00.123456Z", "2026-11-22T14:00:00.123456Z"),
            ("2026-11-22T14:00:00-05:00", "2026-11-22T19:00:00Z"),
        ] {
            assert_eq!(parse_time(text, now), Ok(expected.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused_with_examples() {
        let now = "2026-11-22T14:30:00Z".parse().unwrap();
        let wrong = [
            "",
            "soon",
            "2",
            "h",
            "25:00",
            "2026-13-01",
            "14:00+99:99",
            "99999999999999999d",
            "2026-11-22 14",
        ];
        for text in wrong {
            let why = parse_time(text, now).unwrap_err();
            assert!(why.contains("30m") && why.contains("UTC"), "{text}: {why}");
        }
    }
}
