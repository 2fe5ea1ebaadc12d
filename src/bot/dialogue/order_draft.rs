//! The answers of the new-order dialogue so far. The first field without an answer is the present step, unless a step is asked
//! again.

use serde::{Deserialize, Serialize};

use super::drafts::DialogueNonce;
use crate::domain::equipment::OrderEquipment;
use crate::domain::ids::MessageId;
use crate::domain::order::{NewOrder, OrderFile};
use crate::domain::visit::VisitWindow;

/// A step of the new-order dialogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OrderStep {
    Equipment,
    Description,
    Phone,
    ClientName,
    Address,
    Notes,
    Time,
    Confirmation,
}

impl OrderStep {
    /// Every step, in order.
    pub(crate) const ALL: [Self; 8] = [
        Self::Equipment,
        Self::Description,
        Self::Phone,
        Self::ClientName,
        Self::Address,
        Self::Notes,
        Self::Time,
        Self::Confirmation,
    ];

    /// Returns its number, from 1.
    pub(crate) fn number(self) -> u8 {
        self as u8 + 1
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.number() == number)
    }

    /// Whether the step may be left empty.
    pub(crate) fn can_be_skipped(self) -> bool {
        matches!(self, Self::Notes | Self::Time)
    }

    fn step_before(self) -> Option<Self> {
        Self::from_number(self.number() - 1)
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
    pub(crate) equipment: Option<OrderEquipment>,
    pub(crate) description: Option<String>,
    pub(crate) client_name: Option<String>,
    pub(crate) client_address: Option<String>,
    pub(crate) client_phone: Option<String>,
    /// What was written beside the phone, such as an extension. It becomes a part of the notes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) phone_note: Option<String>,
    /// `Some(None)` when skipped.
    #[serde(default, with = "skippable")]
    pub(crate) notes: Option<Option<String>>,
    /// `Some(None)` when skipped.
    #[serde(default, with = "skippable")]
    pub(crate) scheduled_time: Option<Option<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) visit: Option<VisitWindow>,
    /// The step that is asked again; its answer stays until there is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) revisited: Option<OrderStep>,
    /// Whether it was chosen on the confirmation card, to which it leads back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_correction: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) files: Vec<DraftFile>,
    #[serde(default)]
    pub(crate) nonce: Option<DialogueNonce>,
}

impl OrderDraft {
    /// Returns the present step.
    pub(crate) fn step(&self) -> OrderStep {
        let first = OrderStep::ALL.into_iter().find(|step| !self.has_answer(*step));
        self.revisited.or(first).unwrap_or(OrderStep::Confirmation)
    }

    fn has_answer(&self, step: OrderStep) -> bool {
        match step {
            OrderStep::Equipment => self.equipment.is_some(),
            OrderStep::Description => self.description.is_some(),
            OrderStep::Phone => self.client_phone.is_some(),
            OrderStep::ClientName => self.client_name.is_some(),
            OrderStep::Address => self.client_address.is_some(),
            OrderStep::Notes => self.notes.is_some(),
            OrderStep::Time => self.scheduled_time.is_some(),
            OrderStep::Confirmation => false,
        }
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

    /// Asks the step before the present one again. Its answer and its files go when there is another.
    pub(crate) fn step_back(&mut self) {
        if let Some(before) = self.step().step_before() {
            self.revisited = Some(before);
        }
    }

    /// Goes on behind the step that was asked again.
    pub(crate) fn end_revisit(&mut self) {
        (self.revisited, self.is_correction) = (None, false);
    }

    /// Asks a step again from the confirmation card; `false` when it has no answer yet.
    pub(crate) fn revisit(&mut self, step: OrderStep) -> bool {
        let can_be_asked = self.has_answer(step);
        if can_be_asked {
            (self.revisited, self.is_correction) = (Some(step), true);
        }
        can_be_asked
    }

    /// Returns the order once every step has its answer.
    pub(crate) fn to_order(&self) -> Option<NewOrder> {
        let draft = self.clone();
        let notes: Vec<String> = draft.phone_note.into_iter().chain(draft.notes?).collect();
        Some(NewOrder {
            notes: (!notes.is_empty()).then(|| notes.join("\n")),
            equipment: draft.equipment?,
            description: draft.description?,
            client_name: draft.client_name?,
            client_address: draft.client_address?,
            client_phone: draft.client_phone?,
            scheduled_time: draft.scheduled_time?,
            visit: draft.visit,
        })
    }
}

/// Omits the client: debug output ends up in logs.
impl std::fmt::Debug for OrderDraft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OrderDraft").field("step", &self.step()).finish_non_exhaustive()
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn draft_of_an_earlier_version_is_read_and_asks_for_what_it_lacks() {
        let stored = r#"{"equipment":"Духовой шкаф","description":"cold","client_name":"Ann","client_address":null,
            "client_phone":null,"files":[],"nonce":5}"#;
        let draft: OrderDraft = serde_json::from_str(stored).unwrap();
        assert_eq!(draft.equipment, Some(OrderEquipment { id: None, name: "Духовой шкаф".to_owned() }));
        assert_eq!(draft.step(), OrderStep::Phone);
        let draft = OrderDraft { client_phone: Some("+79990001122".to_owned()), ..draft };
        assert_eq!(draft.step(), OrderStep::Address, "the name is known already");
    }

    #[test]
    fn step_that_is_asked_again_keeps_its_answer() {
        let mut draft = OrderDraft { description: Some("cold".to_owned()), ..OrderDraft::default() };
        assert!(!draft.revisit(OrderStep::Phone) && draft.step() == OrderStep::Equipment);
        draft.equipment = Some(OrderEquipment { id: None, name: "Oven".to_owned() });
        draft.step_back();
        assert_eq!((draft.step(), draft.description.as_deref()), (OrderStep::Description, Some("cold")));
        draft.step_back();
        draft.step_back();
        assert_eq!(draft.step(), OrderStep::Equipment, "there is none before it");
        draft.revisited = None;
        assert_eq!(draft.step(), OrderStep::Phone);
    }
}
