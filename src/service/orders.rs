//! Orders: taking them, handing them to masters, and every step until they are closed.

use chrono::{DateTime, Utc};

use super::{Refusal, Result};
use crate::db::order_messages::{OrderCard, OrderMessageKind};
use crate::db::{self, AnyConnection, audit, history, order_messages};
use crate::domain::ids::{ChatId, MasterId, MessageId, OrderId};
use crate::domain::master::Master;
use crate::domain::order::{NewOrder, OrderClosing};
use crate::domain::order::{Order, OrderFilter};
use crate::domain::status::{self, OrderAction, OrderActor, OrderStatus, TransitionError};
use crate::domain::user::User;

/// Orders on one page of a list.
pub const PAGE: i64 = 10;

/// A transition that happened.
#[derive(Clone, Debug)]
pub struct OrderTransition {
    /// What was done.
    pub action: OrderAction,
    /// The order before.
    pub before: Order,
    /// The order now.
    pub after: Order,
    /// Who had it before, if anybody.
    pub former_master: Option<Master>,
    /// Who has it now, if anybody.
    pub master: Option<Master>,
}

/// An order with what a person may know and do about it.
#[derive(Clone, Debug)]
pub struct OrderView {
    /// The order.
    pub order: Order,
    /// Its master, if any.
    pub master: Option<Master>,
    /// The person's standing towards it.
    pub actor: OrderActor,
}

/// Takes a new order.
///
/// # Errors
/// [`Refusal::NoRight`] unless the person is a dispatcher or an admin.
pub fn create_order(
    tx: &mut AnyConnection,
    person: &User,
    new: &NewOrder,
    now: DateTime<Utc>,
) -> Result<Order> {
    require_staff(person)?;
    let id = db::orders::insert_order(tx, new, person.telegram_id, now)?;
    let made = history::StatusChange {
        order: id,
        from: None,
        to: OrderStatus::New,
        by: person.telegram_id,
        note: None,
    };
    history::insert_status_change(tx, made, now)?;
    audit::insert_user_action(tx, person.telegram_id, "order.create", &format!("order={id}"), now)?;
    db::orders::find_order(tx, id)?.ok_or(Refusal::NoSuchOrder)
}

/// Shows an order to somebody who may see it: staff, or the master who has it.
///
/// # Errors
/// [`Refusal::NoRight`] for everybody else, whether the order exists or not.
pub fn view_order(tx: &mut AnyConnection, person: &User, id: OrderId) -> Result<OrderView> {
    let Some((order, master)) = find_order_for_share(tx, id)? else {
        require_staff(person)?;
        return Err(Refusal::NoSuchOrder);
    };
    let is_assigned_master = order.status != OrderStatus::Refused
        && master.as_ref().is_some_and(|master| master.telegram_id == person.telegram_id);
    let actor = OrderActor { roles: person.roles, is_assigned_master };
    if actor.roles.is_staff() || is_assigned_master {
        Ok(OrderView { order, master, actor })
    } else {
        Err(Refusal::NoRight)
    }
}

/// Checks whether a step is open to the person right now, without taking it.
///
/// # Errors
/// As the step itself would be refused.
pub fn check_action(
    tx: &mut AnyConnection,
    person: &User,
    id: OrderId,
    action: OrderAction,
) -> Result<OrderView> {
    let seen = view_order(tx, person, id)?;
    target_status(&seen, action)?;
    Ok(seen)
}

/// Hands an order to a master: [`OrderAction::Assign`] a new one, [`OrderAction::Reassign`] one that somebody has.
///
/// # Errors
/// The status machine's refusals, [`Refusal::MasterTakesNoOrders`], [`Refusal::SameMaster`].
pub fn assign_order(
    tx: &mut AnyConnection,
    person: &User,
    id: OrderId,
    action: OrderAction,
    master: MasterId,
    now: DateTime<Utc>,
) -> Result<OrderTransition> {
    let seen = view_order(tx, person, id)?;
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
    apply_step(tx, person, seen, step, now)
}

