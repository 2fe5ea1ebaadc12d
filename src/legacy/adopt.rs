//! The import: everything in one transaction, or nothing.

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;

use super::context::{ImportContext, ImportOptions, ImportProgress};
use super::exclusive::{begin_exclusive, data_version};
use super::report::{ImportReport, MoneySum, TableCount, UnknownColumn, UnknownTable};
use super::source::{LegacyTable, list_tables, on_sqlite, query_names, query_number};
use super::{checks, equipment, history, legacy_tables, masters, orders, references, state, users};
use crate::db::connection::{AnyConnection, allow_writing};
use crate::db::error::{Error, Result};
use crate::db::sql::quote_name;
use crate::migrate::{self, MigrateError, extra_objects};

/// Why a database was not adopted; it is unchanged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AdoptError {
    #[error("not a database of the old bot: {0}")]
    NotOldBot(String),
    #[error("the result does not match the source: {}", .0.join("; "))]
    Mismatch(Vec<String>),
    #[error("another program wrote to the database after the backup was made")]
    ChangedSinceBackup,
    #[error(transparent)]
    Schema(#[from] MigrateError),
    #[error(transparent)]
    Database(#[from] Error),
}

/// Imports the database. `seen` is the [`data_version`] of this connection from before the backup.
pub(crate) fn adopt_database(
    conn: &mut AnyConnection,
    options: ImportOptions,
    seen: Option<i64>,
    progress: ImportProgress<'_>,
) -> Result<ImportReport, AdoptError> {
    allow_writing(conn)?;
    // Foreign keys are checked as a whole at the end; the setting has no effect inside a transaction.
    on_sqlite(conn, |c| {
        c.batch_execute("PRAGMA foreign_keys = OFF; PRAGMA cache_size = -65536")?;
        begin_exclusive(c)
    })?;
    let done = match seen {
        Some(seen) if data_version(conn)? != seen => Err(AdoptError::ChangedSinceBackup),
        _ => import_all(conn, options, progress),
    };
    on_sqlite(conn, |c| {
        if done.is_ok() {
            AnsiTransactionManager::commit_transaction(c)?;
        } else if let Err(error) = AnsiTransactionManager::rollback_transaction(c) {
            // After a full disk SQLite has rolled back already; otherwise closing the file rolls back.
            tracing::debug!(%error, "explicit rollback failed");
        }
        Ok(c.batch_execute("PRAGMA foreign_keys = ON")?)
    })?;
    done
}

fn import_all(
    conn: &mut AnyConnection,
    options: ImportOptions,
    progress: ImportProgress<'_>,
) -> Result<ImportReport, AdoptError> {
    let mut tables = on_sqlite(conn, list_tables)?;
    state::check_recognizable(&tables).map_err(AdoptError::NotOldBot)?;
    let old_schema = on_sqlite(conn, |c| old_schema(c, &tables))?;
    let needed = extra_objects::built_in_names()?;
    progress("moving tables", 0, 1);
    let dropped = on_sqlite(conn, |c| legacy_tables::move_to_legacy(c, &mut tables, &needed))?;
    let applied = migrate::apply_pending_within(conn)?;

    let known = |name: &str| tables.iter().find(|table| table.name.eq_ignore_ascii_case(name));
    let total = KNOWN.iter().filter_map(|(name, _)| known(name)).map(|table| table.rows).sum();
    let mut context = ImportContext::new(options, total, progress);
    context.has_wall_times = known(orders::ORDERS)
        .is_some_and(|orders| LATER_COLUMNS.iter().any(|column| orders.has_column(column)));
    on_sqlite(conn, |c| copy_tables(c, &known, &mut context))?;
    equipment::insert_types_in_use(conn)?;
    let report = on_sqlite(conn, |c| {
        Ok(ImportReport {
            old_schema,
            applied,
            tables: table_counts(c, &known, &context)?,
            money: money_sums(c, &context)?,
            repaired: context.tally.repairs(),
            kept_in_legacy: context.tally.kept_rows(),
            unknown_columns: unknown_columns(c, &known)?,
            unknown_tables: unknown_tables(&tables),
            dropped,
        })
    })?;
    context.start_batch("checking", 0);
    let old_orders =
        known(orders::ORDERS).ok_or_else(|| AdoptError::NotOldBot("there is no table orders".to_owned()))?;
    let mismatches = checks::find_mismatches(conn, &report, &tables, old_orders, &context)?;
    if mismatches.is_empty() { Ok(report) } else { Err(AdoptError::Mismatch(mismatches)) }
}

/// Columns of `orders` that only later versions of the old bot have.
const LATER_COLUMNS: [&str; 2] = ["version", "deleted_at"];

/// The tables that both schemas have, with the columns that are imported.
const KNOWN: [(&str, &[&str]); 5] = [
    (references::USERS, &users::USER_COLUMNS),
    (references::MASTERS, &masters::MASTER_COLUMNS),
    (orders::ORDERS, &orders::ORDER_COLUMNS),
    (history::HISTORY, &history::HISTORY_COLUMNS),
    (history::AUDIT, &history::AUDIT_COLUMNS),
];

/// Returns `alembic 001_initial_schema`, or `init_db` where there is no version.
fn old_schema(c: &mut SqliteConnection, tables: &[LegacyTable]) -> Result<String> {
    if !tables.iter().any(|table| table.name == "alembic_version" && table.has_column("version_num")) {
        return Ok("init_db".to_owned());
    }
    let query = "SELECT CAST(coalesce(version_num, '') AS TEXT) AS name FROM alembic_version ORDER BY 1";
    let versions = query_names(c, query)?;
    Ok(format!("alembic {}", versions.join(", ")).trim_end().to_owned())
}

type CopyTable = fn(&mut SqliteConnection, &LegacyTable, &mut ImportContext<'_>) -> Result<()>;

fn copy_tables<'t>(
    c: &mut SqliteConnection,
    known: &impl Fn(&str) -> Option<&'t LegacyTable>,
    context: &mut ImportContext<'_>,
) -> Result<()> {
    for (name, _) in KNOWN {
        let Some(table) = known(name) else { continue };
        context.start_ids_at(name, highest_id(c, table, "id")? + 1);
    }
    // A new master must not get an id that an order refers to already.
    let mut last = 0;
    for (name, column) in [("masters", "id"), ("orders", "assigned_master_id")] {
        let Some(table) = known(name) else { continue };
        last = last.max(highest_id(c, table, column)?);
    }
    context.start_ids_at(references::MASTERS, last + 1);
    let copies: [(&str, CopyTable); 5] = [
        (references::USERS, users::copy_users),
        (references::MASTERS, masters::copy_masters),
        (orders::ORDERS, orders::copy_orders),
        (history::HISTORY, history::copy_history),
        (history::AUDIT, history::copy_audit),
    ];
    for (name, copy_table) in copies {
        if let Some(table) = known(name) {
            copy_table(c, table, context)?;
        }
    }
    history::date_closed_orders(c)?;
    users::insert_placeholders(c, context)?;
    masters::insert_placeholders(c, context)
}

/// Returns the highest plausible id that a column has or the table's counter has reached.
fn highest_id(c: &mut SqliteConnection, table: &LegacyTable, column: &str) -> Result<i64> {
    if !table.has_column(column) {
        return Ok(table.counter);
    }
    let (column, legacy) =
        (format!("CAST({} AS INTEGER)", quote_name(column)), quote_name(&table.legacy_name));
    let query =
        format!("SELECT max({column}) AS number FROM {legacy} WHERE {column} BETWEEN 1 AND 2147483647");
    Ok(query_number(c, &query)?.max(table.counter.min(i64::from(i32::MAX))))
}

fn table_counts<'t>(
    c: &mut SqliteConnection,
    known: &impl Fn(&str) -> Option<&'t LegacyTable>,
    context: &ImportContext<'_>,
) -> Result<Vec<TableCount>> {
    let count = |(name, _): (&'static str, &[&str])| {
        let old = known(name);
        let rows_out = query_number(c, &format!("SELECT count(*) AS number FROM {}", quote_name(name)))?;
        Ok(TableCount {
            name,
            legacy: old.map(|table| table.legacy_name.clone()),
            rows_in: old.map_or(0, |table| table.rows),
            added: match name {
                references::USERS => context.added.users,
                references::MASTERS => context.added.masters,
                _ => 0,
            },
            kept_in_legacy: context.tally.kept_count(name),
            rows_out: rows_out.unsigned_abs(),
        })
    };
    KNOWN.into_iter().map(count).collect()
}

