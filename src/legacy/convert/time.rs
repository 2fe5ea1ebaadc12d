//! Times in the forms that old databases hold.

use chrono::{
    DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Timelike as _,
    Utc,
};
use chrono_tz::Europe::Moscow;

use super::super::value::LegacyValue;
use super::parsed::ParsedValue;

/// Parses a time. The old bot stored UTC without a zone: SQLite's `CURRENT_TIMESTAMP` and Python's `isoformat()`.
/// [`ParsedValue::Repaired`] is any other form: a zone, a date alone, 31.12.2025, seconds since 1970, a Julian day.
pub(in super::super) fn parse_time(value: &LegacyValue) -> ParsedValue<NaiveDateTime> {
    let found = match value {
        LegacyValue::Null => None,
        LegacyValue::Int(seconds) => unix_time(*seconds).map(ParsedValue::Repaired),
        LegacyValue::Real(number) => real_time(*number).map(ParsedValue::Repaired),
        LegacyValue::Text(text) | LegacyValue::Bytes(text) => parse_time_text(text.trim()),
    };
    let is_sane = |time: &NaiveDateTime| (1970..=2200).contains(&time.year());
    match found.map(without_leap_second) {
        Some(ParsedValue::Exact(time)) if is_sane(&time) => ParsedValue::Exact(to_stored_precision(time)),
        Some(ParsedValue::Repaired(time)) if is_sane(&time) => {
            ParsedValue::Repaired(to_stored_precision(time))
        }
        _ => ParsedValue::Unreadable,
    }
}

/// Parses a time as the ORM of the later versions wrote it: Moscow wall time without a zone, always with six digits of a
/// second. Returns it in UTC; `None` for any other form, and before the first of those versions.
pub(in super::super) fn parse_wall_time(value: &LegacyValue) -> Option<NaiveDateTime> {
    const LENGTH: usize = "2025-10-21 00:00:00.000000".len();
    let LegacyValue::Text(text) = value else { return None };
    let is_first_version_gone = text.as_str() >= "2025-10-21";
    if text.len() != LENGTH || text.as_bytes().get(19) != Some(&b'.') || !is_first_version_gone {
        return None;
    }
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.6f").ok()?;
    let time = Moscow.from_local_datetime(&local).earliest()?;
    (local.year() <= 2200).then(|| time.naive_utc())
}

/// Returns the date in Moscow.
pub(in super::super) fn date_in_moscow(time: NaiveDateTime) -> NaiveDate {
    Utc.from_utc_datetime(&time).with_timezone(&Moscow).date_naive()
}

/// Returns a time for people in Moscow, without the time of day at midnight.
pub(in super::super) fn format_in_moscow(time: NaiveDateTime) -> String {
    let local = Utc.from_utc_datetime(&time).with_timezone(&Moscow);
    let form = if local.time() == NaiveTime::MIN { "%d.%m.%Y" } else { "%d.%m.%Y %H:%M" };
    local.format(form).to_string()
}

fn to_stored_precision(time: NaiveDateTime) -> NaiveDateTime {
    crate::db::time::to_stored(time.and_utc())
}

/// Turns 23:59:60 into the first second of the next day: chrono and the databases have no leap seconds.
fn without_leap_second(time: ParsedValue<NaiveDateTime>) -> ParsedValue<NaiveDateTime> {
    match time {
        ParsedValue::Exact(time) | ParsedValue::Repaired(time) if time.nanosecond() >= 1_000_000_000 => {
            let next = time.with_nanosecond(time.nanosecond() - 1_000_000_000);
            let next = next.and_then(|time| time.checked_add_signed(TimeDelta::seconds(1)));
            next.map_or(ParsedValue::Unreadable, ParsedValue::Repaired)
        }
        time => time,
    }
}

