//! What is over and old, for housekeeping: handled updates, sent messages, expired dialogues.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::inbox as inbox_rows;
use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::{dialogues, inbox, outbox};
use crate::db::time;

/// Returns the ids of up to `limit` updates with the lowest ids, or the highest, that were handled before `before`. Ends at one
/// that was not: ids grow with time, except that Telegram may begin anew after a week without updates. The
/// highest id stays, see [`inbox_rows::find_last_id`].
pub(crate) fn list_old_updates(
    conn: &mut AnyConnection,
    before: DateTime<Utc>,
    lowest_first: bool,
    limit: i64,
) -> Result<Vec<i64>> {
    type Row = (i64, NaiveDateTime, Option<NaiveDateTime>);
    let last = inbox_rows::find_last_id(conn)?;
    let rows: Vec<Row> = on_each!(conn, |c| {
        let rows = inbox::table.select((inbox::update_id, inbox::received_at, inbox::done_at)).into_boxed();
        let rows =
            if lowest_first { rows.order(inbox::update_id) } else { rows.order(inbox::update_id.desc()) };
        rows.limit(limit).load(c)
    })?;
    let before = time::to_stored(before);
    let old = rows.into_iter().take_while(|(_, received_at, _)| *received_at < before);
    let is_done = |done_at: Option<NaiveDateTime>| done_at.is_some_and(|at| at < before);
    let ids = old.filter(|(id, _, done_at)| is_done(*done_at) && Some(*id) != last).map(|(id, ..)| id);
    Ok(ids.collect())
}

pub(crate) fn delete_updates(conn: &mut AnyConnection, ids: &[i64]) -> Result<()> {
    on_each!(conn, |c| diesel::delete(inbox::table.filter(inbox::update_id.eq_any(ids))).execute(c))?;
    Ok(())
}

/// Returns the ids of up to `limit` messages above `after` that were sent or skipped before `before`, and the last id that was
/// looked at: `None` after the oldest message that was created since. Dead letters are kept for the operator.
pub(crate) fn list_old_messages(
    conn: &mut AnyConnection,
    before: DateTime<Utc>,
    after: i64,
    limit: i64,
) -> Result<(Vec<i64>, Option<i64>)> {
    type Row = (i64, String, NaiveDateTime, Option<NaiveDateTime>);
    let rows: Vec<Row> = on_each!(conn, |c| outbox::table
        .filter(outbox::id.gt(after))
        .order(outbox::id)
        .limit(limit)
        .select((outbox::id, outbox::state, outbox::created_at, outbox::finished_at))
        .load(c))?;
    let before = time::to_stored(before);
    let old: Vec<Row> = rows.iter().take_while(|(_, _, created, _)| *created < before).cloned().collect();
    let has_more = !old.is_empty() && old.len() == rows.len();
    let last = old.last().map(|(id, ..)| *id).filter(|_| has_more);
    let is_finished = |state: &str, at: Option<NaiveDateTime>| {
        ["sent", "skipped"].contains(&state) && at.is_some_and(|at| at < before)
    };
    let ids = old.into_iter().filter(|(_, state, _, at)| is_finished(state, *at)).map(|(id, ..)| id);
    Ok((ids.collect(), last))
}

pub(crate) fn delete_messages(conn: &mut AnyConnection, ids: &[i64]) -> Result<()> {
    on_each!(conn, |c| diesel::delete(outbox::table.filter(outbox::id.eq_any(ids))).execute(c))?;
    Ok(())
}

/// Deletes up to `limit` dialogues that expired before `before`; returns their number.
pub(crate) fn delete_expired_dialogues(
    conn: &mut AnyConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<usize> {
    let expired: Vec<(i64, i64, i64)> = on_each!(conn, |c| dialogues::table
        .filter(dialogues::expires_at.lt(time::to_stored(before)))
        .order(dialogues::expires_at)
        .limit(limit)
        .select((dialogues::chat_id, dialogues::thread_id, dialogues::user_id))
        .load(c))?;
    for key in &expired {
        on_each!(conn, |c| diesel::delete(dialogues::table.find(*key)).execute(c))?;
    }
    Ok(expired.len())
}

/// Lets PostgreSQL count the rows of the tables that change with every update.
pub(crate) fn update_statistics(conn: &mut AnyConnection) -> Result<()> {
    match conn {
        AnyConnection::Sqlite(_) => {}
        AnyConnection::Pg(c) => c.batch_execute("ANALYZE inbox, outbox, dialogues")?,
    }
    Ok(())
}
