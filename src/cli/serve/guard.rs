//! Looks after the lock that keeps others from replacing the tables under a running bot.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::cli::error::CommandError;
use crate::config::database::DatabaseUrl;
use crate::db::lock::{LockError, ServeLock};

/// How often it is looked at: a server that was restarted has forgotten it.
const EVERY: Duration = Duration::from_secs(5);

/// Holds the lock until it is dropped.
pub(super) struct Guard {
    lock: Arc<Mutex<ServeLock>>,
    url: DatabaseUrl,
}

impl Guard {
    pub(super) fn new(lock: ServeLock, url: DatabaseUrl) -> Self {
        Self { lock: Arc::new(Mutex::new(lock)), url }
    }

    /// Takes the lock again whenever the server has forgotten it. Returns when somebody else was faster.
    pub(super) async fn lost(&self) -> CommandError {
        if self.url.is_sqlite() {
            // The operating system forgets nothing.
            return std::future::pending().await;
        }
        let mut is_said = false;
        loop {
            tokio::time::sleep(EVERY).await;
            let (lock, url) = (Arc::clone(&self.lock), self.url.clone());
            let kept = tokio::task::spawn_blocking(move || {
                lock.lock().unwrap_or_else(PoisonError::into_inner).refresh(&url)
            });
            match kept.await {
                Ok(Err(error @ LockError::Replaced(_))) => return error.into(),
                Ok(Err(error)) => {
                    if !is_said {
                        tracing::warn!(%error, "the lock on the database cannot be looked at, trying again");
                    }
                    is_said = true;
                }
                _ => is_said = false,
            }
        }
    }
}
