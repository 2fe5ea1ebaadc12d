//! Whether the database accepts writes at present: one outage is reported as one error, and nothing reports a bot as healthy
//! that cannot write.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Logs a failure of the database: as an error when an outage begins, as a warning while it lasts.
macro_rules! log_outage {
    ($is_first:expr, $($line:tt)+) => {
        if $is_first { tracing::error!($($line)+) } else { tracing::warn!($($line)+) }
    };
}
pub(crate) use log_outage;

/// An ongoing outage of the database, if any. Clones share their state.
#[derive(Clone, Debug, Default)]
pub struct Outage(Arc<Mutex<OutageState>>);

#[derive(Debug, Default)]
struct OutageState {
    is_reported: bool,
    /// Writes that were asked for and have not ended.
    unfinished: usize,
    /// When the first write was asked for that no successful write has followed.
    unwritten_since: Option<Instant>,
}

impl OutageState {
    fn begin_write(&mut self, now: Instant) {
        self.unfinished += 1;
        self.unwritten_since.get_or_insert(now);
    }

    fn end_write(&mut self, is_durable: bool, now: Instant) {
        self.unfinished -= 1;
        if is_durable {
            self.is_reported = false;
            self.unwritten_since = (self.unfinished > 0).then_some(now);
        }
    }

    fn stalled_for(&self, now: Instant) -> Duration {
        self.unwritten_since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }
}

impl Outage {
    /// Records a failure and returns whether it is the first since the last successful write.
    pub fn report_once(&self) -> bool {
        !std::mem::replace(&mut self.lock().is_reported, true)
    }

    /// Returns how long no write has succeeded although there was something to write; zero for an idle bot. Feeds whatever
    /// tells others that the bot works.
    pub(crate) fn stalled_for(&self) -> Duration {
        self.lock().stalled_for(Instant::now())
    }

    /// Tells whether a failure was reported that no successful write has followed.
    pub(super) fn is_reported(&self) -> bool {
        self.lock().is_reported
    }

    pub(super) fn begin_write(&self) -> WriteAttempt {
        self.lock().begin_write(Instant::now());
        WriteAttempt { outage: self.clone(), is_durable: false }
    }

    fn lock(&self) -> MutexGuard<'_, OutageState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A write that was asked for. Dropping it ends it as not written.
#[derive(Debug)]
pub(super) struct WriteAttempt {
    outage: Outage,
    is_durable: bool,
}

impl WriteAttempt {
    /// Ends the attempt after a commit.
    pub(super) fn succeed(mut self) {
        self.is_durable = true;
    }
}

impl Drop for WriteAttempt {
    fn drop(&mut self) {
        self.outage.lock().end_write(self.is_durable, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stall_lasts_from_the_first_write_that_was_wanted_to_the_next_success() {
        let (mut state, start) = (OutageState::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(state.stalled_for(at(1000)), Duration::ZERO, "an idle bot is well");
        state.begin_write(at(0));
        state.end_write(false, at(10));
        assert_eq!(state.stalled_for(at(15)).as_secs(), 15, "nothing waits, but nothing was written");
        state.begin_write(at(16));
        state.begin_write(at(17));
        state.end_write(true, at(20));
        assert_eq!(state.stalled_for(at(25)).as_secs(), 5, "the other one waits since the last commit");
        state.end_write(true, at(26));
        assert_eq!(state.stalled_for(at(1000)), Duration::ZERO);
    }

    #[test]
    fn one_outage_is_reported_once() {
        let outage = Outage::default();
        assert!(outage.report_once() && !outage.report_once());
        drop(outage.begin_write());
        assert!(!outage.report_once(), "a failed write does not end it");
        outage.begin_write().succeed();
        assert!(outage.report_once());
    }
}
