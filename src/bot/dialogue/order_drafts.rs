//! The answers of the dialogues about one order besides its closing: editing, correcting, deleting it.

use serde::{Deserialize, Serialize};

use super::DialogueNonce;
use crate::domain::ids::OrderId;
use crate::domain::order_change::{CorrectedField, OrderField};

#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct EditDraft {
    pub(crate) order: OrderId,
    pub(crate) field: OrderField,
    pub(crate) nonce: Option<DialogueNonce>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct CorrectionDraft {
    pub(crate) order: OrderId,
    pub(crate) field: CorrectedField,
    pub(crate) nonce: Option<DialogueNonce>,
}

#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct DeletionDraft {
    pub(crate) order: OrderId,
    pub(crate) reason: Option<String>,
    pub(crate) nonce: Option<DialogueNonce>,
}

impl DeletionDraft {
    /// Returns the number of the present step: the reason, then the confirmation.
    pub(crate) fn step_number(&self) -> u8 {
        if self.reason.is_none() { 1 } else { 2 }
    }
}

/// A question about one order that takes one answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct OrderQuestion {
    pub(crate) order: OrderId,
    pub(crate) nonce: Option<DialogueNonce>,
}
