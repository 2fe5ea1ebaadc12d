//! `botctl webhook info`.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::telegram_calls::call_telegram;
use super::super::text::{format_age, printable};
use crate::bot::webhook::{WebhookInfo, delivery_hint};
use crate::config::inspection::mask_url_path;
use crate::config::webhook::WebhookConfig;
use crate::db::time;

/// Show the webhook as Telegram has it
///
/// The path of the URL is masked, since it may be a secret. Telegram forgets its last error only when the webhook is set anew.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl webhook info")]
pub(super) struct WebhookInfoArgs {}

#[derive(Serialize)]
struct WebhookDocument {
    /// `None` when no webhook is set.
    url: Option<String>,
    /// Whether it is that of WEBHOOK_URL; without one, whether none is set.
    as_configured: bool,
    pending_updates: u64,
    last_error: Option<DeliveryErrorDocument>,
    max_connections: Option<u32>,
    ip_address: Option<String>,
    allowed_updates: Vec<String>,
}

#[derive(Serialize)]
struct DeliveryErrorDocument {
    at: Option<DateTime<Utc>>,
    message: String,
    hint: &'static str,
}

impl WebhookInfoArgs {
    #[allow(clippy::unused_self, reason = "every command has the same shape")]
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let configured = WebhookConfig::load(context.sources()?)?;
        let info = call_telegram(context, WebhookInfo::load)?;
        let document = WebhookDocument::new(info, configured.as_ref());
        context.output().print_result(&document, || document.human_text(configured.is_some()))
    }
}

impl WebhookDocument {
    fn new(info: WebhookInfo, configured: Option<&WebhookConfig>) -> Self {
        let as_configured = match configured {
            Some(configured) => info.delivers_to(configured.url.expose()),
            None => info.url.is_empty(),
        };
        let last_error = info.last_error_message.map(|message| DeliveryErrorDocument {
            at: info.last_error_date.and_then(|at| DateTime::from_timestamp(at, 0)),
            hint: delivery_hint(&message),
            message,
        });
        let masked = || mask_url_path(&info.url).unwrap_or_else(|| "an unreadable URL".to_owned());
        Self {
            url: (!info.url.is_empty()).then(masked),
            as_configured,
            pending_updates: info.pending_update_count,
            last_error,
            max_connections: info.max_connections,
            ip_address: info.ip_address,
            allowed_updates: info.allowed_updates.unwrap_or_default(),
        }
    }

    fn human_text(&self, is_configured: bool) -> String {
        let mut text = String::new();
        let verdict = match (self.as_configured, is_configured) {
            (true, true) => "as configured",
            (true, false) => "`botctl serve` polls",
            (false, true) => "not that of WEBHOOK_URL; `botctl serve` or `botctl webhook set` sets it",
            (false, false) => "WEBHOOK_URL is not set; `botctl serve` deletes the webhook when it starts",
        };
        let url = self.url.as_deref().map_or_else(|| "none".to_owned(), printable);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "webhook          {url} ({verdict})");
        let _ = writeln!(text, "pending updates  {}", self.pending_updates);
        if let Some(connections) = self.max_connections {
            let _ = writeln!(text, "max connections  {connections}");
        }
        if let Some(address) = &self.ip_address {
            let _ = writeln!(text, "IP address       {}", printable(address));
        }
        if let Some(DeliveryErrorDocument { at, message, hint }) = &self.last_error {
            let age = at.map(|at| format!(" ({} ago)", format_age(at, time::now()))).unwrap_or_default();
            let _ =
                writeln!(text, "last error       {}{age}\n                 hint: {hint}", printable(message));
        }
        text
    }
}
