//! The outbox as the operator sees it: what waits, what was given up, and what is to become of that. Never looks at
//! what a message says.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::audit;
use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::{Error, Result};
use crate::db::schema::outbox;
use crate::db::time;
use crate::domain::ids::ChatId;

/// A message that is not sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnsentMessage {
    /// The row's number.
    pub id: i64,
    /// Whose queue it stands in.
    pub chat: ChatId,
    /// The method's name (Telegram Bot API).
    pub method: String,
    /// It was given up.
    pub is_dead: bool,
    /// How often it was tried.
    pub attempts: i32,
    /// Not to be sent before.
    pub due_at: DateTime<Utc>,
    /// When it was decided.
    pub created_at: DateTime<Utc>,
    /// Why the last try failed, in Telegram's words.
    pub last_error: Option<String>,
}

/// Which messages a list shows.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct UnsentFilter {
    /// Those that were given up.
    pub dead: bool,
    /// Those that wait.
    pub pending: bool,
    /// Those of one chat only.
    pub chat: Option<ChatId>,
}

impl UnsentFilter {
    fn states(self) -> Vec<&'static str> {
        let dead = self.dead.then_some("dead");
        dead.into_iter().chain(self.pending.then_some("pending")).collect()
    }
}

/// The dead letters that something is done with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum DeadLetterSelection {
    /// Every one.
    All,
    /// These numbers.
    These(BTreeSet<i64>),
}

/// What a number stands for that is not a dead letter's.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NotDeadLetter {
    /// The number.
    pub id: i64,
    /// The state of the message: pending or sent; `None` when there is none.
    pub state: Option<String>,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum DeadLetterError {
    /// These are no dead letters.
    #[error("{} of the given numbers are no dead letters", .0.len())]
    NotDead(Vec<NotDeadLetter>),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] Error),
}

/// The oldest `limit` messages, and how many there are in all.
///
/// # Errors
/// When the database fails.
pub fn list_unsent_messages(
    conn: &mut AnyConnection,
    filter: UnsentFilter,
    limit: i64,
) -> Result<(Vec<UnsentMessage>, i64)> {
    type Row = (i64, i64, String, String, i32, chrono::NaiveDateTime, chrono::NaiveDateTime, Option<String>);
    macro_rules! wanted {
        () => {{
            let query = outbox::table.filter(outbox::state.eq_any(filter.states())).into_boxed();
            match filter.chat {
                Some(chat) => query.filter(outbox::chat_id.eq(chat.0)),
                None => query,
            }
        }};
    }
    let total = on_each!(conn, |c| wanted!().count().get_result(c))?;
    let rows: Vec<Row> = on_each!(conn, |c| wanted!()
        .order(outbox::id)
        .limit(limit)
        .select((
            outbox::id,
            outbox::chat_id,
            outbox::method,
            outbox::state,
            outbox::attempts,
            outbox::due_at,
            outbox::created_at,
            outbox::last_error,
        ))
        .load(c))?;
    let letters = rows
        .into_iter()
        .map(|(id, chat, method, state, attempts, due_at, created_at, last_error)| UnsentMessage {
            id,
            chat: ChatId(chat),
            method,
            is_dead: state == "dead",
            attempts,
            due_at: time::from_stored(due_at),
            created_at: time::from_stored(created_at),
            last_error,
        })
        .collect();
    Ok((letters, total))
}

