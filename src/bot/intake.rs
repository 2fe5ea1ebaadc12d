//! From the inbox through the handlers.
//!
//! An update is stored before it is acknowledged to Telegram, and handled from what was stored. Updates of one
//! chat are handled one after the other, different chats in parallel.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::catching_up::CatchUp;
use super::dialogue_checkout::process_with_dialogue;
use super::dialogue_sync::{DialogueSync, StoppedWaiting};
use super::flood::{FloodGuard, FloodVerdict};
use super::incoming::{self, ReceivedUpdate};
use super::intake_health::IntakeHealth;
use super::lanes::{ChatLanes, QueuedUpdate};
use super::process::{self, ProcessedUpdate};
use super::redis_dialogues::RedisDialogues;
use super::sequence::{GAP_TIMEOUT, UpdateSequence};
use super::settings::BotSettings;
use super::trace::UpdateTrace;
use super::update_log::{count_processed, log_processed, log_update};
use crate::db::inbox::StoredUpdate;
use crate::db::{self, Database, inbox, time};

/// The most updates between the inbox and the end of their transaction; more wait in the inbox, or at Telegram.
const MAX_IN_PROGRESS: usize = 512;
/// How many updates of a backlog are read from the inbox at a time.
const REPLAY_PAGE: i64 = 200;

/// Called with each update once its transaction is durable.
pub(crate) type AfterUpdate = Arc<dyn Fn(ProcessedUpdate) + Send + Sync>;

/// Why an update was not accepted. Telegram sends it again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AcceptError {
    #[error("it is no update: JSON with an update_id is expected")]
    NoUpdate,
    #[error("the bot is stopping")]
    Stopping,
    #[error(transparent)]
    Database(#[from] db::Error),
}

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
    /// `None` when the database has the dialogues.
    dialogues: Option<DialogueSync>,
    flood: FloodGuard,
    lanes: ChatLanes,
    /// Updates of the webhook that wait for earlier ones.
    sequence: Mutex<UpdateSequence<QueuedUpdate>>,
    /// Whether the webhook catches up with a backlog.
    catch_up: Mutex<CatchUp>,
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
        redis: Option<RedisDialogues>,
    ) -> Self {
        let stopping = CancellationToken::new();
        let dialogues =
            redis.map(|redis| DialogueSync::new(redis, db.clone(), settings.locale, stopping.clone()));
        if let Some(dialogues) = dialogues.clone() {
            tokio::spawn(dialogues.run());
        }
        let shared = IntakeState {
            db,
            flood: FloodGuard::new(settings.flood_limit),
            settings: Arc::new(settings),
            after_update,
            health,
            dialogues,
            lanes: ChatLanes::new(stopping.clone()),
            sequence: Mutex::default(),
            catch_up: Mutex::default(),
            capacity: Arc::new(Semaphore::new(MAX_IN_PROGRESS)),
            stopping,
        };
        Self { shared: Arc::new(shared) }
    }

    /// Hands on what an earlier run stored and did not finish. Returns the number of these updates.
    pub(crate) async fn replay_inbox(&self) -> db::Result<usize> {
        if let Some(last) = self.shared.db.read(inbox::find_last_id).await? {
            self.shared.lock_sequence().continue_after(last);
        }
        let (mut after, mut count, now) = (i64::MIN, 0, time::now());
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
                self.enqueue_update(stored, now).await;
            }
        }
    }

    /// Stores updates and hands on those that are new. On return they are durable.
    pub(super) async fn accept_updates(&self, updates: Vec<StoredUpdate>) -> db::Result<()> {
        if updates.is_empty() {
            return Ok(());
        }
        let now = time::now();
        let stored: db::Result<Vec<StoredUpdate>> = self
            .shared
            .db
            .write(move |tx| {
                let open = inbox::insert_updates(tx, &updates, now)?;
                let is_open = |update: &StoredUpdate| open.contains(&update.update_id);
                Ok(updates.into_iter().filter(is_open).collect())
            })
            .await;
        for stored in stored? {
            self.enqueue_update(stored, now).await;
        }
        Ok(())
    }

    /// Stores an update that came by itself and hands it on, once those before it have come. On return it is durable.
    pub(crate) async fn accept_payload(&self, payload: String) -> Result<(), AcceptError> {
        let shared = &self.shared;
        let update_id = incoming::read_update_id(&payload).ok_or(AcceptError::NoUpdate)?;
        let permit = tokio::select! {
            biased;
            () = shared.stopping.cancelled() => return Err(AcceptError::Stopping),
            permit = Arc::clone(&shared.capacity).acquire_owned() => permit.map_err(|_| AcceptError::Stopping)?,
        };
        let update = StoredUpdate { update_id, payload };
        // A task of its own, which the caller does not interrupt: what is stored is handed on.
        let accepting = tokio::spawn(Arc::clone(shared).accept_update(update, permit));
        accepting.await.map_err(|_| db::Error::Stopped)??;
        shared.health.record_success();
        Ok(())
    }

    /// Accepts no more updates and waits until those in progress are finished, at most `grace`. The rest stays in the
    /// inbox.
    pub(crate) async fn drain(&self, grace: Duration) {
        self.shared.stopping.cancel();
        self.shared.lock_sequence().drop_waiting();
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

    pub(crate) fn database(&self) -> &Database {
        &self.shared.db
    }

    /// Appends an update to its chat's lane, waiting while too many are in progress.
    async fn enqueue_update(&self, stored: StoredUpdate, arrived_at: DateTime<Utc>) {
        let shared = &self.shared;
        let Ok(permit) = Arc::clone(&shared.capacity).acquire_owned().await else { return };
        let mut update = ReceivedUpdate::parse(stored.update_id, &stored.payload);
        update.arrived_at = Some(arrived_at);
        shared.append_to_lane(QueuedUpdate { update, permit });
    }
}

