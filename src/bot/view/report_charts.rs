//! Reports as pictures: columns for days, or months when there are many; bars for everything else.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, Weekday};

use super::reports::{kind_name, line_name, period_text};
use super::text::{Texts, format_money, plain_text};
use crate::domain::figures::Figures;
use crate::domain::money::Kopecks;
use crate::domain::period::ReportPeriod;
use crate::report::chart::{Bar, BarChart, ChartError, Column, ColumnChart, ColumnPanel};
use crate::report::{FigureRow, Report, ReportKind};

/// The most lines of a picture that can be read on a phone; the others are added up.
const MAX_BARS: usize = 12;
/// More days than these are shown as months.
const MAX_DAYS: i64 = 31;
/// The smallest distance of two lines of the grid: a thousand roubles.
const THOUSAND_ROUBLES: i64 = 100_000;

/// Draws a report as PNG.
pub(crate) fn draw_report(texts: &Texts, report: &Report) -> Result<Vec<u8>, ChartError> {
    match report.kind {
        ReportKind::Days => day_chart(texts, report).draw(),
        ReportKind::Statuses | ReportKind::Reasons => count_chart(texts, report).draw(),
        // Without money the numbers of orders are what there is to show.
        _ if report.total.gross <= Kopecks::ZERO => count_chart(texts, report).draw(),
        ReportKind::Masters | ReportKind::Types | ReportKind::Dispatchers | ReportKind::Orders => {
            money_chart(texts, report).draw()
        }
    }
}

/// The money of each line, with the company's share of it and the number of closed orders.
fn money_chart(texts: &Texts, report: &Report) -> BarChart {
    let bars = most_of(texts, report, |figures| figures.gross.0).into_iter().map(|(label, figures)| Bar {
        label,
        value: figures.gross.0,
        part: figures.company_share.0,
        text: plain_text!(
            texts,
            "chart-money-line",
            amount = format_money(texts, figures.gross),
            count = figures.closed
        ),
    });
    BarChart {
        title: kind_name(texts, report.kind),
        subtitle: plain_text!(texts, "chart-company-part", period = period_text(texts, report.period)),
        bars: bars.collect(),
    }
}

/// The number of orders of each line. A line of a report has at least one that was taken in or ended.
fn count_chart(texts: &Texts, report: &Report) -> BarChart {
    let count = |figures: &Figures| {
        if report.kind == ReportKind::Reasons {
            figures.refused
        } else {
            figures.created.max(figures.closed + figures.refused)
        }
    };
    let bars = most_of(texts, report, count).into_iter().map(|(label, figures)| Bar {
        label,
        value: count(&figures),
        part: count(&figures),
        text: count(&figures).to_string(),
    });
    BarChart {
        title: kind_name(texts, report.kind),
        subtitle: period_text(texts, report.period),
        bars: bars.collect(),
    }
}

/// Returns the lines with the highest values, and the sum of all others as the last line.
fn most_of(texts: &Texts, report: &Report, value: impl Fn(&Figures) -> i64) -> Vec<(String, Figures)> {
    let mut rows: Vec<&FigureRow> = report.rows.iter().filter(|row| value(&row.figures) > 0).collect();
    rows.sort_by_key(|row| -value(&row.figures));
    let others = rows.split_off(rows.len().min(if rows.len() > MAX_BARS { MAX_BARS - 1 } else { MAX_BARS }));
    let mut lines: Vec<_> =
        rows.iter().map(|row| (line_name(texts, report.kind, row), row.figures)).collect();
    if !others.is_empty() {
        let sum = others.iter().map(|row| row.figures).sum();
        lines.push((plain_text!(texts, "chart-others", count = others.len()), sum));
    }
    lines
}

fn day_chart<'a>(texts: &'a Texts, report: &Report) -> ColumnChart<'a> {
    let by_day: BTreeMap<NaiveDate, Figures> =
        report.rows.iter().filter_map(|row| Some((row.name.as_ref()?.parse().ok()?, row.figures))).collect();
    let ReportPeriod { from, to } = report.period;
    let columns = if (to - from).num_days() < MAX_DAYS {
        let figures_of = |day: &NaiveDate| by_day.get(day).copied().unwrap_or_default();
        report.period.days().map(|day| day_column(day, figures_of(&day))).collect()
    } else {
        month_columns(&by_day)
    };
    ColumnChart {
        title: kind_name(texts, ReportKind::Days),
        subtitle: period_text(texts, report.period),
        panels: vec![
            ColumnPanel {
                name: plain_text!(texts, "chart-gross"),
                unit: THOUSAND_ROUBLES,
                format: thousands_of(texts),
            },
            ColumnPanel {
                name: plain_text!(texts, "chart-closed"),
                unit: 1,
                format: Box::new(|count| count.to_string()),
            },
        ],
        columns,
    }
}

fn day_column(day: NaiveDate, figures: Figures) -> Column {
    Column {
        label: day.day().to_string(),
        values: vec![figures.gross.0, figures.closed],
        is_quiet: matches!(day.weekday(), Weekday::Sat | Weekday::Sun),
    }
}

/// Adds up the days of each month; a month without orders between two others is shown, too.
fn month_columns(by_day: &BTreeMap<NaiveDate, Figures>) -> Vec<Column> {
    let month_of = |day: &NaiveDate| day.year() * 12 + i32::try_from(day.month0()).unwrap_or(0);
    let mut months: BTreeMap<i32, Figures> = BTreeMap::new();
    if let (Some((first, _)), Some((last, _))) = (by_day.first_key_value(), by_day.last_key_value()) {
        months.extend((month_of(first)..=month_of(last)).map(|month| (month, Figures::default())));
    }
    for (day, figures) in by_day {
        *months.entry(month_of(day)).or_default() += *figures;
    }
    let column = |(month, figures): (i32, Figures)| Column {
        label: format!("{:02}.{:02}", month.rem_euclid(12) + 1, month.div_euclid(12).rem_euclid(100)),
        values: vec![figures.gross.0, figures.closed],
        is_quiet: false,
    };
    months.into_iter().map(column).collect()
}

/// Returns how an amount in kopecks stands beside the grid, in thousands of roubles.
fn thousands_of(texts: &Texts) -> Box<dyn Fn(i64) -> String + '_> {
    Box::new(move |kopecks| match Kopecks(kopecks) {
        Kopecks::ZERO => "0".to_owned(),
        Kopecks(kopecks) => plain_text!(texts, "chart-thousands", count = kopecks / THOUSAND_ROUBLES),
    })
}
