//! `ledger_entries`: what masters owe the company. Rows are only added.

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::ledger_entries;
use crate::db::time;
use crate::domain::ids::{MasterId, OrderId, TelegramId};
use crate::domain::ledger::LedgerKind;
use crate::domain::money::Kopecks;

/// An entry to be booked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct NewLedgerEntry {
    pub(crate) master: MasterId,
    pub(crate) order: OrderId,
    pub(crate) kind: LedgerKind,
    /// What the master owes more; less if negative.
    pub(crate) amount: Kopecks,
    pub(crate) by: TelegramId,
}

/// Books an entry. `number` tells it from the earlier entries of the order; a second one of that number fails.
pub(crate) fn insert_ledger_entry(
    conn: &mut AnyConnection,
    new: &NewLedgerEntry,
    number: i64,
    now: DateTime<Utc>,
) -> Result<()> {
    on_each!(conn, |c| diesel::insert_into(ledger_entries::table)
        .values((
            ledger_entries::master_id.eq(new.master.0),
            ledger_entries::order_id.eq(new.order.0),
            ledger_entries::kind.eq(new.kind.as_str()),
            ledger_entries::amount.eq(new.amount.0),
            ledger_entries::created_by.eq(new.by.0),
            ledger_entries::created_at.eq(time::to_stored(now)),
            ledger_entries::entry_key.eq(format!("order:{}:{number}", new.order)),
        ))
        .execute(c))?;
    Ok(())
}

/// Returns master, kind and amount of every entry of an order, oldest first.
pub(crate) fn list_entries_of_order(
    conn: &mut AnyConnection,
    order: OrderId,
) -> Result<Vec<(MasterId, String, Kopecks)>> {
    let rows: Vec<(i64, String, i64)> = on_each!(conn, |c| ledger_entries::table
        .filter(ledger_entries::order_id.eq(order.0))
        .order(ledger_entries::id)
        .select((ledger_entries::master_id, ledger_entries::kind, ledger_entries::amount))
        .load(c))?;
    Ok(rows.into_iter().map(|(master, kind, amount)| (MasterId(master), kind, Kopecks(amount))).collect())
}

/// Returns what all masters owe together.
pub(crate) fn sum_balances(conn: &mut AnyConnection) -> Result<Kopecks> {
    let sum = sql::<BigInt>("CAST(coalesce(sum(amount), 0) AS BIGINT)");
    Ok(Kopecks(on_each!(conn, |c| ledger_entries::table.select(sum).get_result(c))?))
}
