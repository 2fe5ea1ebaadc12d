//! `botctl config`: what is configured, and what is wrong with it.

mod check;
mod show;

use clap::{Args, Subcommand};

use super::context::CommandContext;
use super::error::CommandError;

/// Look at the configuration: what is wrong with it, what counts and where it comes from.
#[derive(Args, Debug)]
pub(super) struct Config {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Check),
    Show(show::Show),
}

impl Config {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        match &self.command {
            Command::Check(check) => check.run(context),
            Command::Show(show) => show.run(context),
        }
    }
}
