//! Transactions and savepoints of both backends.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::connection::{AnsiTransactionManager, Connection, SimpleConnection, TransactionManager};
use diesel::r2d2::R2D2Connection;

use super::connection::{AnyConnection, allow_writing, on_each, open_connection};
use super::error::{Error, Result};
use super::pool::set_statement_timeouts;
use crate::config::database::DatabaseUrl;

/// Runs a job in a savepoint, which an error or a panic of the job rolls back. Use this instead of diesel's `transaction`,
/// which leaves its savepoint open when a panic unwinds through it.
pub fn in_savepoint<T, E: From<Error>>(
    conn: &mut AnyConnection,
    job: impl FnOnce(&mut AnyConnection) -> Result<T, E>,
) -> Result<T, E> {
    // diesel's `transaction` needs `From<diesel::Error>`. Keeping the error outside of it frees callers from diesel, and keeps a
    // failed rollback from replacing it.
    let mut job_error = None;
    let done = conn.transaction::<T, Error, _>(|conn| {
        let caught = catch_unwind(AssertUnwindSafe(|| job(conn)));
        caught.unwrap_or_else(|panic| Err(E::from(Error::Panicked(panic_text(panic.as_ref()))))).map_err(
            |error| {
                job_error = Some(error);
                Error::Query(diesel::result::Error::RollbackTransaction)
            },
        )
    });
    done.map_err(|error| job_error.unwrap_or_else(|| E::from(error)))
}

/// Runs a job that reads in a transaction of its own, which sees one state of the database while others write.
pub(crate) fn in_snapshot<T, E: From<Error>>(
    conn: &mut AnyConnection,
    job: impl FnOnce(&mut AnyConnection) -> Result<T, E>,
) -> Result<T, E> {
    in_savepoint(conn, |conn| {
        begin_snapshot(conn)?;
        job(conn)
    })
}

/// Makes a transaction that has read nothing yet see one state of the database while others write.
pub(crate) fn begin_snapshot(conn: &mut AnyConnection) -> Result<()> {
    match conn {
        // A read transaction sees one state of the file.
        AnyConnection::Sqlite(_) => {}
        AnyConnection::Pg(c) => {
            c.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        }
    }
    Ok(())
}

/// Runs `job` in one transaction on a new connection, for a command that works while `serve` runs. On SQLite it takes the
/// write lock before it reads anything, so that what it read is still true when it writes.
pub(crate) fn in_new_transaction<T, E: From<Error>>(
    url: &DatabaseUrl,
    job: impl FnOnce(&mut AnyConnection) -> Result<T, E>,
) -> Result<T, E> {
    let mut conn = open_connection(url)?;
    set_statement_timeouts(&mut conn)?;
    allow_writing(&mut conn)?;
    begin_transaction(&mut conn)?;
    // On an error the connection is dropped, which rolls the transaction back.
    let done = in_savepoint(&mut conn, job)?;
    commit_transaction(&mut conn)?;
    Ok(done)
}

/// Returns the message of a caught panic if it is a literal: a formatted one may quote a user's text.
fn panic_text(panic: &(dyn Any + Send)) -> String {
    panic.downcast_ref::<&str>().copied().unwrap_or("message not shown").to_owned()
}

/// Moves the write-ahead log into the database file.
pub(super) fn checkpoint_wal(conn: &mut AnyConnection) {
    if let Err(error) = on_each!(conn, |c| c.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")) {
        tracing::warn!(%error, "write-ahead log was not checkpointed; the next start reads it");
    }
}

pub(super) fn begin_transaction(conn: &mut AnyConnection) -> Result<()> {
    match conn {
        AnyConnection::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?,
        AnyConnection::Pg(c) => AnsiTransactionManager::begin_transaction(c)?,
    }
    on_each!(conn, |c| c.batch_execute("SAVEPOINT group_alive"))?;
    Ok(())
}

/// Fails when the group's transaction is gone: on a full disk or an I/O error SQLite rolls back all of it ("Automatic
/// rollback" in SQLite's documentation of transactions), and the next job's savepoint would commit on its own.
pub(super) fn check_transaction_alive(conn: &mut AnyConnection) -> Result<()> {
    on_each!(conn, |c| c.batch_execute("RELEASE group_alive; SAVEPOINT group_alive"))?;
    Ok(())
}

/// Writes something that leaves nothing behind into the open transaction.
///
/// On SQLite these are pages: it does not write a row that is set to what it is. On PostgreSQL it is a message in the
/// write-ahead log that no decoder knows. It needs no table, so the locks say whether the bot could write to its own.
pub(super) fn write_probe(conn: &mut AnyConnection) -> Result<()> {
    let probe = match conn {
        AnyConnection::Sqlite(_) => {
            "INSERT INTO job_runs (job, started_at) VALUES ('probe', '2000-01-01 00:00:00');
             DELETE FROM job_runs WHERE job = 'probe'"
        }
        AnyConnection::Pg(_) => {
            "LOCK TABLE inbox, outbox IN ROW EXCLUSIVE MODE;
             SELECT pg_logical_emit_message(true, 'botctl', 'probe')"
        }
    };
    Ok(on_each!(conn, |c| c.batch_execute(probe))?)
}

/// Commits. Fails also when a transaction is still open afterwards; the caller replaces such a connection.
pub(super) fn commit_transaction(conn: &mut AnyConnection) -> Result<()> {
    on_each!(conn, |c| {
        AnsiTransactionManager::commit_transaction(c).inspect_err(|_| {
            drop(AnsiTransactionManager::rollback_transaction(c));
        })?;
        if c.is_broken() {
            return Err(Error::Commit("a savepoint was left open".to_owned()));
        }
    });
    Ok(())
}
