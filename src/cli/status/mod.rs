//! `botctl status`: the bot's health.

mod attention;

use indicatif::DecimalBytes;
use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;

use super::context::CommandContext;
use super::error::CommandError;
use super::schema_state::{schema_error, state_name};
use super::text::{format_age, format_span, format_time, printable};
use crate::backup::{self, ListedBackup};
use crate::config::database::DatabaseUrl;
use crate::config::schedule::ScheduleConfig;
use crate::db::clock::FutureTimes;
use crate::db::overview::{self, DatabaseOverview, JobRun};
use crate::db::{job_runs, lock, time, write_lock};
use crate::domain::locale::Locale;
use crate::jobs::{self, JobSettings};
use crate::migrate::{self, SchemaState};
use attention::AttentionItem;

/// Show the bot's health
///
/// Exits with code 3 if something needs attention: `botctl serve` is not running, the schema does not match this version,
/// there are dead letters, a job has failed, or BACKUP_DIR has no good backup of the last 26 hours or two BACKUP_INTERVAL
/// (unless none is scheduled or there is no data), or times in the database lie in the future. While `serve` is running,
/// also if nothing can be written to the database, updates or messages have been waiting for over 5 minutes, or Telegram
/// has not responded for 3 minutes. Exits with code 4 if the database does not exist or does not respond. Changes nothing,
/// so a monitor can run it at any interval.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl status
  botctl -q status >/dev/null || echo \"the bot needs attention\"     for cron")]
pub(super) struct StatusArgs {}

#[derive(Serialize)]
struct StatusDocument {
    version: &'static str,
    database: DatabaseDocument,
    schema: &'static str,
    serve_running: bool,
    /// `None` unless the schema is current.
    #[serde(flatten)]
    inside: Option<OverviewDocument>,
    last_backup: Option<LastBackup>,
    /// Backups that are dated in the future.
    future_backups: usize,
    attention: Vec<AttentionItem>,
}

#[derive(Serialize)]
struct DatabaseDocument {
    url: String,
    bytes: u64,
    /// What keeps a running `serve` from writing.
    write_obstacle: Option<String>,
}

/// The newest good backup of this database.
#[derive(Serialize)]
struct LastBackup {
    file: String,
    created_at: DateTime<Utc>,
}

#[derive(Serialize)]
struct OverviewDocument {
    users: BTreeMap<&'static str, i64>,
    users_total: i64,
    ready_masters: i64,
    orders: BTreeMap<&'static str, i64>,
    last_update_at: Option<DateTime<Utc>>,
    last_poll_at: Option<DateTime<Utc>>,
    inbox: QueueDocument,
    unreadable_updates: i64,
    dropped_updates: i64,
    outbox: QueueDocument,
    dead_letters: i64,
    /// What all masters owe the company together.
    balances_kopecks: i64,
    jobs: Vec<JobDocument>,
    future_times: FutureTimes,
}

#[derive(Serialize)]
struct QueueDocument {
    count: i64,
    oldest_at: Option<DateTime<Utc>>,
}

#[derive(Serialize)]
struct JobDocument {
    #[serde(rename = "job")]
    name: String,
    /// `None` until it has run.
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    outcome: Option<String>,
    /// Why the last run failed.
    error: Option<String>,
    /// `None` when the schedule cannot be read, or has no such job.
    next_at: Option<DateTime<Utc>>,
}

