//! Before anything is kept: what went in is what came out, counted and added up by the database itself.

use diesel::prelude::*;

use super::convert::LARGEST;
use super::orders::{MONEY, ORDERS};
use super::report::{Mend, MoneySum, Report};
use super::source::{Table, number, quoted, rows};
use super::work::Work;
use crate::backup::integrity;
use crate::db::connection::AnyConnection;
use crate::db::error::Result;
use crate::db::foreign_keys;
use crate::migrate;

/// Everything that does not agree; empty when all is well.
pub(super) fn disagreements(
    conn: &mut AnyConnection,
    report: &Report,
    old: &[Table],
    old_orders: &Table,
    work: &Work<'_>,
) -> Result<Vec<String>, migrate::MigrateError> {
    let mut wrong: Vec<String> = Vec::new();
    for table in &report.tables {
        let expected = table.rows_in + table.added - table.set_aside.min(table.rows_in);
        if expected != table.rows_out {
            wrong.push(format!("{} has {} rows instead of {expected}", table.name, table.rows_out));
        }
    }
    for MoneySum { column, sum_in, set_aside, mended, sum_out } in &report.money {
        let expected = sum_in - set_aside + mended;
        if expected != *sum_out {
            wrong.push(format!("orders.{column} adds up to {sum_out} kopecks instead of {expected}"));
        }
    }
    if let AnyConnection::Sqlite(c) = conn {
        for table in old {
            let now = rows(c, &table.aside)?;
            // Some virtual tables are about the file itself.
            if now != table.rows && !table.is_virtual {
                wrong.push(format!("{} has {now} rows instead of {}", table.aside, table.rows));
            }
        }
        wrong.extend(row_by_row(c, old_orders, work)?);
    }
    let broken_references = foreign_keys::count_violations(conn)?;
    if broken_references > 0 {
        wrong.push(format!("{broken_references} rows refer to rows that are not there"));
    }
    wrong.extend(integrity::find_damage(conn)?);
    match migrate::schema_state(conn)? {
        migrate::SchemaState::Current => {}
        other => wrong.push(format!("the new schema is not whole: {other:?}")),
    }
    Ok(wrong)
}

/// The orders beside their originals, in SQL, which knows nothing of how they were converted.
pub(super) fn row_by_row(c: &mut SqliteConnection, old: &Table, work: &Work<'_>) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    let table = quoted(&old.aside);
    // Rows may have new numbers.
    let is_paired = old.id_is_rowid && work.tally.mended_of(Mend::NewNumber, ORDERS) == 0;
    let pairs = if is_paired {
        format!("{ORDERS} AS new JOIN {table} AS old ON old.id = new.id")
    } else {
        // Those whose own is a number that no other row has in any form keep it.
        format!(
            "{ORDERS} AS new JOIN (SELECT * FROM {table} WHERE CAST(id AS INTEGER) BETWEEN 1 AND {}
             GROUP BY CAST(id AS INTEGER) HAVING count(*) = 1 AND typeof(id) = 'integer') AS old ON old.id = new.id",
            i32::MAX
        )
    };
    for (column, broken) in MONEY.into_iter().zip(broken_amounts(old)) {
        if !old.has(column) {
            continue;
        }
        let differ = number(c, &format!("SELECT count(*) AS number FROM {pairs} WHERE {broken}"))?;
        if differ != 0 {
            wrong.push(format!("orders.{column} is another amount in {differ} rows"));
        }
    }
    let differ = format!("SELECT count(*) AS number FROM {pairs} WHERE new.status IS NOT old.status");
    let differ = number(c, &differ)?.unsigned_abs();
    let mended = [Mend::StatusName, Mend::UnknownStatus].map(|kind| work.tally.mended_of(kind, ORDERS));
    let mended = mended.iter().sum::<u64>();
    // Where not all rows have a pair, not all that were mended can be seen.
    if differ > mended || (differ < mended && is_paired) {
        wrong.push(format!("orders.status is another one in {differ} rows"));
    }
    Ok(wrong)
}

/// What must not be, for each column of money: an amount from nothing, another amount, none where there is no reason.
fn broken_amounts(old: &Table) -> [String; 4] {
    let broken = |column: &str, must_stay: &str| {
        format!(
            "CASE WHEN old.{column} IS NULL THEN new.{column} IS NOT NULL
             WHEN typeof(old.{column}) NOT IN ('real', 'integer') THEN 0
             WHEN new.{column} IS NULL THEN abs(old.{column} * 100.0) < {} AND ({must_stay})
             ELSE abs(new.{column} - old.{column} * 100.0) > 0.51 END",
            LARGEST - 1
        )
    };
    // Materials may be beyond the total, and then are dropped.
    let within = "old.materials_cost >= 0
        AND (new.total_amount IS NULL OR old.materials_cost * 100.0 < new.total_amount - 0.51)";
    // The company's share is what is left where all else is known.
    let rest = "new.total_amount - new.materials_cost - new.master_profit";
    let share = if old.has("company_profit") { broken("company_profit", "1") } else { "0".to_owned() };
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
