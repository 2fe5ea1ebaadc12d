//! Orders: what is entered, what is stored, and how they are closed.
//!
//! The rules for the single fields are in [`super::text`], [`super::phone`] and [`super::money`].

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::equipment::OrderEquipment;
use super::ids::{MasterId, OrderId, TelegramId};
use super::money::{Kopecks, MaterialsExceedTotal, ProfitSplit};
use super::phone::mask_phone;
use super::rates::{AppliedRates, ClosingAmounts};
use super::status::OrderStatus;
use super::visit::VisitWindow;

/// An order as the database knows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Order {
    pub id: OrderId,
    /// The name of its type when it was taken, or another text from an older database.
    pub equipment: String,
    pub description: String,
    pub client_name: String,
    pub client_address: String,
    pub client_phone: String,
    pub status: OrderStatus,
    /// Who has it, or had it when it was closed or refused.
    pub assigned_master: Option<MasterId>,
    /// Who entered it.
    pub dispatcher: Option<TelegramId>,
    pub notes: Option<String>,
    /// When the client expects the master, in the words of who entered it.
    pub scheduled_time: Option<String>,
    /// The same as far as it was understood.
    pub visit: Option<VisitWindow>,
    pub total: Option<Kopecks>,
    pub materials: Option<Kopecks>,
    pub master_share: Option<Kopecks>,
    pub company_share: Option<Kopecks>,
    pub has_review: Option<bool>,
    /// Until when the client was promised the end of a long repair.
    pub promised_date: Option<NaiveDate>,
    /// What a long repair needs.
    pub parts: Option<String>,
    pub prepayment: Option<Kopecks>,
    /// Why it was refused.
    pub refuse_reason: Option<String>,
    pub out_of_city: Option<bool>,
    /// The rates by which it was closed; `None` before that, and for those of the old bot.
    pub rates: Option<AppliedRates>,
    /// How often the visit was moved.
    pub reschedule_count: i32,
    /// When it was closed or refused.
    pub closed_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Set in a deleted order, which counts nowhere.
    pub deleted_at: Option<DateTime<Utc>>,
    /// The order whose repair this one repeats.
    pub repeat_of: Option<OrderId>,
}

/// Which orders a list shows.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct OrderFilter {
    /// Only this status.
    pub status: Option<OrderStatus>,
    /// Only orders that are not over.
    pub open_only: bool,
    /// Only this master's.
    pub master: Option<MasterId>,
}

/// Which orders a list of staff shows; `None` does not restrict it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct OrderListQuery {
    pub(crate) status: Option<OrderStatus>,
    pub(crate) master: Option<MasterId>,
    /// When the visit begins: from, and before.
    pub(crate) visit: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// The validated answers of the order dialogue.
#[derive(Clone, Eq, PartialEq, Serialize, Deserialize)]
pub struct NewOrder {
    pub equipment: OrderEquipment,
    pub description: String,
    pub client_name: String,
    pub client_address: String,
    pub client_phone: String,
    pub notes: Option<String>,
    /// When the client expects the master, in free words.
    pub scheduled_time: Option<String>,
    /// The same as far as it was understood.
    pub visit: Option<VisitWindow>,
}

/// A photo, video or document about an order, which Telegram keeps.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct OrderFile {
    /// The name of its field in a message, such as `photo` (Telegram Bot API: Message).
    pub(crate) kind: String,
    pub(crate) file_id: String,
}

/// Hides the client, since debug output ends in logs.
impl fmt::Debug for NewOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewOrder")
            .field("equipment", &self.equipment.name)
            .field("client_phone", &mask_phone(&self.client_phone))
            .finish_non_exhaustive()
    }
}

/// The outcome of the closing dialogue.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize)]
pub enum OrderClosing {
    /// Staff skipped the amounts; only the rates are stored, for a later correction.
    WithoutAmounts(AppliedRates),
    Settled(Settlement),
}

/// The money of a closed order. Only [`OrderClosing::settle`] makes one, so its parts are consistent.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize)]
pub struct Settlement {
    amounts: ClosingAmounts,
    rates: AppliedRates,
    split: ProfitSplit,
}

impl OrderClosing {
    /// Closes with amounts and splits them.
    pub fn settle(amounts: ClosingAmounts, rates: AppliedRates) -> Result<Self, MaterialsExceedTotal> {
        Ok(Self::Settled(Settlement { amounts, rates, split: rates.split_net(&amounts)? }))
    }

    pub fn settlement(&self) -> Option<&Settlement> {
        match self {
            Self::WithoutAmounts(_) => None,
            Self::Settled(settlement) => Some(settlement),
        }
    }

    pub fn rates(&self) -> AppliedRates {
        match self {
            Self::WithoutAmounts(rates) => *rates,
            Self::Settled(settlement) => settlement.rates,
        }
    }

    fn amounts(&self) -> Option<&ClosingAmounts> {
        self.settlement().map(Settlement::amounts)
    }

    pub fn total(&self) -> Option<Kopecks> {
        self.amounts().map(|amounts| amounts.total)
    }

    pub fn materials(&self) -> Option<Kopecks> {
        self.amounts().map(|amounts| amounts.materials)
    }

    pub fn has_review(&self) -> Option<bool> {
        self.amounts().map(|amounts| amounts.has_review)
    }

    pub fn out_of_city(&self) -> Option<bool> {
        self.amounts().and_then(|amounts| amounts.out_of_city)
    }

    pub fn split(&self) -> Option<ProfitSplit> {
        self.settlement().map(Settlement::split)
    }
}

impl Settlement {
    pub fn amounts(&self) -> &ClosingAmounts {
        &self.amounts
    }

    pub fn split(&self) -> ProfitSplit {
        self.split
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn closing_without_amounts_records_nothing() {
        let closing = OrderClosing::WithoutAmounts(AppliedRates::DEFAULT);
        assert_eq!((closing.total(), closing.materials()), (None, None));
        assert_eq!((closing.has_review(), closing.split()), (None, None));
    }

    #[test]
    fn closing_with_amounts_carries_their_split() {
        let amounts = |total, materials| ClosingAmounts {
            total: Kopecks(total),
            materials: Kopecks(materials),
            has_review: true,
            out_of_city: None,
        };
        let closing = OrderClosing::settle(amounts(1_000_000, 100_000), AppliedRates::DEFAULT).unwrap();
        assert_eq!(closing.total(), Some(Kopecks(1_000_000)));
        assert_eq!(closing.materials(), Some(Kopecks(100_000)));
        assert_eq!(closing.has_review(), Some(true));
        assert_eq!(closing.split().unwrap().master, Kopecks(540_000));
        assert_eq!(OrderClosing::settle(amounts(1, 2), AppliedRates::DEFAULT), Err(MaterialsExceedTotal));
    }

    #[test]
    fn debug_of_an_order_names_no_client() {
        let order = NewOrder {
            equipment: OrderEquipment { id: None, name: "Oven".to_owned() },
            description: "does not heat".to_owned(),
            client_name: "Made-up Client".to_owned(),
            client_address: "Made-up street 7".to_owned(),
            client_phone: "+79001234567".to_owned(),
            notes: Some("dog".to_owned()),
            scheduled_time: None,
            visit: None,
        };
        let shown = format!("{order:?}");
        for secret in ["Made-up", "1234567", "heat", "dog"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        let json = serde_json::to_string(&order).unwrap();
        assert_eq!(serde_json::from_str::<NewOrder>(&json).unwrap(), order);
    }
}
