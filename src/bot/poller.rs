//! Fetches updates from Telegram with long polling.

use std::time::{Duration, Instant};

use serde_json::value::RawValue;

use super::incoming;
use super::intake::Intake;
use super::reception::{
    ALLOWED_UPDATES, CONFLICT_TIMEOUT, ContactRecorder, RETRY_PAUSE, ReceptionError, TokenConflicts,
    TokenRejections,
};
use crate::db::inbox::StoredUpdate;
use crate::db::{self, time};
use crate::redact::redact_quotes;
use crate::telegram::{Api, CALL_TIMEOUT, CallError};

/// How long Telegram holds a poll open when there is nothing new, in seconds.
const LONG_POLL: u64 = 25;

/// Polls into the inbox.
pub(crate) struct Poller<'a> {
    intake: &'a Intake,
    api: &'a Api,
    /// What was stored and not yet confirmed. Named only then, because Telegram may start over with lower numbers after
    /// a quiet week (Telegram Bot API: Update).
    confirm: Option<i64>,
    conflicts: TokenConflicts,
    rejections: TokenRejections,
    contact: ContactRecorder,
}

impl<'a> Poller<'a> {
    pub(crate) fn new(intake: &'a Intake, api: &'a Api) -> Self {
        let (conflicts, rejections) = (TokenConflicts::default(), TokenRejections::default());
        Self { intake, api, confirm: None, conflicts, rejections, contact: ContactRecorder::default() }
    }

    /// Polls until the intake stops, or until polling can no longer succeed.
    pub(crate) async fn run(mut self) -> Result<(), ReceptionError> {
        let stopping = self.intake.stopping();
        while !stopping.is_cancelled() {
            let polled = tokio::select! {
                polled = get_updates(self.api, self.confirm) => polled,
                () = stopping.cancelled() => return Ok(()),
            };
            match polled {
                Ok(updates) => {
                    if self.rejections.end_all() {
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
                self.contact.record_answer(self.intake.database()).await;
            }
            Err(error) => {
                let is_news = self.intake.database().outage().report_once();
                db::log_outage!(is_news, %error, "storing updates failed; Telegram keeps them");
                tokio::time::sleep(RETRY_PAUSE).await;
            }
        }
    }

    /// Reports another process that uses the token. Fails once it has done so for too long.
    fn record_conflict(&mut self, description: String) -> Result<(), ReceptionError> {
        let is_webhook = description.to_lowercase().contains("webhook");
        let since = self.conflicts.record_conflict(Instant::now());
        match (is_webhook, since.is_zero()) {
            (true, true) => tracing::error!(description, "another process has set a webhook for this token"),
            (true, false) => tracing::warn!(description, "a webhook is still set for this token"),
            (false, true) => tracing::error!(description, "another process polls with this token"),
            (false, false) => tracing::warn!(description, "another process still polls with this token"),
        }
        match since >= CONFLICT_TIMEOUT {
            true if is_webhook => Err(ReceptionError::WebhookConflict(description)),
            true => Err(ReceptionError::Conflict(description)),
            false => Ok(()),
        }
    }

    /// Returns how long to wait after a failed poll, or the error that ends polling.
    fn pause_after(&mut self, error: CallError) -> Result<Duration, ReceptionError> {
        match error {
            CallError::Refused { code: 409, description, .. } => self.record_conflict(description)?,
            CallError::RetryAfter(wait) => {
                tracing::warn!(seconds = wait.as_secs(), "Telegram limits polling");
                return Ok(RETRY_PAUSE.max(wait));
            }
            CallError::Refused { code: 401 | 404, description, .. } => {
                let is_first = self.rejections.is_empty();
                let Some(pause) = self.rejections.record_rejection(Instant::now()) else {
                    return Err(ReceptionError::Token(description));
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
