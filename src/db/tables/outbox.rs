//! `outbox`: what the bot has decided to say, written in the transaction that decided it.
//!
//! A row is *pending* until the courier has delivered it (*sent*) or given it up (*dead*, a dead letter with
//! its reason). The courier leases rows, so that two processes on one PostgreSQL database do not send the
//! same one, and a lease that nobody renews falls back.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::order_messages;
use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::outbox;
use crate::db::time;
use crate::domain::ids::{ChatId, MessageId};

/// A call to be made to Telegram.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewMessage {
    /// Whose queue it stands in.
    pub chat: ChatId,
    /// The method's name (Telegram Bot API).
    pub method: &'static str,
    /// Its parameters as JSON.
    pub payload: String,
    /// The row of `order_messages` that it creates (a new message) or edits.
    pub order_message: Option<i64>,
    /// The update that caused it.
    pub update_id: Option<i64>,
    /// When it is worth nothing any more and is dropped instead of sent; `None` for never.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A leased row.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LeasedMessage {
    /// The row's number, which is also its place in the chat's order.
    pub id: i64,
    /// Whose queue it stands in.
    pub chat: ChatId,
    /// The method's name (Telegram Bot API).
    pub method: String,
    /// Its parameters as JSON.
    pub payload: String,
    /// The row of `order_messages` that it creates or edits.
    pub order_message: Option<i64>,
    /// How often it was tried.
    pub attempts: i32,
    /// Not to be sent before.
    pub due_at: DateTime<Utc>,
    /// Not to be sent from then on.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Puts a message into the outbox, unless there is nobody to whom it could be sent.
///
/// # Errors
/// When the database fails.
pub fn insert_message(conn: &mut AnyConnection, message: &NewMessage, now: DateTime<Utc>) -> Result<()> {
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

/// Who leases, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct LeaseTerms {
    /// A number that this process drew at its start.
    pub owner: i64,
    /// When the lease falls back unless it is renewed.
    pub until: DateTime<Utc>,
    /// Rows of one chat at most, so that one chat's backlog does not crowd out the others.
    pub per_chat: usize,
}

/// What was leased.
#[derive(Debug, Default)]
pub struct LeasedBatch {
    /// The rows, oldest first.
    pub rows: Vec<LeasedMessage>,
    /// There may be more to lease.
    pub more: bool,
}

/// Numbers of rows in one statement: SQLite takes so many parameters and no more.
const CHUNK: usize = 500;

/// The pending rows that an owner has leased.
macro_rules! mine {
    ($owner:expr) => {
        outbox::table.filter(outbox::state.eq("pending")).filter(outbox::lease_owner.eq($owner))
    };
}

/// Leased by nobody.
macro_rules! nobodys {
    () => {
        (outbox::lease_owner.eq(None::<i64>), outbox::leased_until.eq(None::<chrono::NaiveDateTime>))
    };
}

use names::earlier;

/// On its own because what the macro writes has no documentation.
mod names {
    #![allow(missing_docs)]

    use super::outbox;

    diesel::alias!(outbox as earlier: Earlier);
}

