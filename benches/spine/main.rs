//! The load generator: measures speed and memory of the release binary against the goals.
//!
//! | module | contents |
//! |---|---|
//! | `start` | first `/start` of new users, compared with an echo bot |
//! | `orders` | dispatchers who create orders through the whole dialogue |
//! | `boot` | time from process start to the first poll |
//! | `memory` | resident memory, idle and with a backlog |
//! | `logs` | the end of 50 MB of logs, and a search through them compared with `grep` |
//! | `process` | the bot as a child process |
//! | `echo` | the echo bot, run as another process of this program |
//! | `report` | the table |
//!
//! The sandbox and its users run in this process, the bot in its own. A missed goal is only a "no" in the table; the exit code
//! reports malfunctions: a missing answer, an order too many or too few.

mod boot;
mod echo;
mod logs;
mod memory;
mod orders;
mod process;
mod report;
mod start;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use telegram_sandbox::{Sandbox, SandboxOptions};

use report::ReportLine;

const BENCHMARKS: [&str; 5] = ["start", "orders", "boot", "memory", "logs"];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo bench` passes --bench, `cargo test --all-targets` does not.
    if !arguments.iter().any(|argument| argument == "--bench" || argument == "echo") {
        eprintln!("run it with: cargo bench --bench spine [-- {}]", BENCHMARKS.join("|"));
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
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if let [first, url] = wanted
        && first == "echo"
    {
        return runtime.block_on(echo::run(url));
    }
    if let Some(unknown) = wanted.iter().find(|name| !BENCHMARKS.contains(&name.as_str())) {
        bail!("unknown benchmark {unknown:?}; choose from {}", BENCHMARKS.join(", "));
    }
    let chosen = |name: &&str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    let (cores, before) = (std::thread::available_parallelism()?, process::load_average()?);
    let mut table: Vec<ReportLine> = Vec::new();
    for name in BENCHMARKS.into_iter().filter(chosen) {
        eprintln!("{name} …");
        let lines = runtime.block_on(async {
            match name {
                "start" => start::measure().await,
                "orders" => orders::measure().await,
                "boot" => boot::measure().await,
                "logs" => logs::measure(),
                _ => memory::measure().await,
            }
        });
        table.extend(lines.with_context(|| format!("benchmark {name:?} failed"))?);
    }
    println!("{cores} cores; load average before {before}, after {}\n", process::load_average()?);
    report::print_table(&table);
    Ok(())
}

/// A sandbox that stores little, to save memory and processor time for the bot.
async fn start_sandbox() -> Result<Sandbox> {
    let options = SandboxOptions { keep_messages_per_chat: 8, keep_calls: 0, ..SandboxOptions::default() };
    Sandbox::start(options).await.context("the sandbox did not start")
}
