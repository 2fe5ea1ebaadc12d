//! The log of `serve`: starts it with everything that must not show in it, and ends it.

use std::time::Duration;

use super::AT_ONCE;
use crate::cli::error::{CommandError, ExitCode};
use crate::cli::output::Output;
use crate::config::{ServeConfig, Sources, configured_secrets};
use crate::logging::write::{LogGuard, LogSetup, start_logging};

/// How long reports of errors may take at the end.
const LAST_REPORTS: Duration = Duration::from_secs(2);

pub(super) fn start(
    config: &ServeConfig,
    sources: &Sources,
    output: Output,
) -> Result<LogGuard, CommandError> {
    let setup = LogSetup {
        logging: &config.logging,
        folder: config.log_dir.as_deref(),
        sentry: &config.sentry,
        secrets: secrets(config, sources),
        stdout_is_taken: output.is_json(),
    };
    start_logging(setup, |warning| output.warn(warning)).map_err(|error| {
        CommandError::new(ExitCode::Failed, error)
            .hint("make LOG_DIR a folder in which this user may write, or name another one")
    })
}

/// Logs why it ended and writes what waits. After a second signal, reports are not waited for.
pub(super) fn end(log: LogGuard, done: &Result<(), CommandError>, grace: Duration) {
    let timeout = match done {
        Err(failure) if failure.message() == AT_ONCE => {
            tracing::warn!("{AT_ONCE}");
            Duration::ZERO
        }
        Err(failure) => {
            tracing::error!(error = failure.message(), "ended by a failure");
            LAST_REPORTS.min(grace)
        }
        Ok(()) => LAST_REPORTS.min(grace),
    };
    log.finish(timeout);
}

/// Returns everything that must not show in the log.
fn secrets(config: &ServeConfig, sources: &Sources) -> Vec<String> {
    let mut secrets = configured_secrets(sources);
    // It may come from a file.
    if let Some(telegram) = &config.telegram {
        let token = telegram.token.expose();
        secrets.push(token.clone());
        // The half that is secret.
        secrets.extend(token.split_once(':').map(|(_, secret)| secret.to_owned()));
    }
    // As they stand in a line of JSON.
    let escaped: Vec<String> = secrets
        .iter()
        .map(|secret| serde_json::Value::from(secret.as_str()).to_string().trim_matches('"').to_owned())
        .filter(|escaped| !secrets.contains(escaped))
        .collect();
    secrets.extend(escaped);
    secrets
}
