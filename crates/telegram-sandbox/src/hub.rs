//! The state behind its lock, and everything that waits for changes of it. Nothing here polls or sleeps; each change wakes the
//! waiting tasks.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};

use crate::calls::CompletedCall;
use crate::state::SandboxState;

/// The condition of `wait_for` was not met in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sandbox did not reach the expected state within {0:?}")]
pub struct WaitTimeout(pub Duration);

/// The state with its lock and its notifications.
#[derive(Debug)]
pub(crate) struct StateHub {
    state: Mutex<SandboxState>,
    /// Notified of every change.
    changed: Notify,
    /// Notified when an update is queued or a poll begins.
    pub(crate) queue_changed: Notify,
    /// Set to true once, when the sandbox stops.
    pub(crate) stop: watch::Sender<bool>,
    subscribed: AtomicBool,
    subscribers: Mutex<Vec<mpsc::UnboundedSender<CompletedCall>>>,
}

impl StateHub {
    pub(crate) fn new(state: SandboxState) -> Self {
        Self {
            state: Mutex::new(state),
            changed: Notify::new(),
            queue_changed: Notify::new(),
            stop: watch::Sender::new(false),
            subscribed: AtomicBool::new(false),
            subscribers: Mutex::new(Vec::new()),
        }
    }

    /// Locks the state; hold it briefly. A poisoned lock is usable, since every change is one step.
    pub(crate) fn lock_state(&self) -> MutexGuard<'_, SandboxState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and wakes the tasks that wait for it.
    pub(crate) fn update_state<T>(&self, change: impl FnOnce(&mut SandboxState) -> T) -> T {
        let (result, queued) = {
            let mut state = self.lock_state();
            let before = state.queue.version;
            let result = change(&mut state);
            (result, state.queue.version != before)
        };
        self.changed.notify_waiters();
        if queued {
            self.queue_changed.notify_waiters();
        }
        result
    }

    /// Waits until `condition` returns a value.
    pub(crate) async fn wait_for<T>(
        &self,
        timeout: Duration,
        mut condition: impl FnMut(&SandboxState) -> Option<T>,
    ) -> Result<T, WaitTimeout> {
        let waiting = async {
            loop {
                let changed = self.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if let Some(found) = condition(&self.lock_state()) {
                    return found;
                }
                changed.await;
            }
        };
        tokio::time::timeout(timeout, waiting).await.map_err(|_| WaitTimeout(timeout))
    }

    /// Returns when the sandbox stops.
    pub(crate) async fn wait_until_stopped(&self) {
        // The sender lives in self, so the wait cannot fail.
        let _ = self.stop.subscribe().wait_for(|stop| *stop).await;
    }

    pub(crate) fn subscribe_calls(&self) -> mpsc::UnboundedReceiver<CompletedCall> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.subscribers.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
        self.subscribed.store(true, Ordering::Release);
        receiver
    }

    /// Sends a call to the subscribers; one atomic read when there are none.
    pub(crate) fn notify_subscribers(&self, call: impl FnOnce() -> CompletedCall) {
        if self.subscribed.load(Ordering::Acquire) {
            let call = call();
            let mut subscribers = self.subscribers.lock().unwrap_or_else(PoisonError::into_inner);
            subscribers.retain(|subscriber| subscriber.send(call).is_ok());
            self.subscribed.store(!subscribers.is_empty(), Ordering::Release);
        }
    }
}
