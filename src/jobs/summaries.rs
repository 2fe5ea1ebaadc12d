//! The figures of yesterday and today, of the last week and of the last month, for the admins.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc, Weekday};

use super::daily::DailySchedule;
use super::settings::JobSettings;
use crate::bot::summaries::{self, DailySummary, MasterVisits, SummaryText};
use crate::db::order_watch::{self, OpenOrder};
use crate::db::{self, AnyConnection, masters};
use crate::domain::ids::MasterId;
use crate::domain::period::{PeriodPreset, ReportPeriod};
use crate::domain::status::OrderStatus;
use crate::domain::visit::{VisitWindow, day_bounds};
use crate::report::{Report, ReportKind, ReportRequest, make_report};
use crate::service;

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

/// A summary that was read and is not sent yet.
pub(super) enum Summary {
    Day(DailySummary),
    Period(Report),
}

impl SummaryPeriod {
    /// Returns the last due time up to `now`: that of the daily summary, on this period's day.
    pub(super) fn last_due(self, settings: &JobSettings, now: DateTime<Utc>) -> DateTime<Utc> {
        let daily = DailySchedule::new(settings.schedule.daily_summary_time, settings.zone);
        let is_day = |due: DateTime<Utc>| {
            let day = due.with_timezone(&settings.zone).date_naive();
            match self {
                Self::Day => true,
                Self::Week => day.weekday() == Weekday::Mon,
                Self::Month => day.day() == 1,
            }
        };
        let mut due = daily.last_due(now);
        // No zone skips a Monday or a first by more than this.
        for _ in 0..62 {
            if is_day(due) {
                break;
            }
            due = daily.last_due(due - TimeDelta::seconds(1));
        }
        due
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
        SummaryPeriod::Day => return read_day(conn, today, settings).map(Summary::Day),
        SummaryPeriod::Week => PeriodPreset::LastWeek,
        SummaryPeriod::Month => PeriodPreset::LastMonth,
    };
    let period = preset.period(today).unwrap_or(ReportPeriod::of_day(today));
    let request = ReportRequest { kind: ReportKind::Masters, period, master: None };
    make_report(conn, request, settings.zone).map(Summary::Period)
}

fn read_day(conn: &mut AnyConnection, today: NaiveDate, settings: JobSettings) -> db::Result<DailySummary> {
    let yesterday = today.pred_opt().unwrap_or(today);
    let request =
        |day| ReportRequest { kind: ReportKind::Statuses, period: ReportPeriod::of_day(day), master: None };
    let open = order_watch::list_open_orders(conn)?;
    let mut by_status: BTreeMap<OrderStatus, i64> = BTreeMap::new();
    for order in &open {
        *by_status.entry(order.status).or_default() += 1;
    }
    Ok(DailySummary {
        yesterday,
        today,
        zone: settings.zone,
        yesterday_figures: make_report(conn, request(yesterday), settings.zone)?.total,
        today_figures: make_report(conn, request(today), settings.zone)?.total,
        open: by_status.into_iter().collect(),
        visits: list_visits_of_day(conn, &open, today, settings)?,
    })
}

/// Returns the visits of a day by master, those without master last.
fn list_visits_of_day(
    conn: &mut AnyConnection,
    open: &[OpenOrder],
    day: NaiveDate,
    settings: JobSettings,
) -> db::Result<Vec<MasterVisits>> {
    let Some((begin, end)) = day_bounds(settings.zone, day) else { return Ok(Vec::new()) };
    let visit = |order: &OpenOrder| order.visit.filter(|visit| begin <= visit.from && visit.from < end);
    let mut visits: Vec<(VisitWindow, Option<MasterId>)> =
        open.iter().filter_map(|order| Some((visit(order)?, order.master))).collect();
    visits.sort_unstable_by_key(|(visit, _)| (visit.from, visit.until));
    let mut ids: Vec<MasterId> = visits.iter().filter_map(|(_, master)| *master).collect();
    ids.sort_unstable();
    ids.dedup();
    let names: HashMap<MasterId, String> =
        masters::find_masters(conn, &ids)?.into_iter().map(|master| (master.id, master.name)).collect();
    let visits_of = |wanted: Option<MasterId>| {
        let of_master = visits.iter().filter(|(_, master)| *master == wanted);
        of_master.map(|(visit, _)| *visit).collect::<Vec<_>>()
    };
    let by_master = ids.into_iter().map(Some).chain([None]);
    let by_master = by_master.map(|master| MasterVisits {
        master: master.and_then(|master| names.get(&master).cloned()),
        visits: visits_of(master),
    });
    Ok(by_master.filter(|visits| !visits.visits.is_empty()).collect())
}

/// Sends a summary to the admins.
pub(super) fn send_summary(
    tx: &mut AnyConnection,
    settings: JobSettings,
    summary: &Summary,
    now: DateTime<Utc>,
) -> service::Result<()> {
    let text = match summary {
        Summary::Day(day) => SummaryText::Day(day),
        Summary::Period(report) => SummaryText::Period(report),
    };
    summaries::send_to_admins(tx, settings.locale, text, now)
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
    }
}