fn money_sums(c: &mut SqliteConnection, context: &ImportContext<'_>) -> Result<Vec<MoneySum>> {
    let mut sums = Vec::new();
    for (column, totals) in orders::MONEY_COLUMNS.into_iter().zip(&context.money) {
        let (sum_in, repaired) = totals.sum_and_repairs();
        let sum_out = query_number(c, &format!("SELECT sum({column}) AS number FROM orders"))?;
        sums.push(MoneySum { column, sum_in, kept_in_legacy: totals.kept_in_legacy, repaired, sum_out });
    }
    Ok(sums)
}

fn unknown_columns<'t>(
    c: &mut SqliteConnection,
    known: &impl Fn(&str) -> Option<&'t LegacyTable>,
) -> Result<Vec<UnknownColumn>> {
    let mut found = Vec::new();
    for (name, columns) in KNOWN {
        let Some(table) = known(name) else { continue };
        for column in table.unknown_columns(columns) {
            let (quoted, legacy) = (quote_name(&column.name), quote_name(&table.legacy_name));
            found.push(UnknownColumn {
                table: table.name.clone(),
                column: column.name.clone(),
                values: query_number(c, &format!("SELECT count({quoted}) AS number FROM {legacy}"))?
                    .unsigned_abs(),
            });
        }
    }
    Ok(found)
}

fn unknown_tables(tables: &[LegacyTable]) -> Vec<UnknownTable> {
    let is_known = |table: &LegacyTable| KNOWN.iter().any(|(name, _)| table.name.eq_ignore_ascii_case(name));
    let unknown = |table: &LegacyTable| UnknownTable {
        table: table.name.clone(),
        legacy: table.legacy_name.clone(),
        rows: table.rows,
    };
    tables.iter().filter(|table| !is_known(table)).map(unknown).collect()
}
