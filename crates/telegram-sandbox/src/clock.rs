//! A clock that the chat page moves forward, so that what happens hours later can be seen now.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How far ahead of the system's clock the sandbox is. Clones share it: the bot of the same process adds [`SandboxClock::ahead`]
/// to its own time. It only moves forward.
#[derive(Clone, Debug)]
pub struct SandboxClock {
    ahead_seconds: Arc<AtomicU64>,
    time_zone: Arc<str>,
}

impl SandboxClock {
    /// The furthest that one request moves the clock.
    pub(crate) const LONGEST_STEP: Duration = Duration::from_hours(24 * 31);

    /// A clock at the system's time. The page shows it in the time zone, an IANA name.
    #[must_use]
    pub fn in_zone(time_zone: &str) -> Self {
        Self { ahead_seconds: Arc::default(), time_zone: time_zone.into() }
    }

    /// Returns by how much it is ahead of the system's clock.
    #[must_use]
    pub fn ahead(&self) -> Duration {
        Duration::from_secs(self.ahead_seconds.load(Ordering::Relaxed))
    }

    /// Moves it forward.
    pub fn advance(&self, by: Duration) {
        self.ahead_seconds.fetch_add(by.as_secs(), Ordering::Relaxed);
    }

    pub(crate) fn time_zone(&self) -> &str {
        &self.time_zone
    }
}

/// Returns Unix seconds by a clock, or the system's.
pub(crate) fn unix_now(clock: Option<&SandboxClock>) -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let ahead = clock.map(SandboxClock::ahead).unwrap_or_default();
    i64::try_from((since + ahead).as_secs()).unwrap_or(i64::MAX)
}
