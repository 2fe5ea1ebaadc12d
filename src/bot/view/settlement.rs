//! What masters owe and hand over, as HTML.

use chrono_tz::Tz;

use super::html::{fit_fields, shorten_text};
use super::paging::Paging;
use super::statement::entry_line;
use super::text::{Html, Texts, format_money, html_text};
use crate::domain::hand_over::{HandOver, HandOverState};
use crate::domain::ids::HandOverId;
use crate::domain::master::Master;
use crate::domain::money::Kopecks;
use crate::service::settlement::{BalanceLine, HandOverStep, MasterBalance};

/// The most of a name or note, in UTF-16 units.
const NAME: usize = 60;
const NOTE: usize = 300;

/// Renders a page of who owes what, with the total of all pages.
pub(crate) fn overview(texts: &Texts, lines: &[BalanceLine], paging: Paging) -> String {
    let title = html_text!(texts, "settlement-title");
    if lines.is_empty() {
        return format!("{title}\n\n{}", html_text!(texts, "settlement-empty"));
    }
    let total = Kopecks(lines.iter().map(|line| line.balance.0).sum());
    let shown: Vec<String> = paging.slice(lines).iter().map(|line| balance_line(texts, line)).collect();
    let total = html_text!(texts, "settlement-total", amount = format_money(texts, total));
    let mut blocks = vec![title, shown.join("\n"), total];
    if paging.pages > 1 {
        blocks.push(html_text!(texts, "list-page", page = paging.page.0, pages = paging.pages));
    }
    blocks.join("\n\n")
}

fn balance_line(texts: &Texts, line: &BalanceLine) -> String {
    let (name, amount) = (shorten_text(&line.master.name, NAME), format_money(texts, line.balance));
    let text = html_text!(texts, "settlement-line", name = name, amount = amount);
    match line {
        BalanceLine { has_disputed: true, .. } => html_text!(texts, "settlement-disputed", line = Html(text)),
        BalanceLine { has_open: true, .. } => html_text!(texts, "settlement-waits", line = Html(text)),
        _ => text,
    }
}

/// Renders what a master owes, the hand-overs that wait, and the last entries; for the master or for staff.
pub(crate) fn balance(texts: &Texts, zone: Tz, seen: &MasterBalance, is_own: bool) -> String {
    fit_fields(|max| {
        let title = if is_own {
            html_text!(texts, "balance-own-title")
        } else {
            html_text!(texts, "balance-title", name = shorten_text(&seen.master.name, max.min(NAME)))
        };
        let mut blocks = vec![format!("{title}\n{}", balance_text(texts, seen.balance, is_own))];
        if !seen.unsettled.is_empty() {
            let lines: Vec<_> =
                seen.unsettled.iter().map(|waits| unsettled_line(texts, waits, max)).collect();
            blocks.push(lines.join("\n"));
        }
        let entries = seen.entries.iter().map(|entry| entry_line(texts, zone, entry, max));
        let entries: Vec<_> = entries.collect();
        blocks.push(if entries.is_empty() {
            html_text!(texts, "balance-no-entries")
        } else {
            format!("{}\n{}", html_text!(texts, "balance-last-entries"), entries.join("\n"))
        });
        blocks.join("\n\n")
    })
}

/// Says who owes whom.
fn balance_text(texts: &Texts, balance: Kopecks, is_own: bool) -> String {
    let amount = format_money(texts, Kopecks(balance.0.saturating_abs()));
    match (balance.0.signum(), is_own) {
        (0, _) => html_text!(texts, "balance-even"),
        (1, true) => html_text!(texts, "balance-own-debt", amount = amount),
        (1, false) => html_text!(texts, "balance-debt", amount = amount),
        (_, true) => html_text!(texts, "balance-own-credit", amount = amount),
        (_, false) => html_text!(texts, "balance-credit", amount = amount),
    }
}

fn unsettled_line(texts: &Texts, hand_over: &HandOver, max: usize) -> String {
    let (id, amount) = (hand_over.id, format_money(texts, hand_over.amount));
    match &hand_over.reason {
        Some(reason) if hand_over.state == HandOverState::Disputed => {
            let reason = shorten_text(reason, max.min(NOTE));
            html_text!(texts, "balance-disputed", id = number(id), amount = amount, reason = reason)
        }
        _ => html_text!(texts, "balance-open", id = number(id), amount = amount),
    }
}

