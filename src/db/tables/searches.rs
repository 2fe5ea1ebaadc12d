//! `searches`: what users searched for, kept as long as the buttons of its pages are likely to be pressed.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::searches;
use crate::db::time;
use crate::domain::ids::{SearchId, TelegramId};

/// Queries contain names and phones of clients.
const KEPT: TimeDelta = TimeDelta::days(14);

/// Inserts a search and deletes those that are too old.
pub(crate) fn insert_search(
    conn: &mut AnyConnection,
    user: TelegramId,
    query: &str,
    now: DateTime<Utc>,
) -> Result<SearchId> {
    let id: i64 = on_each!(conn, |c| {
        diesel::delete(searches::table.filter(searches::created_at.lt(time::to_stored(now - KEPT))))
            .execute(c)?;
        diesel::insert_into(searches::table)
            .values((
                searches::user_id.eq(user.0),
                searches::query.eq(query),
                searches::created_at.eq(time::to_stored(now)),
            ))
            .returning(searches::id)
            .get_result(c)
    })?;
    Ok(SearchId(id))
}

/// Returns what this user searched for; `None` when it is no longer kept.
pub(crate) fn find_search(
    conn: &mut AnyConnection,
    id: SearchId,
    user: TelegramId,
) -> Result<Option<String>> {
    Ok(on_each!(conn, |c| searches::table
        .find(id.0)
        .filter(searches::user_id.eq(user.0))
        .select(searches::query)
        .get_result(c)
        .optional())?)
}