fn parse_time_text(text: &str) -> Option<ParsedValue<NaiveDateTime>> {
    for form in ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"] {
        if let Ok(time) = NaiveDateTime::parse_from_str(text, form) {
            return Some(ParsedValue::Exact(time));
        }
    }
    let text = normalize_time_text(text);
    for form in ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M%#z"] {
        if let Ok(time) = DateTime::parse_from_str(&text, form) {
            return Some(ParsedValue::Repaired(time.naive_utc()));
        }
    }
    for form in ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M:%S%.f", "%d.%m.%Y %H:%M"] {
        if let Ok(time) = NaiveDateTime::parse_from_str(&text, form) {
            return Some(ParsedValue::Repaired(time));
        }
    }
    for form in ["%Y-%m-%d", "%d.%m.%Y"] {
        if let Ok(day) = NaiveDate::parse_from_str(&text, form) {
            return Some(ParsedValue::Repaired(day.and_time(NaiveTime::MIN)));
        }
    }
    let number = text.parse().ok().and_then(unix_time);
    number.or_else(|| text.parse().ok().and_then(real_unix_time)).map(ParsedValue::Repaired)
}

/// Turns `2025/10/12T10:14:02,5 UTC` into `2025-10-12 10:14:02.5+00:00`.
fn normalize_time_text(text: &str) -> String {
    let upper = text.to_uppercase();
    let zone = ["UTC", "GMT", "Z"].into_iter().find_map(|zone| upper.strip_suffix(zone));
    let text = zone.map_or_else(|| upper.clone(), |text| format!("{}+00:00", text.trim_end()));
    let text = text.replace('/', "-").replace(',', ".").replacen('T', " ", 1);
    // The space before a zone.
    text.replace(" +", "+").replace(" -", "-")
}

/// Reads seconds, milliseconds or microseconds since 1970, distinguished by their size.
fn unix_time(number: i64) -> Option<NaiveDateTime> {
    let time = match number {
        100_000_000..100_000_000_000 => DateTime::from_timestamp(number, 0),
        100_000_000_000..100_000_000_000_000 => DateTime::from_timestamp_millis(number),
        100_000_000_000_000.. => DateTime::from_timestamp_micros(number),
        _ => None,
    };
    time.map(|time| time.naive_utc())
}

/// Reads a number with a fraction: SQLite's `julianday()`, or seconds since 1970.
fn real_time(number: f64) -> Option<NaiveDateTime> {
    const UNIX_EPOCH: f64 = 2_440_587.5;
    const MILLISECONDS_PER_DAY: f64 = 86_400e3;
    if (2.4e6..2.6e6).contains(&number) {
        // A Julian day in a float is precise to about a millisecond.
        return DateTime::from_timestamp_millis(round_to_integer(
            (number - UNIX_EPOCH) * MILLISECONDS_PER_DAY,
        ))
        .map(|time| time.naive_utc());
    }
    real_unix_time(number)
}

fn real_unix_time(number: f64) -> Option<NaiveDateTime> {
    if number.abs() < 1e11 {
        return unix_time(round_to_integer(number * 1e6)).filter(|_| number >= 1e8);
    }
    unix_time(round_to_integer(number))
}

