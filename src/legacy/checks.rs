//! Before the commit: counts and sums of source and result, computed by the database.

use diesel::prelude::*;

use super::context::ImportContext;
use super::convert::money::LARGEST_AMOUNT;
use super::orders::{MONEY_COLUMNS, ORDERS};
use super::report::{ImportReport, MoneySum, Repair};
use super::source::{LegacyTable, count_rows, query_number};
use crate::backup::integrity;
use crate::db::connection::AnyConnection;
use crate::db::error::Result;
use crate::db::foreign_keys;
use crate::db::sql::quote_name;
use crate::migrate;

pub(super) fn find_mismatches(
    conn: &mut AnyConnection,
    report: &ImportReport,
    old: &[LegacyTable],
    old_orders: &LegacyTable,
    context: &ImportContext<'_>,
) -> Result<Vec<String>, migrate::MigrateError> {
    let mut mismatches: Vec<String> = Vec::new();
    for table in &report.tables {
        let expected = table.rows_in + table.added - table.kept_in_legacy.min(table.rows_in);
        if expected != table.rows_out {
            mismatches.push(format!("{} has {} rows instead of {expected}", table.name, table.rows_out));
        }
    }
    for MoneySum { column, sum_in, kept_in_legacy, repaired, sum_out } in &report.money {
        let expected = sum_in - kept_in_legacy + repaired;
        if expected != *sum_out {
            mismatches.push(format!("orders.{column} adds up to {sum_out} kopecks instead of {expected}"));
        }
    }
    if let AnyConnection::Sqlite(c) = conn {
        for table in old {
            let now = count_rows(c, &table.legacy_name)?;
            // Some virtual tables describe the file itself.
            if now != table.rows && !table.is_virtual {
                mismatches.push(format!("{} has {now} rows instead of {}", table.legacy_name, table.rows));
            }
        }
        mismatches.extend(compare_orders(c, old_orders, context)?);
    }
    let broken_references = foreign_keys::count_violations(conn)?;
    if broken_references > 0 {
        mismatches.push(format!("{broken_references} rows refer to missing rows"));
    }
    mismatches.extend(integrity::find_damage(conn)?);
    match migrate::schema_state(conn)? {
        migrate::SchemaState::Current => {}
        other => mismatches.push(format!("the new schema is incomplete: {other:?}")),
    }
    Ok(mismatches)
}

/// Compares the orders with their originals in SQL, independently of the conversion.
pub(super) fn compare_orders(
    c: &mut SqliteConnection,
    old: &LegacyTable,
    context: &ImportContext<'_>,
) -> Result<Vec<String>> {
    let mut mismatches = Vec::new();
    let table = quote_name(&old.legacy_name);
    // Rows may have new ids.
    let is_paired = old.id_is_rowid && context.tally.repaired_count(Repair::NewNumber, ORDERS) == 0;
    let pairs = if is_paired {
        format!("{ORDERS} AS new JOIN {table} AS old ON old.id = new.id")
    } else {
        // A row keeps its id if it is an integer that no other row has in any form.
        format!(
            "{ORDERS} AS new JOIN (SELECT * FROM {table} WHERE CAST(id AS INTEGER) BETWEEN 1 AND {}
             GROUP BY CAST(id AS INTEGER) HAVING count(*) = 1 AND typeof(id) = 'integer') AS old ON old.id = new.id",
            i32::MAX
        )
    };
    for (column, broken) in MONEY_COLUMNS.into_iter().zip(broken_amount_conditions(old)) {
        if !old.has_column(column) {
            continue;
        }
        let differ = query_number(c, &format!("SELECT count(*) AS number FROM {pairs} WHERE {broken}"))?;
        if differ != 0 {
            mismatches.push(format!("orders.{column} differs in {differ} rows"));
        }
    }
    let differ = format!("SELECT count(*) AS number FROM {pairs} WHERE new.status IS NOT old.status");
    let differ = query_number(c, &differ)?.unsigned_abs();
    let repaired =
        [Repair::StatusName, Repair::UnknownStatus].map(|kind| context.tally.repaired_count(kind, ORDERS));
    let repaired = repaired.iter().sum::<u64>();
    // Without a pair for each row, some repairs are not seen.
    if differ > repaired || (differ < repaired && is_paired) {
        mismatches.push(format!("orders.status differs in {differ} rows"));
    }
    Ok(mismatches)
}

/// Returns a SQL condition for each amount column that is true where the amount was invented, changed or lost.
fn broken_amount_conditions(old: &LegacyTable) -> [String; 4] {
    let broken = |column: &str, must_stay: &str| {
        format!(
            "CASE WHEN old.{column} IS NULL THEN new.{column} IS NOT NULL
             WHEN typeof(old.{column}) NOT IN ('real', 'integer') THEN 0
             WHEN new.{column} IS NULL THEN abs(old.{column} * 100.0) < {} AND ({must_stay})
             ELSE abs(new.{column} - old.{column} * 100.0) > 0.51 END",
            LARGEST_AMOUNT - 1
        )
    };
    // Materials above the total become NULL.
    let within = "old.materials_cost >= 0
        AND (new.total_amount IS NULL OR old.materials_cost * 100.0 < new.total_amount - 0.51)";
    // The company's share is the rest where all else is known.
    let rest = "new.total_amount - new.materials_cost - new.master_profit";
    let share = if old.has_column("company_profit") { broken("company_profit", "1") } else { "0".to_owned() };
    let company = format!(
        "CASE WHEN {rest} IS NULL OR new.company_profit IS NULL THEN {share} ELSE new.company_profit <> {rest} END"
    );
    [
        broken("total_amount", "old.total_amount >= 0"),
        broken("materials_cost", within),
        broken("master_profit", "1"),
        company,
    ]
}
