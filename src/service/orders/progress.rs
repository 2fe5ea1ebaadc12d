//! The transitions of an order: each is one conditional update with its history and audit.

use chrono::{DateTime, Utc};

use super::super::{Refusal, Result, ledger};
use super::{OrderView, assignment_note, target_status, view_order};
use crate::db::{self, AnyConnection, audit, history};
use crate::domain::cleared_values::ClearedValues;
use crate::domain::ids::{MasterId, OrderId};
use crate::domain::long_repair::LongRepair;
use crate::domain::master::Master;
use crate::domain::order::{Order, OrderClosing};
use crate::domain::status::{OrderAction, OrderStatus};
use crate::domain::user::User;

/// A completed transition.
#[derive(Clone, Debug)]
pub(crate) struct OrderTransition {
    pub action: OrderAction,
    /// Whether staff acted in the master's place.
    pub for_master: bool,
    pub before: Order,
    pub after: Order,
    pub former_master: Option<Master>,
    pub master: Option<Master>,
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
    if !master.takes_orders(now) {
        let has_day_off = master.is_active && master.sees_orders();
        return Err(if has_day_off { Refusal::MasterHasDayOff } else { Refusal::MasterTakesNoOrders });
    }
    let note = assignment_note(master.id);
    let step = TransitionStep { action, to, master: Some(master), note: Some(&note) };
    apply_step(tx, user, seen, step, now)
}

/// Takes any action that needs no more than a reason (a long repair needs a date), which `note` is in the user's words.
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
    if action.needs_reason() && note.is_none() {
        return Err(Refusal::ReasonMissing { action });
    }
    let keeps_master = to.has_master() || to == OrderStatus::Refused;
    let master = if keeps_master { seen.master.clone() } else { None };
    let is_reopened = action == OrderAction::Reopen;
    let cleared = if is_reopened { ClearedValues::of_order(&seen.order, now) } else { None };
    let cleared = cleared.map(|cleared| cleared.to_note());
    let note = cleared.as_deref().or(note);
    apply_step(tx, user, seen, TransitionStep { action, to, master, note }, now)
}

/// Begins a long repair with what the client was promised.
pub(crate) fn start_long_repair(
    tx: &mut AnyConnection,
    user: &User,
    id: OrderId,
    repair: &LongRepair,
    now: DateTime<Utc>,
) -> Result<OrderTransition> {
    let seen = view_order(tx, user, id)?;
    let action = OrderAction::StartLongRepair;
    let to = target_status(&seen, action)?;
    db::orders::start_long_repair(tx, &seen.order, repair, now)?;
    let note = repair.to_note();
    let master = seen.master.clone();
    record_transition(tx, user, seen, TransitionStep { action, to, master, note: Some(&note) }, now)
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
    if matches!(closing, OrderClosing::WithoutAmounts(_)) && !seen.actor.roles.is_staff() {
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
        OrderAction::Refuse | OrderAction::ClientDecline => {
            db::orders::refuse_order(tx, &seen.order, step.note, now)?;
        }
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
    let OrderView { order: before, master: former_master, actor } = seen;
    let for_master = before.assigned_master.filter(|_| actor.acts_for_master(step.action));
    let change = history::StatusChange {
        order: before.id,
        from: Some(before.status),
        to: step.to,
        by: user.telegram_id,
        for_master,
        note: step.note,
    };
    history::insert_status_change(tx, change, now)?;
    let details = format!("order={} from={} to={}", before.id, before.status, step.to);
    audit::insert_user_action(tx, user.telegram_id, &format!("order.{}", step.action.name()), &details, now)?;
    let after = db::orders::find_order(tx, before.id)?.ok_or(Refusal::NoSuchOrder)?;
    ledger::book_transition(tx, user, &before, &after, now)?;
    let (action, for_master) = (step.action, for_master.is_some());
    Ok(OrderTransition { action, for_master, before, after, former_master, master: step.master })
}
