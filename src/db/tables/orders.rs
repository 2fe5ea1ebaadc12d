//! `orders`: rows, lists, and the conditional update behind every transition.
//!
//! A deleted order is as if it did not exist.

use chrono::{DateTime, Utc};
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::{Error, Result};
use crate::db::schema::orders;
use crate::db::time;
use crate::domain::ids::{MasterId, OrderId, TelegramId};
use crate::domain::long_repair::LongRepair;
use crate::domain::money::Kopecks;
use crate::domain::order::{NewOrder, Order, OrderClosing, OrderFilter};
use crate::domain::rates::AppliedRates;
use crate::domain::status::OrderStatus;
use crate::domain::visit::VisitWindow;

#[derive(Queryable, Selectable)]
#[diesel(table_name = orders)]
pub(super) struct OrderRow {
    id: i64,
    equipment_type: String,
    description: String,
    client_name: String,
    client_address: String,
    client_phone: String,
    status: String,
    assigned_master_id: Option<i64>,
    dispatcher_id: Option<i64>,
    notes: Option<String>,
    scheduled_time: Option<String>,
    total_amount: Option<i64>,
    materials_cost: Option<i64>,
    master_profit: Option<i64>,
    company_profit: Option<i64>,
    has_review: Option<bool>,
    created_at: chrono::NaiveDateTime,
    updated_at: chrono::NaiveDateTime,
    visit_from: Option<chrono::NaiveDateTime>,
    visit_until: Option<chrono::NaiveDateTime>,
    promised_date: Option<chrono::NaiveDate>,
    parts: Option<String>,
    prepayment: Option<i64>,
    refuse_reason: Option<String>,
    out_of_city: Option<bool>,
    reschedule_count: i32,
    closed_at: Option<chrono::NaiveDateTime>,
    deleted_at: Option<chrono::NaiveDateTime>,
    repeat_of: Option<i64>,
    rates: Option<String>,
}

impl TryFrom<OrderRow> for Order {
    type Error = Error;

    fn try_from(row: OrderRow) -> Result<Self> {
        Ok(Self {
            id: OrderId(row.id),
            status: parse_status(&row.status)?,
            equipment: row.equipment_type,
            description: row.description,
            client_name: row.client_name,
            client_address: row.client_address,
            client_phone: row.client_phone,
            assigned_master: row.assigned_master_id.map(MasterId),
            dispatcher: row.dispatcher_id.map(TelegramId),
            notes: row.notes,
            scheduled_time: row.scheduled_time,
            visit: row.visit_from.map(|from| VisitWindow {
                from: time::from_stored(from),
                until: row.visit_until.map(time::from_stored),
            }),
            total: row.total_amount.map(Kopecks),
            materials: row.materials_cost.map(Kopecks),
            master_share: row.master_profit.map(Kopecks),
            company_share: row.company_profit.map(Kopecks),
            has_review: row.has_review,
            promised_date: row.promised_date,
            parts: row.parts,
            prepayment: row.prepayment.map(Kopecks),
            refuse_reason: row.refuse_reason,
            out_of_city: row.out_of_city,
            rates: row.rates.map(parse_rates).transpose()?,
            reschedule_count: row.reschedule_count,
            closed_at: row.closed_at.map(time::from_stored),
            created_at: time::from_stored(row.created_at),
            updated_at: time::from_stored(row.updated_at),
            deleted_at: row.deleted_at.map(time::from_stored),
            repeat_of: row.repeat_of.map(OrderId),
        })
    }
}

/// The orders that are not deleted.
macro_rules! live {
    () => {
        orders::table.filter(orders::deleted_at.is_null())
    };
}

fn parse_status(text: &str) -> Result<OrderStatus> {
    text.parse().map_err(|_| Error::Unreadable { table: "orders", column: "status", value: text.to_owned() })
}

fn parse_rates(json: String) -> Result<AppliedRates> {
    serde_json::from_str(&json).map_err(|_| Error::Unreadable {
        table: "orders",
        column: "rates",
        value: json,
    })
}

pub(super) fn rates_to_stored(rates: &AppliedRates) -> Result<String> {
    serde_json::to_string(rates).map_err(|error| Error::Unreadable {
        table: "orders",
        column: "rates",
        value: error.to_string(),
    })
}

