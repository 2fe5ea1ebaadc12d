//! Time as the database holds it: UTC, microseconds, without a zone.
//!
//! SQLite compares times as text and PostgreSQL cuts them at microseconds, so every time that is stored
//! or compared is cut here first and bound from the program, never made by the database.

use chrono::{DateTime, DurationRound, NaiveDateTime, TimeDelta, Utc};

/// The present moment, whole microseconds.
#[must_use]
pub fn now() -> DateTime<Utc> {
    truncate_to_micros(Utc::now())
}

/// Cuts a time down to whole microseconds.
#[must_use]
pub fn truncate_to_micros(time: DateTime<Utc>) -> DateTime<Utc> {
    time.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(time)
}

/// A time as it is stored.
#[must_use]
pub fn to_stored(time: DateTime<Utc>) -> NaiveDateTime {
    truncate_to_micros(time).naive_utc()
}

/// A stored time as the program uses it.
#[must_use]
pub fn from_stored(time: NaiveDateTime) -> DateTime<Utc> {
    time.and_utc()
}
