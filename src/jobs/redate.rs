//! Corrects what a clock that was ahead has left in the database.

use tokio_util::sync::CancellationToken;

use super::daily::CLOCK_INTERVAL;
use crate::db::{self, Database, clock, time};

/// Looks for times in the future every minute, because the clock may be set while the bot runs.
pub(super) async fn run_redating(db: Database, stopping: CancellationToken) {
    let mut beat = tokio::time::interval(CLOCK_INTERVAL);
    loop {
        tokio::select! {
            _ = beat.tick() => {}
            () = stopping.cancelled() => return,
        }
        if let Err(error) = redate_future_times(&db).await {
            db::log_outage!(db.outage().report_once(), %error, "times in the future could not be corrected");
        }
    }
}

async fn redate_future_times(db: &Database) -> db::Result<()> {
    let found = db.read(|conn| clock::count_future_times(conn, time::now())).await?;
    if found.total() == 0 {
        return Ok(());
    }
    tracing::warn!(
        messages = found.messages,
        leases = found.leases,
        updates = found.updates,
        dialogues = found.dialogues,
        jobs = found.jobs,
        "times in the future were found and are set to now; was the clock ahead?"
    );
    db.write(|tx| clock::redate_future_times(tx, time::now())).await
}
