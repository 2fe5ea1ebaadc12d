//! What a clock that was ahead has left in the database: times in the future, for which the bot would wait.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use diesel::prelude::*;
use serde::Serialize;

use super::connection::{AnyConnection, on_each};
use super::error::Result;
use super::schema::{dialogues, inbox, job_runs, outbox};
use super::sql::PendingState;
use super::{outbox as messages, time};

/// How many rows have a time that no right clock can have written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub(crate) struct FutureTimes {
    /// Pending messages.
    pub messages: i64,
    /// Leases of pending messages.
    pub leases: i64,
    /// Unhandled updates.
    pub updates: i64,
    pub dialogues: i64,
    pub jobs: i64,
}

impl FutureTimes {
    pub(crate) fn total(&self) -> i64 {
        self.messages + self.leases + self.updates + self.dialogues + self.jobs
    }
}

/// The rows whose times lie in the future of `$now`, by table.
macro_rules! in_future {
    (messages, $now:expr) => {
        outbox::table.filter(outbox::state.eq(PendingState)).filter(
            outbox::created_at.gt(limit($now)).or(outbox::due_at.gt(limit($now + messages::MAX_DELAY))),
        )
    };
    (leases, $now:expr) => {
        outbox::table
            .filter(outbox::state.eq(PendingState))
            .filter(outbox::leased_until.gt(limit($now + messages::LEASE_TIME)))
    };
    (updates, $now:expr) => {
        inbox::table.filter(inbox::done_at.is_null()).filter(inbox::received_at.gt(limit($now)))
    };
    (dialogues, $now:expr) => {
        dialogues::table
            // For the index.
            .filter(dialogues::expires_at.gt(limit($now)))
            .filter(dialogues::updated_at.gt(limit($now)))
    };
    (jobs, $now:expr) => {
        job_runs::table.filter(job_runs::started_at.gt(limit($now)))
    };
}

/// The latest time that a clock slightly ahead of this one may have written.
fn limit(now: DateTime<Utc>) -> NaiveDateTime {
    time::to_stored(now + time::CLOCK_SKEW)
}

pub(crate) fn count_future_times(conn: &mut AnyConnection, now: DateTime<Utc>) -> Result<FutureTimes> {
    Ok(on_each!(conn, |c| FutureTimes {
        messages: in_future!(messages, now).count().get_result(c)?,
        leases: in_future!(leases, now).count().get_result(c)?,
        updates: in_future!(updates, now).count().get_result(c)?,
        dialogues: in_future!(dialogues, now).count().get_result(c)?,
        jobs: in_future!(jobs, now).count().get_result(c)?,
    }))
}

/// Sets times in the future to now: messages become due, dialogues expire as long from now as they were meant to. Leases
/// stay, see [`end_future_leases`].
pub(crate) fn redate_future_times(conn: &mut AnyConnection, now: DateTime<Utc>) -> Result<()> {
    let stored = time::to_stored(now);
    on_each!(conn, |c| {
        diesel::update(in_future!(messages, now)).set(outbox::due_at.eq(stored)).execute(c)?;
        // How long it was to be sent is not known, and a notice of that time is no longer true.
        diesel::update(outbox::table.filter(outbox::state.eq(PendingState)))
            .filter(outbox::created_at.gt(limit(now)).and(outbox::expires_at.gt(stored)))
            .set(outbox::expires_at.eq(stored))
            .execute(c)?;
        diesel::update(outbox::table.filter(outbox::state.eq(PendingState)))
            .filter(outbox::created_at.gt(limit(now)))
            .set(outbox::created_at.eq(stored))
            .execute(c)?;
        diesel::update(in_future!(updates, now)).set(inbox::received_at.eq(stored)).execute(c)?;
        // A day ago, so that the run that is due now is not taken for made.
        let a_day_ago = time::to_stored(now - TimeDelta::days(1));
        diesel::update(in_future!(jobs, now)).set(job_runs::started_at.eq(a_day_ago)).execute(c)?;
        diesel::update(job_runs::table.filter(job_runs::finished_at.gt(limit(now))))
            .set(job_runs::finished_at.eq(stored))
            .execute(c)?;
    });
    redate_dialogues(conn, now)
}

/// Ends leases that lie in the future. A running process renews its own with the right time as soon as its clock is right,
/// so they may only end when that has had time.
pub(crate) fn end_future_leases(conn: &mut AnyConnection, now: DateTime<Utc>) -> Result<()> {
    on_each!(conn, |c| diesel::update(in_future!(leases, now))
        .set((outbox::lease_owner.eq(None::<i64>), outbox::leased_until.eq(None::<NaiveDateTime>)))
        .execute(c))?;
    Ok(())
}

fn redate_dialogues(conn: &mut AnyConnection, now: DateTime<Utc>) -> Result<()> {
    type Row = ((i64, i64, i64), NaiveDateTime, NaiveDateTime);
    let stored = time::to_stored(now);
    let key = (dialogues::chat_id, dialogues::thread_id, dialogues::user_id);
    let columns = (key, dialogues::updated_at, dialogues::expires_at);
    let rows: Vec<Row> = on_each!(conn, |c| in_future!(dialogues, now).select(columns).load(c))?;
    for (key, updated_at, expires_at) in rows {
        let expires_at = stored + (expires_at - updated_at);
        on_each!(conn, |c| diesel::update(dialogues::table.find(key))
            .set((dialogues::updated_at.eq(stored), dialogues::expires_at.eq(expires_at)))
            .execute(c))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::config::database::DatabaseUrl;
    use crate::db::connection;
    use crate::domain::ids::ChatId;
    use crate::migrate;

    #[test]
    fn only_messages_from_the_future_expire() {
        let mut conn = connection::open_connection(&DatabaseUrl::Sqlite(":memory:".into())).unwrap();
        migrate::apply_pending(&mut conn).unwrap();
        let now: DateTime<Utc> = "2026-11-22T10:00:00Z".parse().unwrap();
        let ahead = now + TimeDelta::days(3_650);
        let mut insert = |created: DateTime<Utc>, expires_at| {
            let message = messages::NewMessage {
                chat: ChatId(7),
                method: "sendMessage",
                payload: "{}".to_owned(),
                order_message: None,
                update_id: None,
                expires_at,
            };
            messages::insert_message(&mut conn, &message, created).unwrap();
        };
        let soon = now + TimeDelta::minutes(5);
        insert(now, Some(soon));
        insert(ahead, Some(ahead + TimeDelta::minutes(5)));
        insert(ahead, None);
        redate_future_times(&mut conn, now).unwrap();
        let expiries: Vec<Option<NaiveDateTime>> =
            on_each!(&mut conn, |c| outbox::table.order(outbox::id).select(outbox::expires_at).load(c))
                .unwrap();
        assert_eq!(expiries, [Some(time::to_stored(soon)), Some(time::to_stored(now)), None]);
    }
}
