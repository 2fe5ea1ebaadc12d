//! Loading and storing a dialogue.

use chrono::{DateTime, TimeDelta, Utc};

use super::dialogue::{Dialogue, DialogueState};
use super::reply::NextDialogue;
use crate::db::dialogues::{self, DialogueKey};
use crate::db::{self, AnyConnection};

/// A dialogue expires after this long without an answer.
const EXPIRY: TimeDelta = TimeDelta::hours(24);

/// A dialogue as it was when the update began.
#[derive(Debug)]
pub(crate) struct StoredDialogue {
    /// The version of the row, if there is one.
    version: Option<i64>,
    pub(crate) state: DialogueState,
}

/// Loads the dialogue of a user in a chat. A state that cannot be read is no error.
pub(crate) fn load_dialogue(
    tx: &mut AnyConnection,
    key: DialogueKey,
    now: DateTime<Utc>,
) -> db::Result<StoredDialogue> {
    let Some(row) = dialogues::find_dialogue(tx, key)? else {
        return Ok(StoredDialogue { version: None, state: DialogueState::None });
    };
    let state = if row.expires_at <= now {
        DialogueState::Expired
    } else {
        serde_json::from_str::<Dialogue>(&row.state).map_or(DialogueState::Unreadable, DialogueState::Open)
    };
    Ok(StoredDialogue { version: Some(row.version), state })
}

/// Stores the next step. A dialogue that expired or cannot be read is removed unless a new one begins.
///
/// Returns [`db::Error::Conflict`] when another update of the user changed the dialogue meanwhile.
pub(crate) fn store_dialogue(
    tx: &mut AnyConnection,
    key: DialogueKey,
    stored: &StoredDialogue,
    next: NextDialogue,
    now: DateTime<Utc>,
) -> db::Result<()> {
    let is_lost = matches!(stored.state, DialogueState::Expired | DialogueState::Unreadable);
    match (next, stored.version) {
        (NextDialogue::Continue(dialogue), version) => {
            let state = serde_json::to_string(&dialogue).map_err(|error| db::Error::Unreadable {
                table: "dialogues",
                column: "state",
                value: error.to_string(),
            })?;
            dialogues::upsert_dialogue(tx, key, version, &state, now, now + EXPIRY)
        }
        (NextDialogue::End, Some(version)) => dialogues::delete_dialogue(tx, key, version),
        (NextDialogue::Keep, Some(version)) if is_lost => dialogues::delete_dialogue(tx, key, version),
        (NextDialogue::Keep | NextDialogue::End, _) => Ok(()),
    }
}
