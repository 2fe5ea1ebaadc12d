//! The operator's view of the outbox: pending messages and dead letters, which can be retried or deleted. Never reads a
//! message's text.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::audit;
use super::outbox::ID_CHUNK;
use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::{Error, Result};
use crate::db::schema::outbox;
use crate::db::sql::PendingState;
use crate::db::time;
use crate::domain::ids::ChatId;

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct UnsentMessage {
    pub id: i64,
    pub chat: ChatId,
    /// A Bot API method.
    pub method: String,
    /// A dead letter; else pending.
    pub is_dead: bool,
    pub attempts: i32,
    pub due_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    /// Telegram's description of the last failure.
    pub last_error: Option<String>,
}

/// Which messages a list shows.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct UnsentFilter {
    pub dead: bool,
    pub pending: bool,
    pub chat: Option<ChatId>,
}

impl UnsentFilter {
    fn states(self) -> Vec<&'static str> {
        let dead = self.dead.then_some("dead");
        dead.into_iter().chain(self.pending.then_some("pending")).collect()
    }
}

/// The dead letters that a command applies to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum DeadLetterSelection {
    All,
    These(BTreeSet<i64>),
}

/// A given id that is not a dead letter's.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct NotDeadLetter {
    pub id: i64,
    /// The message's state; `None` when there is no such message.
    pub state: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum DeadLetterError {
    #[error("{} of the given numbers are no dead letters", .0.len())]
    NotDead(Vec<NotDeadLetter>),
    #[error(transparent)]
    Database(#[from] Error),
}

/// Returns the oldest `limit` messages, and the number of all that match.
pub(crate) fn list_unsent_messages(
    conn: &mut AnyConnection,
    filter: UnsentFilter,
    limit: i64,
) -> Result<(Vec<UnsentMessage>, i64)> {
    type Row = (i64, i64, String, String, i32, chrono::NaiveDateTime, chrono::NaiveDateTime, Option<String>);
    macro_rules! filtered {
        () => {{
            let query = outbox::table.filter(outbox::state.eq_any(filter.states())).into_boxed();
            match filter.chat {
                Some(chat) => query.filter(outbox::chat_id.eq(chat.0)),
                None => query,
            }
        }};
    }
    let total = on_each!(conn, |c| filtered!().count().get_result(c))?;
    let rows: Vec<Row> = on_each!(conn, |c| filtered!()
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
    let messages = rows
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
    Ok((messages, total))
}

/// A dead letter with its content, to be sent again.
#[derive(Clone, Debug)]
pub(crate) struct DeadLetter {
    pub id: i64,
    pub chat: ChatId,
    /// A Bot API method.
    pub method: String,
    pub payload: String,
    /// The row of `order_messages` that it creates or edits.
    pub order_message: Option<i64>,
    pub created_at: DateTime<Utc>,
    /// Whether a later message, in any state, changed the same card.
    pub has_later_version: bool,
}

/// The dead letters: the condition of the index `outbox_dead`, in its words.
macro_rules! dead {
    () => {
        outbox::table.filter(diesel::dsl::sql::<diesel::sql_types::Bool>("state = 'dead'"))
    };
}

/// The dead letters above an id.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct NewDeadLetters {
    pub count: usize,
    pub last_id: i64,
}

pub(crate) fn find_new_dead_letters(conn: &mut AnyConnection, after: i64) -> Result<NewDeadLetters> {
    let ids: Vec<i64> = on_each!(conn, |c| dead!().filter(outbox::id.gt(after)).select(outbox::id).load(c))?;
    Ok(NewDeadLetters { count: ids.len(), last_id: ids.into_iter().max().unwrap_or(after) })
}

/// Returns the chats with dead letters.
pub(crate) fn list_dead_chats(conn: &mut AnyConnection) -> Result<Vec<ChatId>> {
    let chats: Vec<i64> = on_each!(conn, |c| dead!().select(outbox::chat_id).distinct().load(c))?;
    Ok(chats.into_iter().map(ChatId).collect())
}

/// Returns dead letters, oldest first.
pub(crate) fn load_dead_letters(conn: &mut AnyConnection, ids: &[i64]) -> Result<Vec<DeadLetter>> {
    type Row = (i64, i64, String, String, Option<i64>, chrono::NaiveDateTime);
    let mut letters = Vec::with_capacity(ids.len());
    for some in ids.chunks(ID_CHUNK) {
        let rows: Vec<Row> = on_each!(conn, |c| outbox::table
            .filter(outbox::id.eq_any(some))
            .order(outbox::id)
            .select((
                outbox::id,
                outbox::chat_id,
                outbox::method,
                outbox::payload,
                outbox::order_message_id,
                outbox::created_at,
            ))
            .load(c))?;
        let cards: Vec<i64> = rows.iter().filter_map(|row| row.4).collect();
        let latest: Vec<(Option<i64>, Option<i64>)> = on_each!(conn, |c| outbox::table
            .filter(outbox::order_message_id.eq_any(&cards))
            .group_by(outbox::order_message_id)
            .select((outbox::order_message_id, diesel::dsl::max(outbox::id)))
            .load(c))?;
        let latest: HashMap<i64, i64> =
            latest.into_iter().filter_map(|(card, id)| Some((card?, id?))).collect();
        letters.extend(rows.into_iter().map(|(id, chat, method, payload, order_message, created_at)| {
            let latest = order_message.and_then(|card| latest.get(&card));
            DeadLetter {
                id,
                chat: ChatId(chat),
                method,
                payload,
                order_message,
                created_at: time::from_stored(created_at),
                has_later_version: latest.is_some_and(|latest| *latest > id),
            }
        }));
    }
    Ok(letters)
}

/// Makes a dead letter pending again with this content, no attempts and no expiry: the operator wants it sent. It keeps its
/// id, hence its order.
pub(crate) fn requeue_letter(
    conn: &mut AnyConnection,
    id: i64,
    payload: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let dead = outbox::table.find(id).filter(outbox::state.eq("dead"));
    let changed = on_each!(conn, |c| diesel::update(dead)
        .set((
            outbox::state.eq(PendingState),
            outbox::payload.eq(payload),
            outbox::attempts.eq(0),
            outbox::due_at.eq(time::to_stored(now)),
            outbox::expires_at.eq(None::<chrono::NaiveDateTime>),
            outbox::lease_owner.eq(None::<i64>),
            outbox::leased_until.eq(None::<chrono::NaiveDateTime>),
            outbox::last_error.eq(None::<String>),
            outbox::finished_at.eq(None::<chrono::NaiveDateTime>),
        ))
        .execute(c))?;
    require_all_changed(&[id], changed)
}

/// Marks a dead letter as skipped, for this reason.
pub(crate) fn skip_letter(conn: &mut AnyConnection, id: i64, why: &str, now: DateTime<Utc>) -> Result<()> {
    let dead = outbox::table.find(id).filter(outbox::state.eq("dead"));
    let changed = on_each!(conn, |c| diesel::update(dead)
        .set((
            outbox::state.eq("skipped"),
            outbox::last_error.eq(why),
            outbox::finished_at.eq(time::to_stored(now)),
        ))
        .execute(c))?;
    require_all_changed(&[id], changed)
}

/// Records a retry: the letters that were queued again, and those that were skipped.
pub(crate) fn insert_retry_audit(
    conn: &mut AnyConnection,
    queued: &[i64],
    skipped: &[i64],
    now: DateTime<Utc>,
) -> Result<()> {
    insert_outbox_audit(conn, "operator.outbox_retry", queued, now)?;
    insert_outbox_audit(conn, "operator.outbox_skip", skipped, now)
}

/// Deletes dead letters and returns their ids.
pub(crate) fn delete_dead_letters(
    conn: &mut AnyConnection,
    which: &DeadLetterSelection,
    now: DateTime<Utc>,
) -> Result<Vec<i64>, DeadLetterError> {
    let ids = find_dead_letters(conn, which)?;
    for some in ids.chunks(ID_CHUNK) {
        let dead = outbox::table.filter(outbox::id.eq_any(some)).filter(outbox::state.eq("dead"));
        let deleted = on_each!(conn, |c| diesel::delete(dead).execute(c)).map_err(Error::from)?;
        require_all_changed(some, deleted)?;
    }
    insert_outbox_audit(conn, "operator.outbox_drop", &ids, now)?;
    Ok(ids)
}

/// Returns the selected ids, or [`DeadLetterError::NotDead`] with those that are not dead letters.
pub(crate) fn find_dead_letters(
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
    for some in ids.chunks(ID_CHUNK) {
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

/// Fails with [`Error::Conflict`] when another process on PostgreSQL has changed some of the rows first.
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
