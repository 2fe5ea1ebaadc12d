//! The group-commit writer: one thread, one connection, many jobs per commit.
//!
//! The thread takes the waiting jobs, runs each in a savepoint of its own inside one transaction, and answers all of them after
//! the commit: one fsync, and on PostgreSQL one round trip for it, serves the whole group. SQLite allows one writer at a time, so
//! jobs queue here instead of at its lock, and "database is locked" cannot arise inside the process. A connection that can no
//! longer begin, lock or commit is replaced; a SQLite file that is moved or replaced ends the thread.

use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use r2d2::PooledConnection;
use tokio::sync::oneshot;

use super::connection::{AnyConnection, allow_writing, on_each};
use super::error::{Error, FileLoss, Result};
use super::outage::{Outage, WriteAttempt, log_outage};
use super::pool::{ConnectionManager, is_broken};
use super::shared_pool::SharedPool;
use super::sqlite_file::FileIdentity;
use super::transaction::{
    begin_transaction, check_transaction_alive, checkpoint_wal, commit_transaction, in_savepoint, write_probe,
};
use crate::config::database::DatabaseUrl;

/// The most jobs that share one commit: enough to make the fsync cheap, few enough to answer the first job soon.
const SQLITE_GROUP: usize = 64;
/// Fewer on PostgreSQL, where other processes may wait for the rows of a group.
const POSTGRES_GROUP: usize = 32;
/// How long a job on PostgreSQL waits for a lock of another process, and its group with it. It fails then and is tried again.
const POSTGRES_LOCK_TIMEOUT: &str = "SET lock_timeout = '1s'";
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
        url: &DatabaseUrl,
        pool: &SharedPool,
        outage: &Outage,
    ) -> Result<(Self, oneshot::Receiver<Result<()>>)> {
        let path = match url {
            DatabaseUrl::Sqlite(path) => Some(path.clone()),
            DatabaseUrl::Postgres(_) => None,
        };
        let (conn, file) = open_for_writing(path, pool)?;
        let mut state = WriterState {
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
    pool: SharedPool,
    outage: Outage,
    /// `None` while none can be opened.
    conn: Option<WriterConnection>,
    /// `None` on PostgreSQL.
    file: Option<OpenFile>,
    reconnected_at: Instant,
}

type WriterConnection = PooledConnection<ConnectionManager>;

/// The open file of a SQLite database.
struct OpenFile {
    path: PathBuf,
    identity: FileIdentity,
}

impl OpenFile {
    /// Fails when what is written would go into a file that nothing else reads.
    fn check(&self) -> Result<()> {
        let lost = |loss| Error::FileLost { database: self.path.display().to_string(), loss };
        self.identity.check().map_err(lost)
    }
}

impl WriterState {
    /// Runs jobs until the last handle is dropped, or until the file is lost.
    fn run(&mut self, jobs: &mpsc::Receiver<WriteJob>) -> Result<()> {
        let group_size = if self.file.is_some() { SQLITE_GROUP } else { POSTGRES_GROUP };
        loop {
            let first = match jobs.recv_timeout(FILE_CHECK_INTERVAL) {
                Ok(job) => Some(job),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            };
            self.check_file()?;
            if let Some(first) = first {
                let group = std::iter::once(first).chain(jobs.try_iter().take(group_size - 1));
                self.run_group(group)?;
                self.replace_stalled_connections()?;
            }
        }
    }

    fn check_file(&self) -> Result<()> {
        self.file.as_ref().map_or(Ok(()), OpenFile::check)
    }

    /// Runs jobs in one transaction. Fails only when the file is lost; other failures go to the callers of the jobs.
    fn run_group(&mut self, group: impl Iterator<Item = WriteJob>) -> Result<()> {
        let conn = match self.begin_group() {
            Ok(conn) => conn,
            Err(error @ Error::FileLost { .. }) => return Err(error),
            Err(error) => {
                log_outage!(self.outage.report_once(), %error, "database writer could not begin a transaction");
                // They must not run outside a transaction. A dropped job reports to its caller that it did not run.
                group.for_each(drop);
                return Ok(());
            }
        };
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

    /// Begins a transaction; on a new connection if there is none, or if the server has ended it since the last group.
    fn begin_group(&mut self) -> Result<&mut AnyConnection> {
        let is_outage = self.outage.is_reported();
        let mut begun = Err(Error::Connect("there is no connection".to_owned()));
        if let Some(conn) = &mut self.conn {
            begun = begin_group(conn, is_outage);
        }
        if begun.is_err() && self.conn.as_mut().is_none_or(|conn| is_broken(conn)) {
            self.reconnect(true)?;
            tracing::warn!("database connection was opened again");
            if let Some(conn) = &mut self.conn {
                begun = begin_group(conn, is_outage);
            }
        }
        begun?;
        let conn = self.conn.as_mut().ok_or_else(|| Error::Connect("there is no connection".to_owned()))?;
        Ok(conn)
    }

    /// Replaces all connections to a file when nothing has been written for some time.
    fn replace_stalled_connections(&mut self) -> Result<()> {
        let is_stalled = self.outage.stalled_for() >= RECONNECT_INTERVAL
            && self.reconnected_at.elapsed() >= RECONNECT_INTERVAL;
        if self.file.is_none() || !is_stalled {
            return Ok(());
        }
        let is_broken = self.conn.as_mut().is_none_or(|conn| is_broken(conn));
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
        let mut path = None;
        if let Some(mut file) = self.file.take() {
            let closed = self.close_all_connections(&mut file, is_broken);
            path = Some(file.path.clone());
            self.file = Some(file);
            closed?;
        } else {
            self.conn = None;
        }
        let (conn, file) = open_for_writing(path, &self.pool)?;
        (self.conn, self.file) = (Some(conn), file);
        Ok(())
    }

    /// Closes the connections to a file. While a reader keeps its own, only a broken one is worth replacing alone.
    fn close_all_connections(&mut self, file: &mut OpenFile, is_broken: bool) -> Result<()> {
        let paused = match self.pool.pause_readers() {
            Err(error) if !is_broken => return Err(error),
            paused => paused,
        };
        file.check()?;
        self.conn = None;
        if paused.is_ok() {
            // With its last connection SQLite removes them.
            file.identity.forget_sidecars();
            self.pool.reopen()?;
        }
        Ok(())
    }

    /// Moves the write-ahead log into the database, wherever that is now, and after a loss closes all connections.
    fn close(&mut self, lost: Option<&Error>) {
        // Without its own sidecar files this process may not know of others that use the database; then SQLite does it on
        // closing if nothing else has the file open.
        let has_sidecars = !matches!(lost, Some(Error::FileLost { loss: FileLoss::Sidecar, .. }));
        if self.file.is_some()
            && has_sidecars
            && let Some(conn) = &mut self.conn
        {
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

/// Opens the writer's connection, and the files that go with it if it is one to a SQLite file.
fn open_for_writing(
    file: Option<PathBuf>,
    pool: &SharedPool,
) -> Result<(WriterConnection, Option<OpenFile>)> {
    let mut conn = pool.get()?;
    allow_writing(&mut conn)?;
    let Some(path) = file else {
        on_each!(&mut **conn, |c| c.batch_execute(POSTGRES_LOCK_TIMEOUT))?;
        return Ok((conn, None));
    };
    // SQLite opens the sidecar files with the first statement that reads.
    on_each!(&mut **conn, |c| c.batch_execute("SELECT count(*) FROM sqlite_schema"))?;
    let identity = FileIdentity::read(&path).map_err(|error| Error::File {
        database: path.display().to_string(),
        what: format!("cannot be examined: {error}"),
    })?;
    Ok((conn, Some(OpenFile { path, identity })))
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
    let mut answers = Vec::new();
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
