//! Clients, who are known by their phone.

use super::super::{Result, require_staff};
use crate::db::{self, AnyConnection};
use crate::domain::order::Order;
use crate::domain::phone::stored_phone_forms;
use crate::domain::status::OrderStatus;
use crate::domain::user::User;

/// What is known of a client by the phone.
#[derive(Clone, Debug)]
pub(crate) struct KnownClient {
    pub orders: i64,
    /// The newest order.
    pub last: Order,
    /// The newest order that is not over.
    pub open: Option<Order>,
}

/// Returns what is known of the client with this phone, for staff.
pub(crate) fn find_client(tx: &mut AnyConnection, user: &User, phone: &str) -> Result<Option<KnownClient>> {
    require_staff(user)?;
    let phones = stored_phone_forms(phone);
    let orders = db::orders::count_orders_of_phones(tx, &phones)?;
    let Some(last) = db::orders::find_newest_order(tx, &phones, &OrderStatus::ALL)? else {
        return Ok(None);
    };
    let open: Vec<OrderStatus> = OrderStatus::ALL.into_iter().filter(|status| status.is_open()).collect();
    let open = db::orders::find_newest_order(tx, &phones, &open)?;
    Ok(Some(KnownClient { orders, last, open }))
}
