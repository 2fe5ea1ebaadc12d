//! The pool of an open database, which can be closed and opened again as a whole.
//!
//! A lock that the operating system refused to release stays with SQLite until the process has closed its last connection to
//! the file, however many new ones it opens (`unixShmLock` in SQLite's source).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use r2d2::PooledConnection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::connection::AnyConnection;
use super::error::{Error, Result};
use super::pool::{ConnectionManager, ConnectionPool, open_pool};
use crate::config::database::DatabaseUrl;

/// How long readers may take until all connections can be closed.
const READER_TIMEOUT: Duration = Duration::from_secs(3);
const READER_POLL: Duration = Duration::from_millis(10);

/// The open connections of a pool.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct PoolUse {
    pub idle: u32,
    pub in_use: u32,
}

/// The only way to a pooled connection. Clones share the pool.
#[derive(Clone)]
pub(super) struct SharedPool {
    url: DatabaseUrl,
    /// `None` once it is closed.
    pool: Arc<Mutex<Option<ConnectionPool>>>,
    /// Limits blocking reads to as many threads as there are connections for them.
    readers: Arc<Semaphore>,
    max_readers: usize,
}

impl SharedPool {
    /// Opens the pool; `reserved` connections are not for readers.
    pub(super) fn open(url: &DatabaseUrl, reserved: u32) -> Result<Self> {
        let pool = open_pool(url)?;
        let max_readers = (pool.max_size() - reserved) as usize;
        let readers = Arc::new(Semaphore::new(max_readers));
        Ok(Self { url: url.clone(), pool: Arc::new(Mutex::new(Some(pool))), readers, max_readers })
    }

    pub(super) fn get(&self) -> Result<PooledConnection<ConnectionManager>> {
        let pool = self.lock().clone();
        let pool = pool.ok_or_else(|| Error::Connect("the connections are closed".to_owned()))?;
        pool.get().map_err(|error| Error::Connect(error.to_string()))
    }

    /// Waits for a permit, then runs `query` on a thread that may block.
    pub(super) async fn read<T, E>(
        &self,
        query: impl FnOnce(&mut AnyConnection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let permit = Arc::clone(&self.readers).acquire_owned().await.map_err(|_| Error::Stopped)?;
        let this = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            // Dropped last, also by a panic: with all permits, no connection is in use.
            let _permit = permit;
            let mut conn = this.get()?;
            query(&mut conn)
        });
        match done.await {
            Ok(result) => result,
            // The panic's message may quote a user's text; the log names its place.
            Err(_panicked) => Err(E::from(Error::Panicked("in a read".to_owned()))),
        }
    }

    /// Lets no new reader begin and waits for the running ones. Readers go on once the permits are dropped.
    pub(super) fn pause_readers(&self) -> Result<Vec<OwnedSemaphorePermit>> {
        let deadline = Instant::now() + READER_TIMEOUT;
        let mut permits = Vec::with_capacity(self.max_readers);
        while permits.len() < self.max_readers {
            match Arc::clone(&self.readers).try_acquire_owned() {
                Ok(permit) => permits.push(permit),
                Err(_) if Instant::now() < deadline => std::thread::sleep(READER_POLL),
                Err(_) => return Err(Error::Connect("a reader keeps its connection".to_owned())),
            }
        }
        Ok(permits)
    }

    /// Closes the idle connections; those in use are closed when they are dropped.
    pub(super) fn close(&self) {
        let pool = self.lock().take();
        drop(pool);
    }

    pub(super) fn reopen(&self) -> Result<()> {
        self.close();
        let pool = open_pool(&self.url)?;
        *self.lock() = Some(pool);
        Ok(())
    }

    pub(super) fn pool_use(&self) -> PoolUse {
        let Some(pool) = self.lock().clone() else { return PoolUse::default() };
        let state = pool.state();
        let in_use = state.connections.saturating_sub(state.idle_connections);
        PoolUse { idle: state.idle_connections, in_use }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<ConnectionPool>> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
