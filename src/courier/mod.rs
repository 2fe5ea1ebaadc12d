//! The only room that sends: takes due rows of the outbox, delivers them, and records the outcome.
//!
//! `delivery` decides what a failure means, `limits` when a message may go, `backoff` when to try again, `lanes` is
//! what is in memory. Each chat with something to deliver has a lane, a task that sends its messages one after the
//! other, so that the order within a chat is kept and one chat's trouble is nobody else's. The pump fills the lanes
//! and gives back those that have to wait for long; it is woken by the commit that wrote a message, not by a timer.

mod backoff;
mod delivery;
mod lanes;
mod limits;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::db::outbox::{LeaseTerms, LeasedBatch, LeasedMessage};
use crate::db::{self, AnyConnection, Database, chats, log_outage, outbox, time};
use crate::domain::ids::ChatId;
use crate::logging::write::with_isolated_hub;
use crate::telegram::{Api, Call};
use delivery::{Deferral, DeliveryOutcome, NETWORK_PATIENCE};
use lanes::{ChatQueues, DeferredQueue};
use limits::RateLimits;

/// Messages held in memory at most; the rest waits in the database.
const WINDOW: usize = 1024;
/// Messages of one chat held in memory at most, so that a slow chat does not fill the window.
const CHAT_WINDOW: usize = 16;
/// Rows leased at a time.
const BATCH: usize = 256;
/// Calls under way at most.
const CALLS: usize = 64;
/// How long a lease lasts unless it is renewed; after a crash on PostgreSQL messages wait this long at most.
const LEASE: TimeDelta = TimeDelta::seconds(30);
/// How long calls under way may still take when everything else has ended.
const LAST_CALLS: Duration = Duration::from_secs(2);
/// How often leases are renewed and rows looked for that nobody announced.
const SWEEP: Duration = Duration::from_secs(10);

/// What else happens when a message is given up, in the transaction that sets it aside; gets the message and the
/// reason, in Telegram's words. May put messages into the outbox.
pub type DeadLetterHook =
    Arc<dyn Fn(&mut AnyConnection, &LeasedMessage, &str) -> db::Result<()> + Send + Sync>;

/// Delivers what is in the outbox. Cheap to clone.
#[derive(Clone)]
pub struct Courier {
    shared: Arc<Shared>,
}

struct Shared {
    db: Database,
    api: Api,
    limits: RateLimits,
    owner: i64,
    lanes: Mutex<ChatQueues>,
    on_dead: DeadLetterHook,
    /// Held by the pump while it runs.
    pump: tokio::sync::Mutex<()>,
    /// There may be something to lease.
    wake: Notify,
    /// A message has left a lane.
    moved: Notify,
    /// Calls under way.
    calls: Semaphore,
    /// Set when nothing new is to be started.
    stopping: CancellationToken,
}

impl Courier {
    /// A courier that has not begun; see [`Courier::run`].
    ///
    /// `per_second` is the most messages a second overall, `None` turns every limit off.
    #[must_use]
    pub fn new(db: Database, api: Api, per_second: Option<u32>) -> Self {
        Self::with_dead_letter_hook(db, api, per_second, Arc::new(|_, _, _| Ok(())))
    }

