//! Pages of orders: the staff's lists, a master's own, a client's, and the visits of a day.

use chrono::{DateTime, Utc};

use super::orders::{PAGE_SIZE, view_order};
use super::{Refusal, Result, require_staff};
use crate::db::{self, AnyConnection, order_lists, settings};
use crate::domain::ids::{MasterId, OrderId};
use crate::domain::master::Master;
use crate::domain::money::Kopecks;
use crate::domain::order::{Order, OrderListQuery};
use crate::domain::phone::stored_phone_forms;
use crate::domain::status::OrderStatus;
use crate::domain::user::User;
use crate::domain::visibility::AddressRule;

/// Lists end here: who looks further back filters or searches.
pub(crate) const MAX_LISTED: i64 = 1_000;
/// The most visits of a day that are shown.
const MAX_VISITS: i64 = 200;

/// An order of a list, with its master.
#[derive(Clone, Debug)]
pub(crate) struct ListedOrder {
    pub(crate) order: Order,
    pub(crate) master: Option<Master>,
}

/// The orders of a client.
#[derive(Debug)]
pub(crate) struct ClientOrders {
    /// The order by which the client was found.
    pub(crate) order: Order,
    pub(crate) rows: Vec<ListedOrder>,
    pub(crate) total: i64,
    /// How many closed orders have amounts, and their sum.
    pub(crate) paid: (i64, Kopecks),
}

/// A part of a master's day.
#[derive(Clone, Debug, Default)]
pub(crate) struct DayPart {
    /// The first of them, at most a page.
    pub(crate) orders: Vec<Order>,
    /// How many more there are.
    pub(crate) more: usize,
}

/// What a master has to do.
#[derive(Debug, Default)]
pub(crate) struct OwnDay {
    /// Of this day, by time.
    pub(crate) visits: DayPart,
    /// Of earlier days and still open.
    pub(crate) overdue: DayPart,
    /// Open and without an understood time.
    pub(crate) undated: DayPart,
    /// How much of the clients the master sees.
    pub(crate) address_rule: AddressRule,
}

/// Returns a page of the staff's list, counted from 0, and the number of all up to [`MAX_LISTED`].
pub(crate) fn list_orders_page(
    tx: &mut AnyConnection,
    user: &User,
    query: &OrderListQuery,
    page: i64,
) -> Result<(Vec<ListedOrder>, i64)> {
    require_staff(user)?;
    let ids = order_lists::list_order_ids(tx, query, MAX_LISTED)?;
    load_page(tx, &ids, page)
}

/// Returns a page of the closed orders of the caller, who is a master, and the number of all up to [`MAX_LISTED`].
pub(crate) fn list_own_closed_orders(
    tx: &mut AnyConnection,
    user: &User,
    page: i64,
) -> Result<(Vec<ListedOrder>, i64)> {
    let master = find_own_master(tx, user)?;
    let query = OrderListQuery { status: Some(OrderStatus::Closed), master: Some(master.id), visit: None };
    let ids = order_lists::list_order_ids(tx, &query, MAX_LISTED)?;
    load_page(tx, &ids, page)
}

/// Returns the numbers of orders in each status, each counted up to [`MAX_LISTED`], for staff.
pub(crate) fn count_orders(tx: &mut AnyConnection, user: &User) -> Result<Vec<(OrderStatus, i64)>> {
    require_staff(user)?;
    Ok(order_lists::count_orders_up_to(tx, MAX_LISTED)?)
}

/// Returns a page of the orders that have the phone of this order, for staff.
pub(crate) fn list_client_orders(
    tx: &mut AnyConnection,
    user: &User,
    order: OrderId,
    page: i64,
) -> Result<ClientOrders> {
    require_staff(user)?;
    let order = view_order(tx, user, order)?.order;
    let phones = stored_phone_forms(&order.client_phone);
    let ids = order_lists::list_client_order_ids(tx, &phones, MAX_LISTED)?;
    let paid = order_lists::sum_client_totals(tx, &phones)?;
    let (rows, total) = load_page(tx, &ids, page)?;
    Ok(ClientOrders { order, rows, total, paid })
}

/// Returns the visits of a day, for staff: those that begin in `[from, until)` and were not refused, by time.
pub(crate) fn list_day(
    tx: &mut AnyConnection,
    user: &User,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<ListedOrder>> {
    require_staff(user)?;
    let ids = order_lists::list_visit_ids(tx, None, from, until, MAX_VISITS)?;
    let mut rows = load_rows(tx, &ids)?;
    rows.retain(|row| row.order.status != OrderStatus::Refused);
    Ok(rows)
}

/// Returns what the caller, who is a master, has to do on the day `[from, until)`.
pub(crate) fn list_own_day(
    tx: &mut AnyConnection,
    user: &User,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<OwnDay> {
    let master = find_own_master(tx, user)?;
    list_day_of_master(tx, &master, from, until)
}

/// Returns what a master has to do on the day `[from, until)`, for the screen that shows it. Checks no right.
pub(crate) fn list_day_of_master(
    tx: &mut AnyConnection,
    master: &Master,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<OwnDay> {
    let mut open = order_lists::list_open_visits(tx, master.id)?;
    open.sort_by_key(|(id, visit)| (*visit, *id));
    let mut pick = |is_wanted: &dyn Fn(Option<DateTime<Utc>>) -> bool| {
        let mut ids: Vec<OrderId> =
            open.iter().filter(|(_, visit)| is_wanted(*visit)).map(|(id, _)| *id).collect();
        let more = ids.len().saturating_sub(PAGE_SIZE.into());
        ids.truncate(PAGE_SIZE.into());
        db::orders::find_orders(tx, &ids).map(|orders| DayPart { orders, more })
    };
    let visits = pick(&|visit| visit.is_some_and(|visit| (from..until).contains(&visit)))?;
    let overdue = pick(&|visit| visit.is_some_and(|visit| visit < from))?;
    let undated = pick(&|visit| visit.is_none())?;
    Ok(OwnDay { visits, overdue, undated, address_rule: settings::get_address_rule(tx)? })
}

/// Returns how many visits each master has in `[from, until)`, to choose one for an order.
pub(crate) fn count_visits_by_master(
    tx: &mut AnyConnection,
    user: &User,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<(MasterId, i64)>> {
    require_staff(user)?;
    Ok(order_lists::count_visits_by_master(tx, from, until)?)
}

fn find_own_master(tx: &mut AnyConnection, user: &User) -> Result<Master> {
    let master = db::masters::find_master_of_user(tx, user.telegram_id)?;
    master.filter(Master::sees_orders).ok_or(Refusal::NoRight)
}

fn load_page(tx: &mut AnyConnection, ids: &[OrderId], page: i64) -> Result<(Vec<ListedOrder>, i64)> {
    let total = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    let page = usize::try_from(page).unwrap_or(usize::MAX);
    let ids = ids.chunks(PAGE_SIZE.into()).nth(page).unwrap_or_default();
    Ok((load_rows(tx, ids)?, total))
}

fn load_rows(tx: &mut AnyConnection, ids: &[OrderId]) -> Result<Vec<ListedOrder>> {
    let orders = db::orders::find_orders(tx, ids)?;
    let mut masters: Vec<MasterId> = orders.iter().filter_map(|order| order.assigned_master).collect();
    masters.sort_unstable();
    masters.dedup();
    let masters = db::masters::find_masters(tx, &masters)?;
    let master_of = |order: &Order| masters.iter().find(|master| Some(master.id) == order.assigned_master);
    Ok(orders.into_iter().map(|order| ListedOrder { master: master_of(&order).cloned(), order }).collect())
}
