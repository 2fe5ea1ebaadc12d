//! The jobs that run by the clock, apart from the backup: their names, and when each is due.

use chrono::{DateTime, TimeDelta, Utc};

use super::schedule::last_tick;
use super::settings::JobSettings;
use super::summaries::{self, SummaryPeriod};
use super::{dead_letters, reminders, sla};
use crate::bot::dashboards::{DashboardSettings, refresh_dashboards};
use crate::bot::day_figures::{DayFigures, read_day};
use crate::bot::summaries::{Summary, send_to_admins};
use crate::db::{self, AnyConnection, dashboards};
use crate::domain::quiet_hours::QuietHours;
use crate::service;

/// How late a missed summary may be sent.
const MAX_DELAY: TimeDelta = TimeDelta::hours(12);

/// What a reader reads for a run, since it may take a while.
pub(super) enum JobInput {
    None,
    Summary(Box<Summary>),
    Day(Box<DayFigures>),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub(super) enum ScheduledJob {
    Housekeeping,
    Reminders,
    /// Orders that are in one status for too long.
    TimeLimits,
    DeadLetters,
    /// The messages that show administrators the day.
    Dashboards,
    Summary(SummaryPeriod),
}

impl ScheduledJob {
    pub(super) const ALL: [Self; 8] = [
        Self::Housekeeping,
        Self::Reminders,
        Self::TimeLimits,
        Self::DeadLetters,
        Self::Dashboards,
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
            Self::Dashboards => "dashboards",
            Self::Summary(SummaryPeriod::Day) => "daily_summary",
            Self::Summary(SummaryPeriod::Week) => "weekly_summary",
            Self::Summary(SummaryPeriod::Month) => "monthly_summary",
        }
    }

    /// Returns the last due time up to `now`.
    pub(super) fn last_due(self, settings: &JobSettings, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Summary(period) => period.last_due(settings, now),
            _ => last_tick(self.interval(settings), now),
        }
    }

    /// Returns the time between two runs; that of summaries depends on the calendar.
    fn interval(self, settings: &JobSettings) -> TimeDelta {
        let minutes = |interval| TimeDelta::from_std(interval).unwrap_or(TimeDelta::days(7));
        match self {
            Self::Housekeeping | Self::Dashboards => TimeDelta::hours(1),
            Self::DeadLetters => TimeDelta::minutes(5),
            Self::Reminders => minutes(settings.schedule.reminder_interval),
            Self::TimeLimits => minutes(settings.schedule.sla_check_interval),
            Self::Summary(_) => TimeDelta::days(1),
        }
    }

    /// Returns when the job runs next if everything goes well.
    pub(super) fn next_run(self, settings: &JobSettings, now: DateTime<Utc>) -> DateTime<Utc> {
        let next = match self {
            Self::Summary(period) => period.next_due(settings, now),
            _ if self.is_held_back(settings, now) => now,
            _ => last_tick(self.interval(settings), now) + self.interval(settings),
        };
        if self.is_held_back(settings, next) { settings.quiet_end(next) } else { next }
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

    /// Tells whether a run sends figures.
    pub(super) fn has_input(self) -> bool {
        matches!(self, Self::Summary(_) | Self::Dashboards)
    }

    /// Reads the figures that a run sends.
    pub(super) fn read_input(
        self,
        conn: &mut AnyConnection,
        settings: JobSettings,
        now: DateTime<Utc>,
    ) -> db::Result<JobInput> {
        Ok(match self {
            Self::Summary(period) => {
                JobInput::Summary(Box::new(summaries::read_summary(conn, period, settings, now)?))
            }
            Self::Dashboards if !dashboards::list_dashboards(conn)?.is_empty() => {
                JobInput::Day(Box::new(read_day(conn, now, settings.zone)?))
            }
            _ => JobInput::None,
        })
    }

    /// Runs a job that is one transaction.
    pub(super) fn run_in(
        self,
        tx: &mut AnyConnection,
        settings: JobSettings,
        input: &JobInput,
        now: DateTime<Utc>,
    ) -> service::Result<()> {
        match input {
            JobInput::Summary(summary) => {
                return send_to_admins(tx, settings.locale, summary, now);
            }
            JobInput::Day(day) => {
                let settings = DashboardSettings { locale: settings.locale, zone: settings.zone, now };
                return refresh_dashboards(tx, settings, day);
            }
            JobInput::None => {}
        }
        match self {
            // It is no single transaction, or there is nothing to send.
            Self::Housekeeping | Self::Dashboards | Self::Summary(_) => Ok(()),
            Self::Reminders => reminders::send_reminders(tx, settings, now),
            Self::TimeLimits => sla::check_time_limits(tx, settings, now),
            Self::DeadLetters => Ok(dead_letters::announce_dead_letters(tx, settings, now)?),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Duration;

    use super::*;
    use crate::config::schedule::ScheduleConfig;
    use crate::domain::locale::Locale;

    #[test]
    fn what_is_held_back_runs_next_at_the_end_of_the_quiet_hours() {
        let time = |text: &str| text.parse().unwrap();
        let settings = JobSettings::new(
            ScheduleConfig {
                timezone: chrono_tz::Europe::Moscow,
                sla_check_interval: Duration::from_mins(30),
                reminder_interval: Duration::from_mins(5),
                daily_summary_time: time("05:30:00"),
                quiet_hours: QuietHours::new(time("22:00:00"), time("06:00:00")),
            },
            Locale::Ru,
        );
        let next = |job: ScheduledJob, now: &str| job.next_run(&settings, now.parse().unwrap()).to_rfc3339();
        let (day, evening, night) = ("2026-11-28T12:01:00Z", "2026-11-28T18:31:00Z", "2026-11-28T20:01:00Z");
        let morning = "2026-11-29T03:00:00+00:00";
        assert_eq!(next(ScheduledJob::TimeLimits, day), "2026-11-28T12:30:00+00:00");
        assert_eq!(next(ScheduledJob::TimeLimits, evening), morning);
        assert_eq!(next(ScheduledJob::TimeLimits, night), morning);
        assert_eq!(next(ScheduledJob::Summary(SummaryPeriod::Day), day), morning);
        let monday = "2026-11-30T03:00:00+00:00";
        assert_eq!(next(ScheduledJob::Summary(SummaryPeriod::Week), night), monday);
        assert_eq!(next(ScheduledJob::Reminders, night), "2026-11-28T20:05:00+00:00");
        assert_eq!(next(ScheduledJob::Housekeeping, night), "2026-11-28T21:00:00+00:00");
    }
}
