//! The group-commit writer of SQLite: one thread, one connection, many jobs per commit.
//!
//! SQLite allows one writer at a time. Jobs queue here instead of at its lock: the thread takes the waiting jobs, runs each
//! in a savepoint of its own inside one `BEGIN IMMEDIATE … COMMIT`, and answers all of them after the commit. One fsync
//! serves the whole group, and "database is locked" cannot arise inside the process. A connection that can no longer lock or
//! commit is replaced; a file that is moved or replaced ends the thread.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::r2d2::R2D2Connection;
use r2d2::PooledConnection;
use tokio::sync::oneshot;

use super::connection::{AnyConnection, allow_writing, on_each};
use super::error::{Error, FileLoss, Result};
use super::outage::{Outage, WriteAttempt, log_outage};
use super::pool::ConnectionManager;
use super::shared_pool::SharedPool;
use super::sqlite_file::FileIdentity;
use super::transaction::{
    begin_transaction, check_transaction_alive, checkpoint_wal, commit_transaction, in_savepoint, write_probe,
};

/// The most jobs that share one commit: enough to make the fsync cheap, few enough to answer the first job soon.
const GROUP_SIZE: usize = 64;
/// How often an idle writer checks that its file is still there.
const FILE_CHECK_INTERVAL: Duration = Duration::from_secs(2);
/// All connections are replaced when nothing was written for this long, and again after each such time. A foreign lock fails
/// the first group after `BUSY_TIMEOUT`, so that a lock of our own that was never released is gone within 15 seconds.
const RECONNECT_INTERVAL: Duration = Duration::from_secs(5);

/// Runs inside the open transaction.
type WriteJob = Box<dyn FnOnce(&mut AnyConnection) -> FinishedJob + Send>;

/// A job that has run and waits for the commit.
struct FinishedJob {
    /// It returned an error and was rolled back.
    failed: bool,
    answer: JobAnswer,
}

/// Sends the caller of a job its result, given the result of the commit.
type JobAnswer = Box<dyn FnOnce(Result<(), String>) + Send>;

/// A handle to the writer thread; when the last one is dropped, the thread finishes its queue and ends.
#[derive(Clone)]
pub(super) struct Writer {
    jobs: mpsc::Sender<WriteJob>,
}

impl Writer {
    /// Starts the thread, which keeps one connection of the pool. The receiver is notified of its end, with an error if it ended
    /// because its file was lost.
    pub(super) fn start(
        database: &Path,
        pool: &SharedPool,
        outage: &Outage,
    ) -> Result<(Self, oneshot::Receiver<Result<()>>)> {
        let (conn, file) = open_for_writing(database, pool)?;
        let mut state = WriterState {
            database: database.to_owned(),
            pool: pool.clone(),
            outage: outage.clone(),
            conn: Some(conn),
            file,
            reconnected_at: Instant::now(),
        };
        let (jobs, inbox) = mpsc::channel();
        let (ended, on_end) = oneshot::channel();
        std::thread::Builder::new()
            .name("db-writer".to_owned())
            .spawn(move || {
                let result = state.run(&inbox);
                state.close(result.as_ref().err());
                drop(ended.send(result));
            })
            .map_err(|error| Error::Connect(format!("no thread for the writer: {error}")))?;
        Ok((Self { jobs }, on_end))
    }

