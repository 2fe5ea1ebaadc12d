//! Keeps dialogues in Redis around the transactions of updates: reads one before, writes it afterwards.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::dialogue_checkout::CheckedOutDialogue;
use super::incoming::{IncomingEvent, IncomingUpdate, ReceivedUpdate};
use super::redis_dialogues::{RedisDialogueError, RedisDialogues};
use super::{notices, process};
use crate::db::dialogues::DialogueKey;
use crate::db::{Database, log_outage};
use crate::domain::ids::ChatPlace;
use crate::domain::locale::Locale;
use crate::service;

/// How long a user waits without a word.
const NOTICE_DELAY: Duration = Duration::from_secs(30);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const MAX_PAUSE: Duration = Duration::from_secs(2);
/// How often copies are written to Redis that could not be written before.
const FLUSH_INTERVAL: Duration = Duration::from_secs(5);

/// The program stops before Redis has answered.
pub(super) struct StoppedWaiting;

#[derive(Clone)]
pub(super) struct DialogueSync {
    redis: RedisDialogues,
    db: Database,
    locale: Locale,
    stopping: CancellationToken,
}

impl DialogueSync {
    pub(super) fn new(
        redis: RedisDialogues,
        db: Database,
        locale: Locale,
        stopping: CancellationToken,
    ) -> Self {
        Self { redis, db, locale, stopping }
    }

    /// Reads the dialogue of an update, waiting while Redis is away. `None` for an update that needs none. `on_notice` is
    /// called when the user was told of the delay.
    pub(super) async fn check_out(
        &self,
        update: &ReceivedUpdate,
        on_notice: impl Fn(),
    ) -> Result<Option<CheckedOutDialogue>, StoppedWaiting> {
        let Some(input) = update.input() else { return Ok(None) };
        let (started, mut pause, mut is_told) = (Instant::now(), FIRST_PAUSE, false);
        loop {
            match self.read_dialogue(input).await {
                Ok(read) => return Ok(Some(read)),
                Err(error) => {
                    log_outage!(self.redis.report_once(), update = update.id, %error, "dialogue could not be read, retrying");
                }
            }
            if !is_told && started.elapsed() >= NOTICE_DELAY && is_told_of_delays(input) {
                is_told = self.notify_delay(input.place()).await;
                if is_told {
                    on_notice();
                }
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(MAX_PAUSE),
                () = self.stopping.cancelled() => return Err(StoppedWaiting),
            }
        }
    }

    /// Writes what a transaction has changed. If that fails, the database keeps the copy, which is written later.
    pub(super) async fn check_in(&self, key: DialogueKey) {
        if let Err(error) = self.redis.flush_dialogue(&self.db, key).await {
            log_outage!(self.redis.report_once(), %error, "dialogue could not be written, retrying later");
        }
    }

    /// Writes copies that could not be written, until the program stops.
    pub(super) async fn run(self) {
        let mut beat = tokio::time::interval(FLUSH_INTERVAL);
        loop {
            tokio::select! {
                _ = beat.tick() => {}
                () = self.stopping.cancelled() => return,
            }
            if let Err(error) = self.redis.flush_all(&self.db).await {
                log_outage!(self.redis.report_once(), %error, "dialogues could not be written, retrying later");
            }
        }
    }

    async fn read_dialogue(&self, input: &IncomingUpdate) -> Result<CheckedOutDialogue, RedisDialogueError> {
        let (mut place, user) = (input.place(), input.sender.telegram_id);
        let may_be_in_topic = input.chat.is_group() && matches!(input.event, IncomingEvent::Press(_));
        if may_be_in_topic {
            let pressed = input.clone();
            place.thread = self.db.read(move |conn| process::find_thread(conn, &pressed)).await?;
        }
        let key = DialogueKey { place, user };
        // First, so that `run` does not write and delete a copy between this reading and the transaction.
        self.redis.flush_dialogue(&self.db, key).await?;
        Ok(CheckedOutDialogue { key, dialogue: self.redis.find_dialogue(key).await? })
    }

    /// Tells the user that the answer has to wait; `false` if that fails.
    async fn notify_delay(&self, place: ChatPlace) -> bool {
        let locale = self.locale;
        let told: service::Result<()> =
            self.db.write(move |tx| notices::notify_delay(tx, locale, place)).await;
        match &told {
            Ok(()) => tracing::warn!(chat = place.chat.0, "an update waits for Redis; its sender was told"),
            Err(error) => {
                tracing::warn!(chat = place.chat.0, %error, "the sender of an update that waits could not be told");
            }
        }
        told.is_ok()
    }
}

/// Whether the bot owes an answer: most messages in a group are not for it.
fn is_told_of_delays(input: &IncomingUpdate) -> bool {
    !input.chat.is_group() || matches!(input.event, IncomingEvent::Press(_))
}
