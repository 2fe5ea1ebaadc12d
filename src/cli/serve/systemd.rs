//! Notifications of the service manager (systemd: sd_notify(3)): ready, alive, stopping. Without one they do nothing.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio::task::JoinHandle;

use crate::db::{self, Database};

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

/// Starts the task that reports twice per `WatchdogSec` that the async threads and the database writer make progress. A database
/// error counts as progress, since a restart would not repair it.
pub(super) fn start_watchdog(db: &Database) -> Option<JoinHandle<()>> {
    let every = sd_notify::watchdog_enabled()? / 2;
    let db = db.clone();
    Some(tokio::spawn(async move {
        let mut beat = tokio::time::interval(every);
        loop {
            beat.tick().await;
            wait_for_writer(&db, every / 8).await;
            notify(&[NotifyState::Watchdog]);
        }
    }))
}

/// Waits until the writer answers a ping or completes a group of earlier writes. While another process has locked the
/// database, each group takes as long as the busy timeout, so that the ping behind some groups returns late.
async fn wait_for_writer(db: &Database, pause: Duration) {
    let before = db.finished_groups();
    let ping = db.write(|_| Ok::<_, db::Error>(()));
    let progress = async {
        while db.finished_groups() == before {
            tokio::time::sleep(pause).await;
        }
    };
    tokio::select! {
        _ = ping => {}
        () = progress => {}
    }
}

fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "service manager notification failed");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::sync::mpsc;

    use super::*;
    use crate::config::database::DatabaseUrl;
    use crate::db::connection;
    use crate::migrate;

    const TIMEOUT: Duration = Duration::from_secs(30);

    /// Blocks the writer with a job until the returned sender is dropped; returns once the job runs.
    async fn block_writer(db: &Database) -> mpsc::Sender<()> {
        let (open, gate) = mpsc::channel();
        let (tell, runs) = tokio::sync::oneshot::channel();
        let db = db.clone();
        tokio::spawn(async move {
            db.write(move |_| {
                tell.send(()).unwrap();
                let _opened = gate.recv();
                Ok::<_, db::Error>(())
            })
            .await
        });
        runs.await.unwrap();
        open
    }

    #[tokio::test]
    async fn writer_with_progress_is_alive_although_the_ping_waits() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("bot.db"));
        connection::make_private_file(&url).unwrap();
        migrate::apply_pending(&mut connection::open_connection(&url).unwrap()).unwrap();
        let (db, _ended) = Database::open(&url).unwrap();
        let first = block_writer(&db).await;
        // Fills the first job's group; the last job blocks the next group.
        let (tell, runs) = mpsc::channel();
        let (second, gate) = mpsc::channel::<()>();
        let mut last = Some((gate, tell));
        let mut waiting = Vec::new();
        for number in 1..=64 {
            let gate = if number == 64 { last.take() } else { None };
            let mut write = Box::pin(db.write(move |_| {
                if let Some((gate, tell)) = gate {
                    tell.send(()).unwrap();
                    let _opened = gate.recv();
                }
                Ok::<_, db::Error>(())
            }));
            // The first poll puts the job into the queue.
            assert!(
                std::future::poll_fn(|context| std::task::Poll::Ready(write.as_mut().poll(context)))
                    .await
                    .is_pending()
            );
            waiting.push(write);
        }
        let mut alive = Box::pin(wait_for_writer(&db, Duration::from_millis(1)));
        assert!(
            std::future::poll_fn(|context| std::task::Poll::Ready(alive.as_mut().poll(context)))
                .await
                .is_pending()
        );
        drop(first);
        tokio::task::spawn_blocking(move || runs.recv().unwrap()).await.unwrap();
        tokio::time::timeout(TIMEOUT, alive).await.expect("a group has completed");
        drop(second);
    }
}
