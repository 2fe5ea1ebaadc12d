//! Conversations with several steps: what is remembered between two messages of a person.
//!
//! A dialogue belongs to one person in one chat, survives a restart, and is forgotten after a day of silence.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::reply::Next;
use crate::db::dialogues::{self, DialogueKey};
use crate::db::{self, AnyConnection};
use crate::domain::equipment::EquipmentType;
use crate::domain::ids::{MessageId, OrderId, TelegramId};
use crate::domain::money::Kopecks;

/// A dialogue is forgotten after this long without a word.
const PATIENCE: TimeDelta = TimeDelta::hours(24);

/// Tells the buttons of one dialogue from those of another that looks alike: the moment at which the dialogue began,
/// microseconds since 1970. A dialogue that an earlier version began has none, like its buttons.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Nonce(pub i64);

impl Nonce {
    /// The nonce of a dialogue that begins at this moment.
    #[must_use]
    pub fn at(now: DateTime<Utc>) -> Self {
        Self(now.timestamp_micros())
    }
}

impl std::fmt::Display for Nonce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a person is.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(tag = "dialogue", rename_all = "snake_case")]
pub enum Dialogue {
    /// Taking a new order.
    NewOrder(OrderDraft),
    /// Closing an order.
    Close(ClosingDraft),
    /// A master says why they decline an order.
    Decline {
        /// The order.
        order: OrderId,
        /// The card whose button was pressed.
        card: Option<MessageId>,
        /// What the dialogue's buttons carry.
        #[serde(default)]
        nonce: Option<Nonce>,
    },
    /// Staff say why they refuse an order.
    Refuse {
        /// The order.
        order: OrderId,
        /// The card whose button was pressed.
        card: Option<MessageId>,
        /// What the dialogue's buttons carry.
        #[serde(default)]
        nonce: Option<Nonce>,
    },
    /// Adding a master.
    AddMaster(MasterDraft),
    /// Waiting for the group of a master.
    WorkChat {
        /// The master.
        master: TelegramId,
    },
}

impl Dialogue {
    /// The name under which it is stored, which is also what the log calls it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::NewOrder(_) => "new_order",
            Self::Close(_) => "close",
            Self::Decline { .. } => "decline",
            Self::Refuse { .. } => "refuse",
            Self::AddMaster(_) => "add_master",
            Self::WorkChat { .. } => "work_chat",
        }
    }

    /// What its buttons carry; the one that asks for a group has none of its own.
    #[must_use]
    pub fn nonce(&self) -> Option<Nonce> {
        match self {
            Self::NewOrder(OrderDraft { nonce, .. })
            | Self::Close(ClosingDraft { nonce, .. })
            | Self::Decline { nonce, .. }
            | Self::Refuse { nonce, .. }
            | Self::AddMaster(MasterDraft { nonce, .. }) => *nonce,
            Self::WorkChat { .. } => None,
        }
    }

    /// Whether both do the same to the same thing, however far each has come.
    #[must_use]
    pub fn is_about_the_same(&self, other: &Self) -> bool {
        let subject = |dialogue: &Self| match dialogue {
            Self::NewOrder(_) | Self::AddMaster(_) => None,
            Self::Close(ClosingDraft { order, .. })
            | Self::Decline { order, .. }
            | Self::Refuse { order, .. } => Some(order.0),
            Self::WorkChat { master } => Some(master.0),
        };
        std::mem::discriminant(self) == std::mem::discriminant(other) && subject(self) == subject(other)
    }
}

/// The answers of the new-order dialogue so far; the first field that is missing is the present step.
#[derive(Clone, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct OrderDraft {
    /// Step 1.
    pub equipment: Option<EquipmentType>,
    /// Step 2.
    pub description: Option<String>,
    /// Step 3.
    pub client_name: Option<String>,
    /// Step 4.
    pub client_address: Option<String>,
    /// Step 5.
    pub client_phone: Option<String>,
    /// Step 6; `Some(None)` when skipped.
    #[serde(default, with = "skippable")]
    pub notes: Option<Option<String>>,
    /// Step 7; `Some(None)` when skipped.
    #[serde(default, with = "skippable")]
    pub scheduled_time: Option<Option<String>>,
    /// What the dialogue's buttons carry.
    #[serde(default)]
    pub nonce: Option<Nonce>,
}

/// Names no client: debug output ends in logs.
impl std::fmt::Debug for OrderDraft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OrderDraft")
            .field("equipment", &self.equipment.map(EquipmentType::key))
            .finish_non_exhaustive()
    }
}