/// Leases the oldest pending rows that are due and that nobody has, skipping the chats in `full`, and, to keep
/// the order within a chat, those with an earlier row that is in another process's hands or not due yet.
///
/// # Errors
/// When the database fails.
pub fn lease_messages(
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
        // A row in our own lanes may wait for its next try there: the later ones line up behind it.
        let free = earlier.field(outbox::leased_until).is_null();
        let free = free.or(earlier.field(outbox::leased_until).lt(now));
        let waiting = free.and(earlier.field(outbox::due_at).gt(now));
        let blocking = earlier
            .filter(earlier.field(outbox::chat_id).eq(outbox::chat_id))
            .filter(earlier.field(outbox::id).lt(outbox::id))
            .filter(earlier.field(outbox::state).eq("pending"))
            .filter(elsewhere.or(waiting));
        let free: Vec<(i64, i64)> = outbox::table
            .filter(outbox::state.eq("pending"))
            .filter(outbox::leased_until.is_null().or(outbox::leased_until.lt(now)))
            .filter(outbox::due_at.le(now))
            .filter(outbox::chat_id.ne_all(full))
            .filter(not(exists(blocking)))
            .order(outbox::id)
            .limit(limit)
            .select((outbox::id, outbox::chat_id))
            .load(c)?;
        if free.is_empty() {
            return Ok(LeasedBatch::default());
        }
        let ids = first_of_each_chat(&free, lease.per_chat);
        let more = ids.len() < free.len() || i64::try_from(free.len()) == Ok(limit);
        // The condition is repeated: on PostgreSQL another process may have been quicker.
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

/// The rows that are among the first `per_chat` of their chat.
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

/// Keeps an owner's leases of these rows alive, and of no others: what it leased without knowing (a commit
/// whose success was not seen) falls back.
///
/// # Errors
/// When the database fails.
pub fn renew_leases(conn: &mut AnyConnection, owner: i64, ids: &[i64], until: DateTime<Utc>) -> Result<()> {
    for ids in ids.chunks(CHUNK) {
        on_each!(conn, |c| diesel::update(mine!(owner).filter(outbox::id.eq_any(ids)))
            .set(outbox::leased_until.eq(time::to_stored(until)))
            .execute(c))?;
    }
    Ok(())
}

/// Ends an owner's leases of these rows.
///
/// # Errors
/// When the database fails.
pub fn release_messages(conn: &mut AnyConnection, owner: i64, ids: &[i64]) -> Result<()> {
    for ids in ids.chunks(CHUNK) {
        on_each!(conn, |c| diesel::update(mine!(owner).filter(outbox::id.eq_any(ids)))
            .set(nobodys!())
            .execute(c))?;
    }
    Ok(())
}

/// Ends an owner's leases of all rows but these: those that it has without knowing.
///
/// # Errors
/// When the database fails.
pub fn release_other_messages(conn: &mut AnyConnection, owner: i64, held: &[i64]) -> Result<()> {
    on_each!(conn, |c| diesel::update(mine!(owner).filter(outbox::id.ne_all(held)))
        .set(nobodys!())
        .execute(c))?;
    Ok(())
}

/// Ends leases: those of `owner`, or everybody's when it is certain that nobody else is at work.
///
/// # Errors
/// When the database fails.
pub fn release_leases(conn: &mut AnyConnection, owner: Option<i64>) -> Result<()> {
    on_each!(conn, |c| {
        let leased =
            outbox::table.filter(outbox::state.eq("pending")).filter(outbox::leased_until.is_not_null());
        match owner {
            Some(owner) => diesel::update(mine!(owner)).set(nobodys!()).execute(c),
            None => diesel::update(leased).set(nobodys!()).execute(c),
        }
    })?;
    Ok(())
}

/// Writes down that Telegram has the message, and under which number.
///
/// # Errors
/// When the database fails.
pub fn mark_sent(
    conn: &mut AnyConnection,
    row: &LeasedMessage,
    message: Option<MessageId>,
    now: DateTime<Utc>,
) -> Result<()> {
    if !finish_message(conn, row, "sent", None, now)? {
        return Ok(());
    }
    match (row.order_message, message) {
        (Some(id), Some(message)) => order_messages::update_message_id(conn, id, message),
        _ => Ok(()),
    }
}

/// Sets a message aside that cannot be delivered: a dead letter. `false` when the row was finished before.
///
/// # Errors
/// When the database fails.
pub fn mark_dead(
    conn: &mut AnyConnection,
    row: &LeasedMessage,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    finish_message(conn, row, "dead", Some(reason), now)
}

/// Writes down that there is nothing to deliver any more (an edit of a card that is gone), and why.
///
/// # Errors
/// When the database fails.
pub fn mark_skipped(
    conn: &mut AnyConnection,
    row: &LeasedMessage,
    why: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    finish_message(conn, row, "sent", Some(why), now).map(drop)
}

/// Ends a row, once: after a commit whose success was not seen the same is tried again.
fn finish_message(
    conn: &mut AnyConnection,
    row: &LeasedMessage,
    state: &str,
    error: Option<&str>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let pending = outbox::table.find(row.id).filter(outbox::state.eq("pending"));
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

/// Writes down a failed try and when the next one is due. The lease stays; see [`release_messages`].
///
/// # Errors
/// When the database fails.
pub fn record_retry(
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

/// How many messages wait to be delivered.
///
/// # Errors
/// When the database fails.
pub fn count_pending_messages(conn: &mut AnyConnection) -> Result<i64> {
    Ok(on_each!(conn, |c| outbox::table.filter(outbox::state.eq("pending")).count().get_result(c))?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use chrono::TimeDelta;

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
        assert_eq!(ids(&lease_all(&mut conn, ME, later)), [4], "not what somebody else has");
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
