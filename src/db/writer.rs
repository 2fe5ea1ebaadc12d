//! The group-commit writer of SQLite: one thread, one connection, many jobs per commit.
//!
//! SQLite allows one writer at a time. Jobs queue here instead of at its lock: the thread takes the waiting jobs, runs each
//! in a savepoint of its own inside one `BEGIN IMMEDIATE … COMMIT`, and answers all of them after the commit. One fsync
//! serves the whole group, and "database is locked" cannot arise inside the process.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};

use diesel::connection::{AnsiTransactionManager, Connection, SimpleConnection, TransactionManager};
use diesel::r2d2::R2D2Connection;
use r2d2::PooledConnection;
use tokio::sync::oneshot;

use super::connection::{AnyConnection, allow_writing, on_each, open_connection};
use super::error::{Error, Result};
use super::pool::{ConnectionManager, ConnectionPool, set_statement_timeouts};
use super::{Outage, log_outage};
use crate::config::database::DatabaseUrl;

/// The most jobs that share one commit: enough to make the fsync cheap, few enough to answer the first job soon.
const GROUP_SIZE: usize = 64;

/// Runs inside the open transaction.
type WriteJob = Box<dyn FnOnce(&mut AnyConnection) -> FinishedJob + Send>;

/// A job that has run and waits for the commit.
struct FinishedJob {
    /// It returned an error and was rolled back.
    failed: bool,
    /// Sends the caller its result, given the result of the commit.
    answer: Box<dyn FnOnce(Result<(), String>) + Send>,
}

/// A handle to the writer thread; when the last one is dropped, the thread finishes its queue and ends.
#[derive(Clone)]
pub(super) struct Writer {
    jobs: mpsc::Sender<WriteJob>,
    groups: Arc<AtomicU64>,
}

impl Writer {
    /// Starts the thread, which keeps one connection of the pool. The receiver is notified of its end.
    pub(super) fn start(pool: &ConnectionPool, outage: Outage) -> Result<(Self, oneshot::Receiver<()>)> {
        let conn = writer_connection(pool)?;
        let pool = pool.clone();
        let (jobs, inbox) = mpsc::channel();
        let groups = Arc::<AtomicU64>::default();
        let ended_groups = Arc::clone(&groups);
        let (ended, on_end) = oneshot::channel();
        std::thread::Builder::new()
            .name("db-writer".to_owned())
            .spawn(move || {
                run_writer(&pool, conn, &inbox, &ended_groups, &outage);
                // After an orderly stop the file alone is the whole database and can be copied.
                if let Ok(mut conn) = writer_connection(&pool) {
                    checkpoint_wal(&mut conn);
                }
                let _receiver_gone = ended.send(());
            })
            .map_err(|error| Error::Connect(format!("no thread for the writer: {error}")))?;
        Ok((Self { jobs, groups }, on_end))
    }

    /// Returns how many groups have ended, with or without success. While this grows, the thread is alive.
    pub(super) fn finished_groups(&self) -> u64 {
        self.groups.load(Ordering::Relaxed)
    }

    /// Runs `job` in a transaction and returns once it is on the disk.
    pub(super) async fn write<T, E>(
        &self,
        job: impl FnOnce(&mut AnyConnection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (sender, answer) = oneshot::channel();
        let job: WriteJob = Box::new(move |conn| {
            let result = in_savepoint(conn, job);
            let failed = result.is_err();
            let answer = Box::new(move |commit: Result<(), String>| {
                let answer = match (result, commit) {
                    (_, Err(reason)) => Err(E::from(Error::Commit(reason))),
                    (result, Ok(())) => result,
                };
                // Without a receiver the caller was cancelled; the commit stays.
                drop(sender.send(answer));
            });
            FinishedJob { failed, answer }
        });
        self.jobs.send(job).map_err(|_| E::from(Error::Stopped))?;
        // The job was dropped without running: no transaction could be opened.
        answer
            .await
            .unwrap_or_else(|_| Err(E::from(Error::Commit("there was no transaction to run in".to_owned()))))
    }
}

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
        let group = std::iter::once(first).chain(jobs.try_iter().take(GROUP_SIZE - 1));
        run_group(&mut conn, group, outage);
        groups.fetch_add(1, Ordering::Relaxed);
        // On a full disk SQLite rolls back by itself, after which diesel considers the connection broken.
        if on_each!(&mut *conn, |c| c.is_broken()) {
            match writer_connection(pool) {
                Ok(fresh) => conn = fresh,
                Err(error) => {
                    log_outage!(outage.report_once(), %error, "database writer found no usable connection");
                }
            }
        }
    }
}

/// Moves the write-ahead log into the database file.
fn checkpoint_wal(conn: &mut AnyConnection) {
    if let Err(error) = on_each!(conn, |c| c.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")) {
        tracing::warn!(%error, "write-ahead log was not checkpointed; the next start reads it");
    }
}

fn run_group(conn: &mut AnyConnection, group: impl Iterator<Item = WriteJob>, outage: &Outage) {
    if let Err(error) = begin_transaction(conn) {
        log_outage!(outage.report_once(), %error, "database writer could not begin a transaction");
        // A dropped job reports to its caller that it did not run; it must not run outside a transaction.
        group.for_each(drop);
        return;
    }
    let mut answers = Vec::with_capacity(GROUP_SIZE);
    let (mut lost, mut has_written) = (Ok(()), false);
    for job in group {
        let FinishedJob { failed, answer } = job(conn);
        answers.push(answer);
        has_written |= !failed;
        if failed {
            lost = check_transaction_alive(conn);
        }
        if lost.is_err() {
            // The remaining jobs stay in the queue for the next transaction.
            break;
        }
    }
    let committed = lost.and_then(|()| commit_transaction(conn)).map_err(|error| {
        log_outage!(outage.report_once(), %error, jobs = answers.len(), "transactions were not committed");
        error.to_string()
    });
    if committed.is_ok() && has_written {
        outage.clear();
    }
    for answer in answers {
        answer(committed.clone());
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

/// Fails when the group's transaction is gone: on a full disk or an I/O error SQLite rolls back all of it ("Automatic
/// rollback" in SQLite's documentation of transactions), and the next job's savepoint would commit on its own.
fn check_transaction_alive(conn: &mut AnyConnection) -> Result<()> {
    on_each!(conn, |c| c.batch_execute("RELEASE group_alive; SAVEPOINT group_alive"))?;
    Ok(())
}

/// Commits. Fails also when a transaction is still open afterwards; the caller replaces such a connection.
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
