//! Points in time as people write them.

use chrono::{DateTime, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

/// Reads `90s`, `30m`, `2h`, `1d`, `1h30m` (that long before `now`), RFC 3339, `2026-11-22 14:00`, `2026-11-22`, and
/// `14:00` (the last one that has been). What names no offset is UTC, like the times in the log.
///
/// # Errors
/// What can be written instead.
pub fn parse(text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    let text = text.trim();
    let parsed = before(text, now).or_else(|| full(text)).or_else(|| time_of_day(text, now));
    parsed.ok_or_else(|| {
        "not a time; write how long ago (30m, 2h, 1d), a time of day (14:00), or a day and time \
         (\"2026-11-22 14:00\", 2026-11-22T14:00:00+03:00); without an offset it is UTC, as in the log"
            .to_owned()
    })
}

/// `1h30m` before now.
fn before(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let mut rest = text;
    let mut total = TimeDelta::zero();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: i64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].chars().next()?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        total = total.checked_add(&TimeDelta::try_seconds(number.checked_mul(seconds)?)?)?;
        rest = &rest[digits + 1..];
    }
    if text.is_empty() { None } else { now.checked_sub_signed(total) }
}

/// A day, with or without a time of it.
fn full(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(day.and_time(NaiveTime::MIN).and_utc());
    }
    let (text, offset) = offset(text)?;
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    let local = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())?;
    local.and_local_timezone(offset).single().map(|time| time.to_utc())
}

/// The last time that clocks showed this.
fn time_of_day(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let (text, offset) = offset(text)?;
    let time =
        ["%H:%M:%S%.f", "%H:%M"].iter().find_map(|format| NaiveTime::parse_from_str(text, format).ok())?;
    let today = now.with_timezone(&offset).date_naive();
    [today, today.checked_sub_days(Days::new(1))?]
        .iter()
        .filter_map(|day| day.and_time(time).and_local_timezone(offset).single())
        .map(|time| time.to_utc())
        .find(|time| *time <= now)
}

/// Splits `Z` or `+03:00` from the end of something with a time in it.
fn offset(text: &str) -> Option<(&str, FixedOffset)> {
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
    fn people_write_times_in_many_ways() {
        let now = "2026-11-22T14:30:00Z".parse().unwrap();
        for (text, expected) in [
            ("2h", "2026-11-22T12:30:00Z"),
            ("30m", "2026-11-22T14:00:00Z"),
            ("1d", "2026-11-21T14:30:00Z"),
            ("1w", "2026-11-15T14:30:00Z"),
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
            assert_eq!(parse(text, now), Ok(expected.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn anything_else_is_answered_with_what_can_be_written() {
        let now = "2026-11-22T14:30:00Z".parse().unwrap();
        let wrong = [
            "",
            "soon",
            "2",
            "h",
            "2y",
            "25:00",
            "2026-13-01",
            "14:00+99:99",
            "99999999999999999d",
            "2026-11-22 14",
        ];
        for text in wrong {
            let why = parse(text, now).unwrap_err();
            assert!(why.contains("30m") && why.contains("UTC"), "{text}: {why}");
        }
    }
}
