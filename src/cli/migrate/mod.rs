//! `botctl migrate`: the schema's versions.

mod adopt;
mod down;
mod new;
mod status;
mod up;

use clap::{Args, Subcommand};

use super::Common;
use super::exit::{Code, Failure};
use crate::config::database::{DatabaseConfig, DatabaseUrl};
use crate::db::connection::{self, AnyConnection};

pub(super) use up::{bring_up, refuse};

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
    Adopt(adopt::Adopt),
}

impl Migrate {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        match &self.command {
            Command::Up(up) => up.run(common),
            Command::Down(down) => down.run(common),
            Command::New(new) => new.run(common),
            Command::Status(status) => status.run(common),
            Command::Adopt(adopt) => adopt.run(common),
        }
    }
}

/// The configured database.
fn database(common: &Common) -> Result<DatabaseUrl, Failure> {
    Ok(DatabaseConfig::load(&common.sources()?)?.url)
}

/// Opens a database that must be there already: looking at one must not create it.
fn open_existing(url: &DatabaseUrl) -> Result<AnyConnection, Failure> {
    if let DatabaseUrl::Sqlite(path) = url
        && !path.exists()
    {
        return Err(Failure::new(Code::Unreachable, format!("there is no database at {}", path.display()))
            .cure("`botctl migrate up` makes one; or name another with --database-url"));
    }
    Ok(connection::open(url)?)
}
