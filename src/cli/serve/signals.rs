//! The signals that stop `serve`.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::Instant;

use crate::cli::error::CommandError;
use crate::cli::exit_code::ExitCode;

/// Signals within this time after the first are the same request: `timeout`, service managers and terminals signal both the
/// process and its group.
const SAME_REQUEST: Duration = Duration::from_millis(500);

/// SIGTERM, SIGINT and SIGHUP.
pub(super) struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
    /// `None` under `nohup`.
    hangup: Option<Signal>,
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
        let hangup = if is_hangup_ignored() { None } else { Some(listen(SignalKind::hangup())?) };
        let (terminate, interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
        Ok(Self { terminate, interrupt, hangup, first: None })
    }

    /// Waits for the next stop request.
    pub(super) async fn next_request(&mut self) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => {}
                _ = self.interrupt.recv() => {}
                () = receive_hangup(self.hangup.as_mut()) => {}
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

async fn receive_hangup(hangup: Option<&mut Signal>) {
    match hangup {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// Whether SIGHUP was ignored when the process began, as `nohup` arranges it; a handler would undo that. Only Linux tells
/// (proc(5): `SigIgn`).
fn is_hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // Bit n - 1 stands for signal n; SIGHUP is 1.
    mask.is_some_and(|mask| mask & 1 != 0)
}
