//! Fetches updates from Telegram with long polling.

use std::time::{Duration, Instant};

use serde_json::value::RawValue;

use super::incoming;
use super::intake::Intake;
use crate::db::inbox::StoredUpdate;
use crate::db::{self, job_runs, time};
use crate::redact::redact_quotes;
use crate::telegram::{Api, CALL_TIMEOUT, CallError};

/// How long Telegram holds a poll open when there is nothing new, in seconds.
const LONG_POLL: u64 = 25;
/// How long another poller is tolerated before this one gives way.
const CONFLICT_TIMEOUT: Duration = Duration::from_mins(1);
/// How often a successful poll is recorded: `status` reports when there was none for some minutes.
const RECORD_INTERVAL: Duration = Duration::from_mins(1);
/// The pause after a failed poll.
const RETRY_PAUSE: Duration = Duration::from_secs(1);
/// How long a token that worked in this run may be rejected: it may be being replaced, and the courier's messages wait as long.
const TOKEN_TIMEOUT: Duration = Duration::from_hours(24);
/// The longest pause between polls while the token is rejected.
const MAX_TOKEN_PAUSE: Duration = Duration::from_mins(1);
/// The kinds of update that the bot reacts to.
const ALLOWED_UPDATES: [&str; 4] = ["message", "edited_message", "callback_query", "my_chat_member"];

/// Why polling ended by itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PollError {
    /// Another process polls with the same token, or a webhook is set.
    #[error("another process has been polling with this token for a minute (409 Conflict): {0}")]
    Conflict(String),
    /// The token was revoked.
    #[error("Telegram has rejected the token for a day: {0}")]
    Token(String),
}

/// Polls into the inbox.
pub(crate) struct Poller<'a> {
    intake: &'a Intake,
    api: &'a Api,
    /// What was stored and not yet confirmed. Named only then, because Telegram may start over with lower numbers after
    /// a quiet week (Telegram Bot API: Update).
    confirm: Option<i64>,
    conflicts: PollConflicts,
    rejections: TokenRejections,
    recorded: Option<Instant>,
}

impl<'a> Poller<'a> {
    pub(crate) fn new(intake: &'a Intake, api: &'a Api) -> Self {
        let (conflicts, rejections) = (PollConflicts::default(), TokenRejections::default());
        Self { intake, api, confirm: None, conflicts, rejections, recorded: None }
    }

    /// Polls until the intake stops, or until polling can no longer succeed.
    pub(crate) async fn run(mut self) -> Result<(), PollError> {
        let stopping = self.intake.stopping();
        while !stopping.is_cancelled() {
            let polled = tokio::select! {
                polled = get_updates(self.api, self.confirm) => polled,
                () = stopping.cancelled() => return Ok(()),
            };
            match polled {
                Ok(updates) => {
                    if std::mem::take(&mut self.rejections).first.is_some() {
                        tracing::info!("Telegram accepts the token again");
                    }
                    self.store_batch(updates).await;
                }
                Err(error) => {
                    let pause = self.pause_after(error)?;
                    tokio::select! {
                        () = tokio::time::sleep(pause) => {}
                        () = stopping.cancelled() => return Ok(()),
                    }
                }
            }
        }
        Ok(())
    }

    /// Stores a batch. When that fails it stays unconfirmed, and Telegram sends it again.
    async fn store_batch(&mut self, updates: Vec<StoredUpdate>) {
        let last = updates.last().map(|update| update.update_id);
        match self.intake.accept_updates(updates).await {
            Ok(()) => {
                self.confirm = last.map(|last| last + 1);
                self.intake.health().record_success();
                metrics::gauge!("botctl_last_poll_timestamp_seconds").set(time::unix_seconds(time::now()));
                self.record_poll().await;
            }
            Err(error) => {
                let is_news = self.intake.database().outage().report_once();
                db::log_outage!(is_news, %error, "storing updates failed; Telegram keeps them");
                tokio::time::sleep(RETRY_PAUSE).await;
            }
        }
    }

    /// Records that Telegram answers, unless that was done a short while ago.
    async fn record_poll(&mut self) {
        if self.recorded.is_some_and(|recorded| recorded.elapsed() < RECORD_INTERVAL) {
            return;
        }
        let recorded: db::Result<()> =
            self.intake.database().write(|tx| job_runs::record_poll(tx, time::now())).await;
        match recorded {
            Ok(()) => self.recorded = Some(Instant::now()),
            Err(error) => tracing::warn!(%error, "recording a poll failed"),
        }
    }

