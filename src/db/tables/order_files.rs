//! `order_files`: photos, videos and documents about an order, by the ids under which Telegram keeps them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::order_files;
use crate::db::time;
use crate::domain::ids::{OrderId, TelegramId};
use crate::domain::order::OrderFile;

/// A file with who sent it and when.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct StoredFile {
    pub(crate) file: OrderFile,
    pub(crate) added_by: Option<TelegramId>,
    pub(crate) at: DateTime<Utc>,
}

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

/// Returns the order to which a user added one of these files a moment ago: only the latest files are looked at.
pub(crate) fn find_order_of_files(
    conn: &mut AnyConnection,
    by: TelegramId,
    file_ids: &[&str],
) -> Result<Option<OrderId>> {
    const LATEST: i64 = 500;
    let rows: Vec<(i64, Option<i64>, String)> = on_each!(conn, |c| order_files::table
        .order(order_files::id.desc())
        .limit(LATEST)
        .select((order_files::order_id, order_files::added_by, order_files::file_id))
        .load(c))?;
    let found = rows
        .into_iter()
        .find(|(_, added_by, file_id)| *added_by == Some(by.0) && file_ids.contains(&file_id.as_str()));
    Ok(found.map(|(order, ..)| OrderId(order)))
}

/// Returns the files of an order, oldest first.
pub(crate) fn list_order_files(conn: &mut AnyConnection, order: OrderId) -> Result<Vec<StoredFile>> {
    type Row = (String, String, Option<i64>, chrono::NaiveDateTime);
    let rows: Vec<Row> = on_each!(conn, |c| order_files::table
        .filter(order_files::order_id.eq(order.0))
        .order(order_files::id)
        .select((order_files::kind, order_files::file_id, order_files::added_by, order_files::created_at))
        .load(c))?;
    let stored = |(kind, file_id, added_by, at): Row| StoredFile {
        file: OrderFile { kind, file_id },
        added_by: added_by.map(TelegramId),
        at: time::from_stored(at),
    };
    Ok(rows.into_iter().map(stored).collect())
}
