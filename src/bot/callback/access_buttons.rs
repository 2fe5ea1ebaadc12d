//! The buttons about users without a role.

use crate::domain::access::AccessDecision;
use crate::domain::ids::AccessRequestId;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum AccessButton {
    /// `ask_access`: ask the administrators for a role.
    Ask,
    /// `access:DECISION:REQUEST`, for admins.
    Decide(AccessDecision, AccessRequestId),
    /// `message_to_order:UPDATE`: begin a draft from the message that came with this update.
    TakeMessage(i64),
}
