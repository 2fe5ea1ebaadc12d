//! Watching the bot from outside: the log of calls, waiting for a condition, and a stream of calls for load generators.
//! Nothing here polls or sleeps; whoever waits is woken by the change itself.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};

use crate::calls::CompletedCall;
use crate::state::SandboxState;

/// The condition did not come true in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sandbox waited {0:?} in vain")]
pub struct WaitTimeout(pub Duration);

/// The state behind its lock, with everything that wakes those who wait.
#[derive(Debug)]
pub(crate) struct StateHub {
    state: Mutex<SandboxState>,
    /// Woken by every change.
    changed: Notify,
    /// Woken when an update is queued or a poll begins.
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

    /// The state, to be held for a moment only. A panic of another holder does not matter: every change is one step.
    pub(crate) fn lock_state(&self) -> MutexGuard<'_, SandboxState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and wakes whoever the change concerns.
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

    /// Waits until `look` finds something.
    pub(crate) async fn wait_for<T>(
        &self,
        timeout: Duration,
        mut look: impl FnMut(&SandboxState) -> Option<T>,
    ) -> Result<T, WaitTimeout> {
        let waiting = async {
            loop {
                let changed = self.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if let Some(found) = look(&self.lock_state()) {
                    return found;
                }
                changed.await;
            }
        };
        tokio::time::timeout(timeout, waiting).await.map_err(|_| WaitTimeout(timeout))
    }

    /// Ends when the sandbox stops.
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

    /// Tells the subscribers; one atomic read when there is none.
    pub(crate) fn notify_subscribers(&self, call: impl FnOnce() -> CompletedCall) {
        if self.subscribed.load(Ordering::Acquire) {
            let call = call();
            let mut subscribers = self.subscribers.lock().unwrap_or_else(PoisonError::into_inner);
            subscribers.retain(|subscriber| subscriber.send(call).is_ok());
            self.subscribed.store(!subscribers.is_empty(), Ordering::Release);
        }
    }
}
