//! The answers that each dialogue has so far. The first field without an answer is the present step.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::equipment::EquipmentType;
use crate::domain::ids::{MessageId, OrderId, TelegramId};
use crate::domain::master::NewMaster;
use crate::domain::money::Kopecks;
use crate::domain::order::{NewOrder, OrderFile};
use crate::domain::phone::Phone;
use crate::domain::visit::VisitWindow;

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

/// A step of the new-order dialogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum OrderStep {
    Equipment,
    Description,
    ClientName,
    Address,
    Phone,
    Notes,
    Time,
    Confirmation,
}

impl OrderStep {
    /// Every step, in order.
    pub(crate) const ALL: [Self; 8] = [
        Self::Equipment,
        Self::Description,
        Self::ClientName,
        Self::Address,
        Self::Phone,
        Self::Notes,
        Self::Time,
        Self::Confirmation,
    ];

    /// Returns its number, from 1.
    pub(crate) fn number(self) -> u8 {
        self as u8 + 1
    }

    /// Whether the step may be left empty.
    pub(crate) fn can_be_skipped(self) -> bool {
        matches!(self, Self::Notes | Self::Time)
    }
}

/// A file that came with an answer.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct DraftFile {
    /// The number of the step.
    pub(crate) step: u8,
    pub(crate) message: MessageId,
    pub(crate) file: OrderFile,
}

#[allow(clippy::option_option, reason = "not asked, skipped, given")]
#[derive(Clone, Default, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct OrderDraft {
    pub(crate) equipment: Option<EquipmentType>,
    pub(crate) description: Option<String>,
    pub(crate) client_name: Option<String>,
    pub(crate) client_address: Option<String>,
    pub(crate) client_phone: Option<String>,
    /// `Some(None)` when skipped.
    #[serde(default, with = "skippable")]
    pub(crate) notes: Option<Option<String>>,
    /// `Some(None)` when skipped.
    #[serde(default, with = "skippable")]
    pub(crate) scheduled_time: Option<Option<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) visit: Option<VisitWindow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) files: Vec<DraftFile>,
    #[serde(default)]
    pub(crate) nonce: Option<DialogueNonce>,
}

impl OrderDraft {
    /// Returns the present step.
    pub(crate) fn step(&self) -> OrderStep {
        let answered = [
            self.equipment.is_some(),
            self.description.is_some(),
            self.client_name.is_some(),
            self.client_address.is_some(),
            self.client_phone.is_some(),
            self.notes.is_some(),
            self.scheduled_time.is_some(),
        ];
        let first = answered.iter().position(|answered| !answered);
        first.map_or(OrderStep::Confirmation, |first| OrderStep::ALL[first])
    }

    /// Removes the files of an earlier answer to a step.
    pub(crate) fn remove_files(&mut self, step: OrderStep) {
        self.files.retain(|file| file.step != step.number());
    }

    /// Adds files in place of those of the same messages.
    pub(crate) fn add_files(&mut self, files: Vec<DraftFile>) {
        self.files.retain(|old| files.iter().all(|new| new.message != old.message));
        self.files.extend(files);
    }

    /// Removes the last answer. Its files go when the step has another.
    pub(crate) fn step_back(&mut self) {
        match self.step() {
            OrderStep::Equipment => {}
            OrderStep::Description => self.equipment = None,
            OrderStep::ClientName => self.description = None,
            OrderStep::Address => self.client_name = None,
            OrderStep::Phone => self.client_address = None,
            OrderStep::Notes => self.client_phone = None,
            OrderStep::Time => self.notes = None,
            OrderStep::Confirmation => (self.scheduled_time, self.visit) = (None, None),
        }
    }

    /// Returns the order once every step has its answer.
    pub(crate) fn to_order(&self) -> Option<NewOrder> {
        let Self {
            equipment,
            description,
            client_name,
            client_address,
            client_phone,
            notes,
            scheduled_time,
            visit,
            files: _,
            nonce: _,
        } = self.clone();
        Some(NewOrder {
            equipment: equipment?,
            description: description?,
            client_name: client_name?,
            client_address: client_address?,
            client_phone: client_phone?,
            notes: notes?,
            scheduled_time: scheduled_time?,
            visit,
        })
    }
}

/// Omits the client: debug output ends up in logs.
impl std::fmt::Debug for OrderDraft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OrderDraft")
            .field("equipment", &self.equipment.map(EquipmentType::key))
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CloseStep {
    Total,
    Materials,
    Review,
}

impl CloseStep {
    /// Every step, in order.
    pub(crate) const ALL: [Self; 3] = [Self::Total, Self::Materials, Self::Review];

    /// Returns its number, from 1.
    pub(crate) fn number(self) -> u8 {
        self as u8 + 1
    }
}

#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct ClosingDraft {
    pub(crate) order: OrderId,
    /// The card whose button was pressed.
    pub(crate) card: Option<MessageId>,
    /// What the client paid.
    pub(crate) total: Option<Kopecks>,
    /// What the parts cost.
    pub(crate) materials: Option<Kopecks>,
    #[serde(default)]
    pub(crate) nonce: Option<DialogueNonce>,
}

impl ClosingDraft {
    /// Returns the present step.
    pub(crate) fn step(&self) -> CloseStep {
        match (self.total, self.materials) {
            (None, _) => CloseStep::Total,
            (Some(_), None) => CloseStep::Materials,
            (Some(_), Some(_)) => CloseStep::Review,
        }
    }

    /// Removes the last answer.
    pub(crate) fn step_back(&mut self) {
        if self.materials.take().is_none() {
            self.total = None;
        }
    }
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

/// JSON has one `null`: a step not asked yet is a missing field, a skipped one is `"skipped"`.
mod skippable {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum SkippableAnswer {
        Skipped,
        Given(String),
    }

    #[allow(clippy::ref_option, clippy::option_option, reason = "the signature is serde's")]
    pub(super) fn serialize<S: Serializer>(
        value: &Option<Option<String>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let answer = value.as_ref().map(|answer| match answer {
            None => SkippableAnswer::Skipped,
            Some(text) => SkippableAnswer::Given(text.clone()),
        });
        answer.serialize(serializer)
    }

    #[allow(clippy::option_option, reason = "not asked, skipped, given")]
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Option<String>>, D::Error> {
        Ok(Option::<SkippableAnswer>::deserialize(deserializer)?.map(|answer| match answer {
            SkippableAnswer::Skipped => None,
            SkippableAnswer::Given(text) => Some(text),
        }))
    }
}
