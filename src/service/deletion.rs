//! Deleting an order and restoring it, for admins.

use chrono::{DateTime, Utc};

use super::orders::{OrderView, advance_order, view_order};
use super::{Refusal, Result, ledger, require_admin};
use crate::db::order_changes::{self, NewOrderChange, OrderChange};
use crate::db::{AnyConnection, audit, order_edits};
use crate::domain::ids::OrderId;
use crate::domain::order::Order;
use crate::domain::order_change::{DELETED, RESTORED};
use crate::domain::status::OrderAction;
use crate::domain::user::User;

/// A deleted order and how it was deleted.
#[derive(Clone, Debug)]
pub(crate) struct DeletedOrder {
    pub(crate) order: Order,
    /// `None` for an order that the old bot deleted.
    pub(crate) deletion: Option<OrderChange>,
}

/// Returns an order that the user may delete.
pub(crate) fn check_deletion(tx: &mut AnyConnection, user: &User, id: OrderId) -> Result<OrderView> {
    require_admin(user)?;
    view_order(tx, user, id)
}

/// Deletes an order and returns it as it was. It stays in the database and counts nowhere.
pub(crate) fn delete_order(
    tx: &mut AnyConnection,
    user: &User,
    id: OrderId,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<OrderView> {
    let seen = check_deletion(tx, user, id)?;
    order_edits::mark_deleted(tx, &seen.order, now)?;
    record_deletion(tx, user, id, (DELETED, Some(reason)), now)?;
    ledger::book_deletion(tx, user, &seen.order, now)?;
    Ok(seen)
}

/// Makes a deleted order an order again, in the status and with the master that it had; without a master if theirs was
/// dismissed meanwhile.
pub(crate) fn restore_order(
    tx: &mut AnyConnection,
    user: &User,
    id: OrderId,
    now: DateTime<Utc>,
) -> Result<OrderView> {
    require_admin(user)?;
    if !order_edits::unmark_deleted(tx, id, now)? {
        return Err(Refusal::OrderNotDeleted);
    }
    record_deletion(tx, user, id, (RESTORED, None), now)?;
    let seen = view_order(tx, user, id)?;
    ledger::book_restoration(tx, user, &seen.order, now)?;
    let is_dismissed = seen.master.as_ref().is_some_and(|master| !master.sees_orders());
    if is_dismissed && seen.order.status.has_master() {
        advance_order(tx, user, id, OrderAction::TakeOff, None, now)?;
        return view_order(tx, user, id);
    }
    Ok(seen)
}

/// Returns a deleted order, for admins.
pub(crate) fn view_deleted_order(
    tx: &mut AnyConnection,
    user: &User,
    id: OrderId,
) -> Result<Option<DeletedOrder>> {
    require_admin(user)?;
    let Some(order) = order_edits::find_deleted_order(tx, id)? else { return Ok(None) };
    let changes = order_changes::list_order_changes(tx, id)?;
    let deletion = changes.into_iter().rev().find(|change| change.field == DELETED);
    Ok(Some(DeletedOrder { order, deletion }))
}

fn record_deletion(
    tx: &mut AnyConnection,
    user: &User,
    id: OrderId,
    (field, reason): (&str, Option<&str>),
    now: DateTime<Utc>,
) -> Result<()> {
    let change = NewOrderChange { order: id, by: user.telegram_id, field, old: None, new: reason };
    order_changes::insert_order_change(tx, change, now)?;
    let action = if field == DELETED { "order.delete" } else { "order.restore" };
    Ok(audit::insert_user_action(tx, user.telegram_id, action, &format!("order={id}"), now)?)
}