#[allow(clippy::cast_possible_truncation, reason = "a float cast saturates, and the bounds are checked")]
fn round_to_integer(number: f64) -> i64 {
    number.round() as i64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn text(text: &str) -> LegacyValue {
        LegacyValue::Text(text.to_owned())
    }

    #[test]
    fn only_the_orms_form_is_wall_time() {
        let at = |text: &str| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok();
        for (value, expected) in [
            ("2025-10-21 00:00:00.000000", at("2025-10-20 21:00:00")),
            ("2025-11-20 13:14:02.123456", at("2025-11-20 10:14:02.123456")),
            // The versions before wrote UTC in this form.
            ("2025-10-20 23:59:59.999999", None),
            ("2025-11-20 13:14:02", None),
            ("2025-11-20 13:14:02.123", None),
            ("2025-11-20T13:14:02.123456", None),
            ("2025-11-20 13:14:02.12+03", None),
            ("2025-11-20 13:14:02,123456", None),
            ("2025-13-20 13:14:02.123456", None),
        ] {
            assert_eq!(parse_wall_time(&text(value)), expected, "{value}");
        }
        assert_eq!(format_in_moscow(at("2025-11-29 21:00:00").unwrap()), "30.11.2025");
        assert_eq!(format_in_moscow(at("2025-11-30 15:30:00").unwrap()), "30.11.2025 18:30");
    }

    #[test]
    fn times_parse_in_every_known_form() {
        use ParsedValue::{Exact, Repaired, Unreadable};
        let at = |text: &str| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").unwrap();
        let ten = at("2025-10-12 10:14:02");
        for (value, expected) in [
            (text("2025-10-12 10:14:02"), Exact(ten)),
            (text("2025-10-12T10:14:02"), Exact(ten)),
            (text(" 2025-10-12 10:14:02.5 "), Exact(at("2025-10-12 10:14:02.5"))),
            (text("2025-10-12T10:14:02.123456789"), Exact(at("2025-10-12 10:14:02.123456"))),
            (text("2025-10-12T13:14:02+03:00"), Repaired(ten)),
            (text("2025-10-12 13:14:02+03"), Repaired(ten)),
            (text("2025-10-12 13:14:02.000 +0300"), Repaired(ten)),
            (text("2025-10-12T10:14:02Z"), Repaired(ten)),
            (text("2025-10-12 10:14"), Repaired(at("2025-10-12 10:14:00"))),
            (text("2025-10-12"), Repaired(at("2025-10-12 00:00:00"))),
            (text("12.10.2025"), Repaired(at("2025-10-12 00:00:00"))),
            (text("12.10.2025 10:14:02"), Repaired(ten)),
            (text("1760264042"), Repaired(ten)),
            (LegacyValue::Int(1_760_264_042), Repaired(ten)),
            (LegacyValue::Int(1_760_264_042_000), Repaired(ten)),
            (LegacyValue::Real(1_760_264_042.5), Repaired(at("2025-10-12 10:14:02.5"))),
            (text("2025-10-12T10:14Z"), Repaired(at("2025-10-12 10:14:00"))),
            (text("2025-10-12 13:14+03:00"), Repaired(at("2025-10-12 10:14:00"))),
            (text("2025-10-12 10:14:02 UTC"), Repaired(ten)),
            (text("2025-10-12t10:14:02z"), Repaired(ten)),
            (text("2025-10-12 07:14:02 -0300"), Repaired(ten)),
            (text("2025-10-12 10:14:02,123"), Repaired(at("2025-10-12 10:14:02.123"))),
            (text("2025/10/12 10:14:02"), Repaired(ten)),
            (text("2025/10/12"), Repaired(at("2025-10-12 00:00:00"))),
            (text("1760264042.25"), Repaired(at("2025-10-12 10:14:02.25"))),
            (text("2025-06-30 23:59:60"), Repaired(at("2025-07-01 00:00:00"))),
            (text("2025-06-30T23:59:60.5Z"), Repaired(at("2025-07-01 00:00:00.5"))),
            (LegacyValue::Real(2_460_000.5), Repaired(at("2023-02-25 00:00:00"))),
            (LegacyValue::Real(2_460_960.926_412_037), Repaired(at("2025-10-12 10:14:02"))),
            (LegacyValue::Real(1_760_264_042_000.0), Repaired(ten)),
            (text("2460000.5"), Unreadable),
            (text("inf"), Unreadable),
            (LegacyValue::Null, Unreadable),
            (LegacyValue::Int(0), Unreadable),
            (LegacyValue::Int(i64::MAX), Unreadable),
            (LegacyValue::Real(f64::NAN), Unreadable),
            (text(""), Unreadable),
            (text("tomorrow"), Unreadable),
            (text("2025-13-45 10:00:00"), Unreadable),
            (text("0001-01-01 00:00:00"), Unreadable),
        ] {
            assert_eq!(parse_time(&value), expected, "{value:?}");
        }
    }
}
