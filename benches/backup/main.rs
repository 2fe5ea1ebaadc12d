//! Measures `botctl backup create` of the release binary: its time compared with a bare `sqlite3 … "VACUUM INTO"` of the same
//! database, its memory, and the latency of a concurrent writer.
//!
//! `backup create` runs `VACUUM INTO`, checks the source and the copy, computes the checksum and syncs all files to the disk;
//! `sqlite3` only copies. One database has rows like the bot's, mostly payloads of updates and messages; another of the same
//! size has few large rows, which are cheap to copy. Needs `sqlite3` on the PATH and disk space of three times the size of a
//! database.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use tempfile::TempDir;

#[derive(Clone, Copy, Debug)]
enum DatabaseShape {
    BotRows,
    LargeRows,
}

/// Number of orders in about 1 GB.
const ORDERS: u32 = 58_000;
/// Large rows of the size of an order with all its other rows.
const LARGE_ROWS_PER_ORDER: u32 = 4;
/// Even, so that both programs run first equally often: on a virtual disk the first write to a place is slower.
const ROUNDS: usize = 6;
/// Pause between transactions of the writer, which is many more than a busy bot has.
const WRITE_INTERVAL: Duration = Duration::from_millis(5);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo bench` passes --bench, `cargo test --all-targets` does not.
    if !arguments.iter().any(|argument| argument == "--bench") {
        eprintln!("run it with: cargo bench --bench backup [-- ORDERS]");
        return ExitCode::SUCCESS;
    }
    let orders = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(ORDERS);
    let all = [("rows like the bot's", DatabaseShape::BotRows), ("few large rows", DatabaseShape::LargeRows)];
    match all.into_iter().try_for_each(|(label, shape)| measure_shape(label, shape, orders)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn measure_shape(label: &str, shape: DatabaseShape, orders: u32) -> Result<()> {
    let home = BackupHome::new()?;
    eprintln!("{label}: creating the database …");
    match shape {
        DatabaseShape::BotRows => home.insert_bot_rows(orders)?,
        DatabaseShape::LargeRows => home.insert_large_rows(orders * LARGE_ROWS_PER_ORDER)?,
    }
    // Unwritten pages would slow down the program that syncs to the disk.
    std::fs::File::open(home.database())?.sync_all()?;
    let bytes = std::fs::metadata(home.database())?.len();
    let before = load_average()?;
    let (mut backup_times, mut vacuum_times, mut peak) = (Vec::new(), Vec::new(), 0.0_f64);
    // A warm-up of both programs, for the page cache and the virtual disk.
    home.time_vacuum_into()?;
    home.time_backup()?;
    for round in 0..ROUNDS {
        eprintln!("round {} of {ROUNDS} …", round + 1);
        if round % 2 == 0 {
            vacuum_times.push(home.time_vacuum_into()?);
        }
        let (seconds, megabytes) = home.time_backup()?;
        backup_times.push(seconds);
        peak = peak.max(megabytes);
        if round % 2 == 1 {
            vacuum_times.push(home.time_vacuum_into()?);
        }
    }
    eprintln!("with a writer …");
    let alone = home.write_while(|| {
        std::thread::sleep(Duration::from_secs(5));
        Ok(())
    })?;
    let meanwhile = home.write_while(|| home.time_backup().map(drop))?;
    let ratios: Vec<f64> =
        backup_times.iter().zip(&vacuum_times).map(|(backup, vacuum)| backup / vacuum).collect();
    // The ratio of the sums, so that running first and second counts alike.
    let ratio = backup_times.iter().sum::<f64>() / vacuum_times.iter().sum::<f64>();
    let after = load_average()?;
    println!("{label}, {:.2} GB; load average before {before}, after {after}\n", to_gigabytes(bytes));
    println!("| what | measured | goal | met | detail |\n|---|---|---|---|---|");
    let print_row = |label: &str, measured: String, goal: &str, met: bool, detail: String| {
        println!("| {label} | {measured} | {goal} | {} | {detail} |", if met { "yes" } else { "**no**" });
    };
    let details = format!(
        "seconds of botctl: {}; of sqlite3: {}; ratios: {}",
        join_values(&backup_times),
        join_values(&vacuum_times),
        join_values(&ratios)
    );
    print_row(
        "`backup create` compared with `VACUUM INTO`",
        format!("{ratio:.2} ×"),
        "≤ 2.5 ×",
        ratio <= 2.5,
        details,
    );
    print_row(
        "memory of `backup create`",
        format!("{peak:.1} MB"),
        "≤ 50 MB",
        peak <= 50.0,
        "VmHWM".to_owned(),
    );
    let p99 = percentile(&meanwhile, 99);
    let detail = format!(
        "{} transactions, slowest {:.1} ms; without a backup p99 {:.1} ms, slowest {:.1} ms",
        meanwhile.len(),
        percentile(&meanwhile, 100),
        percentile(&alone, 99),
        percentile(&alone, 100)
    );
    print_row("concurrent writer, p99", format!("{p99:.1} ms"), "≤ 50 ms", p99 <= 50.0, detail);
    println!();
    Ok(())
}

/// A directory on the disk of the build, since a memory disk would make the figures too good.
struct BackupHome(TempDir);

impl BackupHome {
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
        ensure!(done.context("sqlite3 was not found")?.success(), "sqlite3 failed");
        Ok(())
    }

    fn insert_bot_rows(&self, orders: u32) -> Result<()> {
        ensure!(self.botctl(&["migrate", "up"]).status()?.success(), "migrate up failed");
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

    fn insert_large_rows(&self, rows: u32) -> Result<()> {
        ensure!(self.botctl(&["migrate", "up"]).status()?.success(), "migrate up failed");
        self.sqlite3(&format!(
            "PRAGMA synchronous = OFF; BEGIN;
             INSERT INTO audit_log (action, details, timestamp)
                SELECT 'x', hex(randomblob(2000)), '2026-01-01 00:00:00' FROM generate_series(1, {rows});
             COMMIT; PRAGMA wal_checkpoint(TRUNCATE);"
        ))
    }

    /// Returns the seconds.
    fn time_vacuum_into(&self) -> Result<f64> {
        let copy = self.path().join("copy.db");
        let started = Instant::now();
        self.sqlite3(&format!("VACUUM INTO '{}'", copy.display()))?;
        let seconds = started.elapsed().as_secs_f64();
        std::fs::remove_file(copy)?;
        Ok(seconds)
    }

    /// Returns the seconds and the peak memory in MB.
    fn time_backup(&self) -> Result<(f64, f64)> {
        let started = Instant::now();
        let mut child = self.botctl(&["backup", "create"]).spawn()?;
        let mut peak = 0.0;
        let status = loop {
            peak = peak_memory_mb(&child).unwrap_or(peak);
            if let Some(status) = child.try_wait()? {
                break status;
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        let seconds = started.elapsed().as_secs_f64();
        ensure!(status.success(), "backup create failed");
        std::fs::remove_dir_all(self.path().join("backups"))?;
        Ok((seconds, peak))
    }

    /// Writes transactions while `work` runs. Returns the milliseconds of each.
    fn write_while(&self, work: impl FnOnce() -> Result<()>) -> Result<Vec<f64>> {
        let mut conn = SqliteConnection::establish(&self.database().to_string_lossy())?;
        conn.batch_execute(
            "PRAGMA busy_timeout = 5000; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;",
        )?;
        let is_done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let writing = scope.spawn(|| -> Result<Vec<f64>> {
                let mut times = Vec::new();
                while !is_done.load(Ordering::Relaxed) {
                    let started = Instant::now();
                    conn.batch_execute(
                        "BEGIN IMMEDIATE;
                         INSERT INTO audit_log (action, details, timestamp) VALUES ('bench', 'x', '2026-01-01 00:00:00');
                         UPDATE orders SET updated_at = '2026-01-02 00:00:00' WHERE id = abs(random()) % 50000;
                         COMMIT;",
                    )?;
                    times.push(started.elapsed().as_secs_f64() * 1e3);
                    std::thread::sleep(WRITE_INTERVAL);
                }
                Ok(times)
            });
            let result = work();
            is_done.store(true, Ordering::Relaxed);
            let times = writing.join().map_err(|_| anyhow::anyhow!("the writer panicked"))?;
            result.and(times)
        })
    }
}

fn peak_memory_mb(child: &Child) -> Option<f64> {
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

fn join_values(values: &[f64]) -> String {
    values.iter().map(|value| format!("{value:.2}")).collect::<Vec<_>>().join(", ")
}

#[allow(clippy::cast_precision_loss, reason = "only two decimals are printed")]
fn to_gigabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e9
}
