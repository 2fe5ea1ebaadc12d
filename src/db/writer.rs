//! The group-commit writer of SQLite: one thread, one connection, many jobs per commit.
//!
//! SQLite has one writer at a time. Instead of letting threads queue at its lock, jobs queue here: the
//! thread takes what is waiting, runs each in a savepoint of its own inside one `BEGIN IMMEDIATE …
//! COMMIT`, and answers all of them after the commit. One fsync serves the whole group, and "database is
//! locked" cannot arise inside the process.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};

use diesel::connection::{AnsiTransactionManager, Connection, SimpleConnection, TransactionManager};
use diesel::r2d2::R2D2Connection;
use r2d2::PooledConnection;
use tokio::sync::oneshot;

use super::connection::{
    AnyConnection, ConnectionManager, ConnectionPool, allow_writing, on_each, open_connection,
    set_statement_timeouts,
};
use super::error::{Error, Result};
use super::{Outage, log_outage};
use crate::config::database::DatabaseUrl;

/// The most jobs that share one commit: enough to make the fsync cheap, few enough that the first of
/// them is not kept waiting for long.
const GROUP: usize = 64;

/// Runs inside the open transaction.
type WriteJob = Box<dyn FnOnce(&mut AnyConnection) -> FinishedJob + Send>;

/// A job that has run and waits for its fate.
struct FinishedJob {
    /// It returned an error, so what it did was taken back.
    failed: bool,
    /// Tells the caller, once it is known whether the commit went through.
    answer: Box<dyn FnOnce(Result<(), String>) + Send>,
}

/// A handle to the writer thread; when the last one is dropped, the thread finishes what it has and ends.
#[derive(Clone)]
pub struct Writer {
    jobs: mpsc::Sender<WriteJob>,
    groups: Arc<AtomicU64>,
}

impl Writer {
    /// Starts the thread, which keeps one connection of the pool for itself. The receiver learns of its end.
    ///
    /// # Errors
    /// When no connection can be had, or no thread.
    pub fn start(pool: &ConnectionPool, outage: Outage) -> Result<(Self, oneshot::Receiver<()>)> {
        let conn = writer_connection(pool)?;
        let pool = pool.clone();
        let (jobs, inbox) = mpsc::channel();
        let groups = Arc::<AtomicU64>::default();
        let ended_groups = Arc::clone(&groups);
        let (ended, told) = oneshot::channel();
        std::thread::Builder::new()
            .name("db-writer".to_owned())
            .spawn(move || {
                run_writer(&pool, conn, &inbox, &ended_groups, &outage);
                // After an orderly stop the file alone is the whole database, for whoever copies it.
                if let Ok(mut conn) = writer_connection(&pool) {
                    checkpoint_wal(&mut conn);
                }
                // Nobody may be waiting for it.
                let _told = ended.send(());
            })
            .map_err(|error| Error::Connect(format!("no thread for the writer: {error}")))?;
        Ok((Self { jobs, groups }, told))
    }

    /// How many groups have come to their end so far, well or badly: while this grows, the thread is alive, however many
    /// jobs wait for somebody else's lock.
    pub fn finished_groups(&self) -> u64 {
        self.groups.load(Ordering::Relaxed)
    }

