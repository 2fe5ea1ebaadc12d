//! Dialogues: what is remembered between two messages of a user.
//!
//! A dialogue belongs to one user in one chat, survives a restart, and expires after a day of silence.

mod answer;
mod closing;
mod drafts;
mod last_answer;
mod long_repair;
mod order_draft;
mod order_drafts;
mod report_dates;
mod reschedule;
mod settlement;

use serde::{Deserialize, Serialize};

pub(crate) use self::answer::{DialogueAnswer, OriginChat};
pub(crate) use self::closing::{CloseStep, ClosingDraft};
pub(crate) use self::drafts::{
    AddMasterStep, DayOffDraft, DialogueNonce, EquipmentNameDraft, MasterDraft, RateDraft, ReasonDraft,
};
pub(crate) use self::last_answer::{LastAnswer, PartMarks, digest_text};
pub(crate) use self::long_repair::{LongRepairDraft, LongRepairStep};
pub(crate) use self::order_draft::{DraftFile, OrderDraft, OrderStep};
pub(crate) use self::order_drafts::{CorrectionDraft, DeletionDraft, EditDraft, OrderQuestion};
pub(crate) use self::report_dates::{ReportDatesDraft, ReportSubject};
pub(crate) use self::reschedule::{RescheduleDraft, VisitSlot};
pub(crate) use self::settlement::{DisputeDraft, TakeCashDraft};
use crate::domain::answer::parse_yes_no;
use crate::domain::ids::TelegramId;
use crate::domain::money::{parse_amount, parse_materials, parse_total};
use crate::domain::role::RoleSet;

/// An open dialogue with the answers so far.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(tag = "dialogue", rename_all = "snake_case")]
pub(crate) enum Dialogue {
    NewOrder(OrderDraft),
    /// Closing an order.
    Close(ClosingDraft),
    /// A master declines an order and is asked why.
    Decline(ReasonDraft),
    /// A master gives an accepted order back and is asked why.
    HandBack(ReasonDraft),
    /// The client declined, and the master is asked why.
    ClientDecline(ReasonDraft),
    /// Staff refuse an order and are asked why.
    Refuse(ReasonDraft),
    /// The appliance is taken away, or parts are awaited.
    LongRepair(LongRepairDraft),
    /// Moving a visit.
    Reschedule(RescheduleDraft),
    AddMaster(MasterDraft),
    /// The next text is searched for.
    Search,
    /// An administrator searches for a user; the next text is searched for.
    FindUser,
    /// A master, or staff for them, say until when they have a day off.
    DayOff(DayOffDraft),
    /// Staff edit a field of an order.
    EditOrder(EditDraft),
    /// Adding a comment or files to an order.
    Comment(OrderQuestion),
    /// An admin deletes an order.
    DeleteOrder(DeletionDraft),
    /// Staff make a new order of a closed one.
    RepeatOrder(OrderQuestion),
    /// An admin corrects an amount of a closed order.
    CorrectOrder(CorrectionDraft),
    /// An administrator changes a rate.
    ChangeRate(RateDraft),
    /// An administrator names a type of equipment.
    EquipmentName(EquipmentNameDraft),
    /// Staff type the two dates of a report.
    ReportDates(ReportDatesDraft),
    /// Staff book cash that a master gave.
    TakeCash(TakeCashDraft),
    /// A master says what is wrong with a hand-over.
    DisputeHandOver(DisputeDraft),
    /// Choosing the work group of a master.
    WorkChat {
        master: TelegramId,
    },
}

