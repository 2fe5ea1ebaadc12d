//! Run time of commands that need no network, on a small SQLite database.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Result, ensure};

use crate::report::{ReportLine, median};

const BOTCTL: &str = env!("CARGO_BIN_EXE_botctl");
/// On the disk of the build, since a memory disk would make the figures too good.
const SCRATCH_DIR: &str = env!("CARGO_TARGET_TMPDIR");
/// Runs of each command; the median counts.
const RUNS: usize = 30;
const GOAL_MS: f64 = 50.0;

/// Commands with their exit codes; `status` exits with 3 because `serve` is not running.
const COMMANDS: [(&str, i32); 13] = [
    ("--version", 0),
    ("migrate status", 0),
    ("migrate up", 0),
    ("backup create", 0),
    ("backup list", 0),
    ("backup verify", 0),
    ("status", 3),
    ("users list", 0),
    ("outbox list", 0),
    ("logs tail", 0),
    ("config check", 0),
    ("config show", 0),
    ("completions zsh", 0),
];

pub(crate) fn measure() -> Result<Vec<ReportLine>> {
    let folder = tempfile::Builder::new().prefix("cli-").tempdir_in(SCRATCH_DIR)?;
    run_command(folder.path(), "migrate up", 0)?;
    run_command(folder.path(), "backup create", 0)?;
    std::fs::create_dir(folder.path().join("logs"))?;
    let line = "2026-01-01T00:00:00.000000Z  INFO update: handled kind=message chat=1001 update=1 ms=2\n";
    std::fs::write(folder.path().join("logs/bot.log"), line.repeat(1000))?;
    let mut lines = Vec::new();
    for (command, code) in COMMANDS {
        let mut durations = Vec::with_capacity(RUNS);
        for _ in 0..RUNS {
            let begun = Instant::now();
            run_command(folder.path(), command, code)?;
            durations.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
        let slowest = durations.iter().copied().fold(0.0, f64::max);
        let middle = median(&durations);
        lines.push(ReportLine {
            label: command,
            measured: format!("{middle:.1} ms"),
            goal: "≤ 50 ms",
            is_met: middle <= GOAL_MS,
            detail: format!("median of {RUNS} runs, slowest {slowest:.1} ms"),
        });
    }
    Ok(lines)
}

fn run_command(folder: &Path, command: &str, code: i32) -> Result<()> {
    let status = Command::new(BOTCTL)
        .args(command.split(' '))
        .env_clear()
        .env("BOT_TOKEN", "123456789:made-up-token-of-the-benchmark_00")
        .env("ADMIN_IDS", "1001")
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    ensure!(status.code() == Some(code), "botctl {command}: {status}");
    Ok(())
}
