//! `botctl status`: everything on one screen.

use indicatif::DecimalBytes;
use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use serde::Serialize;

use super::context::CommandContext;
use super::error::{CommandError, ExitCode};
use super::schema_state::{schema_error, state_name};
use super::text::{format_age, format_count, format_time, printable};
use crate::backup::{self, BackupError};
use crate::config::backup::BackupConfig;
use crate::config::database::DatabaseUrl;
use crate::db::overview::{self, DatabaseOverview, JobRun};
use crate::db::{job_runs, lock, time};
use crate::migrate::{self, SchemaState};

/// Show on one screen how the bot is, and whether it needs you.
///
/// Exits with 3 when something needs a person: `botctl serve` is not running, the schema is not the one of this program,
/// there are dead letters, a job has failed, or there is data and no good backup of it of the last 26 hours in BACKUP_DIR
/// (not asked for where BACKUP_TIME is empty); beside a running `serve` also when updates or messages have waited for over
/// 5 minutes, or Telegram has not answered for 3. Exits with 4 when there is no database file or the server does not
/// answer. Changes nothing, so it can run as often as you like, also from a monitor.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl status
  botctl -q status >/dev/null || echo \"the bot needs you\"     for cron")]
pub(super) struct Status {}

/// How long an update may wait beside a running `serve` before somebody should look.
const STUCK: TimeDelta = TimeDelta::minutes(5);
/// How long Telegram may say nothing to a running `serve`: it answers a poll every half minute, which is written down once
/// a minute.
const SILENT: TimeDelta = TimeDelta::minutes(3);
/// How long a job may take.
const LONG: TimeDelta = TimeDelta::hours(12);
/// How old the last backup may be: a day, and what making it may take.
const FRESH: TimeDelta = TimeDelta::hours(26);

#[derive(Serialize)]
struct Report {
    version: &'static str,
    database: Database,
    schema: &'static str,
    serve_running: bool,
    /// `None` unless the schema is current.
    #[serde(flatten)]
    inside: Option<Inside>,
    last_backup: Option<Backup>,
    attention: Vec<Attention>,
}

#[derive(Serialize)]
struct Database {
    url: String,
    bytes: u64,
}

/// The newest backup of this database that looks good.
#[derive(Serialize)]
struct Backup {
    file: String,
    created_at: DateTime<Utc>,
}

#[derive(Serialize)]
struct Inside {
    people: BTreeMap<&'static str, i64>,
    people_in_all: i64,
    ready_masters: i64,
    orders: BTreeMap<&'static str, i64>,
    last_update_at: Option<DateTime<Utc>>,
    last_poll_at: Option<DateTime<Utc>>,
    inbox: Waiting,
    outbox: Waiting,
    dead_letters: i64,
    jobs: Vec<Job>,
}

#[derive(Serialize)]
struct Waiting {
    count: i64,
    oldest_at: Option<DateTime<Utc>>,
}

#[derive(Serialize)]
struct Job {
    #[serde(rename = "job")]
    name: String,
    /// `None` until it has run.
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    outcome: Option<String>,
}

/// Something that needs a person.
#[derive(Serialize)]
struct Attention {
    message: String,
    hint: String,
}

impl Status {
    #[allow(clippy::unused_self, reason = "every command has the same shape")]
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let url = context.database_url()?;
        let backups = context.backup_config()?;
        let mut conn = context.open_existing_database()?;
        let now = time::now();
        let state = migrate::schema_state(&mut conn)?;
        let serve_running = lock::is_served(&url, &mut conn)?;
        let database = Database { url: url.to_string(), bytes: overview::database_size(&mut conn, &url)? };
        let seen =
            if state == SchemaState::Current { Some(overview::read_overview(&mut conn, now)?) } else { None };
        let mut attention = attention(seen.as_ref(), serve_running, now);
        let (last_backup, fresh) = last_backup(&backups, &url, now).unwrap_or_else(|error| {
            let (_, message, hint) = CommandError::from(error).into_parts();
            let hint = hint.unwrap_or_else(|| "run `botctl backup list`".to_owned());
            attention.push(Attention { message: format!("cannot read the backups: {message}"), hint });
            (None, false)
        });
        let since = last_backup.as_ref().map(|backup| backup.created_at);
        attention.extend(seen.iter().flat_map(|seen| failed_jobs(seen, since, serve_running, now)));
        if seen.as_ref().is_some_and(DatabaseOverview::has_data) && backups.time.is_some() && !fresh {
            attention.push(Attention {
                message: "there is no backup of the last 26 hours".to_owned(),
                hint: "run `botctl backup`".to_owned(),
            });
        }
        let report = Report {
            version: env!("CARGO_PKG_VERSION"),
            database,
            schema: state_name(&state),
            serve_running,
            attention,
            last_backup,
            inside: seen.as_ref().map(inside),
        };
        let output = context.output();
        let screen = screen(&report, seen.as_ref(), now);
        if state != SchemaState::Current {
            return output
                .print_failed_check(screen.trim_end(), schema_error(&url, &state).with_data(&report));
        }
        match failure(&report.attention) {
            Some(failure) => output.print_failed_check(screen.trim_end(), failure.with_data(&report)),
            None => output.print_result(&report, || screen),
        }
    }
}

/// Each of them in a line with its hint below it.
fn failure(attention: &[Attention]) -> Option<CommandError> {
    let (first, others) = attention.split_first()?;
    let failure = CommandError::new(ExitCode::Refused, &first.message).hint(&first.hint);
    Some(others.iter().fold(failure, |failure, one| failure.with_problem(&one.message, &one.hint)))
}

