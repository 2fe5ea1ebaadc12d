//! The jobs that run by the clock, apart from the backup: their names, and when each is due.

use chrono::{DateTime, TimeDelta, Utc};

use super::schedule::last_tick;
use super::settings::JobSettings;
use super::summaries::SummaryPeriod;
use super::{dead_letters, reminders, sla};
use crate::db::AnyConnection;
use crate::domain::quiet_hours::QuietHours;
use crate::service;

/// How late a missed summary may be sent.
const MAX_DELAY: TimeDelta = TimeDelta::hours(12);

#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub(super) enum ScheduledJob {
    Housekeeping,
    Reminders,
    /// Orders that are in one status for too long.
    TimeLimits,
    DeadLetters,
    Summary(SummaryPeriod),
}

impl ScheduledJob {
    pub(super) const ALL: [Self; 7] = [
        Self::Housekeeping,
        Self::Reminders,
        Self::TimeLimits,
        Self::DeadLetters,
        Self::Summary(SummaryPeriod::Day),
        Self::Summary(SummaryPeriod::Week),
        Self::Summary(SummaryPeriod::Month),
    ];

    /// Returns the name in `job_runs`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Housekeeping => "housekeeping",
            Self::Reminders => "reminders",
            Self::TimeLimits => "sla",
            Self::DeadLetters => "dead_letters",
            Self::Summary(SummaryPeriod::Day) => "daily_summary",
            Self::Summary(SummaryPeriod::Week) => "weekly_summary",
            Self::Summary(SummaryPeriod::Month) => "monthly_summary",
        }
    }

    /// Returns the last due time up to `now`.
    pub(super) fn last_due(self, settings: &JobSettings, now: DateTime<Utc>) -> DateTime<Utc> {
        let minutes = |interval| TimeDelta::from_std(interval).unwrap_or(TimeDelta::days(7));
        let interval = match self {
            Self::Housekeeping => TimeDelta::hours(1),
            Self::DeadLetters => TimeDelta::minutes(5),
            Self::Reminders => minutes(settings.schedule.reminder_interval),
            Self::TimeLimits => minutes(settings.schedule.sla_check_interval),
            Self::Summary(period) => return period.last_due(settings, now),
        };
        last_tick(interval, now)
    }

    /// Tells whether the job waits for the end of the quiet hours. Reminders look at them themselves, because a
    /// visit in them is urgent.
    pub(super) fn is_held_back(self, settings: &JobSettings, now: DateTime<Utc>) -> bool {
        matches!(self, Self::TimeLimits | Self::DeadLetters | Self::Summary(_)) && settings.is_quiet(now)
    }

    /// Tells whether a run is so late that it waits for the next one. Interval jobs never are; a run that was due in quiet hours
    /// has their length in addition.
    pub(super) fn is_missed(self, settings: &JobSettings, due: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        let quiet = settings.schedule.quiet_hours.filter(|hours| hours.contains(settings.zone, due));
        let most = MAX_DELAY + quiet.map_or(TimeDelta::zero(), QuietHours::length);
        matches!(self, Self::Summary(_)) && now - due > most
    }

    /// Runs a job that is one transaction.
    pub(super) fn run_in(
        self,
        tx: &mut AnyConnection,
        settings: JobSettings,
        now: DateTime<Utc>,
    ) -> service::Result<()> {
        match self {
            // They are no single transaction.
            Self::Housekeeping | Self::Summary(_) => Ok(()),
            Self::Reminders => reminders::send_reminders(tx, settings, now),
            Self::TimeLimits => sla::check_time_limits(tx, settings, now),
            Self::DeadLetters => Ok(dead_letters::announce_dead_letters(tx, settings, now)?),
        }
    }
}
