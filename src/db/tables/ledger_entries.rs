//! `ledger_entries`: what masters owe the company. Rows are only added.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::{Error, Result};
use crate::db::schema::ledger_entries;
use crate::db::time;
use crate::domain::ids::{MasterId, OrderId, TelegramId};
use crate::domain::ledger::{LedgerEntry, LedgerKind};
use crate::domain::money::Kopecks;

#[derive(Queryable, Selectable)]
#[diesel(table_name = ledger_entries)]
struct EntryRow {
    kind: String,
    order_id: Option<i64>,
    amount: i64,
    note: Option<String>,
    created_at: NaiveDateTime,
}

fn entry_from_row(row: EntryRow) -> Result<LedgerEntry> {
    let kind = LedgerKind::from_stored(&row.kind);
    Ok(LedgerEntry {
        kind: kind.ok_or(Error::Unreadable { table: "ledger_entries", column: "kind", value: row.kind })?,
        order: row.order_id.map(OrderId),
        amount: Kopecks(row.amount),
        note: row.note,
        at: time::from_stored(row.created_at),
    })
}

/// An entry to be booked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct NewLedgerEntry<'a> {
    pub(crate) master: MasterId,
    pub(crate) order: Option<OrderId>,
    pub(crate) kind: LedgerKind,
    /// What the master owes more; less if negative.
    pub(crate) amount: Kopecks,
    pub(crate) note: Option<&'a str>,
    pub(crate) by: TelegramId,
    /// Tells it from all others: a second one with the same key fails.
    pub(crate) key: &'a str,
}

/// Books an entry.
pub(crate) fn insert_ledger_entry(
    conn: &mut AnyConnection,
    new: NewLedgerEntry<'_>,
    now: DateTime<Utc>,
) -> Result<()> {
    on_each!(conn, |c| diesel::insert_into(ledger_entries::table)
        .values((
            ledger_entries::master_id.eq(new.master.0),
            ledger_entries::order_id.eq(new.order.map(|order| order.0)),
            ledger_entries::kind.eq(new.kind.as_str()),
            ledger_entries::amount.eq(new.amount.0),
            ledger_entries::note.eq(new.note),
            ledger_entries::created_by.eq(new.by.0),
            ledger_entries::created_at.eq(time::to_stored(now)),
            ledger_entries::entry_key.eq(new.key),
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

/// Returns the balance of each master who has entries.
pub(crate) fn list_balances(conn: &mut AnyConnection) -> Result<Vec<(MasterId, Kopecks)>> {
    let sum = sql::<BigInt>("CAST(coalesce(sum(amount), 0) AS BIGINT)");
    let rows: Vec<(i64, i64)> = on_each!(conn, |c| ledger_entries::table
        .group_by(ledger_entries::master_id)
        .order(ledger_entries::master_id)
        .select((ledger_entries::master_id, sum))
        .load(c))?;
    Ok(rows.into_iter().map(|(master, sum)| (MasterId(master), Kopecks(sum))).collect())
}

/// Returns what a master owes, from the entries before a moment, or from all.
pub(crate) fn sum_balance(
    conn: &mut AnyConnection,
    master: MasterId,
    before: Option<DateTime<Utc>>,
) -> Result<Kopecks> {
    let sum = sql::<BigInt>("CAST(coalesce(sum(amount), 0) AS BIGINT)");
    let end = time::to_stored(before.unwrap_or(DateTime::<Utc>::MAX_UTC));
    let own = ledger_entries::table.filter(ledger_entries::master_id.eq(master.0));
    Ok(Kopecks(on_each!(conn, |c| match before {
        Some(_) => own.filter(ledger_entries::created_at.lt(end)).select(sum).get_result(c),
        None => own.select(sum).get_result(c),
    })?))
}

/// Returns the last entries of a master, newest first.
pub(crate) fn list_last_entries(
    conn: &mut AnyConnection,
    master: MasterId,
    limit: i64,
) -> Result<Vec<LedgerEntry>> {
    let rows: Vec<EntryRow> = on_each!(conn, |c| ledger_entries::table
        .filter(ledger_entries::master_id.eq(master.0))
        .order(ledger_entries::id.desc())
        .limit(limit)
        .select(EntryRow::as_select())
        .load(c))?;
    rows.into_iter().map(entry_from_row).collect()
}

/// Returns the entries of a master from one moment until before another, oldest first.
pub(crate) fn list_entries_between(
    conn: &mut AnyConnection,
    master: MasterId,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<LedgerEntry>> {
    let rows: Vec<EntryRow> = on_each!(conn, |c| ledger_entries::table
        .filter(ledger_entries::master_id.eq(master.0))
        .filter(ledger_entries::created_at.ge(time::to_stored(from)))
        .filter(ledger_entries::created_at.lt(time::to_stored(until)))
        .order(ledger_entries::id)
        .select(EntryRow::as_select())
        .load(c))?;
    rows.into_iter().map(entry_from_row).collect()
}

/// Returns what all masters owe together.
pub(crate) fn sum_balances(conn: &mut AnyConnection) -> Result<Kopecks> {
    let sum = sql::<BigInt>("CAST(coalesce(sum(amount), 0) AS BIGINT)");
    Ok(Kopecks(on_each!(conn, |c| ledger_entries::table.select(sum).get_result(c))?))
}
