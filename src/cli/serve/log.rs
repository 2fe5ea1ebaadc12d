//! Starts and ends the log of `serve`, and collects the secrets to redact.

use std::time::Duration;

use super::shutdown::FORCED_STOP;
use crate::cli::error::CommandError;
use crate::cli::exit_code::ExitCode;
use crate::cli::output::{Output, forced_colour};
use crate::config::{ServeConfig, Sources, configured_secrets};
use crate::logging::write::{LogGuard, LogSetup, start_logging};

/// How long pending error reports may take at the end.
const REPORT_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) fn start_log(
    config: &ServeConfig,
    sources: &Sources,
    output: Output,
) -> Result<LogGuard, CommandError> {
    let setup = LogSetup {
        logging: &config.logging,
        folder: config.log_dir.as_deref(),
        sentry: &config.sentry,
        secrets: secret_texts(config, sources),
        stdout_is_taken: output.is_json(),
        colour: forced_colour(),
    };
    start_logging(setup, |warning| output.warn(warning)).map_err(|error| {
        CommandError::new(ExitCode::Failed, error)
            .hint("set LOG_DIR to a directory that this user can write to")
    })
}

/// Logs why `serve` ended and flushes the log. After a forced stop, pending error reports are dropped.
pub(super) fn end_log(log: LogGuard, result: &Result<(), CommandError>, grace: Duration) {
    let timeout = match result {
        Err(failure) if failure.message() == FORCED_STOP => {
            tracing::warn!("{FORCED_STOP}");
            Duration::ZERO
        }
        Err(failure) => {
            tracing::error!(error = failure.message(), "serve failed");
            REPORT_TIMEOUT.min(grace)
        }
        Ok(()) => REPORT_TIMEOUT.min(grace),
    };
    log.finish(timeout);
}

/// Texts to redact wherever they occur.
fn secret_texts(config: &ServeConfig, sources: &Sources) -> Vec<String> {
    let mut secrets = configured_secrets(sources);
    // The token may come from a file, which `sources` does not show.
    if let Some(telegram) = &config.telegram {
        let token = telegram.token.expose();
        secrets.push(token.clone());
        // Without the id of the bot, which is public.
        secrets.extend(token.split_once(':').map(|(_, secret)| secret.to_owned()));
    }
    // In the form in which they occur in JSON.
    let escaped: Vec<String> = secrets
        .iter()
        .map(|secret| serde_json::Value::from(secret.as_str()).to_string().trim_matches('"').to_owned())
        .filter(|escaped| !secrets.contains(escaped))
        .collect();
    secrets.extend(escaped);
    secrets
}
