//! `inbox`: every update from Telegram, stored before it is confirmed and handled exactly once.

use std::ops::Range;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::inbox;
use crate::db::time;

/// The outcome of an update that does not say what the bot must know.
pub(crate) const UNREADABLE: &str = "unreadable";

/// The outcome of an update that was dropped because its user sent too many.
pub(crate) const FLOOD: &str = "flood";

/// How far back an earlier photo of an album is looked for. An album comes within seconds.
const RECENT_UPDATES: i64 = 200;

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredUpdate {
    /// Identifies the update: a second one with the same id is a repeat.
    pub update_id: i64,
    /// The update's JSON as received.
    pub payload: String,
}

/// Inserts updates and returns the ids of those that are not done: all but repeats of handled ones.
pub fn insert_updates<'u>(
    conn: &mut AnyConnection,
    updates: &'u [StoredUpdate],
    now: DateTime<Utc>,
) -> Result<Vec<i64>> {
    let received_at = inbox::received_at.eq(time::to_stored(now));
    let new_row = |update: &'u StoredUpdate| {
        (inbox::update_id.eq(update.update_id), inbox::payload.eq(&update.payload), received_at)
    };
    let inserted = match conn {
        // A statement costs no round trip, and diesel prepares it once only if it has always one row.
        AnyConnection::Sqlite(c) => {
            let mut inserted = 0;
            for update in updates {
                let insert = diesel::insert_into(inbox::table).values(new_row(update));
                inserted += insert.on_conflict(inbox::update_id).do_nothing().execute(c)?;
            }
            inserted
        }
        AnyConnection::Pg(c) => diesel::insert_into(inbox::table)
            .values(updates.iter().map(new_row).collect::<Vec<_>>())
            .on_conflict(inbox::update_id)
            .do_nothing()
            .execute(c)?,
    };
    let all = updates.iter().map(|update| update.update_id);
    if inserted == updates.len() {
        return Ok(all.collect());
    }
    Ok(on_each!(conn, |c| inbox::table
        .filter(inbox::update_id.eq_any(all))
        .filter(inbox::done_at.is_null())
        .order(inbox::update_id)
        .select(inbox::update_id)
        .load(c))?)
}

/// Marks an update as done, in the transaction that handles it; `false` when it is done already. On PostgreSQL a second
/// process waits here until the first one's transaction ends.
pub(crate) fn mark_done(conn: &mut AnyConnection, update_id: i64, now: DateTime<Utc>) -> Result<bool> {
    let marked = on_each!(conn, |c| diesel::update(
        inbox::table.filter(inbox::update_id.eq(update_id)).filter(inbox::done_at.is_null())
    )
    .set(inbox::done_at.eq(time::to_stored(now)))
    .execute(c))?;
    Ok(marked == 1)
}

/// Records an exceptional outcome of an update.
pub(crate) fn update_outcome(conn: &mut AnyConnection, update_id: i64, outcome: &str) -> Result<()> {
    on_each!(conn, |c| diesel::update(inbox::table.find(update_id))
        .set(inbox::outcome.eq(outcome))
        .execute(c))?;
    Ok(())
}

/// Returns those of the updates that are not done, in their order.
pub(crate) fn list_open_updates(conn: &mut AnyConnection, ids: &[i64]) -> Result<Vec<StoredUpdate>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(i64, String)> = on_each!(conn, |c| inbox::table
        .filter(inbox::update_id.eq_any(ids))
        .filter(inbox::done_at.is_null())
        .order(inbox::update_id)
        .select((inbox::update_id, inbox::payload))
        .load(c))?;
    Ok(to_stored_updates(rows))
}

/// Returns the updates shortly before this one that are done and whose text has this in it.
pub(crate) fn list_done_before(
    conn: &mut AnyConnection,
    update_id: i64,
    part: &str,
) -> Result<Vec<StoredUpdate>> {
    list_done_in(conn, update_id.saturating_sub(RECENT_UPDATES)..update_id, part)
}

/// Returns the updates after one that are done and contain a part of its album.
pub(crate) fn list_done_after(
    conn: &mut AnyConnection,
    update_id: i64,
    part: &str,
) -> Result<Vec<StoredUpdate>> {
    list_done_in(conn, update_id + 1..update_id.saturating_add(RECENT_UPDATES), part)
}

fn list_done_in(conn: &mut AnyConnection, ids: Range<i64>, part: &str) -> Result<Vec<StoredUpdate>> {
    let rows: Vec<(i64, String)> = on_each!(conn, |c| inbox::table
        .filter(inbox::update_id.ge(ids.start))
        .filter(inbox::update_id.lt(ids.end))
        .filter(inbox::done_at.is_not_null())
        .order(inbox::update_id)
        .select((inbox::update_id, inbox::payload))
        .load(c))?;
    let rows = rows.into_iter().filter(|(_, payload)| payload.contains(part)).collect();
    Ok(to_stored_updates(rows))
}

/// Returns an update, done or not.
pub(crate) fn find_update(conn: &mut AnyConnection, update_id: i64) -> Result<Option<StoredUpdate>> {
    let payload: Option<String> =
        on_each!(conn, |c| inbox::table.find(update_id).select(inbox::payload).get_result(c).optional())?;
    Ok(payload.map(|payload| StoredUpdate { update_id, payload }))
}

/// Returns the highest id of all updates that were ever stored.
pub(crate) fn find_last_id(conn: &mut AnyConnection) -> Result<Option<i64>> {
    Ok(on_each!(conn, |c| inbox::table.select(diesel::dsl::max(inbox::update_id)).get_result(c))?)
}

/// Returns the oldest unfinished updates with an id above `after`, in order.
pub(crate) fn list_unfinished_updates(
    conn: &mut AnyConnection,
    after: i64,
    limit: i64,
) -> Result<Vec<StoredUpdate>> {
    let rows: Vec<(i64, String)> = on_each!(conn, |c| inbox::table
        .filter(inbox::done_at.is_null())
        .filter(inbox::update_id.gt(after))
        .order(inbox::update_id)
        .limit(limit)
        .select((inbox::update_id, inbox::payload))
        .load(c))?;
    Ok(to_stored_updates(rows))
}

fn to_stored_updates(rows: Vec<(i64, String)>) -> Vec<StoredUpdate> {
    rows.into_iter().map(|(update_id, payload)| StoredUpdate { update_id, payload }).collect()
}
