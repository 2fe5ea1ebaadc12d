//! First `/start` of new users: all write at once, and the time ends with the last answer.

use std::collections::HashSet;
use std::time::Instant;

use anyhow::{Result, ensure};
use telegram_sandbox::Sandbox;

use crate::process::{BenchHome, BotProcess, own_cpu_seconds};
use crate::report::{ReportLine, join_values, median};

/// Users who write at once.
const USERS: u32 = 20_000;
/// Users who write before the measurement, so that connections are open and code is loaded.
const WARM_UP_USERS: u32 = 500;
/// Rounds of both bots in turns; the median counts.
const ROUNDS: usize = 3;
const FIRST_USER: i64 = 1_000_000;

pub(crate) async fn measure() -> Result<Vec<ReportLine>> {
    let (mut ours, mut echo) = (Vec::new(), Vec::new());
    let mut cpu_summary = String::new();
    for _ in 0..ROUNDS {
        let (sandbox, home) = (crate::start_sandbox().await?, BenchHome::new()?);
        let bot = home.spawn_bot(&sandbox, &[])?;
        let round = run_round(&sandbox, &home, &bot).await?;
        bot.stop()?;
        sandbox.stop().await;
        check_rows(&home)?;
        cpu_summary = round.cpu_summary();
        eprintln!("  botctl {:.0}/s, {cpu_summary}", round.per_second);
        ours.push(round.per_second);

        let (sandbox, home) = (crate::start_sandbox().await?, BenchHome::new()?);
        let bot = home.spawn_echo_bot(&sandbox)?;
        let round = run_round(&sandbox, &home, &bot).await?;
        drop(bot);
        sandbox.stop().await;
        eprintln!("  echo {:.0}/s, {}", round.per_second, round.cpu_summary());
        echo.push(round.per_second);
    }
    let (per_second, bare) = (median(&ours), median(&echo));
    Ok(vec![ReportLine {
        label: "first `/start` of new users, answered per second",
        measured: format!("{per_second:.0}/s, {:.2} of the echo bot's {bare:.0}/s", per_second / bare),
        goal: "≥ 5,000/s and ≥ 1/3 of the echo bot",
        is_met: per_second >= 5_000.0 && per_second >= bare / 3.0,
        detail: format!(
            "median of {ROUNDS} rounds of {USERS} users: botctl {}; echo {}; last round {cpu_summary}",
            join_values(&ours, 0),
            join_values(&echo, 0)
        ),
    }])
}

struct FloodRound {
    per_second: f64,
    seconds: f64,
    /// Processor seconds of the bot.
    bot_cpu: f64,
    /// Processor seconds of the sandbox and the load generator.
    sandbox_cpu: f64,
}

impl FloodRound {
    fn cpu_summary(&self) -> String {
        let Self { seconds, bot_cpu, sandbox_cpu, .. } = self;
        format!(
            "{seconds:.2} s with {bot_cpu:.2} s of processor time of the bot and {sandbox_cpu:.2} s of the sandbox"
        )
    }
}

async fn run_round(sandbox: &Sandbox, home: &BenchHome, bot: &BotProcess) -> Result<FloodRound> {
    start_users(sandbox, home, FIRST_USER, WARM_UP_USERS).await?;
    let (cpu_bot, cpu_own) = (bot.cpu_seconds()?, own_cpu_seconds()?);
    let seconds = start_users(sandbox, home, FIRST_USER + i64::from(WARM_UP_USERS), USERS).await?;
    Ok(FloodRound {
        per_second: f64::from(USERS) / seconds,
        seconds,
        bot_cpu: bot.cpu_seconds()? - cpu_bot,
        sandbox_cpu: own_cpu_seconds()? - cpu_own,
    })
}

/// Lets new users write `/start`. Returns the seconds until each has one answer.
pub(crate) async fn start_users(sandbox: &Sandbox, home: &BenchHome, first: i64, count: u32) -> Result<f64> {
    let mut calls = sandbox.subscribe_calls();
    let begun = Instant::now();
    let users = first..first + i64::from(count);
    let writer = tokio::task::spawn_blocking({
        let (sandbox, users) = (sandbox.clone(), users.clone());
        move || {
            for user in users {
                sandbox.send_text(user, user, "/start");
            }
        }
    });
    let mut unanswered: HashSet<i64> = users.collect();
    let mut last = begun;
    while !unanswered.is_empty() {
        let (chat, at) = home.next_answer(&mut calls).await?;
        ensure!(unanswered.remove(&chat), "{chat} was answered twice");
        last = last.max(at);
    }
    writer.await?;
    Ok((last - begun).as_secs_f64())
}

/// Every user must be in the database, with every message sent.
fn check_rows(home: &BenchHome) -> Result<()> {
    let counts = home.count_rows()?;
    let users = i64::from(WARM_UP_USERS + USERS);
    ensure!(counts.users == users && counts.messages == users && counts.unsent == 0, "{counts:?}");
    Ok(())
}
