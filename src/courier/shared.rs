//! What the pump, the running queues and the handles of the courier share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::backoff;
use super::limits::RateLimits;
use super::queues::ChatQueues;
use crate::db::outbox::LeasedMessage;
use crate::db::{self, AnyConnection, Database, log_outage};
use crate::domain::ids::ChatId;
use crate::telegram::{Api, ContentError, MadeContent};

/// Runs when a message becomes a dead letter, in the same transaction; gets the message and the reason, in Telegram's words.
/// May insert messages into the outbox.
pub(crate) type DeadLetterHook =
    Arc<dyn Fn(&mut AnyConnection, &LeasedMessage, &str) -> db::Result<()> + Send + Sync>;

/// Makes what a message asks for.
pub(crate) type ContentMaker =
    Arc<dyn Fn(&mut AnyConnection, &serde_json::Value) -> Result<MadeContent, ContentError> + Send + Sync>;

pub(super) struct Shared {
    pub(super) db: Database,
    pub(super) api: Api,
    pub(super) limits: RateLimits,
    /// A random number of this process, for its leases.
    pub(super) owner: i64,
    pub(super) queues: Mutex<ChatQueues>,
    pub(super) on_dead: DeadLetterHook,
    pub(super) make_content: ContentMaker,
    /// Held by the pump while it runs.
    pub(super) pump: tokio::sync::Mutex<()>,
    /// Wakes the pump: there may be messages to lease.
    pub(super) wake: Notify,
    /// Notified when a message is finished.
    pub(super) finished: Notify,
    pub(super) calls: Semaphore,
    /// Cancelled when no new call may start.
    pub(super) stopping: CancellationToken,
}

/// The result of a write that is retried.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum WriteOutcome {
    Written,
    Refused,
    Stopped,
}

impl Shared {
    pub(super) fn queues(&self) -> MutexGuard<'_, ChatQueues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a task that ends with the courier; does nothing once it stops.
    pub(super) fn spawn_task(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut queues = self.queues();
        // Checked under the lock: `Courier::stop` cancels first and takes the tasks afterwards.
        if self.stopping.is_cancelled() {
            return;
        }
        while queues.tasks.try_join_next().is_some() {}
        queues.tasks.spawn(task);
    }

    /// Waits until the limits allow a message to this chat; `false` when the program stops before.
    pub(super) async fn wait_for_slot(&self, chat: ChatId) -> bool {
        let in_chat = self.limits.reserve_in_chat(chat, self.queues().chat_rate(chat));
        if !self.sleep_until(in_chat).await {
            return false;
        }
        // Reserved only now: an overall slot that is reserved before the chat's slot is due would be used late.
        let overall = self.limits.reserve_overall();
        self.sleep_until(overall).await
    }

    /// Retries a write until it succeeds, because a sent message must be known as sent. `subject` is the chat and id of the
    /// message, for the log.
    pub(super) async fn write_with_retries(
        &self,
        action: &'static str,
        subject: Option<(ChatId, i64)>,
        job: impl Fn(&mut AnyConnection) -> db::Result<()> + Clone + Send + 'static,
    ) -> WriteOutcome {
        let (chat, outbox) = (subject.map(|(chat, _)| chat.0), subject.map(|(_, id)| id));
        for attempt in 0.. {
            let job = job.clone();
            match self.db.write(move |tx| job(tx)).await {
                Ok(()) => return WriteOutcome::Written,
                Err(error) if error.is_transient() => {
                    let is_first = attempt == 0 && self.db.outage().report_once();
                    log_outage!(is_first, chat, outbox, %error, action, "database write failed, retrying");
                }
                Err(error) => {
                    // Only a bug leads here.
                    tracing::error!(chat, outbox, %error, action, "database refused a write");
                    return WriteOutcome::Refused;
                }
            }
            if !self.pause(backoff::retry_delay(attempt)).await {
                break;
            }
        }
        WriteOutcome::Stopped
    }

    pub(super) async fn pause(&self, duration: Duration) -> bool {
        self.sleep_until(Some(Instant::now() + duration)).await
    }

    /// Sleeps until a time, not at all with `None`; `false` when the program stops meanwhile.
    pub(super) async fn sleep_until(&self, at: Option<Instant>) -> bool {
        let Some(at) = at else { return !self.stopping.is_cancelled() };
        tokio::select! {
            () = tokio::time::sleep_until(at) => true,
            () = self.stopping.cancelled() => false,
        }
    }
}
