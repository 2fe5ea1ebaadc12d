//! `botctl outbox`: undelivered messages.

mod drop;
mod list;
mod retry;
mod selection;

use clap::{Args, Subcommand};

use super::context::CommandContext;
use super::error::CommandError;

/// Inspect, retry or drop undelivered messages
///
/// A message that Telegram refuses permanently (such as when the user has blocked the bot) becomes a dead letter, which is
/// kept until you retry or drop it. The text of messages is never shown.
#[derive(Args, Debug)]
pub(super) struct OutboxArgs {
    #[command(subcommand)]
    command: OutboxCommand,
}

#[derive(Debug, Subcommand)]
enum OutboxCommand {
    List(list::OutboxListArgs),
    Retry(retry::OutboxRetryArgs),
    Drop(drop::OutboxDropArgs),
}

impl OutboxArgs {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        match &self.command {
            OutboxCommand::List(list) => list.run(context),
            OutboxCommand::Retry(retry) => retry.run(context),
            OutboxCommand::Drop(drop) => drop.run(context),
        }
    }
}
