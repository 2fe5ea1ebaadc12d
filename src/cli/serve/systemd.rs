//! What a service manager wants to know (systemd: sd_notify(3)): ready, alive, stopping. Without one nothing happens.

use std::time::Duration;

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

/// Says twice per `WatchdogSec` that the process is alive, for as long as the returned task is kept: its threads turn, and
/// the database's writer works. An error is an answer too, since a restart would not mend that.
pub(super) fn watch(db: &Database) -> Option<JoinHandle<()>> {
    let every = sd_notify::watchdog_enabled()? / 2;
    let db = db.clone();
    Some(tokio::spawn(async move {
        let mut beat = tokio::time::interval(every);
        loop {
            beat.tick().await;
            until_alive(&db, every / 8).await;
            tell(&[NotifyState::Watchdog]);
        }
    }))
}

/// Waits for a sign of life of the database's writer: what it is given comes back, or it has got on with what was there
/// before. While somebody else has locked the database, each group takes as long as the lock is waited for, and what stands
/// behind some of them comes back late.
async fn until_alive(db: &Database, pause: Duration) {
    let before = db.finished_groups();
    let ping = db.write(|_| Ok::<_, db::Error>(()));
    let gets_on = async {
        while db.finished_groups() == before {
            tokio::time::sleep(pause).await;
        }
    };
    tokio::select! {
        _ = ping => {}
        () = gets_on => {}
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "the service manager could not be told");
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

    const PATIENCE: Duration = Duration::from_secs(30);

    /// Gives the writer a job that ends when it is told to; returns once it runs.
    async fn blocked(db: &Database) -> mpsc::Sender<()> {
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
    async fn a_writer_that_gets_on_is_alive_though_the_ping_waits_behind_others() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("bot.db"));
        connection::make_private_file(&url).unwrap();
        migrate::apply_pending(&mut connection::open_connection(&url).unwrap()).unwrap();
        let (db, _ended) = Database::open(&url).unwrap();
        let first = blocked(&db).await;
        // The rest of the first one's group, and one that blocks the next.
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
        let mut alive = Box::pin(until_alive(&db, Duration::from_millis(1)));
        assert!(
            std::future::poll_fn(|context| std::task::Poll::Ready(alive.as_mut().poll(context)))
                .await
                .is_pending()
        );
        drop(first);
        tokio::task::spawn_blocking(move || runs.recv().unwrap()).await.unwrap();
        tokio::time::timeout(PATIENCE, alive).await.expect("a group has come to its end");
        drop(second);
    }
}
