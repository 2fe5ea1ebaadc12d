//! Copying all rows, and comparing what arrived.

use diesel::connection::SimpleConnection;

use super::error::TransferError;
use super::progress::{ProgressCallback, TransferProgress};
use super::tables::{self, TABLES, TableContents};
use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::sql::{query_names, query_number};
use crate::db::{begin_snapshot, in_savepoint};
use crate::migrate;

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct TransferSummary {
    /// Each table with its rows, in the order of their references.
    pub(crate) tables: Vec<(&'static str, u64)>,
    /// Tables of the source that are not the bot's.
    pub(crate) left_behind: Vec<String>,
    pub(crate) pending_messages: i64,
    pub(crate) unhandled_updates: i64,
}

/// Copies all rows in one transaction of the target, from one snapshot of the source.
pub(super) fn copy_and_compare(
    source: &mut AnyConnection,
    target: &mut AnyConnection,
    progress: ProgressCallback<'_>,
) -> Result<TransferSummary, TransferError> {
    in_savepoint(source, |source| {
        begin_snapshot(source).map_err(TransferError::Source)?;
        let total = total_rows(source).map_err(TransferError::Source)?;
        let read = in_savepoint(target, |target| {
            let read = tables::copy_all(source, target, &mut TransferProgress::new(total, progress))?;
            let arrived = tables::read_all(target, &mut TransferProgress::new(total, progress));
            compare_contents(&read, &arrived.map_err(TransferError::Target)?)?;
            for table in tables::tables_with_ids() {
                let last = last_id(source, table).map_err(TransferError::Source)?;
                continue_ids_after(target, table, last).map_err(TransferError::Target)?;
            }
            Ok::<_, TransferError>(read)
        })?;
        let tables_of_source = migrate::tables::list_tables(source).map_err(TransferError::Source)?;
        let count =
            |conn: &mut AnyConnection, query: &str| query_number(conn, query).map_err(TransferError::Source);
        Ok(TransferSummary {
            tables: read.into_iter().map(|(table, contents)| (table, contents.rows)).collect(),
            left_behind: tables_of_source.into_iter().filter(|table| !is_own_table(table)).collect(),
            pending_messages: count(source, "SELECT count(*) AS number FROM outbox WHERE state = 'pending'")?,
            unhandled_updates: count(source, "SELECT count(*) AS number FROM inbox WHERE done_at IS NULL")?,
        })
    })
}

fn compare_contents(
    read: &[(&'static str, TableContents)],
    arrived: &[(&'static str, TableContents)],
) -> Result<(), TransferError> {
    match read.iter().zip(arrived).find(|((_, read), (_, arrived))| read != arrived) {
        None => Ok(()),
        Some(((table, read), (_, arrived))) => {
            Err(TransferError::Differs { table, read: read.rows, arrived: arrived.rows })
        }
    }
}

fn total_rows(conn: &mut AnyConnection) -> Result<u64> {
    let mut total = 0;
    for table in TABLES {
        total += query_number(conn, &format!("SELECT count(*) AS number FROM {table}"))?.unsigned_abs();
    }
    Ok(total)
}

/// Returns the last id that a table's counter gave out or a row has. Not even a deleted row's id is given out again: old
/// buttons refer to it.
pub(super) fn last_id(conn: &mut AnyConnection, table: &str) -> Result<i64> {
    let counter = last_counted_id(conn, table)?;
    let highest = query_number(conn, &format!("SELECT coalesce(max(id), 0) AS number FROM {table}"))?;
    Ok(counter.max(highest))
}

/// Returns the last id that a table's counter gave out; 0 if the role may not read it.
fn last_counted_id(conn: &mut AnyConnection, table: &str) -> Result<i64> {
    if let AnyConnection::Sqlite(_) = conn {
        let query =
            format!("SELECT coalesce(max(seq), 0) AS number FROM sqlite_sequence WHERE name = '{table}'");
        return query_number(conn, &query);
    }
    let query = format!(
        "SELECT s.name FROM (SELECT pg_get_serial_sequence('{table}', 'id') AS name) s
         WHERE has_sequence_privilege(s.name, 'SELECT')"
    );
    let Some(counter) = query_names(conn, &query)?.pop() else { return Ok(0) };
    // A sequence that was only set has not given out its value.
    let query = format!("SELECT last_value - CASE WHEN is_called THEN 0 ELSE 1 END AS number FROM {counter}");
    query_number(conn, &query)
}

/// Makes the counter of a table go on after this id, unless it is further. On PostgreSQL it stays so when the transaction is
/// rolled back.
pub(super) fn raise_counter(conn: &mut AnyConnection, table: &str, last: i64) -> Result<()> {
    let last = last.max(query_number(conn, &format!("SELECT coalesce(max(id), 0) AS number FROM {table}"))?);
    if last_counted_id(conn, table)? >= last {
        return Ok(());
    }
    match conn {
        AnyConnection::Sqlite(_) => continue_ids_after(conn, table, last),
        AnyConnection::Pg(c) => {
            Ok(c.batch_execute(&format!("SELECT setval(pg_get_serial_sequence('{table}', 'id'), {last})"))?)
        }
    }
}

/// Makes the next row of a table get the id after this one. Rolled back with the transaction.
fn continue_ids_after(conn: &mut AnyConnection, table: &str, last: i64) -> Result<()> {
    let statement = match conn {
        AnyConnection::Sqlite(_) => format!(
            "DELETE FROM sqlite_sequence WHERE name = '{table}';
             INSERT INTO sqlite_sequence (name, seq) VALUES ('{table}', {last})"
        ),
        AnyConnection::Pg(_) => {
            // Beyond the largest id there is none on either backend.
            let next = last.saturating_add(1);
            format!("ALTER TABLE {table} ALTER COLUMN id RESTART WITH {next}")
        }
    };
    Ok(on_each!(conn, |c| c.batch_execute(&statement))?)
}

/// Whether a table is the bot's or the migration ledger's.
pub(super) fn is_own_table(table: &str) -> bool {
    TABLES.contains(&table) || migrate::tables::is_migration_table(table)
}
