//! Times as the database stores them: UTC, microseconds, without a zone.
//!
//! SQLite compares times as text and PostgreSQL truncates them to microseconds, so every time that is stored or
//! compared is truncated here and bound from the program, never made by the database.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, DurationRound, NaiveDateTime, TimeDelta, Utc};

/// How far the clocks of machines that share a database or a folder may differ. A stored time that is further in the future is
/// of a clock that was ahead, and counts as now.
pub(crate) const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(5);

/// By how much this process is ahead of the system's clock: in the sandbox, whose page moves it.
static AHEAD: OnceLock<Box<dyn Fn() -> Duration + Send + Sync>> = OnceLock::new();

/// Makes [`now`] run ahead of the system's clock from now on. Later calls change nothing.
pub(crate) fn run_ahead(ahead: impl Fn() -> Duration + Send + Sync + 'static) {
    let _already_set = AHEAD.set(Box::new(ahead));
}

/// Returns the current time in whole microseconds.
pub fn now() -> DateTime<Utc> {
    let ahead = AHEAD.get().map(|ahead| ahead()).unwrap_or_default();
    truncate_to_micros(Utc::now() + ahead)
}

fn truncate_to_micros(time: DateTime<Utc>) -> DateTime<Utc> {
    time.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(time)
}

pub(crate) fn to_stored(time: DateTime<Utc>) -> NaiveDateTime {
    truncate_to_micros(time).naive_utc()
}

pub(crate) fn from_stored(time: NaiveDateTime) -> DateTime<Utc> {
    time.and_utc()
}

/// Returns a time as seconds since 1970, for metrics.
pub(crate) fn unix_seconds(time: DateTime<Utc>) -> f64 {
    SystemTime::from(time).duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
