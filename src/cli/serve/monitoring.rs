//! Starts the listener for monitors, if one is configured.

use std::io::ErrorKind;

use crate::bot::intake_health::IntakeHealth;
use crate::bot::redis_dialogues::RedisDialogues;
use crate::cli::error::CommandError;
use crate::cli::exit_code::ExitCode;
use crate::config::ServeConfig;
use crate::config::database::DatabaseUrl;
use crate::db::Database;
use crate::http::monitor::{Monitor, MonitorError};

pub(super) async fn start_monitor(
    config: &ServeConfig,
    db: &Database,
    url: &DatabaseUrl,
    intake: &IntakeHealth,
    redis: Option<&RedisDialogues>,
) -> Result<Option<Monitor>, CommandError> {
    let Some(listen) = config.http.listen else { return Ok(None) };
    let monitor = Monitor::start(listen, db, intake, redis.cloned(), url, config.backup.dir.clone()).await;
    let monitor = monitor.map_err(|error| monitor_error(&error))?;
    tracing::info!(listen = %monitor.address(), "health and metrics are served");
    Ok(Some(monitor))
}

fn monitor_error(error: &MonitorError) -> CommandError {
    let failure = CommandError::new(ExitCode::Failed, error);
    let MonitorError::Listen { source, .. } = error else { return failure };
    failure.hint(match source.kind() {
        ErrorKind::AddrInUse => {
            "another program uses this port (`ss -ltnp` shows which); choose another one with HTTP_LISTEN or PROMETHEUS_PORT"
        }
        ErrorKind::AddrNotAvailable => "HTTP_LISTEN must be an address of this machine, such as 127.0.0.1:9090",
        ErrorKind::PermissionDenied => "choose a port above 1023 with HTTP_LISTEN or PROMETHEUS_PORT",
        _ => "choose another address with HTTP_LISTEN",
    })
}
