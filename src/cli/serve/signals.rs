//! The signals that stop `serve`.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::Instant;

use crate::cli::error::CommandError;
use crate::cli::exit_code::ExitCode;

/// Signals within this time after the first are the same request: `timeout`, service managers and terminals signal both the
/// process and its group.
const SAME_REQUEST: Duration = Duration::from_millis(500);

/// SIGTERM and SIGINT.
pub(super) struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
    /// Time of the first request.
    first: Option<Instant>,
}

impl StopSignals {
    /// Installs the handlers; from here on the signals no longer kill the process.
    pub(super) fn install() -> Result<Self, CommandError> {
        let listen = |kind| {
            signal(kind).map_err(|error| {
                CommandError::new(ExitCode::Failed, format!("failed to install signal handlers: {error}"))
            })
        };
        let (terminate, interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
        Ok(Self { terminate, interrupt, first: None })
    }

    /// Waits for the next stop request.
    pub(super) async fn next_request(&mut self) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => {}
                _ = self.interrupt.recv() => {}
            }
            match self.first {
                Some(first) if first.elapsed() < SAME_REQUEST => {}
                Some(_) => return,
                None => {
                    self.first = Some(Instant::now());
                    return;
                }
            }
        }
    }
}
