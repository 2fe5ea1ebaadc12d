//! Time from the start of the process to its first poll, with an existing database.

use anyhow::Result;

use crate::process::BenchHome;
use crate::report::{ReportLine, join_values, median};
use crate::start;

/// Measured starts; the median counts.
const STARTS: usize = 10;
/// Users in the database.
const USERS: u32 = 1_000;
const FIRST_USER: i64 = 3_000_000;

pub(crate) async fn measure() -> Result<Vec<ReportLine>> {
    let home = BenchHome::new()?;
    let sandbox = crate::start_sandbox().await?;
    home.run_migrations()?;
    let bot = home.spawn_bot(&sandbox, &[])?;
    start::start_users(&sandbox, &home, FIRST_USER, USERS).await?;
    bot.stop()?;

    let mut took = Vec::new();
    for _ in 0..STARTS {
        let mut calls = sandbox.subscribe_calls();
        // Calls are reported when they end; a poll with a pending update ends at once.
        sandbox.send_text(FIRST_USER, FIRST_USER, "/start");
        let bot = home.spawn_bot(&sandbox, &[])?;
        let polled = loop {
            let call = home.next_call(&mut calls).await?;
            if call.method == "getUpdates" {
                break call.at;
            }
        };
        took.push((polled - bot.spawned).as_secs_f64() * 1000.0);
        home.next_answer(&mut calls).await?;
        bot.stop()?;
    }
    sandbox.stop().await;
    let milliseconds = median(&took);
    Ok(vec![ReportLine {
        label: "start to first poll, existing database",
        measured: format!("{:.3} s", milliseconds / 1000.0),
        goal: "≤ 0.2 s",
        is_met: milliseconds <= 200.0,
        detail: format!("median of {STARTS} starts, milliseconds: {}", join_values(&took, 0)),
    }])
}
