//! The question for the two dates of a report.

use serde::{Deserialize, Serialize};

use super::drafts::DialogueNonce;
use crate::domain::ids::MasterId;
use crate::report::ReportKind;

/// What a report shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReportSubject {
    /// Lines of this kind.
    Kind(ReportKind),
    /// One master with their orders.
    Master(MasterId),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct ReportDatesDraft {
    pub(crate) subject: ReportSubject,
    pub(crate) nonce: Option<DialogueNonce>,
}
