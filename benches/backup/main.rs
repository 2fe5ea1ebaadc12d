//! What `botctl backup create` promises about speed and memory, measured on the real release binary beside
//! `sqlite3 … "VACUUM INTO"` on the same database, with and without somebody who writes meanwhile.
//!
//! One database is made of rows like those of the bot: what Telegram sends and what the bot answers is most of it. Another of
//! the same size has few large rows, for which `VACUUM INTO`, which brings nothing to the disk and checks nothing, has little
//! to do. The two programs take turns in going first. Needs `sqlite3` on the PATH and three times the size of a database on
//! the disk.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use botctl::db::connection::{self, AnyConnection};
use diesel::connection::SimpleConnection;
use tempfile::TempDir;

/// What a database is made of.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Bot,
    LargeRows,
}

/// Orders that make about 1 GB.
const ORDERS: u32 = 58_000;
/// Large rows that take as much room as an order with everything about it.
const LARGE_ROWS: u32 = 4;
/// Even, so that each goes first as often as the other: on a virtual disk whoever writes next costs more than who writes again.
const ROUNDS: usize = 6;
/// Between two transactions of whoever writes meanwhile: many more than a busy bot has.
const PAUSE: Duration = Duration::from_millis(5);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo bench` says so; without it (`cargo test --all-targets`) there is nothing to do.
    if !arguments.iter().any(|argument| argument == "--bench") {
        eprintln!("run it with: cargo bench --bench backup [-- ORDERS]");
        return ExitCode::SUCCESS;
    }
    let orders = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(ORDERS);
    let all = [("rows like the bot's", Shape::Bot), ("few large rows", Shape::LargeRows)];
    match all.into_iter().try_for_each(|(words, shape)| run(words, shape, orders)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &str, shape: Shape, orders: u32) -> Result<()> {
    let home = Home::new()?;
    eprintln!("{words}: making the database …");
    match shape {
        Shape::Bot => home.fill(orders)?,
        Shape::LargeRows => home.fill_large(orders * LARGE_ROWS)?,
    }
    // What is still on its way to the disk would be in the way of the one that waits for the disk.
    std::fs::File::open(home.database())?.sync_all()?;
    let bytes = std::fs::metadata(home.database())?.len();
    let before = load_average()?;
    let (mut ours, mut theirs, mut peak) = (Vec::new(), Vec::new(), 0.0_f64);
    // Not counted: brings the database into memory, and the disk to the places that both will use again.
    home.vacuum_into()?;
    home.backup()?;
    for round in 0..ROUNDS {
        eprintln!("round {} of {ROUNDS} …", round + 1);
        if round % 2 == 0 {
            theirs.push(home.vacuum_into()?);
        }
        let (seconds, megabytes) = home.backup()?;
        ours.push(seconds);
        peak = peak.max(megabytes);
        if round % 2 == 1 {
            theirs.push(home.vacuum_into()?);
        }
    }
    eprintln!("with a writer …");
    let alone = home.write_while(|| {
        std::thread::sleep(Duration::from_secs(5));
        Ok(())
    })?;
    let meanwhile = home.write_while(|| home.backup().map(drop))?;
    let ratios: Vec<f64> = ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs).collect();
    // Of all rounds together, so that going first and going second count alike.
    let ratio = ours.iter().sum::<f64>() / theirs.iter().sum::<f64>();
    let after = load_average()?;
    println!("{words}, {:.2} GB; load average before {before}, after {after}\n", gigabytes(bytes));
    println!("| what | measured | goal | met | detail |\n|---|---|---|---|---|");
    let line = |what: &str, measured: String, goal: &str, met: bool, detail: String| {
        println!("| {what} | {measured} | {goal} | {} | {detail} |", if met { "yes" } else { "**no**" });
    };
    let all = format!(
        "seconds of botctl: {}; of sqlite3: {}; ratios: {}",
        list(&ours),
        list(&theirs),
        list(&ratios)
    );
    line("`backup create` beside `VACUUM INTO`", format!("{ratio:.2} ×"), "≤ 1.3 ×", ratio <= 1.3, all);
    line("memory of it", format!("{peak:.1} MB"), "≤ 50 MB", peak <= 50.0, "VmHWM".to_owned());
    let p99 = percentile(&meanwhile, 99);
    let detail = format!(
        "{} transactions, slowest {:.1} ms; without a backup p99 {:.1} ms, slowest {:.1} ms",
        meanwhile.len(),
        percentile(&meanwhile, 100),
        percentile(&alone, 99),
        percentile(&alone, 100)
    );
    line("writers meanwhile, p99", format!("{p99:.1} ms"), "≤ 50 ms", p99 <= 50.0, detail);
    println!();
    Ok(())
}

/// A folder on the disk the build is on; on a memory disk the numbers would be too good.
struct Home(TempDir);

impl Home {
    fn new() -> Result<Self> {
        let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        Ok(Self(tempfile::Builder::new().prefix("backup-").tempdir_in(dir)?))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn database(&self) -> PathBuf {
        self.path().join("bot.db")
    }

    fn botctl(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_botctl"));
        command.args(arguments).env_clear().env("DATABASE_PATH", "bot.db").current_dir(self.path());
        command.stdout(Stdio::null()).stdin(Stdio::null());
        command
    }

    fn sqlite3(&self, statements: &str) -> Result<()> {
        let mut command = Command::new("sqlite3");
        let done = command.arg(self.database()).arg(statements).stdout(Stdio::null()).status();
        ensure!(done.context("sqlite3 is needed")?.success(), "sqlite3 failed");
        Ok(())
    }

    fn fill(&self, orders: u32) -> Result<()> {
        ensure!(self.botctl(&["migrate", "up"]).status()?.success(), "no schema");
        let each = |per_order: u32| format!("FROM generate_series(1, {})", orders * per_order);
        let at = "'2026-01-01 00:00:00.123456'";
        self.sqlite3(&format!(
            "PRAGMA synchronous = OFF; BEGIN;
             INSERT INTO users (telegram_id, first_name, role, created_at)
                SELECT 1000 + value, 'Person ' || value, 'MASTER', {at} FROM generate_series(1, 500);
             INSERT INTO masters (telegram_id, phone, specialization, created_at)
                SELECT 1000 + value, '+70000000000', 'all', {at} FROM generate_series(1, 100);
             INSERT INTO orders (equipment_type, description, client_name, client_address, client_phone, status,
                    assigned_master_id, dispatcher_id, notes, created_at, updated_at)
                SELECT 'washing machine', 'stands still ' || hex(randomblob(40)), 'Made up ' || value, 'Street ' || value % 977,
                    '+79000000000', 'ASSIGNED', 1 + value % 100, 1001 + value % 500, hex(randomblob(40)), {at}, {at} {};
             INSERT INTO order_status_history (order_id, old_status, new_status, changed_by, changed_at)
                SELECT 1 + value / 4, 'NEW', 'ASSIGNED', 1001 + value % 500, {at} FROM generate_series(0, {});
             INSERT INTO audit_log (user_id, action, details, timestamp)
                SELECT 1001 + value % 500, 'order.assigned', 'order ' || value, {at} {};
             INSERT INTO inbox (update_id, payload, received_at, done_at, outcome)
                SELECT value, '{{\"update_id\":' || value || ',\"message\":\"' || hex(randomblob(350)) || '\"}}', {at}, {at}, 'handled' {};
             INSERT INTO order_messages (order_id, chat_id, message_id, kind, created_at)
                SELECT 1 + value / 3, 1001 + value % 500, value, 'staff', {at} FROM generate_series(0, {});
             INSERT INTO outbox (chat_id, method, payload, state, due_at, created_at)
                SELECT 1001 + value % 500, 'sendMessage', '{{\"text\":\"' || hex(randomblob(350)) || '\"}}', 'sent', {at}, {at} {};
             COMMIT; PRAGMA wal_checkpoint(TRUNCATE);",
            each(1),
            orders * 4 - 1,
            each(10),
            each(10),
            orders * 3 - 1,
            each(10),
        ))
    }

    fn fill_large(&self, rows: u32) -> Result<()> {
        ensure!(self.botctl(&["migrate", "up"]).status()?.success(), "no schema");
        self.sqlite3(&format!(
            "PRAGMA synchronous = OFF; BEGIN;
             INSERT INTO audit_log (action, details, timestamp)
                SELECT 'x', hex(randomblob(2000)), '2026-01-01 00:00:00' FROM generate_series(1, {rows});
             COMMIT; PRAGMA wal_checkpoint(TRUNCATE);"
        ))
    }

    /// Seconds that `sqlite3` takes.
    fn vacuum_into(&self) -> Result<f64> {
        let copy = self.path().join("copy.db");
        let begun = Instant::now();
        self.sqlite3(&format!("VACUUM INTO '{}'", copy.display()))?;
        let seconds = begun.elapsed().as_secs_f64();
        std::fs::remove_file(copy)?;
        Ok(seconds)
    }

    /// Seconds that `botctl backup` takes, and the most memory it had.
    fn backup(&self) -> Result<(f64, f64)> {
        let begun = Instant::now();
        let mut child = self.botctl(&["backup", "create"]).spawn()?;
        let mut peak = 0.0;
        let status = loop {
            peak = memory(&child).unwrap_or(peak);
            if let Some(status) = child.try_wait()? {
                break status;
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        let seconds = begun.elapsed().as_secs_f64();
        ensure!(status.success(), "no backup was made");
        std::fs::remove_dir_all(self.path().join("backups"))?;
        Ok((seconds, peak))
    }

    /// Milliseconds of each transaction that is made while `work` goes on.
    fn write_while(&self, work: impl FnOnce() -> Result<()>) -> Result<Vec<f64>> {
        let url = self.database().display().to_string().parse()?;
        let mut conn = connection::open_connection(&url)?;
        connection::allow_writing(&mut conn)?;
        let AnyConnection::Sqlite(mut conn) = conn else { bail!("not SQLite") };
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let writing = scope.spawn(|| -> Result<Vec<f64>> {
                let mut times = Vec::new();
                while !over.load(Ordering::Relaxed) {
                    let begun = Instant::now();
                    conn.batch_execute(
                        "BEGIN IMMEDIATE;
                         INSERT INTO audit_log (action, details, timestamp) VALUES ('bench', 'x', '2026-01-01 00:00:00');
                         UPDATE orders SET updated_at = '2026-01-02 00:00:00' WHERE id = abs(random()) % 50000;
                         COMMIT;",
                    )?;
                    times.push(begun.elapsed().as_secs_f64() * 1e3);
                    std::thread::sleep(PAUSE);
                }
                Ok(times)
            });
            let worked = work();
            over.store(true, Ordering::Relaxed);
            let times = writing.join().map_err(|_| anyhow::anyhow!("the writer panicked"))?;
            worked.and(times)
        })
    }
}

fn memory(child: &Child) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<f64>().ok().map(|kilobytes| kilobytes / 1024.0)
}

fn load_average() -> Result<String> {
    let text = std::fs::read_to_string("/proc/loadavg")?;
    Ok(text.split_whitespace().next().unwrap_or_default().to_owned())
}

fn percentile(values: &[f64], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let index = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(index).copied().unwrap_or_default()
}

fn list(values: &[f64]) -> String {
    values.iter().map(|value| format!("{value:.2}")).collect::<Vec<_>>().join(", ")
}

#[allow(clippy::cast_precision_loss, reason = "two decimals are shown")]
fn gigabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e9
}
