//! Loading and storing a dialogue.

use chrono::{DateTime, TimeDelta, Utc};

use serde::{Deserialize, Serialize};

use super::dialogue::{Dialogue, DialogueState, LastAnswer};
use super::reply::NextDialogue;
use crate::db::dialogue_questions;
use crate::db::dialogues::{self, DialogueKey};
use crate::db::{self, AnyConnection};

/// The most dialogues of a user that wait at a time; the oldest is dropped for another, drafts of orders and masters last.
const MAX_WAITING: usize = 3;

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
    /// The dialogues that were left for others, the latest last. Their buttons continue them.
    pub(crate) waiting: Vec<Dialogue>,
}

impl StoredDialogue {
    fn of_state(version: Option<i64>, state: DialogueState) -> Self {
        Self { version, state, last_answer: None, question: None, waiting: Vec::new() }
    }

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

    /// Returns the dialogues that wait beside these: those that waited before, and the one that was open.
    fn waiting_beside(&self, others: &[Option<&Dialogue>]) -> Vec<Dialogue> {
        let mut waiting = self.waiting.clone();
        if let DialogueState::Open(open) = &self.state {
            waiting.push(Dialogue::clone(open));
        }
        waiting.retain(|one| {
            one.can_wait() && !others.iter().flatten().any(|other| other.has_same_subject(one))
        });
        // What was typed for a new order or master is worth more than a question that its button asks again.
        while waiting.len() > MAX_WAITING {
            let oldest = waiting.iter().position(|one| !one.stays_open_when_left()).unwrap_or_default();
            waiting.remove(oldest);
        }
        waiting
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
    /// Whether it was left and takes no answers until it is continued.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_waiting: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    waiting: Vec<Dialogue>,
}

/// Loads the dialogue of a user in a chat. A state that cannot be read is no error.
pub(crate) fn load_dialogue(
    tx: &mut AnyConnection,
    key: DialogueKey,
    now: DateTime<Utc>,
) -> db::Result<StoredDialogue> {
    let Some(row) = dialogues::find_dialogue(tx, key)? else {
        return Ok(StoredDialogue::of_state(None, DialogueState::None));
    };
    let version = Some(row.version);
    if row.expires_at <= now {
        return Ok(StoredDialogue::of_state(version, DialogueState::Expired));
    }
    let Ok(record) = serde_json::from_str::<DialogueRecord>(&row.state) else {
        return Ok(StoredDialogue::of_state(version, DialogueState::Unreadable));
    };
    if let Some(question) = record.question
        && !dialogue_questions::is_question_open(tx, question)?
    {
        return Ok(StoredDialogue {
            waiting: record.waiting,
            ..StoredDialogue::of_state(version, DialogueState::Ended)
        });
    }
    let (question, mut waiting) = (record.question, record.waiting);
    let state = if record.is_waiting {
        waiting.push(record.dialogue);
        DialogueState::None
    } else {
        DialogueState::Open(Box::new(record.dialogue))
    };
    Ok(StoredDialogue { version, state, last_answer: record.last_answer, question, waiting })
}

/// Stores the next step. A dialogue that expired, cannot be read or was ended is removed; those that wait beside it stay. `active` is the dialogue
/// that the update was about; the next step waits for `question`.
///
/// Returns [`db::Error::Conflict`] when another update of the user changed the dialogue meanwhile.
pub(crate) fn store_dialogue(
    tx: &mut AnyConnection,
    key: DialogueKey,
    stored: &StoredDialogue,
    active: Option<&Dialogue>,
    next: NextDialogue,
    (last_answer, question): (Option<LastAnswer>, Option<i64>),
    now: DateTime<Utc>,
) -> db::Result<()> {
    let is_lost = stored.is_lost();
    let record = match next {
        NextDialogue::Continue(dialogue) => {
            let waiting = stored.waiting_beside(&[Some(&dialogue)]);
            Some(DialogueRecord { dialogue: *dialogue, last_answer, question, is_waiting: false, waiting })
        }
        NextDialogue::End => remaining_record(stored, active),
        NextDialogue::Leave => match active.filter(|active| !active.stays_open_when_left()) {
            Some(left) => {
                let waiting = stored.waiting_beside(&[Some(left)]);
                Some(DialogueRecord {
                    dialogue: left.clone(),
                    last_answer: None,
                    question: None,
                    is_waiting: true,
                    waiting,
                })
            }
            None if is_lost => remaining_record(stored, None),
            None => return Ok(()),
        },
        NextDialogue::Keep if is_lost => remaining_record(stored, None),
        NextDialogue::Keep => return Ok(()),
    };
    // In a group, where the members talk to each other, nothing waits.
    let is_kept = |record: &DialogueRecord| !record.is_waiting || !key.place.chat.is_group();
    match (record.filter(is_kept), stored.version) {
        (Some(mut record), version) => {
            if key.place.chat.is_group() {
                record.waiting.clear();
            }
            write_record(tx, key, version, &record, now)
        }
        (None, Some(version)) => dialogues::delete_dialogue(tx, key, version),
        (None, None) => Ok(()),
    }
}

/// Returns what remains once the active dialogue ends: the one that is open beside it, else the last one that waits.
fn remaining_record(stored: &StoredDialogue, active: Option<&Dialogue>) -> Option<DialogueRecord> {
    let mut waiting = stored.waiting_beside(&[active]);
    waiting.retain(|one| !active.is_some_and(|active| active.makes_pointless(one)));
    let dialogue = waiting.pop()?;
    let is_open = matches!(&stored.state, DialogueState::Open(open) if **open == dialogue);
    let last_answer = stored.last_answer.clone().filter(|_| is_open);
    let is_waiting = !is_open && !dialogue.stays_open_when_left();
    let question = stored.question.filter(|_| is_open);
    Some(DialogueRecord { dialogue, last_answer, question, is_waiting, waiting })
}

fn write_record(
    tx: &mut AnyConnection,
    key: DialogueKey,
    version: Option<i64>,
    record: &DialogueRecord,
    now: DateTime<Utc>,
) -> db::Result<()> {
    let state = serde_json::to_string(record).map_err(|error| db::Error::Unreadable {
        table: "dialogues",
        column: "state",
        value: error.to_string(),
    })?;
    dialogues::upsert_dialogue(tx, key, version, &state, now, now + EXPIRY)
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
