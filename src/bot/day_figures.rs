//! The figures of a day, for the summary in the morning and the dashboard.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::db::order_watch::{self, OpenOrder};
use crate::db::{self, AnyConnection, masters};
use crate::domain::figures::Figures;
use crate::domain::ids::{MasterId, OrderId};
use crate::domain::period::ReportPeriod;
use crate::domain::status::OrderStatus;
use crate::domain::visit::{VisitWindow, day_bounds};
use crate::report::{ReportKind, ReportRequest, make_report};

/// The visits of a day of one master, or of none.
#[derive(Clone, Debug)]
pub(crate) struct MasterVisits {
    pub(crate) master: Option<String>,
    /// In their order.
    pub(crate) visits: Vec<VisitWindow>,
}

/// An order that its master has not accepted.
#[derive(Clone, Debug)]
pub(crate) struct UnansweredOrder {
    pub(crate) order: OrderId,
    pub(crate) master: Option<String>,
    pub(crate) since: DateTime<Utc>,
}

/// A day as it is at a moment.
#[derive(Clone, Debug)]
pub(crate) struct DayFigures {
    pub(crate) day: NaiveDate,
    pub(crate) zone: Tz,
    pub(crate) figures: Figures,
    /// The open orders by status, of all days.
    pub(crate) open: Vec<(OrderStatus, i64)>,
    pub(crate) visits: Vec<MasterVisits>,
    /// The longest wait first.
    pub(crate) unanswered: Vec<UnansweredOrder>,
}

/// Returns what was taken in, closed and refused on a day.
pub(crate) fn read_figures(conn: &mut AnyConnection, day: NaiveDate, zone: Tz) -> db::Result<Figures> {
    let period = ReportPeriod::of_day(day);
    Ok(make_report(conn, ReportRequest { kind: ReportKind::Statuses, period, master: None }, zone)?.total)
}

/// Reads the present day.
pub(crate) fn read_day(conn: &mut AnyConnection, now: DateTime<Utc>, zone: Tz) -> db::Result<DayFigures> {
    let day = now.with_timezone(&zone).date_naive();
    let open = order_watch::list_open_orders(conn)?;
    let mut by_status: BTreeMap<OrderStatus, i64> = BTreeMap::new();
    for order in &open {
        *by_status.entry(order.status).or_default() += 1;
    }
    let names = find_master_names(conn, &open)?;
    Ok(DayFigures {
        day,
        zone,
        figures: read_figures(conn, day, zone)?,
        open: by_status.into_iter().collect(),
        visits: group_visits(&open, &names, day, zone),
        unanswered: list_unanswered(conn, &open, &names)?,
    })
}

type MasterNames = HashMap<MasterId, String>;

fn find_master_names(conn: &mut AnyConnection, open: &[OpenOrder]) -> db::Result<MasterNames> {
    let mut ids: Vec<MasterId> = open.iter().filter_map(|order| order.master).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(masters::find_masters(conn, &ids)?.into_iter().map(|master| (master.id, master.name)).collect())
}

/// Returns the visits of a day by master, those without master last.
fn group_visits(open: &[OpenOrder], names: &MasterNames, day: NaiveDate, zone: Tz) -> Vec<MasterVisits> {
    let Some((begin, end)) = day_bounds(zone, day) else { return Vec::new() };
    let visit = |order: &OpenOrder| order.visit.filter(|visit| begin <= visit.from && visit.from < end);
    let mut visits: Vec<(VisitWindow, Option<MasterId>)> =
        open.iter().filter_map(|order| Some((visit(order)?, order.master))).collect();
    visits.sort_unstable_by_key(|(visit, _)| (visit.from, visit.until));
    let mut by_master: BTreeMap<(bool, Option<MasterId>), Vec<VisitWindow>> = BTreeMap::new();
    for (visit, master) in visits {
        by_master.entry((master.is_none(), master)).or_default().push(visit);
    }
    let of_master = |((_, master), visits): ((bool, Option<MasterId>), _)| MasterVisits {
        master: master.and_then(|master| names.get(&master).cloned()),
        visits,
    };
    by_master.into_iter().map(of_master).collect()
}

fn list_unanswered(
    conn: &mut AnyConnection,
    open: &[OpenOrder],
    names: &MasterNames,
) -> db::Result<Vec<UnansweredOrder>> {
    let is_assigned = |order: &&OpenOrder| order.status == OrderStatus::Assigned;
    let assigned: Vec<OpenOrder> = open.iter().filter(is_assigned).cloned().collect();
    let stays = order_watch::list_status_stays(conn, &assigned)?;
    let mut unanswered: Vec<UnansweredOrder> = assigned
        .iter()
        .map(|order| UnansweredOrder {
            order: order.id,
            master: order.master.and_then(|master| names.get(&master).cloned()),
            since: stays.get(&order.id).map_or(order.created_at, |stay| stay.since),
        })
        .collect();
    unanswered.sort_by_key(|order| (order.since, order.order));
    Ok(unanswered)
}
