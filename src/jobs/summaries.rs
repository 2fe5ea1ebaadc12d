//! The figures of yesterday and today, of the last week and of the last month, for the admins.

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc, Weekday};

use super::daily::DailySchedule;
use super::settings::JobSettings;
use crate::bot::day_figures::{read_day, read_figures};
use crate::bot::report_content::ReportForm;
use crate::bot::summaries::{Summary, SummaryFile, SummaryText};
use crate::db::{self, AnyConnection};
use crate::domain::period::{PeriodPreset, ReportPeriod};
use crate::report::{ReportKind, ReportRequest, make_report};

/// The days in the chart of a daily summary.
const CHART_DAYS: u64 = 7;

/// No zone skips a Monday or a first by more days than this.
const MAX_DAYS: usize = 62;

/// Of which period a summary is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub(super) enum SummaryPeriod {
    /// Yesterday and today.
    Day,
    /// On Monday.
    Week,
    /// On the first.
    Month,
}

impl SummaryPeriod {
    /// Returns the last due time up to `now`: that of the daily summary, on this period's day.
    pub(super) fn last_due(self, settings: &JobSettings, now: DateTime<Utc>) -> DateTime<Utc> {
        let daily = DailySchedule::new(settings.schedule.daily_summary_time, settings.zone);
        let mut due = daily.last_due(now);
        for _ in 0..MAX_DAYS {
            if self.is_on_day_of(settings, due) {
                break;
            }
            due = daily.last_due(due - TimeDelta::seconds(1));
        }
        due
    }

    /// Returns the first due time after `now`.
    pub(super) fn next_due(self, settings: &JobSettings, now: DateTime<Utc>) -> DateTime<Utc> {
        let daily = DailySchedule::new(settings.schedule.daily_summary_time, settings.zone);
        let mut due = daily.next_due(now);
        for _ in 0..MAX_DAYS {
            if self.is_on_day_of(settings, due) {
                break;
            }
            due = daily.next_due(due);
        }
        due
    }

    /// Tells whether a summary is due on the local day of a moment.
    fn is_on_day_of(self, settings: &JobSettings, moment: DateTime<Utc>) -> bool {
        let day = moment.with_timezone(&settings.zone).date_naive();
        match self {
            Self::Day => true,
            Self::Week => day.weekday() == Weekday::Mon,
            Self::Month => day.day() == 1,
        }
    }
}

/// Reads the figures; a reader does this, since it may take a while.
pub(super) fn read_summary(
    conn: &mut AnyConnection,
    period: SummaryPeriod,
    settings: JobSettings,
    now: DateTime<Utc>,
) -> db::Result<Summary> {
    let today = now.with_timezone(&settings.zone).date_naive();
    let preset = match period {
        SummaryPeriod::Day => return read_day_summary(conn, today, settings, now),
        SummaryPeriod::Week => PeriodPreset::LastWeek,
        SummaryPeriod::Month => PeriodPreset::LastMonth,
    };
    let period = preset.period(today).unwrap_or(ReportPeriod::of_day(today));
    let request = ReportRequest { kind: ReportKind::Masters, period, master: None };
    let report = make_report(conn, request, settings.zone)?;
    let file = SummaryFile { form: ReportForm::Workbook, request, is_empty: report.total.is_empty() };
    Ok(Summary { text: SummaryText::Period(report), file })
}

fn read_day_summary(
    conn: &mut AnyConnection,
    today: NaiveDate,
    settings: JobSettings,
    now: DateTime<Utc>,
) -> db::Result<Summary> {
    let yesterday = today.pred_opt().unwrap_or(today);
    let period = ReportPeriod { from: yesterday - Days::new(CHART_DAYS - 1), to: yesterday };
    let request = ReportRequest { kind: ReportKind::Days, period, master: None };
    let file = SummaryFile {
        form: ReportForm::Chart,
        request,
        is_empty: make_report(conn, request, settings.zone)?.total.is_empty(),
    };
    let text = SummaryText::Day {
        yesterday,
        yesterday_figures: read_figures(conn, yesterday, settings.zone)?,
        today: read_day(conn, now, settings.zone)?,
    };
    Ok(Summary { text, file })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Duration;

    use super::*;
    use crate::config::schedule::ScheduleConfig;
    use crate::domain::locale::Locale;

    #[test]
    fn week_and_month_are_due_with_the_daily_summary_of_their_day() {
        let schedule = ScheduleConfig {
            timezone: chrono_tz::Europe::Moscow,
            sla_check_interval: Duration::from_mins(30),
            reminder_interval: Duration::from_mins(5),
            daily_summary_time: "09:00:00".parse().unwrap(),
            quiet_hours: None,
        };
        let settings = JobSettings::new(schedule, Locale::Ru);
        let now = "2027-01-01T05:59:59Z".parse().unwrap();
        let due = |period: SummaryPeriod| period.last_due(&settings, now).to_rfc3339();
        assert_eq!(due(SummaryPeriod::Day), "2026-12-31T06:00:00+00:00");
        assert_eq!(due(SummaryPeriod::Week), "2026-12-28T06:00:00+00:00");
        assert_eq!(due(SummaryPeriod::Month), "2026-12-01T06:00:00+00:00");
        let later = "2027-01-01T06:00:00Z".parse().unwrap();
        assert_eq!(SummaryPeriod::Month.last_due(&settings, later), later);
        let next = |period: SummaryPeriod| period.next_due(&settings, later).to_rfc3339();
        assert_eq!(next(SummaryPeriod::Day), "2027-01-02T06:00:00+00:00");
        assert_eq!(next(SummaryPeriod::Week), "2027-01-04T06:00:00+00:00");
        assert_eq!(next(SummaryPeriod::Month), "2027-02-01T06:00:00+00:00");
    }
}