    /// Runs `job` in a transaction and returns once it is on the disk. The attempt succeeds with the commit, whatever becomes of
    /// the job in it.
    pub(super) async fn write<T, E>(
        &self,
        job: impl FnOnce(&mut AnyConnection) -> Result<T, E> + Send + 'static,
        attempt: WriteAttempt,
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
                    (result, Ok(())) => {
                        attempt.succeed();
                        result
                    }
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

/// The state of the writer thread.
struct WriterState {
    database: PathBuf,
    pool: SharedPool,
    outage: Outage,
    /// `None` while none can be opened.
    conn: Option<PooledConnection<ConnectionManager>>,
    file: FileIdentity,
    reconnected_at: Instant,
}

impl WriterState {
    /// Runs jobs until the last handle is dropped, or until the file is lost.
    fn run(&mut self, jobs: &mpsc::Receiver<WriteJob>) -> Result<()> {
        loop {
            let first = match jobs.recv_timeout(FILE_CHECK_INTERVAL) {
                Ok(job) => Some(job),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            };
            self.check_file()?;
            if let Some(first) = first {
                let group = std::iter::once(first).chain(jobs.try_iter().take(GROUP_SIZE - 1));
                self.run_group(group)?;
                self.replace_failed_connection()?;
            }
        }
    }

    /// Fails when what is written would go into a file that nothing else reads.
    fn check_file(&self) -> Result<()> {
        let lost = |loss| Error::FileLost { database: self.database.display().to_string(), loss };
        self.file.check().map_err(lost)
    }

    /// Runs jobs in one transaction. Fails only when the file is lost; other failures go to the callers of the jobs.
    fn run_group(&mut self, group: impl Iterator<Item = WriteJob>) -> Result<()> {
        let Some(conn) = &mut self.conn else {
            // A dropped job reports to its caller that it did not run.
            group.for_each(drop);
            return Ok(());
        };
        if let Err(error) = begin_group(conn, self.outage.is_reported()) {
            log_outage!(self.outage.report_once(), %error, "database writer could not begin a transaction");
            // They must not run outside a transaction.
            group.for_each(drop);
            return Ok(());
        }
        let (answers, ended) = run_jobs(conn, group);
        let committed = ended.and_then(|()| commit_transaction(conn));
        let checked = self.check_file();
        let failure = committed.as_ref().err().or(checked.as_ref().err()).map(|error| {
            log_outage!(self.outage.report_once(), %error, jobs = answers.len(), "transactions were not committed");
            error.to_string()
        });
        for answer in answers {
            answer(failure.clone().map_or(Ok(()), Err));
        }
        checked
    }

    /// Replaces a connection that is broken, and all connections when nothing has been written for some time.
    fn replace_failed_connection(&mut self) -> Result<()> {
        let is_broken = self.conn.as_mut().is_none_or(|conn| on_each!(&mut **conn, |c| c.is_broken()));
        let is_stalled = self.outage.stalled_for() >= RECONNECT_INTERVAL
            && self.reconnected_at.elapsed() >= RECONNECT_INTERVAL;
        if !is_broken && !is_stalled {
            return Ok(());
        }
        match self.reconnect(is_broken) {
            Ok(()) => tracing::warn!("database connections were closed and opened again"),
            Err(error @ Error::FileLost { .. }) => return Err(error),
            Err(error) => {
                log_outage!(self.outage.report_once(), %error, "database connections could not be replaced");
            }
        }
        Ok(())
    }

    fn reconnect(&mut self, is_broken: bool) -> Result<()> {
        self.reconnected_at = Instant::now();
        // While a reader keeps its connection, only a broken one is worth replacing alone.
        let paused = match self.pool.pause_readers() {
            Err(error) if !is_broken => return Err(error),
            paused => paused,
        };
        self.check_file()?;
        self.conn = None;
        if paused.is_ok() {
            // With its last connection SQLite removes them.
            self.file.forget_sidecars();
            self.pool.reopen()?;
        }
        let (conn, file) = open_for_writing(&self.database, &self.pool)?;
        (self.conn, self.file) = (Some(conn), file);
        Ok(())
    }

    /// Moves the write-ahead log into the database, wherever that is now, and after a loss closes all connections.
    fn close(&mut self, lost: Option<&Error>) {
        // Without its own sidecar files this process may not know of others that use the database; then SQLite does it on
        // closing if nothing else has the file open.
        let has_sidecars = !matches!(lost, Some(Error::FileLost { loss: FileLoss::Sidecar, .. }));
        if has_sidecars && let Some(conn) = &mut self.conn {
            checkpoint_wal(conn);
        }
        self.conn = None;
        if lost.is_some() {
            if let Err(error) = self.pool.pause_readers() {
                tracing::warn!(%error, "a reader keeps the lost database open");
            }
            self.pool.close();
        }
    }
}

/// Opens the writer's connection, and the files that go with it.
fn open_for_writing(
    database: &Path,
    pool: &SharedPool,
) -> Result<(PooledConnection<ConnectionManager>, FileIdentity)> {
    let mut conn = pool.get()?;
    allow_writing(&mut conn)?;
    // SQLite opens the sidecar files with the first statement that reads.
    on_each!(&mut *conn, |c| c.batch_execute("SELECT count(*) FROM sqlite_schema"))?;
    let file = FileIdentity::read(database).map_err(|error| Error::File {
        database: database.display().to_string(),
        what: format!("cannot be examined: {error}"),
    })?;
    Ok((conn, file))
}

/// Begins a group's transaction. During an outage it gets something to write: the commit of an empty one would prove nothing.
fn begin_group(conn: &mut AnyConnection, is_outage: bool) -> Result<()> {
    begin_transaction(conn)?;
    if is_outage {
        let written = write_probe(conn);
        if written.is_err() {
            on_each!(conn, |c| drop(AnsiTransactionManager::rollback_transaction(c)));
        }
        written?;
    }
    Ok(())
}

/// Runs jobs until the transaction is lost; the remaining ones stay in the queue for the next.
fn run_jobs(conn: &mut AnyConnection, group: impl Iterator<Item = WriteJob>) -> (Vec<JobAnswer>, Result<()>) {
    let mut answers = Vec::with_capacity(GROUP_SIZE);
    for job in group {
        let FinishedJob { failed, answer } = job(conn);
        answers.push(answer);
        if failed && let Err(error) = check_transaction_alive(conn) {
            return (answers, Err(error));
        }
    }
    (answers, Ok(()))
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
