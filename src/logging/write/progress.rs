//! How far a thread that writes is behind, so that whoever must not lose a line can wait for it, and whoever must not wait
//! can see that it is of no use.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Counts lines that were handed over, those that the thread has taken and those that are dealt with.
#[derive(Debug, Default)]
pub(super) struct Progress {
    handed_over: AtomicU64,
    taken: AtomicU64,
    written: AtomicU64,
}

impl Progress {
    pub(super) fn handed_over(&self) {
        self.handed_over.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn taken(&self) {
        self.taken.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn written(&self, lines: u64) {
        self.written.fetch_add(lines, Ordering::SeqCst);
    }

    /// Waits until every line handed over so far is written. For a panic, which may be the last thing that happens.
    pub(super) fn wait(&self, patience: Duration) {
        let goal = self.handed_over.load(Ordering::SeqCst);
        comes_true(patience, || self.written.load(Ordering::SeqCst) >= goal);
    }

    /// Waits until fewer lines than that are under way to the thread; whether they are.
    pub(super) fn has_room(&self, lines: u64, patience: Duration) -> bool {
        comes_true(patience, || {
            let taken = self.taken.load(Ordering::SeqCst);
            self.handed_over.load(Ordering::SeqCst).saturating_sub(taken) < lines
        })
    }
}

/// Whether something comes true in time. It looks again and again instead of being told: nothing may be relied on in a
/// panic, and the thread that writes is not to be burdened by those who wait.
fn comes_true(patience: Duration, is_true: impl Fn() -> bool) -> bool {
    let mut begun = None;
    while !is_true() {
        if begun.get_or_insert_with(Instant::now).elapsed() >= patience {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    true
}
