//! `order_status_history`: every change of an order's status, with its author and reason.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::order_status_history as history;
use crate::db::time;
use crate::domain::ids::{MasterId, OrderId, TelegramId};
use crate::domain::status::OrderStatus;

#[derive(Clone, Copy, Debug)]
pub struct StatusChange<'a> {
    pub order: OrderId,
    /// `None` for a new order.
    pub from: Option<OrderStatus>,
    pub to: OrderStatus,
    pub by: TelegramId,
    /// The master in whose place staff acted.
    pub for_master: Option<MasterId>,
    /// A reason in the user's words, or details for the log.
    pub note: Option<&'a str>,
}

pub fn insert_status_change(
    conn: &mut AnyConnection,
    change: StatusChange<'_>,
    now: DateTime<Utc>,
) -> Result<()> {
    on_each!(conn, |c| diesel::insert_into(history::table)
        .values((
            history::order_id.eq(change.order.0),
            history::old_status.eq(change.from.map(OrderStatus::as_str)),
            history::new_status.eq(change.to.as_str()),
            history::changed_by.eq(change.by.0),
            history::changed_at.eq(time::to_stored(now)),
            history::notes.eq(change.note),
            history::for_master_id.eq(change.for_master.map(|master| master.0)),
        ))
        .execute(c))?;
    Ok(())
}

/// Whether a user changed the order, or one of its changes has this note.
pub(crate) fn has_taken_part(
    conn: &mut AnyConnection,
    order: OrderId,
    user: TelegramId,
    note: Option<&str>,
) -> Result<bool> {
    let is_theirs = history::changed_by.eq(user.0).or(history::notes.eq(note));
    Ok(on_each!(conn, |c| diesel::select(diesel::dsl::exists(
        history::table.filter(history::order_id.eq(order.0)).filter(is_theirs)
    ))
    .get_result(c))?)
}
