//! The ledger: what masters owe the company.
//!
//! A master carries the client's cash. For an open order that is the prepayment; once the order is closed, the company's share,
//! which replaces the prepayment. An order that was closed without a master owes no share. A refused, reopened or deleted order
//! owes nothing. So the entries of an order always add up to what it owes now, less what it owed before there was a ledger: debts
//! of that time were settled otherwise.
//!
//! An event books one entry for each master concerned, in its transaction: moving a closed order to another master books two.
//! A difference of zero books nothing, except at a closing.

use chrono::{DateTime, Utc};

use super::ids::OrderId;
use super::money::Kopecks;
use super::order::Order;
use super::status::OrderStatus;

/// Why an entry was booked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum LedgerKind {
    Prepayment,
    Closing,
    Correction,
    Deletion,
    Restoration,
    /// The order was refused, and the client gets the prepayment back.
    Refusal,
    /// The master gave cash to the company.
    HandOver,
    /// Staff took a hand-over back.
    Reversal,
}

impl LedgerKind {
    const ALL: [Self; 8] = [
        Self::Prepayment,
        Self::Closing,
        Self::Correction,
        Self::Deletion,
        Self::Restoration,
        Self::Refusal,
        Self::HandOver,
        Self::Reversal,
    ];

    pub(crate) fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Prepayment => "prepayment",
            Self::Closing => "closing",
            Self::Correction => "correction",
            Self::Deletion => "deletion",
            Self::Restoration => "restoration",
            Self::Refusal => "refusal",
            Self::HandOver => "hand_over",
            Self::Reversal => "reversal",
        }
    }
}

/// An entry of a master's statement.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct LedgerEntry {
    pub(crate) kind: LedgerKind,
    /// `None` for hand-overs.
    pub(crate) order: Option<OrderId>,
    /// What the master owes more; less if negative.
    pub(crate) amount: Kopecks,
    pub(crate) note: Option<String>,
    pub(crate) at: DateTime<Utc>,
}

/// Returns what the master of an order owes for it.
pub(crate) fn owed_amount(order: &Order) -> Kopecks {
    let owed = match order.status {
        _ if order.deleted_at.is_some() => None,
        OrderStatus::Closed if order.assigned_master.is_some() => order.company_share,
        OrderStatus::Refused => None,
        _ => order.prepayment,
    };
    owed.unwrap_or_default()
}