/// The answers of the closing dialogue so far; the first field that is missing is the present step.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct ClosingDraft {
    /// The order.
    pub order: OrderId,
    /// The card whose button was pressed.
    pub card: Option<MessageId>,
    /// What the client paid.
    pub total: Option<Kopecks>,
    /// What the parts cost.
    pub materials: Option<Kopecks>,
    /// What the dialogue's buttons carry.
    #[serde(default)]
    pub nonce: Option<Nonce>,
}

/// The answers of the add-master dialogue so far; the first field that is missing is the present step.
#[derive(Clone, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct MasterDraft {
    /// Who.
    pub person: Option<TelegramId>,
    /// Their phone.
    pub phone: Option<String>,
    /// What they repair.
    pub specialization: Option<String>,
    /// What the dialogue's buttons carry.
    #[serde(default)]
    pub nonce: Option<Nonce>,
}

impl std::fmt::Debug for MasterDraft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MasterDraft").field("person", &self.person).finish_non_exhaustive()
    }
}

/// JSON has one `null`; "not asked yet" is a missing field and "skipped" is `{"skipped":true}`.
mod skippable {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Answer {
        Skipped,
        Given(String),
    }

    #[allow(clippy::ref_option, clippy::option_option, reason = "the signature is serde's")]
    pub(super) fn serialize<S: Serializer>(
        value: &Option<Option<String>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let answer = value.as_ref().map(|answer| match answer {
            None => Answer::Skipped,
            Some(text) => Answer::Given(text.clone()),
        });
        answer.serialize(serializer)
    }

    #[allow(clippy::option_option, reason = "not asked, skipped, given")]
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Option<String>>, D::Error> {
        Ok(Option::<Answer>::deserialize(deserializer)?.map(|answer| match answer {
            Answer::Skipped => None,
            Answer::Given(text) => Some(text),
        }))
    }
}

/// What was found for a person in a chat.
#[derive(Debug)]
pub struct Found {
    /// The version of the row, if there is one.
    version: Option<i64>,
    /// The dialogue, or why there is none.
    pub present: Present,
}

/// The dialogue of a person in a chat.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Present {
    /// There is none.
    None,
    /// They are here.
    At(Dialogue),
    /// It was forgotten after a day of silence; they should hear of it.
    Expired,
    /// This version cannot read what another one wrote; they should hear of it.
    Unreadable,
}

/// Loads the dialogue of a person in a chat.
///
/// # Errors
/// When the database fails; a state that cannot be read is no error.
pub fn load(tx: &mut AnyConnection, key: DialogueKey, now: DateTime<Utc>) -> db::Result<Found> {
    let Some(row) = dialogues::find_dialogue(tx, key)? else {
        return Ok(Found { version: None, present: Present::None });
    };
    let present = if row.expires_at <= now {
        Present::Expired
    } else {
        serde_json::from_str(&row.state).map_or(Present::Unreadable, Present::At)
    };
    Ok(Found { version: Some(row.version), present })
}

/// Stores what becomes of the dialogue. One that expired or cannot be read is gone unless a new one begins.
///
/// # Errors
/// [`db::Error::Conflict`] when another update of the person changed it meanwhile.
pub(super) fn store(
    tx: &mut AnyConnection,
    key: DialogueKey,
    found: &Found,
    next: Next,
    now: DateTime<Utc>,
) -> db::Result<()> {
    let is_dead = matches!(found.present, Present::Expired | Present::Unreadable);
    match (next, found.version) {
        (Next::Go(dialogue), version) => {
            let state = serde_json::to_string(&dialogue).map_err(|error| db::Error::Unreadable {
                table: "dialogues",
                column: "state",
                value: error.to_string(),
            })?;
            dialogues::upsert_dialogue(tx, key, version, &state, now, now + PATIENCE)
        }
        (Next::End, Some(version)) => dialogues::delete_dialogue(tx, key, version),
        (Next::Keep, Some(version)) if is_dead => dialogues::delete_dialogue(tx, key, version),
        (Next::Keep | Next::End, _) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_log_calls_a_dialogue_as_the_database_does() {
        let (order, card, nonce) = (OrderId(1), None, None);
        for dialogue in [
            Dialogue::NewOrder(OrderDraft::default()),
            Dialogue::Close(ClosingDraft { order, card, total: None, materials: None, nonce }),
            Dialogue::Decline { order, card, nonce },
            Dialogue::Refuse { order, card, nonce },
            Dialogue::AddMaster(MasterDraft::default()),
            Dialogue::WorkChat { master: TelegramId(1) },
        ] {
            assert_eq!(serde_json::to_value(&dialogue).unwrap()["dialogue"], dialogue.name());
        }
    }
}
