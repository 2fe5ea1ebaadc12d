//! Editing an open order and correcting a closed one.

use chrono::{DateTime, Utc};

use super::orders::{OrderView, view_order};
use super::{Refusal, Result, equipment, ledger, require_admin, require_staff};
use crate::db::order_changes::{NewOrderChange, insert_order_change};
use crate::db::{self, AnyConnection, audit, order_edits};
use crate::domain::ids::{MasterId, OrderId};
use crate::domain::master::Master;
use crate::domain::money::Kopecks;
use crate::domain::order::{Order, OrderClosing};
use crate::domain::order_change::{CorrectedField, OrderField};
use crate::domain::rates::{AppliedRates, ClosingAmounts};
use crate::domain::status::OrderStatus;
use crate::domain::user::User;

/// An order before and after a change.
#[derive(Clone, Debug)]
pub(crate) struct ChangedOrder {
    pub(crate) before: Order,
    pub(crate) after: Order,
    pub(crate) former_master: Option<Master>,
    pub(crate) master: Option<Master>,
}

/// The right value of something in a closed order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Correction {
    Total(Kopecks),
    Materials(Kopecks),
    Review(bool),
    Master(MasterId),
}

/// Returns the value of a field as text; empty when there is none.
pub(crate) fn field_value(order: &Order, field: OrderField) -> &str {
    match field {
        OrderField::Equipment => &order.equipment,
        OrderField::Description => &order.description,
        OrderField::ClientName => &order.client_name,
        OrderField::Address => &order.client_address,
        OrderField::Phone => &order.client_phone,
        OrderField::Notes => order.notes.as_deref().unwrap_or_default(),
    }
}

/// Returns an order that the user may edit: staff, while it is open.
pub(crate) fn check_edit(tx: &mut AnyConnection, user: &User, id: OrderId) -> Result<OrderView> {
    require_staff(user)?;
    let seen = view_order(tx, user, id)?;
    if seen.order.status.is_open() { Ok(seen) } else { Err(Refusal::OrderIsOver(seen.order.status)) }
}

/// Changes one field of an open order; `None` when it has that value already. An empty value removes the notes.
pub(crate) fn edit_order(
    tx: &mut AnyConnection,
    user: &User,
    id: OrderId,
    field: OrderField,
    value: &str,
    now: DateTime<Utc>,
) -> Result<Option<ChangedOrder>> {
    let OrderView { order: before, master, .. } = check_edit(tx, user, id)?;
    let old = field_value(&before, field);
    if old == value {
        return Ok(None);
    }
    let equipment = match field {
        OrderField::Equipment => {
            let known = equipment::list_equipment(tx, user, now)?;
            known.into_iter().find(|kind| kind.name == value).map(|kind| kind.id)
        }
        _ => None,
    };
    order_edits::update_order_field(tx, &before, field, value, equipment, now)?;
    let stated = |value| Some(value).filter(|value: &&str| !value.is_empty());
    let change = NewOrderChange {
        order: id,
        by: user.telegram_id,
        field: field.as_str(),
        old: stated(old),
        new: stated(value),
    };
    insert_order_change(tx, change, now)?;
    let details = format!("order={id} field={}", field.as_str());
    audit::insert_user_action(tx, user.telegram_id, "order.edit", &details, now)?;
    changed_order(tx, before, master.clone(), master).map(Some)
}

/// Returns an order that the user may correct: admins, once it is closed.
pub(crate) fn check_correction(tx: &mut AnyConnection, user: &User, id: OrderId) -> Result<OrderView> {
    require_admin(user)?;
    let seen = view_order(tx, user, id)?;
    if seen.order.status == OrderStatus::Closed { Ok(seen) } else { Err(Refusal::OrderNotClosed) }
}

