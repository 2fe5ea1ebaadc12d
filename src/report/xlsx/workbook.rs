//! Sheets with a header, rows, totals and a chart.

use chrono::{NaiveDate, NaiveDateTime};
use rust_xlsxwriter::{
    Chart, ChartType, Color, Format, FormatAlign, FormatBorder, Formula, Workbook, Worksheet, XlsxError,
    column_number_to_name,
};
use thiserror::Error;

use super::sheet_name::unique_sheet_name;
use crate::domain::money::Kopecks;

/// The most characters of a cell; longer texts are cut. Excel takes 32,767 UTF-16 units, of which a character is at most two.
const MAX_TEXT: usize = 16_000;
/// The most bars of a chart; more cannot be read.
const MAX_CHART_ROWS: u32 = 30;
const MONEY_FORMAT: &str = "#,##0.00\\ \"₽\"";
const COUNT_FORMAT: &str = "0";
const PERCENT_FORMAT: &str = "0%";
const DAY_FORMAT: &str = "dd.mm.yyyy";
const MOMENT_FORMAT: &str = "dd.mm.yyyy hh:mm";

/// Why a workbook could not be made: a full disk, or more rows than Excel knows (1,048,576).
#[derive(Debug, Error)]
#[error("the workbook cannot be made: {0}")]
pub(crate) struct WorkbookError(#[from] XlsxError);

impl WorkbookError {
    /// Tells whether making it again can succeed, as when the disk was full.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self.0, XlsxError::IoError(_) | XlsxError::ZipError(_))
    }
}

/// The content of a cell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Empty,
    Text(String),
    Count(i64),
    Money(Kopecks),
    /// Whole per cent.
    Percent(i64),
    Day(NaiveDate),
    /// In the time zone of the company.
    Moment(NaiveDateTime),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SheetColumn {
    pub(crate) header: String,
    /// In characters.
    pub(crate) width: f64,
    /// The sum of the rows, which the last row of the sheet shows as a formula; `None` for a column without a total.
    pub(crate) total: Option<Cell>,
}

/// A bar chart of some columns by the first one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SheetChart {
    pub(crate) title: String,
    /// The columns, counted from 0.
    pub(crate) columns: Vec<u16>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SheetSpec {
    /// Made valid and unique if it is not.
    pub(crate) name: String,
    pub(crate) columns: Vec<SheetColumn>,
    /// Stands before the totals; `None` for a sheet without them.
    pub(crate) total_label: Option<String>,
    pub(crate) chart: Option<SheetChart>,
}

/// Writes the sheets of a workbook one after the other.
pub(crate) struct WorkbookWriter {
    workbook: Workbook,
    formats: CellFormats,
    names: Vec<String>,
}

struct CellFormats {
    header: Format,
    total: Format,
    money: Format,
    count: Format,
    percent: Format,
    day: Format,
    moment: Format,
}

/// Takes the rows of a sheet.
pub(crate) struct RowWriter<'a> {
    sheet: &'a mut Worksheet,
    formats: &'a CellFormats,
    next: u32,
}

impl WorkbookWriter {
    pub(crate) fn new() -> Self {
        let bold = Format::new().set_bold();
        let number = |format: &str| Format::new().set_num_format(format);
        let formats = CellFormats {
            header: bold
                .clone()
                .set_background_color(Color::RGB(0x00D9_E5F3))
                .set_border_bottom(FormatBorder::Thin)
                .set_text_wrap()
                .set_align(FormatAlign::VerticalCenter),
            total: bold.set_border_top(FormatBorder::Thin),
            money: number(MONEY_FORMAT),
            count: number(COUNT_FORMAT),
            percent: number(PERCENT_FORMAT),
            day: number(DAY_FORMAT),
            moment: number(MOMENT_FORMAT),
        };
        Self { workbook: Workbook::new(), formats, names: Vec::new() }
    }

    /// Adds a sheet; `write_rows` gives its rows in their order.
    pub(crate) fn add_sheet<E: From<WorkbookError>>(
        &mut self,
        spec: &SheetSpec,
        write_rows: impl FnOnce(&mut RowWriter<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let name = unique_sheet_name(&spec.name, &self.names);
        let sheet = self.workbook.add_worksheet_with_constant_memory().map_err(WorkbookError)?;
        begin_sheet(sheet, &name, spec, &self.formats).map_err(WorkbookError)?;
        let mut rows = RowWriter { sheet, formats: &self.formats, next: 1 };
        write_rows(&mut rows)?;
        let end = rows.next;
        finish_sheet(sheet, &name, spec, &self.formats, end).map_err(WorkbookError)?;
        self.names.push(name);
        Ok(())
    }

    /// Returns the workbook as a file.
    pub(crate) fn finish(mut self) -> Result<Vec<u8>, WorkbookError> {
        Ok(self.workbook.save_to_buffer()?)
    }
}

impl RowWriter<'_> {
    pub(crate) fn push_row(&mut self, cells: &[Cell]) -> Result<(), WorkbookError> {
        for (column, cell) in (0..).zip(cells) {
            write_cell(self.sheet, self.next, column, cell, self.formats)?;
        }
        self.next += 1;
        Ok(())
    }
}