fn number(HandOverId(id): HandOverId) -> String {
    id.to_string()
}

/// Asks how much cash a master gave, then for a note.
pub(crate) fn cash_question(
    texts: &Texts,
    master: &Master,
    balance: Kopecks,
    amount: Option<Kopecks>,
) -> String {
    let name = shorten_text(&master.name, NAME);
    match amount {
        None => {
            let question = html_text!(texts, "cash-ask-amount", name = name);
            format!("{question}\n{}", balance_text(texts, balance, false))
        }
        Some(amount) => {
            html_text!(texts, "cash-ask-note", name = name, amount = format_money(texts, amount))
        }
    }
}

/// Tells staff that the cash is booked.
pub(crate) fn booked(texts: &Texts, step: &HandOverStep) -> String {
    let (name, amount) = (shorten_text(&step.master.name, NAME), format_money(texts, step.hand_over.amount));
    let done = html_text!(texts, "cash-booked", name = name, amount = amount);
    format!("{done}\n{}", balance_text(texts, step.balance, false))
}

/// Asks the master whether the booked cash is right.
pub(crate) fn booked_for_master(texts: &Texts, step: &HandOverStep) -> String {
    let amount = format_money(texts, step.hand_over.amount);
    let mut lines = vec![html_text!(texts, "cash-ask-master", amount = amount)];
    lines.extend(note_line(texts, &step.hand_over));
    lines.push(balance_text(texts, step.balance, true));
    lines.join("\n")
}

/// Asks the master what is wrong.
pub(crate) fn dispute_question(texts: &Texts, hand_over: &HandOver) -> String {
    html_text!(texts, "hand-over-ask-dispute", amount = format_money(texts, hand_over.amount))
}

/// Tells the master what became of their answer.
pub(crate) fn answered_by_master(texts: &Texts, step: &HandOverStep) -> String {
    let amount = format_money(texts, step.hand_over.amount);
    if step.hand_over.state == HandOverState::Disputed {
        return html_text!(texts, "hand-over-disputed-done", amount = amount);
    }
    let done = html_text!(texts, "hand-over-confirmed-done", amount = amount);
    format!("{done}\n{}", balance_text(texts, step.balance, true))
}

/// Tells the master that staff took a hand-over back.
pub(crate) fn reversed_for_master(texts: &Texts, step: &HandOverStep) -> String {
    let amount = format_money(texts, step.hand_over.amount);
    let told = html_text!(texts, "hand-over-reversed-master", amount = amount);
    format!("{told}\n{}", balance_text(texts, step.balance, true))
}

/// Tells staff of a step of a hand-over.
pub(crate) fn notice(texts: &Texts, step: &HandOverStep) -> String {
    let HandOverStep { hand_over, master, .. } = step;
    let (name, amount) = (shorten_text(&master.name, NAME), format_money(texts, hand_over.amount));
    let head = match hand_over.state {
        HandOverState::Open => html_text!(texts, "notice-hand-over-booked", name = name, amount = amount),
        HandOverState::Confirmed => {
            html_text!(texts, "notice-hand-over-confirmed", name = name, amount = amount)
        }
        HandOverState::Disputed => {
            html_text!(texts, "notice-hand-over-disputed", name = name, amount = amount)
        }
        HandOverState::Reversed => {
            html_text!(texts, "notice-hand-over-reversed", name = name, amount = amount)
        }
    };
    let mut lines = vec![head];
    lines.extend(note_line(texts, hand_over));
    if let Some(reason) = &hand_over.reason {
        lines.push(html_text!(texts, "hand-over-reason", reason = shorten_text(reason, NOTE)));
    }
    lines.push(balance_text(texts, step.balance, false));
    lines.join("\n")
}

fn note_line(texts: &Texts, hand_over: &HandOver) -> Option<String> {
    let note = hand_over.note.as_ref()?;
    Some(html_text!(texts, "hand-over-note", note = shorten_text(note, NOTE)))
}