impl StatusArgs {
    #[allow(clippy::unused_self, reason = "every command has the same shape")]
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let url = context.database_url()?;
        let backups = context.backup_config()?;
        let mut conn = context.open_existing_database()?;
        let now = time::now();
        let state = migrate::schema_state(&mut conn)?;
        let serve_running = lock::is_served(&url, &mut conn)?;
        let obstacle = if serve_running { write_lock::find_write_obstacle(&url, &mut conn)? } else { None };
        let database = DatabaseDocument {
            url: url.to_string(),
            bytes: overview::database_size(&mut conn, &url)?,
            write_obstacle: obstacle.as_ref().map(attention::obstacle_text),
        };
        let seen =
            if state == SchemaState::Current { Some(overview::read_overview(&mut conn, now)?) } else { None };
        let mut attention: Vec<_> = obstacle.iter().map(attention::obstacle_item).collect();
        attention.extend(attention::find_attention(seen.as_ref(), serve_running, now));
        let (listed, error) = match backup::list_backups(&backups.dir) {
            Ok(listed) => (listed, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        if let Some(named) = backup::describe_unreadable(&listed) {
            context.output().warn(format_args!("passed over: {named}"));
        }
        let last_backup = last_backup(&listed, &url, now);
        if let Some(error) = error {
            let (_, message, hint) = CommandError::from(error).into_parts();
            let hint = hint.unwrap_or_else(|| "run `botctl backup list`".to_owned());
            attention.push(AttentionItem { message: format!("cannot read the backups: {message}"), hint });
        }
        let since = last_backup.as_ref().map(|backup| backup.created_at);
        attention
            .extend(seen.iter().flat_map(|seen| attention::failed_jobs(seen, since, serve_running, now)));
        let is_fresh = |max_age| since.is_some_and(|since| now - since <= max_age);
        if let Some(max_age) = backups.max_age().filter(|max_age| !is_fresh(*max_age))
            && seen.as_ref().is_some_and(DatabaseOverview::has_data)
        {
            attention.push(AttentionItem {
                message: format!("no backup in the last {}", format_span(max_age)),
                hint: "run `botctl backup`".to_owned(),
            });
        }
        // What is wrong with the schedule is told by `serve` and `config check`.
        let next_runs = ScheduleConfig::load(context.sources()?).map_or_else(
            |_| Vec::new(),
            |schedule| jobs::list_next_runs(&JobSettings::new(schedule, Locale::default()), &backups, now),
        );
        let report = StatusDocument {
            version: env!("CARGO_PKG_VERSION"),
            database,
            schema: state_name(&state),
            serve_running,
            attention,
            future_backups: listed.iter().filter(|listed| listed.is_in_future(now)).count(),
            last_backup,
            inside: seen.as_ref().map(|seen| overview_document(seen, &next_runs)),
        };
        let output = context.output();
        let text = status_text(&report, seen.as_ref(), &next_runs, now);
        if state != SchemaState::Current {
            return output.print_failed_check(text.trim_end(), schema_error(&url, &state).with_data(&report));
        }
        match attention::attention_error(&report.attention) {
            Some(failure) => output.print_failed_check(text.trim_end(), failure.with_data(&report)),
            None => output.print_result(&report, || text),
        }
    }
}

/// Returns the newest good backup of this database.
fn last_backup(listed: &[ListedBackup], url: &DatabaseUrl, now: DateTime<Utc>) -> Option<LastBackup> {
    let (_, found) = backup::newest_good(listed, url, now)?;
    let created_at = found.manifest.as_ref().map(|manifest| manifest.created_at)?;
    Some(LastBackup { file: found.file_name(), created_at })
}

fn has_run(run: &JobRun) -> bool {
    run.outcome.as_deref() != Some(job_runs::NEVER_RUN)
}

type NextRuns = [(&'static str, DateTime<Utc>)];

fn next_run(next_runs: &NextRuns, run: &JobRun) -> Option<DateTime<Utc>> {
    next_runs.iter().find(|(job, _)| *job == run.job).map(|(_, next)| *next)
}

fn overview_document(seen: &DatabaseOverview, next_runs: &NextRuns) -> OverviewDocument {
    let waiting =
        |queue: overview::QueueSummary| QueueDocument { count: queue.count, oldest_at: queue.since };
    OverviewDocument {
        users: seen.users.iter().map(|(role, count)| (role.as_str(), *count)).collect(),
        users_total: seen.users_total,
        ready_masters: seen.ready_masters,
        orders: seen.orders.iter().map(|(status, count)| (status.as_str(), *count)).collect(),
        last_update_at: seen.last_update,
        last_poll_at: seen.last_poll,
        inbox: waiting(seen.inbox),
        unreadable_updates: seen.unreadable_updates,
        dropped_updates: seen.dropped_updates,
        outbox: waiting(seen.outbox),
        dead_letters: seen.dead_letters,
        balances_kopecks: seen.balances.0,
        future_times: seen.future_times,
        jobs: seen
            .jobs
            .iter()
            .map(|run| JobDocument {
                name: run.job.clone(),
                // Before the first run the row has the time since which the job is due.
                started_at: Some(run.started_at).filter(|_| has_run(run)),
                finished_at: run.finished_at.filter(|_| has_run(run)),
                outcome: run.outcome.clone(),
                error: run
                    .outcome
                    .as_deref()
                    .and_then(|outcome| outcome.strip_prefix(job_runs::FAILED))
                    .map(str::to_owned),
                next_at: next_run(next_runs, run),
            })
            .collect(),
    }
}

fn status_text(
    report: &StatusDocument,
    seen: Option<&DatabaseOverview>,
    next_runs: &NextRuns,
    now: DateTime<Utc>,
) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        // Writing to a String does not fail.
        let _written = writeln!(text, "{name:<14}{value}");
    };
    line("botctl", report.version.to_owned());
    let obstacle = report.database.write_obstacle.as_ref().map(|obstacle| format!("; {obstacle}"));
    let bytes = DecimalBytes(report.database.bytes);
    line("database", format!("{}, {bytes}{}", report.database.url, obstacle.unwrap_or_default()));
    line("schema", report.schema.replace('_', " "));
    line("serve", if report.serve_running { "running" } else { "not running" }.to_owned());
    let Some(seen) = seen else { return text };
    let ago = |at: Option<DateTime<Utc>>| {
        at.map_or_else(|| "never".to_owned(), |at| format!("{} ago", format_age(at, now)))
    };
    line("last poll", ago(seen.last_poll));
    line("last update", ago(seen.last_update));
    let users = seen.users.iter().map(|(role, count)| format!("{role} {count}"));
    line("users", format!("{}, {} in total", users.collect::<Vec<_>>().join(", "), seen.users_total));
    line("masters", format!("{} available", seen.ready_masters));
    let orders = seen.orders.iter().map(|(status, count)| format!("{} {count}", status.as_str()));
    line("orders", orders.collect::<Vec<_>>().join(", "));
    let waiting = |queue: overview::QueueSummary| {
        let since = queue.since.map(|since| format!(", the oldest for {}", format_age(since, now)));
        format!("{} waiting{}", queue.count, since.unwrap_or_default())
    };
    let unreadable = Some(seen.unreadable_updates).filter(|count| *count > 0);
    let unreadable = unreadable.map(|count| format!(", {count} unreadable")).unwrap_or_default();
    let dropped = Some(seen.dropped_updates).filter(|count| *count > 0);
    let dropped = dropped.map(|count| format!(", {count} dropped as flood")).unwrap_or_default();
    line("inbox", waiting(seen.inbox) + &unreadable + &dropped);
    line("outbox", waiting(seen.outbox));
    line("dead letters", seen.dead_letters.to_string());
    line("balances", format!("{} RUB owed by masters", seen.balances));
    let backup = report.last_backup.as_ref();
    line(
        "last backup",
        backup.map_or_else(
            || "none".to_owned(),
            |backup| format!("{} ago, {}", format_age(backup.created_at, now), printable(&backup.file)),
        ),
    );
    let future = attention::future_text(&seen.future_times, report.future_backups);
    if !future.is_empty() {
        line("in the future", future);
    }
    if seen.jobs.is_empty() {
        line("jobs", "none have run yet".to_owned());
    }
    for run in &seen.jobs {
        let next = next_run(next_runs, run).map(|next| format!(", next at {} UTC", format_time(next)));
        let next = next.unwrap_or_default();
        if !has_run(run) {
            line("job", format!("{}: has not run yet{next}", printable(&run.job)));
            continue;
        }
        let how = match (&run.finished_at, &run.outcome) {
            (None, _) => "not finished".to_owned(),
            (Some(_), Some(outcome)) => printable(outcome),
            (Some(_), None) => "done".to_owned(),
        };
        let started = format_time(run.started_at);
        line("job", format!("{} at {started} UTC: {how}{next}", printable(&run.job)));
    }
    text
}
