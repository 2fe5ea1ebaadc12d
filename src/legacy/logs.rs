//! `order_status_history` and `audit_log`, and the counters from which new rows take their numbers.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::convert;
use super::report::{Aside, Mend};
use super::source::{Row, Table, number, quoted};
use super::work::{LARGEST, Work};
use crate::db::error::Result;
use crate::db::schema::{audit_log, order_status_history};

pub(super) const HISTORY: &str = "order_status_history";
pub(super) const AUDIT: &str = "audit_log";
pub(super) const HISTORY_COLUMNS: [&str; 7] =
    ["id", "order_id", "old_status", "new_status", "changed_by", "changed_at", "notes"];
pub(super) const AUDIT_COLUMNS: [&str; 5] = ["id", "user_id", "action", "details", "timestamp"];

#[derive(Insertable)]
#[diesel(table_name = order_status_history, treat_none_as_default_value = false)]
struct NewStep {
    id: i64,
    order_id: i64,
    old_status: Option<String>,
    new_status: String,
    changed_by: Option<i64>,
    changed_at: NaiveDateTime,
    notes: Option<String>,
}

#[derive(Insertable)]
#[diesel(table_name = audit_log, treat_none_as_default_value = false)]
struct NewEntry {
    id: i64,
    user_id: Option<i64>,
    action: String,
    details: Option<String>,
    timestamp: NaiveDateTime,
}

/// Copies the history of the orders that are there.
pub(super) fn copy_history(c: &mut SqliteConnection, table: &Table, work: &mut Work<'_>) -> Result<()> {
    table.read(c, HISTORY_COLUMNS, |c, rows| {
        work.step("history", rows.len());
        let new: Vec<NewStep> = rows.into_iter().filter_map(|row| step(row, table, work)).collect();
        diesel::insert_into(order_status_history::table).values(&new).execute(c)?;
        Ok(())
    })?;
    keep_counter(c, HISTORY, table)
}

fn step(row: Row<7>, table: &Table, work: &mut Work<'_>) -> Option<NewStep> {
    let [id, order, old_status, new_status, changed_by, changed_at, notes] = row.cells;
    let shown = id.int().unwrap_or(row.rowid);
    if row.is_deleted {
        work.tally.set_aside(Aside::Deleted, HISTORY, shown);
        return None;
    }
    let Some(order_id) = order.int().and_then(|order| work.orders.get(&order).copied()) else {
        work.tally.set_aside(Aside::NoOrder, HISTORY, shown);
        return None;
    };
    let id = work.number(&id, row.rowid, table, HISTORY);
    Some(NewStep {
        id,
        order_id,
        old_status: work.optional(&old_status, HISTORY, id).map(|text| spelt(text, id, work)),
        new_status: {
            let text = work.text(&new_status, HISTORY, id);
            spelt(text, id, work)
        },
        changed_by: work.person(&changed_by, HISTORY, id),
        changed_at: work.time(&changed_at, None, HISTORY, id),
        notes: work.optional(&notes, HISTORY, id),
    })
}

/// What was is what was: a status that does not exist here keeps its name in the history.
fn spelt(text: String, id: i64, work: &mut Work<'_>) -> String {
    match convert::status(&text) {
        Some(status) if status.as_str() != text => {
            work.tally.mend(Mend::StatusName, HISTORY, id);
            status.as_str().to_owned()
        }
        _ => text,
    }
}

/// Copies who did what.
pub(super) fn copy_audit(c: &mut SqliteConnection, table: &Table, work: &mut Work<'_>) -> Result<()> {
    table.read(c, AUDIT_COLUMNS, |c, rows| {
        work.step("audit", rows.len());
        let new: Vec<NewEntry> = rows.into_iter().filter_map(|row| entry(row, table, work)).collect();
        diesel::insert_into(audit_log::table).values(&new).execute(c)?;
        Ok(())
    })?;
    keep_counter(c, AUDIT, table)
}

fn entry(row: Row<5>, table: &Table, work: &mut Work<'_>) -> Option<NewEntry> {
    let [id, user, action, details, timestamp] = row.cells;
    if row.is_deleted {
        work.tally.set_aside(Aside::Deleted, AUDIT, id.int().unwrap_or(row.rowid));
        return None;
    }
    let id = work.number(&id, row.rowid, table, AUDIT);
    Some(NewEntry {
        id,
        user_id: work.person(&user, AUDIT, id),
        action: work.text(&action, AUDIT, id),
        details: work.optional(&details, AUDIT, id),
        timestamp: work.time(&timestamp, None, AUDIT, id),
    })
}

/// New rows go on from where the old bot was, so that no number is given out twice: not that of a row which was set aside,
/// nor one on a button in somebody's chat. One at the edge of all numbers would leave none.
pub(super) fn keep_counter(c: &mut SqliteConnection, name: &str, old: &Table) -> Result<()> {
    let mut last = if old.counter <= LARGEST { old.counter } else { 0 };
    if old.has("id") {
        let of_old = format!(
            "SELECT max(id) AS number FROM {} WHERE typeof(id) = 'integer' AND id <= {LARGEST}",
            quoted(&old.aside)
        );
        last = last.max(number(c, &of_old)?);
    }
    last = last.max(number(c, &format!("SELECT max(id) AS number FROM {}", quoted(name)))?);
    diesel::sql_query("DELETE FROM sqlite_sequence WHERE name = ?").bind::<Text, _>(name).execute(c)?;
    diesel::sql_query("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)")
        .bind::<Text, _>(name)
        .bind::<BigInt, _>(last)
        .execute(c)?;
    Ok(())
}
