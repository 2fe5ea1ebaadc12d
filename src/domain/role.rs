//! Roles and sets of roles, with the text form of `users.role`. Permissions are in [`super::status`] (transitions) and
//! [`super::visibility`] (the client's data).

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A role. [`Role::Unknown`] stands for none of the others.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum Role {
    Admin,
    /// Enters orders and assigns them to masters.
    Dispatcher,
    /// Carries out repairs.
    Master,
    Unknown,
}

impl Role {
    /// Sorted by their stored names.
    pub const ALL: [Self; 4] = [Self::Admin, Self::Dispatcher, Self::Master, Self::Unknown];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "ADMIN",
            Self::Dispatcher => "DISPATCHER",
            Self::Master => "MASTER",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// Returns the role's bit within [`RoleSet`]; `Unknown` is the absence of bits.
    fn bit_mask(self) -> u8 {
        match self {
            Self::Admin => 1,
            Self::Dispatcher => 2,
            Self::Master => 4,
            Self::Unknown => 0,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[derive(Clone, Debug, Eq, PartialEq, Error)]
#[error("unknown role {0:?}")]
pub struct UnknownRole(pub String);

impl FromStr for Role {
    type Err = UnknownRole;

    /// Parses a role's name, ignoring case and surrounding spaces.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.trim();
        Self::ALL
            .into_iter()
            .find(|role| role.as_str().eq_ignore_ascii_case(name))
            .ok_or_else(|| UnknownRole(name.to_owned()))
    }
}

/// The roles of a user. The text form is that of the old database: sorted names joined by commas, `UNKNOWN` for none.
#[derive(Clone, Copy, Default, Eq, PartialEq, Hash)]
pub struct RoleSet(u8);

impl RoleSet {
    /// Returns the empty set, printed as `UNKNOWN`.
    #[must_use]
    pub const fn none() -> Self {
        Self(0)
    }

    /// Tells whether the role is held. `Unknown` is held if no other role is.
    pub fn has(self, role: Role) -> bool {
        match role {
            Role::Unknown => self.0 == 0,
            role => self.0 & role.bit_mask() != 0,
        }
    }

    /// Adds a role and returns whether that changed the set. Granting `Unknown` changes nothing.
    pub fn grant(&mut self, role: Role) -> bool {
        self.replace(self.with(role))
    }

    /// Removes a role and returns whether that changed the set. `Unknown` cannot be removed.
    pub fn revoke(&mut self, role: Role) -> bool {
        self.replace(self.without(role))
    }

    #[must_use]
    pub fn with(self, role: Role) -> Self {
        Self(self.0 | role.bit_mask())
    }

    #[must_use]
    pub fn without(self, role: Role) -> Self {
        Self(self.0 & !role.bit_mask())
    }

    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Tells whether `ADMIN` or `DISPATCHER` is held.
    pub fn is_staff(self) -> bool {
        self.is_admin() || self.has(Role::Dispatcher)
    }

    pub fn is_admin(self) -> bool {
        self.has(Role::Admin)
    }

    pub fn is_master(self) -> bool {
        self.has(Role::Master)
    }

    pub fn is_unknown(self) -> bool {
        self.has(Role::Unknown)
    }

    /// Iterates over the roles, sorted by name; `Unknown` alone for the empty set.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.has(*role))
    }

    fn replace(&mut self, next: Self) -> bool {
        let changed = *self != next;
        *self = next;
        changed
    }
}

impl FromIterator<Role> for RoleSet {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        roles.into_iter().fold(Self::none(), Self::with)
    }
}

impl From<Role> for RoleSet {
    fn from(role: Role) -> Self {
        Self::none().with(role)
    }
}

impl fmt::Display for RoleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(Role::as_str).collect();
        f.pad(&names.join(","))
    }
}

impl fmt::Debug for RoleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Roles({self})")
    }
}

impl FromStr for RoleSet {
    type Err = UnknownRole;

    /// Parses the stored text; order, case, spaces, repetitions and empty items do not matter.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split(',').filter(|item| !item.trim().is_empty()).map(str::parse::<Role>).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn prints_sorted_and_unknown_only_when_nothing_else_is_held() {
        assert_eq!(RoleSet::none().to_string(), "UNKNOWN");
        let both: RoleSet = [Role::Master, Role::Unknown, Role::Dispatcher].into_iter().collect();
        assert_eq!(both.to_string(), "DISPATCHER,MASTER");
        assert_eq!(both.iter().collect::<Vec<_>>(), [Role::Dispatcher, Role::Master]);
        assert_eq!(RoleSet::none().iter().collect::<Vec<_>>(), [Role::Unknown]);
    }

    #[test]
    fn reads_the_stored_text_leniently() {
        for (text, expected) in [
            ("MASTER,ADMIN", "ADMIN,MASTER"),
            (" master , Master,, dispatcher ", "DISPATCHER,MASTER"),
            ("UNKNOWN,MASTER", "MASTER"),
            ("UNKNOWN", "UNKNOWN"),
            ("", "UNKNOWN"),
        ] {
            assert_eq!(text.parse::<RoleSet>().unwrap().to_string(), expected, "{text:?}");
        }
    }

    #[test]
    fn an_unknown_name_is_named() {
        assert_eq!("ADMIN, Boss".parse::<RoleSet>(), Err(UnknownRole("Boss".to_owned())));
    }

    #[test]
    fn grant_and_revoke_say_whether_they_changed_anything() {
        let mut roles = RoleSet::none();
        assert!(roles.is_unknown());
        assert!(roles.grant(Role::Master));
        assert!(!roles.grant(Role::Master));
        assert!(!roles.grant(Role::Unknown));
        assert!(roles.is_master() && !roles.is_unknown() && !roles.is_staff());
        assert!(roles.grant(Role::Dispatcher));
        assert!(roles.is_staff() && !roles.is_admin());
        assert!(!roles.revoke(Role::Unknown));
        assert!(roles.revoke(Role::Master));
        assert!(!roles.revoke(Role::Master));
        assert_eq!(roles, RoleSet::from(Role::Dispatcher));
    }

    #[test]
    fn every_set_survives_its_text_form() {
        for bits in 0..8 {
            let roles = RoleSet(bits);
            assert_eq!(roles.to_string().parse::<RoleSet>(), Ok(roles));
        }
    }
}