pub fn insert_order(
    conn: &mut AnyConnection,
    new: &NewOrder,
    dispatcher: TelegramId,
    now: DateTime<Utc>,
) -> Result<OrderId> {
    let now = time::to_stored(now);
    let id: i64 = on_each!(conn, |c| diesel::insert_into(orders::table)
        .values((
            orders::equipment_type.eq(&new.equipment.name),
            orders::equipment_type_id.eq(new.equipment.id.map(|id| id.0)),
            orders::description.eq(&new.description),
            orders::client_name.eq(&new.client_name),
            orders::client_address.eq(&new.client_address),
            orders::client_phone.eq(&new.client_phone),
            orders::status.eq(OrderStatus::New.as_str()),
            orders::dispatcher_id.eq(dispatcher.0),
            orders::notes.eq(&new.notes),
            orders::scheduled_time.eq(&new.scheduled_time),
            orders::visit_from.eq(new.visit.map(|visit| time::to_stored(visit.from))),
            orders::visit_until.eq(new.visit.and_then(|visit| visit.until).map(time::to_stored)),
            orders::created_at.eq(now),
            orders::updated_at.eq(now),
        ))
        .returning(orders::id)
        .get_result(c))?;
    Ok(OrderId(id))
}

pub(super) use live;

pub fn find_order(conn: &mut AnyConnection, id: OrderId) -> Result<Option<Order>> {
    on_each!(conn, |c| live!()
        .filter(orders::id.eq(id.0))
        .select(OrderRow::as_select())
        .get_result(c)
        .optional())?
    .map(Order::try_from)
    .transpose()
}

/// Returns the orders with these ids, in their order; without those that are deleted.
pub(crate) fn find_orders(conn: &mut AnyConnection, ids: &[OrderId]) -> Result<Vec<Order>> {
    let wanted: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<OrderRow> =
        on_each!(conn, |c| live!().filter(orders::id.eq_any(wanted)).select(OrderRow::as_select()).load(c))?;
    let mut found = rows.into_iter().map(Order::try_from).collect::<Result<Vec<_>>>()?;
    found.sort_by_key(|order| ids.iter().position(|id| *id == order.id));
    Ok(found)
}

/// Returns the order and locks the row until the transaction ends, so that what is shown of it is still true at the commit.
/// SQLite has only one writer and needs no lock.
pub(crate) fn find_order_for_update(conn: &mut AnyConnection, id: OrderId) -> Result<Option<Order>> {
    let row: Option<OrderRow> = match conn {
        AnyConnection::Sqlite(c) => {
            live!().filter(orders::id.eq(id.0)).select(OrderRow::as_select()).get_result(c)
        }
        AnyConnection::Pg(c) => live!()
            .filter(orders::id.eq(id.0))
            .select(OrderRow::as_select())
            .for_no_key_update()
            .get_result(c),
    }
    .optional()?;
    row.map(Order::try_from).transpose()
}

/// Returns the number of orders with one of these phones.
pub(crate) fn count_orders_of_phones(conn: &mut AnyConnection, phones: &[String]) -> Result<i64> {
    Ok(on_each!(conn, |c| orders::table
        .filter(orders::client_phone.eq_any(phones))
        .filter(orders::deleted_at.is_null())
        .count()
        .get_result(c))?)
}

/// Returns the newest order with one of these phones in one of these statuses.
pub(crate) fn find_newest_order(
    conn: &mut AnyConnection,
    phones: &[String],
    statuses: &[OrderStatus],
) -> Result<Option<Order>> {
    let statuses: Vec<&str> = statuses.iter().map(|status| status.as_str()).collect();
    let row: Option<OrderRow> = on_each!(conn, |c| orders::table
        .filter(orders::client_phone.eq_any(phones))
        .filter(orders::status.eq_any(&statuses))
        .filter(orders::deleted_at.is_null())
        .order(orders::id.desc())
        .select(OrderRow::as_select())
        .first(c)
        .optional())?;
    row.map(Order::try_from).transpose()
}

/// Tells whether there is any order, deleted ones included.
pub(crate) fn has_any_order(conn: &mut AnyConnection) -> Result<bool> {
    Ok(on_each!(conn, |c| diesel::select(diesel::dsl::exists(orders::table.select(orders::id)))
        .get_result(c))?)
}

/// Updates status and master, or fails with [`Error::Conflict`] when they have changed since `read`.
pub fn update_order_status(
    conn: &mut AnyConnection,
    read: &Order,
    to: OrderStatus,
    master: Option<MasterId>,
    now: DateTime<Utc>,
) -> Result<()> {
    let changed = on_each!(conn, |c| diesel::update(unchanged!(read))
        .set((
            orders::status.eq(to.as_str()),
            orders::assigned_master_id.eq(master.map(|id| id.0)),
            orders::updated_at.eq(time::to_stored(now)),
        ))
        .execute(c))?;
    require_one_row(changed)
}

