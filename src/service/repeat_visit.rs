//! A repeat visit: a new order that is linked to a closed one.

use chrono::{DateTime, Utc};

use super::orders::{OrderView, view_order};
use super::{Refusal, Result, require_staff};
use crate::db::order_changes::{self, NewOrderChange};
use crate::db::{AnyConnection, audit, history, order_edits};
use crate::domain::ids::OrderId;
use crate::domain::order_change::REPEATED;
use crate::domain::status::OrderStatus;
use crate::domain::user::User;

/// Returns an order that the user may repeat: staff, once it is closed.
pub(crate) fn check_repeat(tx: &mut AnyConnection, user: &User, id: OrderId) -> Result<OrderView> {
    require_staff(user)?;
    let seen = view_order(tx, user, id)?;
    if seen.order.status == OrderStatus::Closed { Ok(seen) } else { Err(Refusal::OrderNotClosed) }
}

/// Creates an order for the same client and appliance, linked to a closed one. Returns both.
pub(crate) fn repeat_order(
    tx: &mut AnyConnection,
    user: &User,
    id: OrderId,
    description: &str,
    now: DateTime<Utc>,
) -> Result<(OrderView, OrderView)> {
    let closed = check_repeat(tx, user, id)?;
    let by = user.telegram_id;
    let new = order_edits::insert_repeat_order(tx, &closed.order, description, by, now)?;
    let made = history::StatusChange {
        order: new,
        from: None,
        to: OrderStatus::New,
        by,
        for_master: None,
        note: None,
    };
    history::insert_status_change(tx, made, now)?;
    let number = new.to_string();
    let link = NewOrderChange { order: id, by, field: REPEATED, old: None, new: Some(&number) };
    order_changes::insert_order_change(tx, link, now)?;
    audit::insert_user_action(tx, by, "order.repeat", &format!("order={new} of={id}"), now)?;
    let made = view_order(tx, user, new)?;
    Ok((closed, made))
}
