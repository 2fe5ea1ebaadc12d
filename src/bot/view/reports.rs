//! Reports that fit on a phone.

use chrono::NaiveDate;

use crate::bot::view::html::{fit_fields, shorten_text};
use crate::bot::view::names;
use crate::bot::view::paging::Paging;
use crate::bot::view::text::{Texts, format_day, format_money, html_text, plain_text};
use crate::bot::view::visits::day_text;
use crate::domain::figures::Figures;
use crate::domain::master::Master;
use crate::domain::money::Kopecks;
use crate::domain::period::{PeriodPreset, ReportPeriod};
use crate::domain::status::OrderStatus;
use crate::report::{FigureRow, Report, ReportKind};

/// Renders a page of a report, with the total of all pages.
pub(crate) fn report_page(texts: &Texts, report: &Report, paging: Paging) -> String {
    let title = html_text!(texts, "report-title", report = kind_name(texts, report.kind));
    render_pages(texts, &title, report, paging, |row, max| line_block(texts, report.kind, row, max))
}

/// Renders the totals of a master, and a page of their orders.
pub(crate) fn master_report(texts: &Texts, master: &Master, report: &Report, paging: Paging) -> String {
    let title = html_text!(texts, "report-master-title", name = shorten_text(&master.name, 100));
    render_pages(texts, &title, report, paging, |row, max| order_line(texts, row, max))
}

fn render_pages(
    texts: &Texts,
    title: &str,
    report: &Report,
    paging: Paging,
    line: impl Fn(&FigureRow, usize) -> String,
) -> String {
    let header = format!("{title}\n{}", period_text(texts, report.period));
    if report.rows.is_empty() {
        return format!("{header}\n\n{}", html_text!(texts, "report-empty"));
    }
    let separator = if is_one_line(report.kind) { "\n" } else { "\n\n" };
    fit_fields(|max| {
        let lines: Vec<String> = paging.slice(&report.rows).iter().map(|row| line(row, max)).collect();
        let mut blocks = vec![header.clone(), lines.join(separator), total_block(texts, report)];
        if paging.pages > 1 {
            blocks.push(html_text!(texts, "list-page", page = paging.page.0, pages = paging.pages));
        }
        blocks.join("\n\n")
    })
}

fn is_one_line(kind: ReportKind) -> bool {
    matches!(kind, ReportKind::Reasons | ReportKind::Orders)
}

fn line_block(texts: &Texts, kind: ReportKind, row: &FigureRow, max: usize) -> String {
    let name = shorten_text(&line_name(texts, kind, row), max);
    match kind {
        ReportKind::Orders => return order_line(texts, row, max),
        ReportKind::Reasons => {
            return html_text!(texts, "report-reason", reason = name, count = row.figures.refused);
        }
        _ => {}
    }
    let figures = &row.figures;
    let mut lines = vec![html_text!(texts, "report-line", name = name), counts_line(texts, figures)];
    if has_money(figures) {
        lines.push(html_text!(
            texts,
            "report-money",
            gross = format_money(texts, figures.gross),
            net = format_money(texts, figures.net)
        ));
        lines.push(html_text!(
            texts,
            "report-shares",
            master = format_money(texts, figures.master_share),
            company = format_money(texts, figures.company_share)
        ));
    }
    if figures.without_amounts > 0 {
        lines.push(html_text!(texts, "report-without-amounts", count = figures.without_amounts));
    }
    lines.join("\n")
}

fn counts_line(texts: &Texts, figures: &Figures) -> String {
    html_text!(
        texts,
        "report-counts",
        created = figures.created,
        closed = figures.closed,
        refused = figures.refused
    )
}

fn has_money(figures: &Figures) -> bool {
    figures.closed > figures.without_amounts
}

/// Renders what an order is about and how it ended.
fn order_line(texts: &Texts, row: &FigureRow, max: usize) -> String {
    let figures = &row.figures;
    let equipment = row.name.as_deref().map(|name| names::equipment_name(texts, name)).unwrap_or_default();
    let outcome = if figures.closed > 0 && figures.without_amounts > 0 {
        plain_text!(texts, "report-order-without-amounts")
    } else if figures.closed > 0 {
        let amount = format_money(texts, figures.gross);
        plain_text!(texts, "report-order-closed", amount = amount)
    } else if figures.refused > 0 {
        plain_text!(texts, "report-order-refused")
    } else {
        plain_text!(texts, "report-order-created")
    };
    let number = row.key.unwrap_or_default().to_string();
    html_text!(
        texts,
        "report-order",
        id = number,
        equipment = shorten_text(&equipment, max.min(40)),
        outcome = outcome
    )
}

fn total_block(texts: &Texts, report: &Report) -> String {
    let total = &report.total;
    if report.kind == ReportKind::Reasons {
        return html_text!(texts, "report-refused-total", count = total.refused);
    }
    let mut lines = vec![html_text!(texts, "report-total"), counts_line(texts, total)];
    if has_money(total) {
        let money = |amount: Kopecks| format_money(texts, amount);
        lines.push(html_text!(texts, "report-gross", amount = money(total.gross)));
        lines.push(html_text!(texts, "report-materials", amount = money(total.materials)));
        lines.push(html_text!(texts, "report-net", amount = money(total.net)));
        lines.push(html_text!(texts, "report-master-share", amount = money(total.master_share)));
        lines.push(html_text!(texts, "report-company-share", amount = money(total.company_share)));
    }
    if let Some(average) = total.average() {
        lines.push(html_text!(texts, "report-average", amount = format_money(texts, average)));
    }
    if let Some(percent) = total.conversion() {
        lines.push(html_text!(texts, "report-conversion", percent = percent));
    }
    if total.reviews > 0 {
        lines.push(html_text!(texts, "report-reviews", count = total.reviews));
    }
    if total.without_amounts > 0 {
        lines.push(html_text!(texts, "report-without-amounts", count = total.without_amounts));
    }
    lines.join("\n")
}