/// Corrects a closed order, whose shares are computed anew by the rates that are stored with it; `None` when it is right already.
pub(crate) fn correct_order(
    tx: &mut AnyConnection,
    user: &User,
    id: OrderId,
    correction: Correction,
    now: DateTime<Utc>,
) -> Result<Option<ChangedOrder>> {
    let OrderView { order: before, master: former_master, .. } = check_correction(tx, user, id)?;
    let master = match correction {
        Correction::Master(master) => {
            let found = db::masters::find_master_for_share(tx, master)?.ok_or(Refusal::NoSuchMaster)?;
            if before.assigned_master == Some(master) {
                return Ok(None);
            }
            order_edits::update_master_of_record(tx, &before, master, now)?;
            Some(found)
        }
        _ => {
            let Some(closing) = corrected_closing(&before, correction)? else { return Ok(None) };
            order_edits::correct_order(tx, &before, closing, now)?;
            former_master.clone()
        }
    };
    let changed = changed_order(tx, before, former_master, master)?;
    record_correction(tx, user, &changed, now)?;
    ledger::book_correction(tx, user, &changed.before, &changed.after, now)?;
    Ok(Some(changed))
}

/// Returns the money with a corrected part; `None` when that changes nothing.
fn corrected_closing(order: &Order, correction: Correction) -> Result<Option<OrderClosing>> {
    let known = |amount: Option<Kopecks>| amount.ok_or(Refusal::AmountsMissing);
    let (total, materials, has_review) = match correction {
        Correction::Total(total) => {
            (total, order.materials.unwrap_or_default(), order.has_review.unwrap_or_default())
        }
        Correction::Materials(materials) => {
            (known(order.total)?, materials, order.has_review.unwrap_or_default())
        }
        Correction::Review(has_review) => {
            (known(order.total)?, order.materials.unwrap_or_default(), has_review)
        }
        Correction::Master(_) => return Ok(None),
    };
    let present = (order.total, order.materials, order.has_review);
    if present == (Some(total), Some(materials), Some(has_review)) {
        return Ok(None);
    }
    let amounts = ClosingAmounts { total, materials, has_review, out_of_city: order.out_of_city };
    let closing = OrderClosing::settle(amounts, order.rates.unwrap_or(AppliedRates::DEFAULT));
    closing.map(Some).map_err(|_| Refusal::MaterialsExceedTotal { materials, total })
}

fn changed_order(
    tx: &mut AnyConnection,
    before: Order,
    former_master: Option<Master>,
    master: Option<Master>,
) -> Result<ChangedOrder> {
    let after = db::orders::find_order(tx, before.id)?.ok_or(Refusal::NoSuchOrder)?;
    Ok(ChangedOrder { before, after, former_master, master })
}

/// Writes every amount that changed, also the shares, and the master.
fn record_correction(
    tx: &mut AnyConnection,
    user: &User,
    changed: &ChangedOrder,
    now: DateTime<Utc>,
) -> Result<()> {
    let kopecks = |amount: Option<Kopecks>| amount.map(|amount| amount.0.to_string());
    let values = |order: &Order| {
        [
            (CorrectedField::Total.as_str(), kopecks(order.total)),
            (CorrectedField::Materials.as_str(), kopecks(order.materials)),
            (CorrectedField::Review.as_str(), order.has_review.map(|review| review.to_string())),
            (CorrectedField::Master.as_str(), order.assigned_master.map(|id| id.to_string())),
            ("master_share", kopecks(order.master_share)),
            ("company_share", kopecks(order.company_share)),
        ]
    };
    let id = changed.after.id;
    let mut fields = Vec::new();
    for ((field, old), (_, new)) in values(&changed.before).into_iter().zip(values(&changed.after)) {
        if old != new {
            let change = NewOrderChange {
                order: id,
                by: user.telegram_id,
                field,
                old: old.as_deref(),
                new: new.as_deref(),
            };
            insert_order_change(tx, change, now)?;
            fields.push(field);
        }
    }
    let details = format!("order={id} fields={}", fields.join(","));
    Ok(audit::insert_user_action(tx, user.telegram_id, "order.correct", &details, now)?)
}
