use serde::{Deserialize, Serialize};

use super::DialogueNonce;
use crate::domain::ids::{MessageId, OrderId};
use crate::domain::money::Kopecks;
use crate::domain::rates::{AppliedRates, ClosingAmounts};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CloseStep {
    Total,
    Materials,
    Review,
    /// Only where it changes the shares.
    OutOfCity,
    /// The split, before it is saved.
    Check,
}

impl CloseStep {
    /// Every step, in order.
    pub(crate) const ALL: [Self; 5] =
        [Self::Total, Self::Materials, Self::Review, Self::OutOfCity, Self::Check];

    /// Returns its number, from 1.
    pub(crate) fn number(self) -> u8 {
        self as u8 + 1
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.number() == number)
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
    /// The prepayments, which the total includes.
    #[serde(default)]
    pub(crate) paid_before: Option<Kopecks>,
    #[serde(default)]
    pub(crate) has_review: Option<bool>,
    #[serde(default)]
    pub(crate) out_of_city: Option<bool>,
    /// Whether the work may have been out of the city for a bonus.
    #[serde(default)]
    pub(crate) asks_out_of_city: bool,
    /// The rates of the split that the user saw.
    #[serde(default)]
    pub(crate) shown_rates: Option<AppliedRates>,
    #[serde(default)]
    pub(crate) nonce: Option<DialogueNonce>,
}

impl ClosingDraft {
    /// Returns the present step: the first without an answer, or the check.
    pub(crate) fn step(&self) -> CloseStep {
        if self.total.is_none() {
            CloseStep::Total
        } else if self.materials.is_none() {
            CloseStep::Materials
        } else if self.has_review.is_none() {
            CloseStep::Review
        } else if self.asks_out_of_city && self.out_of_city.is_none() {
            CloseStep::OutOfCity
        } else {
            CloseStep::Check
        }
    }

    /// Removes the answer of the step before the present one.
    pub(crate) fn step_back(&mut self) {
        match self.step() {
            CloseStep::Total => {}
            CloseStep::Materials => self.total = None,
            CloseStep::Review => self.materials = None,
            CloseStep::Check if self.asks_out_of_city => self.out_of_city = None,
            CloseStep::OutOfCity | CloseStep::Check => self.has_review = None,
        }
    }

    /// Removes the answer of one step, which is asked again; the others stay.
    pub(crate) fn ask_again(&mut self, step: CloseStep) {
        match step {
            CloseStep::Total => self.total = None,
            CloseStep::Materials => self.materials = None,
            CloseStep::Review => self.has_review = None,
            CloseStep::OutOfCity => self.out_of_city = None,
            CloseStep::Check => {}
        }
    }

    /// Returns the answers once every step has its own.
    pub(crate) fn amounts(&self) -> Option<ClosingAmounts> {
        Some(ClosingAmounts {
            total: self.total?,
            materials: self.materials?,
            has_review: self.has_review?,
            out_of_city: self.out_of_city,
        })
    }

    /// Returns the position of a step among those that this dialogue asks, from 0, and how many they are.
    pub(crate) fn position(&self, step: CloseStep) -> (usize, usize) {
        let asked =
            CloseStep::ALL.into_iter().filter(|step| *step != CloseStep::OutOfCity || self.asks_out_of_city);
        let asked: Vec<_> = asked.collect();
        (asked.iter().filter(|other| **other < step).count(), asked.len())
    }
}
