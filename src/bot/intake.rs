//! From Telegram into the inbox, and from the inbox through the handlers.
//!
//! An update is stored before Telegram is told that we have it, and handled from what was stored. Updates of one
//! chat are handled one after the other, different chats side by side.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::value::RawValue;
use teloxide::types::Update;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::input;
use super::settings::Settings;
use super::trace::Trace;
use super::turn::{self, Done};
use crate::db::inbox::Stored;
use crate::db::{self, Database, inbox, job_runs, time};
use crate::redact::redact_quotes;
use crate::telegram::{Api, CallError};

/// Updates between the inbox and the end of their transaction; more wait in the inbox, or at Telegram.
const IN_HAND: usize = 512;
/// Updates read from the inbox at a time when a backlog is worked off.
const PAGE: i64 = 200;
/// How long Telegram holds a poll open when there is nothing new, seconds.
const LONG_POLL: u64 = 25;
/// How long another poller is put up with before this one gives way.
const CONFLICT_PATIENCE: Duration = Duration::from_mins(1);
/// How often it is written down that Telegram answers: the operator is told when it has not for some minutes.
const NOTED: Duration = Duration::from_mins(1);
/// The pause after a poll that failed.
const PAUSE: Duration = Duration::from_secs(1);

/// Why polling ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum PollError {
    /// Another program polls with the same token, or a webhook is set.
    #[error("Telegram says for a minute that somebody else fetches this bot's updates: {0}")]
    Conflict(String),
    /// The token is wrong or was revoked.
    #[error("Telegram does not accept the token: {0}")]
    Token(String),
}

/// Logs something about an update, with what a reader of the log looks for it by; numbers only, no names or texts.
macro_rules! event {
    ($level:ident, $update:expr, $($more:tt)+) => {
        tracing::$level!(
            update = $update.id.0,
            kind = input::kind($update),
            user = $update.from().map(|user| user.id.0),
            chat = $update.chat().map(|chat| chat.id.0),
            $($more)+
        )
    };
}

/// Told what is left to do after each update.
pub type AfterTurn = Arc<dyn Fn(Done) + Send + Sync>;

/// Takes updates in and hands them to the handlers. Cheap to clone.
#[derive(Clone)]
pub struct Intake {
    shared: Arc<Shared>,
}

struct Shared {
    db: Database,
    settings: Arc<Settings>,
    after_turn: AfterTurn,
    lanes: Mutex<Lanes>,
    in_hand: Arc<Semaphore>,
    stopping: CancellationToken,
}

#[derive(Default)]
struct Lanes {
    by_chat: HashMap<i64, VecDeque<Waiting>>,
    /// The numbers of the updates in hand: Telegram may send one again while it is being handled.
    in_hand: HashSet<i64>,
}

/// An update that waits for its turn, and its place among those in hand.
struct Waiting {
    update: Update,
    _place: OwnedSemaphorePermit,
}

