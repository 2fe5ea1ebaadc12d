//! A report as a workbook: its lines with totals and a chart, and the single orders behind them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use thiserror::Error;

use super::figures::{FigureRow, Report, ReportKind, ReportRequest, make_report};
use super::xlsx::{Cell, RowWriter, SheetChart, SheetColumn, SheetSpec, WorkbookError, WorkbookWriter};
use crate::db::order_figures::{self, FigureFilter, OrderFigures};
use crate::db::{self, AnyConnection};
use crate::domain::figures::Figures;

/// A header or another fixed word of a workbook.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SheetLabel {
    /// What the lines stand for; also the name of their sheet.
    Lines(ReportKind),
    Orders,
    Created,
    Closed,
    Refused,
    WithoutAmounts,
    Gross,
    Materials,
    Net,
    MasterShare,
    CompanyShare,
    Average,
    Conversion,
    Reviews,
    Total,
    Number,
    Status,
    EquipmentType,
    Master,
    Dispatcher,
    CreatedAt,
    ClosedAt,
}

/// The words of a workbook in its reader's language.
pub(crate) trait SheetTexts {
    fn label(&self, label: SheetLabel) -> String;
    /// Returns what a line stands for.
    fn line_name(&self, kind: ReportKind, row: &FigureRow) -> String;
    /// Returns the name of a stored status.
    fn status_name(&self, status: &str) -> String;
    /// Returns the name of a stored type of equipment.
    fn equipment_name(&self, equipment: &str) -> String;
}

