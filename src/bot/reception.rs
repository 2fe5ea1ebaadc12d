//! What polling and the webhook have in common: the kinds of update, and how long others may interfere with the token.

use std::time::{Duration, Instant};

use crate::db::{self, Database, job_runs, time};

/// The kinds of update that the bot reacts to.
pub(crate) const ALLOWED_UPDATES: [&str; 4] =
    ["message", "edited_message", "callback_query", "my_chat_member"];
/// How long another process with this token is tolerated before this one gives way.
pub(super) const CONFLICT_TIMEOUT: Duration = Duration::from_mins(1);
/// The pause after a failed call.
pub(super) const RETRY_PAUSE: Duration = Duration::from_secs(1);
/// How long a token that worked in this run may be rejected: it may be being replaced, and the courier's messages wait as long.
const TOKEN_TIMEOUT: Duration = Duration::from_hours(24);
/// The longest pause between calls while the token is rejected.
const MAX_TOKEN_PAUSE: Duration = Duration::from_mins(1);

/// How often Telegram's answers are recorded: `status` reports when there was none for some minutes.
const RECORD_INTERVAL: Duration = Duration::from_mins(1);

/// Why no more updates can be received.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReceptionError {
    /// Another process polls with the same token.
    #[error("another process has been polling with this token for a minute (409 Conflict): {0}")]
    Conflict(String),
    /// Another process has set a webhook while this one polls.
    #[error("a webhook has been set for this token for a minute, so it cannot be polled (409 Conflict): {0}")]
    WebhookConflict(String),
    /// Another process sets a webhook of its own, or deletes this one.
    #[error("another process has been changing the webhook of this token for a minute")]
    ForeignWebhook,
    /// The token was revoked.
    #[error("Telegram has rejected the token for a day: {0}")]
    Token(String),
}

/// Conflicts with another process that uses the token. Two of them interrupt each other in turns, so a success in between
/// proves nothing: they are over when there was none for [`CONFLICT_TIMEOUT`].
#[derive(Default)]
pub(super) struct TokenConflicts {
    first: Option<Instant>,
    last: Option<Instant>,
}

impl TokenConflicts {
    /// Records a conflict and returns for how long they have been going on.
    pub(super) fn record_conflict(&mut self, now: Instant) -> Duration {
        let is_new = self.last.is_none_or(|last| now.duration_since(last) >= CONFLICT_TIMEOUT);
        self.last = Some(now);
        let first = if is_new { now } else { self.first.unwrap_or(now) };
        self.first = Some(first);
        now.duration_since(first)
    }
}

/// Rejections of the token since the last call that succeeded.
#[derive(Default)]
pub(super) struct TokenRejections {
    first: Option<Instant>,
    count: u32,
}

impl TokenRejections {
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// Forgets them after a success; `true` when there were some.
    pub(super) fn end_all(&mut self) -> bool {
        std::mem::take(self).first.is_some()
    }

    /// Records a rejection and returns the pause before the next call; `None` after [`TOKEN_TIMEOUT`].
    pub(super) fn record_rejection(&mut self, now: Instant) -> Option<Duration> {
        let first = *self.first.get_or_insert(now);
        let pause = RETRY_PAUSE.saturating_mul(2_u32.saturating_pow(self.count)).min(MAX_TOKEN_PAUSE);
        self.count = self.count.saturating_add(1);
        (now.duration_since(first) < TOKEN_TIMEOUT).then_some(pause)
    }
}

/// Records that Telegram answers.
#[derive(Default)]
pub(super) struct ContactRecorder {
    recorded: Option<Instant>,
}

impl ContactRecorder {
    /// Records an answer, unless that was done a short while ago.
    pub(super) async fn record_answer(&mut self, db: &Database) {
        if self.recorded.is_some_and(|recorded| recorded.elapsed() < RECORD_INTERVAL) {
            return;
        }
        let recorded: db::Result<()> = db.write(|tx| job_runs::record_poll(tx, time::now())).await;
        match recorded {
            Ok(()) => self.recorded = Some(Instant::now()),
            Err(error) => tracing::warn!(%error, "recording an answer of Telegram failed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conflicts_add_up_over_successful_polls_in_between() {
        let (mut conflicts, start) = (TokenConflicts::default(), Instant::now());
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
