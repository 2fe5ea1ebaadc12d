//! `dialogues`: the state of each user's multi-step conversation, opaque text to this module.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::{Error, Result};
use crate::db::schema::dialogues;
use crate::db::time;
use crate::domain::ids::{ChatId, ChatPlace, TelegramId, ThreadId};

/// One user in one place: each user has their own dialogue in each topic of a group.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct DialogueKey {
    pub place: ChatPlace,
    pub user: TelegramId,
}

impl DialogueKey {
    /// Returns what stands for the topic in the key, which cannot be NULL.
    pub(super) fn thread_number(self) -> i64 {
        self.place.thread.map_or(0, |thread| thread.0)
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct StoredDialogue {
    /// Grows with each update; an update that is based on an older version is refused.
    pub version: i64,
    pub state: String,
    pub expires_at: DateTime<Utc>,
}

/// The state of a dialogue that has ended and of which Redis does not know yet.
pub(crate) const ENDED: &str = "";

impl StoredDialogue {
    pub(crate) fn has_ended(&self) -> bool {
        self.state == ENDED
    }
}

pub(crate) fn find_dialogue(conn: &mut AnyConnection, key: DialogueKey) -> Result<Option<StoredDialogue>> {
    let row: Option<(i64, String, chrono::NaiveDateTime)> = on_each!(conn, |c| dialogues::table
        .find((key.place.chat.0, key.thread_number(), key.user.0))
        .select((dialogues::version, dialogues::state, dialogues::expires_at))
        .get_result(c)
        .optional())?;
    Ok(row.map(|(version, state, expires_at)| StoredDialogue {
        version,
        state,
        expires_at: time::from_stored(expires_at),
    }))
}

/// Stores the next state, based on version `read` (`None`: there was no dialogue). Fails with [`Error::Conflict`] when the
/// dialogue has changed since.
pub(crate) fn upsert_dialogue(
    conn: &mut AnyConnection,
    key: DialogueKey,
    read: Option<i64>,
    state: &str,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    let (now, expires_at) = (time::to_stored(now), time::to_stored(expires_at));
    let changed = match read {
        Some(version) => on_each!(conn, |c| diesel::update(row!(key, version))
            .set((
                dialogues::version.eq(version + 1),
                dialogues::state.eq(state),
                dialogues::updated_at.eq(now),
                dialogues::expires_at.eq(expires_at),
            ))
            .execute(c))?,
        None => on_each!(conn, |c| diesel::insert_into(dialogues::table)
            .values((
                dialogues::chat_id.eq(key.place.chat.0),
                dialogues::thread_id.eq(key.thread_number()),
                dialogues::user_id.eq(key.user.0),
                dialogues::version.eq(1),
                dialogues::state.eq(state),
                dialogues::updated_at.eq(now),
                dialogues::expires_at.eq(expires_at),
            ))
            .on_conflict((dialogues::chat_id, dialogues::thread_id, dialogues::user_id))
            .do_nothing()
            .execute(c))?,
    };
    if changed == 1 { Ok(()) } else { Err(Error::Conflict) }
}

/// Inserts the copy of a dialogue that is kept elsewhere.
pub(crate) fn insert_copy(
    conn: &mut AnyConnection,
    key: DialogueKey,
    copy: &StoredDialogue,
    now: DateTime<Utc>,
) -> Result<()> {
    on_each!(conn, |c| diesel::insert_into(dialogues::table)
        .values((
            dialogues::chat_id.eq(key.place.chat.0),
            dialogues::thread_id.eq(key.thread_number()),
            dialogues::user_id.eq(key.user.0),
            dialogues::version.eq(copy.version),
            dialogues::state.eq(&copy.state),
            dialogues::updated_at.eq(time::to_stored(now)),
            dialogues::expires_at.eq(time::to_stored(copy.expires_at)),
        ))
        .execute(c))?;
    Ok(())
}

/// Deletes a dialogue if it has this version.
pub(crate) fn delete_version(conn: &mut AnyConnection, key: DialogueKey, version: i64) -> Result<()> {
    on_each!(conn, |c| diesel::delete(row!(key, version)).execute(c))?;
    Ok(())
}

/// Deletes what says that a dialogue in Redis has ended, where Redis is no longer used.
pub(crate) fn delete_ended(conn: &mut AnyConnection) -> Result<()> {
    on_each!(conn, |c| diesel::delete(dialogues::table.filter(dialogues::state.eq(ENDED))).execute(c))?;
    Ok(())
}

pub(crate) fn list_keys(conn: &mut AnyConnection) -> Result<Vec<DialogueKey>> {
    let keys: Vec<(i64, i64, i64)> = on_each!(conn, |c| dialogues::table
        .select((dialogues::chat_id, dialogues::thread_id, dialogues::user_id))
        .load(c))?;
    let key = |(chat, thread, user): (i64, i64, i64)| DialogueKey {
        place: ChatPlace { chat: ChatId(chat), thread: (thread != 0).then_some(ThreadId(thread)) },
        user: TelegramId(user),
    };
    Ok(keys.into_iter().map(key).collect())
}

/// Deletes a dialogue, or fails with [`Error::Conflict`] when it has changed since version `read`.
pub(crate) fn delete_dialogue(conn: &mut AnyConnection, key: DialogueKey, read: i64) -> Result<()> {
    let deleted = on_each!(conn, |c| diesel::delete(row!(key, read)).execute(c))?;
    if deleted == 1 { Ok(()) } else { Err(Error::Conflict) }
}

macro_rules! row {
    ($key:expr, $version:expr) => {
        dialogues::table
            .filter(dialogues::chat_id.eq($key.place.chat.0))
            .filter(dialogues::thread_id.eq($key.thread_number()))
            .filter(dialogues::user_id.eq($key.user.0))
            .filter(dialogues::version.eq($version))
    };
}
use row;
