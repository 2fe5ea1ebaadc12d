//! `botctl backup`: create, list, verify, restore and prune backups.

mod create;
mod list;
mod prune;
mod restore;
mod summary;
mod verify;

use clap::{Args, Subcommand};

use super::context::CommandContext;
use super::error::CommandError;

/// Back up the database; list, verify, restore and prune backups
///
/// Without a subcommand, creates a backup; the bot can keep running. Backups are in BACKUP_DIR, each with a manifest beside
/// it (its name plus .json). Times in names are UTC.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Backup {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    create: create::Create,
}

#[derive(Debug, Subcommand)]
enum Command {
    Create(create::Create),
    List(list::List),
    Verify(verify::Verify),
    Restore(restore::Restore),
    Prune(prune::Prune),
}

impl Backup {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        match &self.command {
            None => self.create.run(context),
            Some(Command::Create(create)) => create.run(context),
            Some(Command::List(list)) => list.run(context),
            Some(Command::Verify(verify)) => verify.run(context),
            Some(Command::Restore(restore)) => restore.run(context),
            Some(Command::Prune(prune)) => prune.run(context),
        }
    }
}
