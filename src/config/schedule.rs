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
        let nearest = TZ_VARIANTS.iter().map(|zone| (distance(text, zone.name()), zone.name())).min();
        let cure = match nearest {
            Some((distance, name)) if distance <= 3 => format!("did you mean {name}?"),
            _ => "write a name of the IANA list, such as Europe/Moscow".to_owned(),
        };
        Complaint::new(format!("{} is not a time zone", shown(text)), cure)
    })
}
