//! The bot as a child process: its directory, environment, shutdown, memory and processor time.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use telegram_sandbox::{CompletedCall, Sandbox};
use tempfile::TempDir;
use tokio::sync::mpsc::UnboundedReceiver;

pub(crate) const BOTCTL: &str = env!("CARGO_BIN_EXE_botctl");
/// Databases go beside the build, since a memory disk would make the figures too good.
pub(crate) const SCRATCH_DIR: &str = env!("CARGO_TARGET_TMPDIR");
/// The sandbox accepts any token.
pub(crate) const TOKEN: &str = "1000:bench";
/// After this time without a response the bot counts as broken.
const RESPONSE_TIMEOUT: Duration = Duration::from_mins(1);
/// Clock ticks per second in `/proc` (man proc: `sysconf(_SC_CLK_TCK)` is 100 on common Linux systems).
const TICKS_PER_SECOND: f64 = 100.0;

/// A directory with the bot's database and log, removed on drop.
pub(crate) struct BenchHome {
    folder: TempDir,
}

impl BenchHome {
    pub(crate) fn new() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("spine-").tempdir_in(SCRATCH_DIR)?;
        Ok(Self { folder })
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("bot.db")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("bot.log")
    }

    fn command(&self, program: &str) -> Result<Command> {
        let log = File::options().create(true).append(true).open(self.log())?;
        let mut command = Command::new(program);
        command.env_clear().current_dir(self.folder.path()).env("DATABASE_PATH", self.database());
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        Ok(command)
    }

    pub(crate) fn run_migrations(&self) -> Result<()> {
        let done = self.command(BOTCTL)?.args(["migrate", "up"]).status()?;
        ensure!(done.success(), "migrate up: {done}\n{}", self.log_tail());
        Ok(())
    }

    /// Starts the bot without sending limits.
    pub(crate) fn spawn_bot(&self, sandbox: &Sandbox, dispatchers: &[i64]) -> Result<BotProcess> {
        let dispatchers: Vec<String> = dispatchers.iter().map(ToString::to_string).collect();
        let mut command = self.command(BOTCTL)?;
        command
            .arg("serve")
            .env("BOT_TOKEN", TOKEN)
            .env("TELEGRAM_API_URL", sandbox.url())
            .env("SEND_RATE_LIMIT", "0")
            .env("FLOOD_LIMIT", "0")
            .env("BACKUP_TIME", "")
            .env("DISPATCHER_IDS", dispatchers.join(","));
        BotProcess::spawn(command)
    }

    pub(crate) fn spawn_echo_bot(&self, sandbox: &Sandbox) -> Result<BotProcess> {
        let this = std::env::current_exe()?;
        let mut command = self.command(&this.to_string_lossy())?;
        command.args(["echo", &sandbox.url()]);
        BotProcess::spawn(command)
    }

    pub(crate) fn count_rows(&self) -> Result<RowCounts> {
        let mut conn = SqliteConnection::establish(&self.database().to_string_lossy())?;
        let counts = diesel::sql_query(
            "SELECT (SELECT count(*) FROM users) AS users,
                    (SELECT count(*) FROM orders) AS orders,
                    (SELECT count(*) FROM outbox) AS messages,
                    (SELECT count(*) FROM outbox WHERE state IN ('pending', 'dead')) AS unsent",
        );
        Ok(counts.get_result(&mut conn)?)
    }

    /// The last lines of the log, for error messages.
    fn log_tail(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }

    /// Waits for the next message or edit and returns its chat and time.
    pub(crate) async fn next_answer(
        &self,
        calls: &mut UnboundedReceiver<CompletedCall>,
    ) -> Result<(i64, Instant)> {
        loop {
            let call = self.next_call(calls).await?;
            if let ("sendMessage" | "editMessageText", Some(chat)) = (call.method, call.chat_id) {
                ensure!(call.ok, "{} to {chat} was refused\n{}", call.method, self.log_tail());
                return Ok((chat, call.at));
            }
        }
    }

    /// Waits for the next API call.
    pub(crate) async fn next_call(
        &self,
        calls: &mut UnboundedReceiver<CompletedCall>,
    ) -> Result<CompletedCall> {
        match tokio::time::timeout(RESPONSE_TIMEOUT, calls.recv()).await {
            Ok(Some(call)) => Ok(call),
            Ok(None) => bail!("the sandbox ended"),
            Err(_) => bail!("the bot was silent for {RESPONSE_TIMEOUT:?}\n{}", self.log_tail()),
        }
    }
}

#[derive(Debug, QueryableByName)]
pub(crate) struct RowCounts {
    #[diesel(sql_type = BigInt)]
    pub users: i64,
    #[diesel(sql_type = BigInt)]
    pub orders: i64,
    /// Rows of the outbox.
    #[diesel(sql_type = BigInt)]
    pub messages: i64,
    #[diesel(sql_type = BigInt)]
    pub unsent: i64,
}

/// A running bot, killed on drop.
pub(crate) struct BotProcess {
    child: Child,
    pub spawned: Instant,
}

impl BotProcess {
    fn spawn(mut command: Command) -> Result<Self> {
        let spawned = Instant::now();
        let child = command.spawn().with_context(|| format!("{command:?} did not start"))?;
        Ok(Self { child, spawned })
    }

    /// Stops the bot gracefully with SIGTERM.
    pub(crate) fn stop(mut self) -> Result<()> {
        let signalled = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status()?;
        ensure!(signalled.success(), "kill: {signalled}");
        let ended = self.child.wait()?;
        ensure!(ended.success(), "the bot ended with {ended}");
        Ok(())
    }

    /// A value of `/proc/PID/status` in MB (1 MB = 1024 kB): `VmRSS` is the resident memory, `VmHWM` its peak.
    pub(crate) fn memory_mb(&self, name: &str) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let number = line.and_then(|line| line.split_whitespace().next());
        let kilobytes: f64 = number.with_context(|| format!("/proc has no {name}"))?.parse()?;
        Ok(kilobytes / 1024.0)
    }

    pub(crate) fn cpu_seconds(&self) -> Result<f64> {
        process_cpu_seconds(&self.child.id().to_string())
    }
}

impl Drop for BotProcess {
    fn drop(&mut self) {
        // The process may have exited already.
        let _killed = self.child.kill();
        let _ended = self.child.wait();
    }
}

pub(crate) fn own_cpu_seconds() -> Result<f64> {
    process_cpu_seconds("self")
}

/// Processor time of a process in user and system mode, seconds (man proc: `/proc/pid/stat`, fields 14 and 15).
fn process_cpu_seconds(pid: &str) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in parentheses may contain blanks; field 3 follows it.
    let (_, fields) = stat.rsplit_once(") ").context("unexpected format of /proc/pid/stat")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    let field = |number: usize| fields.get(number - 3).and_then(|text| text.parse::<f64>().ok());
    match (field(14), field(15)) {
        (Some(user), Some(system)) => Ok((user + system) / TICKS_PER_SECOND),
        _ => bail!("unexpected format of /proc/pid/stat"),
    }
}

pub(crate) fn load_average() -> Result<String> {
    let text = fs::read_to_string("/proc/loadavg")?;
    Ok(text.split(' ').take(3).collect::<Vec<_>>().join(" "))
}
