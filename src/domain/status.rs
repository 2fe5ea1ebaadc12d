//! The status machine of an order: which action leads from which status to which, and who may take it. The service applies
//! it to the database.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::role::RoleSet;

#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum OrderStatus {
    /// Without a master.
    New,
    /// Assigned to a master who has not answered yet.
    Assigned,
    Accepted,
    /// The master is at the client's.
    OnSite,
    /// The appliance was taken away, or parts are awaited.
    #[serde(rename = "DR")]
    LongRepair,
    /// Final.
    Closed,
    /// Can be reopened.
    Refused,
}

impl OrderStatus {
    /// In the order of an order's life.
    pub const ALL: [Self; 7] = [
        Self::New,
        Self::Assigned,
        Self::Accepted,
        Self::OnSite,
        Self::LongRepair,
        Self::Closed,
        Self::Refused,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Assigned => "ASSIGNED",
            Self::Accepted => "ACCEPTED",
            Self::OnSite => "ONSITE",
            Self::LongRepair => "DR",
            Self::Closed => "CLOSED",
            Self::Refused => "REFUSED",
        }
    }

    pub fn is_open(self) -> bool {
        !matches!(self, Self::Closed | Self::Refused)
    }

    /// Tells whether the master has begun to work.
    pub(crate) fn has_begun(self) -> bool {
        matches!(self, Self::OnSite | Self::LongRepair)
    }

    /// Tells whether the order occupies a master. (A closed order only remembers one.)
    pub fn has_master(self) -> bool {
        matches!(self, Self::Assigned | Self::Accepted | Self::OnSite | Self::LongRepair)
    }
}

impl fmt::Display for OrderStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[derive(Clone, Debug, Eq, PartialEq, Error)]
#[error("unknown status {0:?}")]
pub struct UnknownStatus(pub String);

impl FromStr for OrderStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| UnknownStatus(text.to_owned()))
    }
}

/// What a user can do with an order.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OrderAction {
    Assign,
    Reassign,
    /// Staff remove the master.
    TakeOff,
    Accept,
    Decline,
    /// The master cannot make it after all.
    HandBack,
    /// The master is at the client's, for the first time or after a long repair.
    ArriveOnSite,
    StartLongRepair,
    Close,
    /// The client declined when the master was there.
    ClientDecline,
    /// Staff cancel the order.
    Refuse,
    Reopen,
    /// The visit is moved.
    Reschedule,
    /// Staff tell the master that the client waits.
    RemindOfClient,
}

impl OrderAction {
    /// In the order of the buttons.
    pub(crate) const ALL: [Self; 14] = [
        Self::Assign,
        Self::Accept,
        Self::Decline,
        Self::ArriveOnSite,
        Self::StartLongRepair,
        Self::HandBack,
        Self::Reassign,
        Self::TakeOff,
        Self::Close,
        Self::ClientDecline,
        Self::Refuse,
        Self::Reopen,
        Self::Reschedule,
        Self::RemindOfClient,
    ];

