//! Runs the jobs when they are due. The clock is read every second, because the sandbox's page moves it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::housekeeping;
use super::job::{JobInput, ScheduledJob};
use super::settings::JobSettings;
use crate::bot::notices::notify_job_failed;
use crate::db::{self, AnyConnection, Database, job_runs, time};
use crate::service::Refusal;

const CLOCK_INTERVAL: Duration = Duration::from_secs(1);
/// How long a run that failed waits for its next attempt.
const RETRY_PAUSE: TimeDelta = TimeDelta::seconds(3);
/// After so many attempts a run has failed.
const MAX_ATTEMPTS: u32 = 3;

/// Called when messages were stored.
pub(crate) type WakeCourier = Arc<dyn Fn() + Send + Sync>;

/// Attempts of a run that could not be made.
#[derive(Clone, Copy)]
struct FailedAttempts {
    due: DateTime<Utc>,
    count: u32,
    last_at: DateTime<Utc>,
}

pub(super) struct JobRunner {
    db: Database,
    settings: JobSettings,
    wake: WakeCourier,
    /// The runs that are over for this process.
    handled: HashMap<ScheduledJob, DateTime<Utc>>,
    failed: HashMap<ScheduledJob, FailedAttempts>,
}

impl JobRunner {
    pub(super) fn new(db: Database, settings: JobSettings, wake: WakeCourier) -> Self {
        Self { db, settings, wake, handled: HashMap::new(), failed: HashMap::new() }
    }

    /// Runs the jobs until `stopping`; a running one is finished.
    pub(super) async fn run_until_stopped(mut self, stopping: CancellationToken) {
        let mut beat = tokio::time::interval(CLOCK_INTERVAL);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut are_registered = false;
        loop {
            tokio::select! {
                _ = beat.tick() => {}
                () = stopping.cancelled() => return,
            }
            if !are_registered {
                are_registered = self.register_jobs().await;
                if are_registered {
                    housekeeping::update_statistics(&self.db).await;
                }
                continue;
            }
            for job in ScheduledJob::ALL {
                if stopping.is_cancelled() {
                    return;
                }
                self.run_if_due(job, time::now()).await;
            }
        }
    }

    /// Records the jobs that are new here. What was due before that was not missed, and what is due from now on is run, also
    /// when it is held back at first. `false` while the database does not answer.
    async fn register_jobs(&self) -> bool {
        let now = time::now();
        let insert = move |tx: &mut AnyConnection| {
            ScheduledJob::ALL.into_iter().try_for_each(|job| job_runs::insert_job(tx, job.name(), now))
        };
        let result: db::Result<()> = self.db.write(insert).await;
        if let Err(error) = &result {
            db::log_outage!(self.db.outage().report_once(), %error, "jobs could not be recorded, retrying");
        }
        result.is_ok()
    }

    async fn run_if_due(&mut self, job: ScheduledJob, now: DateTime<Utc>) {
        let due = job.last_due(&self.settings, now);
        let attempts = self.failed.get(&job).copied().filter(|failed| failed.due == due);
        let pauses = attempts.is_some_and(|failed| (now - failed.last_at).abs() < RETRY_PAUSE);
        if self.handled.get(&job) == Some(&due) || pauses || job.is_held_back(&self.settings, now) {
            return;
        }
        let attempt = attempts.map_or(1, |failed| failed.count + 1);
        match self.attempt_run(job, due, now, attempt).await {
            Ok(has_run) => {
                self.handled.insert(job, due);
                if has_run {
                    tracing::debug!(job = job.name(), %due, "job finished");
                    (self.wake)();
                }
            }
            // The run stays due.
            Err(error) => {
                self.failed.insert(job, FailedAttempts { due, count: attempt, last_at: now });
                db::log_outage!(self.db.outage().report_once(), job = job.name(), %error, "job could not be run, retrying");
            }
        }
    }

    /// Runs a job; `false` when its run was claimed before. The last attempt that fails is recorded.
    async fn attempt_run(
        &self,
        job: ScheduledJob,
        due: DateTime<Utc>,
        now: DateTime<Utc>,
        attempt: u32,
    ) -> db::Result<bool> {
        let error = match self.run(job, due, now).await {
            Err(error) if attempt >= MAX_ATTEMPTS => error,
            result => return result,
        };
        let (settings, reason) = (self.settings, error.to_string());
        let recorded = self.db.write(move |tx| {
            let is_known = job_runs::has_failed(tx, job.name())?;
            if claim_run(tx, job, due, now)? {
                record_failure(tx, job, settings, &reason, is_known)?;
            }
            Ok::<_, db::Error>(())
        });
        recorded.await?;
        tracing::error!(job = job.name(), %error, "job failed");
        Ok(true)
    }

    async fn run(&self, job: ScheduledJob, due: DateTime<Utc>, now: DateTime<Utc>) -> db::Result<bool> {
        if job == ScheduledJob::Housekeeping {
            return self.keep_house(due, now).await;
        }
        let settings = self.settings;
        let is_missed = job.is_missed(&settings, due, now);
        let read = move |conn: &mut AnyConnection| {
            let is_due = !is_missed && job_runs::is_due(conn, job.name(), due, now)?;
            if is_due { job.read_input(conn, settings, now) } else { Ok(JobInput::None) }
        };
        let input = if job.has_input() { self.db.read(read).await? } else { JobInput::None };
        // One transaction: what is told of, the messages and the run itself are stored together or not at all.
        let run = self.db.write(move |tx| {
            if is_missed || !claim_run(tx, job, due, now)? {
                return Ok(false);
            }
            let sent = job.run_in(tx, settings, &input, now);
            sent.map_err(Refusal::into_database_error)?;
            job_runs::finish_job_run(tx, job.name(), job_runs::DONE, now)?;
            Ok(true)
        });
        run.await
    }

    async fn keep_house(&self, due: DateTime<Utc>, now: DateTime<Utc>) -> db::Result<bool> {
        let (job, settings) = (ScheduledJob::Housekeeping, self.settings);
        let claim = self.db.write(move |tx| {
            let is_known = job_runs::has_failed(tx, job.name())?;
            Ok::<_, db::Error>((claim_run(tx, job, due, now)?, is_known))
        });
        let (is_claimed, is_known) = claim.await?;
        if !is_claimed {
            return Ok(false);
        }
        // The next run goes on where this one failed.
        let failure = housekeeping::remove_old_rows(&self.db, now).await.err();
        if let Some(error) = &failure {
            tracing::error!(job = job.name(), %error, "job failed");
        }
        let finished = self.db.write(move |tx| match failure {
            None => job_runs::finish_job_run(tx, job.name(), job_runs::DONE, time::now()),
            Some(error) => record_failure(tx, job, settings, &error.to_string(), is_known),
        });
        finished.await?;
        Ok(true)
    }
}

/// Records a failure and, unless they know of it since an earlier run, tells the admins.
fn record_failure(
    tx: &mut AnyConnection,
    job: ScheduledJob,
    settings: JobSettings,
    reason: &str,
    is_known: bool,
) -> db::Result<()> {
    let now = time::now();
    if !is_known {
        notify_job_failed(tx, settings.locale, job.name(), reason, now)?;
    }
    job_runs::finish_job_run(tx, job.name(), &format!("{}{reason}", job_runs::FAILED), now)
}

/// Claims the due run; `false` when it was claimed before.
fn claim_run(
    tx: &mut AnyConnection,
    job: ScheduledJob,
    due: DateTime<Utc>,
    now: DateTime<Utc>,
) -> db::Result<bool> {
    job_runs::claim_job_run(tx, job.name(), due, now)
}
