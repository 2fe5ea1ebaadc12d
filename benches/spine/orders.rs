//! Dispatchers who create one order after the other through the whole dialogue. Each takes the next step when the bot has
//! answered the last, so the latency of a step is what a person would wait.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use botctl::bot::labels::Label;
use botctl::domain::locale::Locale;
use telegram_sandbox::Sandbox;

use crate::process::{Home, own_cpu};
use crate::report::{Line, percentile};
use crate::start;

const DISPATCHERS: u32 = 50;
const FIRST_DISPATCHER: i64 = 2_000_000;
/// Not counted: connections open, the database grows its first pages.
const WARM_UP: Duration = Duration::from_secs(2);
/// What is counted.
const WINDOW: Duration = Duration::from_secs(12);

/// What a dispatcher does at a step.
enum Act {
    /// Presses a key of the menu or of the dialogue's keyboard, which sends its label.
    Key(Label),
    /// Types.
    Type(&'static str),
    /// Presses the first button with data that begins so.
    Press(&'static str),
}

/// One order, step by step.
const DIALOGUE: [Act; 9] = [
    Act::Key(Label::CreateOrder),
    Act::Press("equipment:"),
    Act::Type("Does not drain; hums & smells <burnt> since Monday"),
    Act::Type("Anna Petrova"),
    Act::Type("12 Lesnaya street, flat 34, 2nd entrance"),
    Act::Type("+7 (900) 000-11-22"),
    Act::Type("Call an hour before, the doorbell is broken"),
    Act::Press("dialog_skip"),
    Act::Press("confirm_order"),
];

/// Where a dispatcher is.
struct Dispatcher {
    step: usize,
    acted: Instant,
}

/// What was counted.
#[derive(Default)]
struct Tally {
    /// Orders that were finished, warm-up and last ones included.
    all: u32,
    /// Orders that were finished in the window.
    counted: u32,
    /// Milliseconds of every step answered in the window.
    waits: Vec<f64>,
    /// Processor seconds used in the window: by the bot, and by the sandbox with the people.
    bot: f64,
    stand_in: f64,
}

pub async fn measure() -> Result<Vec<Line>> {
    let people: Vec<i64> = (FIRST_DISPATCHER..).take(DISPATCHERS as usize).collect();
    let (sandbox, home) = (crate::start_sandbox().await?, Home::new()?);
    let bot = home.serve(&sandbox, &people)?;
    start::everybody_starts(&sandbox, &home, FIRST_DISPATCHER, DISPATCHERS).await?;
    let tally = create_orders(&sandbox, &home, &people, || bot.cpu()).await?;
    bot.stop()?;
    sandbox.stop().await;
    check(&home, &tally)?;

    let per_second = f64::from(tally.counted) / WINDOW.as_secs_f64();
    let (half, most) = (percentile(&tally.waits, 50), percentile(&tally.waits, 99));
    Ok(vec![Line {
        what: "50 dispatchers creating orders through the whole dialogue",
        measured: format!("{per_second:.0} orders/s, p50 {half:.1} ms, p99 {most:.1} ms a step"),
        goal: "≥ 300 orders/s, p99 ≤ 100 ms",
        met: per_second >= 300.0 && most <= 100.0,
        detail: format!(
            "{} orders of {} steps in {} s, slowest step {:.1} ms; all {} orders are in the database once; \
             processor time: bot {:.1} s, stand-in {:.1} s",
            tally.counted,
            DIALOGUE.len(),
            WINDOW.as_secs(),
            percentile(&tally.waits, 100),
            tally.all,
            tally.bot,
            tally.stand_in
        ),
    }])
}

async fn create_orders(
    sandbox: &Sandbox,
    home: &Home,
    people: &[i64],
    bot_cpu: impl Fn() -> Result<f64>,
) -> Result<Tally> {
    let mut calls = sandbox.subscribe_calls();
    let opens = Instant::now() + WARM_UP;
    let closes = opens + WINDOW;
    let mut tally = Tally::default();
    let mut cpu_at_opening = None;
    let mut cpu_at_closing = None;
    let mut busy: Vec<Option<Dispatcher>> = Vec::new();
    for person in people {
        busy.push(Some(act(sandbox, *person, 0)?));
    }
    while busy.iter().any(Option::is_some) {
        let (chat, at) = home.next_answer(&mut calls).await?;
        if at >= opens && cpu_at_opening.is_none() {
            cpu_at_opening = Some((bot_cpu()?, own_cpu()?));
        }
        if at >= closes && cpu_at_closing.is_none() {
            cpu_at_closing = Some((bot_cpu()?, own_cpu()?));
        }
        let index = usize::try_from(chat - FIRST_DISPATCHER)?;
        let slot = busy.get_mut(index).with_context(|| format!("a message to {chat}"))?;
        let Dispatcher { step, acted } = slot.take().with_context(|| format!("{chat} was answered twice"))?;
        let in_window = (opens..closes).contains(&at);
        if in_window {
            tally.waits.push((at - acted).as_secs_f64() * 1000.0);
        }
        let is_last = step + 1 == DIALOGUE.len();
        if is_last {
            tally.all += 1;
            tally.counted += u32::from(in_window);
        }
        // At the end everybody finishes the order that they are at.
        if !is_last || at < closes {
            *slot = Some(act(sandbox, chat, (step + 1) % DIALOGUE.len())?);
        }
    }
    if let (Some(opening), Some(closing)) = (cpu_at_opening, cpu_at_closing) {
        (tally.bot, tally.stand_in) = (closing.0 - opening.0, closing.1 - opening.1);
    }
    Ok(tally)
}

fn act(sandbox: &Sandbox, person: i64, step: usize) -> Result<Dispatcher> {
    let acted = Instant::now();
    match DIALOGUE[step] {
        Act::Key(label) => {
            sandbox.send_text(person, person, label.text(Locale::Ru));
        }
        Act::Type(text) => {
            sandbox.send_text(person, person, text);
        }
        Act::Press(data) => {
            let offered = |button: &telegram_sandbox::InlineButton| {
                button.data.as_deref().is_some_and(|found| found.starts_with(data))
            };
            sandbox
                .press_latest_button(person, person, offered)
                .with_context(|| format!("{person} has no button {data:?} at step {step}"))?;
        }
    }
    Ok(Dispatcher { step, acted })
}

/// Exactly the finished orders must be in the database, and exactly one message for each step.
fn check(home: &Home, tally: &Tally) -> Result<()> {
    let counts = home.count()?;
    let steps = i64::from(tally.all) * i64::try_from(DIALOGUE.len())?;
    let messages = steps + i64::from(DISPATCHERS);
    ensure!(
        counts.orders == i64::from(tally.all) && counts.messages == messages && counts.unsent == 0,
        "{} orders were finished with {messages} messages, but the database has {counts:?}",
        tally.all
    );
    Ok(())
}
