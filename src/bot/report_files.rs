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
use crate::telegram::Upload;

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

/// Makes the file that a message asks for; `None` when the request is not known or has nothing to show.
pub(crate) fn make_report_file(
    conn: &mut AnyConnection,
    zone: Tz,
    request: &Value,
) -> db::Result<Option<Upload>> {
    let Ok(wanted) = serde_json::from_value::<ReportFileRequest>(request.clone()) else { return Ok(None) };
    let period = ReportPeriod { from: wanted.from, to: wanted.to };
    let request = ReportRequest { kind: wanted.report, period, master: wanted.master.map(MasterId) };
    let texts = Texts::of(wanted.locale.parse().unwrap_or_default());
    let name = format!("{} {}", kind_name(texts, wanted.report), period_text(texts, period));
    match wanted.form {
        ReportForm::Workbook => match make_workbook(conn, request, zone, &ReportSheets { texts }) {
            Ok(bytes) => Ok(Some(Upload { field: "document", name: format!("{name}.xlsx"), bytes })),
            Err(SpreadsheetError::Database(error)) => Err(error),
            Err(SpreadsheetError::Workbook(error)) => {
                tracing::error!(%error, "report file could not be made");
                Ok(None)
            }
        },
        ReportForm::Chart => {
            let report = make_report(conn, request, zone)?;
            match draw_report(texts, &report) {
                Ok(bytes) => Ok(Some(Upload { field: "photo", name: format!("{name}.png"), bytes })),
                Err(error) => {
                    tracing::error!(%error, "report file could not be made");
                    Ok(None)
                }
            }
        }
    }
}
