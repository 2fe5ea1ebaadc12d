//! The program as a process: starting, signals, its log and its end.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{TIMEOUT, World};

/// Names a program that runs botctl elsewhere, as a service or in a container, with the same arguments and variables.
const RUNNER: &str = "BOTCTL_TEST_RUNNER";

/// Runs a command to its end; one that does not come to it is killed, and the test fails.
pub fn run_to_end(mut command: Command) -> Output {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let id = child.id();
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || tell.send(child.wait_with_output()));
    told.recv_timeout(TIMEOUT).map_or_else(
        |_| {
            let _killed = Command::new("/bin/sh").args(["-c", &format!("kill -KILL {id}")]).status();
            panic!("{command:?} did not end in {TIMEOUT:?}")
        },
        |output| output.unwrap(),
    )
}

/// Asks until it is so. For what gives no event to wait for: locks and files of other processes.
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < TIMEOUT, "waited in vain: {what}");
        std::thread::yield_now();
    }
}

/// What a command wrote, on both channels.
pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The running bot and the threads that read its output.
pub(super) struct Running {
    pub(super) child: Child,
    pub(super) readers: Vec<JoinHandle<()>>,
}

/// What the program wrote, all its runs together.
#[derive(Default)]
pub(super) struct Log {
    state: Mutex<Lines>,
    grew: Condvar,
}

#[derive(Default)]
pub(super) struct Lines {
    pub(super) lines: Vec<String>,
    /// Pipes that were closed, two for each run.
    closed: usize,
}