/// Makes an order a long repair, or fails with [`Error::Conflict`] when its status or master has changed since `read`.
/// A prepayment is added to an earlier one; without new parts the earlier ones stay.
pub(crate) fn start_long_repair(
    conn: &mut AnyConnection,
    read: &Order,
    repair: &LongRepair,
    now: DateTime<Utc>,
) -> Result<()> {
    let paid = [read.prepayment, repair.prepayment].into_iter().flatten();
    let prepayment = paid.reduce(|earlier, now| earlier.checked_add(now).unwrap_or(earlier));
    let parts = repair.parts.as_ref().or(read.parts.as_ref());
    let changed = on_each!(conn, |c| diesel::update(unchanged!(read))
        .set((
            orders::status.eq(OrderStatus::LongRepair.as_str()),
            orders::promised_date.eq(repair.promised),
            orders::parts.eq(parts),
            orders::prepayment.eq(prepayment.map(|paid| paid.0)),
            orders::updated_at.eq(time::to_stored(now)),
        ))
        .execute(c))?;
    require_one_row(changed)
}

/// Moves the visit of an order and counts that, or fails with [`Error::Conflict`] when its status, its master or its visit
/// has changed since `read`.
pub(crate) fn update_visit(
    conn: &mut AnyConnection,
    read: &Order,
    words: &str,
    visit: Option<VisitWindow>,
    now: DateTime<Utc>,
) -> Result<()> {
    let unmoved = orders::reschedule_count.eq(read.reschedule_count);
    let changed = on_each!(conn, |c| diesel::update(unchanged!(read).filter(unmoved))
        .set((
            orders::scheduled_time.eq(words),
            orders::visit_from.eq(visit.map(|visit| time::to_stored(visit.from))),
            orders::visit_until.eq(visit.and_then(|visit| visit.until).map(time::to_stored)),
            orders::reschedule_count.eq(read.reschedule_count + 1),
            orders::updated_at.eq(time::to_stored(now)),
        ))
        .execute(c))?;
    require_one_row(changed)
}

