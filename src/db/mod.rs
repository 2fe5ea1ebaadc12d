//! The database: one connection type over SQLite and PostgreSQL, the functions that open transactions, and one file per
//! table. Permissions and texts are decided elsewhere.
//!
//! A row with a unique key is read with `get_result`, not with `first`: that adds `LIMIT ?`, and SQLite parses and plans
//! a statement again each time the value of its limit is bound, which cost a third of the writer's time.

use tokio::sync::oneshot;

pub(crate) mod clock;
pub(crate) mod connection;
pub(crate) mod error;
pub(crate) mod foreign_keys;
pub(crate) mod gauges;
pub(crate) mod lock;
pub(crate) mod lock_file;
pub(crate) mod order_lines;
mod outage;
pub(crate) mod overview;
pub(crate) mod pool;
pub mod schema;
mod server_check;
mod shared_pool;
pub(crate) mod sql;
pub(crate) mod sqlite_file;
pub(crate) mod tables;
pub(crate) mod time;
mod transaction;
pub(crate) mod write_lock;
mod writer;

pub use connection::AnyConnection;
pub use error::{Error, Result};
pub(crate) use error::{FileLoss, LoginFailure};
pub(crate) use outage::Outage;
pub(crate) use outage::log_outage;
pub(crate) use tables::{
    access_requests, announcements, audit, chats, dashboards, dead_letters, dialogue_questions, dialogues,
    equipment_types, hand_overs, history, inbox, job_runs, ledger_entries, masters, old_rows, order_changes,
    order_comments, order_edits, order_figures, order_files, order_lists, order_messages, order_search,
    order_watch, orders, outbox, rates, searches, settings, users,
};
pub use transaction::in_savepoint;
pub(crate) use transaction::{begin_snapshot, in_new_transaction, in_snapshot};

use crate::config::database::DatabaseUrl;
pub(crate) use shared_pool::PoolUse;
use shared_pool::SharedPool;
use writer::Writer;

/// An open database: a pool, and the writer in front of it. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    pool: SharedPool,
    writer: Writer,
    outage: Outage,
}

/// The writer's end, to be awaited once every [`Database`] handle is dropped.
pub struct WriterThread(oneshot::Receiver<Result<()>>);

impl WriterThread {
    /// Waits until all queued jobs are on the disk and the file is closed.
    pub async fn join(self) {
        drop(self.0.await);
    }

    /// Waits until the file of the database is gone or replaced and the connections to it are closed.
    pub(crate) async fn wait_until_lost(&mut self) -> Error {
        if let Ok(Err(error)) = (&mut self.0).await {
            return error;
        }
        std::future::pending().await
    }
}

impl Database {
    /// Opens an existing database with a current schema.
    pub fn open(url: &DatabaseUrl) -> Result<(Self, WriterThread)> {
        let outage = Outage::default();
        // The writer keeps its connection for itself.
        let pool = SharedPool::open(url, 1)?;
        let (writer, ended) = Writer::start(url, &pool, &outage)?;
        Ok((Self { pool, writer, outage }, WriterThread(ended)))
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
        self.writer.write(job, self.outage.begin_write()).await
    }

    /// Returns how many connections of the pool are idle and in use.
    pub(crate) fn pool_use(&self) -> PoolUse {
        self.pool.pool_use()
    }

    pub fn outage(&self) -> &Outage {
        &self.outage
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
        self.pool.read(query).await
    }
}
