//! The scheduled jobs of `serve`, one file per job; `daily` computes when a job is due in the configured time zone.
//!
//! A run is claimed in the database before it starts, so two processes on one database never both run it. The next start
//! makes up for a missed run that is at most twelve hours late.

mod backup;
mod backup_runs;
mod daily;
mod dead_letters;
mod housekeeping;
mod indexing;
mod job;
mod redate;
mod reminders;
mod runner;
mod schedule;
mod settings;
mod sla;
mod summaries;

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::backup::BackupConfig;
use crate::config::database::DatabaseUrl;
use crate::db::{Database, job_runs};
pub(crate) use backup::BackupFailure;
pub(crate) use backup_runs::BackupAlarm;
use backup_runs::BackupRuns;
pub(crate) use indexing::run_indexing;
use job::ScheduledJob;
use runner::JobRunner;
pub(crate) use runner::WakeCourier;
use schedule::BackupSchedule;
pub(crate) use settings::JobSettings;

/// The running jobs.
pub(crate) struct JobScheduler {
    db: Database,
    stopping: CancellationToken,
    backup: Option<JoinHandle<()>>,
    others: JoinHandle<()>,
}

/// Returns when each job runs next, by its name in the database.
pub(crate) fn list_next_runs(
    settings: &JobSettings,
    backup: &BackupConfig,
    now: DateTime<Utc>,
) -> Vec<(&'static str, DateTime<Utc>)> {
    let backup = BackupSchedule::from_config(backup, settings.zone);
    let backup = backup.map(|schedule| (backup::NAME, schedule.next_due(now)));
    let others = ScheduledJob::ALL.into_iter().map(|job| (job.name(), job.next_run(settings, now)));
    backup.into_iter().chain(others).collect()
}

/// What the backup job needs.
pub(crate) struct BackupSetup<'a> {
    pub(crate) url: &'a DatabaseUrl,
    pub(crate) config: &'a BackupConfig,
    pub(crate) alarm: BackupAlarm,
}

impl JobScheduler {
    /// Starts the jobs' timers; without `backup` no backups are made.
    #[must_use]
    pub(crate) fn start(
        db: &Database,
        settings: JobSettings,
        wake: WakeCourier,
        backup: Option<BackupSetup<'_>>,
    ) -> Self {
        let (zone, stopping) = (settings.zone, CancellationToken::new());
        let backup = backup.and_then(|setup| {
            let schedule = BackupSchedule::from_config(setup.config, zone)?;
            let job = backup::BackupJob { url: setup.url.clone(), config: setup.config.clone(), zone };
            let runs = BackupRuns {
                db: db.clone(),
                schedule,
                job,
                alarm: setup.alarm,
                last_alarm: None,
                stopping: stopping.clone(),
            };
            Some(tokio::spawn(runs.run_when_due()))
        });
        tokio::spawn(redate::run_redating(db.clone(), stopping.clone()));
        let runner = JobRunner::new(db.clone(), settings, wake);
        let others = tokio::spawn(runner.run_until_stopped(stopping.clone()));
        Self { db: db.clone(), stopping, backup, others }
    }

    /// Starts no more runs and waits up to `grace` for a running one. The next start repeats one that takes longer.
    pub(crate) async fn stop(mut self, grace: Duration) {
        self.stopping.cancel();
        // One transaction at a time, or a batch of housekeeping, which the next start continues.
        if tokio::time::timeout(grace, &mut self.others).await.is_err() {
            self.others.abort();
        }
        let Some(backup) = &mut self.backup else { return };
        if tokio::time::timeout(grace, &mut *backup).await.is_ok() {
            return;
        }
        backup.abort();
        // Its hook is killed by then.
        let _aborted = backup.await;
        tracing::warn!(job = backup::NAME, "job was interrupted; the next start repeats it");
        backup_runs::record_outcome(&self.db, job_runs::INTERRUPTED.to_owned()).await;
    }
}

impl Drop for JobScheduler {
    /// Ends a running hook also when a second signal cuts the shutdown short.
    fn drop(&mut self) {
        if let Some(backup) = &self.backup {
            backup.abort();
        }
    }
}