impl IntakeState {
    async fn accept_update(
        self: Arc<Self>,
        update: StoredUpdate,
        permit: OwnedSemaphorePermit,
    ) -> db::Result<()> {
        let now = time::now();
        let (update, is_open) = self
            .db
            .write(move |tx| {
                let open = inbox::insert_updates(tx, std::slice::from_ref(&update), now)?;
                Ok::<_, db::Error>((update, !open.is_empty()))
            })
            .await
            .inspect_err(|_| self.lock_catch_up().expect_backlog())?;
        // A repeat of one that is done closes no gap that its first delivery has not closed.
        if is_open {
            let mut update = ReceivedUpdate::parse(update.update_id, &update.payload);
            update.arrived_at = Some(self.lock_catch_up().record_arrival(update.sent_at, now));
            self.append_in_order(QueuedUpdate { update, permit });
        }
        Ok(())
    }

    /// Appends an update and those that have waited for it to the lanes of their chats.
    fn append_in_order(self: &Arc<Self>, queued: QueuedUpdate) {
        let mut sequence = self.lock_sequence();
        if self.stopping.is_cancelled() {
            return;
        }
        let id = queued.update.id;
        // Under the lock, so that no later one overtakes them.
        for ready in sequence.add_update(id, queued, tokio::time::Instant::now()) {
            self.append_to_lane(ready);
        }
        if sequence.has_waiting() {
            let this = Arc::clone(self);
            tokio::spawn(async move {
                tokio::select! {
                    () = tokio::time::sleep(GAP_TIMEOUT) => {}
                    () = this.stopping.cancelled() => return,
                }
                let mut sequence = this.lock_sequence();
                for ready in sequence.release_overdue(tokio::time::Instant::now()) {
                    this.append_to_lane(ready);
                }
            });
        }
    }

    /// Appends an update to its chat's lane, and runs the lane if it is new.
    fn append_to_lane(self: &Arc<Self>, queued: QueuedUpdate) {
        let chat = queued.update.chat.or(queued.update.user).unwrap_or_default();
        let Some(first) = self.lanes.append_update(chat, queued) else { return };
        let this = Arc::clone(self);
        tokio::spawn(async move { this.run_lane(chat, first).await });
    }

    fn lock_sequence(&self) -> MutexGuard<'_, UpdateSequence<QueuedUpdate>> {
        self.sequence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_catch_up(&self) -> MutexGuard<'_, CatchUp> {
        self.catch_up.lock().unwrap_or_else(PoisonError::into_inner)
    }

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
        // Counted once, however often its transaction is tried.
        let verdict = self.flood.count_update(update);
        let dialogue = match &self.dialogues {
            _ if verdict != FloodVerdict::Handle => None,
            Some(dialogues) => match dialogues.check_out(update, || self.wake_courier()).await {
                Ok(dialogue) => dialogue,
                Err(StoppedWaiting) => return false,
            },
            None => None,
        };
        for attempt in 0_u32.. {
            let (settings, this, read) = (Arc::clone(&self.settings), Arc::clone(update), dialogue.clone());
            let trace_there = trace.clone();
            let processed = self.db.write(move |tx| {
                let now = time::now();
                trace_there.in_scope(|| {
                    let processed = match &read {
                        _ if verdict != FloodVerdict::Handle => {
                            process::drop_update(tx, &settings, &this, verdict == FloodVerdict::Warn, now)
                        }
                        _ if is_permanent => process::fail_update(tx, &settings, &this, now),
                        Some(read) => return process_with_dialogue(tx, &settings, &this, read, now),
                        None => process::process_update(tx, &settings, &this, now),
                    };
                    processed.map(|processed| (processed, false))
                })
            });
            match processed.await {
                Ok((processed, is_pending)) => {
                    let took = started.elapsed();
                    log_processed(update, &processed, took);
                    count_processed(update, processed.outcome, took);
                    trace.record_outcome(processed.outcome);
                    (self.after_update)(processed);
                    if let (true, Some(dialogues), Some(read)) = (is_pending, &self.dialogues, dialogue) {
                        dialogues.check_in(read.key).await;
                    }
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

    /// Announces messages that are no answer to a processed update.
    fn wake_courier(&self) {
        (self.after_update)(ProcessedUpdate { has_messages: true, ..ProcessedUpdate::default() });
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
