//! Notices on stderr about the log itself and about panics. A full pipe blocks its writer, so a thread of its own writes
//! them.

use std::fmt::Arguments;
use std::time::Duration;

use tracing_appender::non_blocking::WorkerGuard;

use super::queue::{LineQueue, unlocked_stderr};

/// Notices that may wait; more are lost.
const QUEUE_LIMIT: usize = 64;

/// Prints notices on stderr without waiting. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct StderrNotices(LineQueue);

impl StderrNotices {
    /// Starts the thread.
    pub(super) fn start() -> (Self, WorkerGuard) {
        let (queue, guard) = LineQueue::start("log-notices", QUEUE_LIMIT, unlocked_stderr());
        (Self(queue), guard)
    }

    pub(super) fn print(&self, notice: Arguments<'_>) {
        self.0.push(format!("{notice}\n").as_bytes());
    }

    pub(super) fn wait_until_printed(&self, timeout: Duration) {
        self.0.wait_until_drained(timeout);
    }
}
