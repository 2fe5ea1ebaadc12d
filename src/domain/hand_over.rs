//! Hand-overs: a master gives the company its share of the cash, staff book it, and the master confirms or disputes it.

use chrono::{DateTime, Utc};

use super::ids::{HandOverId, MasterId, TelegramId};
use super::money::Kopecks;

/// Where a hand-over stands. Only a reversal changes the ledger again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum HandOverState {
    /// The master has not answered.
    Open,
    Confirmed,
    Disputed,
    /// Staff took it back.
    Reversed,
}

impl HandOverState {
    const ALL: [Self; 4] = [Self::Open, Self::Confirmed, Self::Disputed, Self::Reversed];
    /// Those that wait for the master or for staff.
    pub(crate) const UNSETTLED: [Self; 2] = [Self::Open, Self::Disputed];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Confirmed => "confirmed",
            Self::Disputed => "disputed",
            Self::Reversed => "reversed",
        }
    }

    pub(crate) fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether it can become another state.
    pub(crate) fn leads_to(self, next: Self) -> bool {
        match next {
            Self::Open => false,
            Self::Disputed => self == Self::Open,
            Self::Confirmed | Self::Reversed => matches!(self, Self::Open | Self::Disputed),
        }
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct HandOver {
    pub(crate) id: HandOverId,
    pub(crate) master: MasterId,
    pub(crate) amount: Kopecks,
    pub(crate) note: Option<String>,
    pub(crate) state: HandOverState,
    /// Why the master disputes it.
    pub(crate) reason: Option<String>,
    /// Who booked it.
    pub(crate) by: TelegramId,
    pub(crate) at: DateTime<Utc>,
}

/// A hand-over to be booked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct NewHandOver {
    pub(crate) master: MasterId,
    /// More than zero.
    pub(crate) amount: Kopecks,
    pub(crate) note: Option<String>,
    /// The balance that staff saw when they took the cash.
    pub(crate) seen_balance: Kopecks,
}
