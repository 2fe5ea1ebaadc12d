//! When backups are due: daily at a time of day, in intervals, or both.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::daily::DailySchedule;
use crate::config::backup::BackupConfig;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct BackupSchedule {
    daily: Option<DailySchedule>,
    interval: Option<TimeDelta>,
}

impl BackupSchedule {
    /// Returns the configured schedule; `None` for no backups.
    pub(super) fn from_config(config: &BackupConfig, zone: Tz) -> Option<Self> {
        let daily = config.time.map(|time| DailySchedule::new(time, zone));
        let interval = config.interval.and_then(|interval| TimeDelta::from_std(interval).ok());
        (daily.is_some() || interval.is_some()).then_some(Self { daily, interval })
    }

    /// Returns the last due time up to `now`.
    pub(super) fn last_due(self, now: DateTime<Utc>) -> DateTime<Utc> {
        let daily = self.daily.map(|daily| daily.last_due(now));
        daily.into_iter().chain(self.interval.map(|interval| last_tick(interval, now))).max().unwrap_or(now)
    }

    /// Returns the first due time after `now`.
    pub(super) fn next_due(self, now: DateTime<Utc>) -> DateTime<Utc> {
        let daily = self.daily.map(|daily| daily.next_due(now));
        let tick = self.interval.map(|interval| last_tick(interval, now) + interval);
        daily.into_iter().chain(tick).min().unwrap_or(now + TimeDelta::days(1))
    }

    /// Tells whether this due time is the daily one.
    pub(super) fn is_daily(self, due: DateTime<Utc>) -> bool {
        self.daily.is_some_and(|daily| daily.last_due(due) == due)
    }
}

/// Returns the last multiple of an interval since 1970, so that all processes on a database agree about it.
pub(super) fn last_tick(interval: TimeDelta, now: DateTime<Utc>) -> DateTime<Utc> {
    let millis = interval.num_milliseconds().max(1);
    now - TimeDelta::microseconds(now.timestamp_micros().rem_euclid(millis.saturating_mul(1_000)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn intervals_and_the_daily_time_are_one_schedule() {
        let daily = DailySchedule::new("03:40:00".parse().unwrap(), Tz::UTC);
        let both = BackupSchedule { daily: Some(daily), interval: Some(TimeDelta::minutes(15)) };
        let now = at("2026-11-27T03:41:00.5Z");
        assert_eq!(
            (both.last_due(now), both.next_due(now)),
            (at("2026-11-27T03:40:00Z"), at("2026-11-27T03:45:00Z"))
        );
        assert!(both.is_daily(both.last_due(now)) && !both.is_daily(both.next_due(now)));
        let now = at("2026-11-27T03:45:00Z");
        assert_eq!((both.last_due(now), both.next_due(now)), (now, at("2026-11-27T04:00:00Z")));
        let ticks = BackupSchedule { daily: None, ..both };
        assert_eq!(ticks.last_due(at("2026-11-27T03:41:00Z")), at("2026-11-27T03:30:00Z"));
        let only = BackupSchedule { interval: None, ..both };
        assert_eq!(only.next_due(at("2026-11-27T03:41:00Z")), at("2026-11-28T03:40:00Z"));
    }
}