impl Intake {
    /// An intake that has not begun.
    #[must_use]
    pub fn new(db: Database, settings: Settings, after_turn: AfterTurn) -> Self {
        let shared = Shared {
            db,
            settings: Arc::new(settings),
            after_turn,
            lanes: Mutex::default(),
            in_hand: Arc::new(Semaphore::new(IN_HAND)),
            stopping: CancellationToken::new(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Hands on what an earlier run stored and did not finish. Returns how many updates that were.
    ///
    /// # Errors
    /// When the inbox cannot be read.
    pub async fn replay(&self) -> db::Result<usize> {
        let (mut after, mut count) = (i64::MIN, 0);
        loop {
            let page = self.shared.db.read(move |conn| inbox::unfinished(conn, after, PAGE)).await?;
            let Some(last) = page.last() else { return Ok(count) };
            after = last.update_id;
            count += page.len();
            for stored in page {
                self.admit(stored).await;
            }
        }
    }

    /// Polls until [`Intake::stop`], or until it makes no sense any more.
    ///
    /// # Errors
    /// See [`PollError`].
    pub async fn poll(&self, api: &Api) -> Result<(), PollError> {
        // What was stored and not yet confirmed; named only then, because Telegram may start over with lower
        // numbers after a quiet week (Telegram Bot API: Update).
        let mut confirm = None;
        let mut conflicts = Conflicts::default();
        let mut noted = None;
        loop {
            let mut pause = PAUSE;
            let polled = tokio::select! {
                polled = get_updates(api, confirm) => polled,
                () = self.shared.stopping.cancelled() => return Ok(()),
            };
            match polled {
                Ok(updates) => {
                    match self.take_in(updates).await {
                        Ok(next) => {
                            confirm = next;
                            self.note_answer(&mut noted).await;
                        }
                        // What to confirm stays as it was, so that Telegram sends the batch again.
                        Err(error) => {
                            let is_news = self.shared.db.trouble().is_news();
                            db::trouble!(is_news, %error, "updates could not be stored; Telegram keeps them");
                            tokio::time::sleep(PAUSE).await;
                        }
                    }
                    if self.shared.stopping.is_cancelled() {
                        return Ok(());
                    }
                    continue;
                }
                Err(CallError::Refused { code: 409, description, .. }) => {
                    let since = conflicts.go_on_for(Instant::now());
                    if since.is_zero() {
                        tracing::error!(description, "somebody else fetches this bot's updates");
                    } else {
                        tracing::warn!(description, "somebody else still fetches this bot's updates");
                    }
                    if since >= CONFLICT_PATIENCE {
                        return Err(PollError::Conflict(description));
                    }
                }
                Err(CallError::RetryAfter(wait)) => {
                    tracing::warn!(seconds = wait.as_secs(), "Telegram asks the poller to wait");
                    pause = pause.max(wait);
                }
                Err(CallError::Refused { code: 401 | 404, description, .. }) => {
                    return Err(PollError::Token(description));
                }
                Err(error) => tracing::warn!(%error, "polling failed, trying again"),
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.shared.stopping.cancelled() => return Ok(()),
            }
        }
    }

    /// Writes down that Telegram answers, unless that was done a short while ago.
    async fn note_answer(&self, noted: &mut Option<Instant>) {
        if noted.is_some_and(|noted: Instant| noted.elapsed() < NOTED) {
            return;
        }
        *noted = Some(Instant::now());
        let written = self.shared.db.write(|tx| job_runs::polled(tx, time::now())).await;
        if let Err(error) = written {
            let error: db::Error = error;
            tracing::warn!(%error, "that Telegram answers could not be written down");
        }
    }

    /// Stops taking updates and waits until those in hand are finished, `grace` at most. What is left stays in
    /// the inbox.
    pub async fn stop(&self, grace: Duration) {
        self.shared.stopping.cancel();
        let all = u32::try_from(IN_HAND).unwrap_or(u32::MAX);
        let finished = tokio::time::timeout(grace, self.shared.in_hand.acquire_many(all)).await;
        if finished.is_err() {
            tracing::warn!("some updates were not finished in time; they stay in the inbox");
        }
    }

    /// Stores a batch and hands on what is new. Returns what to confirm with the next poll.
    async fn take_in(&self, updates: Vec<Stored>) -> db::Result<Option<i64>> {
        let Some(last) = updates.last().map(|update| update.update_id) else { return Ok(None) };
        for stored in self.store(updates).await? {
            self.admit(stored).await;
        }
        Ok(Some(last + 1))
    }

    /// Puts updates into the inbox and returns those that are to be handled, which are durable then.
    async fn store(&self, updates: Vec<Stored>) -> db::Result<Vec<Stored>> {
        self.shared
            .db
            .write(move |tx| {
                let open = inbox::store(tx, &updates, time::now())?;
                let is_open = |update: &Stored| open.contains(&update.update_id);
                Ok(updates.into_iter().filter(is_open).collect())
            })
            .await
    }

    /// Gives an update of the inbox its place in its chat's lane, waiting while too many are in hand.
    async fn admit(&self, stored: Stored) {
        let shared = &self.shared;
        let Ok(place) = Arc::clone(&shared.in_hand).acquire_owned().await else { return };
        let update = match serde_json::from_str::<Update>(&stored.payload) {
            Ok(update) => update,
            Err(error) => {
                let error = redact_quotes(&error.to_string());
                tracing::warn!(update = stored.update_id, error, "an update that cannot be read");
                shared.set_aside(stored.update_id).await;
                return;
            }
        };
        let lane = input::lane(&update);
        let waiting = Waiting { update, _place: place };
        let mut lanes = shared.lanes();
        // Asked under the lock: a lane that the stop has ended must not begin again with what is behind.
        if shared.stopping.is_cancelled() || !lanes.in_hand.insert(stored.update_id) {
            return;
        }
        if let Some(queue) = lanes.by_chat.get_mut(&lane) {
            queue.push_back(waiting);
            return;
        }
        lanes.by_chat.insert(lane, VecDeque::new());
        drop(lanes);
        let shared = Arc::clone(shared);
        tokio::spawn(async move { shared.run_lane(lane, waiting).await });
    }
}

impl Shared {
    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Handles a chat's updates until none waits, or until one is left over because the program stops: those behind it
    /// stay in the inbox with it, for the next start to handle in their order.
    async fn run_lane(self: Arc<Self>, lane: i64, first: Waiting) {
        let mut next = Some(first);
        while let Some(waiting) = next {
            // The place is given back once the update is finished, whatever became of it.
            let Waiting { update, _place } = waiting;
            let update = Arc::new(update);
            let is_done = self.finish(Arc::clone(&update)).await;
            let mut lanes = self.lanes();
            lanes.in_hand.remove(&i64::from(update.id.0));
            next = if is_done { lanes.by_chat.get_mut(&lane).and_then(VecDeque::pop_front) } else { None };
            if next.is_none() {
                lanes.by_chat.remove(&lane);
            }
        }
    }

    /// Handles an update until it is done: what can pass is tried again, what cannot is given up with an apology.
    /// `false` when the program stops first; the update stays in the inbox.
    async fn finish(&self, update: Arc<Update>) -> bool {
        let trace = Trace::of(&update);
        trace.follow(self.try_to_finish(&update, &trace)).await
    }

    async fn try_to_finish(&self, update: &Arc<Update>, trace: &Trace) -> bool {
        let started = Instant::now();
        let (mut hopeless, mut is_said) = (false, false);
        for attempt in 0_u32.. {
            let (settings, this) = (Arc::clone(&self.settings), Arc::clone(update));
            let trace_there = trace.clone();
            let handled = self.db.write(move |tx| {
                let now = time::now();
                trace_there.run(|| {
                    if hopeless {
                        turn::give_up(tx, &settings, &this, now)
                    } else {
                        turn::handle(tx, &settings, &this, now)
                    }
                })
            });
            match handled.await {
                Ok(done) => {
                    log(update, &done, started.elapsed());
                    trace.ended(done.outcome);
                    (self.after_turn)(done);
                    return true;
                }
                Err(db::Error::Conflict) if attempt < 10 => {}
                Err(error) if error.is_worth_another_try(attempt) || hopeless => {
                    // One trouble is one report, however long it lasts.
                    if is_said {
                        event!(warn, update, %error, "an update could not be handled, trying again");
                    } else {
                        event!(error, update, %error, "an update could not be handled, trying again");
                    }
                    is_said = true;
                    if !self.pause(attempt).await {
                        return false;
                    }
                }
                Err(error) => {
                    if matches!(error, db::Error::Panicked(_)) {
                        // The panic itself is an error in the log already.
                        event!(warn, update, %error, "an update cannot be handled");
                    } else {
                        event!(error, update, %error, "an update cannot be handled");
                    }
                    hopeless = true;
                }
            }
        }
        false
    }

    /// Sleeps a little longer after each failure, ten seconds at most; `false` when the program stops meanwhile.
    async fn pause(&self, attempt: u32) -> bool {
        let pause = Duration::from_millis(100 << attempt.min(7)).min(Duration::from_secs(10));
        tokio::select! {
            () = tokio::time::sleep(pause) => true,
            () = self.stopping.cancelled() => false,
        }
    }

    /// Marks an update done that is not even an update; when the program stops first, the next start does it.
    async fn set_aside(&self, update_id: i64) {
        for attempt in 0_u32.. {
            let marked = self.db.write(move |tx| {
                inbox::take(tx, update_id, time::now())?;
                inbox::set_outcome(tx, update_id, "unreadable")
            });
            let Err(error) = marked.await else { return };
            if attempt == 0 {
                tracing::error!(update = update_id, %error, "an unreadable update could not be set aside");
            } else {
                tracing::warn!(update = update_id, %error, "an unreadable update could not be set aside");
            }
            if !error.is_worth_another_try(attempt) || !self.pause(attempt).await {
                return;
            }
        }
    }
}

/// Conflicts with another poller. Two pollers cut each other off in turns, so a poll that went through in between says
/// nothing: they are over when there was none for as long as they are put up with.
#[derive(Default)]
struct Conflicts {
    first: Option<Instant>,
    last: Option<Instant>,
}

impl Conflicts {
    /// Notes a conflict and returns for how long they have been going on.
    fn go_on_for(&mut self, now: Instant) -> Duration {
        let is_new = self.last.is_none_or(|last| now.duration_since(last) >= CONFLICT_PATIENCE);
        self.last = Some(now);
        let first = if is_new { now } else { self.first.unwrap_or(now) };
        self.first = Some(first);
        now.duration_since(first)
    }
}

/// One line per update.
fn log(update: &Update, done: &Done, took: Duration) {
    event!(
        info,
        update,
        outcome = done.outcome,
        did = done.did.as_deref(),
        ms = f64::from(u32::try_from(took.as_micros()).unwrap_or(u32::MAX)) / 1000.0,
        "update"
    );
}

/// Fetches updates as Telegram sent them, in order; `confirm` tells Telegram to forget those before it.
async fn get_updates(api: &Api, confirm: Option<i64>) -> Result<Vec<Stored>, CallError> {
    #[derive(Deserialize)]
    struct Numbered {
        update_id: i64,
    }
    let mut payload = serde_json::json!({
        "limit": 100,
        "timeout": LONG_POLL,
        "allowed_updates": ALLOWED_UPDATES,
    });
    if let Some(offset) = confirm {
        payload["offset"] = offset.into();
    }
    let timeout = Duration::from_secs(LONG_POLL) + crate::telegram::CALL_TIMEOUT;
    let result = api.call("getUpdates", payload.to_string(), timeout).await?;
    let unreadable = |error: serde_json::Error| {
        CallError::Server(format!("not a list of updates: {}", redact_quotes(&error.to_string())))
    };
    let updates: Vec<&RawValue> = serde_json::from_str(result.get()).map_err(unreadable)?;
    updates
        .into_iter()
        .map(|raw| {
            let Numbered { update_id } = serde_json::from_str(raw.get()).map_err(unreadable)?;
            Ok(Stored { update_id, payload: raw.get().to_owned() })
        })
        .collect()
}

/// The kinds of update that the bot reacts to.
pub const ALLOWED_UPDATES: [&str; 3] = ["message", "callback_query", "my_chat_member"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conflicts_add_up_over_polls_that_go_through_in_between() {
        let (mut conflicts, start) = (Conflicts::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(conflicts.go_on_for(at(0)).as_secs(), 0);
        assert_eq!(conflicts.go_on_for(at(25)).as_secs(), 25);
        assert_eq!(conflicts.go_on_for(at(70)).as_secs(), 70);
        // A minute of peace ends them.
        assert_eq!(conflicts.go_on_for(at(130)).as_secs(), 0);
        assert_eq!(conflicts.go_on_for(at(131)).as_secs(), 1);
    }
}
