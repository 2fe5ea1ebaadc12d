//! Before anything is kept: what went in is what came out, counted and added up by the database itself.

use diesel::prelude::*;

use super::orders::{MONEY, ORDERS};
use super::report::{Mend, MoneySum, Report};
use super::source::{Table, number, quoted, rows};
use super::work::Work;
use crate::db::connection::AnyConnection;
use crate::db::error::Result;
use crate::db::{backup, migrate};

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
    let backup::Check { damage, broken_references } = backup::check(conn)?;
    if broken_references > 0 {
        wrong.push(format!("{broken_references} rows refer to rows that are not there"));
    }
    wrong.extend(damage);
    match migrate::state(conn)? {
        migrate::State::Current => {}
        other => wrong.push(format!("the new schema is not whole: {other:?}")),
    }
    Ok(wrong)
}

/// The orders beside their originals, in SQL, which knows nothing of how they were converted.
fn row_by_row(c: &mut SqliteConnection, old: &Table, work: &Work<'_>) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    if !old.id_is_rowid() {
        // Rows may have new numbers then, and there is nothing to put them side by side by.
        return Ok(wrong);
    }
    let pairs = format!("{ORDERS} AS new JOIN {} AS old ON old.id = new.id", quoted(&old.aside));
    for column in &MONEY[..3] {
        if !old.has(column) {
            continue;
        }
        let differ = format!(
            "SELECT count(*) AS number FROM {pairs} WHERE new.{column} IS NOT NULL
             AND typeof(old.{column}) IN ('real', 'integer') AND abs(new.{column} - old.{column} * 100.0) > 0.51"
        );
        let differ = number(c, &differ)?;
        if differ != 0 {
            wrong.push(format!("orders.{column} is another amount in {differ} rows"));
        }
    }
    let differ = format!("SELECT count(*) AS number FROM {pairs} WHERE new.status IS NOT old.status");
    let differ = number(c, &differ)?.unsigned_abs();
    let mended = [Mend::StatusName, Mend::UnknownStatus].map(|kind| work.tally.mended_of(kind, ORDERS));
    if differ != mended.iter().sum::<u64>() {
        wrong.push(format!("orders.status is another one in {differ} rows"));
    }
    Ok(wrong)
}
