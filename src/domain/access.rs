//! Requests for a role by users who have none.

use chrono::{DateTime, TimeDelta, Utc};

use super::ids::{AccessRequestId, TelegramId};

/// A user may ask again after this time.
pub(crate) const ASK_INTERVAL: TimeDelta = TimeDelta::hours(24);

/// What became of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub(crate) enum AccessDecision {
    Dispatcher,
    Master,
    Rejected,
}

impl AccessDecision {
    pub(crate) const ALL: [Self; 3] = [Self::Dispatcher, Self::Master, Self::Rejected];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Dispatcher => "dispatcher",
            Self::Master => "master",
            Self::Rejected => "rejected",
        }
    }

    pub(crate) fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|decision| decision.as_str() == text)
    }
}

/// A request as it is stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct AccessRequest {
    pub(crate) id: AccessRequestId,
    pub(crate) user: TelegramId,
    /// When the user asked, the last time while it was open.
    pub(crate) asked_at: DateTime<Utc>,
    /// `None` while it is open.
    pub(crate) decision: Option<AccessDecision>,
    pub(crate) decided_by: Option<TelegramId>,
}
