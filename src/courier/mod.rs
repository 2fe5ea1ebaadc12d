//! The only room that sends: takes due rows of the outbox, delivers them, and records the outcome.
//!
//! `delivery` decides what a failure means, `limits` when a message may go, `backoff` when to try again. Each chat
//! with something to deliver has a lane, a task that sends its messages one after the other, so that the order
//! within a chat is kept and one chat's trouble is nobody else's. The pump fills the lanes; it is woken by the
//! commit that wrote a message, not by a timer.

mod backoff;
mod delivery;
mod limits;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::db::outbox::{Batch, Lease, Leased};
use crate::db::{self, Database, outbox, time};
use crate::domain::ids::ChatId;
use crate::telegram::{Api, Call};
use limits::{Gate, Limits};

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

/// Delivers what is in the outbox. Cheap to clone.
#[derive(Clone)]
pub struct Courier {
    shared: Arc<Shared>,
}

struct Shared {
    db: Database,
    api: Api,
    limits: Limits,
    owner: i64,
    lanes: Mutex<Lanes>,
    /// There may be something to lease.
    wake: Notify,
    /// A message has left a lane.
    moved: Notify,
    /// Calls under way.
    calls: Semaphore,
    /// Set when nothing new is to be started.
    stopping: CancellationToken,
}

#[derive(Default)]
struct Lanes {
    by_chat: HashMap<ChatId, Lane>,
    /// Messages in all lanes, those under way included.
    held: usize,
    /// The last lease found as much as it had room for.
    more: bool,
}

#[derive(Default)]
struct Lane {
    queue: VecDeque<Leased>,
    runs: bool,
    gate: Gate,
}

impl Courier {
    /// A courier that has not begun; see [`Courier::run`].
    ///
    /// `per_second` is the most messages a second overall, `None` turns every limit off.
    #[must_use]
    pub fn new(db: Database, api: Api, per_second: Option<u32>) -> Self {
        let shared = Shared {
            db,
            api,
            limits: Limits::new(per_second),
            owner: rand::random(),
            lanes: Mutex::default(),
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
        tokio::spawn(async move {
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
        if alone {
            shared.patiently("free the leases of a crashed run", |tx| outbox::release(tx, None)).await;
        }
        let mut sweep = tokio::time::interval(SWEEP);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shared.wake.notified() => {}
                _ = sweep.tick() => shared.housekeep().await,
                () = shared.stopping.cancelled() => return,
            }
            while shared.fill().await {}
        }
    }

    /// Waits until the outbox is empty, `grace` at most, then stops sending: calls under way are finished, what
    /// is left is given back for the next start. Returns how many messages are left.
    pub async fn stop(&self, grace: Duration) -> usize {
        let shared = &self.shared;
        let deadline = Instant::now() + grace;
        shared.wake.notify_one();
        loop {
            match shared.db.read(outbox::count_pending).await {
                Ok(0) => break,
                Ok(_) => {
                    let moved = shared.moved.notified();
                    if tokio::time::timeout_at(deadline, moved).await.is_err() {
                        break;
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "the outbox cannot be read while stopping");
                    break;
                }
            }
        }
        shared.stopping.cancel();
        // Every permit back means that no call is under way and none can begin. A call that hangs is given up:
        // its message goes out again at the next start.
        let all = u32::try_from(CALLS).unwrap_or(u32::MAX);
        let _held = tokio::time::timeout(LAST_CALLS, shared.calls.acquire_many(all)).await;
        let owner = shared.owner;
        let left = shared
            .db
            .write(move |tx| {
                outbox::release(tx, Some(owner))?;
                outbox::count_pending(tx)
            })
            .await;
        left.map_or(0, |count| usize::try_from(count).unwrap_or_default())
    }
}

impl Shared {
    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leases what there is room for and hands it to the lanes. Returns whether there may be more.
    async fn fill(self: &Arc<Self>) -> bool {
        let (room, full) = {
            let mut lanes = self.lanes();
            lanes.more = false;
            let full: Vec<ChatId> = lanes
                .by_chat
                .iter()
                .filter(|(_, lane)| lane.queue.len() >= CHAT_WINDOW)
                .map(|(chat, _)| *chat)
                .collect();
            let room = BATCH.min(WINDOW.saturating_sub(lanes.held));
            lanes.more = room == 0 || !full.is_empty();
            (room, full)
        };
        if room == 0 {
            return false;
        }
        let limit = i64::try_from(room).unwrap_or(i64::MAX);
        let owner = self.owner;
        let leased = self
            .db
            .write(move |tx| {
                let now = time::now();
                let lease = Lease { owner, until: now + LEASE, per_chat: CHAT_WINDOW };
                outbox::lease(tx, lease, &full, limit, now)
            })
            .await;
        match leased {
            Ok(Batch { rows, more }) => {
                for row in rows {
                    self.enqueue(row);
                }
                more
            }
            Err(error) => {
                // The sweep tries again.
                tracing::error!(%error, "the outbox could not be read");
                false
            }
        }
    }