    /// The same, with something to do for each message that is given up.
    #[must_use]
    pub fn with_dead_letter_hook(
        db: Database,
        api: Api,
        per_second: Option<u32>,
        on_dead: DeadLetterHook,
    ) -> Self {
        let shared = Shared {
            db,
            api,
            limits: RateLimits::new(per_second),
            owner: rand::random(),
            lanes: Mutex::default(),
            on_dead,
            pump: tokio::sync::Mutex::default(),
            wake: Notify::new(),
            moved: Notify::new(),
            calls: Semaphore::new(CALLS),
            stopping: CancellationToken::new(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Says that a commit has put messages into the outbox.
    pub fn wake(&self) {
        self.shared.wake.notify_one();
    }

    /// Makes a call that is worth nothing later (the answer to a press): once, at once, outside the outbox.
    pub fn call_now(&self, call: Call) {
        let shared = Arc::clone(&self.shared);
        self.shared.spawn(async move {
            let Ok(_turn) = shared.calls.acquire().await else { return };
            let Call { method, payload } = call;
            if let Err(error) = shared.api.call(method, payload, crate::telegram::CALL_TIMEOUT).await {
                tracing::debug!(method, %error, "a passing call failed");
            }
        });
    }

    /// Delivers until [`Courier::stop`]. `alone` says that no other process serves this database, so that every
    /// lease in it is left over from a crash.
    pub async fn run(&self, alone: bool) {
        let shared = &self.shared;
        let _pump = shared.pump.lock().await;
        if alone {
            shared
                .patiently("free the leases of a crashed run", None, |tx| outbox::release_leases(tx, None))
                .await;
        }
        let mut sweep = tokio::time::interval(SWEEP);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let due = shared.lanes().next_due();
            tokio::select! {
                () = shared.wake.notified() => {}
                _ = sweep.tick() => with_isolated_hub(shared.housekeep()).await,
                () = sleep_until(due) => {}
                () = shared.stopping.cancelled() => return,
            }
            with_isolated_hub(shared.give_back()).await;
            shared.lanes().forget_due();
            while !shared.stopping.is_cancelled() && with_isolated_hub(shared.fill()).await {}
        }
    }

    /// Waits until the outbox is empty, `grace` at most, then stops sending: calls under way are finished, what
    /// is left is given back for the next start. Returns how many messages are left; nothing of the courier runs
    /// on after that.
    ///
    /// # Errors
    /// When the database does not take it: then it is stopped too, and what is left waits for its leases to end.
    pub async fn stop(&self, grace: Duration) -> db::Result<usize> {
        let shared = &self.shared;
        let deadline = Instant::now() + grace;
        shared.wake.notify_one();
        loop {
            match shared.db.read(outbox::count_pending_messages).await {
                Ok(0) => break,
                Ok(_) => {
                    let moved = shared.moved.notified();
                    if tokio::time::timeout_at(deadline, moved).await.is_err() {
                        break;
                    }
                }
                Err(error) => {
                    log_outage!(shared.db.outage().report_once(), %error, "the outbox cannot be read while stopping");
                    break;
                }
            }
        }
        shared.stopping.cancel();
        // Nothing is begun from here on. A call that hangs is given up: its message goes out again at the next start.
        let mut tasks = std::mem::take(&mut shared.lanes().tasks);
        let ended = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(LAST_CALLS, ended).await.is_err() {
            tasks.shutdown().await;
        }
        // What the pump has just leased must not be leased after it was given back.
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
    fn lanes(&self) -> MutexGuard<'_, ChatQueues> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a task that ends with the courier; none once it stops.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut lanes = self.lanes();
        // Under the lock: whoever stops takes the tasks over after saying so.
        if self.stopping.is_cancelled() {
            return;
        }
        while lanes.tasks.try_join_next().is_some() {}
        lanes.tasks.spawn(task);
    }

    /// Leases what there is room for and hands it to the lanes. Returns whether there may be more.
    async fn fill(self: &Arc<Self>) -> bool {
        let (room, full, orphans) = {
            let mut lanes = self.lanes();
            let (room, full) = lanes.room();
            (room, full, lanes.unsure.then(|| lanes.held()))
        };
        if room == 0 {
            return false;
        }
        let limit = i64::try_from(room).unwrap_or(i64::MAX);
        let owner = self.owner;
        let leased = self
            .db
            .write(move |tx| {
                // What we leased without knowing would be overtaken by the chat's later messages.
                if let Some(held) = orphans {
                    outbox::release_other_messages(tx, owner, &held)?;
                }
                let now = time::now();
                let lease = LeaseTerms { owner, until: now + LEASE, per_chat: CHAT_WINDOW };
                outbox::lease_messages(tx, lease, &full, limit, now)
            })
            .await;
        self.lanes().unsure = leased.is_err();
        match leased {
            Ok(LeasedBatch { rows, more }) => {
                for row in rows {
                    self.enqueue(row);
                }
                more
            }
            Err(error) => {
                // The sweep tries again.
                log_outage!(self.db.outage().report_once(), %error, "the outbox could not be read");
                false
            }
        }
    }

    fn enqueue(self: &Arc<Self>, row: LeasedMessage) {
        let to_start = self.lanes().enqueue(row);
        if let Some(chat) = to_start {
            let shared = Arc::clone(self);
            self.spawn(async move { shared.run_lane(chat).await });
        }
    }

    /// Delivers a chat's messages until there is none left, or the first one has to wait for long.
    async fn run_lane(self: Arc<Self>, chat: ChatId) {
        loop {
            let next = self.lanes().next_of(chat);
            let Some((row, since)) = next else { return };
            let id = row.id;
            let since = since.unwrap_or_else(time::now);
            match with_isolated_hub(delivery::deliver_message(&self, row, since)).await {
                DeliveryOutcome::Done => self.lanes().leave(id),
                // It stays held, so that this run does not send it again.
                DeliveryOutcome::Unrecorded => {}
                DeliveryOutcome::Stopped => return,
                DeliveryOutcome::Parked(row, parking) => {
                    self.lanes().park(chat, row, parking, since);
                    self.wake.notify_one();
                    return;
                }
            }
            self.moved.notify_one();
            if self.lanes().more {
                self.wake.notify_one();
            }
        }
    }

    /// Gives back the lanes that have to wait for long, so that they take nobody's room. Only the pump does this:
    /// nothing is leased meanwhile, and afterwards the chat's first message keeps the others back.
    async fn give_back(&self) {
        let parked = self.lanes().parked();
        if parked.is_empty() {
            return;
        }
        let owner = self.owner;
        let (moved, waiting): (Vec<_>, Vec<_>) =
            parked.into_iter().partition(|(parked, _)| matches!(parked.parking, Deferral::MovedTo(_)));
        // A group's move touches more tables: its trouble is not the others'.
        for group in moved.into_iter().map(|one| vec![one]).chain([waiting]) {
            let chats: Vec<ChatId> = group.iter().map(|(parked, _)| parked.chat).collect();
            match self.db.write(move |tx| put_back(tx, owner, &group)).await {
                Ok(()) => {
                    let mut lanes = self.lanes();
                    for chat in chats {
                        lanes.given_back(chat);
                    }
                }
                // The next round tries again.
                Err(error) => {
                    log_outage!(self.db.outage().report_once(), %error, "messages that have to wait could not be given back");
                }
            }
        }
    }

    /// Waits until the limits let a message to this chat go. `false` when the program stops before.
    async fn wait_for_turn(&self, chat: ChatId) -> bool {
        let own = self.limits.reserve_own(chat, self.lanes().gate(chat));
        if !self.sleep_until(own).await {
            return false;
        }
        // Only now: a place among all messages that was taken before its chat's turn would be used late.
        let overall = self.limits.reserve_overall();
        self.sleep_until(overall).await
    }

    /// Keeps our leases alive and forgets what need not be remembered.
    async fn housekeep(&self) {
        let held = {
            let mut lanes = self.lanes();
            lanes.tidy(time::now(), NETWORK_PATIENCE * 2);
            lanes.held()
        };
        if held.is_empty() {
            return;
        }
        let owner = self.owner;
        let renewed =
            self.db.write(move |tx| outbox::renew_leases(tx, owner, &held, time::now() + LEASE)).await;
        if let Err(error) = renewed {
            log_outage!(self.db.outage().report_once(), %error, "the leases could not be renewed");
        }
    }

    /// Writes until it is written: what was sent must be known as sent. `row` is the message that it is about.
    async fn patiently(
        &self,
        what: &'static str,
        row: Option<(ChatId, i64)>,
        job: impl Fn(&mut AnyConnection) -> db::Result<()> + Clone + Send + 'static,
    ) -> WriteOutcome {
        let (chat, outbox) = (row.map(|(chat, _)| chat.0), row.map(|(_, id)| id));
        for attempt in 0.. {
            let job = job.clone();
            match self.db.write(move |tx| job(tx)).await {
                Ok(()) => return WriteOutcome::Yes,
                Err(error) if error.is_transient() => {
                    // A trouble of this message alone comes and goes with each of the others.
                    let is_news = attempt == 0 && self.db.outage().report_once();
                    log_outage!(is_news, chat, outbox, %error, what, "the database does not take it, trying again");
                }
                Err(error) => {
                    // Only a mistake of ours ends here.
                    tracing::error!(chat, outbox, %error, what, "the database refused it");
                    return WriteOutcome::Never;
                }
            }
            if !self.pause(backoff::retry_delay(attempt)).await {
                break;
            }
        }
        WriteOutcome::Stopped
    }

    /// Sleeps; `false` when the program stops meanwhile.
    async fn pause(&self, duration: Duration) -> bool {
        self.sleep_until(Some(Instant::now() + duration)).await
    }

    /// Sleeps, not at all without a moment; `false` when the program stops meanwhile.
    async fn sleep_until(&self, at: Option<Instant>) -> bool {
        let Some(at) = at else { return !self.stopping.is_cancelled() };
        tokio::select! {
            () = tokio::time::sleep_until(at) => true,
            () = self.stopping.cancelled() => false,
        }
    }
}

/// What became of something that had to be written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum WriteOutcome {
    Yes,
    /// The database will never take it.
    Never,
    /// The program stops.
    Stopped,
}

/// Gives parked lanes back to the database, with what their first messages have to wait for.
fn put_back(tx: &mut AnyConnection, owner: i64, lanes: &[(DeferredQueue, Vec<i64>)]) -> db::Result<()> {
    let mut ids = Vec::new();
    for (DeferredQueue { chat, row, parking }, behind) in lanes {
        match parking {
            Deferral::Until { reason, due_at, .. } => outbox::record_retry(tx, row, reason, *due_at)?,
            Deferral::MovedTo(to) => chats::move_chat(tx, *chat, *to)?,
        }
        ids.push(row.id);
        ids.extend(behind);
    }
    outbox::release_messages(tx, owner, &ids)
}

/// Sleeps, for ever without a moment.
async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
