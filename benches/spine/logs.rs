//! `logs tail` on 50 MB of rotated logs: the last lines, and a search compared with `grep`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::process::{BOTCTL, SCRATCH_DIR};
use crate::report::{ReportLine, join_values, median};

const FILES: usize = 5;
const FILE_SIZE: usize = 10 * 1024 * 1024;
const ROUNDS: usize = 15;
/// A rare word, a rare shape, half of the lines, and shapes that match nowhere after a prefix that matches everywhere.
const PATTERNS: [&str; 8] = [
    "flood wait",
    "kind=\"message\" .*outcome=\"refused\" ms=1[0-9]",
    "outcome=\"handled\"",
    "[^x]*zzz",
    "[^ ]+@nothere",
    "(user|chat)=.*nothere",
    "[0-9]+.*nothere",
    "[^x]*[wz]{3}",
];

pub(crate) fn measure() -> Result<Vec<ReportLine>> {
    let folder = tempfile::Builder::new().prefix("logs-").tempdir_in(SCRATCH_DIR)?;
    write_logs(folder.path())?;
    let tail = time_command(|| tail_command(&folder, &["-n", "50"]), ROUNDS)?;
    ensure!(tail.output.split(|byte| *byte == b'\n').count() - 1 == 50, "not 50 lines");
    let typical = median(&tail.milliseconds);
    let mut lines = vec![ReportLine {
        label: "`logs tail -n 50` of 50 MB",
        measured: format!("{typical:.1} ms"),
        goal: "≤ 30 ms",
        is_met: typical <= 30.0,
        detail: format!("{ROUNDS} runs, milliseconds: {}", join_values(&tail.milliseconds, 1)),
    }];
    let (mut worst, mut details) = (0.0_f64, Vec::new());
    for pattern in PATTERNS {
        // In turns, under the same load.
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let mut found = 0;
        for _ in 0..ROUNDS {
            let tail = time_command(|| tail_command(&folder, &["-n", "all", "--grep", pattern]), 1)?;
            let grep = time_command(|| grep_command(&folder, pattern), 1)?;
            ensure!(tail.output == grep.output, "{pattern:?}: output differs from grep");
            found = tail.output.split(|byte| *byte == b'\n').count() - 1;
            ours.extend(tail.milliseconds);
            theirs.extend(grep.milliseconds);
        }
        let (ours, theirs) = (median(&ours), median(&theirs));
        worst = worst.max(ours / theirs);
        details.push(format!("`{pattern}` in {found} lines: {ours:.1} ms, grep {theirs:.1} ms"));
    }
    lines.push(ReportLine {
        label: "`logs tail -n all --grep` of 50 MB, beside `grep -hE`",
        measured: format!("{worst:.2} × grep at worst"),
        goal: "≤ 3 × grep",
        is_met: worst <= 3.0,
        detail: format!("medians of {ROUNDS} runs in turns, same output: {}", details.join("; ")),
    });
    Ok(lines)
}

struct TimedRuns {
    milliseconds: Vec<f64>,
    output: Vec<u8>,
}

/// Runs a command repeatedly and reads its output.
fn time_command(command: impl Fn() -> Command, times: usize) -> Result<TimedRuns> {
    let (mut milliseconds, mut last) = (Vec::new(), Vec::new());
    for _ in 0..times {
        let mut command = command();
        command.env_clear().stdin(Stdio::null());
        let begun = Instant::now();
        let output = command.output().with_context(|| format!("{command:?}"))?;
        milliseconds.push(begun.elapsed().as_secs_f64() * 1000.0);
        // grep exits with 1 without a message when nothing matches.
        let no_match = output.status.code() == Some(1) && output.stderr.is_empty();
        let stderr = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success() || no_match, "{command:?}: {stderr}");
        last = output.stdout;
    }
    Ok(TimedRuns { milliseconds, output: last })
}

fn tail_command(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(BOTCTL);
    command.current_dir(folder.path()).args(["logs", "tail"]).args(arguments);
    command
}

fn grep_command(folder: &TempDir, pattern: &str) -> Command {
    let mut command = Command::new("/usr/bin/grep");
    command.current_dir(folder.path().join("logs")).args(["-hE", pattern]);
    command.args((1..FILES).rev().map(|number| format!("bot.log.{number}"))).arg("bot.log");
    command
}

/// Logs of a busy bot: mostly updates, a few warnings and errors.
fn write_logs(folder: &Path) -> Result<()> {
    let logs = folder.join("logs");
    fs::create_dir(&logs)?;
    let mut number = 0_u64;
    for file in (0..FILES).rev() {
        let mut text = String::with_capacity(FILE_SIZE + 256);
        while text.len() < FILE_SIZE {
            number += 1;
            let (hour, minute, second) = (number / 36_000 % 24, number / 600 % 60, number / 10 % 60);
            let micros = number * 7_919 % 1_000_000;
            write!(text, "2026-11-22T{hour:02}:{minute:02}:{second:02}.{micros:06}Z ")?;
            let (user, ms) = (100_000 + number * 31 % 5_000, number * 17 % 20_000);
            let outcome = if number.is_multiple_of(2) {
                "handled"
            } else if number.is_multiple_of(7) {
                "refused"
            } else {
                "ignored"
            };
            let kind = if number.is_multiple_of(3) { "callback" } else { "message" };
            match number % 1_000 {
                0 => writeln!(text, " WARN flood wait chat=-100{user} outbox={number} seconds=3")?,
                1 => writeln!(
                    text,
                    "ERROR update failed, retrying update={number} error=the database failed: disk is full"
                )?,
                _ => writeln!(
                    text,
                    " INFO update update={number} kind=\"{kind}\" user={user} chat={user} outcome=\"{outcome}\" ms={}.{:03}",
                    ms / 1000,
                    ms % 1000
                )?,
            }
        }
        let name = if file == 0 { "bot.log".to_owned() } else { format!("bot.log.{file}") };
        fs::write(logs.join(name), text)?;
    }
    Ok(())
}
