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

/// Returns what the assigned master or their work group sees: name and address from ACCEPTED, the phone from ONSITE.
pub(crate) fn client_details_for_master(status: OrderStatus) -> ClientDetails {
    match status {
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

    #[test]
    fn a_master_sees_the_address_once_accepted_and_the_phone_from_the_site_on() {
        let seen: Vec<_> = OrderStatus::ALL
            .into_iter()
            .map(|status| {
                (
                    status.as_str(),
                    client_details_for_master(status).shows_address(),
                    client_details_for_master(status).shows_phone(),
                )
            })
            .collect();
        assert_eq!(
            seen,
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
