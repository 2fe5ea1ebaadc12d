//! Moving everything to another database, of either kind, or nothing; exporting and importing the business data.
//!
//! The source is only read. Meanwhile no process serves either database or changes a schema. The target gets its schema
//! first and then all rows in one transaction; they are read back and compared before the commit. A SQLite file is written
//! under a temporary name and renamed when it is complete.

mod business;
mod copy;
mod error;
mod export;
mod import;
mod progress;
mod stored_values;
mod tables;
mod target_file;

use std::path::PathBuf;
use std::time::Duration;

use super::migrate::{self, SchemaState};
use crate::config::database::DatabaseUrl;
use crate::db::connection::{self, AnyConnection, allow_writing};
use crate::db::error::{Error, Result};
use crate::db::lock::{self, LockError};
use crate::db::sql::{query_names, query_number};
use copy::is_own_table;
use stored_values::require_exact_values;
use tables::{STORED_TABLES, TABLES};
use target_file::UnfinishedFile;

pub(crate) use copy::TransferSummary;
pub(crate) use error::TransferError;
pub(crate) use export::{ExportError, ExportLine, export_rows};
pub(crate) use import::{ConflictRule, ImportError, ImportOptions, ImportSummary, RowConflict, import_rows};
pub(crate) use progress::TransferStage;

/// Copies everything. `timeout` limits the wait for another run that changes a schema.
pub(crate) fn transfer_database(
    from: &DatabaseUrl,
    to: &DatabaseUrl,
    timeout: Duration,
    progress: &mut dyn FnMut(TransferStage, u64, u64),
) -> Result<TransferSummary, TransferError> {
    let mut source = open_source(from, timeout)?;
    require_current(&mut source)?;
    if is_same_database(from, &mut source, to)? {
        return Err(TransferError::Same(from.to_string()));
    }
    drop(source);
    let lock =
        |url, side| lock::acquire_exclusive_lock(url, timeout).map_err(|error| lock_failure(error, side));
    let _source_locks = lock(from, TransferError::Source)?;
    let _target_locks = lock(to, TransferError::Target)?;
    // Another run may have finished meanwhile. This connection takes SQLite's own locks, against commands without ours.
    let mut source = connection::open_connection(from).map_err(TransferError::Source)?;
    require_current(&mut source)?;
    require_exact_values(&mut source, STORED_TABLES)?;
    match to {
        DatabaseUrl::Sqlite(path) => {
            let unfinished = UnfinishedFile::prepare(path)?;
            let mut target = unfinished.create()?;
            migrate::apply_pending(&mut target)?;
            let done = copy::copy_and_compare(&mut source, &mut target, progress)?;
            drop(target);
            unfinished.finish()?;
            Ok(done)
        }
        DatabaseUrl::Postgres(_) => {
            let mut target = connection::open_with_timeout(to, timeout).map_err(TransferError::Target)?;
            allow_writing(&mut target).map_err(TransferError::Target)?;
            require_empty(&mut target, to)?;
            migrate::apply_pending(&mut target)?;
            copy::copy_and_compare(&mut source, &mut target, progress)
        }
    }
}

fn open_source(from: &DatabaseUrl, timeout: Duration) -> Result<AnyConnection, TransferError> {
    let conn = connection::open_read_only(from, timeout).map_err(TransferError::Source)?;
    conn.ok_or_else(|| TransferError::NoSource(PathBuf::from(from.to_string())))
}

/// Tells on which side a database failed while it was locked.
fn lock_failure(error: LockError, side: fn(Error) -> TransferError) -> TransferError {
    match error {
        LockError::Database(error) => side(error),
        other => TransferError::Lock(other),
    }
}

fn require_current(source: &mut AnyConnection) -> Result<(), TransferError> {
    match migrate::schema_state(source).map_err(TransferError::Source)? {
        SchemaState::Current => Ok(()),
        other => Err(TransferError::SourceSchema(other)),
    }
}

/// Requires a PostgreSQL database without rows and foreign tables. A killed run leaves one with a schema.
fn require_empty(target: &mut AnyConnection, url: &DatabaseUrl) -> Result<(), TransferError> {
    let not_empty = |holds: String| TransferError::NotEmpty { target: url.to_string(), holds };
    match migrate::schema_state(target).map_err(TransferError::Target)? {
        SchemaState::Empty | SchemaState::Current | SchemaState::Pending(_) => {}
        other => return Err(TransferError::TargetSchema(other)),
    }
    let present = migrate::tables::list_tables(target).map_err(TransferError::Target)?;
    if let Some(other) = present.iter().find(|table| !is_own_table(table)) {
        return Err(not_empty(format!("it has a table {other}")));
    }
    for table in TABLES.iter().filter(|table| present.iter().any(|found| found == **table)) {
        let query = format!("SELECT count(*) AS number FROM (SELECT 1 FROM {table} LIMIT 1) AS found");
        if query_number(target, &query).map_err(TransferError::Target)? > 0 {
            return Err(not_empty(format!("there are rows in {table}")));
        }
    }
    Ok(())
}

/// Whether both addresses lead to the same database.
fn is_same_database(
    from: &DatabaseUrl,
    source: &mut AnyConnection,
    to: &DatabaseUrl,
) -> Result<bool, TransferError> {
    match (from, to) {
        (DatabaseUrl::Sqlite(from), DatabaseUrl::Sqlite(to)) => {
            Ok(std::fs::canonicalize(from).ok() == std::fs::canonicalize(to).ok() && to.exists())
        }
        (DatabaseUrl::Postgres(_), DatabaseUrl::Postgres(_)) => {
            let mut target = connection::open_connection(to).map_err(TransferError::Target)?;
            let source = server_identity(source).map_err(TransferError::Source)?;
            Ok(source == server_identity(&mut target).map_err(TransferError::Target)?)
        }
        _ => Ok(false),
    }
}

/// Identifies a server by the microsecond of its start.
fn server_identity(conn: &mut AnyConnection) -> Result<Vec<String>> {
    query_names(
        conn,
        "SELECT concat_ws(' ', pg_postmaster_start_time(), current_database(), current_schema()) AS name",
    )
}
