//! The times that `--since` and `--until` accept.

use chrono::{
    DateTime, Days, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset as _, TimeDelta,
    TimeZone, Utc,
};
use chrono_tz::Tz;

use super::super::args::parse_duration;

/// A time as it was given. Without an offset it means the configured time zone, which is known only later.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum LogTime {
    At(DateTime<Utc>),
    Local(NaiveDateTime),
    /// The most recent one.
    TimeOfDay(NaiveTime, Option<FixedOffset>),
}

impl LogTime {
    /// Parses a duration (that long before `now`), RFC 3339, `2026-11-22 14:00`, `2026-11-22`, or `14:00` (the most recent
    /// one).
    pub(super) fn parse(text: &str, now: DateTime<Utc>) -> Result<Self, String> {
        let text = text.trim();
        let before = || now.checked_sub_signed(TimeDelta::from_std(parse_duration(text).ok()?).ok()?);
        let parsed =
            before().map(Self::At).or_else(|| parse_date_time(text)).or_else(|| parse_time_of_day(text));
        parsed.ok_or_else(|| {
            "not a time; write an age (30m, 2h, 1d), a time of day (14:00), or a date and time \
             (\"2026-11-22 14:00\", 2026-11-22T14:00:00+03:00); times without an offset are in TIMEZONE"
                .to_owned()
        })
    }

    pub(super) fn needs_zone(self) -> bool {
        matches!(self, Self::Local(_) | Self::TimeOfDay(_, None))
    }

    /// Returns the moment that is meant in a time zone.
    pub(super) fn resolve(self, zone: Tz, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::At(time) => time,
            Self::Local(local) => moment_of(&zone, local),
            Self::TimeOfDay(time, Some(offset)) => most_recent(&offset, time, now),
            Self::TimeOfDay(time, None) => most_recent(&zone, time, now),
        }
    }
}

/// Returns the earlier of two moments with this local time, and for one that a clock change skips the moment of the
/// change.
fn moment_of<Z: TimeZone>(zone: &Z, local: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => time.to_utc(),
        LocalResult::None => {
            let day_before = local.checked_sub_days(Days::new(1)).unwrap_or(local);
            let offset = zone.offset_from_utc_datetime(&day_before).fix();
            offset.from_local_datetime(&local).single().map_or_else(|| local.and_utc(), |time| time.to_utc())
        }
    }
}

fn most_recent<Z: TimeZone>(zone: &Z, time: NaiveTime, now: DateTime<Utc>) -> DateTime<Utc> {
    let today = now.with_timezone(zone).date_naive();
    let at = moment_of(zone, today.and_time(time));
    if at <= now {
        return at;
    }
    let yesterday = today.checked_sub_days(Days::new(1)).unwrap_or(today);
    moment_of(zone, yesterday.and_time(time))
}

/// Parses a date, with or without a time.
fn parse_date_time(text: &str) -> Option<LogTime> {
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(LogTime::Local(day.and_time(NaiveTime::MIN)));
    }
    let (text, offset) = split_offset(text)?;
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    let local = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())?;
    match offset {
        Some(offset) => local.and_local_timezone(offset).single().map(|time| LogTime::At(time.to_utc())),
        None => Some(LogTime::Local(local)),
    }
}

fn parse_time_of_day(text: &str) -> Option<LogTime> {
    let (text, offset) = split_offset(text)?;
    let time =
        ["%H:%M:%S%.f", "%H:%M"].iter().find_map(|format| NaiveTime::parse_from_str(text, format).ok())?;
    Some(LogTime::TimeOfDay(time, offset))
}

/// Splits `Z` or `+03:00` from the end of a text that contains a time.
fn split_offset(text: &str) -> Option<(&str, Option<FixedOffset>)> {
    if let Some(text) = text.strip_suffix(['Z', 'z']) {
        return Some((text.trim_end(), FixedOffset::east_opt(0)));
    }
    let colon = text.find(':')?;
    match text[colon..].rfind(['+', '-']) {
        Some(sign) => {
            let (text, offset) = text.split_at(colon + sign);
            Some((text.trim_end(), Some(offset.parse().ok()?)))
        }
        None => Some((text, None)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn resolve(text: &str, zone: Tz, now: &str) -> DateTime<Utc> {
        let now = now.parse().unwrap();
        LogTime::parse(text, now).unwrap().resolve(zone, now)
    }

    #[test]
    fn times_are_accepted_in_many_forms() {
        let now = "2026-11-22T14:30:00Z";
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
            assert_eq!(resolve(text, Tz::UTC, now), expected.parse::<DateTime<Utc>>().unwrap(), "{text}");
        }
    }

    #[test]
    fn times_without_an_offset_are_in_the_time_zone() {
        let now = "2026-11-22T22:30:00Z";
        for (text, expected) in [
            ("14:00", "2026-11-22T11:00:00Z"),
            // Already tomorrow there.
            ("01:00", "2026-11-22T22:00:00Z"),
            ("01:31", "2026-11-21T22:31:00Z"),
            ("14:00Z", "2026-11-22T14:00:00Z"),
            ("2026-11-22", "2026-11-21T21:00:00Z"),
            ("2026-11-22 14:00", "2026-11-22T11:00:00Z"),
            ("2026-11-22T14:00:00+05:00", "2026-11-22T09:00:00Z"),
            ("30m", "2026-11-22T22:00:00Z"),
        ] {
            let expected: DateTime<Utc> = expected.parse().unwrap();
            assert_eq!(resolve(text, Tz::Europe__Moscow, now), expected, "{text}");
        }
        // Clock changes: an hour that comes twice, and one that does not come.
        for (text, expected) in
            [("2026-10-25 02:30", "2026-10-25T00:30:00Z"), ("2026-03-29 02:30", "2026-03-29T01:30:00Z")]
        {
            let expected: DateTime<Utc> = expected.parse().unwrap();
            assert_eq!(resolve(text, Tz::Europe__Berlin, now), expected, "{text}");
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
            let why = LogTime::parse(text, now).unwrap_err();
            assert!(why.contains("30m") && why.contains("TIMEZONE"), "{text}: {why}");
        }
    }
}
