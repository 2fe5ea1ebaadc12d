//! The database: one connection type over SQLite and PostgreSQL, one place where a transaction opens,
//! and one file per table. What is allowed or what is said to people is not decided here.
//!
//! A row with a unique key is read with `get_result`, not with `first`: that adds `LIMIT ?`, and SQLite parses and plans
//! a statement again each time the value of its limit is bound, which cost a third of the writer's time.
#![allow(missing_docs)]

// Built without PostgreSQL, whoever asks for a SQLite connection always has one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub mod connection;
pub mod error;
pub mod foreign_keys;
pub mod lock;
pub mod overview;
pub mod schema;
pub(crate) mod sql;
pub mod tables;
pub mod time;
mod writer;

pub use connection::AnyConnection;
pub use error::{Error, Result, TurnedAway};
pub use tables::{
    audit, chats, dead_letters, dialogues, history, inbox, job_runs, masters, order_messages, orders, outbox,
    users,
};
pub use writer::{in_savepoint, once};

use crate::config::database::DatabaseUrl;
use connection::Pool;
use tokio::sync::{Semaphore, oneshot};
use writer::Writer;

/// An open database: a pool, and on SQLite the writer in front of it. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    pool: Pool,
    writer: Option<Writer>,
    /// Keeps blocking reads from taking more threads than there are connections.
    turns: Arc<Semaphore>,
    trouble: Trouble,
}

/// Logs a trouble of the database. One trouble is one report, however many things it meets and however long it lasts: only
/// what is news is an error.
macro_rules! trouble {
    ($is_news:expr, $($line:tt)+) => {
        if $is_news { tracing::error!($($line)+) } else { tracing::warn!($($line)+) }
    };
}
pub(crate) use trouble;

/// Whether the database takes what is written, so that whoever meets its trouble can tell whether it has been said. Cheap
/// to clone.
#[derive(Clone, Debug, Default)]
pub struct Trouble(Arc<AtomicBool>);

impl Trouble {
    /// Notes a trouble; whether it is the first since something was written.
    #[must_use]
    pub fn is_news(&self) -> bool {
        !self.0.swap(true, Ordering::Relaxed)
    }

    /// Something has been written.
    fn end(&self) {
        // A look costs less than a note.
        if self.0.load(Ordering::Relaxed) {
            self.0.store(false, Ordering::Relaxed);
        }
    }
}

/// The writer's end, to be awaited once every [`Database`] handle is gone.
pub struct WriterThread(Option<oneshot::Receiver<()>>);

impl WriterThread {
    /// Waits until everything that was handed to the writer is on the disk and the file is closed.
    pub async fn ended(self) {
        if let Some(ended) = self.0 {
            drop(ended.await);
        }
    }
}

impl Database {
    /// Opens a database that exists and has its schema (see [`migrate`]).
    ///
    /// # Errors
    /// When no connection can be opened.
    pub fn open(url: &DatabaseUrl) -> Result<(Self, WriterThread)> {
        let pool = connection::pool(url)?;
        let trouble = Trouble::default();
        let (writer, ended) = if url.is_sqlite() {
            let (writer, ended) = Writer::start(&pool, trouble.clone())?;
            (Some(writer), Some(ended))
        } else {
            (None, None)
        };
        // The writer's connection is never free for reading.
        let readers = pool.max_size() - u32::from(writer.is_some());
        let turns = Arc::new(Semaphore::new(readers as usize));
        Ok((Self { pool, writer, turns, trouble }, WriterThread(ended)))
    }

    /// Runs `job` in one transaction and returns once that is durable. An error or a panic of the job
    /// takes back everything that it did.
    ///
    /// # Errors
    /// What the job returned, or why the transaction could not be run or committed.
    pub async fn write<T, E>(
        &self,
        job: impl FnOnce(&mut AnyConnection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        match &self.writer {
            Some(writer) => writer.write(job).await,
            None => {
                let written = self.blocking(move |conn| in_savepoint(conn, job)).await;
                if written.is_ok() {
                    self.trouble.end();
                }
                written
            }
        }
    }

    /// What is the matter with it, if anything; see [`Trouble`].
    #[must_use]
    pub fn trouble(&self) -> &Trouble {
        &self.trouble
    }

    /// How many groups of transactions the writer of SQLite has brought to their end; none on PostgreSQL, which has no
    /// writer for others to wait for.
    #[must_use]
    pub fn ended_groups(&self) -> u64 {
        self.writer.as_ref().map_or(0, Writer::groups)
    }

    /// Runs `query` on a connection of the readers.
    ///
    /// # Errors
    /// What the query returned, or why it could not be run.
    pub async fn read<T, E>(
        &self,
        query: impl FnOnce(&mut AnyConnection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.blocking(query).await
    }

    /// Blocking diesel stays off the threads that serve the network.
    async fn blocking<T, E>(
        &self,
        work: impl FnOnce(&mut AnyConnection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| Error::Stopped)?;
        let pool = self.pool.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let mut conn = pool.get().map_err(|error| Error::Connect(error.to_string()))?;
            work(&mut conn)
        });
        match done.await {
            Ok(result) => result,
            // Its message may quote what somebody wrote; where it happened is in the log.
            Err(_panicked) => Err(E::from(Error::Panicked("in a read".to_owned()))),
        }
    }
}
