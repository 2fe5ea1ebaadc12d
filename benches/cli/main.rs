//! Measures the speed of commands of the release binary against the goals.
//!
//! | module | contents |
//! |---|---|
//! | `offline` | commands that need no network, on a small database |
//! | `report` | the table |
//!
//! A missed goal is only a "no" in the table; the exit code reports commands that fail.

mod offline;
#[allow(dead_code, reason = "the other benchmark uses the rest")]
#[path = "../spine/report.rs"]
mod report;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use report::ReportLine;

/// Measures some rows of the table.
type Measurement = fn() -> Result<Vec<ReportLine>>;

const BENCHMARKS: [(&str, Measurement); 1] = [("offline", offline::measure)];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo bench` passes --bench, `cargo test --all-targets` does not.
    if !arguments.iter().any(|argument| argument == "--bench") {
        eprintln!("run it with: cargo bench --bench cli [-- {}]", BENCHMARKS.map(|(name, _)| name).join("|"));
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
    if let Some(unknown) = wanted.iter().find(|name| !BENCHMARKS.iter().any(|(line, _)| line == name)) {
        bail!("unknown benchmark {unknown:?}; choose from {}", BENCHMARKS.map(|(name, _)| name).join(", "));
    }
    let mut table = Vec::new();
    for (name, measure) in BENCHMARKS {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            eprintln!("{name} …");
            table.extend(measure().with_context(|| format!("benchmark {name:?} failed"))?);
        }
    }
    report::print_table(&table);
    Ok(())
}
