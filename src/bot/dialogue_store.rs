//! Loading and storing a dialogue.

use chrono::{DateTime, TimeDelta, Utc};

use serde::{Deserialize, Serialize};

use super::dialogue::{Dialogue, DialogueState, LastAnswer};
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
    pub(crate) last_answer: Option<LastAnswer>,
}

/// The form in which a dialogue is stored.
#[derive(Serialize, Deserialize)]
struct DialogueRecord {
    #[serde(flatten)]
    dialogue: Dialogue,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_answer: Option<LastAnswer>,
}

/// Loads the dialogue of a user in a chat. A state that cannot be read is no error.
pub(crate) fn load_dialogue(
    tx: &mut AnyConnection,
    key: DialogueKey,
    now: DateTime<Utc>,
) -> db::Result<StoredDialogue> {
    let Some(row) = dialogues::find_dialogue(tx, key)? else {
        return Ok(StoredDialogue { version: None, state: DialogueState::None, last_answer: None });
    };
    let (state, last_answer) = if row.expires_at <= now {
        (DialogueState::Expired, None)
    } else {
        match serde_json::from_str::<DialogueRecord>(&row.state) {
            Ok(record) => (DialogueState::Open(Box::new(record.dialogue)), record.last_answer),
            Err(_) => (DialogueState::Unreadable, None),
        }
    };
    Ok(StoredDialogue { version: Some(row.version), state, last_answer })
}

/// Stores the next step. A dialogue that expired or cannot be read is removed unless a new one begins.
///
/// Returns [`db::Error::Conflict`] when another update of the user changed the dialogue meanwhile.
pub(crate) fn store_dialogue(
    tx: &mut AnyConnection,
    key: DialogueKey,
    stored: &StoredDialogue,
    next: NextDialogue,
    last_answer: Option<LastAnswer>,
    now: DateTime<Utc>,
) -> db::Result<()> {
    let is_lost = matches!(stored.state, DialogueState::Expired | DialogueState::Unreadable);
    match (next, stored.version) {
        (NextDialogue::Continue(dialogue), version) => {
            let record = DialogueRecord { dialogue: *dialogue, last_answer };
            let state = serde_json::to_string(&record).map_err(|error| db::Error::Unreadable {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::bot::dialogue::{DialogueNonce, OrderDraft, PartMarks};
    use crate::domain::equipment::OrderEquipment;
    use crate::domain::ids::MessageId;

    #[test]
    fn states_of_earlier_versions_and_for_them_are_read() {
        let draft = OrderDraft {
            equipment: Some(OrderEquipment { id: None, name: "Oven".to_owned() }),
            description: Some("x".to_owned()),
            notes: Some(None),
            nonce: Some(DialogueNonce(5)),
            ..OrderDraft::default()
        };
        let old_dialogue = Dialogue::NewOrder(draft);
        let old = &serde_json::to_string(&old_dialogue).unwrap();
        assert!(!old.contains("last_answer") && !old.contains("files"), "{old}");
        let record: DialogueRecord = serde_json::from_str(old).unwrap();
        assert_eq!((&record.dialogue, &record.last_answer), (&old_dialogue, &None));
        let last_answer = LastAnswer {
            step: 2,
            messages: vec![MessageId(5), MessageId(6)],
            marks: PartMarks { sent_at: Some(50), media_group: Some("7".to_owned()), may_be_cut: false },
            text_digest: "abc".to_owned(),
        };
        let new = DialogueRecord { last_answer: Some(last_answer), ..record };
        let stored = serde_json::to_string(&new).unwrap();
        let read: DialogueRecord = serde_json::from_str(&stored).unwrap();
        assert_eq!((read.dialogue, read.last_answer), (new.dialogue, new.last_answer));
        assert_eq!(serde_json::from_str::<Dialogue>(&stored).unwrap(), old_dialogue);
    }
}
