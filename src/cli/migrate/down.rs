//! `botctl migrate down`.

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

/// Revert the last migrations and delete their data
///
/// Shows the data that would be lost and asks for confirmation; --yes is required when not interactive (exit code 6
/// otherwise). A backup is created first. Stop `botctl serve` before.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl migrate down            the last migration
  botctl migrate down --to 0     all migrations")]
pub(super) struct Down {
    /// Number of migrations to revert
    #[arg(default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..), conflicts_with = "to")]
    count: u16,
    /// Revert all migrations after this version; 0 means all
    #[arg(long, value_name = "VERSION")]
    to: Option<String>,
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
    taken_back: Vec<Named>,
    /// `null` where it cannot be told, because a migration runs without a transaction.
    lost: Option<Vec<LossRow>>,
    backup: Option<PathBuf>,
}

impl Down {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let (url, output) = (context.database_url()?, context.output());
        let scripts = self.source.scripts(Dialect::of(&url))?;
        let patience = self.waiting.lock_timeout;
        let backups = if self.no_backup { None } else { Some(context.backup_config()?.dir) };
        let mut looking = change::look(&url, patience)?;
        change::must_be_ours(&mut looking, &url, &scripts)?;
        if self.chosen(&mut looking, &scripts)?.is_empty() {
            let nothing = Report { taken_back: Vec::new(), lost: Some(Vec::new()), backup: None };
            return output.print_result(&nothing, || "nothing to take back".to_owned());
        }
        drop(looking);
        let _alone = lock::alone(&url, patience)?;
        let mut conn = change::open(&url, patience)?;
        change::must_be_ours(&mut conn, &url, &scripts)?;
        let chosen = self.chosen(&mut conn, &scripts)?;
        let lost = loss::of_going_down(&mut conn, &chosen)?;
        let lost: Option<Vec<LossRow>> = lost.map(|lost| lost.into_iter().map(LossRow::from).collect());
        for script in &chosen {
            output.note(format_args!("will take back {script}"));
        }
        match &lost {
            None => output.note("what is lost cannot be told: a migration runs without a transaction"),
            Some(lost) if lost.is_empty() => output.note(change::NOTHING_LOST),
            Some(lost) => output.note(change::lost_table(output, lost)),
        }
        let mut report = Report { taken_back: Vec::new(), lost, backup: None };
        output.confirm("This is dropped.", self.yes).map_err(|failure| failure.with_data(&report))?;
        report.backup = change::backup_first(&mut conn, &url, backups, output)?;
        if let Some(path) = &report.backup {
            output.note(format_args!("backup: {}", path.display()));
        }
        // Whoever does not read on gets all of them taken back all the same.
        let mut printed = Ok(());
        for script in chosen {
            run::revert(&mut conn, script).map_err(|error| CommandError::from(error).with_data(&report))?;
            report.taken_back.push(script.into());
            if printed.is_ok() {
                printed = output.print_line(format_args!("took back {script}"));
            }
        }
        let told = |failure: CommandError| {
            let backup = report.backup.as_ref().map(|path| format!(" (backup: {})", path.display()));
            failure.with_prefix(&format!("it was taken back{}", backup.unwrap_or_default()))
        };
        printed.map_err(told)?;
        if let Some(name) = report.backup.as_ref().and_then(|path| path.file_name()) {
            output.note(format_args!("to undo: `botctl backup restore {}`", name.display()));
        }
        output.print_result(&report, String::new).map_err(told)
    }

    /// What is to be taken back, the newest first.
    fn chosen<'a>(
        &self,
        conn: &mut AnyConnection,
        scripts: &'a MigrationSet,
    ) -> Result<Vec<&'a MigrationScript>, CommandError> {
        let applied = migrate::list_migrations_of(conn, scripts)?;
        let applied: Vec<&MigrationScript> = applied
            .iter()
            .filter(|entry| entry.applied_at.is_some())
            .filter_map(|entry| scripts.find(&entry.version))
            .collect();
        if let Some(to) = &self.to {
            let last = applied.iter().find(|script| script.is_called(to));
            return match last {
                Some(last) => {
                    Ok(applied.iter().rev().copied().filter(|s| s.version > last.version).collect())
                }
                None if to == "0" => Ok(applied.into_iter().rev().collect()),
                None => Err(CommandError::new(ExitCode::Usage, format!("no migration {to:?} is applied"))
                    .hint("`botctl migrate status` lists them")),
            };
        }
        let count = usize::from(self.count);
        if applied.len() < count {
            let what = format!("{count} asked for, but only {} applied", applied.len());
            return Err(CommandError::new(ExitCode::Usage, what).hint("`botctl migrate status` lists them"));
        }
        Ok(applied.into_iter().rev().take(count).collect())
    }
}
