//! `order_files`: photos, videos and documents about an order, by the ids under which Telegram keeps them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::order_files;
use crate::db::time;
use crate::domain::ids::{OrderId, TelegramId};
use crate::domain::order::OrderFile;

pub(crate) fn insert_order_file(
    conn: &mut AnyConnection,
    order: OrderId,
    file: &OrderFile,
    by: TelegramId,
    now: DateTime<Utc>,
) -> Result<()> {
    on_each!(conn, |c| diesel::insert_into(order_files::table)
        .values((
            order_files::order_id.eq(order.0),
            order_files::kind.eq(&file.kind),
            order_files::file_id.eq(&file.file_id),
            order_files::added_by.eq(by.0),
            order_files::created_at.eq(time::to_stored(now)),
        ))
        .execute(c))?;
    Ok(())
}

pub(crate) fn count_order_files(conn: &mut AnyConnection, order: OrderId) -> Result<i64> {
    Ok(on_each!(conn, |c| order_files::table
        .filter(order_files::order_id.eq(order.0))
        .count()
        .get_result(c))?)
}
