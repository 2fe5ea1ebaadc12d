//! Moving to another database: everything, from one backend to the other or to the same, or nothing.
//!
//! The source is only read. Nobody serves either database meanwhile, and nobody changes a schema. The target gets its
//! schema first and then all rows in one transaction; they are read back and compared before that is committed. A
//! SQLite file is made under another name and takes its own when it is finished.

mod file;
mod tables;

use std::path::PathBuf;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::migrate::{self, MigrateError, SchemaState};
use crate::config::database::DatabaseUrl;
use crate::db::connection::{self, AnyConnection, allow_writing, on_each};
use crate::db::error::{Error, Result};
use crate::db::in_savepoint;
use crate::db::lock::{self, LockError};
use tables::{Contents, TABLES};

/// What is being done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stage {
    /// Rows are read and written.
    Copying,
    /// Rows are read back and compared.
    Checking,
}

/// What was moved.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Transferred {
    /// Each table with its rows, those that others refer to first.
    pub tables: Vec<(&'static str, u64)>,
    /// Tables of the source that stay where they are: they are not the bot's.
    pub left_behind: Vec<String>,
    /// Messages among the rows that are still to be sent.
    pub pending_messages: i64,
    /// Updates among the rows that are still to be handled.
    pub unhandled_updates: i64,
}

