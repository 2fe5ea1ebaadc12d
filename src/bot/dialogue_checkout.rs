//! A dialogue of Redis in a transaction.
//!
//! It was read before the transaction and is put into the table `dialogues`, where the handler finds it. If the handler
//! changes it, the row stays as the copy that is written to Redis after the commit; an ended one leaves a row that says so.

use chrono::{DateTime, Utc};

use super::incoming::ReceivedUpdate;
use super::process::{self, ProcessedUpdate};
use super::settings::BotSettings;
use crate::db::dialogues::{self, DialogueKey, StoredDialogue};
use crate::db::{self, AnyConnection};

/// A dialogue as Redis had it before the transaction.
#[derive(Clone, Debug)]
pub(super) struct CheckedOutDialogue {
    pub(super) key: DialogueKey,
    pub(super) dialogue: Option<StoredDialogue>,
}

/// Processes an update. Returns also whether Redis lacks what the database now has.
pub(super) fn process_with_dialogue(
    tx: &mut AnyConnection,
    settings: &BotSettings,
    update: &ReceivedUpdate,
    read: &CheckedOutDialogue,
    now: DateTime<Utc>,
) -> db::Result<(ProcessedUpdate, bool)> {
    let (before, is_pending) = check_out(tx, read, now)?;
    let processed = process::process_update(tx, settings, update, now)?;
    let is_pending = check_in(tx, read.key, before, is_pending, now)?;
    Ok((processed, is_pending))
}

/// Makes the row what the handler is to find, and returns it, and whether it is newer than what Redis has.
fn check_out(
    tx: &mut AnyConnection,
    read: &CheckedOutDialogue,
    now: DateTime<Utc>,
) -> db::Result<(Option<StoredDialogue>, bool)> {
    match (dialogues::find_dialogue(tx, read.key)?, &read.dialogue) {
        (Some(copy), _) if copy.has_ended() => {
            dialogues::delete_version(tx, read.key, copy.version)?;
            Ok((None, true))
        }
        (Some(copy), _) => Ok((Some(copy), true)),
        (None, Some(dialogue)) => {
            dialogues::insert_copy(tx, read.key, dialogue, now)?;
            Ok((Some(dialogue.clone()), false))
        }
        (None, None) => Ok((None, false)),
    }
}

/// Leaves a copy exactly if Redis lacks it, and returns whether it does.
fn check_in(
    tx: &mut AnyConnection,
    key: DialogueKey,
    before: Option<StoredDialogue>,
    was_pending: bool,
    now: DateTime<Utc>,
) -> db::Result<bool> {
    let after = dialogues::find_dialogue(tx, key)?;
    let is_pending = was_pending || after != before;
    match after {
        Some(after) if !is_pending => dialogues::delete_version(tx, key, after.version)?,
        None if is_pending => {
            let version = before.map_or(0, |before| before.version) + 1;
            let ended = StoredDialogue { version, state: dialogues::ENDED.to_owned(), expires_at: now };
            dialogues::insert_copy(tx, key, &ended, now)?;
        }
        _ => {}
    }
    Ok(is_pending)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::PathBuf;

    use super::*;
    use crate::config::database::DatabaseUrl;
    use crate::db::connection;
    use crate::domain::ids::{ChatId, TelegramId};
    use crate::migrate;

    const KEY: DialogueKey = DialogueKey {
        place: crate::domain::ids::ChatPlace { chat: ChatId(5), thread: None },
        user: TelegramId(5),
    };

    fn dialogue(version: i64, state: &str) -> StoredDialogue {
        let expires_at = "2026-11-23T10:00:00Z".parse().unwrap();
        StoredDialogue { version, state: state.to_owned(), expires_at }
    }

    /// What remains in the table when the handler finds a dialogue (first) and leaves another one.
    fn copy_after(
        row: Option<StoredDialogue>,
        redis: Option<StoredDialogue>,
        handler: impl FnOnce(&mut AnyConnection, Option<StoredDialogue>),
    ) -> (Option<StoredDialogue>, bool) {
        let now = "2026-11-22T10:00:00Z".parse().unwrap();
        let mut tx = connection::open_connection(&DatabaseUrl::Sqlite(PathBuf::from(":memory:"))).unwrap();
        migrate::apply_pending(&mut tx).unwrap();
        if let Some(row) = row {
            dialogues::insert_copy(&mut tx, KEY, &row, now).unwrap();
        }
        let read = CheckedOutDialogue { key: KEY, dialogue: redis };
        let (before, is_pending) = check_out(&mut tx, &read, now).unwrap();
        let found = dialogues::find_dialogue(&mut tx, KEY).unwrap();
        assert_eq!(found, before);
        handler(&mut tx, found);
        let is_pending = check_in(&mut tx, KEY, before, is_pending, now).unwrap();
        (dialogues::find_dialogue(&mut tx, KEY).unwrap(), is_pending)
    }

    #[test]
    fn dialogue_that_stays_as_it_is_leaves_no_copy() {
        let unchanged =
            copy_after(None, Some(dialogue(3, "a")), |_, found| assert_eq!(found, Some(dialogue(3, "a"))));
        assert_eq!(unchanged, (None, false));
        assert_eq!(copy_after(None, None, |_, found| assert_eq!(found, None)), (None, false));
    }

    #[test]
    fn change_and_end_leave_a_copy() {
        let expires_at = dialogue(0, "").expires_at;
        let (copy, is_pending) = copy_after(None, Some(dialogue(3, "a")), |tx, _| {
            dialogues::upsert_dialogue(tx, KEY, Some(3), "b", expires_at, expires_at).unwrap();
        });
        assert_eq!((copy, is_pending), (Some(dialogue(4, "b")), true));
        let (copy, is_pending) = copy_after(None, Some(dialogue(3, "a")), |tx, _| {
            dialogues::delete_dialogue(tx, KEY, 3).unwrap();
        });
        assert!(copy.unwrap().has_ended() && is_pending);
    }

    #[test]
    fn copy_counts_more_than_what_redis_has() {
        let newer = copy_after(Some(dialogue(4, "b")), Some(dialogue(3, "a")), |_, found| {
            assert_eq!(found, Some(dialogue(4, "b")));
        });
        assert_eq!(newer, (Some(dialogue(4, "b")), true));
        let (copy, is_pending) =
            copy_after(Some(dialogue(4, dialogues::ENDED)), Some(dialogue(3, "a")), |_, found| {
                assert_eq!(found, None);
            });
        assert!(copy.unwrap().has_ended() && is_pending, "Redis still has it");
    }
}
