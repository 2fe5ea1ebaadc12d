//! The settings that every job reads.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::daily::DailySchedule;
use crate::config::schedule::ScheduleConfig;
use crate::domain::locale::Locale;

#[derive(Clone, Copy, Debug)]
pub(crate) struct JobSettings {
    pub(super) schedule: ScheduleConfig,
    pub(super) zone: Tz,
    /// The language of groups and of users who chose none.
    pub(super) locale: Locale,
}

impl JobSettings {
    pub(crate) fn new(schedule: ScheduleConfig, locale: Locale) -> Self {
        Self { schedule, zone: schedule.timezone, locale }
    }

    /// Returns when the quiet hours of a moment end.
    pub(super) fn quiet_end(&self, moment: DateTime<Utc>) -> DateTime<Utc> {
        let end = self.schedule.quiet_hours.map(|hours| DailySchedule::new(hours.end(), self.zone));
        end.map_or(moment, |end| end.next_due(moment))
    }

    /// Tells whether only urgent messages are sent at a moment.
    pub(super) fn is_quiet(&self, moment: DateTime<Utc>) -> bool {
        self.schedule.quiet_hours.is_some_and(|hours| hours.contains(self.zone, moment))
    }
}
