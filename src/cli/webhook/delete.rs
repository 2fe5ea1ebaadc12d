//! `botctl webhook delete`.

use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::telegram_calls::call_telegram;
use super::super::text::format_count;
use crate::bot::webhook::{self, WebhookInfo};

/// Delete the webhook, so that updates can be polled
///
/// Pending updates stay: Telegram keeps them for 24 hours. `botctl serve` without WEBHOOK_URL does the same when it starts; a
/// running one with WEBHOOK_URL sets the webhook again within a minute.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl webhook delete     before another program polls with this token")]
pub(super) struct WebhookDeleteArgs {}

#[derive(Serialize)]
struct DeleteDocument {
    /// Whether one was set.
    deleted: bool,
    pending_updates: u64,
}

impl WebhookDeleteArgs {
    #[allow(clippy::unused_self, reason = "every command has the same shape")]
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let info = call_telegram(context, async |api| {
            let info = WebhookInfo::load(api).await?;
            webhook::delete_webhook(api).await?;
            Ok(info)
        })?;
        let document =
            DeleteDocument { deleted: !info.url.is_empty(), pending_updates: info.pending_update_count };
        context.output().print_result(&document, || match document {
            DeleteDocument { deleted: false, .. } => "nothing to do: no webhook is set".to_owned(),
            DeleteDocument { pending_updates, .. } => {
                format!("webhook deleted; {} pending", format_count(pending_updates, "update"))
            }
        })
    }
}
