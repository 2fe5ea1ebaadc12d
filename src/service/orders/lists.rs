//! Lists of orders and their numbers.

use super::super::{Refusal, Result, require_staff};
use crate::db::{self, AnyConnection};
use crate::domain::ids::MasterId;
use crate::domain::master::Master;
use crate::domain::order::{Order, OrderFilter};
use crate::domain::user::User;

/// The orders on one page of a list.
pub(crate) const PAGE_SIZE: u8 = 10;

/// Returns one page of the open orders of a master, for this master.
pub(crate) fn list_open_orders_of_caller(
    tx: &mut AnyConnection,
    user: &User,
    page: i64,
) -> Result<(Vec<Order>, i64)> {
    let master = db::masters::find_master_of_user(tx, user.telegram_id)?;
    let master = master.filter(Master::sees_orders).ok_or(Refusal::NoRight)?;
    let query = OrderFilter { status: None, open_only: true, master: Some(master.id) };
    Ok(db::orders::list_orders(tx, query, page * i64::from(PAGE_SIZE), PAGE_SIZE.into())?)
}

/// Returns a master's open orders, newest first, for staff.
pub(crate) fn list_open_orders_of_master(
    tx: &mut AnyConnection,
    user: &User,
    master: MasterId,
) -> Result<Vec<Order>> {
    require_staff(user)?;
    let query = OrderFilter { status: None, open_only: true, master: Some(master) };
    Ok(db::orders::list_orders(tx, query, 0, i64::MAX)?.0)
}
