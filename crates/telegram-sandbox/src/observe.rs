//! Watching the bot from outside: the log of calls, waiting for a condition, and a stream of calls for load generators.
//! Nothing here polls or sleeps; whoever waits is woken by the change itself.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;
use tokio::sync::{Notify, mpsc, watch};

use super::state::State;

/// How a call of the Bot API ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// `{"ok":true}`.
    Ok,
    /// `{"ok":false}` with this code and description.
    Error {
        /// `error_code`.
        code: u16,
        /// `description`.
        description: String,
    },
    /// No answer: a fault kept it back or closed the connection.
    NoAnswer,
}

/// One call of the Bot API in the log.
#[derive(Clone, Debug)]
pub struct Call {
    /// Number of the call since the start, from 1.
    pub number: u64,
    /// Method as the Bot API writes it, e.g. `sendMessage`; an unknown one as it was called.
    pub method: String,
    /// Parameters; a file is replaced by its name and size.
    pub params: Value,
    /// How it ended.
    pub outcome: Outcome,
    /// When it arrived.
    pub at: SystemTime,
    /// How long it took, waiting included.
    pub took: Duration,
}

/// A call that did its work, as told to subscribers.
#[derive(Clone, Copy, Debug)]
pub struct BotCall {
    /// Method as the Bot API writes it.
    pub method: &'static str,
    /// Chat of the call.
    pub chat_id: Option<i64>,
    /// Message that was made or changed.
    pub message_id: Option<i64>,
    /// False = it was answered with an error.
    pub ok: bool,
    /// When it was done.
    pub at: Instant,
}

/// The condition did not come true in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sandbox waited {0:?} in vain")]
pub struct TimedOut(pub Duration);

/// The state behind its lock, with everything that wakes those who wait.
#[derive(Debug)]
pub(crate) struct Hub {
    state: Mutex<State>,
    /// Woken by every change.
    changed: Notify,
    /// Woken when an update is queued or a poll begins.
    pub(crate) queue: Notify,
    /// Set to true once, when the sandbox stops.
    pub(crate) stop: watch::Sender<bool>,
    subscribed: AtomicBool,
    subscribers: Mutex<Vec<mpsc::UnboundedSender<BotCall>>>,
}

impl Hub {
    pub(crate) fn new(state: State) -> Self {
        Self {
            state: Mutex::new(state),
            changed: Notify::new(),
            queue: Notify::new(),
            stop: watch::Sender::new(false),
            subscribed: AtomicBool::new(false),
            subscribers: Mutex::new(Vec::new()),
        }
    }

    /// The state, to be held for a moment only. A panic of another holder does not matter: every change is one step.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and wakes whoever the change concerns.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let (result, queued) = {
            let mut state = self.lock();
            let before = state.queue.version;
            let result = change(&mut state);
            (result, state.queue.version != before)
        };
        self.changed.notify_waiters();
        if queued {
            self.queue.notify_waiters();
        }
        result
    }

    /// Waits until `look` finds something.
    pub(crate) async fn wait_for<T>(
        &self,
        timeout: Duration,
        mut look: impl FnMut(&State) -> Option<T>,
    ) -> Result<T, TimedOut> {
        let waiting = async {
            loop {
                let changed = self.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if let Some(found) = look(&self.lock()) {
                    return found;
                }
                changed.await;
            }
        };
        tokio::time::timeout(timeout, waiting).await.map_err(|_| TimedOut(timeout))
    }

    /// Ends when the sandbox stops.
    pub(crate) async fn stopped(&self) {
        // The sender lives in self, so the wait cannot fail.
        let _ = self.stop.subscribe().wait_for(|stop| *stop).await;
    }

    pub(crate) fn subscribe(&self) -> mpsc::UnboundedReceiver<BotCall> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.subscribers.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
        self.subscribed.store(true, Ordering::Release);
        receiver
    }

    /// Tells the subscribers; one atomic read when there is none.
    pub(crate) fn tell(&self, call: impl FnOnce() -> BotCall) {
        if self.subscribed.load(Ordering::Acquire) {
            let call = call();
            let mut subscribers = self.subscribers.lock().unwrap_or_else(PoisonError::into_inner);
            subscribers.retain(|subscriber| subscriber.send(call).is_ok());
            self.subscribed.store(!subscribers.is_empty(), Ordering::Release);
        }
    }
}
