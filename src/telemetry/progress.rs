//! How far the log file is behind, so that whoever must not lose a line can wait for it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Counts lines that were handed over and lines that are dealt with.
#[derive(Debug, Default)]
pub(super) struct Progress {
    handed_over: AtomicU64,
    written: AtomicU64,
}

impl Progress {
    pub(super) fn handed_over(&self) {
        self.handed_over.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn written(&self, lines: u64) {
        self.written.fetch_add(lines, Ordering::SeqCst);
    }

    /// Waits until every line handed over so far is in the file. For a panic, which may be the last thing that happens;
    /// nothing there may be relied on, so it looks again and again instead of being told.
    pub(super) fn wait(&self, patience: Duration) {
        let (goal, begun) = (self.handed_over.load(Ordering::SeqCst), Instant::now());
        while self.written.load(Ordering::SeqCst) < goal && begun.elapsed() < patience {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
