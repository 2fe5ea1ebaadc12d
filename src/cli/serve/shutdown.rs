//! The graceful shutdown of `serve`.

use std::time::Instant;

use super::signals::StopSignals;
use crate::bot::intake::Intake;
use crate::bot::notices;
use crate::cli::error::CommandError;
use crate::cli::exit_code::ExitCode;
use crate::config::ServeConfig;
use crate::courier::Courier;
use crate::db::{self, Database};
use crate::jobs::JobScheduler;

/// The error of a shutdown that a second signal cut short.
pub(super) const FORCED_STOP: &str = "stopped immediately by a second signal";

pub(super) fn forced_stop_error() -> CommandError {
    CommandError::new(ExitCode::Failed, FORCED_STOP)
        .hint("no data is lost: unfinished work continues at the next start")
}

/// Finishes running handlers and jobs and sends queued messages, until SHUTDOWN_GRACE or a second signal.
pub(super) async fn drain(
    config: &ServeConfig,
    db: &Database,
    intake: &Intake,
    courier: &Courier,
    jobs: JobScheduler,
    signals: &mut StopSignals,
) -> Result<(), CommandError> {
    tracing::info!("graceful shutdown started");
    let deadline = Instant::now() + config.shutdown.grace;
    let remaining = || deadline.saturating_duration_since(Instant::now());
    let graceful = async {
        intake.drain(remaining()).await;
        if config.shutdown.notify_admins {
            let locale = config.locale;
            let grace = remaining();
            if let Err(error) = db.write(move |tx| notices::notify_stopping(tx, locale, grace)).await {
                tracing::error!(%error, "administrators could not be notified of the shutdown");
            }
        }
        tokio::join!(courier.stop(remaining()), jobs.stop(remaining())).0
    };
    tokio::select! {
        result = graceful => match result {
            Ok(left_in_outbox) => tracing::info!(left_in_outbox, "stopped"),
            // The messages are sent by the next run once their leases expire.
            Err(error) => db::log_outage!(
                db.outage().report_once(), %error, "stopped, but the leases of queued messages could not be released"
            ),
        },
        () = signals.next_request() => return Err(forced_stop_error()),
    }
    Ok(())
}
