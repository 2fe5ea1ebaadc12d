//! Dispatchers who create orders through the whole dialogue. Each takes the next step when the bot has answered the last one, so
//! that the latency of a step is the time that a user would wait.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use botctl::testing::bot::Label;
use botctl::testing::domain::Locale;
use telegram_sandbox::Sandbox;

use crate::process::{BenchHome, own_cpu_seconds};
use crate::report::{ReportLine, percentile};
use crate::start;

const DISPATCHERS: u32 = 50;
const FIRST_DISPATCHER: i64 = 2_000_000;
/// Not counted.
const WARM_UP: Duration = Duration::from_secs(2);
/// Duration of the measurement.
const WINDOW: Duration = Duration::from_secs(12);

enum DialogueStep {
    /// Sends the label of a reply keyboard button.
    Key(Label),
    Type(&'static str),
    /// Presses the first inline button whose data has this prefix.
    Press(&'static str),
}

/// The steps of one order.
const DIALOGUE: [DialogueStep; 9] = [
    DialogueStep::Key(Label::CreateOrder),
    DialogueStep::Press("equipment:"),
    DialogueStep::Type("Does not drain; hums & smells <burnt> since Monday"),
    DialogueStep::Type("Anna Petrova"),
    DialogueStep::Type("12 Lesnaya street, flat 34, 2nd entrance"),
    DialogueStep::Type("+7 (900) 000-11-22"),
    DialogueStep::Type("Call an hour before, the doorbell is broken"),
    DialogueStep::Press("dialog_skip"),
    DialogueStep::Press("confirm_order"),
];

struct DispatcherState {
    step: usize,
    acted: Instant,
}

#[derive(Default)]
struct OrderStats {
    /// Completed orders, including those before and after the window.
    all: u32,
    /// Orders completed in the window.
    counted: u32,
    /// Milliseconds of each step answered in the window.
    latencies: Vec<f64>,
    /// Processor seconds of the bot in the window.
    bot_cpu: f64,
    /// Processor seconds of the sandbox and the load generator in the window.
    sandbox_cpu: f64,
}

pub(crate) async fn measure() -> Result<Vec<ReportLine>> {
    let people: Vec<i64> = (FIRST_DISPATCHER..).take(DISPATCHERS as usize).collect();
    let (sandbox, home) = (crate::start_sandbox().await?, BenchHome::new()?);
    let bot = home.spawn_bot(&sandbox, &people)?;
    start::start_users(&sandbox, &home, FIRST_DISPATCHER, DISPATCHERS).await?;
    let stats = create_orders(&sandbox, &home, &people, || bot.cpu_seconds()).await?;
    bot.stop()?;
    sandbox.stop().await;
    check_rows(&home, &stats)?;

    let per_second = f64::from(stats.counted) / WINDOW.as_secs_f64();
    let (p50, p99) = (percentile(&stats.latencies, 50), percentile(&stats.latencies, 99));
    Ok(vec![ReportLine {
        label: "50 dispatchers creating orders through the whole dialogue",
        measured: format!("{per_second:.0} orders/s, p50 {p50:.1} ms, p99 {p99:.1} ms a step"),
        goal: "≥ 300 orders/s, p99 ≤ 100 ms",
        is_met: per_second >= 300.0 && p99 <= 100.0,
        detail: format!(
            "{} orders of {} steps in {} s, slowest step {:.1} ms; all {} orders are in the database once; \
             processor time: bot {:.1} s, sandbox {:.1} s",
            stats.counted,
            DIALOGUE.len(),
            WINDOW.as_secs(),
            percentile(&stats.latencies, 100),
            stats.all,
            stats.bot_cpu,
            stats.sandbox_cpu
        ),
    }])
}

async fn create_orders(
    sandbox: &Sandbox,
    home: &BenchHome,
    people: &[i64],
    bot_cpu: impl Fn() -> Result<f64>,
) -> Result<OrderStats> {
    let mut calls = sandbox.subscribe_calls();
    let opens = Instant::now() + WARM_UP;
    let closes = opens + WINDOW;
    let mut stats = OrderStats::default();
    let mut cpu_at_opening = None;
    let mut cpu_at_closing = None;
    let mut busy: Vec<Option<DispatcherState>> = Vec::new();
    for person in people {
        busy.push(Some(perform_step(sandbox, *person, 0)?));
    }
    while busy.iter().any(Option::is_some) {
        let (chat, at) = home.next_answer(&mut calls).await?;
        if at >= opens && cpu_at_opening.is_none() {
            cpu_at_opening = Some((bot_cpu()?, own_cpu_seconds()?));
        }
        if at >= closes && cpu_at_closing.is_none() {
            cpu_at_closing = Some((bot_cpu()?, own_cpu_seconds()?));
        }
        let index = usize::try_from(chat - FIRST_DISPATCHER)?;
        let slot = busy.get_mut(index).with_context(|| format!("a message to {chat}"))?;
        let DispatcherState { step, acted } =
            slot.take().with_context(|| format!("{chat} was answered twice"))?;
        let in_window = (opens..closes).contains(&at);
        if in_window {
            stats.latencies.push((at - acted).as_secs_f64() * 1000.0);
        }
        let is_last = step + 1 == DIALOGUE.len();
        if is_last {
            stats.all += 1;
            stats.counted += u32::from(in_window);
        }
        // At the end each dispatcher completes the current order.
        if !is_last || at < closes {
            *slot = Some(perform_step(sandbox, chat, (step + 1) % DIALOGUE.len())?);
        }
    }
    if let (Some(opening), Some(closing)) = (cpu_at_opening, cpu_at_closing) {
        (stats.bot_cpu, stats.sandbox_cpu) = (closing.0 - opening.0, closing.1 - opening.1);
    }
    Ok(stats)
}

fn perform_step(sandbox: &Sandbox, person: i64, step: usize) -> Result<DispatcherState> {
    let acted = Instant::now();
    match DIALOGUE[step] {
        DialogueStep::Key(label) => {
            sandbox.send_text(person, person, label.text(Locale::Ru));
        }
        DialogueStep::Type(text) => {
            sandbox.send_text(person, person, text);
        }
        DialogueStep::Press(data) => {
            let offered = |button: &telegram_sandbox::InlineButton| {
                button.data.as_deref().is_some_and(|found| found.starts_with(data))
            };
            sandbox
                .press_latest_button(person, person, offered)
                .with_context(|| format!("{person} has no button {data:?} at step {step}"))?;
        }
    }
    Ok(DispatcherState { step, acted })
}

/// The database must hold exactly the completed orders, and one message for each step.
fn check_rows(home: &BenchHome, stats: &OrderStats) -> Result<()> {
    let counts = home.count_rows()?;
    let steps = i64::from(stats.all) * i64::try_from(DIALOGUE.len())?;
    let messages = steps + i64::from(DISPATCHERS);
    ensure!(
        counts.orders == i64::from(stats.all) && counts.messages == messages && counts.unsent == 0,
        "{} orders were completed with {messages} messages, but the database has {counts:?}",
        stats.all
    );
    Ok(())
}
