//! Lists of `orders`: which ones and in which order, by indexes alone. The rows of one page are read by their ids.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::orders;
use crate::db::time;
use crate::domain::ids::{MasterId, OrderId};
use crate::domain::money::Kopecks;
use crate::domain::order::OrderListQuery;
use crate::domain::status::OrderStatus;

/// Returns the ids of a list, the first of its order, up to `limit`.
///
/// New and assigned orders come with those first that wait longest, a day by the time of the visit, the rest newest first.
pub(crate) fn list_order_ids(
    conn: &mut AnyConnection,
    query: &OrderListQuery,
    limit: i64,
) -> Result<Vec<OrderId>> {
    if let Some((from, until)) = query.visit {
        let status = query.status.map(OrderStatus::as_str);
        let mut visits = list_visits(conn, from, until)?;
        visits.retain(|visit| status.is_none_or(|status| visit.status == status));
        visits.retain(|visit| query.master.is_none_or(|master| visit.master == Some(master)));
        visits.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        return Ok(visits.into_iter().map(|visit| visit.order).collect());
    }
    let ids: Vec<i64> = on_each!(conn, |c| {
        let mut rows = orders::table.filter(orders::deleted_at.is_null()).select(orders::id).into_boxed();
        if let Some(status) = query.status {
            rows = rows.filter(orders::status.eq(status.as_str()));
        }
        if let Some(master) = query.master {
            rows = rows.filter(orders::assigned_master_id.eq(master.0));
        }
        let is_waiting = matches!(query.status, Some(OrderStatus::New | OrderStatus::Assigned));
        let rows = if is_waiting { rows.order(orders::id) } else { rows.order(orders::id.desc()) };
        rows.limit(limit).load(c)
    })?;
    Ok(ids.into_iter().map(OrderId).collect())
}

struct DayVisit {
    order: OrderId,
    status: String,
    master: Option<MasterId>,
}

/// Returns the visits that begin in `[from, until)`, by time. Other conditions are applied by the caller: without statistics
/// SQLite would take the index of a status with most of all orders.
fn list_visits(conn: &mut AnyConnection, from: DateTime<Utc>, until: DateTime<Utc>) -> Result<Vec<DayVisit>> {
    let rows: Vec<(i64, String, Option<i64>)> = on_each!(conn, |c| orders::table
        .filter(orders::visit_from.ge(time::to_stored(from)))
        .filter(orders::visit_from.lt(time::to_stored(until)))
        .filter(orders::deleted_at.is_null())
        .order((orders::visit_from, orders::id))
        .select((orders::id, orders::status, orders::assigned_master_id))
        .load(c))?;
    let visit = |(id, status, master): (i64, String, Option<i64>)| DayVisit {
        order: OrderId(id),
        status,
        master: master.map(MasterId),
    };
    Ok(rows.into_iter().map(visit).collect())
}

/// Returns the ids of the orders of a client with one of these phones, newest first, up to `limit`.
pub(crate) fn list_client_order_ids(
    conn: &mut AnyConnection,
    phones: &[String],
    limit: i64,
) -> Result<Vec<OrderId>> {
    let ids: Vec<i64> = on_each!(conn, |c| orders::table
        .filter(orders::client_phone.eq_any(phones))
        .filter(orders::deleted_at.is_null())
        .order(orders::id.desc())
        .limit(limit)
        .select(orders::id)
        .load(c))?;
    Ok(ids.into_iter().map(OrderId).collect())
}

/// Returns the totals of the closed orders of these phones that have one: how many, and their sum.
pub(crate) fn sum_client_totals(conn: &mut AnyConnection, phones: &[String]) -> Result<(i64, Kopecks)> {
    let rows: Vec<(String, Option<i64>)> = on_each!(conn, |c| orders::table
        .filter(orders::client_phone.eq_any(phones))
        .filter(orders::deleted_at.is_null())
        .select((orders::status, orders::total_amount))
        .load(c))?;
    let closed = rows.into_iter().filter(|(status, _)| status == OrderStatus::Closed.as_str());
    let totals: Vec<i64> = closed.filter_map(|(_, total)| total).collect();
    let count = i64::try_from(totals.len()).unwrap_or(i64::MAX);
    Ok((count, Kopecks(totals.into_iter().fold(0, i64::saturating_add))))
}

/// Returns the numbers of orders in each status, each counted no further than `most`.
pub(crate) fn count_orders_up_to(conn: &mut AnyConnection, most: i64) -> Result<Vec<(OrderStatus, i64)>> {
    let mut counts = Vec::new();
    for status in OrderStatus::ALL {
        let query = OrderListQuery { status: Some(status), ..OrderListQuery::default() };
        let count = list_order_ids(conn, &query, most)?.len();
        counts.push((status, i64::try_from(count).unwrap_or(i64::MAX)));
    }
    Ok(counts)
}

/// Returns the ids of the visits that begin in `[from, until)`, by time, up to `limit`; of one master, or all.
pub(crate) fn list_visit_ids(
    conn: &mut AnyConnection,
    master: Option<MasterId>,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<OrderId>> {
    list_order_ids(conn, &OrderListQuery { status: None, master, visit: Some((from, until)) }, limit)
}

/// The open orders of a master: the id, and when the visit begins.
pub(crate) fn list_open_visits(
    conn: &mut AnyConnection,
    master: MasterId,
) -> Result<Vec<(OrderId, Option<DateTime<Utc>>)>> {
    let open = OrderStatus::ALL.into_iter().filter(|status| status.has_master()).map(OrderStatus::as_str);
    let rows: Vec<(i64, Option<NaiveDateTime>)> = on_each!(conn, |c| orders::table
        .filter(orders::assigned_master_id.eq(master.0))
        .filter(orders::status.eq_any(open))
        .filter(orders::deleted_at.is_null())
        .select((orders::id, orders::visit_from))
        .load(c))?;
    Ok(rows.into_iter().map(|(id, from)| (OrderId(id), from.map(time::from_stored))).collect())
}

/// Returns how many visits of open orders each master has in `[from, until)`.
pub(crate) fn count_visits_by_master(
    conn: &mut AnyConnection,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<(MasterId, i64)>> {
    let is_open = |visit: &DayVisit| {
        OrderStatus::ALL.into_iter().any(|status| status.has_master() && status.as_str() == visit.status)
    };
    let mut counts: BTreeMap<MasterId, i64> = BTreeMap::new();
    for visit in list_visits(conn, from, until)?.into_iter().filter(is_open) {
        if let Some(master) = visit.master {
            *counts.entry(master).or_default() += 1;
        }
    }
    Ok(counts.into_iter().collect())
}
