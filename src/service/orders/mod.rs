//! Orders: creating one, and who may see and change it.
//!
//! [`progress`]: every transition until an order is closed; [`visits`]: when the master is expected; [`lists`]: several orders
//! at once; [`cards`]: the messages that show one; [`clients`]: whose orders they are.

mod cards;
mod clients;
mod lists;
mod progress;
mod visits;

use chrono::{DateTime, Utc};

pub(crate) use self::cards::*;
pub(crate) use self::clients::*;
pub(crate) use self::lists::*;
pub(crate) use self::progress::*;
pub(crate) use self::visits::*;
use super::{Refusal, Result, require_staff};
use crate::db::{self, AnyConnection, audit, history, order_comments, order_edits, order_files};
use crate::domain::ids::{MasterId, OrderId};
use crate::domain::master::Master;
use crate::domain::order::{NewOrder, Order, OrderFile};
use crate::domain::status::{self, OrderAction, OrderActor, OrderStatus, TransitionError};
use crate::domain::user::User;

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
        for_master: None,
        note: None,
    };
    history::insert_status_change(tx, made, now)?;
    audit::insert_user_action(tx, user.telegram_id, "order.create", &format!("order={id}"), now)?;
    db::orders::find_order(tx, id)?.ok_or(Refusal::NoSuchOrder)
}

/// Returns the numbers of an order's files and of its comments without files, for its cards. Checks no right.
pub(crate) fn count_additions(tx: &mut AnyConnection, id: OrderId) -> Result<(usize, usize)> {
    let files = order_files::list_order_files(tx, id)?;
    let mut comments = order_comments::list_order_comments(tx, id)?;
    // The caption of a file counts with it.
    comments
        .retain(|comment| !files.iter().any(|file| file.at == comment.at && file.added_by == comment.author));
    Ok((files.len(), comments.len()))
}

/// Returns why a master declined a new order or gave it back, for its cards. Checks no right.
pub(crate) fn find_last_reason(tx: &mut AnyConnection, order: &Order) -> Result<Option<String>> {
    if order.status != OrderStatus::New {
        return Ok(None);
    }
    let last = history::list_status_changes(tx, order.id)?.pop();
    // A new order has none, and a reopened one a note of the bot.
    let is_reason = |step: &history::StoredStatusChange| {
        step.from.is_some() && step.from.as_deref() != Some(OrderStatus::Refused.as_str())
    };
    Ok(last.filter(is_reason).and_then(|step| step.note))
}

/// Returns the order whose repeat visit this is, unless that was deleted; for its cards. Checks no right.
pub(crate) fn find_repeated(tx: &mut AnyConnection, order: &Order) -> Result<Option<OrderId>> {
    let Some(repeated) = order.repeat_of else { return Ok(None) };
    Ok(db::orders::find_order(tx, repeated)?.map(|repeated| repeated.id))
}

/// Returns the repeat visits of an order, for its cards. Checks no right.
pub(crate) fn list_repeats(tx: &mut AnyConnection, id: OrderId) -> Result<Vec<OrderId>> {
    Ok(order_edits::list_repeat_orders(tx, id)?)
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

/// Whether the user has ever had the order or done something with it.
pub(crate) fn has_had_order(tx: &mut AnyConnection, user: &User, id: OrderId) -> Result<bool> {
    let master = db::masters::find_master_of_user(tx, user.telegram_id)?;
    let assigned = master.map(|master| assignment_note(master.id));
    Ok(history::has_taken_part(tx, id, user.telegram_id, assigned.as_deref())?)
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

/// Returns the status that the action leads to, if the user may take it.
fn target_status(seen: &OrderView, action: OrderAction) -> Result<OrderStatus> {
    status::next_status(seen.order.status, action, seen.actor).map_err(|error| match error {
        TransitionError::NotAllowed { .. } => Refusal::NoRight,
        TransitionError::WrongStatus { present, action } => Refusal::WrongStatus { present, action },
    })
}

/// Returns what the history says of an assignment.
fn assignment_note(master: MasterId) -> String {
    format!("master={master}")
}
