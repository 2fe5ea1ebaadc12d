//! Having the old database alone.

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::source::query_number;
use crate::db::connection::{AnyConnection, allow_writing};
use crate::db::error::{Error, Result};

/// Returns a number that changes whenever another connection has written to the database.
pub(crate) fn data_version(conn: &mut AnyConnection) -> Result<i64> {
    let AnyConnection::Sqlite(c) = conn else { return Ok(0) };
    query_number(c, "SELECT data_version AS number FROM pragma_data_version")
}

/// Checks that no other process has the database open and that it can be written. Returns whether it was in WAL mode, which
/// this ends: in WAL mode a lock does not stop a process that has the file open from writing to it later.
pub(crate) fn require_exclusive_access(conn: &mut AnyConnection) -> Result<bool> {
    allow_writing(conn)?;
    let AnyConnection::Sqlite(c) = conn else { return Ok(false) };
    let was_wal = journal_mode(c)? == "wal";
    begin_exclusive(c)?;
    // SQLite also grants the lock on a file that cannot be written.
    let same = query_number(c, "SELECT user_version AS number FROM pragma_user_version")?;
    let written = c.batch_execute(&format!("PRAGMA user_version = {same}"));
    AnsiTransactionManager::rollback_transaction(c)?;
    written?;
    Ok(was_wal)
}

/// Begins a transaction while no other process has the file open (WAL mode) or can read or write it.
pub(super) fn begin_exclusive(c: &mut SqliteConnection) -> Result<()> {
    if journal_mode(c)? == "wal" {
        // Fails as locked while another process has the file open, and checkpoints the `-wal`.
        c.batch_execute("PRAGMA journal_mode = DELETE")?;
    }
    // At once: with read locks, two writers would wait for each other.
    AnsiTransactionManager::begin_transaction_sql(c, "BEGIN EXCLUSIVE")?;
    if journal_mode(c)? == "wal" {
        AnsiTransactionManager::rollback_transaction(c)?;
        // Another process opened it meanwhile and switched it back. SQLite's own text, by which this error is recognized.
        return Err(Error::Connect("database is locked".to_owned()));
    }
    Ok(())
}

fn journal_mode(c: &mut SqliteConnection) -> Result<String> {
    #[derive(QueryableByName)]
    struct JournalModeRow {
        #[diesel(sql_type = Text)]
        journal_mode: String,
    }
    Ok(diesel::sql_query("PRAGMA journal_mode").get_result::<JournalModeRow>(c)?.journal_mode)
}
