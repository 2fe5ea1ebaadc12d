//! Corrects what a clock that was ahead has left in the database.

use tokio_util::sync::CancellationToken;

use super::daily::CLOCK_INTERVAL;
use crate::db::clock::{self, FutureTimes};
use crate::db::{self, Database, time};

/// Looks for times in the future every minute, because the clock may be set while the bot runs.
pub(super) async fn run_redating(db: Database, stopping: CancellationToken) {
    let (mut beat, mut had_leases) = (tokio::time::interval(CLOCK_INTERVAL), false);
    loop {
        tokio::select! {
            _ = beat.tick() => {}
            () = stopping.cancelled() => return,
        }
        match redate_future_times(&db, had_leases).await {
            Ok(found) => had_leases = found.leases > 0,
            Err(error) => {
                db::log_outage!(db.outage().report_once(), %error, "times in the future could not be corrected");
            }
        }
    }
}

/// Corrects what is found; leases only if there were some a minute before.
async fn redate_future_times(db: &Database, had_leases: bool) -> db::Result<FutureTimes> {
    let found = db.read(|conn| clock::count_future_times(conn, time::now())).await?;
    if found.total() == 0 {
        return Ok(found);
    }
    tracing::warn!(
        messages = found.messages,
        leases = found.leases,
        ends_leases = had_leases,
        updates = found.updates,
        dialogues = found.dialogues,
        jobs = found.jobs,
        "times in the future were found and are set to now; was the clock ahead?"
    );
    db.write(move |tx| {
        let now = time::now();
        if had_leases {
            clock::end_future_leases(tx, now)?;
        }
        clock::redate_future_times(tx, now)
    })
    .await?;
    Ok(found)
}
