//! Reports as pages of text and as files: what a message asks the courier to make, and how it is made.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use super::callback::ReportForm;
use super::callback::{Callback, PageNumber, ReportButton, ReportSpan};
use super::dialogue::ReportSubject;
use super::statement_files::{StatementFileRequest, make_statement_file};
use super::view::keyboards;
use super::view::paging::Paging;
use super::view::report_charts::draw_report;
use super::view::report_sheets::ReportSheets;
use super::view::reports::{self, kind_name, period_text};
use super::view::text::Texts;
use crate::db::{self, AnyConnection, masters};
use crate::domain::figures::Figures;
use crate::domain::ids::MasterId;
use crate::domain::locale::Locale;
use crate::domain::master::Master;
use crate::domain::period::ReportPeriod;
use crate::report::{ReportKind, ReportRequest, SpreadsheetError, make_report, make_workbook};
use crate::telegram::{ContentError, MadeContent, Upload};

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

/// What is to be on a page. It stays in the outbox like a file's.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct ReportPageRequest {
    /// The data of the button that shows it.
    button: String,
    from: NaiveDate,
    /// The last day.
    to: NaiveDate,
    /// The code of a language.
    locale: String,
}

impl ReportPageRequest {
    /// `period` is what the span is today.
    pub(crate) fn new(
        subject: ReportSubject,
        span: ReportSpan,
        page: PageNumber,
        period: ReportPeriod,
        locale: Locale,
    ) -> Self {
        let button = Callback::Report(ReportButton::Show(subject, span, page)).encode();
        Self { button, from: period.from, to: period.to, locale: locale.to_string() }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ContentRequest {
    Statement(StatementFileRequest),
    File(ReportFileRequest),
    Page(ReportPageRequest),
}

/// Makes what a message asks for: a page of a report, or a file.
pub(crate) fn make_report_content(
    conn: &mut AnyConnection,
    zone: Tz,
    request: &Value,
) -> Result<MadeContent, ContentError> {
    let wanted =
        ContentRequest::deserialize(request).map_err(|error| ContentError::Permanent(error.to_string()))?;
    // The rows of all sheets and the caption add up to the same total.
    db::in_snapshot(conn, |conn| match wanted {
        ContentRequest::Statement(wanted) => make_statement_file(conn, zone, &wanted),
        ContentRequest::File(wanted) => make_report_file(conn, zone, &wanted),
        ContentRequest::Page(wanted) => {
            let texts = Texts::of(wanted.locale.parse().unwrap_or_default());
            let Ok(Callback::Report(ReportButton::Show(subject, span, page))) =
                Callback::parse(&wanted.button)
            else {
                return Err(ContentError::Permanent("it is no page of a report".to_owned()));
            };
            let period = ReportPeriod { from: wanted.from, to: wanted.to };
            make_page(conn, zone, texts, subject, span, period, page)
        }
    })
}

fn make_page(
    conn: &mut AnyConnection,
    zone: Tz,
    texts: &Texts,
    subject: ReportSubject,
    span: ReportSpan,
    period: ReportPeriod,
    page: PageNumber,
) -> Result<MadeContent, ContentError> {
    let (kind, master) = match subject {
        ReportSubject::Kind(kind) => (kind, None),
        ReportSubject::Master(id) => (ReportKind::Orders, Some(find_master(conn, id)?)),
    };
    let request = ReportRequest { kind, period, master: master.as_ref().map(|master| master.id) };
    let report = make_report(conn, request, zone)?;
    let paging = Paging::of_rows(page, &report.rows);
    let html = match &master {
        Some(master) => reports::master_report(texts, master, &report, paging),
        None => reports::report_page(texts, &report, paging),
    };
    let markup = keyboards::report_page(texts, subject, span, paging.slice(&report.rows), paging);
    Ok(MadeContent::Text { html, markup })
}

fn find_master(conn: &mut AnyConnection, id: MasterId) -> Result<Master, ContentError> {
    let found = masters::find_master(conn, id)?;
    found.ok_or_else(|| ContentError::Permanent("there is no such master".to_owned()))
}

fn make_report_file(
    conn: &mut AnyConnection,
    zone: Tz,
    wanted: &ReportFileRequest,
) -> Result<MadeContent, ContentError> {
    let period = ReportPeriod { from: wanted.from, to: wanted.to };
    let request = ReportRequest { kind: wanted.report, period, master: wanted.master.map(MasterId) };
    let texts = Texts::of(wanted.locale.parse().unwrap_or_default());
    let total = sum_report(conn, request, zone)?;
    if total.is_empty() {
        let subject = request.master.map_or(ReportSubject::Kind(request.kind), ReportSubject::Master);
        return make_page(conn, zone, texts, subject, ReportSpan::Days(period), period, PageNumber::FIRST);
    }
    let title = match request.master {
        Some(master) => find_master(conn, master)?.name,
        None => kind_name(texts, wanted.report),
    };
    let caption = reports::file_caption(texts, &title, period, &total);
    let name = format!("{} {}", kind_name(texts, wanted.report), period_text(texts, period));
    let upload = match wanted.form {
        ReportForm::Workbook => {
            let bytes =
                make_workbook(conn, request, zone, &ReportSheets { texts }).map_err(workbook_error)?;
            Upload { field: "document", name: format!("{name}.xlsx"), bytes }
        }
        ReportForm::Chart => {
            let report = make_report(conn, request, zone)?;
            let drawn = draw_report(texts, &report);
            let bytes = drawn.map_err(|error| ContentError::Permanent(error.to_string()))?;
            Upload { field: "photo", name: format!("{name}.png"), bytes }
        }
    };
    Ok(MadeContent::File { upload, caption })
}

/// Returns the total of a report without its lines, of which there may be one per order.
fn sum_report(conn: &mut AnyConnection, request: ReportRequest, zone: Tz) -> db::Result<Figures> {
    let kind = match request.kind {
        ReportKind::Reasons => ReportKind::Reasons,
        // All others count the same orders.
        _ => ReportKind::Statuses,
    };
    Ok(make_report(conn, ReportRequest { kind, ..request }, zone)?.total)
}

fn workbook_error(error: SpreadsheetError) -> ContentError {
    match error {
        SpreadsheetError::Database(error) => error.into(),
        SpreadsheetError::Workbook(error) if error.is_transient() => {
            ContentError::Transient(error.to_string())
        }
        SpreadsheetError::Workbook(error) => ContentError::Permanent(error.to_string()),
    }
}
