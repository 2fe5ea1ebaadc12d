//! `botctl logs`: view the log.

mod show;
mod tail;
mod time;

use clap::{Args, Subcommand};

use super::context::CommandContext;
use super::error::{CommandError, ExitCode};
use crate::logging::read::LogError;

/// View logs
#[derive(Args, Debug)]
pub(super) struct Logs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Tail(Box<tail::Tail>),
}

impl Logs {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        match &self.command {
            Command::Tail(tail) => tail.run(context),
        }
    }
}

impl From<LogError> for CommandError {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Write(error) => Self::from_stdout(&error),
            LogError::Read { .. } | LogError::Search(_) => Self::new(ExitCode::Failed, error)
                .hint("log files belong to the user who runs the bot: run this as that user; LOG_DIR names their directory"),
        }
    }
}
