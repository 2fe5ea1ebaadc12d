//! Where an order may be shown to its master, and how much of the client a viewer sees.

use super::ids::ChatId;
use super::master::Master;
use super::order::Order;
use super::status::OrderStatus;

#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub(crate) enum ClientDetails {
    Hidden,
    NameAndAddress,
    /// Also the phone.
    Full,
}

impl ClientDetails {
    pub(crate) fn shows_address(self) -> bool {
        self >= Self::NameAndAddress
    }

    pub(crate) fn shows_phone(self) -> bool {
        self == Self::Full
    }
}

/// From when on masters see the client's name and address, which administrators choose.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub(crate) enum AddressRule {
    FromAssigned,
    #[default]
    FromAccepted,
}

impl AddressRule {
    pub(crate) const ALL: [Self; 2] = [Self::FromAssigned, Self::FromAccepted];

    /// Returns its name in the database and in callback data.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::FromAssigned => "assigned",
            Self::FromAccepted => "accepted",
        }
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::FromAssigned => Self::FromAccepted,
            Self::FromAccepted => Self::FromAssigned,
        }
    }
}

/// Returns what the assigned master or their work group sees: name and address by the rule, the phone from ONSITE.
pub(crate) fn client_details_for_master(status: OrderStatus, rule: AddressRule) -> ClientDetails {
    match status {
        OrderStatus::Assigned if rule == AddressRule::FromAssigned => ClientDetails::NameAndAddress,
        OrderStatus::New | OrderStatus::Assigned | OrderStatus::Refused => ClientDetails::Hidden,
        OrderStatus::Accepted => ClientDetails::NameAndAddress,
        OrderStatus::OnSite | OrderStatus::LongRepair | OrderStatus::Closed => ClientDetails::Full,
    }
}

/// Tells whether a chat may show an order as its master sees it: the private chat or the work group of the present,
/// approved master.
pub(crate) fn is_master_chat(order: &Order, master: Option<&Master>, chat: ChatId) -> bool {
    let belongs_to_master = order.status.has_master() || order.status == OrderStatus::Closed;
    belongs_to_master
        && master.is_some_and(|master| {
            let is_theirs = chat == master.chat() || chat == ChatId::from(master.telegram_id);
            is_theirs && master.sees_orders()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen_by_master(rule: AddressRule) -> Vec<(&'static str, bool, bool)> {
        let details = |status| client_details_for_master(status, rule);
        OrderStatus::ALL
            .into_iter()
            .map(|status| (status.as_str(), details(status).shows_address(), details(status).shows_phone()))
            .collect()
    }

    #[test]
    fn administrators_can_show_the_address_to_the_assigned_master() {
        let mut expected = seen_by_master(AddressRule::FromAccepted);
        expected[1] = ("ASSIGNED", true, false);
        assert_eq!(seen_by_master(AddressRule::FromAssigned), expected);
    }

    #[test]
    fn a_master_sees_the_address_once_accepted_and_the_phone_from_the_site_on() {
        assert_eq!(
            seen_by_master(AddressRule::default()),
            [
                ("NEW", false, false),
                ("ASSIGNED", false, false),
                ("ACCEPTED", true, false),
                ("ONSITE", true, true),
                ("DR", true, true),
                ("CLOSED", true, true),
                ("REFUSED", false, false),
            ]
        );
    }
}
