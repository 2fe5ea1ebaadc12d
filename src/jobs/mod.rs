//! What `serve` does by the clock. One file per job; when a job is due, in the zone of the company, is a matter of `daily`.
//!
//! That a run was begun is in the database before it begins, so two processes on one database never both run it. A run
//! that was missed is made up for at the next start, if it is not more than twelve hours late.

mod backup;
mod daily;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::backup::BackupConfig;
use crate::config::database::DatabaseUrl;
use crate::db::{self, Database, job_runs, time};
use daily::DailySchedule;

/// How late a run may be that was missed.
const LATEST: TimeDelta = TimeDelta::hours(12);
/// The longest wait between two looks at the clock, which somebody may set.
const LOOK: Duration = Duration::from_mins(1);

/// The jobs that run.
pub struct JobScheduler {
    db: Database,
    stopping: CancellationToken,
    backup: Option<JoinHandle<()>>,
}

impl JobScheduler {
    /// Begins to watch the clock.
    #[must_use]
    pub fn start(db: &Database, url: &DatabaseUrl, backup: &BackupConfig, zone: Tz) -> Self {
        let stopping = CancellationToken::new();
        let backup = backup.time.map(|time| {
            let schedule = DailySchedule::new(time, zone);
            let job = backup::BackupJob::new(url.clone(), backup.clone());
            tokio::spawn(run_daily(db.clone(), schedule, job, stopping.clone()))
        });
        Self { db: db.clone(), stopping, backup }
    }

    /// Begins no more runs and waits for the one that is at work, `grace` at most. One that takes longer is begun anew by
    /// the next start.
    pub async fn stop(self, grace: Duration) {
        self.stopping.cancel();
        let Some(mut backup) = self.backup else { return };
        if tokio::time::timeout(grace, &mut backup).await.is_ok() {
            return;
        }
        backup.abort();
        tracing::warn!(job = backup::NAME, "a job did not end in time; the next start begins it anew");
        note(&self.db, job_runs::INTERRUPTED.to_owned()).await;
    }
}

/// Waits until it is time, again and again.
async fn run_daily(
    db: Database,
    schedule: DailySchedule,
    job: backup::BackupJob,
    stopping: CancellationToken,
) {
    loop {
        let now = time::now();
        let due = schedule.last(now);
        match is_ours(&db, due, now - due <= LATEST).await {
            // The stop came first; the next start makes the run.
            Ok(true) if stopping.is_cancelled() => {
                note(&db, job_runs::INTERRUPTED.to_owned()).await;
                return;
            }
            Ok(true) => {
                tracing::info!(job = backup::NAME, %due, "a job begins");
                let outcome = job.run().await;
                note(&db, outcome).await;
            }
            Ok(false) => {}
            // The run is still due when the database answers again.
            Err(error) => {
                db::log_outage!(db.outage().report_once(), job = backup::NAME, %error, "a job cannot begin, trying again");
                tokio::select! {
                    () = tokio::time::sleep(LOOK) => continue,
                    () = stopping.cancelled() => return,
                }
            }
        }
        let next = schedule.next(time::now());
        tracing::debug!(job = backup::NAME, %next, "a job waits");
        while time::now() < next {
            let left = (next - time::now()).to_std().unwrap_or_default();
            tokio::select! {
                () = tokio::time::sleep(left.min(LOOK)) => {}
                () = stopping.cancelled() => return,
            }
        }
    }
}

/// Whether this process is the one that makes the run, if it is not too late for it.
async fn is_ours(db: &Database, due: DateTime<Utc>, in_time: bool) -> db::Result<bool> {
    db.write(move |tx| {
        let now = time::now();
        job_runs::insert_job(tx, backup::NAME, now)?;
        Ok(in_time && job_runs::claim_job_run(tx, backup::NAME, due, now)?)
    })
    .await
}

/// Writes down how it ended.
async fn note(db: &Database, outcome: String) {
    let noted = db.write(move |tx| job_runs::finish_job_run(tx, backup::NAME, &outcome, time::now())).await;
    if let Err(error) = noted {
        let error: db::Error = error;
        tracing::error!(job = backup::NAME, %error, "how a job ended could not be written down");
    }
}
