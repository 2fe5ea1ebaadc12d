//! `botctl logs`: view the log.

mod show;
mod tail;
mod time;

use clap::{Args, Subcommand};

use super::context::CommandContext;
use super::error::CommandError;
use super::exit_code::ExitCode;
use crate::logging::read::LogError;

/// View logs
#[derive(Args, Debug)]
pub(super) struct LogsArgs {
    #[command(subcommand)]
    command: LogsCommand,
}

#[derive(Debug, Subcommand)]
enum LogsCommand {
    Tail(Box<tail::LogsTailArgs>),
}

impl LogsArgs {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        match &self.command {
            LogsCommand::Tail(tail) => tail.run(context),
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
