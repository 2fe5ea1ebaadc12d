//! A report as a table.

use comfy_table::CellAlignment;

use super::super::output::Output;
use super::super::text::printable;
use crate::domain::figures::Figures;
use crate::report::{FigureRow, Report, ReportKind};

pub(super) fn render_table(output: Output, report: &Report) -> String {
    let heading = line_heading(report.kind);
    let mut table = output.table([
        heading,
        "NEW",
        "CLOSED",
        "REFUSED",
        "NO AMOUNTS",
        "GROSS",
        "MATERIALS",
        "NET",
        "MASTERS",
        "COMPANY",
        "AVERAGE",
        "REVIEWS",
    ]);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for row in &report.rows {
        table.add_row(cells(line_name(report.kind, row), &row.figures));
    }
    table.add_row(cells("total".to_owned(), &report.total));
    format!("{} to {}\n{}\n", report.period.from, report.period.to, table.trim_fmt())
}

fn cells(name: String, figures: &Figures) -> [String; 12] {
    [
        name,
        figures.created.to_string(),
        figures.closed.to_string(),
        figures.refused.to_string(),
        figures.without_amounts.to_string(),
        figures.gross.to_string(),
        figures.materials.to_string(),
        figures.net.to_string(),
        figures.master_share.to_string(),
        figures.company_share.to_string(),
        figures.average().map_or_else(|| "-".to_owned(), |average| average.to_string()),
        figures.reviews.to_string(),
    ]
}

fn line_heading(kind: ReportKind) -> &'static str {
    match kind {
        ReportKind::Masters => "MASTER",
        ReportKind::Types => "TYPE",
        ReportKind::Statuses => "STATUS",
        ReportKind::Dispatchers => "DISPATCHER",
        ReportKind::Reasons => "REASON",
        ReportKind::Days => "DAY",
        ReportKind::Orders => "ORDER",
    }
}

pub(super) fn line_name(kind: ReportKind, row: &FigureRow) -> String {
    let name = row.name.as_deref().map(printable);
    match (kind, row.key, name) {
        (ReportKind::Orders, Some(order), Some(equipment)) => format!("{order} {equipment}"),
        (_, _, Some(name)) => name,
        (_, Some(key), None) => key.to_string(),
        (_, None, None) => format!("(no {})", line_heading(kind).to_lowercase()),
    }
}