/// Takes any step that neither chooses a master nor closes the order.
///
/// `note` is a reason in the person's own words.
///
/// # Errors
/// The status machine's refusals.
pub fn advance_order(
    tx: &mut AnyConnection,
    person: &User,
    id: OrderId,
    action: OrderAction,
    note: Option<&str>,
    now: DateTime<Utc>,
) -> Result<OrderTransition> {
    let seen = view_order(tx, person, id)?;
    let to = target_status(&seen, action)?;
    let keeps_master = to.has_master() || to == OrderStatus::Refused;
    let master = if keeps_master { seen.master.clone() } else { None };
    apply_step(tx, person, seen, TransitionStep { action, to, master, note }, now)
}

/// Closes an order with its money; only staff may leave the money out.
///
/// # Errors
/// The status machine's refusals.
pub fn close_order(
    tx: &mut AnyConnection,
    person: &User,
    id: OrderId,
    closing: OrderClosing,
    now: DateTime<Utc>,
) -> Result<OrderTransition> {
    let seen = view_order(tx, person, id)?;
    target_status(&seen, OrderAction::Close)?;
    if closing == OrderClosing::WithoutAmounts && !seen.actor.roles.is_staff() {
        return Err(Refusal::NoRight);
    }
    db::orders::close_order(tx, &seen.order, closing, now)?;
    let master = seen.master.clone();
    record_transition(
        tx,
        person,
        seen,
        TransitionStep { action: OrderAction::Close, to: OrderStatus::Closed, master, note: None },
        now,
    )
}

/// One page of all orders, for staff: those of a status, or all that are not over.
///
/// # Errors
/// [`Refusal::NoRight`] for anybody else.
pub fn list_orders_for_staff(
    tx: &mut AnyConnection,
    person: &User,
    status: Option<OrderStatus>,
    page: i64,
) -> Result<(Vec<Order>, i64)> {
    require_staff(person)?;
    let query = OrderFilter { status, open_only: false, master: None };
    Ok(db::orders::list_orders(tx, query, page * PAGE, PAGE)?)
}

/// One page of the orders that a master has in hand.
///
/// # Errors
/// [`Refusal::NoRight`] for somebody who is no master.
pub fn list_open_orders_of_caller(
    tx: &mut AnyConnection,
    person: &User,
    page: i64,
) -> Result<(Vec<Order>, i64)> {
    let master = db::masters::find_master_of_user(tx, person.telegram_id)?.ok_or(Refusal::NoRight)?;
    let query = OrderFilter { status: None, open_only: true, master: Some(master.id) };
    Ok(db::orders::list_orders(tx, query, page * PAGE, PAGE)?)
}

/// How many orders stand where, for staff.
///
/// # Errors
/// [`Refusal::NoRight`] for anybody else.
pub fn count_orders_by_status(tx: &mut AnyConnection, person: &User) -> Result<Vec<(OrderStatus, i64)>> {
    require_staff(person)?;
    Ok(db::orders::count_orders_by_status(tx)?)
}

/// The orders that a master has in hand, newest first, for staff.
///
/// # Errors
/// [`Refusal::NoRight`] for anybody else.
pub fn list_open_orders_of_master(
    tx: &mut AnyConnection,
    person: &User,
    master: MasterId,
) -> Result<Vec<Order>> {
    require_staff(person)?;
    let query = OrderFilter { status: None, open_only: true, master: Some(master) };
    Ok(db::orders::list_orders(tx, query, 0, i64::MAX)?.0)
}

