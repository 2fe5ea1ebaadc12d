//! `botctl migrate down`.

use clap::Args;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::exit_code::ExitCode;
use super::args::SchemaArgs;
use super::flow::{MigrationStep, SchemaChange};
use super::report;
use crate::migrate::{MigrationEntry, MigrationScript, MigrationSet};

/// Revert the last migrations and delete their data
///
/// Lists what would be deleted and asks for confirmation; --yes is required when not interactive. Makes a backup first.
/// Refused while `serve` is running on the database.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl migrate down --dry-run    show what would be deleted
  botctl migrate down              revert the last migration
  botctl migrate down --to 0       revert all migrations")]
pub(super) struct Down {
    /// Number of migrations to revert.
    #[arg(default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..), conflicts_with = "to")]
    count: u16,
    /// Revert everything after this version; 0 for everything.
    #[arg(long, value_name = "VERSION")]
    to: Option<String>,
    /// Skip confirmation.
    #[arg(short, long)]
    yes: bool,
    /// Show what would be reverted and deleted, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Skip the backup.
    #[arg(long)]
    no_backup: bool,
    #[command(flatten)]
    schema: SchemaArgs,
}

impl Down {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let change = SchemaChange::new(context, &self.schema)?.with_backup(context, self.no_backup)?;
        let plan = |entries: &[MigrationEntry]| {
            Ok(self.choose(entries, &change.scripts)?.into_iter().map(MigrationStep::Revert).collect())
        };
        if self.dry_run {
            return report::show_plan(&change, &plan, "nothing to revert");
        }
        report::run_and_report(&change, &plan, self.yes, "nothing to revert")
    }

    /// Returns what is to be reverted, the newest first.
    fn choose<'a>(
        &self,
        entries: &[MigrationEntry],
        scripts: &'a MigrationSet,
    ) -> Result<Vec<&'a MigrationScript>, CommandError> {
        let hint = "`botctl migrate status` lists them";
        let applied = entries.iter().rev().filter(|entry| entry.applied_at.is_some());
        let applied: Vec<_> = applied.filter_map(|entry| scripts.find_version(&entry.version)).collect();
        let count = match &self.to {
            None => usize::from(self.count),
            Some(to) if to == "0" => applied.len(),
            Some(to) => applied.iter().position(|script| script.is_called(to)).ok_or_else(|| {
                CommandError::new(ExitCode::Usage, format!("no migration {to:?} is applied")).hint(hint)
            })?,
        };
        if applied.len() < count {
            let message = format!("cannot revert {count} migrations: only {} applied", applied.len());
            return Err(CommandError::new(ExitCode::Usage, message).hint(hint));
        }
        Ok(applied.into_iter().take(count).collect())
    }
}
