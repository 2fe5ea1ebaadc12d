//! The only module that sends: leases due rows of the outbox, delivers them, and records the outcomes.
//!
//! `delivery` decides what a failure means, `content` makes what is made then, `freshness` decides whether a message may still be sent, `limits` when it may go,
//! `backoff` when to retry; `queues` is the state in memory, `shared` what all tasks use. Each chat with messages has a queue
//! with a task that sends them one after the other, which keeps their order and confines a chat's failures to it. The pump
//! fills the queues and releases those that have to wait for long; the commit that writes a message wakes it.

mod backoff;
mod content;
mod delivery;
mod freshness;
mod limits;
mod queues;
mod shared;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::db::outbox::{LEASE_TIME, LeaseTerms, LeasedBatch, LeasedMessage};
use crate::db::{self, AnyConnection, Database, chats, log_outage, outbox, time};
use crate::domain::ids::ChatId;
use crate::logging::write::with_isolated_hub;
use crate::telegram::{Api, Call};
#[cfg(test)]
pub(crate) use content::set_text;
use delivery::{DeliveryOutcome, NETWORK_RETRY_LIMIT};
use limits::RateLimits;
use queues::{CHAT_WINDOW_SIZE, Deferral, DeferredQueue};
use shared::Shared;
pub(crate) use shared::{ContentMaker, DeadLetterHook};

const MAX_CALLS: usize = 64;
/// How long running calls may take at shutdown.
const LAST_CALLS_TIMEOUT: Duration = Duration::from_secs(2);
/// How often leases are renewed and unannounced rows are leased.
const SWEEP_INTERVAL: Duration = Duration::from_secs(10);

/// Delivers the messages in the outbox. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Courier {
    shared: Arc<Shared>,
}

