//! The answers about a long repair so far.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::drafts::DialogueNonce;
use crate::domain::ids::{MessageId, OrderId};
use crate::domain::money::Kopecks;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LongRepairStep {
    Date,
    Parts,
    Prepayment,
}

impl LongRepairStep {
    /// Every step, in order.
    pub(crate) const ALL: [Self; 3] = [Self::Date, Self::Parts, Self::Prepayment];

    /// Returns its number, from 1.
    pub(crate) fn number(self) -> u8 {
        self as u8 + 1
    }
}

#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct LongRepairDraft {
    pub(crate) order: OrderId,
    /// The card whose button was pressed.
    pub(crate) card: Option<MessageId>,
    pub(crate) promised: Option<NaiveDate>,
    /// The day from which the user went back, to be kept.
    #[serde(default)]
    pub(crate) former_promise: Option<NaiveDate>,
    pub(crate) parts: Option<String>,
    /// The prepayments before this one.
    #[serde(default)]
    pub(crate) paid_before: Option<Kopecks>,
    /// Whether the parts were named or skipped.
    pub(crate) is_past_parts: bool,
    pub(crate) nonce: Option<DialogueNonce>,
}

impl LongRepairDraft {
    /// Returns the present step.
    pub(crate) fn step(&self) -> LongRepairStep {
        match (self.promised, self.is_past_parts) {
            (None, _) => LongRepairStep::Date,
            (Some(_), false) => LongRepairStep::Parts,
            (Some(_), true) => LongRepairStep::Prepayment,
        }
    }

    /// Removes the last answer.
    pub(crate) fn step_back(&mut self) {
        if self.is_past_parts {
            (self.parts, self.is_past_parts) = (None, false);
        } else {
            self.former_promise = self.promised.take().or(self.former_promise);
        }
    }
}
