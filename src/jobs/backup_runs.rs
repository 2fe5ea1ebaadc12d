//! The runs of the backup job: it works outside of any transaction, so its claim and its outcome are recorded apart.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;

use super::backup::{BackupFailure, BackupJob, NAME};
use super::daily::CLOCK_INTERVAL;
use super::schedule::BackupSchedule;
use crate::backup::BackupReason;
use crate::db::{self, AnyConnection, Database, job_runs, time};

/// How late a missed run may start.
const MAX_DELAY: TimeDelta = TimeDelta::hours(12);

/// How often the alarm about a backup that keeps failing is repeated.
const ALARM_INTERVAL: TimeDelta = TimeDelta::hours(12);

/// Stores the messages about a failure, in the transaction that records it.
pub(crate) type BackupAlarm = Arc<dyn Fn(&mut AnyConnection, &BackupFailure) -> db::Result<()> + Send + Sync>;

/// The runs of the backup job.
pub(super) struct BackupRuns {
    pub(super) db: Database,
    pub(super) schedule: BackupSchedule,
    pub(super) job: BackupJob,
    pub(super) alarm: BackupAlarm,
    /// Since when no other alarm is sent; `None` after a success.
    pub(super) last_alarm: Option<DateTime<Utc>>,
    pub(super) stopping: CancellationToken,
}

impl BackupRuns {
    /// Runs the job whenever it is due. The due time is computed anew each minute: the clock may be set back by years.
    pub(super) async fn run_when_due(mut self) {
        let mut handled = None;
        loop {
            let now = time::now();
            let due = self.schedule.last_due(now);
            if handled != Some(due) {
                match self.run_if_due(due, now - due <= MAX_DELAY).await {
                    Ok(()) => {
                        handled = Some(due);
                        let next = self.schedule.next_due(time::now());
                        tracing::debug!(job = NAME, %next, "job waits");
                    }
                    // The run stays due until the database answers again.
                    Err(error) => {
                        db::log_outage!(self.db.outage().report_once(), job = NAME, %error, "job could not be claimed, retrying");
                    }
                }
            }
            let now = time::now();
            let pause = (self.schedule.next_due(now) - now).to_std().unwrap_or_default().min(CLOCK_INTERVAL);
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.stopping.cancelled() => return,
            }
        }
    }

    /// Runs the job unless this run was claimed before or is too late. Fails only when it cannot be claimed.
    async fn run_if_due(&mut self, due: DateTime<Utc>, in_time: bool) -> db::Result<()> {
        if !claim_run(&self.db, due, in_time).await? {
            return Ok(());
        }
        if self.stopping.is_cancelled() {
            // The next start repeats the run.
            record_outcome(&self.db, job_runs::INTERRUPTED.to_owned()).await;
            return Ok(());
        }
        tracing::info!(job = NAME, %due, "job started");
        let reason = if self.schedule.is_daily(due) { BackupReason::Daily } else { BackupReason::Interval };
        match self.job.run(reason).await {
            Ok(()) => {
                self.last_alarm = None;
                record_outcome(&self.db, job_runs::DONE.to_owned()).await;
            }
            Err(failure) => self.record_failure(failure).await,
        }
        Ok(())
    }

    /// Records a failure and, unless they know of it, tells the admins.
    async fn record_failure(&mut self, failure: BackupFailure) {
        let now = time::now();
        let is_known = self.last_alarm.is_some_and(|last| now - last < ALARM_INTERVAL && last <= now);
        let alarm = (!is_known).then(|| Arc::clone(&self.alarm));
        let outcome = format!("{}{failure}", job_runs::FAILED);
        let recorded = self.db.write(move |tx| {
            alarm.iter().try_for_each(|alarm| alarm(tx, &failure))?;
            job_runs::finish_job_run(tx, NAME, &outcome, now)
        });
        match recorded.await {
            Ok(()) if is_known => {}
            Ok(()) => self.last_alarm = Some(now),
            Err(error) => log_unrecorded_outcome(&error),
        }
    }
}

/// Claims the due run unless it is too late; `false` when another process has claimed it.
async fn claim_run(db: &Database, due: DateTime<Utc>, in_time: bool) -> db::Result<bool> {
    db.write(move |tx| {
        let now = time::now();
        job_runs::insert_job(tx, NAME, now)?;
        Ok(in_time && job_runs::claim_job_run(tx, NAME, due, now)?)
    })
    .await
}

pub(super) async fn record_outcome(db: &Database, outcome: String) {
    let recorded = db.write(move |tx| job_runs::finish_job_run(tx, NAME, &outcome, time::now())).await;
    if let Err(error) = recorded {
        log_unrecorded_outcome(&error);
    }
}

fn log_unrecorded_outcome(error: &db::Error) {
    tracing::error!(job = NAME, %error, "job outcome could not be recorded");
}
