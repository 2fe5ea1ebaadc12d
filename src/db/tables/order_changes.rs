//! `order_changes`: every change of an order that is no change of its status, with the old and the new value.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::order_changes;
use crate::db::time;
use crate::domain::ids::{OrderId, TelegramId};

/// A change to be stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewOrderChange<'a> {
    pub(crate) order: OrderId,
    pub(crate) by: TelegramId,
    pub(crate) field: &'a str,
    pub(crate) old: Option<&'a str>,
    pub(crate) new: Option<&'a str>,
}

/// A stored change.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct OrderChange {
    pub(crate) by: Option<TelegramId>,
    pub(crate) at: DateTime<Utc>,
    pub(crate) field: String,
    pub(crate) old: Option<String>,
    pub(crate) new: Option<String>,
}

pub(crate) fn insert_order_change(
    conn: &mut AnyConnection,
    change: NewOrderChange<'_>,
    now: DateTime<Utc>,
) -> Result<()> {
    on_each!(conn, |c| diesel::insert_into(order_changes::table)
        .values((
            order_changes::order_id.eq(change.order.0),
            order_changes::changed_by.eq(change.by.0),
            order_changes::changed_at.eq(time::to_stored(now)),
            order_changes::field.eq(change.field),
            order_changes::old_value.eq(change.old),
            order_changes::new_value.eq(change.new),
        ))
        .execute(c))?;
    Ok(())
}

/// Returns the changes of an order, oldest first.
pub(crate) fn list_order_changes(conn: &mut AnyConnection, order: OrderId) -> Result<Vec<OrderChange>> {
    type Row = (Option<i64>, chrono::NaiveDateTime, String, Option<String>, Option<String>);
    let rows: Vec<Row> = on_each!(conn, |c| order_changes::table
        .filter(order_changes::order_id.eq(order.0))
        .order(order_changes::id)
        .select((
            order_changes::changed_by,
            order_changes::changed_at,
            order_changes::field,
            order_changes::old_value,
            order_changes::new_value,
        ))
        .load(c))?;
    let change = |(by, at, field, old, new): Row| OrderChange {
        by: by.map(TelegramId),
        at: time::from_stored(at),
        field,
        old,
        new,
    };
    Ok(rows.into_iter().map(change).collect())
}

/// Returns when a field of an order was last changed.
pub(crate) fn find_last_change(
    conn: &mut AnyConnection,
    order: OrderId,
    field: &str,
) -> Result<Option<DateTime<Utc>>> {
    let last: Option<chrono::NaiveDateTime> = on_each!(conn, |c| order_changes::table
        .filter(order_changes::order_id.eq(order.0))
        .filter(order_changes::field.eq(field))
        .select(diesel::dsl::max(order_changes::changed_at))
        .get_result(c))?;
    Ok(last.map(time::from_stored))
}
