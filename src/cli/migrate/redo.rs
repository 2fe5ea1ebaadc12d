//! `botctl migrate redo`.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::{CommandError, ExitCode};
use super::Named;
use super::change::{self, LossRow};
use super::options::{Source, Waiting};
use crate::db::{AnyConnection, lock};
use crate::migrate::{self, Dialect, MigrationScript, MigrationSet, loss, run};

/// Revert the last migration and apply it again, in one transaction
///
/// For developers of migrations: the data that the migration stores is lost. Shows it, asks for confirmation and creates a
/// backup first.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl migrate redo --yes")]
pub(super) struct Redo {
    /// Skip confirmation
    #[arg(long)]
    yes: bool,
    /// Skip the backup
    #[arg(long)]
    no_backup: bool,
    #[command(flatten)]
    waiting: Waiting,
    #[command(flatten)]
    source: Source,
}

#[derive(Serialize)]
struct Report {
    /// The last one, which it is about.
    migration: Named,
    /// The same when it is done.
    redone: Option<Named>,
    /// `null` where it cannot be told, because the migration runs without a transaction.
    lost: Option<Vec<LossRow>>,
    backup: Option<PathBuf>,
}

impl Redo {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let (url, output) = (context.database_url()?, context.output());
        let scripts = self.source.scripts(Dialect::of(&url))?;
        let patience = self.waiting.lock_timeout;
        let backups = if self.no_backup { None } else { Some(context.backup_config()?.dir) };
        let mut looking = change::look(&url, patience)?;
        change::must_be_ours(&mut looking, &url, &scripts)?;
        last(&mut looking, &scripts)?;
        drop(looking);
        let _alone = lock::alone(&url, patience)?;
        let mut conn = change::open(&url, patience)?;
        change::must_be_ours(&mut conn, &url, &scripts)?;
        let script = last(&mut conn, &scripts)?;
        let lost = loss::of_going_down(&mut conn, &[script])?;
        let lost: Option<Vec<LossRow>> = lost.map(|lost| lost.into_iter().map(LossRow::from).collect());
        output.note(format_args!("will take back {script} and apply it again"));
        match &lost {
            None => output.note("what is lost cannot be told: it runs without a transaction"),
            Some(lost) if lost.is_empty() => output.note(change::NOTHING_LOST),
            Some(lost) => output.note(change::lost_table(output, lost)),
        }
        let mut report = Report { migration: script.into(), redone: None, lost, backup: None };
        output.confirm("This is dropped.", self.yes).map_err(|failure| failure.with_data(&report))?;
        report.backup = change::backup_first(&mut conn, &url, backups, output)?;
        if let Some(path) = &report.backup {
            output.note(format_args!("backup: {}", path.display()));
        }
        run::redo(&mut conn, script).map_err(|error| CommandError::from(error).with_data(&report))?;
        report.redone = Some(script.into());
        output.print_result(&report, || format!("took back and applied again {script}"))
    }
}

fn last<'a>(
    conn: &mut AnyConnection,
    scripts: &'a MigrationSet,
) -> Result<&'a MigrationScript, CommandError> {
    let entries = migrate::list_migrations_of(conn, scripts)?;
    let last = entries.iter().rev().find(|entry| entry.applied_at.is_some());
    last.and_then(|entry| scripts.find(&entry.version)).ok_or_else(|| {
        CommandError::new(ExitCode::Usage, "no migration is applied")
            .hint("`botctl migrate up` applies what is pending")
    })
}
