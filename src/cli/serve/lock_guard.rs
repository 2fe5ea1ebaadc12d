//! Watches the lock that keeps other processes from replacing the tables of a running bot.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::cli::error::CommandError;
use crate::config::database::DatabaseUrl;
use crate::db::lock::{LockError, ServeLock};

/// A PostgreSQL server that was restarted has lost the lock.
const CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// Holds the lock until it is dropped.
pub(super) struct LockGuard {
    lock: Arc<Mutex<ServeLock>>,
    url: DatabaseUrl,
}

impl LockGuard {
    pub(super) fn new(lock: ServeLock, url: DatabaseUrl) -> Self {
        Self { lock: Arc::new(Mutex::new(lock)), url }
    }

    /// Reacquires the lock whenever the server has lost it. Returns when another process holds it.
    pub(super) async fn wait_until_lost(&self) -> CommandError {
        if self.url.is_sqlite() {
            // The operating system keeps file locks.
            return std::future::pending().await;
        }
        let mut is_reported = false;
        loop {
            tokio::time::sleep(CHECK_INTERVAL).await;
            let (lock, url) = (Arc::clone(&self.lock), self.url.clone());
            let checked = tokio::task::spawn_blocking(move || {
                lock.lock().unwrap_or_else(PoisonError::into_inner).refresh(&url)
            });
            match checked.await {
                Ok(Err(error @ LockError::Replaced(_))) => return error.into(),
                Ok(Err(error)) => {
                    if !is_reported {
                        tracing::warn!(%error, "database lock could not be checked, retrying");
                    }
                    is_reported = true;
                }
                _ => is_reported = false,
            }
        }
    }
}
