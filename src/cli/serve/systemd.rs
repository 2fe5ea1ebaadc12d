//! What a service manager wants to know (systemd: sd_notify(3)): ready, alive, stopping. Without one nothing happens.

use sd_notify::NotifyState;
use tokio::task::JoinHandle;

use crate::db::{self, Database};

/// The database is open and this process has it to itself; from here on it does its work as soon as Telegram answers.
pub(super) fn ready() {
    tell(&[NotifyState::Ready, NotifyState::Status("waiting for Telegram")]);
}

/// Telegram answers.
pub(super) fn serving() {
    tell(&[NotifyState::Status("serving")]);
}

/// It has been asked to end.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("finishing what runs, sending what waits")]);
}

/// Says twice per `WatchdogSec` that the process is alive, for as long as the returned task is kept: its threads turn and
/// what is given to the database's writer comes back. An error is an answer too, since a restart would not mend that.
pub(super) fn watch(db: &Database) -> Option<JoinHandle<()>> {
    let every = sd_notify::watchdog_enabled()? / 2;
    let db = db.clone();
    Some(tokio::spawn(async move {
        let mut beat = tokio::time::interval(every);
        loop {
            beat.tick().await;
            let _answered = db.write(|_| Ok::<_, db::Error>(())).await;
            tell(&[NotifyState::Watchdog]);
        }
    }))
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "the service manager could not be told");
    }
}