/// How an order stands and who has it, so that what is on the screens can be brought up to date. No right is
/// checked here: whoever asks decides chat by chat what may be shown.
///
/// Both stay so until the transaction ends, or a card could be shown to somebody whom another transaction takes the
/// order away from at the same moment, and which that one has not seen and nobody would retire.
///
/// # Errors
/// When the database fails.
pub fn find_order_for_share(tx: &mut AnyConnection, id: OrderId) -> Result<Option<(Order, Option<Master>)>> {
    let Some(order) = db::orders::find_order_for_update(tx, id)? else { return Ok(None) };
    let master = match order.assigned_master {
        Some(master) => db::masters::find_master_for_share(tx, master)?,
        None => None,
    };
    Ok(Some((order, master)))
}

/// The cards of an order that may still be on somebody's screen, newest first.
///
/// # Errors
/// When the database fails.
pub fn list_order_cards(tx: &mut AnyConnection, id: OrderId) -> Result<Vec<OrderCard>> {
    Ok(order_messages::list_order_cards(tx, id)?)
}

/// The cards of a master's orders, closed ones too, in chats where the master does not work (any more), for staff.
///
/// # Errors
/// [`Refusal::NoRight`] for anybody else.
pub fn list_master_cards_elsewhere(
    tx: &mut AnyConnection,
    person: &User,
    master: &Master,
) -> Result<Vec<(OrderId, OrderCard)>> {
    require_staff(person)?;
    let places = [master.chat(), master.telegram_id.into()];
    Ok(order_messages::list_master_cards_outside(tx, master.id, places)?)
}

/// Notes that a message on somebody's screen is a card of the order, also when the old bot sent it.
///
/// # Errors
/// When the database fails.
pub fn claim_order_card(
    tx: &mut AnyConnection,
    id: OrderId,
    kind: OrderMessageKind,
    chat: ChatId,
    message: MessageId,
    now: DateTime<Utc>,
) -> Result<()> {
    order_messages::claim_order_card(tx, id, kind, chat, message, now)?;
    Ok(())
}

/// Only dispatchers and admins.
fn require_staff(person: &User) -> Result<()> {
    if person.roles.is_staff() { Ok(()) } else { Err(Refusal::NoRight) }
}

/// Where the step leads, if it is open to the person.
fn target_status(seen: &OrderView, action: OrderAction) -> Result<OrderStatus> {
    status::next_status(seen.order.status, action, seen.actor).map_err(|error| match error {
        TransitionError::NotAllowed { .. } => Refusal::NoRight,
        TransitionError::WrongStatus { present, action } => Refusal::WrongStatus { present, action },
    })
}

/// A step that was found to be open.
struct TransitionStep<'a> {
    action: OrderAction,
    to: OrderStatus,
    master: Option<Master>,
    note: Option<&'a str>,
}

fn apply_step(
    tx: &mut AnyConnection,
    person: &User,
    seen: OrderView,
    step: TransitionStep<'_>,
    now: DateTime<Utc>,
) -> Result<OrderTransition> {
    let master = step.master.as_ref().map(|master| master.id);
    db::orders::update_order_status(tx, &seen.order, step.to, master, now)?;
    record_transition(tx, person, seen, step, now)
}

/// History and audit of a change that was just made.
fn record_transition(
    tx: &mut AnyConnection,
    person: &User,
    seen: OrderView,
    step: TransitionStep<'_>,
    now: DateTime<Utc>,
) -> Result<OrderTransition> {
    let OrderView { order: before, master: former_master, .. } = seen;
    let change = history::StatusChange {
        order: before.id,
        from: Some(before.status),
        to: step.to,
        by: person.telegram_id,
        note: step.note,
    };
    history::insert_status_change(tx, change, now)?;
    let details = format!("order={} from={} to={}", before.id, before.status, step.to);
    audit::insert_user_action(
        tx,
        person.telegram_id,
        &format!("order.{}", step.action.name()),
        &details,
        now,
    )?;
    let after = db::orders::find_order(tx, before.id)?.ok_or(Refusal::NoSuchOrder)?;
    Ok(OrderTransition { action: step.action, before, after, former_master, master: step.master })
}
