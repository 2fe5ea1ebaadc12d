//! Calendar periods of reports, in the time zone of the company.

use std::str::FromStr;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::visit::day_bounds;

/// A period of whole days.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
pub struct ReportPeriod {
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

/// A period that has a name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
pub enum PeriodPreset {
    Today,
    Yesterday,
    ThisWeek,
    LastWeek,
    ThisMonth,
    LastMonth,
    ThisYear,
    /// From the first order to the last one.
    All,
}

impl PeriodPreset {
    pub const EVERY: [Self; 8] = [
        Self::Today,
        Self::Yesterday,
        Self::ThisWeek,
        Self::LastWeek,
        Self::ThisMonth,
        Self::LastMonth,
        Self::ThisYear,
        Self::All,
    ];

    /// Its name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Yesterday => "yesterday",
            Self::ThisWeek => "this-week",
            Self::LastWeek => "last-week",
            Self::ThisMonth => "this-month",
            Self::LastMonth => "last-month",
            Self::ThisYear => "this-year",
            Self::All => "all",
        }
    }

    /// Returns its days as seen from `today`; `None` for [`Self::All`], which depends on the orders. A week begins on Monday.
    pub fn period(self, today: NaiveDate) -> Option<ReportPeriod> {
        let monday = today - Days::new(today.weekday().num_days_from_monday().into());
        let first = today.with_day(1)?;
        Some(match self {
            Self::Today => ReportPeriod::of_day(today),
            Self::Yesterday => ReportPeriod::of_day(today.pred_opt()?),
            Self::ThisWeek => ReportPeriod::week_from(monday),
            Self::LastWeek => ReportPeriod::week_from(monday - Days::new(7)),
            Self::ThisMonth => ReportPeriod::month_from(first)?,
            Self::LastMonth => ReportPeriod::month_from(first - Months::new(1))?,
            Self::ThisYear => ReportPeriod {
                from: first.with_month(1)?,
                to: NaiveDate::from_ymd_opt(today.year(), 12, 31)?,
            },
            Self::All => return None,
        })
    }
}

impl FromStr for PeriodPreset {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::EVERY.into_iter().find(|preset| preset.as_str() == text).ok_or(())
    }
}

impl ReportPeriod {
    /// Returns `None` when the last day is before the first one.
    pub fn new(from: NaiveDate, to: NaiveDate) -> Option<Self> {
        (from <= to).then_some(Self { from, to })
    }

    pub fn of_day(day: NaiveDate) -> Self {
        Self { from: day, to: day }
    }

    fn week_from(monday: NaiveDate) -> Self {
        Self { from: monday, to: monday + Days::new(6) }
    }

    fn month_from(first: NaiveDate) -> Option<Self> {
        Some(Self { from: first, to: (first + Months::new(1)).pred_opt()? })
    }

    /// Returns its first moment, and the first one after it.
    pub fn utc_bounds(&self, zone: Tz) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        Some((day_bounds(zone, self.from)?.0, day_bounds(zone, self.to)?.1))
    }

    /// Returns its days.
    pub fn days(&self) -> impl Iterator<Item = NaiveDate> + use<> {
        let to = self.to;
        self.from.iter_days().take_while(move |day| *day <= to)
    }

    /// Returns the period before it: of a month the month before, else as many days.
    pub fn previous(&self) -> Option<Self> {
        if Self::month_from(self.from) == Some(*self) && self.from.day() == 1 {
            return Self::month_from(self.from - Months::new(1));
        }
        let length = u64::try_from((self.to - self.from).num_days() + 1).ok()?;
        Some(Self { from: self.from.checked_sub_days(Days::new(length))?, to: self.from.pred_opt()? })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use chrono::TimeDelta;
    use rstest::rstest;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn period(from: &str, to: &str) -> ReportPeriod {
        ReportPeriod::new(day(from), day(to)).unwrap()
    }

    #[rstest]
    #[case("2026-11-30", PeriodPreset::ThisWeek, "2026-11-30", "2026-12-06")]
    #[case("2026-11-29", PeriodPreset::ThisWeek, "2026-11-23", "2026-11-29")]
    #[case("2026-11-30", PeriodPreset::LastWeek, "2026-11-23", "2026-11-29")]
    #[case("2027-01-01", PeriodPreset::Yesterday, "2026-12-31", "2026-12-31")]
    #[case("2027-01-31", PeriodPreset::LastMonth, "2026-12-01", "2026-12-31")]
    #[case("2028-03-31", PeriodPreset::LastMonth, "2028-02-01", "2028-02-29")]
    #[case("2028-02-29", PeriodPreset::ThisYear, "2028-01-01", "2028-12-31")]
    #[case("2028-02-29", PeriodPreset::Today, "2028-02-29", "2028-02-29")]
    #[case("2026-12-31", PeriodPreset::ThisMonth, "2026-12-01", "2026-12-31")]
    fn presets_are_calendar_periods(
        #[case] today: &str,
        #[case] preset: PeriodPreset,
        #[case] from: &str,
        #[case] to: &str,
    ) {
        assert_eq!(preset.period(day(today)), Some(period(from, to)));
        assert_eq!(preset.as_str().parse(), Ok(preset));
    }

    #[test]
    fn days_end_where_the_next_one_begins_also_when_clocks_change() {
        let hours = |zone: Tz, text: &str| {
            let (from, until) = ReportPeriod::of_day(day(text)).utc_bounds(zone).unwrap();
            (until - from).num_hours()
        };
        assert_eq!(hours(chrono_tz::Europe::Moscow, "2026-11-28"), 24);
        assert_eq!(hours(chrono_tz::Europe::Berlin, "2026-03-29"), 23);
        assert_eq!(hours(chrono_tz::Europe::Berlin, "2026-10-25"), 25);
        // Clocks that skip midnight, and a day that a country left out.
        assert_eq!(hours(chrono_tz::America::Santiago, "2026-09-06"), 23);
        assert_eq!(hours(chrono_tz::Pacific::Apia, "2011-12-30"), 0);
    }

    #[test]
    fn each_day_of_a_period_follows_the_one_before() {
        for zone in [chrono_tz::Europe::Berlin, chrono_tz::Asia::Kathmandu, chrono_tz::Pacific::Apia] {
            let year = period("2011-01-01", "2011-12-31");
            let mut reached = year.utc_bounds(zone).unwrap().0;
            for day in year.days() {
                let (from, until) = ReportPeriod::of_day(day).utc_bounds(zone).unwrap();
                assert_eq!(from, reached, "{zone} {day}");
                assert!(until - from <= TimeDelta::hours(25), "{zone} {day}");
                reached = until;
            }
            assert_eq!(reached, year.utc_bounds(zone).unwrap().1);
        }
    }

    #[test]
    fn the_period_before_is_as_long() {
        assert_eq!(period("2026-11-23", "2026-11-29").previous(), Some(period("2026-11-16", "2026-11-22")));
        assert_eq!(period("2026-03-01", "2026-03-31").previous(), Some(period("2026-02-01", "2026-02-28")));
        assert_eq!(period("2026-12-31", "2026-12-31").previous(), Some(period("2026-12-30", "2026-12-30")));
        assert_eq!(ReportPeriod::new(day("2026-11-29"), day("2026-11-28")), None);
    }
}
