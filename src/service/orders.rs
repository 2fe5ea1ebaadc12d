//! Orders: creating, assigning, and every transition until they are closed.

use chrono::{DateTime, Utc};

use super::{Refusal, Result, require_staff};
use crate::db::order_messages::{OrderCard, OrderMessageKind};
use crate::db::{self, AnyConnection, audit, history, order_files, order_messages};
use crate::domain::ids::{ChatPlace, MasterId, MessageId, OrderId};
use crate::domain::master::Master;
use crate::domain::order::{NewOrder, Order, OrderClosing, OrderFile, OrderFilter};
use crate::domain::status::{self, OrderAction, OrderActor, OrderStatus, TransitionError};
use crate::domain::user::User;

/// The orders on one page of a list.
pub(crate) const PAGE_SIZE: u8 = 10;

/// A completed transition.
#[derive(Clone, Debug)]
pub(crate) struct OrderTransition {
    pub action: OrderAction,
    pub before: Order,
    pub after: Order,
    pub former_master: Option<Master>,
    pub master: Option<Master>,
}

/// An order, and what decides a user's rights to it.
#[derive(Clone, Debug)]
pub(crate) struct OrderView {
    pub order: Order,
    pub master: Option<Master>,
    pub actor: OrderActor,
}

/// Creates an order, for staff.
pub(crate) fn create_order(
    tx: &mut AnyConnection,
    user: &User,
    new: &NewOrder,
    files: &[OrderFile],
    now: DateTime<Utc>,
) -> Result<Order> {
    require_staff(user)?;
    let id = db::orders::insert_order(tx, new, user.telegram_id, now)?;
    for file in files {
        order_files::insert_order_file(tx, id, file, user.telegram_id, now)?;
    }
    let made = history::StatusChange {
        order: id,
        from: None,
        to: OrderStatus::New,
        by: user.telegram_id,
        note: None,
    };
    history::insert_status_change(tx, made, now)?;
    audit::insert_user_action(tx, user.telegram_id, "order.create", &format!("order={id}"), now)?;
    db::orders::find_order(tx, id)?.ok_or(Refusal::NoSuchOrder)
}

/// Returns the number of an order's files, for its cards. Checks no right.
pub(crate) fn count_files(tx: &mut AnyConnection, id: OrderId) -> Result<usize> {
    Ok(usize::try_from(order_files::count_order_files(tx, id)?).unwrap_or_default())
}

/// Returns an order for staff or its present, approved master. [`Refusal::NoRight`] for others, whether the order exists or not.
pub(crate) fn view_order(tx: &mut AnyConnection, user: &User, id: OrderId) -> Result<OrderView> {
    let Some((order, master)) = find_order_for_share(tx, id)? else {
        require_staff(user)?;
        return Err(Refusal::NoSuchOrder);
    };
    let is_assigned_master = order.status != OrderStatus::Refused
        && master
            .as_ref()
            .is_some_and(|master| master.telegram_id == user.telegram_id && master.sees_orders());
    let actor = OrderActor { roles: user.roles, is_assigned_master };
    if actor.roles.is_staff() || is_assigned_master {
        Ok(OrderView { order, master, actor })
    } else {
        Err(Refusal::NoRight)
    }
}

/// Checks whether the user may take an action now, without taking it.
pub(crate) fn check_action(
    tx: &mut AnyConnection,
    user: &User,
    id: OrderId,
    action: OrderAction,
) -> Result<OrderView> {
    let seen = view_order(tx, user, id)?;
    target_status(&seen, action)?;
    Ok(seen)
}

/// Assigns an order to a master: [`OrderAction::Assign`] a new one, [`OrderAction::Reassign`] one that has a master.
pub(crate) fn assign_order(
    tx: &mut AnyConnection,
    user: &User,
    id: OrderId,
    action: OrderAction,
    master: MasterId,
    now: DateTime<Utc>,
) -> Result<OrderTransition> {
    let seen = view_order(tx, user, id)?;
    let to = target_status(&seen, action)?;
    let master = db::masters::find_master_for_share(tx, master)?.ok_or(Refusal::NoSuchMaster)?;
    if seen.order.assigned_master == Some(master.id) {
        return Err(Refusal::SameMaster);
    }
    if !master.takes_orders() {
        return Err(Refusal::MasterTakesNoOrders);
    }
    let note = format!("master={}", master.id);
    let step = TransitionStep { action, to, master: Some(master), note: Some(&note) };
    apply_step(tx, user, seen, step, now)
}

/// Takes any action that neither chooses a master nor closes the order. `note` is a reason in the user's words.
pub(crate) fn advance_order(
    tx: &mut AnyConnection,
    user: &User,
    id: OrderId,
    action: OrderAction,
    note: Option<&str>,
    now: DateTime<Utc>,
) -> Result<OrderTransition> {
    let seen = view_order(tx, user, id)?;
    let to = target_status(&seen, action)?;
    let keeps_master = to.has_master() || to == OrderStatus::Refused;
    let master = if keeps_master { seen.master.clone() } else { None };
    let cleared = if action == OrderAction::Reopen { cleared_amounts(&seen.order) } else { None };
    let note = cleared.as_deref().or(note);
    apply_step(tx, user, seen, TransitionStep { action, to, master, note }, now)
}

/// Closes an order with its money; only staff may omit the amounts.
pub(crate) fn close_order(
    tx: &mut AnyConnection,
    user: &User,
    id: OrderId,
    closing: OrderClosing,
    now: DateTime<Utc>,
) -> Result<OrderTransition> {
    let seen = view_order(tx, user, id)?;
    target_status(&seen, OrderAction::Close)?;
    if closing == OrderClosing::WithoutAmounts && !seen.actor.roles.is_staff() {
        return Err(Refusal::NoRight);
    }
    db::orders::close_order(tx, &seen.order, closing, now)?;
    let master = seen.master.clone();
    record_transition(
        tx,
        user,
        seen,
        TransitionStep { action: OrderAction::Close, to: OrderStatus::Closed, master, note: None },
        now,
    )
}

