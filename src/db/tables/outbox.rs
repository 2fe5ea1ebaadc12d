//! `outbox`: messages to be sent, written in the transaction that decided on them.
//!
//! A row is *pending* until the courier has delivered it (*sent*), found that it need not be delivered any more (*skipped*,
//! with the reason) or failed for good (*dead*, a dead letter with its reason). The courier leases rows, so that two
//! processes on one PostgreSQL database do not send the same one; a lease that is not renewed expires.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::{dashboards, dialogue_questions, order_messages};
use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::outbox;
use crate::db::sql::PendingState;
use crate::db::time;
use crate::domain::ids::{ChatId, MessageId};

/// The longest time for which a message is put off.
pub(crate) const MAX_DELAY: TimeDelta = TimeDelta::hours(24);
/// How long an unrenewed lease lasts; after a crash on PostgreSQL messages wait this long at most.
pub(crate) const LEASE_TIME: TimeDelta = TimeDelta::seconds(30);

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct NewMessage {
    pub chat: ChatId,
    /// A Bot API method.
    pub method: &'static str,
    /// The method's parameters as JSON.
    pub payload: String,
    /// The row of `order_messages` that it creates or edits.
    pub order_message: Option<i64>,
    pub update_id: Option<i64>,
    /// When it is skipped instead of sent; `None` for never.
    pub expires_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct LeasedMessage {
    /// Also defines the order within the chat.
    pub id: i64,
    pub chat: ChatId,
    /// A Bot API method.
    pub method: String,
    /// The method's parameters as JSON.
    pub payload: String,
    /// The row of `order_messages` that it creates or edits.
    pub order_message: Option<i64>,
    pub attempts: i32,
    pub due_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
}

/// Inserts a message, unless its chat is a placeholder to which nothing can be sent.
pub(crate) fn insert_message(
    conn: &mut AnyConnection,
    message: &NewMessage,
    now: DateTime<Utc>,
) -> Result<()> {
    if message.chat.is_placeholder() {
        return Ok(());
    }
    let now = time::to_stored(now);
    on_each!(conn, |c| diesel::insert_into(outbox::table)
        .values((
            outbox::chat_id.eq(message.chat.0),
            outbox::method.eq(message.method),
            outbox::payload.eq(&message.payload),
            outbox::order_message_id.eq(message.order_message),
            outbox::update_id.eq(message.update_id),
            outbox::due_at.eq(now),
            outbox::expires_at.eq(message.expires_at.map(time::to_stored)),
            outbox::created_at.eq(now),
        ))
        .execute(c))?;
    Ok(())
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct LeaseTerms {
    /// A random number of this process.
    pub owner: i64,
    /// When the lease expires unless it is renewed.
    pub until: DateTime<Utc>,
    /// The most rows of one chat, so that its backlog does not crowd out the others.
    pub per_chat: usize,
}

#[derive(Debug, Default)]
pub(crate) struct LeasedBatch {
    /// Oldest first.
    pub rows: Vec<LeasedMessage>,
    /// Whether there may be more to lease.
    pub more: bool,
}

/// A parameter of our own in the payload of an edit that withdraws a card: its text shows nothing of the order, so every
/// reader may get it. The courier removes it.
pub(crate) const FINAL_MARK: &str = "final";

/// A parameter of our own in the payload of a comment or a file: it may say anything about the client, so a master gets it
/// only while the order is theirs. The courier removes it.
pub(crate) const CONTENT_MARK: &str = "content";

/// A parameter of our own in the payload of the first message to a work group: the id of the user who linked it. The courier
/// removes it.
pub(crate) const LINK_MARK: &str = "linked_by";

/// A parameter of our own in the payload of a message whose content the courier makes, such as a report: what is to be in it.
/// The courier removes it.
pub(crate) const MADE_MARK: &str = "make";

/// The most ids in one statement: SQLite limits the number of parameters.
pub(super) const ID_CHUNK: usize = 500;

/// The pending rows that an owner has leased.
macro_rules! leased_by {
    ($owner:expr) => {
        outbox::table.filter(outbox::state.eq(PendingState)).filter(outbox::lease_owner.eq($owner))
    };
}

/// The values of a row without a lease.
macro_rules! no_lease {
    () => {
        (outbox::lease_owner.eq(None::<i64>), outbox::leased_until.eq(None::<chrono::NaiveDateTime>))
    };
}

use names::earlier;

mod names {
    use super::outbox;

    diesel::alias!(outbox as earlier: Earlier);
}

/// Leases the oldest pending rows that are due and free. Skips the chats in `full` and, to keep the order within a chat,
/// rows behind one that another process has leased or that is not due yet.
pub(crate) fn lease_messages(
    conn: &mut AnyConnection,
    lease: LeaseTerms,
    full: &[ChatId],
    limit: i64,
    now: DateTime<Utc>,
) -> Result<LeasedBatch> {
    type Row =
        (i64, i64, String, String, Option<i64>, i32, chrono::NaiveDateTime, Option<chrono::NaiveDateTime>);
    let now = time::to_stored(now);
    let full: Vec<i64> = full.iter().map(|chat| chat.0).collect();
    let (rows, more): (Vec<Row>, bool) = on_each!(conn, |c| {
        let taken = earlier.field(outbox::leased_until).ge(now);
        let elsewhere = taken.and(earlier.field(outbox::lease_owner).ne(lease.owner));
        // Rows behind one that waits in this process's own queue may be leased: they line up behind it.
        let free = earlier.field(outbox::leased_until).is_null();
        let free = free.or(earlier.field(outbox::leased_until).lt(now));
        let waiting = free.and(earlier.field(outbox::due_at).gt(now));
        let blocking = earlier
            .filter(earlier.field(outbox::chat_id).eq(outbox::chat_id))
            .filter(earlier.field(outbox::id).lt(outbox::id))
            .filter(earlier.field(outbox::state).eq(PendingState))
            .filter(elsewhere.or(waiting));
        let free = outbox::table
            .filter(outbox::state.eq(PendingState))
            .filter(outbox::leased_until.is_null().or(outbox::leased_until.lt(now)))
            .filter(outbox::due_at.le(now))
            .filter(not(exists(blocking)))
            .order(outbox::id)
            .limit(limit)
            .select((outbox::id, outbox::chat_id));
        // A statement with a list in it is not kept for the next time, so there is one without, which is the usual one.
        let free: Vec<(i64, i64)> = if full.is_empty() {
            free.load(c)?
        } else {
            free.filter(outbox::chat_id.ne_all(full)).load(c)?
        };
        if free.is_empty() {
            return Ok(LeasedBatch::default());
        }
        let ids = first_of_each_chat(&free, lease.per_chat);
        let more = ids.len() < free.len() || i64::try_from(free.len()) == Ok(limit);
        // The condition is repeated: on PostgreSQL another process may have leased them since.
        let free = outbox::leased_until.is_null().or(outbox::leased_until.lt(now));
        diesel::update(outbox::table.filter(outbox::id.eq_any(ids)).filter(free))
            .set((outbox::lease_owner.eq(lease.owner), outbox::leased_until.eq(time::to_stored(lease.until))))
            .returning((
                outbox::id,
                outbox::chat_id,
                outbox::method,
                outbox::payload,
                outbox::order_message_id,
                outbox::attempts,
                outbox::due_at,
                outbox::expires_at,
            ))
            .get_results(c)
            .map(|rows| (rows, more))
    })?;
    let mut leased: Vec<LeasedMessage> = rows
        .into_iter()
        .map(|(id, chat, method, payload, order_message, attempts, due_at, expires_at)| LeasedMessage {
            id,
            chat: ChatId(chat),
            method,
            payload,
            order_message,
            attempts,
            due_at: time::from_stored(due_at),
            expires_at: expires_at.map(time::from_stored),
        })
        .collect();
    leased.sort_unstable_by_key(|row| row.id);
    Ok(LeasedBatch { rows: leased, more })
}

/// Returns the ids that are among the first `per_chat` of their chat.
fn first_of_each_chat(rows: &[(i64, i64)], per_chat: usize) -> Vec<i64> {
    let mut seen: HashMap<i64, usize> = HashMap::new();
    rows.iter()
        .filter(|(_, chat)| {
            let count = seen.entry(*chat).or_default();
            *count += 1;
            *count <= per_chat
        })
        .map(|(id, _)| *id)
        .collect()
}

/// Extends an owner's leases of these rows only, so that rows which it leased without knowing (it did not see the commit
/// succeed) become free.
pub(crate) fn renew_leases(
    conn: &mut AnyConnection,
    owner: i64,
    ids: &[i64],
    until: DateTime<Utc>,
) -> Result<()> {
    for ids in ids.chunks(ID_CHUNK) {
        on_each!(conn, |c| diesel::update(leased_by!(owner).filter(outbox::id.eq_any(ids)))
            .set(outbox::leased_until.eq(time::to_stored(until)))
            .execute(c))?;
    }
    Ok(())
}

/// Ends an owner's leases of these rows.
pub(crate) fn release_messages(conn: &mut AnyConnection, owner: i64, ids: &[i64]) -> Result<()> {
    for ids in ids.chunks(ID_CHUNK) {
        on_each!(conn, |c| diesel::update(leased_by!(owner).filter(outbox::id.eq_any(ids)))
            .set(no_lease!())
            .execute(c))?;
    }
    Ok(())
}

/// Ends an owner's leases of all rows but these, which frees those that it leased without knowing.
pub(crate) fn release_other_messages(conn: &mut AnyConnection, owner: i64, held: &[i64]) -> Result<()> {
    on_each!(conn, |c| diesel::update(leased_by!(owner).filter(outbox::id.ne_all(held)))
        .set(no_lease!())
        .execute(c))?;
    Ok(())
}

/// Ends the leases of `owner`; with `None` all leases, when no other process can hold one.
pub(crate) fn release_leases(conn: &mut AnyConnection, owner: Option<i64>) -> Result<()> {
    on_each!(conn, |c| {
        let leased =
            outbox::table.filter(outbox::state.eq(PendingState)).filter(outbox::leased_until.is_not_null());
        match owner {
            Some(owner) => diesel::update(leased_by!(owner)).set(no_lease!()).execute(c),
            None => diesel::update(leased).set(no_lease!()).execute(c),
        }
    })?;
    Ok(())
}

/// Marks a message as sent and stores the message id that Telegram gave it.
pub(crate) fn mark_sent(
    conn: &mut AnyConnection,
    row: &LeasedMessage,
    message: Option<MessageId>,
    now: DateTime<Utc>,
) -> Result<()> {
    if !finish_message(conn, row, "sent", None, now)? {
        return Ok(());
    }
    dashboards::record_delivery(conn, &row.method, &row.payload, message)?;
    dialogue_questions::record_delivery(conn, &row.method, &row.payload, message)?;
    match (row.order_message, message) {
        (Some(id), Some(message)) => order_messages::update_message_id(conn, id, message),
        _ => Ok(()),
    }
}

/// Marks a message that cannot be delivered as a dead letter; `false` when the row is finished already.
pub(crate) fn mark_dead(
    conn: &mut AnyConnection,
    row: &LeasedMessage,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    finish_message(conn, row, "dead", Some(reason), now)
}

/// Marks a message that need not be delivered any more (an edit of a deleted card) as skipped, with the reason in
/// `last_error`.
pub(crate) fn mark_skipped(
    conn: &mut AnyConnection,
    row: &LeasedMessage,
    why: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    if finish_message(conn, row, "skipped", Some(why), now)? {
        dialogue_questions::record_delivery(conn, &row.method, &row.payload, None)?;
    }
    Ok(())
}

/// Returns the id and payload of the newest pending version of a message: a later edit of the same card, else the message
/// itself; `None` when it is finished or was withdrawn.
pub(crate) fn find_latest_version(
    conn: &mut AnyConnection,
    row: &LeasedMessage,
) -> Result<Option<(i64, String)>> {
    let pending = outbox::table.filter(outbox::state.eq(PendingState)).select((outbox::id, outbox::payload));
    let versions: Vec<(i64, String)> = on_each!(conn, |c| match row.order_message {
        None => pending.filter(outbox::id.eq(row.id)).load(c),
        Some(card) => pending
            .filter(outbox::chat_id.eq(row.chat.0))
            .filter(outbox::id.ge(row.id))
            .filter(outbox::order_message_id.eq(card))
            .order(outbox::id)
            .load(c),
    })?;
    let is_unsent = versions.first().is_some_and(|(id, _)| *id == row.id);
    Ok(versions.into_iter().last().filter(|_| is_unsent))
}

/// Marks everything that is not about one order (lists, questions) and not delivered in a chat as skipped.
pub(crate) fn skip_other_screens(
    conn: &mut AnyConnection,
    chat: ChatId,
    why: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let unsent = outbox::table
        .filter(outbox::chat_id.eq(chat.0))
        .filter(outbox::state.eq_any(["pending", "dead"]))
        .filter(outbox::order_message_id.is_null());
    on_each!(conn, |c| diesel::update(unsent)
        .set((
            outbox::state.eq("skipped"),
            outbox::last_error.eq(why),
            outbox::finished_at.eq(time::to_stored(now)),
        ))
        .execute(c))?;
    Ok(())
}

/// Finishes a pending row; `false` when it is finished, as when this is repeated after an unseen commit.
fn finish_message(
    conn: &mut AnyConnection,
    row: &LeasedMessage,
    state: &str,
    error: Option<&str>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let pending = outbox::table.find(row.id).filter(outbox::state.eq(PendingState));
    let ended = on_each!(conn, |c| diesel::update(pending)
        .set((
            outbox::state.eq(state),
            outbox::attempts.eq(row.attempts + 1),
            outbox::last_error.eq(error),
            outbox::lease_owner.eq(None::<i64>),
            outbox::leased_until.eq(None::<chrono::NaiveDateTime>),
            outbox::finished_at.eq(time::to_stored(now)),
        ))
        .execute(c))?;
    Ok(ended == 1)
}

/// Records a failed attempt and when the next one is due. The lease stays; see [`release_messages`].
pub(crate) fn record_retry(
    conn: &mut AnyConnection,
    row: &LeasedMessage,
    reason: &str,
    due_at: DateTime<Utc>,
) -> Result<()> {
    on_each!(conn, |c| diesel::update(outbox::table.find(row.id))
        .set((
            outbox::attempts.eq(row.attempts + 1),
            outbox::last_error.eq(reason),
            outbox::due_at.eq(time::to_stored(due_at)),
        ))
        .execute(c))?;
    Ok(())
}

pub(crate) fn count_pending_messages(conn: &mut AnyConnection) -> Result<i64> {
    Ok(on_each!(conn, |c| outbox::table.filter(outbox::state.eq(PendingState)).count().get_result(c))?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::config::database::DatabaseUrl;
    use crate::db::connection;
    use crate::migrate;

    const ME: i64 = 1;
    const OTHER: i64 = 2;

    fn empty_database() -> (AnyConnection, DateTime<Utc>) {
        let mut conn = connection::open_connection(&DatabaseUrl::Sqlite(":memory:".into())).unwrap();
        migrate::apply_pending(&mut conn).unwrap();
        (conn, "2026-11-22T10:00:00Z".parse().unwrap())
    }

    fn insert_to(conn: &mut AnyConnection, chat: i64, now: DateTime<Utc>) {
        let message = NewMessage {
            chat: ChatId(chat),
            method: "sendMessage",
            payload: "{}".to_owned(),
            order_message: None,
            update_id: None,
            expires_at: None,
        };
        insert_message(conn, &message, now).unwrap();
    }

    fn lease_all(conn: &mut AnyConnection, owner: i64, now: DateTime<Utc>) -> Vec<LeasedMessage> {
        let by = LeaseTerms { owner, until: now + TimeDelta::seconds(30), per_chat: 16 };
        lease_messages(conn, by, &[], 100, now).unwrap().rows
    }

    fn ids(rows: &[LeasedMessage]) -> Vec<i64> {
        rows.iter().map(|row| row.id).collect()
    }

    #[test]
    fn a_chat_whose_first_message_is_not_due_is_skipped_and_keeps_its_order() {
        let (mut conn, now) = empty_database();
        for chat in [7, 8, 7, 8] {
            insert_to(&mut conn, chat, now);
        }
        let rows = lease_all(&mut conn, ME, now);
        assert_eq!(ids(&rows), [1, 2, 3, 4]);
        record_retry(&mut conn, &rows[0], "flood", now + TimeDelta::hours(1)).unwrap();
        insert_to(&mut conn, 7, now);
        assert_eq!(ids(&lease_all(&mut conn, ME, now)), [5], "behind what waits in our own lane");
        release_messages(&mut conn, ME, &[1, 3, 5]).unwrap();
        insert_to(&mut conn, 7, now);
        insert_to(&mut conn, 8, now);
        assert_eq!(ids(&lease_all(&mut conn, ME, now)), [7]);
        assert_eq!(ids(&lease_all(&mut conn, OTHER, now)), [0; 0]);
        assert_eq!(ids(&lease_all(&mut conn, OTHER, now + TimeDelta::hours(1))), [1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn a_chat_in_another_process_hands_is_left_to_it() {
        let (mut conn, now) = empty_database();
        insert_to(&mut conn, 7, now);
        lease_all(&mut conn, OTHER, now);
        insert_to(&mut conn, 7, now);
        assert_eq!(ids(&lease_all(&mut conn, ME, now)), [0; 0]);
    }

    #[test]
    fn only_the_named_leases_are_renewed_and_only_the_others_given_back() {
        let (mut conn, now) = empty_database();
        for chat in [7, 8, 9] {
            insert_to(&mut conn, chat, now);
        }
        lease_all(&mut conn, ME, now);
        let later = now + TimeDelta::seconds(31);
        renew_leases(&mut conn, ME, &[2], later + TimeDelta::seconds(30)).unwrap();
        assert_eq!(ids(&lease_all(&mut conn, OTHER, later)), [1, 3]);
        insert_to(&mut conn, 6, later);
        assert_eq!(ids(&lease_all(&mut conn, ME, later)), [4]);
        release_other_messages(&mut conn, ME, &[2]).unwrap();
        assert_eq!(ids(&lease_all(&mut conn, ME, later)), [4], "not what another process has");
    }

    #[test]
    fn a_message_is_buried_once() {
        let (mut conn, now) = empty_database();
        insert_to(&mut conn, 7, now);
        let row = lease_all(&mut conn, ME, now).remove(0);
        assert!(mark_dead(&mut conn, &row, "blocked", now).unwrap());
        assert!(!mark_dead(&mut conn, &row, "blocked", now).unwrap());
        assert_eq!(count_pending_messages(&mut conn).unwrap(), 0);
    }
}
