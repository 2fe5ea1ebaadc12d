//! What is logged and counted of each processed update.

use std::time::Duration;

use super::incoming::{ReceivedUpdate, UpdateContent};
use super::process::ProcessedUpdate;

/// Logs an event of an update with the fields by which readers find it; ids only, no names or texts.
macro_rules! log_update {
    ($level:ident, $update:expr, $($more:tt)+) => {
        tracing::$level!(
            update = $update.id,
            kind = $update.kind,
            user = $update.user,
            chat = $update.chat,
            $($more)+
        )
    };
}

pub(super) use log_update;

/// The outcome of an update that was handled with the first part of its message.
const JOINED: &str = "joined";

/// Logs a processed update and the further parts of its message.
pub(super) fn log_processed(update: &ReceivedUpdate, processed: &ProcessedUpdate, took: Duration) {
    if let UpdateContent::Unreadable(reason) = update.content {
        log_update!(warn, update, outcome = processed.outcome, reason, "update cannot be read");
        return;
    }
    log_update!(
        info,
        update,
        outcome = processed.outcome,
        action = processed.action.as_deref(),
        ms = f64::from(u32::try_from(took.as_micros()).unwrap_or(u32::MAX)) / 1000.0,
        "update"
    );
    for part in &update.parts {
        tracing::info!(
            update = part,
            kind = update.kind,
            user = update.user,
            chat = update.chat,
            outcome = JOINED,
            first = update.id,
            "update"
        );
    }
}

/// Counts it for the metrics.
pub(super) fn count_processed(update: &ReceivedUpdate, outcome: &'static str, took: Duration) {
    metrics::counter!("botctl_updates_total", "kind" => update.kind, "outcome" => outcome).increment(1);
    metrics::histogram!("botctl_update_duration_seconds").record(took);
    if !update.parts.is_empty() {
        metrics::counter!("botctl_updates_total", "kind" => update.kind, "outcome" => JOINED)
            .increment(update.parts.len() as u64);
    }
}
