//! From the inbox through the handlers.
//!
//! An update is stored before it is acknowledged to Telegram, and handled from what was stored. Updates of one
//! chat are handled one after the other, different chats in parallel.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::incoming::{ReceivedUpdate, UpdateContent};
use super::intake_health::IntakeHealth;
use super::lanes::{ChatLanes, QueuedUpdate};
use super::process::{self, ProcessedUpdate};
use super::settings::BotSettings;
use super::trace::UpdateTrace;
use crate::db::inbox::StoredUpdate;
use crate::db::{self, Database, inbox, time};

/// The most updates between the inbox and the end of their transaction; more wait in the inbox, or at Telegram.
const MAX_IN_PROGRESS: usize = 512;
/// How many updates of a backlog are read from the inbox at a time.
const REPLAY_PAGE: i64 = 200;

/// Logs an event of an update with the fields by which readers find it; ids only, no names or texts.
macro_rules! log_update {
    ($level:ident, $update:expr, $($more:tt)+) => {
        tracing::$level!(
            update = $update.id,
            kind = $update.kind,
            user = $update.user,
            chat = $update.chat,
            $($more)+
        )
    };
}

/// The outcome of an update that was handled with the first part of its message.
const JOINED: &str = "joined";

/// Called with each update once its transaction is durable.
pub(crate) type AfterUpdate = Arc<dyn Fn(ProcessedUpdate) + Send + Sync>;

/// Stores updates and hands them to the handlers. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Intake {
    shared: Arc<IntakeState>,
}

struct IntakeState {
    db: Database,
    settings: Arc<BotSettings>,
    after_update: AfterUpdate,
    health: IntakeHealth,
    lanes: ChatLanes,
    /// A permit for each update in progress.
    capacity: Arc<Semaphore>,
    /// Cancelled by [`Intake::drain`]: no update begins any more.
    stopping: CancellationToken,
}

impl Intake {
    pub(crate) fn new(
        db: Database,
        settings: BotSettings,
        after_update: AfterUpdate,
        health: IntakeHealth,
    ) -> Self {
        let stopping = CancellationToken::new();
        let shared = IntakeState {
            db,
            settings: Arc::new(settings),
            after_update,
            health,
            lanes: ChatLanes::new(stopping.clone()),
            capacity: Arc::new(Semaphore::new(MAX_IN_PROGRESS)),
            stopping,
        };
        Self { shared: Arc::new(shared) }
    }

    /// Hands on what an earlier run stored and did not finish. Returns the number of these updates.
    pub(crate) async fn replay_inbox(&self) -> db::Result<usize> {
        let (mut after, mut count) = (i64::MIN, 0);
        loop {
            let page = self
                .shared
                .db
                .read(move |conn| inbox::list_unfinished_updates(conn, after, REPLAY_PAGE))
                .await?;
            let Some(last) = page.last() else { return Ok(count) };
            after = last.update_id;
            count += page.len();
            for stored in page {
                self.enqueue_update(stored).await;
            }
        }
    }

    /// Stores updates and hands on those that are new. On return they are durable.
    pub(super) async fn accept_updates(&self, updates: Vec<StoredUpdate>) -> db::Result<()> {
        if updates.is_empty() {
            return Ok(());
        }
        let stored: db::Result<Vec<StoredUpdate>> = self
            .shared
            .db
            .write(move |tx| {
                let open = inbox::insert_updates(tx, &updates, time::now())?;
                let is_open = |update: &StoredUpdate| open.contains(&update.update_id);
                Ok(updates.into_iter().filter(is_open).collect())
            })
            .await;
        for stored in stored? {
            self.enqueue_update(stored).await;
        }
        Ok(())
    }

    /// Accepts no more updates and waits until those in progress are finished, at most `grace`. The rest stays in the
    /// inbox.
    pub(crate) async fn drain(&self, grace: Duration) {
        self.shared.stopping.cancel();
        let all = u32::try_from(MAX_IN_PROGRESS).unwrap_or(u32::MAX);
        let finished = tokio::time::timeout(grace, self.shared.capacity.acquire_many(all)).await;
        if finished.is_err() {
            tracing::warn!("unfinished updates stay in the inbox");
        }
    }

    pub(super) fn stopping(&self) -> &CancellationToken {
        &self.shared.stopping
    }

    pub(super) fn health(&self) -> &IntakeHealth {
        &self.shared.health
    }

    pub(super) fn database(&self) -> &Database {
        &self.shared.db
    }

    /// Appends an update to its chat's lane, waiting while too many are in progress.
    async fn enqueue_update(&self, stored: StoredUpdate) {
        let shared = &self.shared;
        let Ok(permit) = Arc::clone(&shared.capacity).acquire_owned().await else { return };
        let update = ReceivedUpdate::parse(stored.update_id, &stored.payload);
        let chat = update.chat.or(update.user).unwrap_or_default();
        let queued = QueuedUpdate { update, permit };
        let Some(first) = shared.lanes.append_update(chat, queued) else { return };
        let shared = Arc::clone(shared);
        tokio::spawn(async move { shared.run_lane(chat, first).await });
    }
}