#[derive(Debug, Error)]
pub(crate) enum SpreadsheetError {
    #[error(transparent)]
    Database(#[from] db::Error),
    #[error(transparent)]
    Workbook(#[from] WorkbookError),
}

/// Makes the workbook of a report.
pub(crate) fn make_workbook(
    conn: &mut AnyConnection,
    request: ReportRequest,
    zone: Tz,
    texts: &dyn SheetTexts,
) -> Result<Vec<u8>, SpreadsheetError> {
    let mut writer = WorkbookWriter::new();
    // The single orders are a sheet of their own, which does not hold all of them in memory.
    if request.kind != ReportKind::Orders {
        let report = make_report(conn, request, zone)?;
        writer.add_sheet(&line_sheet(&report, texts), |rows| write_lines(rows, &report, texts))?;
    }
    write_orders(conn, &mut writer, request, zone, texts)?;
    Ok(writer.finish()?)
}

const NAME_WIDTH: f64 = 30.0;
const MONEY_WIDTH: f64 = 15.0;
const COUNT_WIDTH: f64 = 11.0;
const TIME_WIDTH: f64 = 17.0;
/// The columns of the chart: gross, and the company's share.
const CHART_COLUMNS: [u16; 2] = [5, 9];

fn line_sheet(report: &Report, texts: &dyn SheetTexts) -> SheetSpec {
    let column = |label: SheetLabel, width: f64, total: Option<Cell>| SheetColumn {
        header: texts.label(label),
        width,
        total,
    };
    let total = &report.total;
    let mut columns = vec![
        column(SheetLabel::Lines(report.kind), NAME_WIDTH, None),
        column(SheetLabel::Created, COUNT_WIDTH, Some(Cell::Count(total.created))),
        column(SheetLabel::Closed, COUNT_WIDTH, Some(Cell::Count(total.closed))),
        column(SheetLabel::Refused, COUNT_WIDTH, Some(Cell::Count(total.refused))),
        column(SheetLabel::WithoutAmounts, COUNT_WIDTH, Some(Cell::Count(total.without_amounts))),
    ];
    columns.extend(money_columns(total, texts));
    columns.push(column(SheetLabel::Average, MONEY_WIDTH, None));
    columns.push(column(SheetLabel::Conversion, COUNT_WIDTH, None));
    columns.push(column(SheetLabel::Reviews, COUNT_WIDTH, Some(Cell::Count(total.reviews))));
    let has_money = report.total.gross.0 > 0;
    SheetSpec {
        name: texts.label(SheetLabel::Lines(report.kind)),
        columns,
        total_label: Some(texts.label(SheetLabel::Total)),
        chart: has_money.then(|| SheetChart {
            title: texts.label(SheetLabel::Lines(report.kind)),
            columns: CHART_COLUMNS.to_vec(),
        }),
    }
}

fn money_columns(total: &Figures, texts: &dyn SheetTexts) -> [SheetColumn; 5] {
    [
        (SheetLabel::Gross, total.gross),
        (SheetLabel::Materials, total.materials),
        (SheetLabel::Net, total.net),
        (SheetLabel::MasterShare, total.master_share),
        (SheetLabel::CompanyShare, total.company_share),
    ]
    .map(|(label, amount)| SheetColumn {
        header: texts.label(label),
        width: MONEY_WIDTH,
        total: Some(Cell::Money(amount)),
    })
}

fn money_cells(figures: &Figures) -> [Cell; 5] {
    [figures.gross, figures.materials, figures.net, figures.master_share, figures.company_share]
        .map(Cell::Money)
}

fn write_lines(
    rows: &mut RowWriter<'_>,
    report: &Report,
    texts: &dyn SheetTexts,
) -> Result<(), SpreadsheetError> {
    for row in &report.rows {
        let figures = &row.figures;
        let mut cells = vec![
            line_cell(report.kind, row, texts),
            Cell::Count(figures.created),
            Cell::Count(figures.closed),
            Cell::Count(figures.refused),
            Cell::Count(figures.without_amounts),
        ];
        cells.extend(money_cells(figures));
        cells.push(figures.average().map_or(Cell::Empty, Cell::Money));
        cells.push(figures.conversion().map_or(Cell::Empty, Cell::Percent));
        cells.push(Cell::Count(figures.reviews));
        rows.push_row(&cells)?;
    }
    Ok(())
}

/// Returns what a line stands for; days are dates, so that they can be sorted and counted with.
fn line_cell(kind: ReportKind, row: &FigureRow, texts: &dyn SheetTexts) -> Cell {
    let day = row.name.as_ref().filter(|_| kind == ReportKind::Days).and_then(|name| name.parse().ok());
    day.map_or_else(|| Cell::Text(texts.line_name(kind, row)), Cell::Day)
}

/// The names of masters and dispatchers by their ids.
struct OrderNames {
    masters: BTreeMap<i64, String>,
    dispatchers: BTreeMap<i64, String>,
}

impl OrderNames {
    fn load(conn: &mut AnyConnection, request: ReportRequest, zone: Tz) -> db::Result<Self> {
        let mut names_of = |kind: ReportKind| -> db::Result<BTreeMap<i64, String>> {
            let rows = make_report(conn, ReportRequest { kind, ..request }, zone)?.rows;
            Ok(rows.into_iter().filter_map(|row| Some((row.key?, row.name?))).collect())
        };
        Ok(Self { masters: names_of(ReportKind::Masters)?, dispatchers: names_of(ReportKind::Dispatchers)? })
    }
}

fn write_orders(
    conn: &mut AnyConnection,
    writer: &mut WorkbookWriter,
    request: ReportRequest,
    zone: Tz,
    texts: &dyn SheetTexts,
) -> Result<(), SpreadsheetError> {
    let total = make_report(conn, ReportRequest { kind: ReportKind::Statuses, ..request }, zone)?.total;
    let names = OrderNames::load(conn, request, zone)?;
    // A period at the end of time has no orders.
    let bounds = request.period.utc_bounds(zone);
    writer.add_sheet(&order_sheet(&total, texts), |rows| {
        let Some((from, until)) = bounds else { return Ok(()) };
        let filter = FigureFilter { from, until, master: request.master };
        let mut failure = None;
        let read = order_figures::for_each_order(conn, filter, |order| {
            rows.push_row(&order_cells(&order, &names, zone, texts)).map_err(|error| {
                failure = Some(error);
                // Ends the reading; the reason is `failure`.
                db::Error::Stopped
            })
        });
        match failure {
            Some(error) => Err(error.into()),
            None => Ok(read?),
        }
    })
}

fn order_sheet(total: &Figures, texts: &dyn SheetTexts) -> SheetSpec {
    let column =
        |label: SheetLabel, width: f64| SheetColumn { header: texts.label(label), width, total: None };
    let mut columns = vec![
        column(SheetLabel::Number, COUNT_WIDTH),
        column(SheetLabel::CreatedAt, TIME_WIDTH),
        column(SheetLabel::ClosedAt, TIME_WIDTH),
        column(SheetLabel::Status, TIME_WIDTH),
        column(SheetLabel::EquipmentType, NAME_WIDTH),
        column(SheetLabel::Master, NAME_WIDTH),
        column(SheetLabel::Dispatcher, NAME_WIDTH),
    ];
    columns.extend(money_columns(total, texts));
    SheetSpec {
        name: texts.label(SheetLabel::Orders),
        columns,
        total_label: Some(texts.label(SheetLabel::Total)),
        chart: None,
    }
}

fn order_cells(order: &OrderFigures, names: &OrderNames, zone: Tz, texts: &dyn SheetTexts) -> Vec<Cell> {
    let local = |moment: DateTime<Utc>| Cell::Moment(moment.with_timezone(&zone).naive_local());
    let name = |names: &BTreeMap<i64, String>, id: Option<i64>| {
        let found = id.map(|id| names.get(&id).cloned().unwrap_or_else(|| id.to_string()));
        found.map_or(Cell::Empty, Cell::Text)
    };
    let mut cells = vec![
        Cell::Count(order.order.0),
        local(order.created_at),
        order.closed_at.map_or(Cell::Empty, local),
        Cell::Text(texts.status_name(&order.status)),
        Cell::Text(texts.equipment_name(&order.equipment)),
        name(&names.masters, order.master.map(|master| master.0)),
        name(&names.dispatchers, order.dispatcher.map(|dispatcher| dispatcher.0)),
    ];
    cells.extend(money_cells(&order.figures));
    cells
}
