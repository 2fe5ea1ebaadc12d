//! `dialogues`: where each person is in a conversation with several steps.
//!
//! The state is opaque text here; what it means belongs to the bot.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::{Error, Result};
use crate::db::schema::dialogues;
use crate::db::time;
use crate::domain::ids::{ChatId, TelegramId};

/// One person in one chat: a dialogue in a group is only theirs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DialogueKey {
    /// Where.
    pub chat: ChatId,
    /// Who.
    pub person: TelegramId,
}

/// A dialogue as stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredDialogue {
    /// Grows with each change; a change that was based on an older one is refused.
    pub version: i64,
    /// The state, as the bot wrote it.
    pub state: String,
    /// When it is forgotten.
    pub expires_at: DateTime<Utc>,
}

/// The dialogue of a person in a chat, if there is one.
///
/// # Errors
/// When the database fails.
pub fn find_dialogue(conn: &mut AnyConnection, key: DialogueKey) -> Result<Option<StoredDialogue>> {
    let row: Option<(i64, String, chrono::NaiveDateTime)> = on_each!(conn, |c| dialogues::table
        .find((key.chat.0, key.person.0))
        .select((dialogues::version, dialogues::state, dialogues::expires_at))
        .get_result(c)
        .optional())?;
    Ok(row.map(|(version, state, expires_at)| StoredDialogue {
        version,
        state,
        expires_at: time::from_stored(expires_at),
    }))
}

/// Stores the next state. `read` is the version that it is based on, `None` when there was no dialogue.
///
/// # Errors
/// [`Error::Conflict`] when somebody changed the dialogue meanwhile.
pub fn upsert_dialogue(
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
                dialogues::chat_id.eq(key.chat.0),
                dialogues::user_id.eq(key.person.0),
                dialogues::version.eq(1),
                dialogues::state.eq(state),
                dialogues::updated_at.eq(now),
                dialogues::expires_at.eq(expires_at),
            ))
            .on_conflict((dialogues::chat_id, dialogues::user_id))
            .do_nothing()
            .execute(c))?,
    };
    if changed == 1 { Ok(()) } else { Err(Error::Conflict) }
}

/// Ends a dialogue.
///
/// # Errors
/// [`Error::Conflict`] when somebody changed the dialogue meanwhile.
pub fn delete_dialogue(conn: &mut AnyConnection, key: DialogueKey, read: i64) -> Result<()> {
    let gone = on_each!(conn, |c| diesel::delete(row!(key, read)).execute(c))?;
    if gone == 1 { Ok(()) } else { Err(Error::Conflict) }
}

macro_rules! row {
    ($key:expr, $version:expr) => {
        dialogues::table
            .filter(dialogues::chat_id.eq($key.chat.0))
            .filter(dialogues::user_id.eq($key.person.0))
            .filter(dialogues::version.eq($version))
    };
}
use row;
