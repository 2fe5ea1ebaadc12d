//! `botctl migrate`: migrations of the schema, and the import of other databases.

mod adopt;
mod args;
mod down;
mod flow;
mod new;
mod redo;
mod repair;
mod report;
mod status;
mod transfer;
mod up;

use clap::{Args, Subcommand};

use super::context::CommandContext;
use super::error::CommandError;

pub(super) use args::LockArgs;
pub(super) use transfer::transfer_failure;
pub(super) use up::apply_for_serve;

/// Apply, revert and list schema migrations; import other databases.
#[derive(Args, Debug)]
pub(super) struct Migrate {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Up(up::Up),
    Down(down::Down),
    New(new::New),
    Status(status::Status),
    Redo(redo::Redo),
    Repair(repair::Repair),
    Transfer(transfer::Transfer),
    Adopt(adopt::Adopt),
}

impl Migrate {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        match &self.command {
            Command::Up(up) => up.run(context),
            Command::Down(down) => down.run(context),
            Command::New(new) => new.run(context),
            Command::Status(status) => status.run(context),
            Command::Redo(redo) => redo.run(context),
            Command::Repair(repair) => repair.run(context),
            Command::Transfer(transfer) => transfer.run(context),
            Command::Adopt(adopt) => adopt.run(context),
        }
    }
}
