//! Whether updates come in, for monitors. Sending never counts: it may work while no update arrives.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long no poll may succeed. An answered one takes 25 s when nothing is new.
const MAX_SILENCE: Duration = Duration::from_secs(90);
/// How long a failed delivery that Telegram reports counts, unless an update arrived after it. Telegram retries with growing
/// pauses.
const WEBHOOK_ERROR_LIFETIME: Duration = Duration::from_mins(5);

/// The state of the intake. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct IntakeHealth(Arc<Mutex<IntakeRecord>>);

#[derive(Debug, Default)]
struct IntakeRecord {
    /// When Telegram last answered and what it sent was stored; `None` before it first answered.
    succeeded_at: Option<Instant>,
    /// Without polls, silence means nothing.
    is_webhook: bool,
    webhook_error: Option<(Instant, String)>,
}

impl IntakeHealth {
    /// Records that Telegram answered and that what it sent is stored.
    pub(crate) fn record_success(&self) {
        self.lock().succeeded_at = Some(Instant::now());
    }

    /// Records that updates come by webhook, with the last failed delivery that Telegram reports, if any.
    pub(crate) fn record_webhook(&self, error: Option<(Instant, String)>) {
        let mut record = self.lock();
        record.is_webhook = true;
        record.webhook_error = error;
    }

    /// Returns why no updates come in; `None` when they do, as far as is known.
    pub(crate) fn find_problem(&self) -> Option<String> {
        self.lock().find_problem(Instant::now())
    }

    fn lock(&self) -> MutexGuard<'_, IntakeRecord> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl IntakeRecord {
    fn find_problem(&self, now: Instant) -> Option<String> {
        let Some(succeeded_at) = self.succeeded_at else {
            return Some("Telegram has not answered yet".to_owned());
        };
        if self.is_webhook {
            let is_fresh = |at: Instant| {
                at > succeeded_at && now.saturating_duration_since(at) <= WEBHOOK_ERROR_LIFETIME
            };
            let error = self.webhook_error.as_ref().filter(|(at, _)| is_fresh(*at));
            return error.map(|(_, reason)| format!("Telegram could not deliver an update: {reason}"));
        }
        let silence = now.saturating_duration_since(succeeded_at);
        let is_silent = silence > MAX_SILENCE;
        is_silent.then(|| format!("no updates could be fetched from Telegram for {} s", silence.as_secs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polling_is_silent_after_ninety_seconds() {
        let (mut record, start) = (IntakeRecord::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(record.find_problem(at(0)).as_deref(), Some("Telegram has not answered yet"));
        record.succeeded_at = Some(at(10));
        assert_eq!(record.find_problem(at(100)), None);
        let silent = Some("no updates could be fetched from Telegram for 91 s");
        assert_eq!(record.find_problem(at(101)).as_deref(), silent);
        record.succeeded_at = Some(at(101));
        assert_eq!(record.find_problem(at(102)), None);
    }

    #[test]
    fn webhook_counts_only_an_error_that_is_fresh_and_was_not_followed_by_an_update() {
        let health = IntakeHealth::default();
        health.record_success();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        health.record_webhook(None);
        assert_eq!(health.lock().find_problem(at(1000)), None, "an idle bot is well");
        health.record_webhook(Some((at(10), "Connection refused".to_owned())));
        let refused = Some("Telegram could not deliver an update: Connection refused");
        assert_eq!(health.lock().find_problem(at(310)).as_deref(), refused);
        assert_eq!(health.lock().find_problem(at(311)), None);
        health.lock().succeeded_at = Some(at(11));
        assert_eq!(health.lock().find_problem(at(12)), None);
    }
}