/// Why nothing was moved. The source is as it was; the target has a schema at the most.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// There is no such SQLite file.
    #[error("there is no database at {}", .0.display())]
    NoSource(PathBuf),
    /// The source does not have this program's schema.
    #[error("the schema of the source is not the one of this botctl")]
    SourceSchema(SchemaState),
    /// The target has another program's tables, or a schema that this program cannot bring up to date.
    #[error("the target is not one that this botctl can use")]
    TargetSchema(SchemaState),
    /// Both are the same database.
    #[error("{0} is both the source and the target")]
    Same(String),
    /// There is something in the target.
    #[error("the target {target} is not empty: {holds}")]
    NotEmpty {
        /// Its address, masked.
        target: String,
        /// What was found.
        holds: String,
    },
    /// A `serve` runs on one of them, or another run changes its schema.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// PostgreSQL does not take such a text.
    #[error("{table}.{column} of the row {key:?} holds a NUL byte, which PostgreSQL does not store")]
    Nul {
        /// The table.
        table: &'static str,
        /// Its column.
        column: &'static str,
        /// The row's number.
        key: String,
    },
    /// The source holds something in a row that cannot be read.
    #[error("the row of {table} after {after} cannot be read: {source}")]
    Unreadable {
        /// The table.
        table: &'static str,
        /// The number of the row before it, or what else is known of its place.
        after: String,
        /// Why.
        source: Error,
    },
    /// What was read back is not what was read.
    #[error("{table} did not arrive as it is: {read} rows were read, {arrived} arrived, and the two differ")]
    Differs {
        /// The table.
        table: &'static str,
        /// Rows in the source.
        read: u64,
        /// Rows in the target.
        arrived: u64,
    },
    /// The target's schema could not be made.
    #[error("the target: {0}")]
    Migrate(#[from] MigrateError),
    /// The source failed.
    #[error("the source: {0}")]
    Source(#[source] Error),
    /// The target failed.
    #[error("the target: {0}")]
    Target(#[source] Error),
    /// A file of the target could not be made.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// What a failed transaction over both gives back; which of the two it was is not known there.
impl From<Error> for TransferError {
    fn from(error: Error) -> Self {
        Self::Target(error)
    }
}

/// Copies everything. `patience` is how long another run that changes a schema is waited for; `progress` hears the stage,
/// the rows done and the rows in all.
///
/// # Errors
/// Why nothing was moved.
pub fn run(
    from: &DatabaseUrl,
    to: &DatabaseUrl,
    patience: Duration,
    progress: &mut dyn FnMut(Stage, u64, u64),
) -> Result<Transferred, TransferError> {
    let mut source = open_source(from, patience)?;
    require_current(&mut source)?;
    if is_same(from, &mut source, to)? {
        return Err(TransferError::Same(from.to_string()));
    }
    let _source_locks = lock::alone(from, patience)?;
    let _target_locks = lock::alone(to, patience)?;
    // Another run may just have finished. From here on with SQLite's own locks, for the commands that need none of ours.
    source = connection::open(from).map_err(TransferError::Source)?;
    require_current(&mut source)?;
    match to {
        DatabaseUrl::Sqlite(path) => {
            let unfinished = file::begin(path)?;
            let mut target = unfinished.open()?;
            migrate::apply_pending(&mut target)?;
            let done = copy(&mut source, &mut target, progress)?;
            drop(target);
            unfinished.finish()?;
            Ok(done)
        }
        DatabaseUrl::Postgres(_) => {
            let mut target = connection::open_patient(to, patience).map_err(TransferError::Target)?;
            allow_writing(&mut target).map_err(TransferError::Target)?;
            require_empty(&mut target, to)?;
            migrate::apply_pending(&mut target)?;
            copy(&mut source, &mut target, progress)
        }
    }
}

/// How far it is.
struct Progress<'a> {
    done: u64,
    total: u64,
    tell: &'a mut dyn FnMut(Stage, u64, u64),
}

impl<'a> Progress<'a> {
    fn new(total: u64, tell: &'a mut dyn FnMut(Stage, u64, u64)) -> Self {
        Self { done: 0, total, tell }
    }

    fn step(&mut self, stage: Stage, rows: usize) {
        self.done += u64::try_from(rows).unwrap_or_default();
        (self.tell)(stage, self.done, self.total);
    }
}

/// All rows, in one transaction of the target over one state of the source.
fn copy(
    source: &mut AnyConnection,
    target: &mut AnyConnection,
    progress: &mut dyn FnMut(Stage, u64, u64),
) -> Result<Transferred, TransferError> {
    in_savepoint(source, |source| {
        hold_still(source).map_err(TransferError::Source)?;
        let total = rows_in_all(source).map_err(TransferError::Source)?;
        let read = in_savepoint(target, |target| {
            let read = tables::copy_all(source, target, &mut Progress::new(total, progress))?;
            let arrived = tables::contents(target, &mut Progress::new(total, progress));
            compare(&read, &arrived.map_err(TransferError::Target)?)?;
            for table in tables::numbered() {
                let last = last_number(source, table).map_err(TransferError::Source)?;
                go_on_after(target, table, last).map_err(TransferError::Target)?;
            }
            Ok::<_, TransferError>(read)
        })?;
        let tables_of_source = migrate::tables::list_tables(source).map_err(TransferError::Source)?;
        let count =
            |conn: &mut AnyConnection, query: &str| number(conn, query).map_err(TransferError::Source);
        Ok(Transferred {
            tables: read.into_iter().map(|(table, contents)| (table, contents.rows)).collect(),
            left_behind: tables_of_source.into_iter().filter(|table| !is_ours(table)).collect(),
            pending_messages: count(source, "SELECT count(*) AS n FROM outbox WHERE state = 'pending'")?,
            unhandled_updates: count(source, "SELECT count(*) AS n FROM inbox WHERE done_at IS NULL")?,
        })
    })
}

fn compare(
    read: &[(&'static str, Contents)],
    arrived: &[(&'static str, Contents)],
) -> Result<(), TransferError> {
    match read.iter().zip(arrived).find(|((_, read), (_, arrived))| read != arrived) {
        None => Ok(()),
        Some(((table, read), (_, arrived))) => {
            Err(TransferError::Differs { table, read: read.rows, arrived: arrived.rows })
        }
    }
}

fn open_source(from: &DatabaseUrl, patience: Duration) -> Result<AnyConnection, TransferError> {
    let conn = connection::look(from, patience).map_err(TransferError::Source)?;
    conn.ok_or_else(|| TransferError::NoSource(PathBuf::from(from.to_string())))
}

fn require_current(source: &mut AnyConnection) -> Result<(), TransferError> {
    match migrate::schema_state(source).map_err(TransferError::Source)? {
        SchemaState::Current => Ok(()),
        other => Err(TransferError::SourceSchema(other)),
    }
}

/// A PostgreSQL database without a row of ours and without anybody else's table. A run that was killed leaves such a one.
fn require_empty(target: &mut AnyConnection, url: &DatabaseUrl) -> Result<(), TransferError> {
    let not_empty = |holds: String| TransferError::NotEmpty { target: url.to_string(), holds };
    match migrate::schema_state(target).map_err(TransferError::Target)? {
        SchemaState::Empty | SchemaState::Current | SchemaState::Pending(_) => {}
        other => return Err(TransferError::TargetSchema(other)),
    }
    let present = migrate::tables::list_tables(target).map_err(TransferError::Target)?;
    if let Some(other) = present.iter().find(|table| !is_ours(table)) {
        return Err(not_empty(format!("it has a table {other}")));
    }
    for table in TABLES.iter().filter(|table| present.iter().any(|found| found == **table)) {
        let query = format!("SELECT count(*) AS n FROM (SELECT 1 FROM {table} LIMIT 1) AS found");
        if number(target, &query).map_err(TransferError::Target)? > 0 {
            return Err(not_empty(format!("there are rows in {table}")));
        }
    }
    Ok(())
}

/// Whether a table is the bot's or one in which the schema's versions are kept.
fn is_ours(table: &str) -> bool {
    TABLES.contains(&table) || [migrate::LEDGER, migrate::checksums::TABLE].contains(&table)
}

/// Whether both addresses lead to one database.
fn is_same(from: &DatabaseUrl, source: &mut AnyConnection, to: &DatabaseUrl) -> Result<bool, TransferError> {
    match (from, to) {
        (DatabaseUrl::Sqlite(from), DatabaseUrl::Sqlite(to)) => {
            Ok(std::fs::canonicalize(from).ok() == std::fs::canonicalize(to).ok() && to.exists())
        }
        (DatabaseUrl::Postgres(_), DatabaseUrl::Postgres(_)) => {
            let mut target = connection::open(to).map_err(TransferError::Target)?;
            let source = identity(source).map_err(TransferError::Source)?;
            Ok(source == identity(&mut target).map_err(TransferError::Target)?)
        }
        _ => Ok(false),
    }
}

/// Two servers that began in the same microsecond are one.
fn identity(conn: &mut AnyConnection) -> Result<Vec<String>> {
    names(
        conn,
        "SELECT concat_ws(' ', pg_postmaster_start_time(), current_database(), current_schema()) AS name",
    )
}

/// From here on the transaction sees the source as it is now, whatever a command does beside it.
fn hold_still(source: &mut AnyConnection) -> Result<()> {
    match source {
        // A transaction that reads sees one state of the file.
        AnyConnection::Sqlite(_) => {}
        AnyConnection::Pg(c) => {
            c.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        }
    }
    Ok(())
}

fn rows_in_all(conn: &mut AnyConnection) -> Result<u64> {
    let mut total = 0;
    for table in TABLES {
        total += number(conn, &format!("SELECT count(*) AS n FROM {table}"))?.unsigned_abs();
    }
    Ok(total)
}

/// The last number that the counter of a table gave out, or that a row has. A number is never given out again, also that
/// of a row that is gone: old buttons name it.
fn last_number(conn: &mut AnyConnection, table: &str) -> Result<i64> {
    let query = match conn {
        AnyConnection::Sqlite(_) => {
            format!("SELECT max(seq) AS n FROM sqlite_sequence WHERE name = '{table}'")
        }
        AnyConnection::Pg(_) => {
            let counter = format!("SELECT pg_get_serial_sequence('{table}', 'id') AS name");
            let counter = names(conn, &counter)?.pop().unwrap_or_default();
            // One that was only set has not given out what it is at.
            format!("SELECT last_value - CASE WHEN is_called THEN 0 ELSE 1 END AS n FROM {counter}")
        }
    };
    let counter = number(conn, &query)?;
    let highest = number(conn, &format!("SELECT max(id) AS n FROM {table}"))?;
    Ok(counter.max(highest))
}

/// The next row of a table gets the number after this one. Undone with the transaction.
fn go_on_after(conn: &mut AnyConnection, table: &str, last: i64) -> Result<()> {
    let statement = match conn {
        AnyConnection::Sqlite(_) => format!(
            "DELETE FROM sqlite_sequence WHERE name = '{table}';
             INSERT INTO sqlite_sequence (name, seq) VALUES ('{table}', {last})"
        ),
        AnyConnection::Pg(_) => {
            // Beyond the largest there is none on either side.
            let next = last.saturating_add(1);
            format!("ALTER TABLE {table} ALTER COLUMN id RESTART WITH {next}")
        }
    };
    Ok(on_each!(conn, |c| c.batch_execute(&statement))?)
}

/// The column `name` of a query.
fn names(conn: &mut AnyConnection, query: &str) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Name {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let rows: Vec<Name> = on_each!(conn, |c| diesel::sql_query(query).load(c))?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// The column `n` of a query that returns one row; NULL is 0.
fn number(conn: &mut AnyConnection, query: &str) -> Result<i64> {
    #[derive(QueryableByName)]
    struct Number {
        #[diesel(sql_type = Nullable<BigInt>)]
        n: Option<i64>,
    }
    let row: Number = on_each!(conn, |c| diesel::sql_query(query).get_result(c))?;
    Ok(row.n.unwrap_or_default())
}
