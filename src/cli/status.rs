//! `botctl status`: the bot's health.

use indicatif::DecimalBytes;
use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use serde::Serialize;

use super::context::CommandContext;
use super::error::CommandError;
use super::exit_code::ExitCode;
use super::schema_state::{schema_error, state_name};
use super::text::{format_age, format_count, format_time, printable};
use crate::backup::{self, BackupError};
use crate::config::backup::BackupConfig;
use crate::config::database::DatabaseUrl;
use crate::db::overview::{self, DatabaseOverview, JobRun};
use crate::db::{job_runs, lock, time};
use crate::migrate::{self, SchemaState};

/// Show the bot's health
///
/// Exits with code 3 if something needs attention: `botctl serve` is not running, the schema does not match this version,
/// there are dead letters, a job has failed, or BACKUP_DIR has no good backup of the last 26 hours (unless BACKUP_TIME is
/// empty or there is no data). While `serve` is running, also if updates or messages have been waiting for over 5 minutes,
/// or Telegram has not responded for 3. Exits with code 4 if the database does not exist or does not respond. Changes
/// nothing, so a monitor can run it at any interval.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl status
  botctl -q status >/dev/null || echo \"the bot needs attention\"     for cron")]
pub(super) struct StatusArgs {}

/// How long an update may wait while `serve` is running.
const MAX_WAIT: TimeDelta = TimeDelta::minutes(5);
/// How long Telegram may not respond while `serve` is running: it answers a poll every half minute, which is recorded once a
/// minute.
const MAX_SILENCE: TimeDelta = TimeDelta::minutes(3);
/// How long a job may take.
const MAX_JOB_DURATION: TimeDelta = TimeDelta::hours(12);
/// How old the last backup may be: a day, plus the time to create one.
const MAX_BACKUP_AGE: TimeDelta = TimeDelta::hours(26);

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
    attention: Vec<AttentionItem>,
}

#[derive(Serialize)]
struct DatabaseDocument {
    url: String,
    bytes: u64,
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
    outbox: QueueDocument,
    dead_letters: i64,
    jobs: Vec<JobDocument>,
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
}

/// Something that needs attention.
#[derive(Serialize)]
struct AttentionItem {
    message: String,
    hint: String,
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
        let database =
            DatabaseDocument { url: url.to_string(), bytes: overview::database_size(&mut conn, &url)? };
        let seen =
            if state == SchemaState::Current { Some(overview::read_overview(&mut conn, now)?) } else { None };
        let mut attention = find_attention(seen.as_ref(), serve_running, now);
        let (last_backup, fresh) = last_backup(&backups, &url, now).unwrap_or_else(|error| {
            let (_, message, hint) = CommandError::from(error).into_parts();
            let hint = hint.unwrap_or_else(|| "run `botctl backup list`".to_owned());
            attention.push(AttentionItem { message: format!("cannot read the backups: {message}"), hint });
            (None, false)
        });
        let since = last_backup.as_ref().map(|backup| backup.created_at);
        attention.extend(seen.iter().flat_map(|seen| failed_jobs(seen, since, serve_running, now)));
        if seen.as_ref().is_some_and(DatabaseOverview::has_data) && backups.time.is_some() && !fresh {
            attention.push(AttentionItem {
                message: "no backup in the last 26 hours".to_owned(),
                hint: "run `botctl backup`".to_owned(),
            });
        }
        let report = StatusDocument {
            version: env!("CARGO_PKG_VERSION"),
            database,
            schema: state_name(&state),
            serve_running,
            attention,
            last_backup,
            inside: seen.as_ref().map(overview_document),
        };
        let output = context.output();
        let text = status_text(&report, seen.as_ref(), now);
        if state != SchemaState::Current {
            return output.print_failed_check(text.trim_end(), schema_error(&url, &state).with_data(&report));
        }
        match attention_error(&report.attention) {
            Some(failure) => output.print_failed_check(text.trim_end(), failure.with_data(&report)),
            None => output.print_result(&report, || text),
        }
    }
}

/// One error with all items and their hints.
fn attention_error(attention: &[AttentionItem]) -> Option<CommandError> {
    let (first, others) = attention.split_first()?;
    let failure = CommandError::new(ExitCode::Refused, &first.message).hint(&first.hint);
    Some(others.iter().fold(failure, |failure, one| failure.with_problem(&one.message, &one.hint)))
}

/// Finds the newest good backup of this database, and whether it is recent.
fn last_backup(
    config: &BackupConfig,
    url: &DatabaseUrl,
    now: DateTime<Utc>,
) -> Result<(Option<LastBackup>, bool), BackupError> {
    let all = backup::list_backups(&config.dir)?;
    let Some((age, found)) = backup::newest_good(&all, url, now) else { return Ok((None, false)) };
    let created_at = found.manifest.as_ref().map(|manifest| manifest.created_at);
    Ok((
        created_at.map(|created_at| LastBackup { file: found.file_name(), created_at }),
        age <= MAX_BACKUP_AGE,
    ))
}

