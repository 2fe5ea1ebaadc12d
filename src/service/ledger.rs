//! The ledger: books what a step of an order changes in what its master owes, in the transaction of the step.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::Result;
use crate::db::AnyConnection;
use crate::db::ledger_entries::{NewLedgerEntry, insert_ledger_entry, list_entries_of_order};
use crate::domain::ids::MasterId;
use crate::domain::ledger::{LedgerKind, owed_amount};
use crate::domain::money::Kopecks;
use crate::domain::order::Order;
use crate::domain::status::OrderStatus;
use crate::domain::user::User;

/// Books a transition: a prepayment, a closing, or that a refused order owes nothing any more.
pub(super) fn book_transition(
    tx: &mut AnyConnection,
    user: &User,
    before: &Order,
    after: &Order,
    now: DateTime<Utc>,
) -> Result<()> {
    match after.status {
        OrderStatus::Closed => {
            // The closing settles the prepayment too, even if it went to another master.
            let booked = sum_amounts(&list_entries_of_order(tx, after.id)?);
            let open = Kopecks(owed_amount(after).0 - booked.0);
            let entries = after.assigned_master.map(|master| (master, open));
            book_entries(tx, user, after, LedgerKind::Closing, entries, now)
        }
        OrderStatus::LongRepair => {
            let paid = Kopecks(owed_amount(after).0 - owed_amount(before).0);
            let entries = after.assigned_master.map(|master| (master, paid));
            book_entries(tx, user, after, LedgerKind::Prepayment, entries, now)
        }
        OrderStatus::Refused => reverse_entries(tx, user, after, LedgerKind::Refusal, now),
        OrderStatus::New if before.prepayment.is_some() && after.prepayment.is_none() => {
            reverse_entries(tx, user, after, LedgerKind::Refusal, now)
        }
        _ => Ok(()),
    }
}

/// Books a correction: the difference in money, or the debt of the former master to the right one.
pub(super) fn book_correction(
    tx: &mut AnyConnection,
    user: &User,
    before: &Order,
    after: &Order,
    now: DateTime<Utc>,
) -> Result<()> {
    let difference = Kopecks(owed_amount(after).0 - owed_amount(before).0);
    let mut entries: BTreeMap<MasterId, Kopecks> = BTreeMap::new();
    if let Some(master) = after.assigned_master {
        entries.insert(master, difference);
        if let Some(former) = before.assigned_master.filter(|former| *former != master) {
            let owed =
                sums_by_master(&list_entries_of_order(tx, after.id)?).remove(&former).unwrap_or_default();
            entries.insert(former, Kopecks(-owed.0));
            entries.insert(master, Kopecks(difference.0 + owed.0));
        }
    }
    book_entries(tx, user, after, LedgerKind::Correction, entries, now)
}

/// Takes back all that was booked for an order that is deleted.
pub(super) fn book_deletion(
    tx: &mut AnyConnection,
    user: &User,
    order: &Order,
    now: DateTime<Utc>,
) -> Result<()> {
    reverse_entries(tx, user, order, LedgerKind::Deletion, now)
}

/// Books again what the deletion took back.
pub(super) fn book_restoration(
    tx: &mut AnyConnection,
    user: &User,
    order: &Order,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut entries = list_entries_of_order(tx, order.id)?;
    let last = entries.iter().rposition(|(_, kind, _)| kind != LedgerKind::Deletion.as_str());
    let deleted = entries.split_off(last.map_or(0, |at| at + 1));
    let restored = sums_by_master(&deleted).into_iter().map(|(master, amount)| (master, Kopecks(-amount.0)));
    book_entries(tx, user, order, LedgerKind::Restoration, restored.collect::<Vec<_>>(), now)
}

type Entry = (MasterId, String, Kopecks);

fn reverse_entries(
    tx: &mut AnyConnection,
    user: &User,
    order: &Order,
    kind: LedgerKind,
    now: DateTime<Utc>,
) -> Result<()> {
    let booked = sums_by_master(&list_entries_of_order(tx, order.id)?);
    let reversed: Vec<_> = booked.into_iter().map(|(master, amount)| (master, Kopecks(-amount.0))).collect();
    book_entries(tx, user, order, kind, reversed, now)
}

fn sum_amounts(entries: &[Entry]) -> Kopecks {
    Kopecks(entries.iter().map(|(_, _, amount)| amount.0).sum())
}

fn sums_by_master(entries: &[Entry]) -> BTreeMap<MasterId, Kopecks> {
    let mut sums = BTreeMap::new();
    for (master, _, amount) in entries {
        let Kopecks(sum) = sums.entry(*master).or_default();
        *sum += amount.0;
    }
    sums
}

/// Books one entry for each master: a closing always, so that the statement shows the order, another kind unless its amount is zero.
fn book_entries(
    tx: &mut AnyConnection,
    user: &User,
    order: &Order,
    kind: LedgerKind,
    amounts: impl IntoIterator<Item = (MasterId, Kopecks)>,
    now: DateTime<Utc>,
) -> Result<()> {
    let earlier = list_entries_of_order(tx, order.id)?.len();
    let mut number = i64::try_from(earlier).unwrap_or(i64::MAX);
    for (master, amount) in amounts {
        if amount != Kopecks::ZERO || kind == LedgerKind::Closing {
            number = number.saturating_add(1);
            let key = format!("order:{}:{number}", order.id);
            let (by, order) = (user.telegram_id, Some(order.id));
            let entry = NewLedgerEntry { master, order, kind, amount, note: None, by, key: &key };
            insert_ledger_entry(tx, entry, now)?;
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
