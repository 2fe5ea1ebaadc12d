//! Resident memory: idle, with a backlog at Telegram, and with a backlog that an earlier run stored and did not finish.

use std::collections::HashSet;

use anyhow::{Context, Result, ensure};
use botctl::config::SecretString;
use botctl::config::database::DatabaseUrl;
use botctl::config::telegram::TelegramConfig;
use botctl::db::inbox::{self, StoredUpdate};
use botctl::db::{self, Database, time};
use botctl::telegram::{Api, CALL_TIMEOUT};
use serde_json::value::RawValue;
use telegram_sandbox::Sandbox;

use crate::process::{Bot, Home, TOKEN};
use crate::report::Line;
use crate::start;

/// Updates handled before the bot counts as idle.
const EARLY: u32 = 100;
/// Updates that wait.
const BACKLOG: u32 = 20_000;
const FIRST_PERSON: i64 = 4_000_000;

pub async fn measure() -> Result<Vec<Line>> {
    let idle = idle().await?;
    let at_telegram = backlog(Where::Telegram).await?;
    let in_inbox = backlog(Where::Inbox).await?;
    Ok(vec![
        Line {
            what: "resident memory, idle",
            measured: format!("{idle:.1} MB"),
            goal: "≤ 25 MB",
            met: idle <= 25.0,
            detail: format!("VmRSS after {EARLY} updates, when the last is answered"),
        },
        Line {
            what: "resident memory with 20,000 updates waiting",
            measured: format!("{at_telegram:.1} MB at Telegram, {in_inbox:.1} MB in its own inbox"),
            goal: "≤ 120 MB",
            met: at_telegram.max(in_inbox) <= 120.0,
            detail: "VmHWM, the most from the start to the last answer".to_owned(),
        },
    ])
}

async fn idle() -> Result<f64> {
    let (sandbox, home) = (crate::start_sandbox().await?, Home::new()?);
    let bot = home.serve(&sandbox, &[])?;
    start::everybody_starts(&sandbox, &home, FIRST_PERSON, EARLY).await?;
    let resident = bot.megabytes("VmRSS")?;
    bot.stop()?;
    sandbox.stop().await;
    Ok(resident)
}

/// Where the backlog is when the bot starts.
#[derive(Clone, Copy, PartialEq)]
enum Where {
    Telegram,
    Inbox,
}

async fn backlog(place: Where) -> Result<f64> {
    let (sandbox, home) = (crate::start_sandbox().await?, Home::new()?);
    home.migrate()?;
    let people: HashSet<i64> = (FIRST_PERSON..).take(BACKLOG as usize).collect();
    for person in &people {
        sandbox.send_text(*person, *person, "/start");
    }
    if place == Where::Inbox {
        let stored = store_all(&sandbox, &home).await?;
        ensure!(stored == people.len() && sandbox.pending_updates() == 0, "{stored} updates were stored");
    }
    let mut calls = sandbox.subscribe_calls();
    let bot = home.serve(&sandbox, &[])?;
    let peak = drain(&home, &bot, people, &mut calls).await?;
    bot.stop()?;
    sandbox.stop().await;
    let counts = home.count()?;
    ensure!(counts.people == i64::from(BACKLOG) && counts.unsent == 0, "{counts:?}");
    Ok(peak)
}

/// Waits until everybody has an answer and returns the most memory that the bot had.
async fn drain(
    home: &Home,
    bot: &Bot,
    mut unanswered: HashSet<i64>,
    calls: &mut tokio::sync::mpsc::UnboundedReceiver<telegram_sandbox::CompletedCall>,
) -> Result<f64> {
    while !unanswered.is_empty() {
        let (chat, _) = home.next_answer(calls).await?;
        ensure!(unanswered.remove(&chat), "{chat} was answered twice");
    }
    bot.megabytes("VmHWM")
}

/// Does what a run does that is killed after it has stored everything and before it has handled anything.
async fn store_all(sandbox: &Sandbox, home: &Home) -> Result<usize> {
    let token = SecretString::new(TOKEN.to_owned());
    let api = Api::new(&TelegramConfig { token, api_url: sandbox.url().parse()? });
    let (database, writer) = Database::open(&DatabaseUrl::Sqlite(home.database()))?;
    let (mut offset, mut count) = (0, 0);
    loop {
        let asked = serde_json::json!({ "offset": offset, "limit": 100, "timeout": 0 }).to_string();
        let answer = api.call("getUpdates", asked, CALL_TIMEOUT).await?;
        let updates: Vec<&RawValue> = serde_json::from_str(answer.get())?;
        let updates = updates.into_iter().map(stored).collect::<Result<Vec<_>>>()?;
        let Some(last) = updates.last() else { break };
        offset = last.update_id + 1;
        count += updates.len();
        database.write::<_, db::Error>(move |tx| inbox::insert_updates(tx, &updates, time::now())).await?;
    }
    drop(database);
    writer.join().await;
    Ok(count)
}

fn stored(raw: &RawValue) -> Result<StoredUpdate> {
    let update: serde_json::Value = serde_json::from_str(raw.get())?;
    let update_id = update["update_id"].as_i64().context("an update without a number")?;
    Ok(StoredUpdate { update_id, payload: raw.get().to_owned() })
}
