//! Running the command that the operator has set for finished backups, such as a copy to another machine.

use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};

use crate::config::backup::BackupHook;
use crate::config::private_variables;

/// How many of the last bytes of its output are kept.
const OUTPUT_BYTES: usize = 2_000;
/// How long it may take to end after SIGTERM.
const TERMINATION_TIMEOUT: Duration = Duration::from_secs(5);
/// How long output is awaited from processes that it left behind.
const OUTPUT_TIMEOUT: Duration = Duration::from_millis(500);

#[derive(Debug, thiserror::Error)]
pub(crate) enum HookError {
    #[error("cannot be started: {0}")]
    Start(#[source] io::Error),
    #[error("failed: {0}")]
    Status(ExitStatus),
    #[error("did not end within {} and was killed", humantime::format_duration(*.0))]
    Timeout(Duration),
    #[error("was interrupted and killed")]
    Interrupted,
}

/// How a run of the command ended.
pub(crate) struct HookRun {
    pub(crate) result: Result<(), HookError>,
    /// The end of what it printed.
    pub(crate) output: String,
    pub(crate) seconds: u64,
}

/// Runs the command with the path of a backup until it ends, its time is over, or `interrupted` returns. A command that did
/// not end by itself is killed with its whole process group, also when this future is dropped.
pub(crate) async fn run_hook(
    hook: &BackupHook,
    backup: &Path,
    interrupted: impl Future<Output = ()>,
) -> HookRun {
    let begun = Instant::now();
    let mut output = OutputTail::default();
    let result = match start_hook(hook, backup) {
        Ok(started) => started.wait(hook.timeout, interrupted, &mut output).await,
        Err(error) => Err(HookError::Start(error)),
    };
    HookRun { result, output: output.text(), seconds: begun.elapsed().as_secs() }
}

fn start_hook(hook: &BackupHook, backup: &Path) -> io::Result<RunningHook> {
    let (reader, writer) = io::pipe()?;
    let mut command = Command::new(&hook.program);
    // Nothing can be asked there, and a signal to the terminal's group is for botctl.
    command.args(&hook.arguments).arg(std::path::absolute(backup)?).stdin(Stdio::null()).process_group(0);
    command.stdout(writer.try_clone()?).stderr(writer);
    for name in private_variables() {
        command.env_remove(name);
    }
    let child = command.spawn()?;
    let group = ProcessGroup(child.id().and_then(|id| Pid::from_raw(id.cast_signed())));
    // Closes this process's end of the pipe for writing.
    drop(command);
    Ok(RunningHook { child, group, pipe: pipe::Receiver::from_owned_fd(reader.into())? })
}

struct RunningHook {
    child: Child,
    group: ProcessGroup,
    pipe: pipe::Receiver,
}

impl RunningHook {
    async fn wait(
        mut self,
        timeout: Duration,
        interrupted: impl Future<Output = ()>,
        output: &mut OutputTail,
    ) -> Result<(), HookError> {
        let ended = async {
            tokio::select! {
                status = self.child.wait() => status.map_err(HookError::Start),
                // What it prints is read until the end: a full pipe would stop it.
                never = output.read(&mut self.pipe) => match never {},
            }
        };
        let result = tokio::select! {
            status = ended => status,
            () = tokio::time::sleep(timeout) => Err(HookError::Timeout(timeout)),
            () = interrupted => Err(HookError::Interrupted),
        };
        if result.is_err() {
            self.terminate().await;
        }
        let _times_out = tokio::time::timeout(OUTPUT_TIMEOUT, output.read_to_end(&mut self.pipe)).await;
        let status = result?;
        // What it has left running on purpose stays.
        self.group.0 = None;
        if status.success() { Ok(()) } else { Err(HookError::Status(status)) }
    }

    /// Asks the process group to end, then kills what is left of it.
    async fn terminate(&mut self) {
        self.group.send_signal(Signal::TERM);
        let _times_out = tokio::time::timeout(TERMINATION_TIMEOUT, self.child.wait()).await;
        self.group.send_signal(Signal::KILL);
        let _reaped = self.child.wait().await;
    }
}

/// Killed when it is dropped.
struct ProcessGroup(Option<Pid>);

impl ProcessGroup {
    fn send_signal(&self, signal: Signal) {
        if let Some(group) = self.0 {
            // It may have ended.
            let _sent = kill_process_group(group, signal);
        }
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.send_signal(Signal::KILL);
    }
}

/// The last bytes of an output.
#[derive(Default)]
struct OutputTail(Vec<u8>);

impl OutputTail {
    /// Reads for ever.
    async fn read(&mut self, pipe: &mut pipe::Receiver) -> std::convert::Infallible {
        self.read_to_end(pipe).await;
        std::future::pending().await
    }

    async fn read_to_end(&mut self, pipe: &mut pipe::Receiver) {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = pipe.read(&mut buffer).await {
            self.0.extend_from_slice(buffer.get(..count).unwrap_or_default());
            self.0.drain(..self.0.len().saturating_sub(OUTPUT_BYTES));
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0).trim().to_owned()
    }
}