/// Returns the open orders of a master with a visit that may touch this time.
pub(crate) fn list_visits_of_master(
    conn: &mut AnyConnection,
    master: MasterId,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<Order>> {
    let open: Vec<&str> =
        OrderStatus::ALL.into_iter().filter(|s| s.has_master()).map(OrderStatus::as_str).collect();
    // No window is longer than a day.
    let earliest = time::to_stored(from - chrono::TimeDelta::hours(25));
    let rows: Vec<OrderRow> = on_each!(conn, |c| orders::table
        .filter(orders::assigned_master_id.eq(master.0))
        .filter(orders::status.eq_any(open.clone()))
        .filter(orders::deleted_at.is_null())
        .filter(orders::visit_from.between(earliest, time::to_stored(until)))
        .order(orders::visit_from)
        .select(OrderRow::as_select())
        .load(c))?;
    rows.into_iter().map(Order::try_from).collect()
}

/// Makes an order a refused one that remembers its master and the reason, or fails with [`Error::Conflict`] when its status
/// or master has changed since `read`.
pub(crate) fn refuse_order(
    conn: &mut AnyConnection,
    read: &Order,
    reason: Option<&str>,
    now: DateTime<Utc>,
) -> Result<()> {
    let changed = on_each!(conn, |c| diesel::update(unchanged!(read))
        .set((
            orders::status.eq(OrderStatus::Refused.as_str()),
            orders::refuse_reason.eq(reason),
            orders::closed_at.eq(time::to_stored(now)),
            orders::updated_at.eq(time::to_stored(now)),
        ))
        .execute(c))?;
    require_one_row(changed)
}

/// Makes a refused order a new one without master, amounts, reason, promise and end, or fails with [`Error::Conflict`] when
/// its status or master has changed since `read`.
pub(crate) fn reopen_order(conn: &mut AnyConnection, read: &Order, now: DateTime<Utc>) -> Result<()> {
    let none = None::<i64>;
    // Words that were not understood may still be about the future.
    let visit = read.visit.filter(|visit| !visit.is_over(now));
    let words = read.scheduled_time.as_ref().filter(|_| visit.is_some() || read.visit.is_none());
    let changed = on_each!(conn, |c| diesel::update(unchanged!(read))
        .set((
            orders::status.eq(OrderStatus::New.as_str()),
            orders::assigned_master_id.eq(none),
            orders::total_amount.eq(none),
            orders::materials_cost.eq(none),
            orders::master_profit.eq(none),
            orders::company_profit.eq(none),
            orders::has_review.eq(None::<bool>),
            orders::promised_date.eq(None::<chrono::NaiveDate>),
            orders::parts.eq(None::<String>),
            orders::prepayment.eq(none),
            orders::refuse_reason.eq(None::<String>),
            orders::out_of_city.eq(None::<bool>),
            orders::closed_at.eq(None::<chrono::NaiveDateTime>),
            orders::scheduled_time.eq(words),
            orders::visit_from.eq(visit.map(|visit| time::to_stored(visit.from))),
            orders::visit_until.eq(visit.and_then(|visit| visit.until).map(time::to_stored)),
            orders::updated_at.eq(time::to_stored(now)),
        ))
        .execute(c))?;
    require_one_row(changed)
}

/// Closes an order with its money, or fails with [`Error::Conflict`] when its status or master has changed since `read`.
pub fn close_order(
    conn: &mut AnyConnection,
    read: &Order,
    closing: OrderClosing,
    now: DateTime<Utc>,
) -> Result<()> {
    let kopecks = |amount: Option<Kopecks>| amount.map(|k| k.0);
    let rates = rates_to_stored(&closing.rates())?;
    let changed = on_each!(conn, |c| diesel::update(unchanged!(read))
        .set((
            orders::status.eq(OrderStatus::Closed.as_str()),
            orders::total_amount.eq(kopecks(closing.total())),
            orders::materials_cost.eq(kopecks(closing.materials())),
            orders::master_profit.eq(kopecks(closing.split().map(|split| split.master))),
            orders::company_profit.eq(kopecks(closing.split().map(|split| split.company))),
            orders::has_review.eq(closing.has_review()),
            orders::out_of_city.eq(closing.out_of_city().or(read.out_of_city)),
            orders::rates.eq(&rates),
            orders::closed_at.eq(time::to_stored(now)),
            orders::updated_at.eq(time::to_stored(now)),
        ))
        .execute(c))?;
    require_one_row(changed)
}

/// The row of an order, provided that its status and master are those that were read, and it is not deleted.
macro_rules! unchanged {
    ($read:expr) => {{
        let master = $read.assigned_master.map(|id| id.0);
        // `IS NOT DISTINCT FROM` in terms of both backends.
        let no_master = orders::assigned_master_id.is_null().and(master.is_none().into_sql::<Bool>());
        live!()
            .filter(orders::id.eq($read.id.0))
            .filter(orders::status.eq($read.status.as_str()))
            .filter(orders::assigned_master_id.eq(master).or(no_master))
    }};
}
pub(super) use unchanged;

pub(super) fn require_one_row(changed: usize) -> Result<()> {
    if changed == 1 { Ok(()) } else { Err(Error::Conflict) }
}

/// Returns one page of orders, newest first, and the number of all that match.
pub fn list_orders(
    conn: &mut AnyConnection,
    filter: OrderFilter,
    offset: i64,
    limit: i64,
) -> Result<(Vec<Order>, i64)> {
    let open: Vec<&str> =
        OrderStatus::ALL.into_iter().filter(|s| s.is_open()).map(OrderStatus::as_str).collect();
    macro_rules! filtered {
        ($select:expr) => {{
            let mut rows = live!().select($select).into_boxed();
            if let Some(status) = filter.status {
                rows = rows.filter(orders::status.eq(status.as_str()));
            }
            if filter.open_only {
                rows = rows.filter(orders::status.eq_any(open.clone()));
            }
            if let Some(master) = filter.master {
                rows = rows.filter(orders::assigned_master_id.eq(master.0));
            }
            rows
        }};
    }
    let total: i64 = on_each!(conn, |c| filtered!(count_star()).get_result(c))?;
    let rows: Vec<OrderRow> = on_each!(conn, |c| filtered!(OrderRow::as_select())
        .order(orders::id.desc())
        .offset(offset)
        .limit(limit)
        .load(c))?;
    let page = rows.into_iter().map(Order::try_from).collect::<Result<Vec<_>>>()?;
    Ok((page, total))
}

/// Returns the number of orders in each status, in the order of the statuses.
pub(crate) fn count_orders_by_status(conn: &mut AnyConnection) -> Result<Vec<(OrderStatus, i64)>> {
    let rows: Vec<(String, i64)> =
        on_each!(conn, |c| live!().group_by(orders::status).select((orders::status, count_star())).load(c))?;
    rows.into_iter().map(|(text, count)| Ok((parse_status(&text)?, count))).collect()
}
