//! The kinds of notices that a member of staff can switch off, with the text form of `users.muted_notices`.
//!
//! What asks its reader to act (a declined order, an order without a master, an undelivered message) is of no kind and always
//! sent.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// A kind of notice, ordered as the settings show it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum NoticeKind {
    /// A new order, repeat visits included.
    Created,
    /// A master accepted, arrived or began a long repair.
    Progress,
    /// An order was closed, with its money.
    Closed,
    /// A comment or a file.
    Comment,
    /// A closed order was corrected.
    Corrected,
    /// An order was deleted or restored.
    Deleted,
    /// A master handed cash over.
    HandOver,
}

impl NoticeKind {
    pub const ALL: [Self; 7] = [
        Self::Created,
        Self::Progress,
        Self::Closed,
        Self::Comment,
        Self::Corrected,
        Self::Deleted,
        Self::HandOver,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Progress => "progress",
            Self::Closed => "closed",
            Self::Comment => "comment",
            Self::Corrected => "corrected",
            Self::Deleted => "deleted",
            Self::HandOver => "hand_over",
        }
    }
}

/// The kinds that a user switched off.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct MutedNotices(BTreeSet<NoticeKind>);

impl MutedNotices {
    pub fn has(&self, kind: NoticeKind) -> bool {
        self.0.contains(&kind)
    }

    /// Returns the set with a kind switched off or on.
    #[must_use]
    pub fn with(mut self, kind: NoticeKind, is_muted: bool) -> Self {
        if is_muted {
            self.0.insert(kind);
        } else {
            self.0.remove(&kind);
        }
        self
    }
}

impl fmt::Display for MutedNotices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(|kind| kind.as_str()).collect();
        f.write_str(&names.join(","))
    }
}

impl FromStr for MutedNotices {
    type Err = Infallible;

    /// Leaves out names that this version does not know.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let kind = |name: &str| NoticeKind::ALL.into_iter().find(|kind| kind.as_str() == name.trim());
        Ok(Self(text.split(',').filter_map(kind).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn muted_kinds_are_stored_as_names_and_unknown_names_are_left_out() {
        let muted = MutedNotices::default().with(NoticeKind::Deleted, true).with(NoticeKind::Created, true);
        assert_eq!(muted.to_string(), "created,deleted");
        assert_eq!("deleted, created,later_kind".parse(), Ok(muted.clone()));
        assert_eq!(muted.with(NoticeKind::Created, false).to_string(), "deleted");
        assert_eq!("".parse(), Ok(MutedNotices::default()));
    }
}
