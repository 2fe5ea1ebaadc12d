//! First `/start` of new people: all of them write at once, the clock runs until the last has an answer.

use std::collections::HashSet;
use std::time::Instant;

use anyhow::{Result, ensure};
use telegram_sandbox::Sandbox;

use crate::process::{Bot, Home, own_cpu};
use crate::report::{Line, list, median};

/// People who write at once.
const PEOPLE: u32 = 20_000;
/// People who wrote before, so that connections are open and code is in memory.
const EARLY: u32 = 500;
/// Both bots take turns this often; the median counts.
const ROUNDS: usize = 3;
const FIRST_PERSON: i64 = 1_000_000;

pub async fn measure() -> Result<Vec<Line>> {
    let (mut ours, mut echo) = (Vec::new(), Vec::new());
    let mut shares = String::new();
    for _ in 0..ROUNDS {
        let (sandbox, home) = (crate::start_sandbox().await?, Home::new()?);
        let bot = home.serve(&sandbox, &[])?;
        let round = flood(&sandbox, &home, &bot).await?;
        bot.stop()?;
        sandbox.stop().await;
        check(&home)?;
        shares = round.shares();
        eprintln!("  botctl {:.0}/s, {shares}", round.per_second);
        ours.push(round.per_second);

        let (sandbox, home) = (crate::start_sandbox().await?, Home::new()?);
        let bot = home.echo(&sandbox)?;
        let round = flood(&sandbox, &home, &bot).await?;
        drop(bot);
        sandbox.stop().await;
        eprintln!("  echo {:.0}/s, {}", round.per_second, round.shares());
        echo.push(round.per_second);
    }
    let (per_second, bare) = (median(&ours), median(&echo));
    Ok(vec![Line {
        what: "first `/start` of new people, answered per second",
        measured: format!("{per_second:.0}/s, {:.2} of the echo bot's {bare:.0}/s", per_second / bare),
        goal: "≥ 5,000/s and ≥ 1/3 of the echo bot",
        met: per_second >= 5_000.0 && per_second >= bare / 3.0,
        detail: format!(
            "median of {ROUNDS} rounds of {PEOPLE} people: botctl {}; echo {}; last round {shares}",
            list(&ours, 0),
            list(&echo, 0)
        ),
    }])
}

/// What a round took.
struct Round {
    per_second: f64,
    seconds: f64,
    /// Processor seconds of the bot, and of the sandbox with the people.
    bot: f64,
    stand_in: f64,
}

impl Round {
    fn shares(&self) -> String {
        let Self { seconds, bot, stand_in, .. } = self;
        format!(
            "{seconds:.2} s in which the bot used {bot:.2} s of processor time and the stand-in {stand_in:.2} s"
        )
    }
}

async fn flood(sandbox: &Sandbox, home: &Home, bot: &Bot) -> Result<Round> {
    everybody_starts(sandbox, home, FIRST_PERSON, EARLY).await?;
    let (cpu_bot, cpu_own) = (bot.cpu()?, own_cpu()?);
    let seconds = everybody_starts(sandbox, home, FIRST_PERSON + i64::from(EARLY), PEOPLE).await?;
    Ok(Round {
        per_second: f64::from(PEOPLE) / seconds,
        seconds,
        bot: bot.cpu()? - cpu_bot,
        stand_in: own_cpu()? - cpu_own,
    })
}

/// New people write `/start`; returns the seconds until each of them has an answer.
pub async fn everybody_starts(sandbox: &Sandbox, home: &Home, first: i64, count: u32) -> Result<f64> {
    let mut calls = sandbox.subscribe_calls();
    let begun = Instant::now();
    let people = first..first + i64::from(count);
    let writer = tokio::task::spawn_blocking({
        let (sandbox, people) = (sandbox.clone(), people.clone());
        move || {
            for person in people {
                sandbox.send_text(person, person, "/start");
            }
        }
    });
    let mut unanswered: HashSet<i64> = people.collect();
    let mut last = begun;
    while !unanswered.is_empty() {
        let (chat, at) = home.next_answer(&mut calls).await?;
        ensure!(unanswered.remove(&chat), "{chat} was answered twice");
        last = last.max(at);
    }
    writer.await?;
    Ok((last - begun).as_secs_f64())
}

/// Everybody must be in the database, and nothing left to send.
fn check(home: &Home) -> Result<()> {
    let counts = home.count()?;
    let people = i64::from(EARLY + PEOPLE);
    ensure!(counts.people == people && counts.messages == people && counts.unsent == 0, "{counts:?}");
    Ok(())
}
