//! When the client expects the master: moving a visit, two visits at once, a client who waits.

use chrono::{DateTime, TimeDelta, Utc};

use super::super::{Refusal, Result};
use super::{OrderTransition, OrderView, check_action};
use crate::db::order_changes::{self, NewOrderChange};
use crate::db::{self, AnyConnection, audit};
use crate::domain::day_plan::visits_collide;
use crate::domain::ids::OrderId;
use crate::domain::master::Master;
use crate::domain::order::Order;
use crate::domain::status::OrderAction;
use crate::domain::user::User;
use crate::domain::visit::VisitWindow;

/// The name of a moved visit in `order_changes`.
pub(crate) const VISIT: &str = "visit";
/// The name of a note that the client waits, in `order_changes`.
pub(crate) const CLIENT_WAITING: &str = "client_waiting";
/// How often the master may be told that the client waits.
const WAITING_INTERVAL: TimeDelta = TimeDelta::minutes(5);

/// When the client expects the master, in words and as far as these were understood.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct VisitChoice {
    pub(crate) words: String,
    pub(crate) window: Option<VisitWindow>,
}

/// Moves the visit of an open order, for staff and its master. `describe` puts a visit into words for the history.
pub(crate) fn reschedule_order(
    tx: &mut AnyConnection,
    user: &User,
    id: OrderId,
    visit: &VisitChoice,
    describe: impl Fn(Option<VisitWindow>, Option<&str>) -> Option<String>,
    now: DateTime<Utc>,
) -> Result<OrderTransition> {
    let action = OrderAction::Reschedule;
    let OrderView { order, master, .. } = check_action(tx, user, id, action)?;
    db::orders::update_visit(tx, &order, &visit.words, visit.window, now)?;
    let (old, new) =
        (describe(order.visit, order.scheduled_time.as_deref()), describe(visit.window, Some(&visit.words)));
    let change = NewOrderChange {
        order: id,
        by: user.telegram_id,
        field: VISIT,
        old: old.as_deref(),
        new: new.as_deref(),
    };
    order_changes::insert_order_change(tx, change, now)?;
    let details = format!("order={id} count={}", order.reschedule_count + 1);
    audit::insert_user_action(tx, user.telegram_id, "order.reschedule", &details, now)?;
    let after = db::orders::find_order(tx, id)?.ok_or(Refusal::NoSuchOrder)?;
    let former_master = master.clone();
    Ok(OrderTransition { action, for_master: false, before: order, after, former_master, master })
}

/// Records that the client waits for the master, who is to be told: at most once in five minutes.
pub(crate) fn record_waiting_client(
    tx: &mut AnyConnection,
    user: &User,
    id: OrderId,
    now: DateTime<Utc>,
) -> Result<OrderView> {
    let seen = check_action(tx, user, id, OrderAction::RemindOfClient)?;
    // One who was dismissed meanwhile is shown nothing of the order.
    if !seen.master.as_ref().is_some_and(Master::sees_orders) {
        return Err(Refusal::MasterTakesNoOrders);
    }
    // The order is locked, so two presses at once come here one after the other.
    let last = order_changes::find_last_change(tx, id, CLIENT_WAITING)?;
    if last.is_some_and(|last| now < last + WAITING_INTERVAL) {
        return Err(Refusal::ToldJustNow);
    }
    let change =
        NewOrderChange { order: id, by: user.telegram_id, field: CLIENT_WAITING, old: None, new: None };
    order_changes::insert_order_change(tx, change, now)?;
    audit::insert_user_action(tx, user.telegram_id, "order.client_waiting", &format!("order={id}"), now)?;
    Ok(seen)
}

/// Returns the other orders that the master of an order is to visit at the same time. Checks no right: it is for the answer
/// to who assigned it.
pub(crate) fn list_overlapping_visits(tx: &mut AnyConnection, order: &Order) -> Result<Vec<Order>> {
    let (Some(master), Some(window)) = (order.assigned_master, order.visit) else { return Ok(Vec::new()) };
    let others = db::orders::list_visits_of_master(tx, master, window.from, window.end())?;
    let collides = |other: &Order| {
        other.id != order.id && other.visit.is_some_and(|visit| visits_collide(visit, window))
    };
    Ok(others.into_iter().filter(collides).collect())
}