impl Log {
    pub(super) fn lock(&self) -> MutexGuard<'_, Lines> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn drain(self: Arc<Self>, pipe: impl std::io::Read + Send + 'static) -> JoinHandle<()> {
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                self.lock().lines.push(line);
                self.grew.notify_all();
            }
            self.lock().closed += 1;
            self.grew.notify_all();
        })
    }

    /// Waits until `look` finds something; `None` when it does not in time.
    pub(super) fn wait<T>(&self, patience: Duration, mut look: impl FnMut(&Lines) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + patience;
        let mut state = self.lock();
        loop {
            if let Some(found) = look(&state) {
                return Some(found);
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            state = self.grew.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl World {
    /// The program with these arguments, in the clean environment of this world.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let program = std::env::var(RUNNER).unwrap_or_else(|_| env!("CARGO_BIN_EXE_botctl").to_owned());
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path().join("home"))
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .current_dir(self.cwd())
            .stdin(Stdio::null());
        command
    }

    pub fn cwd(&self) -> PathBuf {
        self.folder.path().join("cwd")
    }

    /// Starts the bot and returns when it serves.
    pub fn start(&self) {
        let lines = self.log.lock().lines.len();
        self.spawn(&["serve"]);
        let serving = self.log.wait(TIMEOUT, |log| {
            let serves = log.lines[lines..].iter().any(|line| line.contains("\"message\":\"serving\""));
            (serves || log.closed > 0 && log.closed % 2 == 0).then_some(serves)
        });
        assert_eq!(serving, Some(true), "the bot did not start:\n{}", self.logs_from(lines));
    }

    /// Starts the program and does not wait for anything.
    pub fn spawn(&self, arguments: &[&str]) {
        self.spawn_command(self.command(arguments));
    }

    /// Starts the bot by a command that becomes it.
    pub fn spawn_command(&self, mut command: Command) {
        let mut bot = self.bot.lock().unwrap();
        assert!(bot.is_none(), "the bot runs already");
        self.log.lock().closed = 0;
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let readers = vec![
            Arc::clone(&self.log).drain(child.stdout.take().unwrap()),
            Arc::clone(&self.log).drain(child.stderr.take().unwrap()),
        ];
        *bot = Some(Running { child, readers });
    }

    /// Kills the bot as a power failure would.
    pub fn kill(&self) {
        let mut bot = self.bot.lock().unwrap().take().expect("the bot runs");
        bot.child.kill().unwrap();
        let status = bot.child.wait().unwrap();
        assert_eq!(status.code(), None, "it ended by itself before the kill");
        bot.readers.drain(..).for_each(|reader| reader.join().unwrap());
    }

    /// Asks the bot to stop, waits until it has, and returns its exit code.
    pub fn terminate(&self) -> i32 {
        self.signal("TERM");
        self.exit_code(TIMEOUT)
    }

    /// The number of the bot's process.
    pub fn pid(&self) -> u32 {
        self.bot.lock().unwrap().as_ref().expect("the bot runs").child.id()
    }

    pub fn signal(&self, name: &str) {
        let done =
            Command::new("/bin/sh").args(["-c", &format!("kill -{name} {}", self.pid())]).status().unwrap();
        assert!(done.success());
    }

    /// Repeats a signal until the bot has ended: one right after the first counts as the same request.
    pub fn signal_until_exit(&self, name: &str) -> i32 {
        let deadline = Instant::now() + TIMEOUT;
        let has_ended = || {
            let ended = self.log.wait(Duration::from_millis(100), |log| (log.closed == 2).then_some(()));
            ended.is_some()
        };
        self.signal(name);
        while !has_ended() && Instant::now() < deadline {
            self.signal(name);
        }
        self.exit_code(TIMEOUT)
    }

    /// Waits until the bot has ended.
    pub fn exit_code(&self, patience: Duration) -> i32 {
        let ended = self.log.wait(patience, |log| (log.closed == 2).then_some(()));
        assert!(ended.is_some(), "the bot did not end in {patience:?}");
        let mut bot = self.bot.lock().unwrap().take().expect("the bot runs");
        bot.readers.drain(..).for_each(|reader| reader.join().unwrap());
        let status: ExitStatus = bot.child.wait().unwrap();
        status.code().unwrap_or_else(|| panic!("ended by a signal: {status}"))
    }

    /// Stops in order and starts again.
    pub fn restart(&self) {
        assert_eq!(self.terminate(), 0);
        self.start();
    }

    /// Everything the program wrote.
    pub fn logs(&self) -> String {
        self.logs_from(0)
    }

    fn logs_from(&self, line: usize) -> String {
        self.log.lock().lines[line..].join("\n")
    }

    /// Waits until the program has written a line with all of these in it.
    pub fn wait_for_log(&self, parts: &[&str]) -> String {
        self.wait_for_log_within(TIMEOUT, parts)
    }

    /// The same with another patience.
    pub fn wait_for_log_within(&self, patience: Duration, parts: &[&str]) -> String {
        let found = self.log.wait(patience, |log| {
            log.lines.iter().find(|line| parts.iter().all(|part| line.contains(part))).cloned()
        });
        found.unwrap_or_else(|| panic!("the program did not log {parts:?}"))
    }

    /// Waits until the program has written so many lines with this in them.
    pub fn wait_for_log_times(&self, part: &str, times: usize) {
        let found = self.log.wait(TIMEOUT, |log| {
            (log.lines.iter().filter(|line| line.contains(part)).count() >= times).then_some(())
        });
        assert!(found.is_some(), "the program did not log {part:?} {times} times:\n{}", self.logs());
    }

    /// Waits until an update is handled and returns how it ended.
    pub fn wait_until_handled(&self, update: i64) -> String {
        assert_ne!(update, 0, "the bot is not told of this");
        let id = format!("\"update\":{update},");
        let outcome = self.log.wait(TIMEOUT, |log| {
            let line =
                log.lines.iter().rev().find(|line| line.contains(&id) && line.contains("\"outcome\""))?;
            let line: serde_json::Value = serde_json::from_str(line).ok()?;
            line["outcome"].as_str().map(str::to_owned)
        });
        outcome.unwrap_or_else(|| panic!("update {update} was not handled"))
    }
}
