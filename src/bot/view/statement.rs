//! A master's statement, and its entries, as HTML unless a function says plain.

use chrono_tz::Tz;

use super::html::{fit_fields, shorten_text};
use super::reports::period_text;
use super::text::{Texts, format_date, format_money, html_text, plain_text};
use crate::domain::ledger::{LedgerEntry, LedgerKind};
use crate::domain::money::Kopecks;
use crate::service::statements::Statement;

/// How many of the newest entries a message shows; the workbook has all.
const SHOWN_ENTRIES: usize = 30;
/// The most of a name or note, in UTF-16 units.
const NAME: usize = 60;

/// Renders the balance before a period, its entries, and the balance after it.
pub(crate) fn statement(texts: &Texts, zone: Tz, made: &Statement) -> String {
    let hidden = made.entries.len().saturating_sub(SHOWN_ENTRIES);
    fit_fields(|max| {
        let mut lines: Vec<String> =
            made.entries.iter().skip(hidden).map(|entry| entry_line(texts, zone, entry, max)).collect();
        if hidden > 0 {
            lines.insert(0, html_text!(texts, "statement-hidden", count = hidden));
        }
        if lines.is_empty() {
            lines.push(html_text!(texts, "report-empty"));
        }
        let (opening, closing) = (money(texts, made.opening), money(texts, made.closing()));
        [
            title(texts, made, max),
            html_text!(texts, "statement-opening", amount = opening),
            lines.join("\n"),
            html_text!(texts, "statement-closing", amount = closing),
        ]
        .join("\n\n")
    })
}

/// Renders a statement without its entries, as the caption of its workbook.
pub(crate) fn summary(texts: &Texts, made: &Statement) -> String {
    let (opening, closing) = (money(texts, made.opening), money(texts, made.closing()));
    let opening = html_text!(texts, "statement-opening", amount = opening);
    let closing = html_text!(texts, "statement-closing", amount = closing);
    format!("{}\n{opening}\n{closing}", title(texts, made, NAME))
}

fn title(texts: &Texts, made: &Statement, max: usize) -> String {
    let name = shorten_text(&made.master.name, max.min(NAME));
    html_text!(texts, "statement-title", name = name, period = period_text(texts, made.period))
}

/// Returns the name of a workbook without its extension, plain.
pub(crate) fn file_name(texts: &Texts, made: &Statement) -> String {
    let name = shorten_text(&made.master.name, NAME);
    plain_text!(texts, "statement-file", name = name, period = period_text(texts, made.period))
}

/// Renders an entry in one line.
pub(crate) fn entry_line(texts: &Texts, zone: Tz, entry: &LedgerEntry, max: usize) -> String {
    let day = format_date(texts, zone, entry.at);
    let mut name = entry_name(texts, entry.kind);
    if let Some(order) = entry.order {
        name = plain_text!(texts, "entry-of-order", name = name, id = order);
    } else if let Some(note) = &entry.note {
        name = format!("{name} ({})", shorten_text(note, max.min(NAME)));
    }
    html_text!(texts, "entry-line", day = day, name = name, amount = signed_money(texts, entry.amount))
}

/// Returns the name of a kind of entries, plain.
pub(crate) fn entry_name(texts: &Texts, kind: LedgerKind) -> String {
    match kind {
        LedgerKind::Prepayment => plain_text!(texts, "entry-prepayment"),
        LedgerKind::Closing => plain_text!(texts, "entry-closing"),
        LedgerKind::Correction => plain_text!(texts, "entry-correction"),
        LedgerKind::Deletion => plain_text!(texts, "entry-deletion"),
        LedgerKind::Restoration => plain_text!(texts, "entry-restoration"),
        LedgerKind::Refusal => plain_text!(texts, "entry-refusal"),
        LedgerKind::HandOver => plain_text!(texts, "entry-hand-over"),
        LedgerKind::Reversal => plain_text!(texts, "entry-reversal"),
    }
}

fn money(texts: &Texts, amount: Kopecks) -> String {
    format_money(texts, amount)
}

fn signed_money(texts: &Texts, amount: Kopecks) -> String {
    let text = format_money(texts, amount);
    if amount > Kopecks::ZERO { format!("+{text}") } else { text }
}
