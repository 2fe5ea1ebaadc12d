//! Calls of commands to the Bot API, and what a command says when Telegram refuses one or does not answer.

use super::context::CommandContext;
use super::error::CommandError;
use super::exit_code::ExitCode;
use crate::config::telegram::TelegramConfig;
use crate::telegram::{Api, CallError};

/// The hint for a token that Telegram rejects.
pub(super) const TOKEN_HINT: &str =
    "copy the token from @BotFather again; if TELEGRAM_API_URL is set, check it too";

pub(super) fn rejected_token_error(description: &str) -> CommandError {
    CommandError::new(ExitCode::Refused, format!("Telegram rejected BOT_TOKEN: {description}"))
        .hint(TOKEN_HINT)
}

pub(super) fn refused_webhook_error(description: &str) -> CommandError {
    CommandError::new(ExitCode::Refused, format!("Telegram refused the webhook: {description}")).hint(
        "correct WEBHOOK_URL: an https:// address that Telegram can reach from the internet, on port 443, 80, 88 or 8443",
    )
}

fn failed_call_error(error: &CallError) -> CommandError {
    match error {
        CallError::Refused { code: 401 | 404, description, .. } => rejected_token_error(description),
        CallError::Refused { description, .. } => refused_webhook_error(description),
        error => CommandError::new(ExitCode::Unreachable, format!("Telegram is unreachable: {error}"))
            .hint("check the network connection of this machine, and TELEGRAM_API_URL if it is set; then run this again"),
    }
}

/// The error of a command that needs a webhook when none is configured.
pub(super) fn missing_url_error() -> CommandError {
    CommandError::new(ExitCode::Usage, "WEBHOOK_URL: required but not set")
        .hint("set WEBHOOK_URL=https://bot.example.org/telegram  (URL to which Telegram sends updates)")
}

/// Makes calls to the Bot API and waits for their result.
pub(super) fn call_telegram<T>(
    context: &CommandContext,
    calls: impl AsyncFnOnce(&Api) -> Result<T, CallError>,
) -> Result<T, CommandError> {
    let telegram = TelegramConfig::load(context.sources()?)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(async { calls(&Api::new(&telegram)?).await });
    result.map_err(|error| failed_call_error(&error))
}
