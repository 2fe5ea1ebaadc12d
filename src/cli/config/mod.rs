//! `botctl config`: write, show and check the configuration.

mod check;
mod init;
mod show;

use clap::{Args, Subcommand};

use super::context::CommandContext;
use super::error::CommandError;

/// Write, show and check the configuration
#[derive(Args, Debug)]
pub(super) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    Init(init::ConfigInitArgs),
    Check(check::ConfigCheckArgs),
    Show(show::ConfigShowArgs),
}

impl ConfigArgs {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        match &self.command {
            ConfigCommand::Init(init) => init.run(context),
            ConfigCommand::Check(check) => check.run(context),
            ConfigCommand::Show(show) => show.run(context),
        }
    }
}