/// The newest backup of this database that looks good, and whether it is fresh.
fn last_backup(
    config: &BackupConfig,
    url: &DatabaseUrl,
    now: DateTime<Utc>,
) -> Result<(Option<Backup>, bool), BackupError> {
    let all = backup::list_backups(&config.dir)?;
    let Some((age, found)) = backup::newest_good(&all, url, now) else { return Ok((None, false)) };
    let created_at = found.manifest.as_ref().map(|manifest| manifest.created_at);
    Ok((created_at.map(|created_at| Backup { file: found.file_name(), created_at }), age <= FRESH))
}

/// What needs a person.
fn attention(seen: Option<&DatabaseOverview>, serve_running: bool, now: DateTime<Utc>) -> Vec<Attention> {
    let mut list = Vec::new();
    let mut need = |message: String, hint: &str| list.push(Attention { message, hint: hint.to_owned() });
    if !serve_running {
        need("serve is not running".to_owned(), "start `botctl serve`");
    }
    let Some(seen) = seen else { return list };
    if let Some(since) = seen.inbox.since.filter(|since| serve_running && now - *since > STUCK) {
        let message = format!("an update has waited for {}", format_age(since, now));
        need(message, "look at `botctl logs tail --level warn`");
    }
    if let Some(since) = seen.last_poll.filter(|since| serve_running && now - *since > SILENT) {
        let message = format!("Telegram has not answered for {}", format_age(since, now));
        need(
            message,
            "`botctl logs tail --level warn` says what happens, `botctl config check --online` what could be wrong",
        );
    }
    if let Some(since) = seen.overdue.filter(|_| serve_running) {
        let message = format!("a message has waited for {}", format_age(since, now));
        need(message, "`botctl outbox list` says why, `botctl logs tail --level warn` since when");
    }
    if seen.dead_letters > 0 {
        let message = format_count(seen.dead_letters, "dead letter");
        need(
            message,
            "`botctl outbox list --dead` says why; then `botctl outbox retry --all`, or `botctl outbox drop ID`",
        );
    }
    list
}

/// Jobs whose last run came to nothing, unless a backup of later shows that somebody has seen to it.
fn failed_jobs(
    seen: &DatabaseOverview,
    last_backup: Option<DateTime<Utc>>,
    serve_running: bool,
    now: DateTime<Utc>,
) -> Vec<Attention> {
    let seen_to = |run: &JobRun| run.job == "backup" && last_backup.is_some_and(|made| made > run.started_at);
    let trouble = |run: &JobRun| match (&run.outcome, run.finished_at) {
        (Some(outcome), _) if outcome.starts_with(job_runs::FAILED) => {
            Some(format!("the job {} {}", printable(&run.job), printable(outcome)))
        }
        (_, None) if !serve_running || now - run.started_at > LONG => Some(format!(
            "the job {} was begun {} ago and did not end",
            printable(&run.job),
            format_age(run.started_at, now)
        )),
        _ => None,
    };
    let need = |run: &JobRun| {
        let hint = format!(
            "`botctl logs tail --level error --since {}` says more; for a backup run `botctl backup` once the cause is gone",
            run.started_at.format("%Y-%m-%dT%H:%M:%SZ")
        );
        trouble(run).map(|message| Attention { message, hint })
    };
    seen.jobs.iter().filter(|run| !seen_to(run)).filter_map(need).collect()
}

/// Whether there was a run of the job at all.
fn has_run(run: &JobRun) -> bool {
    run.outcome.as_deref() != Some(job_runs::NEVER_RUN)
}

fn inside(seen: &DatabaseOverview) -> Inside {
    let waiting = |queue: overview::QueueSummary| Waiting { count: queue.count, oldest_at: queue.since };
    Inside {
        people: seen.people.iter().map(|(role, count)| (role.as_str(), *count)).collect(),
        people_in_all: seen.people_in_all,
        ready_masters: seen.ready_masters,
        orders: seen.orders.iter().map(|(status, count)| (status.as_str(), *count)).collect(),
        last_update_at: seen.last_update,
        last_poll_at: seen.last_poll,
        inbox: waiting(seen.inbox),
        outbox: waiting(seen.outbox),
        dead_letters: seen.dead_letters,
        jobs: seen
            .jobs
            .iter()
            .map(|run| Job {
                name: run.job.clone(),
                // Until then it has the moment from which it is waited for.
                started_at: Some(run.started_at).filter(|_| has_run(run)),
                finished_at: run.finished_at.filter(|_| has_run(run)),
                outcome: run.outcome.clone(),
            })
            .collect(),
    }
}

fn screen(report: &Report, seen: Option<&DatabaseOverview>, now: DateTime<Utc>) -> String {
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
    let people = seen.people.iter().map(|(role, count)| format!("{role} {count}"));
    line("people", format!("{}, {} in all", people.collect::<Vec<_>>().join(", "), seen.people_in_all));
    line("masters", format!("{} ready for orders", seen.ready_masters));
    let orders = seen.orders.iter().map(|(status, count)| format!("{} {count}", status.as_str()));
    line("orders", orders.collect::<Vec<_>>().join(", "));
    for (name, queue) in [("inbox", seen.inbox), ("outbox", seen.outbox)] {
        let since = queue.since.map(|since| format!(", the oldest for {}", format_age(since, now)));
        line(name, format!("{} waiting{}", queue.count, since.unwrap_or_default()));
    }
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
        line("jobs", "none has ever run".to_owned());
    }
    for run in &seen.jobs {
        if !has_run(run) {
            line("job", format!("{}: its first time is still to come", printable(&run.job)));
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
