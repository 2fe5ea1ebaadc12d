//! `botctl webhook set`.

use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::telegram_calls::{call_telegram, missing_url_error};
use crate::bot::webhook::WebhookRegistration;
use crate::config::inspection::mask_url_path;
use crate::config::webhook::WebhookConfig;
use crate::db::{self, lock, time};

/// Set the webhook to WEBHOOK_URL
///
/// `botctl serve` does the same when it starts. Without WEBHOOK_SECRET, the secret is made up and kept in the database. Pending
/// updates stay; until `serve` runs, Telegram keeps them for 24 hours.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl webhook set     after another program has changed it")]
pub(super) struct WebhookSetArgs {}

#[derive(Serialize)]
struct SetDocument {
    url: Option<String>,
    serve_running: bool,
}

impl WebhookSetArgs {
    #[allow(clippy::unused_self, reason = "every command has the same shape")]
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let config = WebhookConfig::load(context.sources()?)?.ok_or_else(missing_url_error)?;
        let registration: db::Result<WebhookRegistration> =
            context.in_transaction(|tx| WebhookRegistration::load(tx, &config, time::now()))?;
        let registration = registration?;
        call_telegram(context, async |api| registration.register(api).await)?;
        let serve_running =
            lock::is_served(&context.database_url()?, &mut context.open_existing_database()?)?;
        let document = SetDocument { url: mask_url_path(config.url.expose().as_str()), serve_running };
        let output = context.output();
        output.print_result(&document, || {
            format!("webhook set: {}", document.url.as_deref().unwrap_or_default())
        })?;
        if !serve_running {
            output.note("`botctl serve` is not running; Telegram keeps the updates until it starts");
        }
        Ok(())
    }
}