    fn enqueue(self: &Arc<Self>, row: Leased) {
        let chat = row.chat;
        let mut lanes = self.lanes();
        lanes.held += 1;
        let lane = lanes.by_chat.entry(chat).or_default();
        lane.queue.push_back(row);
        if !lane.runs {
            lane.runs = true;
            let shared = Arc::clone(self);
            tokio::spawn(async move { shared.run_lane(chat).await });
        }
    }

    /// Delivers a chat's messages until there is none left.
    async fn run_lane(self: Arc<Self>, chat: ChatId) {
        while let Some(row) = self.next_of(chat) {
            if !delivery::deliver(&self, row).await {
                return;
            }
            let mut lanes = self.lanes();
            lanes.held -= 1;
            self.moved.notify_one();
            if lanes.more {
                self.wake.notify_one();
            }
        }
    }

    /// The next message of a chat; without one the lane has ended.
    fn next_of(&self, chat: ChatId) -> Option<Leased> {
        let mut lanes = self.lanes();
        let lane = lanes.by_chat.get_mut(&chat)?;
        let next = lane.queue.pop_front();
        lane.runs = next.is_some();
        if !lane.runs && lane.gate.is_idle() {
            lanes.by_chat.remove(&chat);
        }
        next
    }

    /// Waits until the limits let a message to this chat go.
    async fn wait_for_turn(&self, chat: ChatId) {
        let at = {
            let mut lanes = self.lanes();
            let lane = lanes.by_chat.entry(chat).or_default();
            self.limits.reserve(chat, &mut lane.gate)
        };
        if let Some(at) = at {
            tokio::time::sleep_until(at).await;
        }
    }

    /// Keeps our leases alive and forgets lanes that have nothing to remember.
    async fn housekeep(&self) {
        {
            let mut lanes = self.lanes();
            lanes.by_chat.retain(|_, lane| lane.runs || !lane.gate.is_idle());
            if lanes.held == 0 {
                return;
            }
        }
        let owner = self.owner;
        let renewed = self.db.write(move |tx| outbox::renew(tx, owner, time::now() + LEASE)).await;
        if let Err(error) = renewed {
            tracing::error!(%error, "the leases could not be renewed");
        }
    }

    /// Writes until it is written: what was sent must be known as sent. `false` when the program stops before.
    async fn patiently(
        &self,
        what: &'static str,
        job: impl Fn(&mut db::AnyConnection) -> db::Result<()> + Clone + Send + 'static,
    ) -> bool {
        for attempt in 0.. {
            let job = job.clone();
            match self.db.write(move |tx| job(tx)).await {
                Ok(()) => return true,
                Err(error) if error.is_transient() => {
                    tracing::error!(%error, what, "the database does not take it, trying again");
                }
                Err(error) => {
                    // Only a mistake of ours ends here; the row keeps its lease until the next start.
                    tracing::error!(%error, what, "the database refused it");
                    return true;
                }
            }
            if !self.pause(backoff::after(attempt)).await {
                return false;
            }
        }
        false
    }

    /// Sleeps; `false` when the program stops meanwhile.
    async fn pause(&self, duration: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(duration) => true,
            () = self.stopping.cancelled() => false,
        }
    }
}
