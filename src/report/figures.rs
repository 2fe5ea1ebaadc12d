//! From a kind and a period to lines and their total.

use std::cmp::{Ordering, Reverse};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::names::{self, LineNames};
use crate::db::order_figures::{self, FigureFilter, FigureGroup, FigureGrouping, OrderFigures};
use crate::db::{AnyConnection, Result};
use crate::domain::figures::Figures;
use crate::domain::ids::MasterId;
use crate::domain::period::{PeriodPreset, ReportPeriod};
use crate::domain::status::OrderStatus;

/// What the lines of a report stand for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReportKind {
    Masters,
    /// Types of equipment.
    Types,
    /// The present statuses of the orders.
    Statuses,
    Dispatchers,
    /// Why orders were refused. It counts refused orders only.
    Reasons,
    Days,
    /// Single orders.
    Orders,
}

/// One line of a report.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct FigureRow {
    /// The id of the master, type, dispatcher (of Telegram) or order; `None` for the orders that have none, and for lines of
    /// statuses, reasons and days.
    pub key: Option<i64>,
    /// The name of the master, type or dispatcher, the status as it is stored, the reason, the day (`2026-11-28`), or the
    /// type of the single order; `None` for the orders that have none.
    pub name: Option<String>,
    #[serde(flatten)]
    pub figures: Figures,
}

/// Which report is wanted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ReportRequest {
    pub kind: ReportKind,
    pub period: ReportPeriod,
    /// Only this master's orders.
    pub master: Option<MasterId>,
}

/// The figures of a period.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Report {
    pub kind: ReportKind,
    pub period: ReportPeriod,
    /// Only lines that have anything to count.
    pub rows: Vec<FigureRow>,
    /// The sum of the lines.
    pub total: Figures,
}

impl ReportKind {
    pub const ALL: [Self; 7] = [
        Self::Masters,
        Self::Types,
        Self::Statuses,
        Self::Dispatchers,
        Self::Reasons,
        Self::Days,
        Self::Orders,
    ];

    /// Its name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Masters => "masters",
            Self::Types => "types",
            Self::Statuses => "statuses",
            Self::Dispatchers => "dispatchers",
            Self::Reasons => "reasons",
            Self::Days => "days",
            Self::Orders => "orders",
        }
    }
}

impl Report {
    fn new(kind: ReportKind, period: ReportPeriod, rows: Vec<FigureRow>) -> Self {
        let total = rows.iter().map(|row| row.figures).sum();
        Self { kind, period, rows, total }
    }
}

/// Returns the days of a period; of [`PeriodPreset::All`] those from the first order to the last one, and at least today.
pub fn period_of_preset(
    conn: &mut AnyConnection,
    preset: PeriodPreset,
    today: NaiveDate,
    zone: Tz,
) -> Result<ReportPeriod> {
    if let Some(period) = preset.period(today) {
        return Ok(period);
    }
    let local = |moment: DateTime<Utc>| moment.with_timezone(&zone).date_naive();
    Ok(match order_figures::find_order_span(conn)? {
        None => ReportPeriod::of_day(today),
        Some((first, last)) => ReportPeriod { from: local(first).min(today), to: local(last).max(today) },
    })
}

/// Makes a report.
pub fn make_report(conn: &mut AnyConnection, request: ReportRequest, zone: Tz) -> Result<Report> {
    let ReportRequest { kind, period, master } = request;
    // A period at the end of time has no orders.
    let Some((from, until)) = period.utc_bounds(zone) else {
        return Ok(Report::new(kind, period, Vec::new()));
    };
    let filter = FigureFilter { from, until, master };
    let grouping = match kind {
        ReportKind::Orders => {
            return make_order_rows(conn, filter).map(|rows| Report::new(kind, period, rows));
        }
        ReportKind::Days => {
            return make_day_rows(conn, period, zone, master).map(|rows| Report::new(kind, period, rows));
        }
        ReportKind::Masters => FigureGrouping::Master,
        ReportKind::Types => FigureGrouping::EquipmentType,
        ReportKind::Statuses => FigureGrouping::Status,
        ReportKind::Dispatchers => FigureGrouping::Dispatcher,
        ReportKind::Reasons => FigureGrouping::RefuseReason,
    };
    let groups = order_figures::sum_figures(conn, grouping, filter)?;
    let names = names::find_line_names(conn, grouping, &groups)?;
    let mut rows: Vec<FigureRow> = groups.into_iter().map(|group| name_group(group, &names)).collect();
    sort_rows(kind, &mut rows);
    Ok(Report::new(kind, period, rows))
}

