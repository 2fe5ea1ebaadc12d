//! Removes what is finished and old: the payloads of updates and messages hold the data of clients.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::db::{self, Database, announcements, old_rows};

/// How long handled updates and sent messages are kept.
const MAX_AGE: TimeDelta = TimeDelta::days(14);
/// How long an expired dialogue is kept, so that its user hears that it has expired.
const MAX_DIALOGUE_AGE: TimeDelta = TimeDelta::days(7);
/// How long it is known what was told of. An order that is open for longer may be told of anew.
const MAX_ANNOUNCEMENT_AGE: TimeDelta = TimeDelta::days(90);
/// Rows looked at in one query, by a reader.
const PAGE: i64 = 1_000;
/// Rows deleted in one transaction, short enough to keep no user waiting.
const BATCH: usize = 100;
/// A pause between two transactions, for the updates that wait.
const PAUSE: Duration = Duration::from_millis(5);

/// Removes everything that is old at `now`. An interrupted run is continued by the next one.
pub(super) async fn remove_old_rows(db: &Database, now: DateTime<Utc>) -> db::Result<()> {
    let updates =
        remove_updates(db, now - MAX_AGE, true).await? + remove_updates(db, now - MAX_AGE, false).await?;
    let messages = remove_messages(db, now - MAX_AGE).await?;
    let dialogues = remove_dialogues(db, now - MAX_DIALOGUE_AGE).await?;
    db.write(move |tx| announcements::delete_old_announcements(tx, now - MAX_ANNOUNCEMENT_AGE)).await?;
    if updates + messages + dialogues > 0 {
        tracing::info!(updates, messages, dialogues, "old rows were removed");
    }
    update_statistics(db).await;
    Ok(())
}

/// Lets PostgreSQL count the tables that change all the time: with the counts of yesterday it would read all of a table that was
/// small then. Does nothing on SQLite, whose plans need no counts.
pub(super) async fn update_statistics(db: &Database) {
    let updated: db::Result<()> = db.read(old_rows::update_statistics).await;
    if let Err(error) = updated {
        tracing::debug!(%error, "statistics of the tables could not be updated");
    }
}

async fn remove_updates(db: &Database, before: DateTime<Utc>, lowest_first: bool) -> db::Result<usize> {
    let mut count = 0;
    loop {
        let ids = db.read(move |conn| old_rows::list_old_updates(conn, before, lowest_first, PAGE)).await?;
        if ids.is_empty() {
            return Ok(count);
        }
        count += ids.len();
        for batch in ids.chunks(BATCH) {
            let batch = batch.to_vec();
            db.write(move |tx| old_rows::delete_updates(tx, &batch)).await?;
            tokio::time::sleep(PAUSE).await;
        }
    }
}

async fn remove_messages(db: &Database, before: DateTime<Utc>) -> db::Result<usize> {
    let (mut count, mut next) = (0, Some(0));
    while let Some(after) = next {
        let (ids, last) = db.read(move |conn| old_rows::list_old_messages(conn, before, after, PAGE)).await?;
        next = last;
        count += ids.len();
        for batch in ids.chunks(BATCH) {
            let batch = batch.to_vec();
            db.write(move |tx| old_rows::delete_messages(tx, &batch)).await?;
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(count)
}

async fn remove_dialogues(db: &Database, before: DateTime<Utc>) -> db::Result<usize> {
    let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
    let mut count = 0;
    loop {
        let removed = db.write(move |tx| old_rows::delete_expired_dialogues(tx, before, limit)).await?;
        count += removed;
        if removed < BATCH {
            return Ok(count);
        }
    }
}