/// Returns one page of orders and the number of all, for staff: those in a status, or all.
pub(crate) fn list_orders_for_staff(
    tx: &mut AnyConnection,
    user: &User,
    status: Option<OrderStatus>,
    page: i64,
) -> Result<(Vec<Order>, i64)> {
    require_staff(user)?;
    let query = OrderFilter { status, open_only: false, master: None };
    Ok(db::orders::list_orders(tx, query, page * i64::from(PAGE_SIZE), PAGE_SIZE.into())?)
}

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

/// Returns the number of orders in each status, for staff.
pub(crate) fn count_orders_by_status(tx: &mut AnyConnection, user: &User) -> Result<Vec<(OrderStatus, i64)>> {
    require_staff(user)?;
    Ok(db::orders::count_orders_by_status(tx)?)
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

/// Returns an order and its master, for updating its cards. Checks no right: the caller decides for each chat what is shown.
///
/// Locks both until the transaction ends. Otherwise a card could be sent to a master from whom another transaction is
/// taking the order, and that transaction would not know of the card and never retire it.
pub(crate) fn find_order_for_share(
    tx: &mut AnyConnection,
    id: OrderId,
) -> Result<Option<(Order, Option<Master>)>> {
    let Some(order) = db::orders::find_order_for_update(tx, id)? else { return Ok(None) };
    let master = match order.assigned_master {
        Some(master) => db::masters::find_master_for_share(tx, master)?,
        None => None,
    };
    Ok(Some((order, master)))
}

/// Returns the cards of an order, newest first.
pub(crate) fn list_order_cards(tx: &mut AnyConnection, id: OrderId) -> Result<Vec<OrderCard>> {
    Ok(order_messages::list_order_cards(tx, id)?)
}

/// Returns the cards of a master's orders, also of closed ones, in chats where the master does not work now, for staff.
pub(crate) fn list_master_cards_elsewhere(
    tx: &mut AnyConnection,
    user: &User,
    master: &Master,
) -> Result<Vec<(OrderId, OrderCard)>> {
    require_staff(user)?;
    let places = [master.place(), master.telegram_id.into()];
    Ok(order_messages::list_master_cards_outside(tx, master.id, &places)?)
}

/// Records that an existing message is a card of the order, also one that the old bot sent.
pub(crate) fn claim_order_card(
    tx: &mut AnyConnection,
    id: OrderId,
    kind: OrderMessageKind,
    place: ChatPlace,
    message: MessageId,
    now: DateTime<Utc>,
) -> Result<()> {
    order_messages::claim_order_card(tx, id, kind, place, message, now)?;
    Ok(())
}

/// Returns the amounts that a reopened order loses, for its history; `None` when it has none. Only the old bot refused
/// orders with amounts.
fn cleared_amounts(order: &Order) -> Option<String> {
    let amounts = [
        ("total", order.total),
        ("materials", order.materials),
        ("master", order.master_share),
        ("company", order.company_share),
    ];
    let review = order.has_review.filter(|has_review| *has_review).map(|_| "review=yes".to_owned());
    let known = amounts.into_iter().filter_map(|(name, amount)| Some(format!("{name}={}", amount?)));
    let parts: Vec<_> = known.chain(review).collect();
    (!parts.is_empty()).then(|| format!("cleared: {}", parts.join(" ")))
}

/// Returns the status that the action leads to, if the user may take it.
fn target_status(seen: &OrderView, action: OrderAction) -> Result<OrderStatus> {
    status::next_status(seen.order.status, action, seen.actor).map_err(|error| match error {
        TransitionError::NotAllowed { .. } => Refusal::NoRight,
        TransitionError::WrongStatus { present, action } => Refusal::WrongStatus { present, action },
    })
}

/// A transition that the user may make.
struct TransitionStep<'a> {
    action: OrderAction,
    to: OrderStatus,
    master: Option<Master>,
    note: Option<&'a str>,
}

fn apply_step(
    tx: &mut AnyConnection,
    user: &User,
    seen: OrderView,
    step: TransitionStep<'_>,
    now: DateTime<Utc>,
) -> Result<OrderTransition> {
    match step.action {
        OrderAction::Reopen => db::orders::reopen_order(tx, &seen.order, now)?,
        _ => {
            let master = step.master.as_ref().map(|master| master.id);
            db::orders::update_order_status(tx, &seen.order, step.to, master, now)?;
        }
    }
    record_transition(tx, user, seen, step, now)
}

/// Writes history and audit of a transition.
fn record_transition(
    tx: &mut AnyConnection,
    user: &User,
    seen: OrderView,
    step: TransitionStep<'_>,
    now: DateTime<Utc>,
) -> Result<OrderTransition> {
    let OrderView { order: before, master: former_master, .. } = seen;
    let change = history::StatusChange {
        order: before.id,
        from: Some(before.status),
        to: step.to,
        by: user.telegram_id,
        note: step.note,
    };
    history::insert_status_change(tx, change, now)?;
    let details = format!("order={} from={} to={}", before.id, before.status, step.to);
    audit::insert_user_action(tx, user.telegram_id, &format!("order.{}", step.action.name()), &details, now)?;
    let after = db::orders::find_order(tx, before.id)?.ok_or(Refusal::NoSuchOrder)?;
    Ok(OrderTransition { action: step.action, before, after, former_master, master: step.master })
}
