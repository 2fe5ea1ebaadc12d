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

/// A stored change of status. The statuses are as stored: the old bot had some that are unknown here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct StoredStatusChange {
    pub(crate) from: Option<String>,
    pub(crate) to: String,
    pub(crate) by: Option<TelegramId>,
    pub(crate) for_master: Option<MasterId>,
    pub(crate) at: DateTime<Utc>,
    pub(crate) note: Option<String>,
}

/// Returns the changes of an order's status, oldest first.
pub(crate) fn list_status_changes(
    conn: &mut AnyConnection,
    order: OrderId,
) -> Result<Vec<StoredStatusChange>> {
    type Row = (Option<String>, String, Option<i64>, Option<i64>, chrono::NaiveDateTime, Option<String>);
    let rows: Vec<Row> = on_each!(conn, |c| history::table
        .filter(history::order_id.eq(order.0))
        .order(history::id)
        .select((
            history::old_status,
            history::new_status,
            history::changed_by,
            history::for_master_id,
            history::changed_at,
            history::notes,
        ))
        .load(c))?;
    let change = |(from, to, by, for_master, at, note): Row| StoredStatusChange {
        from,
        to,
        by: by.map(TelegramId),
        for_master: for_master.map(MasterId),
        at: time::from_stored(at),
        note,
    };
    Ok(rows.into_iter().map(change).collect())
}
