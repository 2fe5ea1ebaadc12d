//! What needs the operator's attention, each with a hint.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::cli::error::CommandError;
use crate::cli::exit_code::ExitCode;
use crate::cli::text::{format_age, format_count, printable};
use crate::db::clock::FutureTimes;
use crate::db::job_runs;
use crate::db::overview::{DatabaseOverview, JobRun};
use crate::db::write_lock::WriteObstacle;

/// How long an update may wait while `serve` is running.
const MAX_WAIT: TimeDelta = TimeDelta::minutes(5);
/// How long Telegram may not respond while `serve` is running: it answers a poll every half minute, which is recorded once a
/// minute.
const MAX_SILENCE: TimeDelta = TimeDelta::minutes(3);
/// How long a job may take.
const MAX_JOB_DURATION: TimeDelta = TimeDelta::hours(12);

/// Something that needs attention.
#[derive(Serialize)]
pub(super) struct AttentionItem {
    pub(super) message: String,
    pub(super) hint: String,
}

/// One error with all items and their hints.
pub(super) fn attention_error(attention: &[AttentionItem]) -> Option<CommandError> {
    let (first, others) = attention.split_first()?;
    let failure = CommandError::new(ExitCode::Refused, &first.message).hint(&first.hint);
    Some(others.iter().fold(failure, |failure, one| failure.with_problem(&one.message, &one.hint)))
}

pub(super) fn obstacle_text(obstacle: &WriteObstacle) -> String {
    match obstacle {
        WriteObstacle::Locked { process: Some(process), program } => {
            format!("process {process} ({}) holds its write lock", printable(program))
        }
        WriteObstacle::Locked { process: None, .. } => "another program holds its write lock".to_owned(),
        WriteObstacle::ReadOnly(how) => format!("the server is {how}"),
    }
}

pub(super) fn obstacle_item(obstacle: &WriteObstacle) -> AttentionItem {
    let hint = match obstacle {
        WriteObstacle::Locked { .. } => {
            "end that program or its transaction; the bot continues by itself (if it is `botctl serve`, restart it)"
        }
        WriteObstacle::ReadOnly(_) => "set DATABASE_URL to the primary server, or make it writable",
    };
    let message = format!("nothing can be written to the database: {}", obstacle_text(obstacle));
    AttentionItem { message, hint: hint.to_owned() }
}

pub(super) fn find_attention(
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
    if seen.future_times.total() > 0 {
        let message =
            format!("times in the database lie in the future: {}", future_text(&seen.future_times, 0));
        need(
            message,
            "check the clock of this machine (`timedatectl`); if it is right, a running `serve` corrects them within two minutes",
        );
    }
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
pub(super) fn failed_jobs(
    seen: &DatabaseOverview,
    last_backup: Option<DateTime<Utc>>,
    serve_running: bool,
    now: DateTime<Utc>,
) -> Vec<AttentionItem> {
    let seen_to = |run: &JobRun| {
        run.job == "backup"
            && last_backup.is_some_and(|made| made > run.finished_at.unwrap_or(run.started_at))
    };
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

/// Lists what is dated in the future; empty if nothing is.
pub(super) fn future_text(times: &FutureTimes, backups: usize) -> String {
    let counts = [
        (times.messages, "message"),
        (times.leases, "lease"),
        (times.updates, "update"),
        (times.dialogues, "dialogue"),
        (times.jobs, "job"),
        (i64::try_from(backups).unwrap_or(i64::MAX), "backup"),
    ];
    let found = counts.into_iter().filter(|(count, _)| *count > 0);
    found.map(|(count, name)| format_count(count, name)).collect::<Vec<_>>().join(", ")
}
