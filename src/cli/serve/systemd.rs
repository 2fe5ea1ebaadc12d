//! Notifications of the service manager (systemd: sd_notify(3)): ready, alive, stopping. Without one they do nothing.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio::task::JoinHandle;

use crate::db::Database;

/// How long nothing may have been written, with something to write, until the bot no longer counts as working.
const STALL_LIMIT: Duration = Duration::from_secs(20);

/// Reports that the database is open and locked; the bot serves as soon as Telegram answers.
pub(super) fn notify_ready() {
    notify(&[NotifyState::Ready, NotifyState::Status("waiting for Telegram")]);
}

/// Reports that Telegram answers.
pub(super) fn notify_serving() {
    notify(&[NotifyState::Status("serving")]);
}

/// Reports that the shutdown has begun.
pub(super) fn notify_stopping() {
    notify(&[NotifyState::Stopping, NotifyState::Status("finishing handlers, sending queued messages")]);
}

/// Starts the task that reports twice per `WatchdogSec` that the bot works, unless nothing could be written for some time.
pub(super) fn start_watchdog(db: &Database) -> Option<JoinHandle<()>> {
    let every = sd_notify::watchdog_enabled()? / 2;
    let db = db.clone();
    Some(tokio::spawn(async move {
        let (mut beat, mut was_stalled) = (tokio::time::interval(every), false);
        loop {
            beat.tick().await;
            let stalled_for = db.outage().stalled_for();
            let is_stalled = stalled_for >= STALL_LIMIT;
            match (was_stalled, is_stalled) {
                (false, true) => {
                    tracing::warn!(
                        seconds = stalled_for.as_secs(),
                        "nothing can be written to the database; the watchdog is no longer notified"
                    );
                    notify(&[NotifyState::Status("nothing can be written to the database")]);
                }
                (true, false) => notify_serving(),
                _ => {}
            }
            if !is_stalled {
                notify(&[NotifyState::Watchdog]);
            }
            was_stalled = is_stalled;
        }
    }))
}

fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "service manager notification failed");
    }
}
