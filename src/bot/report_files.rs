//! Reports as files: what a message asks the courier to make, and how it is made.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::callback::ReportForm;
use super::view::report_charts::draw_report;
use super::view::report_sheets::ReportSheets;
use super::view::reports::{kind_name, period_text};
use super::view::text::Texts;
use crate::db::{self, AnyConnection};
use crate::domain::ids::MasterId;
use crate::domain::locale::Locale;
use crate::domain::period::ReportPeriod;
use crate::report::{ReportKind, ReportRequest, SpreadsheetError, make_report, make_workbook};
use crate::telegram::{FileError, Upload};

/// What is to be in a file. It stays in the outbox, so that its names must be readable after an update of the program.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct ReportFileRequest {
    pub(crate) form: ReportForm,
    pub(crate) report: ReportKind,
    pub(crate) from: NaiveDate,
    /// The last day.
    pub(crate) to: NaiveDate,
    /// Only this master's orders.
    pub(crate) master: Option<i64>,
    /// The code of a language.
    pub(crate) locale: String,
}

impl ReportFileRequest {
    pub(crate) fn new(form: ReportForm, request: ReportRequest, locale: Locale) -> Self {
        let ReportRequest { kind, period, master } = request;
        let master = master.map(|master| master.0);
        Self { form, report: kind, from: period.from, to: period.to, master, locale: locale.to_string() }
    }

    /// The method that sends it (Telegram Bot API).
    pub(crate) fn method(&self) -> &'static str {
        match self.form {
            ReportForm::Workbook => "sendDocument",
            ReportForm::Chart => "sendPhoto",
        }
    }
}

/// Makes the file that a message asks for.
pub(crate) fn make_report_file(
    conn: &mut AnyConnection,
    zone: Tz,
    request: &Value,
) -> Result<Upload, FileError> {
    let wanted: ReportFileRequest =
        serde_json::from_value(request.clone()).map_err(|error| FileError::Permanent(error.to_string()))?;
    let period = ReportPeriod { from: wanted.from, to: wanted.to };
    let request = ReportRequest { kind: wanted.report, period, master: wanted.master.map(MasterId) };
    let texts = Texts::of(wanted.locale.parse().unwrap_or_default());
    let name = format!("{} {}", kind_name(texts, wanted.report), period_text(texts, period));
    // The rows of all sheets add up to their totals.
    db::in_snapshot(conn, |conn| match wanted.form {
        ReportForm::Workbook => {
            let bytes =
                make_workbook(conn, request, zone, &ReportSheets { texts }).map_err(workbook_error)?;
            Ok(Upload { field: "document", name: format!("{name}.xlsx"), bytes })
        }
        ReportForm::Chart => {
            let report = make_report(conn, request, zone)?;
            let drawn = draw_report(texts, &report);
            let bytes = drawn.map_err(|error| FileError::Permanent(error.to_string()))?;
            Ok(Upload { field: "photo", name: format!("{name}.png"), bytes })
        }
    })
}

fn workbook_error(error: SpreadsheetError) -> FileError {
    match error {
        SpreadsheetError::Database(error) => error.into(),
        SpreadsheetError::Workbook(error) if error.is_transient() => FileError::Transient(error.to_string()),
        SpreadsheetError::Workbook(error) => FileError::Permanent(error.to_string()),
    }
}