fn name_group(group: FigureGroup, names: &LineNames) -> FigureRow {
    let name = group.text.or_else(|| names.get(&group.key?).cloned());
    FigureRow { key: group.key, name, figures: group.figures }
}

/// Sorts statuses by their place in an order's life, and other lines with the most first, those without name last.
fn sort_rows(kind: ReportKind, rows: &mut [FigureRow]) {
    let place = |row: &FigureRow| {
        let status = row.name.as_deref().and_then(|name| name.parse::<OrderStatus>().ok());
        OrderStatus::ALL.into_iter().position(|other| Some(other) == status)
    };
    rows.sort_by(|one, other| {
        let rank = |row: &FigureRow| {
            let Figures { gross, closed, refused, created, .. } = row.figures;
            (row.name.is_none(), Reverse((gross, closed, refused, created)))
        };
        let by_place =
            if kind == ReportKind::Statuses { place(one).cmp(&place(other)) } else { Ordering::Equal };
        by_place
            .then_with(|| rank(one).cmp(&rank(other)))
            .then_with(|| (&one.name, one.key).cmp(&(&other.name, other.key)))
    });
}

fn make_order_rows(conn: &mut AnyConnection, filter: FigureFilter) -> Result<Vec<FigureRow>> {
    let mut rows = Vec::new();
    order_figures::for_each_order(conn, filter, |OrderFigures { order, equipment, figures, .. }| {
        rows.push(FigureRow { key: Some(order.0), name: Some(equipment), figures });
        Ok(())
    })?;
    Ok(rows)
}

/// How many days are asked for at once. Orders of a broken database can be thousands of years apart.
const DAYS_AT_ONCE: usize = 4_000;

fn make_day_rows(
    conn: &mut AnyConnection,
    period: ReportPeriod,
    zone: Tz,
    master: Option<MasterId>,
) -> Result<Vec<FigureRow>> {
    let Some(period) = orders_within(conn, period, zone)? else { return Ok(Vec::new()) };
    let days: Vec<NaiveDate> = period.days().collect();
    let mut rows = Vec::new();
    for chunk in days.chunks(DAYS_AT_ONCE) {
        let bounds = chunk.iter().map(|day| ReportPeriod::of_day(*day).utc_bounds(zone));
        // The days of the orders have bounds.
        let bounds: Vec<_> = bounds.map_while(|bounds| bounds).collect();
        let mut groups = order_figures::sum_figures_by_day(conn, &bounds, master)?;
        groups.sort_by_key(|group| group.key);
        rows.extend(groups.into_iter().filter_map(|group| {
            let day = chunk.get(usize::try_from(group.key?).ok()?)?;
            Some(FigureRow { key: None, name: Some(day.to_string()), figures: group.figures })
        }));
    }
    Ok(rows)
}

/// Returns the part of a period in which there are orders.
fn orders_within(conn: &mut AnyConnection, period: ReportPeriod, zone: Tz) -> Result<Option<ReportPeriod>> {
    let Some((first, last)) = order_figures::find_order_span(conn)? else { return Ok(None) };
    let local = |moment: DateTime<Utc>| moment.with_timezone(&zone).date_naive();
    Ok(ReportPeriod::new(period.from.max(local(first)), period.to.min(local(last))))
}
