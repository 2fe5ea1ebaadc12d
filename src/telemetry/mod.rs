//! The log: lines for people or for machines, on stderr, so that stdout stays for data.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::logging::{LogFormat, LoggingConfig};

/// Starts logging. `RUST_LOG` wins over `LOG_LEVEL`, which speaks for this program alone: libraries log from
/// `warn` on.
pub fn start(config: &LoggingConfig) {
    let level = config.level.as_str();
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(format!("warn,botctl={level}")));
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    // A second start (several runs in one test process) keeps the first log.
    let _started = match config.format {
        LogFormat::Text => builder.with_ansi(colour).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
}
