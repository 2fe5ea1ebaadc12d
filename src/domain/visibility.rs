//! How much of the client each viewer may see.
//!
//! Whether somebody may see the order at all (staff, the assigned master, their work group) is the
//! service's question; this answers only what of the client then shows.

use super::status::Status;

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
pub fn for_master(status: Status) -> ClientDetails {
    match status {
        Status::New | Status::Assigned | Status::Refused => ClientDetails::Hidden,
        Status::Accepted => ClientDetails::NameAndAddress,
        Status::OnSite | Status::LongRepair | Status::Closed => ClientDetails::Full,
    }
}

/// What admins and dispatchers see: everything, always.
#[must_use]
pub fn for_staff() -> ClientDetails {
    ClientDetails::Full
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_master_sees_the_address_once_accepted_and_the_phone_from_the_site_on() {
        let seen: Vec<_> = Status::ALL
            .into_iter()
            .map(|status| {
                (status.as_str(), for_master(status).shows_address(), for_master(status).shows_phone())
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
        assert!(for_staff().shows_address() && for_staff().shows_phone());
    }
}