impl Courier {
    /// Creates a courier; [`Courier::run`] starts it. `per_second` limits the messages overall, `None` turns every limit off.
    /// `on_dead` runs in the transaction that makes a dead letter, `make_content` outside of any.
    #[must_use]
    pub(crate) fn new(
        db: Database,
        api: Api,
        per_second: Option<u32>,
        on_dead: DeadLetterHook,
        make_content: ContentMaker,
    ) -> Self {
        let shared = Shared {
            db,
            api,
            limits: RateLimits::new(per_second),
            owner: rand::random(),
            queues: Mutex::default(),
            on_dead,
            make_content,
            pump: tokio::sync::Mutex::default(),
            wake: Notify::new(),
            finished: Notify::new(),
            calls: Semaphore::new(MAX_CALLS),
            stopping: CancellationToken::new(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Wakes the pump after a commit that inserted messages.
    pub(crate) fn wake(&self) {
        self.shared.wake.notify_one();
    }

    /// Makes a call that would be worthless later (the answer to a button), once and immediately, outside of the outbox.
    pub(crate) fn call_now(&self, call: Call) {
        let shared = Arc::clone(&self.shared);
        self.shared.spawn_task(async move {
            let Ok(_permit) = shared.calls.acquire().await else { return };
            let Call { method, payload } = call;
            if let Err(error) = shared.api.call(method, payload, crate::telegram::CALL_TIMEOUT).await {
                tracing::debug!(method, %error, "immediate call failed");
            }
        });
    }

    /// Delivers until [`Courier::stop`]. With `is_first` no other process serves this database, so every lease in it is of a
    /// crashed one and is released.
    pub(crate) async fn run(&self, is_first: bool) {
        let shared = &self.shared;
        let _pump = shared.pump.lock().await;
        if is_first {
            shared
                .write_with_retries("release stale leases", None, |tx| outbox::release_leases(tx, None))
                .await;
        }
        let mut sweep = tokio::time::interval(SWEEP_INTERVAL);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let due = shared.queues().next_retry_time();
            tokio::select! {
                () = shared.wake.notified() => {}
                _ = sweep.tick() => with_isolated_hub(shared.renew_leases()).await,
                () = sleep_until(due) => {}
                () = shared.stopping.cancelled() => return,
            }
            with_isolated_hub(shared.release_deferred()).await;
            shared.queues().remove_past_retry_times();
            while !shared.stopping.is_cancelled() && with_isolated_hub(shared.lease_messages()).await {}
        }
    }

    /// Waits up to `grace` until the outbox is empty, then stops: finishes running calls and releases the remaining messages
    /// for the next start. Returns how many remain. On an error the courier has stopped too, and their leases expire.
    pub(crate) async fn stop(&self, grace: Duration) -> db::Result<usize> {
        let shared = &self.shared;
        let deadline = Instant::now() + grace;
        shared.wake.notify_one();
        loop {
            match shared.db.read(outbox::count_pending_messages).await {
                Ok(0) => break,
                Ok(_) => {
                    let finished = shared.finished.notified();
                    if tokio::time::timeout_at(deadline, finished).await.is_err() {
                        break;
                    }
                }
                Err(error) => {
                    log_outage!(shared.db.outage().report_once(), %error, "outbox could not be read at shutdown");
                    break;
                }
            }
        }
        shared.stopping.cancel();
        // No call starts from here on. A hanging call is aborted; the next start sends its message again.
        let mut tasks = std::mem::take(&mut shared.queues().tasks);
        let ended = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(LAST_CALLS_TIMEOUT, ended).await.is_err() {
            tasks.shutdown().await;
        }
        // Waits for the pump, which must not lease rows after their release.
        let _pump = shared.pump.lock().await;
        let owner = shared.owner;
        let left = shared
            .db
            .write(move |tx| {
                outbox::release_leases(tx, Some(owner))?;
                outbox::count_pending_messages(tx)
            })
            .await?;
        Ok(usize::try_from(left).unwrap_or_default())
    }
}

impl Shared {
    /// Leases as many messages as fit and enqueues them. Returns whether there may be more.
    async fn lease_messages(self: &Arc<Self>) -> bool {
        let (capacity, full, known_ids) = {
            let mut queues = self.queues();
            let (capacity, full) = queues.lease_capacity();
            (capacity, full, queues.lease_unknown.then(|| queues.leased_ids()))
        };
        if capacity == 0 {
            return false;
        }
        let limit = i64::try_from(capacity).unwrap_or(i64::MAX);
        let owner = self.owner;
        let leased = self
            .db
            .write(move |tx| {
                // The chat's later messages would overtake rows that were leased unknowingly.
                if let Some(known_ids) = known_ids {
                    outbox::release_other_messages(tx, owner, &known_ids)?;
                }
                let now = time::now();
                let lease = LeaseTerms { owner, until: now + LEASE_TIME, per_chat: CHAT_WINDOW_SIZE };
                outbox::lease_messages(tx, lease, &full, limit, now)
            })
            .await;
        self.queues().lease_unknown = leased.is_err();
        match leased {
            Ok(LeasedBatch { rows, more }) => {
                for row in rows {
                    self.enqueue_message(row);
                }
                more
            }
            Err(error) => {
                log_outage!(self.db.outage().report_once(), %error, "outbox could not be read");
                false
            }
        }
    }

    fn enqueue_message(self: &Arc<Self>, row: LeasedMessage) {
        let to_start = self.queues().enqueue_message(row);
        if let Some(chat) = to_start {
            let shared = Arc::clone(self);
            self.spawn_task(async move { shared.deliver_queue(chat).await });
        }
    }

    /// Delivers a chat's messages until the queue is empty or its first message has to wait for long.
    async fn deliver_queue(self: Arc<Self>, chat: ChatId) {
        loop {
            let next = self.queues().next_message(chat);
            let Some((row, since)) = next else { return };
            let id = row.id;
            let since = since.unwrap_or_else(Instant::now);
            match with_isolated_hub(delivery::deliver_message(&self, row, since)).await {
                DeliveryOutcome::Done => self.queues().remove_message(id),
                // Its lease stays, so that this process does not send it again.
                DeliveryOutcome::Unrecorded => {}
                DeliveryOutcome::Stopped => return,
                DeliveryOutcome::Deferred(row, deferral) => {
                    self.queues().defer_queue(chat, row, deferral, since);
                    self.wake.notify_one();
                    return;
                }
            }
            self.finished.notify_one();
            if self.queues().has_more {
                self.wake.notify_one();
            }
        }
    }

    /// Releases the queues that have to wait for long, which frees their memory. Only the pump does this, so nothing is leased
    /// meanwhile; afterwards the chat's first message holds back the others.
    async fn release_deferred(&self) {
        let deferred = self.queues().deferred_queues();
        if deferred.is_empty() {
            return;
        }
        let owner = self.owner;
        let (moved, waiting): (Vec<_>, Vec<_>) =
            deferred.into_iter().partition(|(queue, _)| matches!(queue.deferral, Deferral::MovedTo(_)));
        // A group's move concerns more tables; its failure does not affect the others.
        for group in moved.into_iter().map(|one| vec![one]).chain([waiting]) {
            let chats: Vec<ChatId> = group.iter().map(|(queue, _)| queue.chat).collect();
            match self.db.write(move |tx| release_queues(tx, owner, &group)).await {
                Ok(()) => {
                    let mut queues = self.queues();
                    for chat in chats {
                        queues.remove_deferred(chat);
                    }
                }
                Err(error) => {
                    log_outage!(self.db.outage().report_once(), %error, "deferred messages could not be released");
                }
            }
        }
    }

    async fn renew_leases(&self) {
        let ids = {
            let mut queues = self.queues();
            queues.remove_idle(Instant::now(), NETWORK_RETRY_LIMIT * 2);
            queues.leased_ids()
        };
        if ids.is_empty() {
            return;
        }
        let owner = self.owner;
        let renewed =
            self.db.write(move |tx| outbox::renew_leases(tx, owner, &ids, time::now() + LEASE_TIME)).await;
        if let Err(error) = renewed {
            log_outage!(self.db.outage().report_once(), %error, "leases could not be renewed");
        }
    }
}

/// Releases queues and records what their first messages wait for.
fn release_queues(
    tx: &mut AnyConnection,
    owner: i64,
    queues: &[(DeferredQueue, Vec<i64>)],
) -> db::Result<()> {
    let mut ids = Vec::new();
    for (DeferredQueue { chat, row, deferral }, behind) in queues {
        match deferral {
            Deferral::Until { reason, due_at, .. } => outbox::record_retry(tx, row, reason, *due_at)?,
            Deferral::MovedTo(to) => chats::move_chat(tx, *chat, *to)?,
        }
        ids.push(row.id);
        ids.extend(behind);
    }
    outbox::release_messages(tx, owner, &ids)
}

/// Sleeps until a time, forever with `None`.
async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