    /// Returns how long to wait after a failed poll, or the error that ends polling.
    fn pause_after(&mut self, error: CallError) -> Result<Duration, PollError> {
        match error {
            CallError::Refused { code: 409, description, .. } => {
                let since = self.conflicts.record_conflict(Instant::now());
                if since.is_zero() {
                    tracing::error!(description, "another process polls with this token");
                } else {
                    tracing::warn!(description, "another process still polls with this token");
                }
                if since >= CONFLICT_TIMEOUT {
                    return Err(PollError::Conflict(description));
                }
            }
            CallError::RetryAfter(wait) => {
                tracing::warn!(seconds = wait.as_secs(), "Telegram limits polling");
                return Ok(RETRY_PAUSE.max(wait));
            }
            CallError::Refused { code: 401 | 404, description, .. } => {
                let is_first = self.rejections.first.is_none();
                let Some(pause) = self.rejections.record_rejection(Instant::now()) else {
                    return Err(PollError::Token(description));
                };
                if is_first {
                    tracing::error!(description, "Telegram rejected the token, retrying");
                } else {
                    tracing::warn!(description, "Telegram still rejects the token");
                }
                return Ok(pause);
            }
            error => tracing::warn!(%error, "polling failed, retrying"),
        }
        Ok(RETRY_PAUSE)
    }
}

/// Conflicts with another poller. Two pollers interrupt each other in turns, so a successful poll in between proves
/// nothing: they are over when there was none for [`CONFLICT_TIMEOUT`].
#[derive(Default)]
struct PollConflicts {
    first: Option<Instant>,
    last: Option<Instant>,
}

impl PollConflicts {
    /// Records a conflict and returns for how long they have been going on.
    fn record_conflict(&mut self, now: Instant) -> Duration {
        let is_new = self.last.is_none_or(|last| now.duration_since(last) >= CONFLICT_TIMEOUT);
        self.last = Some(now);
        let first = if is_new { now } else { self.first.unwrap_or(now) };
        self.first = Some(first);
        now.duration_since(first)
    }
}

/// Rejections of the token since the last poll that succeeded.
#[derive(Default)]
struct TokenRejections {
    first: Option<Instant>,
    count: u32,
}

impl TokenRejections {
    /// Records a rejection and returns the pause before the next poll; `None` after [`TOKEN_TIMEOUT`].
    fn record_rejection(&mut self, now: Instant) -> Option<Duration> {
        let first = *self.first.get_or_insert(now);
        let pause = RETRY_PAUSE.saturating_mul(2_u32.saturating_pow(self.count)).min(MAX_TOKEN_PAUSE);
        self.count = self.count.saturating_add(1);
        (now.duration_since(first) < TOKEN_TIMEOUT).then_some(pause)
    }
}

/// Fetches updates as Telegram sent them, in order; `confirm` tells Telegram to forget those before it.
async fn get_updates(api: &Api, confirm: Option<i64>) -> Result<Vec<StoredUpdate>, CallError> {
    let mut payload = serde_json::json!({
        "limit": 100,
        "timeout": LONG_POLL,
        "allowed_updates": ALLOWED_UPDATES,
    });
    if let Some(offset) = confirm {
        payload["offset"] = offset.into();
    }
    let timeout = Duration::from_secs(LONG_POLL) + CALL_TIMEOUT;
    let result = api.call("getUpdates", payload.to_string(), timeout).await?;
    let unreadable = |error: serde_json::Error| {
        CallError::Server(format!("not a list of updates: {}", redact_quotes(&error.to_string())))
    };
    let list: Vec<&RawValue> = serde_json::from_str(result.get()).map_err(unreadable)?;
    let updates: Vec<StoredUpdate> = list.iter().filter_map(|raw| stored_update(raw.get())).collect();
    if updates.is_empty() && !list.is_empty() {
        // They come again at once, so this is a failed poll, after which there is a pause.
        return Err(CallError::Server("no update has an id".to_owned()));
    }
    Ok(updates)
}

/// Returns an update as it is stored; `None` for one without an id, which would cost the others of its batch.
fn stored_update(payload: &str) -> Option<StoredUpdate> {
    let update_id = incoming::read_update_id(payload);
    if update_id.is_none() {
        tracing::warn!("update without an id was skipped");
    }
    Some(StoredUpdate { update_id: update_id?, payload: payload.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conflicts_add_up_over_successful_polls_in_between() {
        let (mut conflicts, start) = (PollConflicts::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(conflicts.record_conflict(at(0)).as_secs(), 0);
        assert_eq!(conflicts.record_conflict(at(25)).as_secs(), 25);
        assert_eq!(conflicts.record_conflict(at(70)).as_secs(), 70);
        // A minute without a conflict ends them.
        assert_eq!(conflicts.record_conflict(at(130)).as_secs(), 0);
        assert_eq!(conflicts.record_conflict(at(131)).as_secs(), 1);
    }

    #[test]
    fn rejected_token_is_retried_for_a_day_with_growing_pauses() {
        let (mut rejections, start) = (TokenRejections::default(), Instant::now());
        let mut at = Duration::ZERO;
        let mut pauses = Vec::new();
        while let Some(pause) = rejections.record_rejection(start + at) {
            pauses.push(pause.as_secs());
            at += pause;
        }
        assert_eq!(pauses[..8], [1, 2, 4, 8, 16, 32, 60, 60]);
        assert!(at >= TOKEN_TIMEOUT && at < TOKEN_TIMEOUT + MAX_TOKEN_PAUSE, "{at:?}");
    }
}
