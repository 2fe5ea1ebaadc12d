//! The answers that the other dialogues have so far. The first field without an answer is the present step.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::ids::{EquipmentTypeId, MessageId, OrderId, TelegramId};
use crate::domain::master::NewMaster;
use crate::domain::phone::Phone;
use crate::domain::rates::RateField;

/// Tells the buttons of one dialogue from those of another that looks alike: the moment at which the dialogue began, in
/// microseconds since 1970. A dialogue that an earlier version began has none, like its buttons.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct DialogueNonce(pub(crate) i64);

impl DialogueNonce {
    /// Returns the nonce of a dialogue that begins at this moment.
    pub(crate) fn at(now: DateTime<Utc>) -> Self {
        Self(now.timestamp_micros())
    }
}

impl std::fmt::Display for DialogueNonce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The name of a type of equipment that is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct EquipmentNameDraft {
    /// The type that is renamed; `None` for a new one.
    pub(crate) id: Option<EquipmentTypeId>,
    #[serde(default)]
    pub(crate) nonce: Option<DialogueNonce>,
}

/// The question for a rate.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct RateDraft {
    /// `None` for all types of equipment.
    pub(crate) kind: Option<EquipmentTypeId>,
    pub(crate) field: RateField,
    pub(crate) nonce: Option<DialogueNonce>,
}

/// The question until when a master has a day off.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct DayOffDraft {
    pub(crate) master: TelegramId,
    #[serde(default)]
    pub(crate) nonce: Option<DialogueNonce>,
}

/// What the question for a reason is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct ReasonDraft {
    pub(crate) order: OrderId,
    /// The card whose button was pressed.
    pub(crate) card: Option<MessageId>,
    /// Whether staff act in the master's place.
    #[serde(default)]
    pub(crate) for_master: bool,
    #[serde(default)]
    pub(crate) nonce: Option<DialogueNonce>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum AddMasterStep {
    Person,
    Phone,
    Specialization,
    Confirmation,
}

impl AddMasterStep {
    /// Every step, in order.
    pub(crate) const ALL: [Self; 4] = [Self::Person, Self::Phone, Self::Specialization, Self::Confirmation];

    /// Returns its number, from 1.
    pub(crate) fn number(self) -> u8 {
        self as u8 + 1
    }
}

#[derive(Clone, Default, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct MasterDraft {
    pub(crate) person: Option<TelegramId>,
    pub(crate) phone: Option<String>,
    pub(crate) specialization: Option<String>,
    #[serde(default)]
    pub(crate) nonce: Option<DialogueNonce>,
}

impl MasterDraft {
    /// Returns the present step.
    pub(crate) fn step(&self) -> AddMasterStep {
        match (self.person, &self.phone, &self.specialization) {
            (None, _, _) => AddMasterStep::Person,
            (Some(_), None, _) => AddMasterStep::Phone,
            (Some(_), Some(_), None) => AddMasterStep::Specialization,
            (Some(_), Some(_), Some(_)) => AddMasterStep::Confirmation,
        }
    }

    /// Removes the last answer.
    pub(crate) fn step_back(&mut self) {
        match self.step() {
            AddMasterStep::Person => {}
            AddMasterStep::Phone => self.person = None,
            AddMasterStep::Specialization => self.phone = None,
            AddMasterStep::Confirmation => self.specialization = None,
        }
    }

    /// Returns the master once every step has its answer.
    pub(crate) fn to_master(&self) -> Option<NewMaster> {
        Some(NewMaster {
            telegram_id: self.person?,
            phone: Phone::from_stored(self.phone.clone()?),
            specialization: self.specialization.clone()?,
        })
    }
}

/// Omits the phone: debug output ends up in logs.
impl std::fmt::Debug for MasterDraft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MasterDraft").field("person", &self.person).finish_non_exhaustive()
    }
}
