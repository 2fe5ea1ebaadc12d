//! A statement as a workbook: what a message asks the courier to make, and how it is made.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::view::statement::{entry_name, file_name, summary};
use super::view::text::{Texts, plain_text};
use crate::db::{AnyConnection, masters};
use crate::domain::ids::MasterId;
use crate::domain::locale::Locale;
use crate::domain::money::Kopecks;
use crate::domain::period::ReportPeriod;
use crate::report::xlsx::{Cell, SheetColumn, SheetSpec, WorkbookError, WorkbookWriter};
use crate::service::statements::{Statement, read_statement};
use crate::telegram::{ContentError, MadeContent, Upload};

/// What is to be in a file. It stays in the outbox, so that its names must be readable after an update of the program.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct StatementFileRequest {
    pub(crate) statement_of: i64,
    pub(crate) from: NaiveDate,
    /// The last day.
    pub(crate) to: NaiveDate,
    /// The code of a language.
    pub(crate) locale: String,
}

impl StatementFileRequest {
    pub(crate) fn new(MasterId(master): MasterId, period: ReportPeriod, locale: Locale) -> Self {
        Self { statement_of: master, from: period.from, to: period.to, locale: locale.to_string() }
    }
}

/// Makes the file that a message asks for, with its caption.
pub(crate) fn make_statement_file(
    conn: &mut AnyConnection,
    zone: Tz,
    wanted: &StatementFileRequest,
) -> Result<MadeContent, ContentError> {
    let texts = Texts::of(wanted.locale.parse().unwrap_or_default());
    let period = ReportPeriod { from: wanted.from, to: wanted.to };
    let Some(master) = masters::find_master(conn, MasterId(wanted.statement_of))? else {
        return Err(ContentError::Permanent("there is no such master".to_owned()));
    };
    let statement = read_statement(conn, master, period, zone)?;
    let bytes = make_workbook(texts, zone, &statement).map_err(|error| {
        let text = error.to_string();
        if error.is_transient() { ContentError::Transient(text) } else { ContentError::Permanent(text) }
    })?;
    let upload = Upload { field: "document", name: format!("{}.xlsx", file_name(texts, &statement)), bytes };
    Ok(MadeContent::File { upload, caption: summary(texts, &statement) })
}

fn make_workbook(texts: &Texts, zone: Tz, statement: &Statement) -> Result<Vec<u8>, WorkbookError> {
    let column = |header, width, total| SheetColumn { header, width, total };
    let spec = SheetSpec {
        name: statement.master.name.clone(),
        columns: vec![
            column(plain_text!(texts, "sheet-entry-date"), 17.0, None),
            column(plain_text!(texts, "sheet-entry"), 34.0, None),
            column(plain_text!(texts, "sheet-entry-order"), 10.0, None),
            column(plain_text!(texts, "sheet-entry-amount"), 16.0, Some(Cell::Money(statement.closing()))),
            column(plain_text!(texts, "sheet-entry-balance"), 16.0, None),
            column(plain_text!(texts, "sheet-entry-note"), 40.0, None),
        ],
        total_label: Some(plain_text!(texts, "sheet-closing-balance")),
        chart: None,
    };
    let mut writer = WorkbookWriter::new();
    writer.add_sheet::<WorkbookError>(&spec, |rows| {
        let mut balance = statement.opening;
        rows.push_row(&[
            Cell::Day(statement.period.from),
            Cell::Text(plain_text!(texts, "sheet-opening-balance")),
            Cell::Empty,
            Cell::Money(balance),
            Cell::Money(balance),
        ])?;
        for entry in &statement.entries {
            balance = Kopecks(balance.0 + entry.amount.0);
            rows.push_row(&[
                Cell::Moment(entry.at.with_timezone(&zone).naive_local()),
                Cell::Text(entry_name(texts, entry.kind)),
                entry.order.map_or(Cell::Empty, |order| Cell::Count(order.0)),
                Cell::Money(entry.amount),
                Cell::Money(balance),
                entry.note.clone().map_or(Cell::Empty, Cell::Text),
            ])?;
        }
        Ok(())
    })?;
    writer.finish()
}
