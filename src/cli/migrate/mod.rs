//! `botctl migrate`: the schema's versions.

mod adopt;
mod change;
mod down;
mod new;
mod options;
mod redo;
mod repair;
mod status;
mod transfer;
mod up;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::context::CommandContext;
use super::error::CommandError;
use crate::migrate::MigrationScript;

pub(super) use up::bring_up;

/// Apply, revert and inspect schema migrations; move data between databases
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

/// A migration in a document.
#[derive(Clone, Debug, Serialize)]
struct Named {
    version: String,
    name: String,
}

impl From<&MigrationScript> for Named {
    fn from(script: &MigrationScript) -> Self {
        Self { version: script.version.clone(), name: script.name.clone() }
    }
}
