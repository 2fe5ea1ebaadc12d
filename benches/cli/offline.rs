//! From the start of the process to its end, for commands that need no network, on a small SQLite database.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Result, ensure};

use crate::report::{Line, median};

/// The program that is measured.
const BOTCTL: &str = env!("CARGO_BIN_EXE_botctl");
/// Where the database is made: beside the build, on the disk and not in memory.
const SCRATCH: &str = env!("CARGO_TARGET_TMPDIR");
/// Runs of each command; the median counts.
const RUNS: usize = 30;
/// Milliseconds.
const GOAL: f64 = 50.0;

/// What is measured. New commands come here.
const COMMANDS: [&str; 11] = [
    "--version",
    "migrate status",
    "migrate up",
    "backup create",
    "backup list",
    "backup verify",
    "users list",
    "outbox list",
    "config check",
    "config show",
    "completions zsh",
];

pub fn measure() -> Result<Vec<Line>> {
    let folder = tempfile::Builder::new().prefix("cli-").tempdir_in(SCRATCH)?;
    run(folder.path(), "migrate up")?;
    run(folder.path(), "backup create")?;
    let mut lines = Vec::new();
    for command in COMMANDS {
        let mut took = Vec::with_capacity(RUNS);
        for _ in 0..RUNS {
            let begun = Instant::now();
            run(folder.path(), command)?;
            took.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
        let slowest = took.iter().copied().fold(0.0, f64::max);
        let middle = median(&took);
        lines.push(Line {
            what: command,
            measured: format!("{middle:.1} ms"),
            goal: "≤ 50 ms",
            met: middle <= GOAL,
            detail: format!("median of {RUNS} runs, slowest {slowest:.1} ms"),
        });
    }
    Ok(lines)
}

fn run(folder: &Path, command: &str) -> Result<()> {
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
    ensure!(status.success(), "botctl {command}: {status}");
    Ok(())
}
