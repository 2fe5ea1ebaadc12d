//! A daily time of day in a time zone.

use std::time::Duration;

use chrono::{DateTime, Days, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// The clock is read at least this often, because it may be set.
pub(super) const CLOCK_INTERVAL: Duration = Duration::from_mins(1);

/// Once a day at a local time. On a day whose clock skips that time, it is as much later as the clock is put forward; on a day
/// that has it twice, the first one counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct DailySchedule {
    time: NaiveTime,
    zone: Tz,
}

impl DailySchedule {
    pub(super) fn new(time: NaiveTime, zone: Tz) -> Self {
        Self { time, zone }
    }

    /// Returns the last due time up to `now`.
    pub(super) fn last_due(self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.due_times_around(now).into_iter().rev().find(|moment| *moment <= now).unwrap_or(now)
    }

    /// Returns the first due time after `now`.
    pub(super) fn next_due(self, now: DateTime<Utc>) -> DateTime<Utc> {
        let later = || now + TimeDelta::days(1);
        self.due_times_around(now).into_iter().find(|moment| *moment > now).unwrap_or_else(later)
    }

    /// Returns the due times of the days around `now`, in order. Two days each way, because a zone may skip a day.
    fn due_times_around(self, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let today = now.with_timezone(&self.zone).date_naive();
        let from = today.checked_sub_days(Days::new(2)).unwrap_or(today);
        from.iter_days().take(5).filter_map(|day| self.due_time_on(day)).collect()
    }

    fn due_time_on(self, day: NaiveDate) -> Option<DateTime<Utc>> {
        // No clock was ever put forward by more than a day.
        (0..=24 * 4).find_map(|quarters| {
            let wall = day.and_time(self.time) + TimeDelta::minutes(15 * quarters);
            match self.zone.from_local_datetime(&wall) {
                LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => {
                    Some(moment.with_timezone(&Utc))
                }
                LocalResult::None => None,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn daily(time: &str, zone: Tz) -> DailySchedule {
        DailySchedule::new(time.parse().unwrap(), zone)
    }

    #[test]
    fn it_is_the_time_of_the_place() {
        let moscow = daily("03:30:00", Tz::Europe__Moscow);
        assert_eq!(moscow.last_due(at("2026-11-24T00:29:59Z")), at("2026-11-23T00:30:00Z"));
        assert_eq!(moscow.next_due(at("2026-11-24T00:29:59Z")), at("2026-11-24T00:30:00Z"));
        assert_eq!(moscow.last_due(at("2026-11-24T00:30:00Z")), at("2026-11-24T00:30:00Z"));
        assert_eq!(moscow.next_due(at("2026-11-24T00:30:00Z")), at("2026-11-25T00:30:00Z"));
        // Already tomorrow there.
        assert_eq!(moscow.last_due(at("2026-11-24T22:00:00Z")), at("2026-11-24T00:30:00Z"));
    }

    #[test]
    fn a_time_that_the_clock_skips_or_shows_twice_comes_once() {
        let berlin = daily("02:30:00", Tz::Europe__Berlin);
        // From 2:00 to 3:00 at 1:00 UTC.
        assert_eq!(berlin.next_due(at("2026-03-28T12:00:00Z")), at("2026-03-29T01:00:00Z"));
        assert_eq!(berlin.next_due(at("2026-03-29T01:00:00Z")), at("2026-03-30T00:30:00Z"));
        // From 3:00 back to 2:00 at 1:00 UTC.
        assert_eq!(berlin.next_due(at("2026-10-24T12:00:00Z")), at("2026-10-25T00:30:00Z"));
        assert_eq!(berlin.next_due(at("2026-10-25T00:30:00Z")), at("2026-10-26T01:30:00Z"));
    }

    #[test]
    fn a_day_that_a_place_skipped_is_no_gap_without_an_answer() {
        // Samoa had no 30 December 2011.
        let apia = daily("12:00:00", Tz::Pacific__Apia);
        let (last, next) =
            (apia.last_due(at("2011-12-30T12:00:00Z")), apia.next_due(at("2011-12-30T12:00:00Z")));
        assert!(last <= at("2011-12-30T12:00:00Z") && at("2011-12-30T12:00:00Z") < next);
        assert!(next - last <= TimeDelta::days(1));
    }
}
