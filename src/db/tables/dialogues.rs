//! `dialogues`: the state of each user's multi-step conversation, opaque text to this module.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::{Error, Result};
use crate::db::schema::dialogues;
use crate::db::time;
use crate::domain::ids::{ChatPlace, TelegramId};

/// One user in one place: each user has their own dialogue in each topic of a group.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct DialogueKey {
    pub place: ChatPlace,
    pub user: TelegramId,
}

impl DialogueKey {
    /// Returns what stands for the topic in the key, which cannot be NULL.
    fn thread_number(self) -> i64 {
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
