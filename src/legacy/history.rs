//! `order_status_history` and `audit_log`, and the counters of new ids.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::context::{ImportContext, LARGEST_ID};
use super::convert::names;
use super::report::{KeptReason, Repair};
use super::source::{LegacyRow, LegacyTable, query_number};
use crate::db::error::Result;
use crate::db::schema::{audit_log, order_status_history};
use crate::db::sql::quote_name;

pub(super) const HISTORY: &str = "order_status_history";
pub(super) const AUDIT: &str = "audit_log";
pub(super) const HISTORY_COLUMNS: [&str; 7] =
    ["id", "order_id", "old_status", "new_status", "changed_by", "changed_at", "notes"];
pub(super) const AUDIT_COLUMNS: [&str; 5] = ["id", "user_id", "action", "details", "timestamp"];

#[derive(Insertable)]
#[diesel(table_name = order_status_history, treat_none_as_default_value = false)]
struct NewHistoryEntry {
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
struct NewAuditEntry {
    id: i64,
    user_id: Option<i64>,
    action: String,
    details: Option<String>,
    timestamp: NaiveDateTime,
}

/// Dates the end of closed and refused orders: by their last row in the history, else by their last change.
pub(super) fn date_closed_orders(c: &mut SqliteConnection) -> Result<()> {
    diesel::sql_query(
        "UPDATE orders SET closed_at = coalesce(
           (SELECT history.changed_at FROM order_status_history AS history
            WHERE history.order_id = orders.id AND history.new_status = orders.status ORDER BY history.id DESC LIMIT 1),
           updated_at)
         WHERE status IN ('CLOSED', 'REFUSED')",
    )
    .execute(c)?;
    Ok(())
}

/// Copies the history, after the orders.
pub(super) fn copy_history(
    c: &mut SqliteConnection,
    table: &LegacyTable,
    context: &mut ImportContext<'_>,
) -> Result<()> {
    table.for_each_page(c, HISTORY_COLUMNS, |c, rows| {
        context.start_batch("history", rows.len());
        let new: Vec<NewHistoryEntry> =
            rows.into_iter().filter_map(|row| convert_history_entry(row, table, context)).collect();
        diesel::insert_into(order_status_history::table).values(&new).execute(c)?;
        Ok(())
    })?;
    keep_counter(c, HISTORY, table)
}

fn convert_history_entry(
    row: LegacyRow<7>,
    table: &LegacyTable,
    context: &mut ImportContext<'_>,
) -> Option<NewHistoryEntry> {
    let [id, order, old_status, new_status, changed_by, changed_at, notes] = row.values;
    let shown = id.as_integer().unwrap_or(row.rowid);
    if row.is_deleted {
        context.tally.record_kept(KeptReason::Deleted, HISTORY, shown);
        return None;
    }
    let Some(order_id) = order.as_integer().and_then(|order| context.orders.get(&order).copied()) else {
        context.tally.record_kept(KeptReason::MissingOrder, HISTORY, shown);
        return None;
    };
    let id = context.assign_id(&id, row.rowid, table, HISTORY);
    Some(NewHistoryEntry {
        id,
        order_id,
        old_status: context
            .optional_text(&old_status, HISTORY, id)
            .map(|text| normalize_status(text, id, context)),
        new_status: {
            let text = context.required_text(&new_status, HISTORY, id);
            normalize_status(text, id, context)
        },
        changed_by: context.user_reference(&changed_by, HISTORY, id),
        changed_at: context.timestamp(&changed_at, None, HISTORY, id),
        notes: context.optional_text(&notes, HISTORY, id),
    })
}

/// Returns the standard name; an unknown status keeps its name in the history.
fn normalize_status(text: String, id: i64, context: &mut ImportContext<'_>) -> String {
    match names::parse_status(&text) {
        Some(status) if status.as_str() != text => {
            context.tally.record_repair(Repair::StatusName, HISTORY, id);
            status.as_str().to_owned()
        }
        _ => text,
    }
}

pub(super) fn copy_audit(
    c: &mut SqliteConnection,
    table: &LegacyTable,
    context: &mut ImportContext<'_>,
) -> Result<()> {
    table.for_each_page(c, AUDIT_COLUMNS, |c, rows| {
        context.start_batch("audit", rows.len());
        let new: Vec<NewAuditEntry> =
            rows.into_iter().filter_map(|row| convert_audit_entry(row, table, context)).collect();
        diesel::insert_into(audit_log::table).values(&new).execute(c)?;
        Ok(())
    })?;
    keep_counter(c, AUDIT, table)
}

fn convert_audit_entry(
    row: LegacyRow<5>,
    table: &LegacyTable,
    context: &mut ImportContext<'_>,
) -> Option<NewAuditEntry> {
    let [id, user, action, details, timestamp] = row.values;
    if row.is_deleted {
        context.tally.record_kept(KeptReason::Deleted, AUDIT, id.as_integer().unwrap_or(row.rowid));
        return None;
    }
    let id = context.assign_id(&id, row.rowid, table, AUDIT);
    Some(NewAuditEntry {
        id,
        user_id: context.user_reference(&user, AUDIT, id),
        action: context.required_text(&action, AUDIT, id),
        details: context.optional_text(&details, AUDIT, id),
        timestamp: context.timestamp(&timestamp, None, AUDIT, id),
    })
}

/// Continues the old table's ids, because rows in `legacy_*` and old buttons refer to them. A counter at the edge of the
/// range is ignored: it would leave no ids.
pub(super) fn keep_counter(c: &mut SqliteConnection, name: &str, old: &LegacyTable) -> Result<()> {
    let mut last = if old.counter <= LARGEST_ID { old.counter } else { 0 };
    if old.has_column("id") {
        let of_old = format!(
            "SELECT max(id) AS number FROM {} WHERE typeof(id) = 'integer' AND id <= {LARGEST_ID}",
            quote_name(&old.legacy_name)
        );
        last = last.max(query_number(c, &of_old)?);
    }
    last = last.max(query_number(c, &format!("SELECT max(id) AS number FROM {}", quote_name(name)))?);
    diesel::sql_query("DELETE FROM sqlite_sequence WHERE name = ?").bind::<Text, _>(name).execute(c)?;
    diesel::sql_query("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)")
        .bind::<Text, _>(name)
        .bind::<BigInt, _>(last)
        .execute(c)?;
    Ok(())
}
