//! `botctl status`: everything on one screen.

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use serde::Serialize;

use super::exit::{Code, Failure};
use super::migrate::refuse;
use super::words::{age, count, moment, plain, size};
use super::{Common, open};
use crate::config::backup::BackupConfig;
use crate::config::database::DatabaseConfig;
use crate::db::migrate::{self, State};
use crate::db::overview::{self, Overview};
use crate::db::{lock, time};
use crate::ops::backup::{self, Listed};

/// Show on one screen how the bot is, and whether it needs you.
///
/// Exits with 3 when something needs a person: `botctl serve` is not running, the schema is not the one of this program,
/// there are dead letters, updates have waited for over 5 minutes beside a running `serve`, or there is data and no good
/// backup of the last 26 hours in BACKUP_DIR (not asked for where BACKUP_TIME is empty). Exits with 4 when there is no
/// database or it does not answer. Changes nothing, so it can run as often as you like, also from a monitor.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl status
  botctl -q status >/dev/null || echo \"the bot needs you\"     for cron")]
pub(super) struct Status {}

/// How long an update may wait beside a running `serve` before somebody should look.
const STUCK: TimeDelta = TimeDelta::minutes(5);
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

/// The newest backup that looks good.
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
    started_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    outcome: Option<String>,
}

/// Something that needs a person.
#[derive(Serialize)]
struct Attention {
    what: String,
    cure: String,
}

impl Status {
    #[allow(clippy::unused_self, reason = "every command has the same shape")]
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let sources = common.sources()?;
        let url = DatabaseConfig::load(sources)?.url;
        let backups = BackupConfig::load(sources)?;
        let mut conn = open::existing(&url)?;
        let now = time::now();
        let state = migrate::state(&mut conn)?;
        let serve_running = lock::is_served(&url, &mut conn)?;
        let database = Database { url: url.to_string(), bytes: overview::size(&mut conn, &url)? };
        let seen = if state == State::Current { Some(overview::look(&mut conn)?) } else { None };
        let (last_backup, fresh) = last_backup(&backups, now)?;
        let mut attention = attention(seen.as_ref(), serve_running, now);
        if seen.as_ref().is_some_and(Overview::has_data) && backups.time.is_some() && !fresh {
            attention.push(Attention {
                what: "there is no backup of the last 26 hours".to_owned(),
                cure: "run `botctl backup`".to_owned(),
            });
        }
        let report = Report {
            version: env!("CARGO_PKG_VERSION"),
            database,
            schema: word(&state),
            serve_running,
            attention,
            last_backup,
            inside: seen.as_ref().map(inside),
        };
        let output = common.output();
        let screen = screen(&report, seen.as_ref(), now);
        if state != State::Current {
            return output.show_refused(screen.trim_end(), refuse(&url, &state).data(&report));
        }
        if report.attention.is_empty() {
            return output.show(&report, || screen);
        }
        let join = |part: fn(&Attention) -> &str, between: &str| {
            report.attention.iter().map(part).collect::<Vec<_>>().join(between)
        };
        let failure = Failure::new(Code::Refused, join(|one| &one.what, "; "))
            .cure(join(|one| &one.cure, "; "))
            .data(&report);
        output.show_refused(screen.trim_end(), failure)
    }
}

/// The newest backup that looks good, and whether it is fresh.
fn last_backup(config: &BackupConfig, now: DateTime<Utc>) -> Result<(Option<Backup>, bool), Failure> {
    let newest = backup::list(&config.dir)?.into_iter().find(Listed::is_good);
    // One that says that it is of tomorrow has no age.
    let fresh = newest.as_ref().and_then(|found| found.age(now)).is_some_and(|age| age <= FRESH);
    let known = |found: Listed| {
        let file = found.name();
        found.manifest.map(|manifest| Backup { file, created_at: manifest.created_at })
    };
    Ok((newest.and_then(known), fresh))
}

fn word(state: &State) -> &'static str {
    match state {
        State::Empty => "empty",
        State::Current => "current",
        State::Pending(_) => "pending",
        State::Newer(_) => "newer",
        State::OldBot => "old_bot",
        State::Foreign => "foreign",
    }
}

