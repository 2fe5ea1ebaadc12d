//! How much of the client a viewer of an order sees. The service decides who may view it.

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
