//! The signals that end `serve`.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use tokio::time::Instant;

use crate::cli::error::{CommandError, ExitCode};

/// Signals so soon after the first are the same request: `timeout` and service managers tell the process and its group, a
/// terminal everybody who is in front.
const ONE_REQUEST: Duration = Duration::from_millis(500);

/// SIGTERM and SIGINT.
pub(super) struct Stop {
    terminate: Signal,
    interrupt: Signal,
    /// When it was first asked.
    first: Option<Instant>,
}

impl Stop {
    /// From here on the signals no longer kill the process.
    pub(super) fn listen() -> Result<Self, CommandError> {
        let listen = |kind| {
            signal(kind)
                .map_err(|error| CommandError::new(ExitCode::Failed, format!("no signal handler: {error}")))
        };
        let (terminate, interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
        Ok(Self { terminate, interrupt, first: None })
    }

    /// Returns at the next signal that asks for something new.
    pub(super) async fn asked(&mut self) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => {}
                _ = self.interrupt.recv() => {}
            }
            match self.first {
                Some(first) if first.elapsed() < ONE_REQUEST => {}
                Some(_) => return,
                None => {
                    self.first = Some(Instant::now());
                    return;
                }
            }
        }
    }
}
