//! The time zone, and when the scheduled jobs run.

use std::time::Duration;

use chrono::NaiveTime;
use chrono_tz::{TZ_VARIANTS, Tz};

use super::problem::Problems;
use super::reader::{Complaint, Reader, number, time_of_day};
use super::secret::shown;
use super::sources::Sources;
use super::suspicious::distance;

/// The longest interval: a week, in minutes.
const WEEK: u64 = 7 * 24 * 60;

/// When things happen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ScheduleConfig {
    /// The zone of calendar days and times of day.
    pub timezone: Tz,
    /// Between checks for orders over their time limit.
    pub sla_check_interval: Duration,
    /// Between checks for masters who have not answered.
    pub reminder_interval: Duration,
    /// When the daily summary goes out, local time.
    pub daily_summary_time: NaiveTime,
}

impl ScheduleConfig {
    /// Reads the schedule alone.
    ///
    /// # Errors
    /// Every problem found.
    pub fn load(sources: &Sources) -> Result<Self, Problems> {
        Reader::load(sources, Self::read)
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let timezone = reader.value("TIMEZONE", zone);
        let sla_check_interval = reader.value("SLA_CHECK_INTERVAL", minutes);
        let reminder_interval = reader.value("REMINDER_INTERVAL", minutes);
        let daily_summary_time = reader.value("DAILY_SUMMARY_TIME", time_of_day);
        Some(Self {
            timezone: timezone?,
            sla_check_interval: sla_check_interval?,
            reminder_interval: reminder_interval?,
            daily_summary_time: daily_summary_time?,
        })
    }
}

fn minutes(text: &str) -> Result<Duration, Complaint> {
    number(1..=WEEK)(text).map(Duration::from_mins)
}

fn zone(text: &str) -> Result<Tz, Complaint> {
    text.parse().map_err(|_| {
        let hint = match (offset(text), resembled(text)) {
            (Some(zone), _) => format!(
                "write a name of the IANA list, such as Europe/Moscow, or {zone} (the sign is the other way round there)"
            ),
            (None, Some(name)) => format!("did you mean {name}?"),
            (None, None) => "write a name of the IANA list, such as Europe/Moscow".to_owned(),
        };
        Complaint::new(format!("{} is not a time zone", shown(text)), hint)
    })
}

/// The zone that was probably meant. Abbreviations resemble each other, and each is another time: of those only one in other
/// letters' case is.
fn resembled(text: &str) -> Option<&'static str> {
    if let Some(zone) = TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(text)) {
        return Some(zone.name());
    }
    let places = TZ_VARIANTS.iter().map(|zone| zone.name()).filter(|name| name.contains('/'));
    let nearest = places.map(|name| (distance(text, name), name)).min();
    nearest.filter(|(distance, _)| text.contains('/') && *distance <= 3).map(|(_, name)| name)
}

/// The name of a whole number of hours before or behind Greenwich: `UTC+3`, `GMT+03`, `+03:00`.
fn offset(text: &str) -> Option<String> {
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
    fn a_likeness_shifts_no_schedule() {
        for text in ["MSK", "MSD", "CST", "PDT", "UTC3", "Moscow", "BST", "+05:30", "UTC+99", "+", "UTC+"] {
            let hint = zone(text).unwrap_err().hint;
            assert_eq!(hint, "write a name of the IANA list, such as Europe/Moscow", "{text}");
        }
        for (text, meant) in [
            ("Europe/Moskow", "Europe/Moscow"),
            ("europe/moscow", "Europe/Moscow"),
            ("Asia/Yekaterinberg", "Asia/Yekaterinburg"),
            ("utc", "UTC"),
        ] {
            assert_eq!(zone(text).unwrap_err().hint, format!("did you mean {meant}?"), "{text}");
        }
    }

    #[test]
    fn a_distance_from_greenwich_is_named_with_its_sign_turned() {
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
            let name = offset(text).unwrap();
            assert!(zone(text).unwrap_err().hint.contains(&name), "{text}");
            let zone: Tz = name.parse().unwrap();
            let at = zone.offset_from_utc_datetime(&Utc::now().naive_utc()).fix().local_minus_utc();
            assert_eq!(at, hours * 3_600, "{text} {name}");
        }
    }
}
