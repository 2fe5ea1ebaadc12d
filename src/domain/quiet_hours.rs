//! The hours of a day in which the bot sends nothing on its own but what is urgent.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

/// From a local time to another one, which may be on the next day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct QuietHours {
    from: NaiveTime,
    until: NaiveTime,
}

impl QuietHours {
    /// Returns `None` for an empty span.
    pub(crate) fn new(from: NaiveTime, until: NaiveTime) -> Option<Self> {
        (from != until).then_some(Self { from, until })
    }

    /// Tells whether a moment is within the quiet hours of a zone; their end is not.
    pub(crate) fn contains(self, zone: Tz, moment: DateTime<Utc>) -> bool {
        let time = moment.with_timezone(&zone).time();
        if self.from < self.until {
            self.from <= time && time < self.until
        } else {
            self.from <= time || time < self.until
        }
    }

    /// Returns the local time at which they end.
    pub(crate) fn end(self) -> NaiveTime {
        self.until
    }

    pub(crate) fn length(self) -> TimeDelta {
        let length = self.until - self.from;
        if length > TimeDelta::zero() { length } else { length + TimeDelta::days(1) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn hours(from: &str, until: &str) -> QuietHours {
        let time = |text| NaiveTime::parse_from_str(text, "%H:%M").unwrap();
        QuietHours::new(time(from), time(until)).unwrap()
    }

    #[test]
    fn quiet_hours_may_cross_midnight_and_end_before_their_end() {
        let moscow = |hours: QuietHours, utc: &str| hours.contains(Tz::Europe__Moscow, utc.parse().unwrap());
        let night = hours("22:00", "06:00");
        for (utc, is_quiet) in [
            ("2026-11-28T18:59:59Z", false),
            ("2026-11-28T19:00:00Z", true),
            ("2026-11-28T21:30:00Z", true),
            ("2026-11-29T02:59:59Z", true),
            ("2026-11-29T03:00:00Z", false),
        ] {
            assert_eq!(moscow(night, utc), is_quiet, "{utc}");
        }
        let noon = hours("12:00", "13:00");
        assert!(moscow(noon, "2026-11-28T09:30:00Z") && !moscow(noon, "2026-11-28T10:00:00Z"));
        assert_eq!((night.length(), noon.length()), (TimeDelta::hours(8), TimeDelta::hours(1)));
    }
}
