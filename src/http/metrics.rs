//! The metrics for Prometheus. Counters and durations are recorded where things happen; what the database knows is read
//! when it is asked for.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use super::shared_reading::SharedReading;
use crate::backup;
use crate::config::database::DatabaseUrl;
use crate::db::gauges::{DatabaseGauges, read_gauges};
use crate::db::{self, Database, PoolUse, job_runs, time};

/// How long a scrape waits for the database and for the list of backups; then it shows what was known last.
const READING_TIMEOUT: Duration = Duration::from_millis(500);
const DATABASE_LIFETIME: Duration = Duration::from_secs(5);
const BACKUPS_LIFETIME: Duration = Duration::from_mins(1);
/// How often recorded durations are put into their buckets: until then each takes memory.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// In seconds. An update is one transaction.
const UPDATE_BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// In seconds. A call has 15.
const CALL_BUCKETS: [f64; 9] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0];

const COUNTERS: [(&str, &str); 3] = [
    ("botctl_updates_total", "Handled updates by kind and outcome."),
    ("botctl_api_calls_total", "Calls to the Bot API by method and result."),
    ("botctl_rate_limited_total", "Calls that Telegram refused because there were too many (429)."),
];
const HISTOGRAMS: [(&str, &str, &[f64]); 2] = [
    (
        "botctl_update_duration_seconds",
        "Time from the inbox to the end of the transaction, with retries.",
        &UPDATE_BUCKETS,
    ),
    ("botctl_api_call_duration_seconds", "Duration of calls to the Bot API, without polls.", &CALL_BUCKETS),
];
const GAUGES: [(&str, &str); 12] = [
    ("botctl_build_info", "Version of the running program; the value is 1."),
    ("botctl_leader", "Whether this process polls, sends and runs jobs."),
    ("botctl_inbox_unfinished", "Stored updates that are not handled yet."),
    ("botctl_outbox_pending", "Messages that wait to be sent."),
    ("botctl_outbox_oldest_seconds", "Age of the first message that waits to be sent; 0 if none waits."),
    ("botctl_dead_letters", "Messages that could not be delivered."),
    ("botctl_orders", "Orders by status."),
    ("botctl_last_update_timestamp_seconds", "When the newest update was stored."),
    ("botctl_last_poll_timestamp_seconds", "When Telegram last answered a poll and the updates were stored."),
    (
        "botctl_job_last_success_timestamp_seconds",
        "When a job last ended with success; 0 if its last run failed before this start.",
    ),
    ("botctl_backup_last_success_timestamp_seconds", "When the newest good backup in BACKUP_DIR was made."),
    ("botctl_db_pool_connections", "Open connections to the database by state."),
];

