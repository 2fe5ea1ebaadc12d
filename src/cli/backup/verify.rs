//! `botctl backup verify`.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::super::completer::complete_backups;
use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::exit_code::ExitCode;
use super::summary::{find_named, format_rows};
use crate::backup::verify::{self, VerifyReport};
use crate::backup::{self, BackupState, DatabaseKind, ListedBackup};
use crate::config::database::DatabaseUrl;
use crate::db::time;

/// Verify a backup: its checksum, then a trial restore with all checks
///
/// Never writes to the backup. A backup of PostgreSQL is restored into a scratch database on the configured server; without
/// the right to create one (CREATEDB), only its bytes are read, which is reported. Exits with code 3 when a backup is not good.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl backup verify           verify the newest backup
  botctl backup verify --all     verify all backups")]
pub(super) struct Verify {
    /// Backup to verify: a name in BACKUP_DIR, or a path [default: the newest]
    #[arg(value_name = "FILE", add = complete_backups())]
    file: Option<PathBuf>,
    /// Verify all backups.
    #[arg(long, conflicts_with = "file")]
    all: bool,
}

#[derive(Serialize)]
struct VerifiedBackup {
    path: PathBuf,
    /// `None` when it could not be verified.
    good: Option<bool>,
    /// Why it could not be verified.
    error: Option<String>,
    restored: bool,
    problems: Vec<String>,
    rows: std::collections::BTreeMap<String, u64>,
    /// What the bot's schema does not have.
    extra_objects: Vec<String>,
}

#[derive(Serialize)]
struct VerifyDocument {
    backups: Vec<VerifiedBackup>,
}

impl Verify {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let config = context.backup_config()?;
        let output = context.output();
        let mut which = match &self.file {
            Some(file) => vec![find_named(&config.dir, file)?],
            None => backup::list_backups(&config.dir)?,
        };
        if self.file.is_none() && !self.all {
            // One dated in the future must not count as the newest.
            let now = time::now();
            let newest = which.iter().position(|listed| listed.age(now).is_some()).unwrap_or(0);
            which.drain(..newest);
            which.truncate(1);
        }
        if which.is_empty() {
            return Err(CommandError::new(
                ExitCode::Refused,
                format!("there is no backup in {}", config.dir.display()),
            )
            .hint("`botctl backup` creates one"));
        }
        let url = find_server(context, &which)?;
        let (mut tried, mut printed, mut untried) = (Vec::new(), Ok(()), None);
        for listed in &which {
            let mut bar = output.progress();
            let report = verify::verify_backup(listed, url.as_ref(), &mut |stage, done, total| {
                bar.show(stage, done, total);
            });
            drop(bar);
            let report = match report {
                Ok(report) => report,
                // The others are verified all the same.
                Err(error) => {
                    let failure = CommandError::from(error);
                    let why = failure.message().to_owned();
                    printed = printed.and_then(|()| {
                        output.print_line(format!("{}: could not be verified: {why}", listed.file_name()))
                    });
                    tried.push(VerifiedBackup::failed(listed, why));
                    untried.get_or_insert(failure);
                    continue;
                }
            };
            // The exit code is about all backups, also without a reader of the output.
            printed = printed.and_then(|()| output.print_line(format_line(&report, listed)));
            let VerifyReport { path, problems, restored, rows, extra_objects } = report;
            tried.push(VerifiedBackup {
                path,
                good: Some(problems.is_empty()),
                error: None,
                restored,
                problems,
                rows,
                extra_objects: extra_objects.iter().map(ToString::to_string).collect(),
            });
        }
        let document = VerifyDocument { backups: tried };
        let bad: Vec<_> = document.backups.iter().filter(|tried| tried.good == Some(false)).collect();
        match untried {
            Some(failure) if bad.is_empty() => return Err(failure.with_data(&document)),
            None if bad.is_empty() => {
                return printed.and_then(|()| output.print_result(&document, String::new));
            }
            _ => {}
        }
        let names: Vec<_> = bad.iter().map(|tried| tried.path.display().to_string()).collect();
        Err(CommandError::new(ExitCode::Refused, format!("not good: {}", names.join(", ")))
            .hint("create a new one with `botctl backup` while the database is intact")
            .with_data(&document))
    }
}

impl VerifiedBackup {
    fn failed(listed: &ListedBackup, why: String) -> Self {
        let rows = listed.manifest.as_ref().map(|manifest| manifest.rows.clone()).unwrap_or_default();
        Self {
            path: listed.path.clone(),
            good: None,
            error: Some(why),
            restored: false,
            problems: Vec::new(),
            rows,
            extra_objects: Vec::new(),
        }
    }
}

/// Returns the server for trial restores of PostgreSQL backups, if there are any. Others need no database, but are compared
/// with it if there is one.
fn find_server(
    context: &CommandContext,
    which: &[ListedBackup],
) -> Result<Option<DatabaseUrl>, CommandError> {
    let is_archive = |listed: &ListedBackup| {
        listed.manifest.as_ref().is_some_and(|manifest| manifest.backend == DatabaseKind::Postgres)
    };
    if which.iter().any(is_archive) {
        context.database_url().map(Some)
    } else {
        Ok(context.database_url().ok())
    }
}

fn format_line(report: &VerifyReport, listed: &ListedBackup) -> String {
    let name = listed.file_name();
    if !report.problems.is_empty() {
        let hint = if listed.state == BackupState::BadManifest {
            " (a file without a manifest cannot be compared)"
        } else {
            ""
        };
        return format!("{name}: NOT GOOD: {}{hint}", report.problems.join("; "));
    }
    let rows = format_rows(&report.rows);
    let extra = report.extra_objects.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let extra = if extra.is_empty() { extra } else { format!("; like the database it has {extra}") };
    if report.restored {
        format!("{name}: good, restored and checked: {rows}{extra}")
    } else {
        format!("{name}: its bytes are good; not restored, because no scratch database could be created")
    }
}
