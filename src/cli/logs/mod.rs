//! `botctl logs`: what the bot has written about its work.

mod show;
mod tail;

use clap::{Args, Subcommand};

use super::Common;
use super::exit::{Code, Failure};
use crate::logging::read::LogError;

/// Look at the log.
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
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        match &self.command {
            Command::Tail(tail) => tail.run(common),
        }
    }
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Write(error) => Self::of_stdout(&error),
            LogError::Read { .. } => Self::new(Code::Failed, error)
                .hint("log files belong to the user who runs the bot: try as that user; LOG_DIR says where they are"),
        }
    }
}
