//! Resident memory: idle, with a backlog at Telegram, and with a backlog in the inbox.

use std::collections::HashSet;

use anyhow::{Context, Result, ensure};
use botctl::testing::config::{DatabaseUrl, SecretString, TelegramConfig};
use botctl::testing::db::{self, Database, StoredUpdate};
use botctl::testing::telegram::{Api, CALL_TIMEOUT};
use serde_json::value::RawValue;
use telegram_sandbox::Sandbox;

use crate::process::{BenchHome, BotProcess, TOKEN};
use crate::report::ReportLine;
use crate::start;

/// Updates handled before the bot counts as idle.
const WARM_UP_UPDATES: u32 = 100;
/// Updates of the backlog.
const BACKLOG: u32 = 20_000;
const FIRST_USER: i64 = 4_000_000;

pub(crate) async fn measure() -> Result<Vec<ReportLine>> {
    let idle = measure_idle().await?;
    let at_telegram = measure_backlog(BacklogPlace::Telegram).await?;
    let in_inbox = measure_backlog(BacklogPlace::Inbox).await?;
    Ok(vec![
        ReportLine {
            label: "resident memory, idle",
            measured: format!("{idle:.1} MB"),
            goal: "≤ 28 MB",
            is_met: idle <= 28.0,
            detail: format!("VmRSS after {WARM_UP_UPDATES} answered updates"),
        },
        ReportLine {
            label: "resident memory with 20,000 pending updates",
            measured: format!("{at_telegram:.1} MB at Telegram, {in_inbox:.1} MB in the inbox"),
            goal: "≤ 120 MB",
            is_met: at_telegram.max(in_inbox) <= 120.0,
            detail: "VmHWM when the last update is answered".to_owned(),
        },
    ])
}

async fn measure_idle() -> Result<f64> {
    let (sandbox, home) = (crate::start_sandbox().await?, BenchHome::new()?);
    let bot = home.spawn_bot(&sandbox, &[])?;
    start::start_users(&sandbox, &home, FIRST_USER, WARM_UP_UPDATES).await?;
    let resident = bot.memory_mb("VmRSS")?;
    bot.stop()?;
    sandbox.stop().await;
    Ok(resident)
}

/// Where the backlog is when the bot starts.
#[derive(Clone, Copy, PartialEq)]
enum BacklogPlace {
    Telegram,
    Inbox,
}

async fn measure_backlog(place: BacklogPlace) -> Result<f64> {
    let (sandbox, home) = (crate::start_sandbox().await?, BenchHome::new()?);
    home.run_migrations()?;
    let users: HashSet<i64> = (FIRST_USER..).take(BACKLOG as usize).collect();
    for user in &users {
        sandbox.send_text(*user, *user, "/start");
    }
    if place == BacklogPlace::Inbox {
        let stored = fill_inbox(&sandbox, &home).await?;
        ensure!(stored == users.len() && sandbox.pending_updates() == 0, "{stored} updates were stored");
    }
    let mut calls = sandbox.subscribe_calls();
    let bot = home.spawn_bot(&sandbox, &[])?;
    let peak = wait_for_answers(&home, &bot, users, &mut calls).await?;
    bot.stop()?;
    sandbox.stop().await;
    let counts = home.count_rows()?;
    ensure!(counts.users == i64::from(BACKLOG) && counts.unsent == 0, "{counts:?}");
    Ok(peak)
}

/// Waits until every user has one answer and returns the peak memory of the bot.
async fn wait_for_answers(
    home: &BenchHome,
    bot: &BotProcess,
    mut unanswered: HashSet<i64>,
    calls: &mut tokio::sync::mpsc::UnboundedReceiver<telegram_sandbox::CompletedCall>,
) -> Result<f64> {
    while !unanswered.is_empty() {
        let (chat, _) = home.next_answer(calls).await?;
        ensure!(unanswered.remove(&chat), "{chat} was answered twice");
    }
    bot.memory_mb("VmHWM")
}

/// Leaves the database as a run does that is killed after storing all updates and before handling any.
async fn fill_inbox(sandbox: &Sandbox, home: &BenchHome) -> Result<usize> {
    let token = SecretString::new(TOKEN.to_owned());
    let api = Api::new(&TelegramConfig { token, api_url: sandbox.url().parse()?, proxy: None })?;
    let (database, writer) = Database::open(&DatabaseUrl::Sqlite(home.database()))?;
    let (mut offset, mut count) = (0, 0);
    loop {
        let asked = serde_json::json!({ "offset": offset, "limit": 100, "timeout": 0 }).to_string();
        let answer = api.call("getUpdates", asked, CALL_TIMEOUT).await?;
        let updates: Vec<&RawValue> = serde_json::from_str(answer.get())?;
        let updates = updates.into_iter().map(stored_update).collect::<Result<Vec<_>>>()?;
        let Some(last) = updates.last() else { break };
        offset = last.update_id + 1;
        count += updates.len();
        database.write::<_, db::Error>(move |tx| db::insert_updates(tx, &updates, db::now())).await?;
    }
    drop(database);
    writer.join().await;
    Ok(count)
}

fn stored_update(raw: &RawValue) -> Result<StoredUpdate> {
    let update: serde_json::Value = serde_json::from_str(raw.get())?;
    let update_id = update["update_id"].as_i64().context("an update without update_id")?;
    Ok(StoredUpdate { update_id, payload: raw.get().to_owned() })
}
