//! The time zone, and when the scheduled jobs run.

use std::time::Duration;

use chrono::NaiveTime;
use chrono_tz::{TZ_VARIANTS, Tz};

use super::edit_distance::edit_distance;
use super::reader::{ConfigReader, ValueError, parse_number, parse_time_of_day};
use super::secret::quote_value;
use super::{Problems, Sources};
use crate::domain::quiet_hours::QuietHours;

/// The longest interval: a week, in minutes.
const WEEK: u64 = 7 * 24 * 60;

/// When things happen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct ScheduleConfig {
    /// The zone of calendar days and times of day.
    pub timezone: Tz,
    /// Between checks for orders over their time limit.
    pub sla_check_interval: Duration,
    /// Between checks for masters who have not answered.
    pub reminder_interval: Duration,
    /// When the daily summary goes out, local time.
    pub daily_summary_time: NaiveTime,
    /// When only urgent messages are sent, local time; `None` for never.
    pub quiet_hours: Option<QuietHours>,
}

impl ScheduleConfig {
    /// Reads only the zone, for a command that needs nothing else.
    pub(crate) fn load_timezone(sources: &Sources) -> Result<Tz, Problems> {
        ConfigReader::load(sources, read_timezone)
    }

    /// Reads everything, for a command that serves nothing.
    pub(crate) fn load(sources: &Sources) -> Result<Self, Problems> {
        ConfigReader::load(sources, Self::read)
    }

    pub(super) fn read(reader: &mut ConfigReader<'_>) -> Option<Self> {
        let timezone = read_timezone(reader);
        let sla_check_interval = reader.read_value("SLA_CHECK_INTERVAL", parse_minutes);
        let reminder_interval = reader.read_value("REMINDER_INTERVAL", parse_minutes);
        let daily_summary_time = reader.read_value("DAILY_SUMMARY_TIME", parse_time_of_day);
        // Here an empty value means something: no quiet hours.
        let quiet_hours = match reader.sources().get("QUIET_HOURS") {
            Some(found) if found.text.is_empty() => Some(None),
            _ => reader.read_value("QUIET_HOURS", parse_quiet_hours).map(Some),
        };
        Some(Self {
            timezone: timezone?,
            sla_check_interval: sla_check_interval?,
            reminder_interval: reminder_interval?,
            daily_summary_time: daily_summary_time?,
            quiet_hours: quiet_hours?,
        })
    }
}

fn read_timezone(reader: &mut ConfigReader<'_>) -> Option<Tz> {
    reader.read_value("TIMEZONE", parse_time_zone)
}

fn parse_minutes(text: &str) -> Result<Duration, ValueError> {
    parse_number(1..=WEEK)(text).map(Duration::from_mins)
}

fn parse_quiet_hours(text: &str) -> Result<QuietHours, ValueError> {
    let time = |text: &str| parse_time_of_day(text.trim()).ok();
    let hours = text.split_once('-').and_then(|(from, until)| QuietHours::new(time(from)?, time(until)?));
    hours.ok_or_else(|| {
        ValueError::new(
            format!("{} is no span of hours", quote_value(text)),
            "write two different times, such as 22:00-06:00, or nothing for no quiet hours",
        )
    })
}

fn parse_time_zone(text: &str) -> Result<Tz, ValueError> {
    text.parse().map_err(|_| {
        let hint = match (zone_of_offset(text), similar_zone(text)) {
            (Some(zone), _) => {
                format!("write an IANA name, such as Europe/Moscow, or {zone} (its sign is inverted)")
            }
            (None, Some(name)) => format!("did you mean {name}?"),
            (None, None) => "write an IANA name, such as Europe/Moscow".to_owned(),
        };
        ValueError::new(format!("{} is not a time zone", quote_value(text)), hint)
    })
}

/// The zone that was probably meant. Abbreviations resemble each other, and each is another time: of those only one in other
/// letters' case is.
fn similar_zone(text: &str) -> Option<&'static str> {
    if let Some(zone) = TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(text)) {
        return Some(zone.name());
    }
    let places = TZ_VARIANTS.iter().map(|zone| zone.name()).filter(|name| name.contains('/'));
    let nearest = places.map(|name| (edit_distance(text, name), name)).min();
    nearest.filter(|(distance, _)| text.contains('/') && *distance <= 3).map(|(_, name)| name)
}

/// The name of a whole number of hours before or behind Greenwich: `UTC+3`, `GMT+03`, `+03:00`.
fn zone_of_offset(text: &str) -> Option<String> {
    let upper = text.to_ascii_uppercase();
    let signed = ["UTC", "GMT"].iter().find_map(|name| upper.strip_prefix(name)).unwrap_or(&upper);
    let (sign, hours) = match signed.trim().split_at_checked(1)? {
        ("+", hours) => ('-', hours),
        ("-", hours) => ('+', hours),
        _ => return None,
    };
    let hours = hours.strip_suffix("00").map_or(hours, |hours| hours.trim_end_matches(':'));
    let hours: u8 = hours.trim().parse().ok()?;
    let zone: Tz = format!("Etc/GMT{sign}{hours}").parse().ok()?;
    Some(zone.name().to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use chrono::{Offset, TimeZone, Utc};

    use super::*;

    #[test]
    fn abbreviations_and_typos_shift_no_schedule() {
        for text in ["MSK", "MSD", "CST", "PDT", "UTC3", "Moscow", "BST", "+05:30", "UTC+99", "+", "UTC+"] {
            let hint = parse_time_zone(text).unwrap_err().hint;
            assert_eq!(hint, "write an IANA name, such as Europe/Moscow", "{text}");
        }
        for (text, meant) in [
            ("Europe/Moskow", "Europe/Moscow"),
            ("europe/moscow", "Europe/Moscow"),
            ("Asia/Yekaterinberg", "Asia/Yekaterinburg"),
            ("utc", "UTC"),
        ] {
            assert_eq!(parse_time_zone(text).unwrap_err().hint, format!("did you mean {meant}?"), "{text}");
        }
    }

    #[test]
    fn quiet_hours_are_two_different_times() {
        for text in ["22:00-06:00", "22:00 - 06:00", "12:00-13:30"] {
            assert!(parse_quiet_hours(text).is_ok(), "{text}");
        }
        for text in ["22-6", "22:00", "22:00-22:00", "22:00-24:00", "off", "22:00\u{2013}06:00"] {
            let hint = parse_quiet_hours(text).unwrap_err().hint;
            assert!(hint.starts_with("write two different times, such as 22:00-06:00"), "{text}");
        }
    }

    #[test]
    fn offsets_are_suggested_with_the_sign_inverted() {
        for (text, hours) in [
            ("UTC+3", 3),
            ("GMT+3", 3),
            ("utc+03", 3),
            ("UTC +3", 3),
            ("+03:00", 3),
            ("+0300", 3),
            ("+3", 3),
            ("UTC+10", 10),
            ("UTC-5", -5),
            ("-05:00", -5),
        ] {
            let name = zone_of_offset(text).unwrap();
            assert!(parse_time_zone(text).unwrap_err().hint.contains(&name), "{text}");
            let zone: Tz = name.parse().unwrap();
            let at = zone.offset_from_utc_datetime(&Utc::now().naive_utc()).fix().local_minus_utc();
            assert_eq!(at, hours * 3_600, "{text} {name}");
        }
    }
}
