//! `botctl backup verify`.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::{CommandError, ExitCode};
use crate::backup::verify::{self, VerifyReport};
use crate::backup::{self, BackupState, DatabaseKind, ListedBackup};
use crate::config::database::DatabaseUrl;
use crate::db::time;

/// Verify backups: compare checksums, restore into a scratch database and check that
///
/// Never writes to the backup. PostgreSQL backups are restored into a scratch database on the configured server; without
/// the right to create one (CREATEDB), only the checksum is verified, with a warning. Exits with code 3 if a backup is bad.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl backup verify           verify the newest backup
  botctl backup verify --all     verify all backups")]
pub(super) struct Verify {
    /// Name in BACKUP_DIR, or path [default: the newest backup]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Verify all backups
    #[arg(long, conflicts_with = "file")]
    all: bool,
}

#[derive(Serialize)]
struct Tried {
    path: PathBuf,
    /// `None` when it could not be tried.
    good: Option<bool>,
    /// Why not.
    error: Option<String>,
    restored: bool,
    problems: Vec<String>,
    rows: std::collections::BTreeMap<String, u64>,
}

#[derive(Serialize)]
struct Document {
    backups: Vec<Tried>,
}

impl Verify {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let config = context.backup_config()?;
        let output = context.output();
        let mut which = match &self.file {
            Some(file) => vec![super::named(&config.dir, file)?],
            None => backup::list_backups(&config.dir)?,
        };
        if self.file.is_none() && !self.all {
            // One that says that it is of tomorrow does not come before all others for ever.
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
            .hint("`botctl backup` makes one"));
        }
        let url = server(context, &which)?;
        let (mut tried, mut printed, mut untried) = (Vec::new(), Ok(()), None);
        for listed in &which {
            let mut bar = output.progress();
            let verdict = verify::verify_backup(listed, url.as_ref(), &mut |stage, done, total| {
                bar.show(stage, done, total);
            });
            drop(bar);
            let verdict = match verdict {
                Ok(verdict) => verdict,
                // The others are tried all the same.
                Err(error) => {
                    let failure = CommandError::from(error);
                    let why = failure.message().to_owned();
                    printed = printed.and_then(|()| {
                        output.print_line(format!("{}: could not be tried: {why}", listed.name()))
                    });
                    tried.push(Tried::not(listed, why));
                    untried.get_or_insert(failure);
                    continue;
                }
            };
            // Whoever does not read on still learns by the exit code how all of them are.
            printed = printed.and_then(|()| output.print_line(line(&verdict, listed)));
            let VerifyReport { path, problems, restored, rows } = verdict;
            tried.push(Tried {
                path,
                good: Some(problems.is_empty()),
                error: None,
                restored,
                problems,
                rows,
            });
        }
        let document = Document { backups: tried };
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
            .hint("make a new one with `botctl backup`, while the database is whole")
            .with_data(&document))
    }
}

impl Tried {
    fn not(listed: &ListedBackup, why: String) -> Self {
        let rows = listed.manifest.as_ref().map(|manifest| manifest.rows.clone()).unwrap_or_default();
        Self {
            path: listed.path.clone(),
            good: None,
            error: Some(why),
            restored: false,
            problems: Vec::new(),
            rows,
        }
    }
}

/// The server to try archives of PostgreSQL on; nobody needs a database for the others.
fn server(context: &CommandContext, which: &[ListedBackup]) -> Result<Option<DatabaseUrl>, CommandError> {
    let is_archive = |listed: &ListedBackup| {
        listed.manifest.as_ref().is_some_and(|manifest| manifest.backend == DatabaseKind::Postgres)
    };
    if which.iter().any(is_archive) { context.database_url().map(Some) } else { Ok(None) }
}

fn line(verdict: &VerifyReport, listed: &ListedBackup) -> String {
    let name = listed.name();
    if !verdict.is_good() {
        let hint = if listed.state == BackupState::BadManifest {
            " (a file without a manifest cannot be compared)"
        } else {
            ""
        };
        return format!("{name}: NOT GOOD: {}{hint}", verdict.problems.join("; "));
    }
    let rows = super::rows(&verdict.rows);
    if verdict.restored {
        format!("{name}: good, restored and checked: {rows}")
    } else {
        format!("{name}: its bytes are good; not restored, because no scratch database could be made for it")
    }
}