    /// Runs `job` in a transaction and returns once that is on the disk.
    ///
    /// # Errors
    /// What the job returned, in which case nothing of it is kept; or why it could not be committed.
    pub async fn write<T, E>(
        &self,
        job: impl FnOnce(&mut AnyConnection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let job: WriteJob = Box::new(move |conn| {
            let result = in_savepoint(conn, job);
            let failed = result.is_err();
            let answer = Box::new(move |commit: Result<(), String>| {
                let answer = match (result, commit) {
                    (_, Err(reason)) => Err(E::from(Error::Commit(reason))),
                    (result, Ok(())) => result,
                };
                // Nobody listening means that the caller was cancelled; what was done stays done.
                drop(tell.send(answer));
            });
            FinishedJob { failed, answer }
        });
        self.jobs.send(job).map_err(|_| E::from(Error::Stopped))?;
        // A job that was dropped unrun: the database gave no transaction.
        told.await
            .unwrap_or_else(|_| Err(E::from(Error::Commit("there was no transaction to run in".to_owned()))))
    }
}

/// Runs one job so that its failure or panic takes back what it did and nothing else. Savepoints nest only
/// through here: a panic that unwinds through diesel's own `transaction` leaves its savepoint open.
///
/// # Errors
/// What the job returned, [`Error::Panicked`], or why the savepoint failed.
pub fn in_savepoint<T, E: From<Error>>(
    conn: &mut AnyConnection,
    job: impl FnOnce(&mut AnyConnection) -> Result<T, E>,
) -> Result<T, E> {
    // diesel's `transaction` wants `From<diesel::Error>`; the detour keeps callers free of diesel, and the job's own
    // error from being replaced by that of a rollback.
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

/// Runs `job` in one transaction on a connection of its own, for a command that works beside a running `serve`. On
/// SQLite it waits for its turn at the lock before it reads anything, so that what it read still holds when it writes.
///
/// # Errors
/// What the job returned, in which case nothing of it is kept; or why the transaction could not be run.
pub fn in_new_transaction<T, E: From<Error>>(
    url: &DatabaseUrl,
    job: impl FnOnce(&mut AnyConnection) -> Result<T, E>,
) -> Result<T, E> {
    let mut conn = open_connection(url)?;
    set_statement_timeouts(&mut conn)?;
    allow_writing(&mut conn)?;
    begin_transaction(&mut conn)?;
    // An error drops the connection, and with it the transaction.
    let done = in_savepoint(&mut conn, job)?;
    commit_transaction(&mut conn)?;
    Ok(done)
}

/// The message of a caught panic, where it is one of this program's own words: what was put together at run time may
/// quote what somebody wrote to the bot.
fn panic_text(panic: &(dyn Any + Send)) -> String {
    panic.downcast_ref::<&str>().copied().unwrap_or("words that are not shown").to_owned()
}

fn writer_connection(pool: &ConnectionPool) -> Result<PooledConnection<ConnectionManager>> {
    let mut conn = pool.get().map_err(|error| Error::Connect(error.to_string()))?;
    allow_writing(&mut conn)?;
    Ok(conn)
}

fn run_writer(
    pool: &ConnectionPool,
    mut conn: PooledConnection<ConnectionManager>,
    jobs: &mpsc::Receiver<WriteJob>,
    groups: &AtomicU64,
    outage: &Outage,
) {
    while let Ok(first) = jobs.recv() {
        let group = std::iter::once(first).chain(jobs.try_iter().take(GROUP - 1));
        run_group(&mut conn, group, outage);
        groups.fetch_add(1, Ordering::Relaxed);
        // A full disk makes SQLite roll back on its own, after which diesel trusts the connection no more.
        if on_each!(&mut *conn, |c| c.is_broken()) {
            match writer_connection(pool) {
                Ok(fresh) => conn = fresh,
                Err(error) => {
                    log_outage!(outage.report_once(), %error, "the writer has no usable connection");
                }
            }
        }
    }
}

/// Moves the write-ahead log into the database file.
fn checkpoint_wal(conn: &mut AnyConnection) {
    if let Err(error) = on_each!(conn, |c| c.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")) {
        tracing::warn!(%error, "the write-ahead log stays beside the database; the next start reads it");
    }
}

fn run_group(conn: &mut AnyConnection, group: impl Iterator<Item = WriteJob>, outage: &Outage) {
    if let Err(error) = begin_transaction(conn) {
        log_outage!(outage.report_once(), %error, "the writer could not begin a transaction");
        // Dropping a job tells its caller that nothing was done; it must not run outside a transaction.
        group.for_each(drop);
        return;
    }
    let mut answers = Vec::with_capacity(GROUP);
    let (mut lost, mut has_written) = (Ok(()), false);
    for job in group {
        let FinishedJob { failed, answer } = job(conn);
        answers.push(answer);
        has_written |= !failed;
        if failed {
            lost = check_transaction_alive(conn);
        }
        if lost.is_err() {
            // The rest of the group stays in the queue for the next transaction.
            break;
        }
    }
    let fate = lost.and_then(|()| commit_transaction(conn)).map_err(|error| {
        log_outage!(outage.report_once(), %error, jobs = answers.len(), "a group of transactions was not committed");
        error.to_string()
    });
    if fate.is_ok() && has_written {
        outage.clear();
    }
    for answer in answers {
        answer(fate.clone());
    }
}

fn begin_transaction(conn: &mut AnyConnection) -> Result<()> {
    match conn {
        AnyConnection::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?,
        AnyConnection::Pg(c) => AnsiTransactionManager::begin_transaction(c)?,
    }
    on_each!(conn, |c| c.batch_execute("SAVEPOINT group_alive"))?;
    Ok(())
}

/// Whether the group's transaction still stands: on a full disk or an I/O error SQLite rolls all of it back on its own
/// ("Automatic rollback" in SQLite's documentation of transactions), and the next job's savepoint would commit alone.
fn check_transaction_alive(conn: &mut AnyConnection) -> Result<()> {
    on_each!(conn, |c| c.batch_execute("RELEASE group_alive; SAVEPOINT group_alive"))?;
    Ok(())
}

/// Commits. A transaction that is still open then was not committed, whatever diesel said; the caller replaces such a
/// connection.
fn commit_transaction(conn: &mut AnyConnection) -> Result<()> {
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

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
