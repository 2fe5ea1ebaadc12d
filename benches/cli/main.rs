//! Measures what the command line promises about speed, on the real release binary.
//!
//! | room | what lives there |
//! |---|---|
//! | `offline` | every command that needs no network, on a small database |
//! | `report` | the table |
//!
//! A goal that is missed is only a number in the table; the exit code tells of commands that fail.

mod offline;
#[allow(dead_code, reason = "the other benchmark uses all of it")]
#[path = "../spine/report.rs"]
mod report;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use report::Line;

/// What measures some lines of the table.
type Measure = fn() -> Result<Vec<Line>>;

/// The lines by the name under which they are asked for.
const LINES: [(&str, Measure); 1] = [("offline", offline::measure)];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo bench` says so; without it (`cargo test --all-targets`) there is nothing to do.
    if !arguments.iter().any(|argument| argument == "--bench") {
        eprintln!("run it with: cargo bench --bench cli [-- {}]", LINES.map(|(name, _)| name).join("|"));
        return ExitCode::SUCCESS;
    }
    let wanted: Vec<String> = arguments.into_iter().filter(|argument| argument != "--bench").collect();
    match run(&wanted) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(wanted: &[String]) -> Result<()> {
    if let Some(unknown) = wanted.iter().find(|name| !LINES.iter().any(|(line, _)| line == name)) {
        bail!("there is no line {unknown:?}; there are {}", LINES.map(|(name, _)| name).join(", "));
    }
    let mut table = Vec::new();
    for (name, measure) in LINES {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            eprintln!("{name} …");
            table.extend(measure().with_context(|| format!("the line {name:?} could not be measured"))?);
        }
    }
    report::print(&table);
    Ok(())
}
