//! `botctl migrate redo`.

use clap::Args;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::exit_code::ExitCode;
use super::args::SchemaArgs;
use super::flow::{MigrationStep, SchemaChange};
use super::report;
use crate::migrate::MigrationEntry;

/// Revert the last migration and apply it again, in one transaction
///
/// For developing a migration: its data is deleted. Lists what would be deleted, asks for confirmation and makes a
/// backup first.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl migrate redo --yes")]
pub(super) struct Redo {
    /// Skip confirmation.
    #[arg(short, long)]
    yes: bool,
    /// Skip the backup.
    #[arg(long)]
    no_backup: bool,
    #[command(flatten)]
    schema: SchemaArgs,
}

impl Redo {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let change = SchemaChange::new(context, &self.schema)?.with_backup(context, self.no_backup)?;
        let plan = |entries: &[MigrationEntry]| {
            let last = entries.iter().rev().find(|entry| entry.applied_at.is_some());
            let script =
                last.and_then(|entry| change.scripts.find_version(&entry.version)).ok_or_else(|| {
                    CommandError::new(ExitCode::Usage, "no migration is applied")
                        .hint("`botctl migrate up` applies what is pending")
                })?;
            Ok(vec![MigrationStep::Redo(script)])
        };
        report::run_and_report(&change, &plan, self.yes, "")
    }
}