fn find_attention(
    seen: Option<&DatabaseOverview>,
    serve_running: bool,
    now: DateTime<Utc>,
) -> Vec<AttentionItem> {
    let mut list = Vec::new();
    let mut need = |message: String, hint: &str| list.push(AttentionItem { message, hint: hint.to_owned() });
    if !serve_running {
        need("serve is not running".to_owned(), "start `botctl serve`");
    }
    let Some(seen) = seen else { return list };
    if let Some(since) = seen.inbox.since.filter(|since| serve_running && now - *since > MAX_WAIT) {
        let message = format!("an update has been waiting for {}", format_age(since, now));
        need(message, "see `botctl logs tail --level warn`");
    }
    if let Some(since) = seen.last_poll.filter(|since| serve_running && now - *since > MAX_SILENCE) {
        let message = format!("Telegram has not responded for {}", format_age(since, now));
        need(message, "see `botctl logs tail --level warn`, and run `botctl config check --online`");
    }
    if let Some(since) = seen.overdue.filter(|_| serve_running) {
        let message = format!("a message has been waiting for {}", format_age(since, now));
        need(message, "see `botctl outbox list` and `botctl logs tail --level warn`");
    }
    if seen.dead_letters > 0 {
        let message = format_count(seen.dead_letters, "dead letter");
        need(
            message,
            "see `botctl outbox list --dead`; then `botctl outbox retry --all`, or `botctl outbox drop ID`",
        );
    }
    list
}

/// Jobs whose last run failed, unless a later backup shows that the failure was handled.
fn failed_jobs(
    seen: &DatabaseOverview,
    last_backup: Option<DateTime<Utc>>,
    serve_running: bool,
    now: DateTime<Utc>,
) -> Vec<AttentionItem> {
    let seen_to = |run: &JobRun| run.job == "backup" && last_backup.is_some_and(|made| made > run.started_at);
    let problem = |run: &JobRun| match (&run.outcome, run.finished_at) {
        (Some(outcome), _) if outcome.starts_with(job_runs::FAILED) => {
            Some(format!("the job {} {}", printable(&run.job), printable(outcome)))
        }
        (_, None) if !serve_running || now - run.started_at > MAX_JOB_DURATION => Some(format!(
            "the job {} was started {} ago and has not finished",
            printable(&run.job),
            format_age(run.started_at, now)
        )),
        _ => None,
    };
    let need = |run: &JobRun| {
        let hint = format!(
            "`botctl logs tail --level error --since {}` shows the cause; for a backup, run `botctl backup` once it is fixed",
            run.started_at.format("%Y-%m-%dT%H:%M:%SZ")
        );
        problem(run).map(|message| AttentionItem { message, hint })
    };
    seen.jobs.iter().filter(|run| !seen_to(run)).filter_map(need).collect()
}

fn has_run(run: &JobRun) -> bool {
    run.outcome.as_deref() != Some(job_runs::NEVER_RUN)
}

fn overview_document(seen: &DatabaseOverview) -> OverviewDocument {
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
        outbox: waiting(seen.outbox),
        dead_letters: seen.dead_letters,
        jobs: seen
            .jobs
            .iter()
            .map(|run| JobDocument {
                name: run.job.clone(),
                // Before the first run the row has the time since which the job is due.
                started_at: Some(run.started_at).filter(|_| has_run(run)),
                finished_at: run.finished_at.filter(|_| has_run(run)),
                outcome: run.outcome.clone(),
            })
            .collect(),
    }
}

fn status_text(report: &StatusDocument, seen: Option<&DatabaseOverview>, now: DateTime<Utc>) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        // Writing to a String does not fail.
        let _written = writeln!(text, "{name:<14}{value}");
    };
    line("botctl", report.version.to_owned());
    line("database", format!("{}, {}", report.database.url, DecimalBytes(report.database.bytes)));
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
    line("inbox", waiting(seen.inbox) + &unreadable);
    line("outbox", waiting(seen.outbox));
    line("dead letters", seen.dead_letters.to_string());
    let backup = report.last_backup.as_ref();
    line(
        "last backup",
        backup.map_or_else(
            || "none".to_owned(),
            |backup| format!("{} ago, {}", format_age(backup.created_at, now), printable(&backup.file)),
        ),
    );
    if seen.jobs.is_empty() {
        line("jobs", "none have run yet".to_owned());
    }
    for run in &seen.jobs {
        if !has_run(run) {
            line("job", format!("{}: has not run yet", printable(&run.job)));
            continue;
        }
        let how = match (&run.finished_at, &run.outcome) {
            (None, _) => "not finished".to_owned(),
            (Some(_), Some(outcome)) => printable(outcome),
            (Some(_), None) => "done".to_owned(),
        };
        line("job", format!("{} at {} UTC: {how}", printable(&run.job), format_time(run.started_at)));
    }
    text
}
