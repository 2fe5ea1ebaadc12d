//! The load generator: measures what the program promises about speed and memory, on the real release binary.
//!
//! | room | what lives there |
//! |---|---|
//! | `start` | first `/start` of new people, beside a bare echo bot |
//! | `orders` | dispatchers who create orders through the whole dialogue |
//! | `boot` | from the start of the process to its first poll |
//! | `memory` | resident memory, idle and with a backlog |
//! | `logs` | the end of 50 MB of logs, and a search through them beside `grep` |
//! | `process` | the bot as a child process, its files and its `/proc` |
//! | `echo` | the echo bot, this program run a second time |
//! | `report` | the table |
//!
//! The sandbox and the people run in this process, the bot in its own. A goal that is missed is only a number in the
//! table; the exit code tells of malfunctions: an answer that never came, an order too many or too few.

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

use report::Line;

const LINES: [&str; 5] = ["start", "orders", "boot", "memory", "logs"];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo bench` says so; without it (`cargo test --all-targets`) there is nothing to do.
    if !arguments.iter().any(|argument| argument == "--bench" || argument == "echo") {
        eprintln!("run it with: cargo bench --bench spine [-- {}]", LINES.join("|"));
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
    if let Some(unknown) = wanted.iter().find(|name| !LINES.contains(&name.as_str())) {
        bail!("there is no line {unknown:?}; there are {}", LINES.join(", "));
    }
    let chosen = |name: &&str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    let (cores, before) = (std::thread::available_parallelism()?, process::load_average()?);
    let mut table: Vec<Line> = Vec::new();
    for name in LINES.into_iter().filter(chosen) {
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
        table.extend(lines.with_context(|| format!("the line {name:?} could not be measured"))?);
    }
    println!("{cores} cores; load average before {before}, after {}\n", process::load_average()?);
    report::print(&table);
    Ok(())
}

/// A sandbox that remembers little, so that it is the bot that is measured.
async fn start_sandbox() -> Result<Sandbox> {
    let options = SandboxOptions { keep_messages_per_chat: 8, keep_calls: 0, ..SandboxOptions::default() };
    Sandbox::start(options).await.context("the sandbox did not start")
}