impl Dialogue {
    /// Returns the name under which it is stored and logged.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::NewOrder(_) => "new_order",
            Self::Close(_) => "close",
            Self::Decline(_) => "decline",
            Self::HandBack(_) => "hand_back",
            Self::ClientDecline(_) => "client_decline",
            Self::Refuse(_) => "refuse",
            Self::LongRepair(_) => "long_repair",
            Self::Reschedule(_) => "reschedule",
            Self::AddMaster(_) => "add_master",
            Self::Search => "search",
            Self::FindUser => "find_user",
            Self::DayOff(_) => "day_off",
            Self::EditOrder(_) => "edit_order",
            Self::Comment(_) => "comment",
            Self::DeleteOrder(_) => "delete_order",
            Self::RepeatOrder(_) => "repeat_order",
            Self::CorrectOrder(_) => "correct_order",
            Self::ChangeRate(_) => "change_rate",
            Self::EquipmentName(_) => "equipment_name",
            Self::ReportDates(_) => "report_dates",
            Self::TakeCash(_) => "take_cash",
            Self::DisputeHandOver(_) => "dispute_hand_over",
            Self::WorkChat { .. } => "work_chat",
        }
    }

    /// Returns the number of the present step, from 1.
    pub(crate) fn step_number(&self) -> u8 {
        match self {
            Self::NewOrder(draft) => draft.step().number(),
            Self::Close(draft) => draft.step().number(),
            Self::LongRepair(draft) => draft.step().number(),
            Self::AddMaster(draft) => draft.step().number(),
            Self::DeleteOrder(draft) => draft.step_number(),
            Self::TakeCash(draft) => draft.step_number(),
            Self::Decline(_)
            | Self::HandBack(_)
            | Self::ClientDecline(_)
            | Self::Refuse(_)
            | Self::Search
            | Self::FindUser
            | Self::DayOff(_)
            | Self::EditOrder(_)
            | Self::Comment(_)
            | Self::RepeatOrder(_)
            | Self::CorrectOrder(_)
            | Self::Reschedule(_)
            | Self::ChangeRate(_)
            | Self::EquipmentName(_)
            | Self::ReportDates(_)
            | Self::DisputeHandOver(_)
            | Self::WorkChat { .. } => 1,
        }
    }

    /// Returns the nonce that its buttons carry; the question for a work group has no inline buttons.
    pub(crate) fn nonce(&self) -> Option<DialogueNonce> {
        match self {
            Self::NewOrder(OrderDraft { nonce, .. })
            | Self::Close(ClosingDraft { nonce, .. })
            | Self::Decline(ReasonDraft { nonce, .. })
            | Self::HandBack(ReasonDraft { nonce, .. })
            | Self::ClientDecline(ReasonDraft { nonce, .. })
            | Self::Refuse(ReasonDraft { nonce, .. })
            | Self::LongRepair(LongRepairDraft { nonce, .. })
            | Self::EditOrder(EditDraft { nonce, .. })
            | Self::Comment(OrderQuestion { nonce, .. })
            | Self::DeleteOrder(DeletionDraft { nonce, .. })
            | Self::RepeatOrder(OrderQuestion { nonce, .. })
            | Self::CorrectOrder(CorrectionDraft { nonce, .. })
            | Self::Reschedule(RescheduleDraft { nonce, .. })
            | Self::AddMaster(MasterDraft { nonce, .. })
            | Self::DayOff(DayOffDraft { nonce, .. })
            | Self::ChangeRate(RateDraft { nonce, .. })
            | Self::EquipmentName(EquipmentNameDraft { nonce, .. })
            | Self::TakeCash(TakeCashDraft { nonce, .. })
            | Self::DisputeHandOver(DisputeDraft { nonce, .. })
            | Self::ReportDates(ReportDatesDraft { nonce, .. }) => *nonce,
            Self::Search | Self::FindUser | Self::WorkChat { .. } => None,
        }
    }

    /// Whether this is another state of the same dialogue.
    pub(crate) fn is_same_dialogue(&self, other: &Self) -> bool {
        self.nonce() == other.nonce() && self.has_same_subject(other)
    }

    /// Returns the dialogue at a step if that is the present one or the one before it, whose answer is removed. A new order
    /// can be at any step that has an answer, which stays.
    pub(crate) fn at_step(&self, step: u8) -> Option<Self> {
        let mut dialogue = self.clone();
        if dialogue.step_number() != step {
            match &mut dialogue {
                Self::NewOrder(draft) => {
                    OrderStep::from_number(step).filter(|step| draft.revisit(*step))?;
                }
                // One message can be the answer to two steps.
                Self::Close(draft) => {
                    while draft.step().number() > step.max(1) {
                        draft.step_back();
                    }
                }
                Self::AddMaster(draft) if draft.step().number() > step => draft.step_back(),
                Self::LongRepair(draft) if draft.step().number() > step => draft.step_back(),
                Self::DeleteOrder(draft) if draft.step_number() > step => draft.reason = None,
                Self::TakeCash(draft) if draft.step_number() > step => draft.amount = None,
                Self::DeleteOrder(_)
                | Self::LongRepair(_)
                | Self::AddMaster(_)
                | Self::Decline(_)
                | Self::HandBack(_)
                | Self::ClientDecline(_)
                | Self::Refuse(_)
                | Self::Search
                | Self::FindUser
                | Self::DayOff(_)
                | Self::EditOrder(_)
                | Self::Comment(_)
                | Self::RepeatOrder(_)
                | Self::CorrectOrder(_)
                | Self::Reschedule(_)
                | Self::ChangeRate(_)
                | Self::EquipmentName(_)
                | Self::ReportDates(_)
                | Self::TakeCash(_)
                | Self::DisputeHandOver(_)
                | Self::WorkChat { .. } => {}
            }
        }
        (dialogue.step_number() == step).then_some(dialogue)
    }

    /// Whether a text can only be the answer to the present question, because that has a grammar of its own.
    pub(crate) fn recognizes(&self, text: &str) -> bool {
        match self {
            Self::Close(draft) => match draft.step() {
                CloseStep::Total => parse_total(text).is_ok(),
                CloseStep::Materials => parse_materials(text).is_ok(),
                CloseStep::Review | CloseStep::OutOfCity => parse_yes_no(text).is_some(),
                CloseStep::Check => parse_yes_no(text) == Some(true),
            },
            Self::LongRepair(draft) => {
                draft.step() == LongRepairStep::Prepayment && parse_amount(text).is_ok()
            }
            _ => false,
        }
    }

    /// Whether it can be left and continued: a search has nothing that could be lost.
    pub(crate) fn can_wait(&self) -> bool {
        !matches!(self, Self::Search | Self::FindUser | Self::ReportDates(_))
    }

    /// Whether a user with these roles may go on with it. The use case of the last answer checks the right to its order.
    pub(crate) fn is_allowed_for(&self, roles: RoleSet) -> bool {
        match self {
            Self::FindUser
            | Self::DeleteOrder(_)
            | Self::CorrectOrder(_)
            | Self::ChangeRate(_)
            | Self::EquipmentName(_) => roles.is_admin(),
            Self::NewOrder(_)
            | Self::AddMaster(_)
            | Self::EditOrder(_)
            | Self::RepeatOrder(_)
            | Self::Refuse(_)
            | Self::ReportDates(_)
            | Self::TakeCash(_)
            | Self::WorkChat { .. } => roles.is_staff(),
            // A master who was dismissed still settles; the use case knows whose hand-over it is.
            Self::DisputeHandOver(_) => true,
            Self::Search
            | Self::DayOff(_)
            | Self::Close(_)
            | Self::Decline(_)
            | Self::HandBack(_)
            | Self::ClientDecline(_)
            | Self::LongRepair(_)
            | Self::Reschedule(_)
            | Self::Comment(_) => roles.is_staff() || roles.is_master(),
        }
    }

    /// Whether its end makes another one pointless: an order that the client refused is not closed.
    pub(crate) fn makes_pointless(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::ClientDecline(refusal) | Self::Refuse(refusal), Self::Close(closing)) => {
                refusal.order == closing.order
            }
            _ => false,
        }
    }

    /// Whether it goes on taking answers when the user opens another section: where nothing happens before it is confirmed.
    /// The others wait until their button continues them.
    pub(crate) fn stays_open_when_left(&self) -> bool {
        matches!(self, Self::NewOrder(_) | Self::AddMaster(_))
    }

    /// Whether both do the same to the same order or master, at whichever step each is.
    pub(crate) fn has_same_subject(&self, other: &Self) -> bool {
        let subject = |dialogue: &Self| match dialogue {
            Self::NewOrder(_) | Self::AddMaster(_) | Self::Search | Self::FindUser | Self::ReportDates(_) => {
                None
            }
            Self::ChangeRate(RateDraft { kind, .. }) => kind.map(|id| id.0),
            Self::EquipmentName(EquipmentNameDraft { id, .. }) => id.map(|id| id.0),
            Self::TakeCash(TakeCashDraft { master, .. }) => Some(master.0),
            Self::DisputeHandOver(DisputeDraft { hand_over, .. }) => Some(hand_over.0),
            Self::Close(ClosingDraft { order, .. })
            | Self::LongRepair(LongRepairDraft { order, .. })
            | Self::Reschedule(RescheduleDraft { order, .. })
            | Self::Decline(ReasonDraft { order, .. })
            | Self::HandBack(ReasonDraft { order, .. })
            | Self::ClientDecline(ReasonDraft { order, .. })
            | Self::Refuse(ReasonDraft { order, .. })
            | Self::EditOrder(EditDraft { order, .. })
            | Self::Comment(OrderQuestion { order, .. })
            | Self::DeleteOrder(DeletionDraft { order, .. })
            | Self::RepeatOrder(OrderQuestion { order, .. })
            | Self::CorrectOrder(CorrectionDraft { order, .. }) => Some(order.0),
            Self::DayOff(DayOffDraft { master, .. }) | Self::WorkChat { master } => Some(master.0),
        };
        // A question for another rate of the same type is another one.
        let field =
            |dialogue: &Self| if let Self::ChangeRate(draft) = dialogue { Some(draft.field) } else { None };
        std::mem::discriminant(self) == std::mem::discriminant(other)
            && subject(self) == subject(other)
            && field(self) == field(other)
    }
}