/// Renders what a picture or workbook of a report holds.
pub(crate) fn file_caption(texts: &Texts, name: &str, period: ReportPeriod, total: &Figures) -> String {
    let mut lines = vec![
        html_text!(texts, "report-title", report = shorten_text(name, 100)),
        period_text(texts, period),
        counts_line(texts, total),
    ];
    if has_money(total) {
        let (gross, net) = (format_money(texts, total.gross), format_money(texts, total.net));
        lines.push(html_text!(texts, "report-money", gross = gross, net = net));
    }
    lines.join("\n")
}

/// Returns the name of a line in the reader's language.
pub(crate) fn line_name(texts: &Texts, kind: ReportKind, row: &FigureRow) -> String {
    let Some(name) = &row.name else {
        return match row.key {
            Some(key) => format!("№{key}"),
            None => nameless(texts, kind),
        };
    };
    match kind {
        ReportKind::Types | ReportKind::Orders => names::equipment_name(texts, name),
        ReportKind::Statuses => name
            .parse::<OrderStatus>()
            .map_or_else(|_| name.clone(), |status| names::status_name(texts, status)),
        ReportKind::Days => {
            name.parse::<NaiveDate>().map_or_else(|_| name.clone(), |day| day_text(texts, day))
        }
        ReportKind::Masters | ReportKind::Dispatchers | ReportKind::Reasons => name.clone(),
    }
}

fn nameless(texts: &Texts, kind: ReportKind) -> String {
    match kind {
        ReportKind::Masters => plain_text!(texts, "report-no-master"),
        ReportKind::Types => plain_text!(texts, "report-no-type"),
        ReportKind::Dispatchers => plain_text!(texts, "report-no-dispatcher"),
        ReportKind::Reasons => plain_text!(texts, "report-no-reason"),
        ReportKind::Statuses | ReportKind::Days | ReportKind::Orders => "—".to_owned(),
    }
}

/// Renders the numbers of open orders by status and by master.
pub(crate) fn active_orders(texts: &Texts, counts: &[(OrderStatus, i64)], loads: &[(Master, i64)]) -> String {
    let open: Vec<_> =
        counts.iter().filter(|(status, count)| status.is_open() && *count > 0).copied().collect();
    let total: i64 = open.iter().map(|(_, count)| count).sum();
    let header = html_text!(texts, "report-active-title", count = total);
    fit_fields(|max| {
        let statuses = open.iter().map(|(status, count)| {
            let name = names::status_name(texts, *status);
            html_text!(texts, "report-reason", reason = name, count = *count)
        });
        let masters = loads.iter().map(|(master, load)| {
            let name = shorten_text(&master.name, max.min(60));
            html_text!(texts, "report-reason", reason = name, count = *load)
        });
        let blocks = [vec![header.clone()], statuses.collect(), masters.collect()];
        let blocks = blocks.iter().filter(|lines: &&Vec<String>| !lines.is_empty());
        blocks.map(|lines| lines.join("\n")).collect::<Vec<_>>().join("\n\n")
    })
}

pub(crate) fn kind_name(texts: &Texts, kind: ReportKind) -> String {
    match kind {
        ReportKind::Masters => plain_text!(texts, "report-kind-masters"),
        ReportKind::Types => plain_text!(texts, "report-kind-types"),
        ReportKind::Statuses => plain_text!(texts, "report-kind-statuses"),
        ReportKind::Dispatchers => plain_text!(texts, "report-kind-dispatchers"),
        ReportKind::Reasons => plain_text!(texts, "report-kind-reasons"),
        ReportKind::Days => plain_text!(texts, "report-kind-days"),
        ReportKind::Orders => plain_text!(texts, "report-kind-orders"),
    }
}

pub(crate) fn preset_name(texts: &Texts, preset: PeriodPreset) -> String {
    match preset {
        PeriodPreset::Today => plain_text!(texts, "period-today"),
        PeriodPreset::Yesterday => plain_text!(texts, "period-yesterday"),
        PeriodPreset::ThisWeek => plain_text!(texts, "period-this-week"),
        PeriodPreset::LastWeek => plain_text!(texts, "period-last-week"),
        PeriodPreset::ThisMonth => plain_text!(texts, "period-this-month"),
        PeriodPreset::LastMonth => plain_text!(texts, "period-last-month"),
        PeriodPreset::ThisYear => plain_text!(texts, "period-this-year"),
        PeriodPreset::All => plain_text!(texts, "period-all"),
    }
}

/// Returns the days of a period: `01.11.2026 – 30.11.2026`.
pub(crate) fn period_text(texts: &Texts, period: ReportPeriod) -> String {
    let (from, to) = (format_day(texts, period.from), format_day(texts, period.to));
    if period.from == period.to { from } else { format!("{from} – {to}") }
}
