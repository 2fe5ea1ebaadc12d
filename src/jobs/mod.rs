//! The scheduled jobs of `serve`, one file per job; `daily` computes when a job is due in the configured time zone.
//!
//! A run is claimed in the database before it starts, so two processes on one database never both run it. The next start
//! makes up for a missed run that is at most twelve hours late.

mod backup;
mod daily;
mod redate;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::backup::BackupConfig;
use crate::config::database::DatabaseUrl;
use crate::db::{self, Database, job_runs, time};
use daily::{CLOCK_INTERVAL, DailySchedule};

/// How late a missed run may start.
const MAX_DELAY: TimeDelta = TimeDelta::hours(12);

/// The running jobs.
pub(crate) struct JobScheduler {
    db: Database,
    stopping: CancellationToken,
    backup: Option<JoinHandle<()>>,
}

impl JobScheduler {
    /// Starts the jobs' timers.
    #[must_use]
    pub(crate) fn start(db: &Database, url: &DatabaseUrl, backup: &BackupConfig, zone: Tz) -> Self {
        let stopping = CancellationToken::new();
        let backup = backup.time.map(|time| {
            let schedule = DailySchedule::new(time, zone);
            let job = backup::BackupJob::new(url.clone(), backup.clone());
            tokio::spawn(run_daily(db.clone(), schedule, job, stopping.clone()))
        });
        tokio::spawn(redate::run_redating(db.clone(), stopping.clone()));
        Self { db: db.clone(), stopping, backup }
    }

    /// Starts no more runs and waits up to `grace` for a running one. The next start repeats one that takes longer.
    pub(crate) async fn stop(self, grace: Duration) {
        self.stopping.cancel();
        let Some(mut backup) = self.backup else { return };
        if tokio::time::timeout(grace, &mut backup).await.is_ok() {
            return;
        }
        backup.abort();
        tracing::warn!(job = backup::NAME, "job was interrupted; the next start repeats it");
        record_outcome(&self.db, job_runs::INTERRUPTED.to_owned()).await;
    }
}

/// Runs the job whenever it is due. The due time is computed anew each minute: the clock may be set back by years.
async fn run_daily(
    db: Database,
    schedule: DailySchedule,
    job: backup::BackupJob,
    stopping: CancellationToken,
) {
    let mut handled = None;
    loop {
        let now = time::now();
        let due = schedule.last_due(now);
        if handled != Some(due) {
            match run_if_due(&db, due, now - due <= MAX_DELAY, &job, &stopping).await {
                Ok(()) => {
                    handled = Some(due);
                    let next = schedule.next_due(time::now());
                    tracing::debug!(job = backup::NAME, %next, "job waits");
                }
                // The run stays due until the database answers again.
                Err(error) => {
                    db::log_outage!(db.outage().report_once(), job = backup::NAME, %error, "job could not be claimed, retrying");
                }
            }
        }
        let now = time::now();
        let pause = (schedule.next_due(now) - now).to_std().unwrap_or_default().min(CLOCK_INTERVAL);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stopping.cancelled() => return,
        }
    }
}

/// Runs the job unless this run was claimed before or is too late. Fails only when it cannot be claimed.
async fn run_if_due(
    db: &Database,
    due: DateTime<Utc>,
    in_time: bool,
    job: &backup::BackupJob,
    stopping: &CancellationToken,
) -> db::Result<()> {
    if !claim_run(db, due, in_time).await? {
        return Ok(());
    }
    if stopping.is_cancelled() {
        // The next start repeats the run.
        record_outcome(db, job_runs::INTERRUPTED.to_owned()).await;
        return Ok(());
    }
    tracing::info!(job = backup::NAME, %due, "job started");
    let outcome = job.run().await;
    record_outcome(db, outcome).await;
    Ok(())
}

/// Claims the due run unless it is too late; `false` when another process has claimed it.
async fn claim_run(db: &Database, due: DateTime<Utc>, in_time: bool) -> db::Result<bool> {
    db.write(move |tx| {
        let now = time::now();
        job_runs::insert_job(tx, backup::NAME, now)?;
        Ok(in_time && job_runs::claim_job_run(tx, backup::NAME, due, now)?)
    })
    .await
}

async fn record_outcome(db: &Database, outcome: String) {
    let recorded =
        db.write(move |tx| job_runs::finish_job_run(tx, backup::NAME, &outcome, time::now())).await;
    if let Err(error) = recorded {
        let error: db::Error = error;
        tracing::error!(job = backup::NAME, %error, "job outcome could not be recorded");
    }
}