fn begin_sheet(
    sheet: &mut Worksheet,
    name: &str,
    spec: &SheetSpec,
    formats: &CellFormats,
) -> Result<(), XlsxError> {
    sheet.set_name(name)?;
    sheet.set_freeze_panes(1, 0)?;
    for (column, described) in (0..).zip(&spec.columns) {
        sheet.set_column_width(column, described.width)?;
        sheet.write_string_with_format(0, column, &described.header, &formats.header)?;
    }
    Ok(())
}

/// Writes the totals below the rows, which end before row `end`.
fn finish_sheet(
    sheet: &mut Worksheet,
    name: &str,
    spec: &SheetSpec,
    formats: &CellFormats,
    end: u32,
) -> Result<(), XlsxError> {
    let Some(last_column) = spec.columns.len().checked_sub(1).and_then(|last| u16::try_from(last).ok())
    else {
        return Ok(());
    };
    let last_row = end - 1;
    sheet.autofilter(0, 0, last_row, last_column)?;
    if last_row == 0 {
        return Ok(());
    }
    if let Some(label) = &spec.total_label {
        sheet.write_string_with_format(end, 0, label, &formats.total)?;
        for (column, described) in (0..).zip(&spec.columns) {
            if let Some(total) = &described.total {
                write_total(sheet, end, column, total, formats)?;
            }
        }
    }
    if let Some(chart) = &spec.chart {
        insert_chart(sheet, name, spec, chart, end)?;
    }
    Ok(())
}

/// Writes the sum of the rows above as a formula that counts only what the filter shows, with its value.
fn write_total(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    total: &Cell,
    formats: &CellFormats,
) -> Result<(), XlsxError> {
    let (value, format) = match total {
        Cell::Money(amount) => {
            (roubles(*amount).to_string(), formats.total.clone().set_num_format(MONEY_FORMAT))
        }
        Cell::Count(count) => (count.to_string(), formats.total.clone().set_num_format(COUNT_FORMAT)),
        _ => return Ok(()),
    };
    let letter = column_number_to_name(column);
    let formula = Formula::new(format!("=SUBTOTAL(109,{letter}2:{letter}{row})")).set_result(value);
    sheet.write_formula_with_format(row, column, formula, &format)?;
    Ok(())
}

fn insert_chart(
    sheet: &mut Worksheet,
    name: &str,
    spec: &SheetSpec,
    described: &SheetChart,
    end: u32,
) -> Result<(), XlsxError> {
    let last_row = (end - 1).min(MAX_CHART_ROWS);
    let mut chart = Chart::new(ChartType::Bar);
    chart.title().set_name(&described.title);
    for column in &described.columns {
        let header = spec.columns.get(usize::from(*column)).map_or("", |column| column.header.as_str());
        chart
            .add_series()
            .set_categories((name, 1, 0, last_row, 0))
            .set_values((name, 1, *column, last_row, *column))
            .set_name(header);
    }
    chart.set_width(720).set_height(160 + 28 * last_row);
    // The first line at the top, as in the sheet.
    chart.y_axis().set_reverse();
    sheet.insert_chart(end + 2, 0, &chart)?;
    Ok(())
}

#[allow(clippy::cast_precision_loss)]
fn write_cell(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    formats: &CellFormats,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => {
            sheet.write_string(row, column, text.chars().take(MAX_TEXT).collect::<String>())?;
        }
        Cell::Count(count) => {
            sheet.write_number_with_format(row, column, *count as f64, &formats.count)?;
        }
        Cell::Money(amount) => {
            sheet.write_number_with_format(row, column, roubles(*amount), &formats.money)?;
        }
        Cell::Percent(part) => {
            sheet.write_number_with_format(row, column, *part as f64 / 100.0, &formats.percent)?;
        }
        Cell::Day(day) => {
            sheet.write_datetime_with_format(row, column, day, &formats.day)?;
        }
        Cell::Moment(moment) => {
            sheet.write_datetime_with_format(row, column, moment, &formats.moment)?;
        }
    }
    Ok(())
}

/// The largest amount is far below what a float holds exactly.
#[allow(clippy::cast_precision_loss)]
fn roubles(amount: Kopecks) -> f64 {
    amount.0 as f64 / 100.0
}
