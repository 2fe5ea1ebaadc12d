use serde::{Deserialize, Serialize};

use super::DialogueNonce;
use crate::domain::ids::{HandOverId, MasterId};
use crate::domain::money::Kopecks;

/// Staff take cash from a master.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct TakeCashDraft {
    pub(crate) master: MasterId,
    /// What the master owed when the question was asked.
    pub(crate) balance: Kopecks,
    /// The cash; then the note is asked for.
    pub(crate) amount: Option<Kopecks>,
    pub(crate) nonce: Option<DialogueNonce>,
}

impl TakeCashDraft {
    /// Returns the number of the present step: the amount, then the note.
    pub(crate) fn step_number(&self) -> u8 {
        if self.amount.is_none() { 1 } else { 2 }
    }
}

/// A master disputes a hand-over and is asked why.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct DisputeDraft {
    pub(crate) hand_over: HandOverId,
    pub(crate) nonce: Option<DialogueNonce>,
}
