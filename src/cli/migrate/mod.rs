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

use super::Common;
use super::exit::{Code, Failure};
use crate::config::database::{DatabaseConfig, DatabaseUrl};
use crate::migrate::{MigrationEntry, MigrationScript, SchemaState};

pub(super) use up::bring_up;

/// Bring the database's schema up to date, take a step back, or see where it stands.
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
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        match &self.command {
            Command::Up(up) => up.run(common),
            Command::Down(down) => down.run(common),
            Command::New(new) => new.run(common),
            Command::Status(status) => status.run(common),
            Command::Redo(redo) => redo.run(common),
            Command::Repair(repair) => repair.run(common),
            Command::Transfer(transfer) => transfer.run(common),
            Command::Adopt(adopt) => adopt.run(common),
        }
    }
}

/// The configured database.
fn database(common: &Common) -> Result<DatabaseUrl, Failure> {
    Ok(DatabaseConfig::load(common.sources()?)?.url)
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

/// Why a database is not one that this program can serve.
pub(super) fn refuse(url: &DatabaseUrl, state: &SchemaState) -> Failure {
    let listed = |entries: &[MigrationEntry]| {
        entries.iter().map(|entry| entry.version.clone()).collect::<Vec<_>>().join(", ")
    };
    match state {
        SchemaState::Newer(unknown) => Failure::new(
            Code::Refused,
            format!("{url} was used by a newer botctl, or by one with other migrations: this one does not know {}", listed(unknown)),
        )
        .hint("use that botctl; nothing was changed"),
        SchemaState::LegacyBot => Failure::new(Code::Refused, format!("{url} is a database of the old Python bot"))
            .hint("`botctl migrate adopt --dry-run` shows how it would be taken over, `botctl migrate adopt` does it after a backup; \
                   or name another database with --database-url to start afresh. Nothing was changed"),
        SchemaState::Foreign => Failure::new(Code::Refused, format!("{url} holds tables of some other program"))
            .hint("name another database with --database-url; nothing was changed"),
        SchemaState::Pending(pending) => Failure::new(
            Code::Refused,
            format!("the schema of {url} is behind this botctl: pending {}", listed(pending)),
        )
        .hint("run `botctl migrate up`, or `botctl serve --migrate`"),
        SchemaState::Empty | SchemaState::Current => Failure::new(Code::Refused, format!("{url} has no schema yet"))
            .hint("run `botctl migrate up`"),
    }
}
