//! `botctl webhook`: how Telegram delivers updates.

mod delete;
mod info;
mod set;

use clap::{Args, Subcommand};

use super::context::CommandContext;
use super::error::CommandError;

/// Inspect, set or delete the webhook
///
/// `botctl serve` sets the webhook when WEBHOOK_URL is set, and deletes it to poll when it is not. No update is lost by
/// either: Telegram keeps what is not delivered for 24 hours.
#[derive(Args, Debug)]
pub(super) struct WebhookArgs {
    #[command(subcommand)]
    command: WebhookCommand,
}

#[derive(Debug, Subcommand)]
enum WebhookCommand {
    Info(info::WebhookInfoArgs),
    Set(set::WebhookSetArgs),
    Delete(delete::WebhookDeleteArgs),
}

impl WebhookArgs {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        match &self.command {
            WebhookCommand::Info(info) => info.run(context),
            WebhookCommand::Set(set) => set.run(context),
            WebhookCommand::Delete(delete) => delete.run(context),
        }
    }
}