/// The dialogue of a user in a chat, or why there is none.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum DialogueState {
    None,
    Open(Box<Dialogue>),
    /// A step of another user made it pointless, of which the user was told then.
    Ended,
    /// It expired; the user is notified.
    Expired,
    /// Another version of the bot stored it and this one cannot read it; the user is notified.
    Unreadable,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::domain::ids::{HandOverId, MasterId, OrderId};
    use crate::domain::money::Kopecks;
    use crate::domain::order_change::{CorrectedField, OrderField};
    use crate::domain::rates::RateField;

    #[test]
    fn log_and_database_use_the_same_names() {
        let (order, card, nonce) = (OrderId(1), None, None);
        let reason = ReasonDraft { order, card, for_master: false, nonce };
        for dialogue in [
            Dialogue::NewOrder(OrderDraft::default()),
            Dialogue::Close(ClosingDraft {
                order,
                card,
                total: None,
                materials: None,
                paid_before: None,
                has_review: None,
                out_of_city: None,
                asks_out_of_city: false,
                shown_rates: None,
                nonce,
            }),
            Dialogue::Decline(reason),
            Dialogue::HandBack(reason),
            Dialogue::ClientDecline(reason),
            Dialogue::Refuse(reason),
            Dialogue::Reschedule(RescheduleDraft { order, card, nonce }),
            Dialogue::LongRepair(LongRepairDraft {
                order,
                card,
                promised: None,
                former_promise: None,
                parts: None,
                paid_before: None,
                is_past_parts: false,
                nonce,
            }),
            Dialogue::EditOrder(EditDraft { order, field: OrderField::Phone, nonce }),
            Dialogue::Comment(OrderQuestion { order, nonce }),
            Dialogue::DeleteOrder(DeletionDraft { order, reason: None, nonce }),
            Dialogue::RepeatOrder(OrderQuestion { order, nonce }),
            Dialogue::CorrectOrder(CorrectionDraft { order, field: CorrectedField::Total, nonce }),
            Dialogue::AddMaster(MasterDraft::default()),
            Dialogue::Search,
            Dialogue::FindUser,
            Dialogue::DayOff(DayOffDraft { master: TelegramId(1), nonce }),
            Dialogue::ChangeRate(RateDraft { kind: None, field: RateField::Cap, nonce }),
            Dialogue::EquipmentName(EquipmentNameDraft { id: None, nonce }),
            Dialogue::ReportDates(ReportDatesDraft {
                subject: ReportSubject::Kind(crate::report::ReportKind::Days),
                nonce,
            }),
            Dialogue::TakeCash(TakeCashDraft {
                master: MasterId(1),
                balance: Kopecks::ZERO,
                amount: None,
                nonce,
            }),
            Dialogue::DisputeHandOver(DisputeDraft { hand_over: HandOverId(1), nonce }),
            Dialogue::WorkChat { master: TelegramId(1) },
        ] {
            assert_eq!(serde_json::to_value(&dialogue).unwrap()["dialogue"], dialogue.name());
        }
    }
}