    /// Returns the name for logs and `audit_log`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Assign => "assign",
            Self::Reassign => "reassign",
            Self::TakeOff => "take_off",
            Self::Accept => "accept",
            Self::Decline => "decline",
            Self::HandBack => "hand_back",
            Self::ArriveOnSite => "arrive_on_site",
            Self::StartLongRepair => "start_long_repair",
            Self::Close => "close",
            Self::ClientDecline => "client_decline",
            Self::Refuse => "refuse",
            Self::Reopen => "reopen",
            Self::Reschedule => "reschedule",
            Self::RemindOfClient => "remind_of_client",
        }
    }

    /// Returns the action of this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }

    /// Whether it is the master's own, which staff take only in their place.
    pub(crate) fn is_of_master(self) -> bool {
        matches!(
            self,
            Self::Accept
                | Self::Decline
                | Self::HandBack
                | Self::ArriveOnSite
                | Self::StartLongRepair
                | Self::ClientDecline
        )
    }

    /// Whether it needs a reason.
    pub(crate) fn needs_reason(self) -> bool {
        matches!(self, Self::HandBack | Self::ClientDecline)
    }

    /// Returns where the action leads from a status, for a user with the right to it.
    fn target_status(self, from: OrderStatus) -> Option<OrderStatus> {
        let (starts, to) = match self {
            Self::Assign => (from == OrderStatus::New, OrderStatus::Assigned),
            Self::Reassign => (from.has_master(), OrderStatus::Assigned),
            Self::TakeOff => (from.has_master(), OrderStatus::New),
            Self::Accept => (from == OrderStatus::Assigned, OrderStatus::Accepted),
            Self::Decline => (from == OrderStatus::Assigned, OrderStatus::New),
            Self::HandBack => (from == OrderStatus::Accepted, OrderStatus::New),
            Self::ArriveOnSite => {
                (matches!(from, OrderStatus::Accepted | OrderStatus::LongRepair), OrderStatus::OnSite)
            }
            Self::StartLongRepair => {
                (matches!(from, OrderStatus::Accepted | OrderStatus::OnSite), OrderStatus::LongRepair)
            }
            Self::Close => (from.is_open(), OrderStatus::Closed),
            Self::ClientDecline => (from.has_begun(), OrderStatus::Refused),
            Self::Refuse => (from.is_open(), OrderStatus::Refused),
            Self::Reopen => (from == OrderStatus::Refused, OrderStatus::New),
            // The status stays.
            Self::Reschedule => (from.is_open(), from),
            Self::RemindOfClient => (from.has_master(), from),
        };
        starts.then_some(to)
    }
}

impl fmt::Display for OrderAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The facts that decide what a user may do with one order. The `MASTER` role alone gives no right to any order.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub(crate) struct OrderActor {
    pub roles: RoleSet,
    /// Whether this order is assigned to the user.
    pub is_assigned_master: bool,
}

impl OrderActor {
    /// Returns a user who is not the order's master.
    #[must_use]
    pub(crate) fn by_roles(roles: RoleSet) -> Self {
        Self { roles, is_assigned_master: false }
    }

    /// Whether staff take the action in the place of the order's master.
    pub(crate) fn acts_for_master(self, action: OrderAction) -> bool {
        action.is_of_master() && !self.is_assigned_master
    }

    /// Tells whether the user may take the action in some status of the order.
    fn has_right_to(self, action: OrderAction) -> bool {
        match action {
            OrderAction::Assign
            | OrderAction::Reassign
            | OrderAction::TakeOff
            | OrderAction::Refuse
            | OrderAction::Reopen
            | OrderAction::RemindOfClient => self.roles.is_staff(),
            OrderAction::Accept
            | OrderAction::Decline
            | OrderAction::HandBack
            | OrderAction::ArriveOnSite
            | OrderAction::StartLongRepair
            | OrderAction::ClientDecline
            | OrderAction::Reschedule
            | OrderAction::Close => self.roles.is_staff() || self.is_assigned_master,
        }
    }
}

/// Why an action is refused. Rights are checked first, so a user without the right does not learn the status.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
pub(crate) enum TransitionError {
    #[error("not allowed to {action}")]
    NotAllowed { action: OrderAction },
    /// The action does not lead out of the present status for this user.
    #[error("cannot {action} an order that is {present}")]
    WrongStatus { present: OrderStatus, action: OrderAction },
}

/// Returns the status that an action leads to.
pub(crate) fn next_status(
    from: OrderStatus,
    action: OrderAction,
    by: OrderActor,
) -> Result<OrderStatus, TransitionError> {
    if !by.has_right_to(action) {
        return Err(TransitionError::NotAllowed { action });
    }
    let wrong = TransitionError::WrongStatus { present: from, action };
    // Staff close an order in any status and move any visit; a master only finishes work that has begun.
    let is_early = match action {
        OrderAction::Close => !from.has_begun(),
        OrderAction::Reschedule => !from.has_master(),
        _ => false,
    };
    if is_early && !by.roles.is_staff() {
        return Err(wrong);
    }
    action.target_status(from).ok_or(wrong)
}

/// Returns the actions that are possible in this status, in the order of the buttons.
pub(crate) fn allowed_actions(status: OrderStatus, by: OrderActor) -> impl Iterator<Item = OrderAction> {
    OrderAction::ALL.into_iter().filter(move |action| next_status(status, *action, by).is_ok())
}

#[cfg(test)]
#[path = "status_tests.rs"]
mod tests;
