//! From the start of the process to its first poll, with a database that is there already.

use anyhow::Result;

use crate::process::Home;
use crate::report::{Line, list, median};
use crate::start;

/// Starts that are measured; the median counts.
const STARTS: usize = 10;
/// People whom the database knows.
const PEOPLE: u32 = 1_000;
const FIRST_PERSON: i64 = 3_000_000;

pub async fn measure() -> Result<Vec<Line>> {
    let home = Home::new()?;
    let sandbox = crate::start_sandbox().await?;
    home.migrate()?;
    let bot = home.serve(&sandbox, &[])?;
    start::everybody_starts(&sandbox, &home, FIRST_PERSON, PEOPLE).await?;
    bot.stop()?;

    let mut took = Vec::new();
    for _ in 0..STARTS {
        let mut calls = sandbox.subscribe_calls();
        // A poll is told of when it ends; with an update waiting that is at once.
        sandbox.send_text(FIRST_PERSON, FIRST_PERSON, "/start");
        let bot = home.serve(&sandbox, &[])?;
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
    Ok(vec![Line {
        what: "start to first poll, existing database",
        measured: format!("{:.3} s", milliseconds / 1000.0),
        goal: "≤ 0.2 s",
        met: milliseconds <= 200.0,
        detail: format!("median of {STARTS} starts, milliseconds: {}", list(&took, 0)),
    }])
}