impl IntakeState {
    /// Handles a chat's updates until none waits, or until one is left over because the program stops. Those behind it
    /// stay in the inbox, too, for the next start to handle in their order.
    async fn run_lane(self: Arc<Self>, chat: i64, first: QueuedUpdate) {
        let mut next = Some(first);
        while let Some(queued) = next {
            let is_finished = match self.lanes.collect_parts(chat, queued).await {
                Some((update, _permits)) => self.handle_update(update).await,
                None => false,
            };
            if !is_finished {
                return self.lanes.end_lane(chat);
            }
            next = self.lanes.take_update(chat);
        }
    }

    /// Handles an update; `false` when the program stops first.
    async fn handle_update(&self, update: ReceivedUpdate) -> bool {
        let update = Arc::new(update);
        let trace = UpdateTrace::begin(&update);
        let is_finished = trace.follow(self.finish_update(&update, &trace)).await;
        self.lanes.forget_update(&update);
        is_finished
    }

    /// Handles an update until it is done. Transient errors are retried; after a permanent one it is marked as failed,
    /// with an apology. Returns `false` when the program stops first; the update stays in the inbox.
    async fn finish_update(&self, update: &Arc<ReceivedUpdate>, trace: &UpdateTrace) -> bool {
        let started = Instant::now();
        let (mut is_permanent, mut is_reported) = (false, false);
        for attempt in 0_u32.. {
            let (settings, this) = (Arc::clone(&self.settings), Arc::clone(update));
            let trace_there = trace.clone();
            let processed = self.db.write(move |tx| {
                let now = time::now();
                trace_there.in_scope(|| {
                    if is_permanent {
                        process::fail_update(tx, &settings, &this, now)
                    } else {
                        process::process_update(tx, &settings, &this, now)
                    }
                })
            });
            match processed.await {
                Ok(processed) => {
                    let took = started.elapsed();
                    log_processed(update, &processed, took);
                    count_processed(update, processed.outcome, took);
                    trace.record_outcome(processed.outcome);
                    (self.after_update)(processed);
                    return true;
                }
                Err(db::Error::Conflict) if attempt < 10 => {}
                Err(error) if error.is_worth_another_try(attempt) || is_permanent => {
                    // One outage is one report, however long it lasts.
                    if is_reported {
                        log_update!(warn, update, %error, "update failed, retrying");
                    } else {
                        log_update!(error, update, %error, "update failed, retrying");
                    }
                    is_reported = true;
                    if !self.back_off(attempt).await {
                        return false;
                    }
                }
                Err(error) => {
                    if matches!(error, db::Error::Panicked(_)) {
                        // The panic itself is logged as an error already.
                        log_update!(warn, update, %error, "update cannot be handled");
                    } else {
                        log_update!(error, update, %error, "update cannot be handled");
                    }
                    is_permanent = true;
                }
            }
        }
        false
    }

    /// Sleeps longer after each failure, ten seconds at most. Returns `false` when the program stops meanwhile.
    async fn back_off(&self, attempt: u32) -> bool {
        let pause = Duration::from_millis(100 << attempt.min(7)).min(Duration::from_secs(10));
        tokio::select! {
            () = tokio::time::sleep(pause) => true,
            () = self.stopping.cancelled() => false,
        }
    }
}

fn log_processed(update: &ReceivedUpdate, processed: &ProcessedUpdate, took: Duration) {
    if let UpdateContent::Unreadable(reason) = update.content {
        log_update!(warn, update, outcome = processed.outcome, reason, "update cannot be read");
        return;
    }
    log_update!(
        info,
        update,
        outcome = processed.outcome,
        action = processed.action.as_deref(),
        ms = f64::from(u32::try_from(took.as_micros()).unwrap_or(u32::MAX)) / 1000.0,
        "update"
    );
    for part in &update.parts {
        tracing::info!(
            update = part,
            kind = update.kind,
            user = update.user,
            chat = update.chat,
            outcome = JOINED,
            first = update.id,
            "update"
        );
    }
}

fn count_processed(update: &ReceivedUpdate, outcome: &'static str, took: Duration) {
    metrics::counter!("botctl_updates_total", "kind" => update.kind, "outcome" => outcome).increment(1);
    metrics::histogram!("botctl_update_duration_seconds").record(took);
    if !update.parts.is_empty() {
        metrics::counter!("botctl_updates_total", "kind" => update.kind, "outcome" => JOINED)
            .increment(update.parts.len() as u64);
    }
}
