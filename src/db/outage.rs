//! Whether the database accepts writes at present, so that one outage is reported as one error.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Logs a failure of the database: as an error when an outage begins, as a warning while it lasts.
macro_rules! log_outage {
    ($is_first:expr, $($line:tt)+) => {
        if $is_first { tracing::error!($($line)+) } else { tracing::warn!($($line)+) }
    };
}
pub(crate) use log_outage;

/// An ongoing outage of the database, if any. Clones share their state.
#[derive(Clone, Debug, Default)]
pub struct Outage(Arc<AtomicBool>);

impl Outage {
    /// Records a failure and returns whether it is the first since the last successful write.
    pub fn report_once(&self) -> bool {
        !self.0.swap(true, Ordering::Relaxed)
    }

    /// Records a successful write.
    pub(super) fn clear(&self) {
        // A load is cheaper than a store.
        if self.0.load(Ordering::Relaxed) {
            self.0.store(false, Ordering::Relaxed);
        }
    }
}
