//! The bot as a child process: its folder, its environment, its end, and what `/proc` says about it.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use botctl::db::schema::{orders, outbox, users};
use diesel::prelude::*;
use telegram_sandbox::{CompletedCall, Sandbox};
use tempfile::TempDir;
use tokio::sync::mpsc::UnboundedReceiver;

/// The program that is measured.
pub const BOTCTL: &str = env!("CARGO_BIN_EXE_botctl");
/// Where databases are made: beside the build, on the disk and not in memory.
pub const SCRATCH: &str = env!("CARGO_TARGET_TMPDIR");
/// Any token will do: the sandbox believes everybody.
pub const TOKEN: &str = "1000:bench";
/// How long an answer may take before the bot counts as broken.
const PATIENCE: Duration = Duration::from_mins(1);
/// Clock ticks a second in `/proc` (man proc: `sysconf(_SC_CLK_TCK)` is 100 on every Linux that matters here).
const TICKS: f64 = 100.0;

/// A folder with a bot's database and log, gone when dropped.
pub struct Home {
    folder: TempDir,
}

impl Home {
    pub fn new() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("spine-").tempdir_in(SCRATCH)?;
        Ok(Self { folder })
    }

    pub fn database(&self) -> PathBuf {
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

    /// Makes the database.
    pub fn migrate(&self) -> Result<()> {
        let done = self.command(BOTCTL)?.args(["migrate", "up"]).status()?;
        ensure!(done.success(), "migrate up: {done}\n{}", self.end_of_log());
        Ok(())
    }

    /// Starts the bot against a sandbox, without sending limits.
    pub fn serve(&self, sandbox: &Sandbox, dispatchers: &[i64]) -> Result<Bot> {
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
        Bot::spawn(command)
    }

    /// Starts the echo bot against a sandbox.
    pub fn echo(&self, sandbox: &Sandbox) -> Result<Bot> {
        let this = std::env::current_exe()?;
        let mut command = self.command(&this.to_string_lossy())?;
        command.args(["echo", &sandbox.url()]);
        Bot::spawn(command)
    }

    /// What is in the database: people, orders, messages in the outbox, and those of them that were not sent.
    pub fn count(&self) -> Result<Counts> {
        let mut conn = SqliteConnection::establish(&self.database().to_string_lossy())?;
        Ok(Counts {
            people: users::table.count().get_result(&mut conn)?,
            orders: orders::table.count().get_result(&mut conn)?,
            messages: outbox::table.count().get_result(&mut conn)?,
            unsent: outbox::table.filter(outbox::state.ne("sent")).count().get_result(&mut conn)?,
        })
    }

    /// What the bot said last, for a report of its failure.
    fn end_of_log(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }

    /// The next answer to a person: a message or an edit that Telegram took.
    pub async fn next_answer(&self, calls: &mut UnboundedReceiver<CompletedCall>) -> Result<(i64, Instant)> {
        loop {
            let call = self.next_call(calls).await?;
            if let ("sendMessage" | "editMessageText", Some(chat)) = (call.method, call.chat_id) {
                ensure!(call.ok, "{} to {chat} was refused\n{}", call.method, self.end_of_log());
                return Ok((chat, call.at));
            }
        }
    }

    /// The next call of the Bot API.
    pub async fn next_call(&self, calls: &mut UnboundedReceiver<CompletedCall>) -> Result<CompletedCall> {
        match tokio::time::timeout(PATIENCE, calls.recv()).await {
            Ok(Some(call)) => Ok(call),
            Ok(None) => bail!("the sandbox ended"),
            Err(_) => bail!("the bot was silent for {PATIENCE:?}\n{}", self.end_of_log()),
        }
    }
}

/// What a database holds.
#[derive(Debug)]
pub struct Counts {
    pub people: i64,
    pub orders: i64,
    pub messages: i64,
    pub unsent: i64,
}

/// A running bot; killed when dropped.
pub struct Bot {
    child: Child,
    /// The moment at which it was started.
    pub spawned: Instant,
}

impl Bot {
    fn spawn(mut command: Command) -> Result<Self> {
        let spawned = Instant::now();
        let child = command.spawn().with_context(|| format!("{command:?} did not start"))?;
        Ok(Self { child, spawned })
    }

    /// Ends it with SIGTERM, in order.
    pub fn stop(mut self) -> Result<()> {
        let told = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status()?;
        ensure!(told.success(), "kill: {told}");
        let ended = self.child.wait()?;
        ensure!(ended.success(), "the bot ended with {ended}");
        Ok(())
    }

    /// A line of `/proc/PID/status` in MB (1 MB = 1024 kB): `VmRSS` is the resident memory, `VmHWM` the most it has been.
    pub fn megabytes(&self, name: &str) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let number = line.and_then(|line| line.split_whitespace().next());
        let kilobytes: f64 = number.with_context(|| format!("/proc has no {name}"))?.parse()?;
        Ok(kilobytes / 1024.0)
    }

    /// Processor time used so far, seconds.
    pub fn cpu(&self) -> Result<f64> {
        cpu(&self.child.id().to_string())
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        // It may have ended already.
        let _killed = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// Processor time of this process, seconds.
pub fn own_cpu() -> Result<f64> {
    cpu("self")
}

/// Processor time of a process in user and system mode, seconds (man proc: `/proc/pid/stat`, fields 14 and 15).
fn cpu(pid: &str) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in parentheses may hold blanks; field 3 comes after it.
    let (_, fields) = stat.rsplit_once(") ").context("/proc/pid/stat looks different here")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    let field = |number: usize| fields.get(number - 3).and_then(|text| text.parse::<f64>().ok());
    match (field(14), field(15)) {
        (Some(user), Some(system)) => Ok((user + system) / TICKS),
        _ => bail!("/proc/pid/stat looks different here"),
    }
}

/// The machine's load over 1, 5 and 15 minutes.
pub fn load_average() -> Result<String> {
    let text = fs::read_to_string("/proc/loadavg")?;
    Ok(text.split(' ').take(3).collect::<Vec<_>>().join(" "))
}
