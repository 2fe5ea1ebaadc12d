//! `logs tail` on 50 MB of rotated logs: the last lines, and a search through all of them beside `grep`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::process::{BOTCTL, SCRATCH};
use crate::report::{Line, list, median};

const FILES: usize = 5;
const SIZE: usize = 10 * 1024 * 1024;
const ROUNDS: usize = 15;
/// A rare word, a rare shape, what half of the lines have, and what is nowhere after something that is everywhere.
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

pub fn measure() -> Result<Vec<Line>> {
    let folder = tempfile::Builder::new().prefix("logs-").tempdir_in(SCRATCH)?;
    write_logs(folder.path())?;
    let tail = run(|| botctl(&folder, &["-n", "50"]), ROUNDS)?;
    ensure!(tail.output.split(|byte| *byte == b'\n').count() - 1 == 50, "not 50 lines");
    let typical = median(&tail.milliseconds);
    let mut lines = vec![Line {
        what: "`logs tail -n 50` of 50 MB",
        measured: format!("{typical:.1} ms"),
        goal: "≤ 30 ms",
        met: typical <= 30.0,
        detail: format!("{ROUNDS} runs, milliseconds: {}", list(&tail.milliseconds, 1)),
    }];
    let (mut worst, mut details) = (0.0_f64, Vec::new());
    for pattern in PATTERNS {
        // In turns, so that both meet the same machine.
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let mut found = 0;
        for _ in 0..ROUNDS {
            let tail = run(|| botctl(&folder, &["-n", "all", "--grep", pattern]), 1)?;
            let grep = run(|| grep(&folder, pattern), 1)?;
            ensure!(tail.output == grep.output, "{pattern:?}: not the lines that grep finds");
            found = tail.output.split(|byte| *byte == b'\n').count() - 1;
            ours.extend(tail.milliseconds);
            theirs.extend(grep.milliseconds);
        }
        let (ours, theirs) = (median(&ours), median(&theirs));
        worst = worst.max(ours / theirs);
        details.push(format!("`{pattern}` in {found} lines: {ours:.1} ms, grep {theirs:.1} ms"));
    }
    lines.push(Line {
        what: "`logs tail -n all --grep` of 50 MB, beside `grep -hE`",
        measured: format!("{worst:.2} of the time of grep at worst"),
        goal: "≤ 2",
        met: worst <= 2.0,
        detail: format!("medians of {ROUNDS} runs in turns, the same lines: {}", details.join("; ")),
    });
    Ok(lines)
}

struct Run {
    milliseconds: Vec<f64>,
    output: Vec<u8>,
}

/// Runs it and reads all of its output, so many times.
fn run(command: impl Fn() -> Command, times: usize) -> Result<Run> {
    let (mut milliseconds, mut last) = (Vec::new(), Vec::new());
    for _ in 0..times {
        let mut command = command();
        command.env_clear().stdin(Stdio::null());
        let begun = Instant::now();
        let output = command.output().with_context(|| format!("{command:?}"))?;
        milliseconds.push(begun.elapsed().as_secs_f64() * 1000.0);
        // grep ends with 1, and says nothing, where it finds nothing.
        let found_nothing = output.status.code() == Some(1) && output.stderr.is_empty();
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success() || found_nothing, "{command:?}: {said}");
        last = output.stdout;
    }
    Ok(Run { milliseconds, output: last })
}

fn botctl(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(BOTCTL);
    command.current_dir(folder.path()).args(["logs", "tail"]).args(arguments);
    command
}

fn grep(folder: &TempDir, pattern: &str) -> Command {
    let mut command = Command::new("/usr/bin/grep");
    command.current_dir(folder.path().join("logs")).args(["-hE", pattern]);
    command.args((1..FILES).rev().map(|number| format!("bot.log.{number}"))).arg("bot.log");
    command
}

/// Days of a busy bot: mostly updates, now and then something to look at.
fn write_logs(folder: &Path) -> Result<()> {
    let logs = folder.join("logs");
    fs::create_dir(&logs)?;
    let mut number = 0_u64;
    for file in (0..FILES).rev() {
        let mut text = String::with_capacity(SIZE + 256);
        while text.len() < SIZE {
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