/// What needs a person.
fn attention(seen: Option<&Overview>, serve_running: bool, now: DateTime<Utc>) -> Vec<Attention> {
    let mut list = Vec::new();
    let mut need = |what: String, cure: &str| list.push(Attention { what, cure: cure.to_owned() });
    if !serve_running {
        need("serve is not running".to_owned(), "start `botctl serve`");
    }
    let Some(seen) = seen else { return list };
    if let Some(since) = seen.inbox.since.filter(|since| serve_running && now - *since > STUCK) {
        let what = format!("an update has waited for {}", age(since, now));
        need(what, "look at `botctl logs tail --level warn`");
    }
    if seen.dead_letters > 0 {
        let what = count(seen.dead_letters, "dead letter");
        need(what, "`botctl outbox list --dead` says why; then `botctl outbox retry` or `drop`");
    }
    list
}

fn inside(seen: &Overview) -> Inside {
    let waiting = |queue: overview::Waiting| Waiting { count: queue.count, oldest_at: queue.since };
    Inside {
        people: seen.people.iter().map(|(role, count)| (role.as_str(), *count)).collect(),
        people_in_all: seen.people_in_all,
        ready_masters: seen.ready_masters,
        orders: seen.orders.iter().map(|(status, count)| (status.as_str(), *count)).collect(),
        last_update_at: seen.last_update,
        inbox: waiting(seen.inbox),
        outbox: waiting(seen.outbox),
        dead_letters: seen.dead_letters,
        jobs: seen
            .jobs
            .iter()
            .map(|run| Job {
                name: run.job.clone(),
                started_at: run.started_at,
                finished_at: run.finished_at,
                outcome: run.outcome.clone(),
            })
            .collect(),
    }
}

fn screen(report: &Report, seen: Option<&Overview>, now: DateTime<Utc>) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        // Writing to a String does not fail.
        let _written = writeln!(text, "{name:<14}{value}");
    };
    line("botctl", report.version.to_owned());
    line("database", format!("{}, {}", report.database.url, size(report.database.bytes)));
    line("schema", report.schema.replace('_', " "));
    line("serve", if report.serve_running { "running" } else { "not running" }.to_owned());
    let Some(seen) = seen else { return text };
    let ago = |at: Option<DateTime<Utc>>| {
        at.map_or_else(|| "never".to_owned(), |at| format!("{} ago", age(at, now)))
    };
    line("last update", ago(seen.last_update));
    let people = seen.people.iter().map(|(role, count)| format!("{role} {count}"));
    line("people", format!("{}, {} in all", people.collect::<Vec<_>>().join(", "), seen.people_in_all));
    line("masters", format!("{} ready for orders", seen.ready_masters));
    let orders = seen.orders.iter().map(|(status, count)| format!("{} {count}", status.as_str()));
    line("orders", orders.collect::<Vec<_>>().join(", "));
    for (name, queue) in [("inbox", seen.inbox), ("outbox", seen.outbox)] {
        let since = queue.since.map(|since| format!(", the oldest for {}", age(since, now)));
        line(name, format!("{} waiting{}", queue.count, since.unwrap_or_default()));
    }
    line("dead letters", seen.dead_letters.to_string());
    let backup = report.last_backup.as_ref();
    line(
        "last backup",
        backup.map_or_else(
            || "none".to_owned(),
            |backup| format!("{} ago, {}", age(backup.created_at, now), plain(&backup.file)),
        ),
    );
    if seen.jobs.is_empty() {
        line("jobs", "none has ever run".to_owned());
    }
    for run in &seen.jobs {
        let how = match (&run.finished_at, &run.outcome) {
            (None, _) => "not finished".to_owned(),
            (Some(_), Some(outcome)) => plain(outcome),
            (Some(_), None) => "done".to_owned(),
        };
        line("job", format!("{} at {} UTC: {how}", plain(&run.job), moment(run.started_at)));
    }
    text
}
