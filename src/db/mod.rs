//! The database: one connection type over SQLite and PostgreSQL, the functions that open transactions, and one file per
//! table. Permissions and texts are decided elsewhere.
//!
//! A row with a unique key is read with `get_result`, not with `first`: that adds `LIMIT ?`, and SQLite parses and plans
//! a statement again each time the value of its limit is bound, which cost a third of the writer's time.

use std::sync::Arc;

use tokio::sync::{Semaphore, oneshot};

pub(crate) mod connection;
pub(crate) mod error;
pub(crate) mod foreign_keys;
pub(crate) mod lock;
mod outage;
pub(crate) mod overview;
pub(crate) mod pool;
pub mod schema;
pub(crate) mod sql;
pub(crate) mod sqlite_file;
pub(crate) mod tables;
pub(crate) mod time;
mod writer;

pub use connection::AnyConnection;
pub(crate) use error::LoginFailure;
pub use error::{Error, Result};
pub(crate) use outage::Outage;
pub(crate) use outage::log_outage;
pub(crate) use tables::{
    audit, chats, dead_letters, dialogues, history, inbox, job_runs, masters, order_messages, orders, outbox,
    users,
};
pub(crate) use writer::in_new_transaction;
pub use writer::in_savepoint;

use crate::config::database::DatabaseUrl;
use pool::ConnectionPool;
use writer::Writer;

/// An open database: a pool, and on SQLite the writer in front of it. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    pool: ConnectionPool,
    writer: Option<Writer>,
    /// Limits blocking reads to as many threads as there are connections.
    read_permits: Arc<Semaphore>,
    outage: Outage,
}

/// The writer's end, to be awaited once every [`Database`] handle is dropped.
pub struct WriterThread(Option<oneshot::Receiver<()>>);

impl WriterThread {
    /// Waits until all queued jobs are on the disk and the file is closed.
    pub async fn join(self) {
        if let Some(ended) = self.0 {
            drop(ended.await);
        }
    }
}

impl Database {
    /// Opens an existing database with a current schema.
    pub fn open(url: &DatabaseUrl) -> Result<(Self, WriterThread)> {
        let pool = pool::open_pool(url)?;
        let outage = Outage::default();
        let (writer, ended) = if url.is_sqlite() {
            let (writer, ended) = Writer::start(&pool, outage.clone())?;
            (Some(writer), Some(ended))
        } else {
            (None, None)
        };
        // The writer keeps its connection for itself.
        let readers = pool.max_size() - u32::from(writer.is_some());
        let read_permits = Arc::new(Semaphore::new(readers as usize));
        Ok((Self { pool, writer, read_permits, outage }, WriterThread(ended)))
    }

    /// Runs `job` in one transaction and returns once that is durable. An error or a panic of the job rolls it back.
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
                let written = self.read(move |conn| in_savepoint(conn, job)).await;
                if written.is_ok() {
                    self.outage.clear();
                }
                written
            }
        }
    }

    pub fn outage(&self) -> &Outage {
        &self.outage
    }

    /// Returns how many groups of transactions the SQLite writer has finished; 0 on PostgreSQL, which has no writer thread.
    pub fn finished_groups(&self) -> u64 {
        self.writer.as_ref().map_or(0, Writer::finished_groups)
    }

    /// Runs `query` on a pooled connection, on a thread that may block.
    pub async fn read<T, E>(
        &self,
        query: impl FnOnce(&mut AnyConnection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let permit = Arc::clone(&self.read_permits).acquire_owned().await.map_err(|_| Error::Stopped)?;
        let pool = self.pool.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let mut conn = pool.get().map_err(|error| Error::Connect(error.to_string()))?;
            query(&mut conn)
        });
        match done.await {
            Ok(result) => result,
            // The panic's message may quote a user's text; the log names its place.
            Err(_panicked) => Err(E::from(Error::Panicked("in a read".to_owned()))),
        }
    }
}