/// Puts dead letters back into their chats' queues, as if never tried, even those whose time to be sent is over: somebody
/// wants them sent. They keep their numbers, and with them their order. Returns the numbers.
///
/// # Errors
/// [`DeadLetterError::NotDead`] for numbers of anything else.
pub fn retry_dead_letters(
    conn: &mut AnyConnection,
    which: &DeadLetterSelection,
    now: DateTime<Utc>,
) -> Result<Vec<i64>, DeadLetterError> {
    let ids = find_dead_letters(conn, which)?;
    for some in ids.chunks(CHUNK) {
        let dead = outbox::table.filter(outbox::id.eq_any(some)).filter(outbox::state.eq("dead"));
        let changed = on_each!(conn, |c| diesel::update(dead)
            .set((
                outbox::state.eq("pending"),
                outbox::attempts.eq(0),
                outbox::due_at.eq(time::to_stored(now)),
                outbox::expires_at.eq(None::<chrono::NaiveDateTime>),
                outbox::lease_owner.eq(None::<i64>),
                outbox::leased_until.eq(None::<chrono::NaiveDateTime>),
                outbox::last_error.eq(None::<String>),
                outbox::finished_at.eq(None::<chrono::NaiveDateTime>),
            ))
            .execute(c))
        .map_err(Error::from)?;
        require_all_changed(some, changed)?;
    }
    insert_outbox_audit(conn, "operator.outbox_retry", &ids, now)?;
    Ok(ids)
}

/// Deletes dead letters. Returns their numbers.
///
/// # Errors
/// [`DeadLetterError::NotDead`] for numbers of anything else.
pub fn delete_dead_letters(
    conn: &mut AnyConnection,
    which: &DeadLetterSelection,
    now: DateTime<Utc>,
) -> Result<Vec<i64>, DeadLetterError> {
    let ids = find_dead_letters(conn, which)?;
    for some in ids.chunks(CHUNK) {
        let dead = outbox::table.filter(outbox::id.eq_any(some)).filter(outbox::state.eq("dead"));
        let gone = on_each!(conn, |c| diesel::delete(dead).execute(c)).map_err(Error::from)?;
        require_all_changed(some, gone)?;
    }
    insert_outbox_audit(conn, "operator.outbox_drop", &ids, now)?;
    Ok(ids)
}

/// The numbers that are meant, every one a dead letter's.
///
/// # Errors
/// [`DeadLetterError::NotDead`] names those that are not.
pub fn find_dead_letters(
    conn: &mut AnyConnection,
    which: &DeadLetterSelection,
) -> Result<Vec<i64>, DeadLetterError> {
    let DeadLetterSelection::These(ids) = which else {
        let all = on_each!(conn, |c| outbox::table
            .filter(outbox::state.eq("dead"))
            .order(outbox::id)
            .select(outbox::id)
            .load(c));
        return Ok(all.map_err(Error::from)?);
    };
    let ids: Vec<i64> = ids.iter().copied().collect();
    let mut states: Vec<(i64, String)> = Vec::with_capacity(ids.len());
    for some in ids.chunks(CHUNK) {
        let found: Vec<(i64, String)> = on_each!(conn, |c| outbox::table
            .filter(outbox::id.eq_any(some))
            .select((outbox::id, outbox::state))
            .load(c))
        .map_err(Error::from)?;
        states.extend(found);
    }
    let state = |id: i64| states.iter().find(|(found, _)| *found == id).map(|(_, state)| state.clone());
    let wrong: Vec<NotDeadLetter> = ids
        .iter()
        .map(|id| NotDeadLetter { id: *id, state: state(*id) })
        .filter(|other| other.state.as_deref() != Some("dead"))
        .collect();
    if wrong.is_empty() { Ok(ids) } else { Err(DeadLetterError::NotDead(wrong)) }
}

/// Numbers of rows in one statement: SQLite takes so many parameters and no more.
const CHUNK: usize = 500;

/// On PostgreSQL somebody else may have been quicker.
fn require_all_changed(ids: &[i64], changed: usize) -> Result<()> {
    if changed == ids.len() { Ok(()) } else { Err(Error::Conflict) }
}

fn insert_outbox_audit(
    conn: &mut AnyConnection,
    action: &str,
    ids: &[i64],
    now: DateTime<Utc>,
) -> Result<()> {
    let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return Ok(()) };
    let details = format!("messages={} first={first} last={last}", ids.len());
    audit::insert_operator_action(conn, action, &details, now)
}
