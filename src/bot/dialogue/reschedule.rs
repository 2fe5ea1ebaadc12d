//! The question when a visit is to be.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::drafts::DialogueNonce;
use crate::domain::ids::{MessageId, OrderId};

#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct RescheduleDraft {
    pub(crate) order: OrderId,
    /// The card whose button was pressed.
    pub(crate) card: Option<MessageId>,
    pub(crate) nonce: Option<DialogueNonce>,
}

/// A window that a button offers, in full hours of the company's time.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub(crate) struct VisitSlot {
    pub(crate) day: NaiveDate,
    pub(crate) from: u8,
    pub(crate) until: u8,
}

impl VisitSlot {
    /// The usual windows of a day.
    pub(crate) const HOURS: [(u8, u8); 4] = [(9, 12), (12, 15), (15, 18), (18, 21)];

    /// Returns the words for it that a typed answer would have.
    pub(crate) fn words(self) -> String {
        format!("{} {}:00-{}:00", self.day.format("%d.%m.%Y"), self.from, self.until)
    }
}
