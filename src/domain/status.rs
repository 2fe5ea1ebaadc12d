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
    // Staff close an order in any status; a master only finishes work that has begun.
    if action == OrderAction::Close && !by.roles.is_staff() && !from.has_begun() {
        return Err(wrong);
    }
    action.target_status(from).ok_or(wrong)
}

/// Returns the actions that are possible in this status, in the order of the buttons.
pub(crate) fn allowed_actions(status: OrderStatus, by: OrderActor) -> impl Iterator<Item = OrderAction> {
    OrderAction::ALL.into_iter().filter(move |action| next_status(status, *action, by).is_ok())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::super::role::Role;
    use super::*;

    /// The table of the status machine as the rules state it: from, to, who (s = staff, m = the
    /// assigned master, sm = both), what. Written without looking at the code above.
    const TABLE: &str = "
        NEW ASSIGNED s Assign
        ASSIGNED ASSIGNED s Reassign
        ACCEPTED ASSIGNED s Reassign
        ONSITE ASSIGNED s Reassign
        DR ASSIGNED s Reassign
        ASSIGNED NEW s TakeOff
        ACCEPTED NEW s TakeOff
        ONSITE NEW s TakeOff
        DR NEW s TakeOff
        ASSIGNED ACCEPTED sm Accept
        ASSIGNED NEW sm Decline
        ACCEPTED NEW sm HandBack
        ACCEPTED ONSITE sm ArriveOnSite
        DR ONSITE sm ArriveOnSite
        ACCEPTED DR sm StartLongRepair
        ONSITE DR sm StartLongRepair
        ONSITE REFUSED sm ClientDecline
        DR REFUSED sm ClientDecline
        ONSITE CLOSED m Close
        DR CLOSED m Close
        NEW CLOSED s Close
        ASSIGNED CLOSED s Close
        ACCEPTED CLOSED s Close
        ONSITE CLOSED s Close
        DR CLOSED s Close
        NEW REFUSED s Refuse
        ASSIGNED REFUSED s Refuse
        ACCEPTED REFUSED s Refuse
        ONSITE REFUSED s Refuse
        DR REFUSED s Refuse
        REFUSED NEW s Reopen
        NEW NEW s Reschedule
        ASSIGNED ASSIGNED sm Reschedule
        ACCEPTED ACCEPTED sm Reschedule
        ONSITE ONSITE sm Reschedule
        DR DR sm Reschedule
        ASSIGNED ASSIGNED s RemindOfClient
        ACCEPTED ACCEPTED s RemindOfClient
        ONSITE ONSITE s RemindOfClient
        DR DR s RemindOfClient";

    /// Every kind of user and the letters of the table that apply to them.
    fn actors() -> Vec<(OrderActor, &'static str)> {
        let mut all = Vec::new();
        for is_assigned_master in [false, true] {
            for bits in 0..8 {
                let roles: RoleSet = [Role::Admin, Role::Dispatcher, Role::Master]
                    .into_iter()
                    .enumerate()
                    .filter_map(|(n, role)| (bits >> n & 1 == 1).then_some(role))
                    .collect();
                let is_staff = bits & 3 != 0;
                let letters = match (is_staff, is_assigned_master) {
                    (true, true) => "sm",
                    (true, false) => "s",
                    (false, true) => "m",
                    (false, false) => "",
                };
                all.push((OrderActor { roles, is_assigned_master }, letters));
            }
        }
        all
    }

    /// (from, to, who, action) of each line of the table.
    fn rows() -> Vec<(OrderStatus, OrderStatus, &'static str, String)> {
        let lines = TABLE.lines().map(str::trim).filter(|line| !line.is_empty());
        lines
            .map(|line| {
                let words: Vec<_> = line.split(' ').collect();
                (words[0].parse().unwrap(), words[1].parse().unwrap(), words[2], words[3].to_owned())
            })
            .collect()
    }

    #[test]
    fn every_cell_of_status_action_and_actor_agrees_with_the_table() {
        let rows = rows();
        let mut allowed = 0;
        for (actor, letters) in actors() {
            for from in OrderStatus::ALL {
                for action in OrderAction::ALL {
                    let name = format!("{action:?}");
                    let mine = |who: &str| letters.chars().any(|letter| who.contains(letter));
                    let has_right = rows.iter().any(|row| row.3 == name && mine(row.2));
                    let row = rows.iter().find(|row| row.0 == from && row.3 == name && mine(row.2));
                    let expected = match row {
                        _ if !has_right => Err(TransitionError::NotAllowed { action }),
                        None => Err(TransitionError::WrongStatus { present: from, action }),
                        Some(row) => Ok(row.1),
                    };
                    allowed += usize::from(expected.is_ok());
                    assert_eq!(next_status(from, action, actor), expected, "{from} {action} {actor:?}");
                }
            }
        }
        // 38 cells of staff for 6 sets of roles, with and without the order; 15 of the master.
        assert_eq!(allowed, 2 * 6 * 38 + 2 * 15);
    }

    #[test]
    fn a_closed_order_allows_no_action() {
        for (actor, _) in actors() {
            assert_eq!(allowed_actions(OrderStatus::Closed, actor).count(), 0);
        }
    }

    #[test]
    fn buttons_are_exactly_what_a_transition_permits() {
        let master = OrderActor { roles: Role::Master.into(), is_assigned_master: true };
        let of = |status| allowed_actions(status, master).collect::<Vec<_>>();
        assert_eq!(
            of(OrderStatus::Assigned),
            [OrderAction::Accept, OrderAction::Decline, OrderAction::Reschedule]
        );
        assert_eq!(
            of(OrderStatus::Accepted),
            [
                OrderAction::ArriveOnSite,
                OrderAction::StartLongRepair,
                OrderAction::HandBack,
                OrderAction::Reschedule
            ]
        );
        assert_eq!(
            of(OrderStatus::OnSite),
            [
                OrderAction::StartLongRepair,
                OrderAction::Close,
                OrderAction::ClientDecline,
                OrderAction::Reschedule
            ]
        );
        assert!(of(OrderStatus::New).is_empty());
        let other = OrderActor::by_roles(Role::Master.into());
        assert_eq!(allowed_actions(OrderStatus::Assigned, other).count(), 0);
    }

    #[test]
    fn names_survive_text_and_json() {
        for status in OrderStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
        assert_eq!("new".parse::<OrderStatus>(), Err(UnknownStatus("new".to_owned())));
        for action in OrderAction::ALL {
            assert_eq!(serde_json::to_value(action).unwrap(), action.name());
        }
    }

    #[test]
    fn an_order_is_open_until_closed_or_refused() {
        let open: Vec<_> =
            OrderStatus::ALL.into_iter().filter(|s| s.is_open()).map(OrderStatus::as_str).collect();
        assert_eq!(open, ["NEW", "ASSIGNED", "ACCEPTED", "ONSITE", "DR"]);
        let with_master: Vec<_> =
            OrderStatus::ALL.into_iter().filter(|s| s.has_master()).map(OrderStatus::as_str).collect();
        assert_eq!(with_master, ["ASSIGNED", "ACCEPTED", "ONSITE", "DR"]);
    }
}
