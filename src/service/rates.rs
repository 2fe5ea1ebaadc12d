//! Rates: by which an order is shared, and how administrators change them.

use chrono::{DateTime, Utc};

use super::orders::view_order;
use super::{Refusal, Result, equipment, require_admin};
use crate::db::{AnyConnection, audit, rates};
use crate::domain::equipment::EquipmentType;
use crate::domain::ids::{EquipmentTypeId, OrderId};
use crate::domain::money::Kopecks;
use crate::domain::order::OrderClosing;
use crate::domain::rates::{AppliedRates, ClosingAmounts, RateField, Rates};
use crate::domain::user::User;

/// The rates that hold for one type of equipment, or for all without their own.
#[derive(Clone, Debug)]
pub(crate) struct RatesView {
    /// `None` for all types.
    pub(crate) kind: Option<EquipmentType>,
    pub(crate) rates: Rates,
    /// Whether they were set here; else those of all types hold, or those with which the bot begins.
    pub(crate) is_own: bool,
}

/// A new value that was checked already.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct RateChange {
    pub(crate) field: RateField,
    pub(crate) rates: Rates,
}

/// Returns the rates by which an order would be closed now.
pub(crate) fn rates_for_closing(tx: &mut AnyConnection, user: &User, id: OrderId) -> Result<AppliedRates> {
    let seen = view_order(tx, user, id)?;
    let kind = rates::find_type_of_order(tx, id)?;
    let is_senior = seen.master.is_some_and(|master| master.is_senior);
    Ok(AppliedRates { rates: effective_rates(tx, kind)?, is_senior })
}

/// Closes with these amounts, or without any.
pub(crate) fn settle_amounts(amounts: Option<ClosingAmounts>, rates: AppliedRates) -> Result<OrderClosing> {
    let Some(amounts) = amounts else { return Ok(OrderClosing::WithoutAmounts(rates)) };
    let ClosingAmounts { materials, total, .. } = amounts;
    OrderClosing::settle(amounts, rates).map_err(|_| Refusal::MaterialsExceedTotal { materials, total })
}

/// Returns the rates of a type: its own, else those of all types, else those with which the bot begins.
fn effective_rates(tx: &mut AnyConnection, kind: Option<EquipmentTypeId>) -> Result<Rates> {
    let own = match kind {
        Some(kind) => rates::find_rates(tx, Some(kind))?,
        None => None,
    };
    let set = match own {
        Some(own) => Some(own),
        None => rates::find_rates(tx, None)?,
    };
    Ok(set.unwrap_or(Rates::DEFAULT))
}

/// Returns all types, each with whether it has rates of its own, for administrators.
pub(crate) fn list_types(
    tx: &mut AnyConnection,
    user: &User,
    now: DateTime<Utc>,
) -> Result<Vec<(EquipmentType, bool)>> {
    require_admin(user)?;
    let own = rates::list_types_with_rates(tx)?;
    let types = equipment::list_equipment(tx, user, now)?;
    Ok(types
        .into_iter()
        .map(|kind| {
            let is_own = own.contains(&kind.id);
            (kind, is_own)
        })
        .collect())
}

/// Returns the rates of a type, or of all, for administrators.
pub(crate) fn view_rates(
    tx: &mut AnyConnection,
    user: &User,
    kind: Option<EquipmentTypeId>,
    now: DateTime<Utc>,
) -> Result<RatesView> {
    require_admin(user)?;
    let found = match kind {
        Some(kind) => Some(equipment::view_equipment(tx, user, kind, now)?),
        None => None,
    };
    let is_own = rates::find_rates(tx, kind)?.is_some();
    Ok(RatesView { kind: found, rates: effective_rates(tx, kind)?, is_own })
}

/// Changes one value, for administrators. A type without rates of its own gets the present ones with this value.
pub(crate) fn change_rate(
    tx: &mut AnyConnection,
    user: &User,
    kind: Option<EquipmentTypeId>,
    change: RateChange,
    now: DateTime<Utc>,
) -> Result<()> {
    rates::lock_rates(tx)?;
    let before = view_rates(tx, user, kind, now)?;
    let values = [&before.rates, &change.rates].map(|rates| stored_value(rates, change.field));
    if values[0] == values[1] {
        return Ok(());
    }
    // What another administrator set meanwhile stays.
    let rates = match change.rates.percent(change.field) {
        Some(percent) => {
            before.rates.with_percent(change.field, percent).map_err(|_| Refusal::RatesChanged)?
        }
        None => before.rates.with_threshold(change.rates.threshold),
    };
    rates::store_rates(tx, kind, &rates, now)?;
    let [old, new] = values;
    let details = format!("equipment_type={} {}={old}->{new}", type_text(kind), change.field.as_str());
    Ok(audit::insert_user_action(tx, user.telegram_id, "rates.change", &details, now)?)
}

/// Makes the rates of all types hold for a type again, or those with which the bot begins for all types; for administrators.
pub(crate) fn reset_rates(
    tx: &mut AnyConnection,
    user: &User,
    kind: Option<EquipmentTypeId>,
    now: DateTime<Utc>,
) -> Result<()> {
    require_admin(user)?;
    rates::lock_rates(tx)?;
    if let Some(before) = rates::find_rates(tx, kind)? {
        rates::delete_rates(tx, kind)?;
        let values =
            RateField::ALL.map(|field| format!("{}={}", field.as_str(), stored_value(&before, field)));
        let details = format!("equipment_type={} {}", type_text(kind), values.join(" "));
        audit::insert_user_action(tx, user.telegram_id, "rates.reset", &details, now)?;
    }
    Ok(())
}

/// Returns a value in per cent, or the threshold in kopecks.
fn stored_value(rates: &Rates, field: RateField) -> i64 {
    let Kopecks(threshold) = rates.threshold;
    rates.percent(field).map_or(threshold, i64::from)
}

fn type_text(kind: Option<EquipmentTypeId>) -> String {
    kind.map_or_else(|| "all".to_owned(), |kind| kind.to_string())
}
