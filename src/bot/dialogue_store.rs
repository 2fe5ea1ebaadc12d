//! Loading and storing a dialogue.

use chrono::{DateTime, TimeDelta, Utc};

use serde::{Deserialize, Serialize};

use super::dialogue::{Dialogue, DialogueState, LastAnswer};
use super::reply::NextDialogue;
use crate::db::dialogue_questions;
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
    /// The question that it waits for.
    pub(crate) question: Option<i64>,
}

impl StoredDialogue {
    /// Returns the dialogue, if it is open.
    pub(crate) fn dialogue(&self) -> Option<&Dialogue> {
        match &self.state {
            DialogueState::Open(dialogue) => Some(dialogue),
            _ => None,
        }
    }

    /// Whether there was a dialogue and its user cannot go on with it.
    pub(crate) fn is_lost(&self) -> bool {
        matches!(self.state, DialogueState::Expired | DialogueState::Unreadable | DialogueState::Ended)
    }
}

/// The form in which a dialogue is stored.
#[derive(Serialize, Deserialize)]
struct DialogueRecord {
    #[serde(flatten)]
    dialogue: Dialogue,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_answer: Option<LastAnswer>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    question: Option<i64>,
}

/// Loads the dialogue of a user in a chat. A state that cannot be read is no error.
pub(crate) fn load_dialogue(
    tx: &mut AnyConnection,
    key: DialogueKey,
    now: DateTime<Utc>,
) -> db::Result<StoredDialogue> {
    let Some(row) = dialogues::find_dialogue(tx, key)? else {
        let state = DialogueState::None;
        return Ok(StoredDialogue { version: None, state, last_answer: None, question: None });
    };
    let version = Some(row.version);
    let lost = |state| Ok(StoredDialogue { version, state, last_answer: None, question: None });
    if row.expires_at <= now {
        return lost(DialogueState::Expired);
    }
    let Ok(record) = serde_json::from_str::<DialogueRecord>(&row.state) else {
        return lost(DialogueState::Unreadable);
    };
    let DialogueRecord { dialogue, last_answer, question } = record;
    if let Some(question) = question
        && !dialogue_questions::is_question_open(tx, question)?
    {
        return lost(DialogueState::Ended);
    }
    Ok(StoredDialogue { version, state: DialogueState::Open(Box::new(dialogue)), last_answer, question })
}

/// Stores the next step, which waits for `question`. A dialogue that is lost is removed unless a new one begins.
///
/// Returns [`db::Error::Conflict`] when another update of the user changed the dialogue meanwhile.
pub(crate) fn store_dialogue(
    tx: &mut AnyConnection,
    key: DialogueKey,
    stored: &StoredDialogue,
    next: NextDialogue,
    (last_answer, question): (Option<LastAnswer>, Option<i64>),
    now: DateTime<Utc>,
) -> db::Result<()> {
    match (next, stored.version) {
        (NextDialogue::Continue(dialogue), version) => {
            let record = DialogueRecord { dialogue: *dialogue, last_answer, question };
            let state = serde_json::to_string(&record).map_err(|error| db::Error::Unreadable {
                table: "dialogues",
                column: "state",
                value: error.to_string(),
            })?;
            dialogues::upsert_dialogue(tx, key, version, &state, now, now + EXPIRY)
        }
        (NextDialogue::End, Some(version)) => dialogues::delete_dialogue(tx, key, version),
        (NextDialogue::Keep, Some(version)) if stored.is_lost() => {
            dialogues::delete_dialogue(tx, key, version)
        }
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
