//! `order_comments`: what staff and masters wrote about an order. Their files are in `order_files`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::order_comments;
use crate::db::time;
use crate::domain::ids::{OrderId, TelegramId};

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct OrderComment {
    pub(crate) author: Option<TelegramId>,
    pub(crate) text: String,
    pub(crate) at: DateTime<Utc>,
}

pub(crate) fn insert_order_comment(
    conn: &mut AnyConnection,
    order: OrderId,
    author: TelegramId,
    text: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    on_each!(conn, |c| diesel::insert_into(order_comments::table)
        .values((
            order_comments::order_id.eq(order.0),
            order_comments::author.eq(author.0),
            order_comments::text.eq(text),
            order_comments::created_at.eq(time::to_stored(now)),
        ))
        .execute(c))?;
    Ok(())
}

/// Returns the comments on an order, oldest first.
pub(crate) fn list_order_comments(conn: &mut AnyConnection, order: OrderId) -> Result<Vec<OrderComment>> {
    type Row = (Option<i64>, String, chrono::NaiveDateTime);
    let rows: Vec<Row> = on_each!(conn, |c| order_comments::table
        .filter(order_comments::order_id.eq(order.0))
        .order(order_comments::id)
        .select((order_comments::author, order_comments::text, order_comments::created_at))
        .load(c))?;
    let comment = |(author, text, at): Row| OrderComment {
        author: author.map(TelegramId),
        text,
        at: time::from_stored(at),
    };
    Ok(rows.into_iter().map(comment).collect())
}
