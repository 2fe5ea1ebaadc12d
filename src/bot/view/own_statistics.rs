//! A master's own statistics.

use crate::bot::view::reports::preset_name;
use crate::bot::view::text::{Texts, format_money, html_text, plain_text};
use crate::domain::figures::Figures;
use crate::domain::period::PeriodPreset;

/// The figures of a period, and of the one before it.
pub(crate) struct PeriodFigures {
    pub(crate) preset: PeriodPreset,
    pub(crate) now: Figures,
    pub(crate) before: Figures,
}

pub(crate) fn own_statistics(texts: &Texts, periods: &[PeriodFigures]) -> String {
    let mut blocks = vec![html_text!(texts, "own-statistics-title")];
    blocks.extend(periods.iter().map(|period| period_block(texts, period)));
    blocks.join("\n\n")
}

fn period_block(texts: &Texts, PeriodFigures { preset, now, before }: &PeriodFigures) -> String {
    let former = former_name(texts, *preset);
    let mut lines = vec![
        html_text!(texts, "report-line", name = preset_name(texts, *preset)),
        html_text!(
            texts,
            "own-statistics-closed",
            count = now.closed,
            former = &former,
            before = before.closed
        ),
        html_text!(
            texts,
            "own-statistics-share",
            share = format_money(texts, now.master_share),
            former = &former,
            before = format_money(texts, before.master_share)
        ),
    ];
    if now.closed > 0 {
        let (gross, net) = (format_money(texts, now.gross), format_money(texts, now.net));
        lines.push(html_text!(texts, "report-money", gross = gross, net = net));
    }
    if let Some(average) = now.average() {
        lines.push(html_text!(texts, "report-average", amount = format_money(texts, average)));
    }
    if now.refused > 0 || now.reviews > 0 {
        lines.push(html_text!(texts, "own-statistics-others", refused = now.refused, reviews = now.reviews));
    }
    lines.join("\n")
}

/// Names the period before another one, as in "yesterday".
fn former_name(texts: &Texts, preset: PeriodPreset) -> String {
    match preset {
        PeriodPreset::ThisWeek => plain_text!(texts, "own-statistics-last-week"),
        PeriodPreset::ThisMonth => plain_text!(texts, "own-statistics-last-month"),
        _ => plain_text!(texts, "own-statistics-yesterday"),
    }
}