/// Makes the metrics that are recorded from now on available.
pub(super) fn install_recorder() -> Result<PrometheusHandle, BuildError> {
    let mut builder = PrometheusBuilder::new();
    for (name, _, buckets) in HISTOGRAMS {
        builder = builder.set_buckets_for_metric(Matcher::Full(name.to_owned()), buckets)?;
    }
    let handle = builder.install_recorder()?;
    for (name, help) in COUNTERS {
        metrics::describe_counter!(name, help);
    }
    for (name, help, _) in HISTOGRAMS {
        metrics::describe_histogram!(name, help);
    }
    for (name, help) in GAUGES {
        metrics::describe_gauge!(name, help);
    }
    metrics::counter!("botctl_rate_limited_total").increment(0);
    metrics::gauge!("botctl_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
    // One process holds the lock of the database.
    metrics::gauge!("botctl_leader").set(1);
    let upkeep = handle.clone();
    tokio::spawn(async move {
        let mut beat = tokio::time::interval(UPKEEP_INTERVAL);
        loop {
            beat.tick().await;
            upkeep.run_upkeep();
        }
    });
    Ok(handle)
}

/// What is read when the metrics are asked for.
pub(super) struct MeasuredState {
    db: Database,
    gauges: SharedReading<DatabaseGauges>,
    last_backup: SharedReading<Option<DateTime<Utc>>>,
    /// What is shown while the database does not answer.
    latest: Mutex<Option<Arc<DatabaseGauges>>>,
}

impl MeasuredState {
    pub(super) fn new(db: Database, url: DatabaseUrl, backups: PathBuf) -> Self {
        let pool = db.clone();
        let gauges = SharedReading::new(DATABASE_LIFETIME, move || {
            let pool = pool.clone();
            async move { pool.read(read_gauges).await.map_err(|error: db::Error| error.to_string()) }
        });
        let last_backup = SharedReading::new(BACKUPS_LIFETIME, move || {
            let (url, backups) = (url.clone(), backups.clone());
            let read = tokio::task::spawn_blocking(move || backup_time(&url, &backups));
            async move { read.await.unwrap_or_else(|error| Err(error.to_string())) }
        });
        Self { db, gauges, last_backup, latest: Mutex::default() }
    }

    /// Sets the gauges, to what was known last where nothing answers in time.
    pub(super) async fn update_gauges(&self) {
        let (gauges, last_backup) =
            tokio::join!(self.gauges.get(READING_TIMEOUT), self.last_backup.get(READING_TIMEOUT));
        let latest = {
            let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(Ok(gauges)) = gauges {
                *latest = Some(gauges);
            }
            latest.clone()
        };
        if let Some(gauges) = latest {
            set_database_gauges(&gauges, time::now());
        }
        if let Some(Ok(last_backup)) = last_backup
            && let Some(made_at) = *last_backup
        {
            metrics::gauge!("botctl_backup_last_success_timestamp_seconds").set(time::unix_seconds(made_at));
        }
        let PoolUse { idle, in_use } = self.db.pool_use();
        metrics::gauge!("botctl_db_pool_connections", "state" => "idle").set(idle);
        metrics::gauge!("botctl_db_pool_connections", "state" => "in_use").set(in_use);
    }
}

fn backup_time(url: &DatabaseUrl, backups: &std::path::Path) -> Result<Option<DateTime<Utc>>, String> {
    let listed = backup::list_backups(backups).map_err(|error| error.to_string())?;
    let newest = backup::newest_good(&listed, url, time::now());
    Ok(newest.and_then(|(_, backup)| backup.manifest.as_ref()).map(|manifest| manifest.created_at))
}

fn set_database_gauges(gauges: &DatabaseGauges, now: DateTime<Utc>) {
    metrics::gauge!("botctl_inbox_unfinished").set(count_value(gauges.inbox_unfinished));
    metrics::gauge!("botctl_outbox_pending").set(count_value(gauges.outbox_pending));
    let oldest = gauges.oldest_pending.map(|created_at| (now - created_at).to_std().unwrap_or_default());
    metrics::gauge!("botctl_outbox_oldest_seconds").set(oldest.unwrap_or_default());
    metrics::gauge!("botctl_dead_letters").set(count_value(gauges.dead_letters));
    for (status, count) in &gauges.orders {
        metrics::gauge!("botctl_orders", "status" => status.as_str()).set(count_value(*count));
    }
    if let Some(stored_at) = gauges.last_update {
        metrics::gauge!("botctl_last_update_timestamp_seconds").set(time::unix_seconds(stored_at));
    }
    for run in gauges.jobs.iter().filter(|run| run.job != job_runs::POLL) {
        let gauge = metrics::gauge!("botctl_job_last_success_timestamp_seconds", "job" => run.job.clone());
        match (&run.outcome, run.finished_at) {
            (Some(outcome), Some(at)) if outcome == job_runs::DONE => gauge.set(time::unix_seconds(at)),
            (Some(outcome), _) if outcome.starts_with(job_runs::FAILED) => gauge.increment(0),
            _ => {}
        }
    }
}

fn count_value(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
