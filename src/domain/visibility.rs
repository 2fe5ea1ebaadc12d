//! How much of the client each viewer may see.
//!
//! Whether somebody may see the order at all (staff, the assigned master, their work group) is the
//! service's question; this answers only what of the client then shows.

use super::status::OrderStatus;

/// How much of the client's data is shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum ClientDetails {
    /// Neither name, address nor phone.
    Hidden,
    /// Name and address.
    NameAndAddress,
    /// Name, address and phone.
    Full,
}

impl ClientDetails {
    /// Whether the client's name and address are shown.
    #[must_use]
    pub fn shows_address(self) -> bool {
        self >= Self::NameAndAddress
    }

    /// Whether the client's phone number is shown.
    #[must_use]
    pub fn shows_phone(self) -> bool {
        self == Self::Full
    }
}

/// What the assigned master (or their work group) sees: who and where once accepted, the phone from
/// the site on.
#[must_use]
pub fn client_details_for_master(status: OrderStatus) -> ClientDetails {
    match status {
        OrderStatus::New | OrderStatus::Assigned | OrderStatus::Refused => ClientDetails::Hidden,
        OrderStatus::Accepted => ClientDetails::NameAndAddress,
        OrderStatus::OnSite | OrderStatus::LongRepair | OrderStatus::Closed => ClientDetails::Full,
    }
}

/// What admins and dispatchers see: everything, always.
#[must_use]
pub fn client_details_for_staff() -> ClientDetails {
    ClientDetails::Full
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
        assert!(client_details_for_staff().shows_address() && client_details_for_staff().shows_phone());
    }
}
