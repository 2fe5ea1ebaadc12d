//! The reports: figures of orders by master, type, status, dispatcher, reason, day or order. What shows them gets them from
//! here.
//!
//! - An order is `created` on the day on which it was taken in. It is `closed` or `refused`, and its money counts, on the day
//!   of `closed_at`, which a correction does not move. Days are those of the time zone of the company.
//! - Its line is that of its present master, type, dispatcher and status. Orders without master have a line of their own, and
//!   a dismissed master keeps theirs.
//! - A deleted order counts nowhere, and a reopened one is open: its refusal counts no more.
//! - The total is the sum of the lines.

pub(crate) mod chart;
mod figures;
mod names;
mod spreadsheet;
pub(crate) mod xlsx;

pub use figures::{FigureRow, Report, ReportKind, ReportRequest, make_report, period_of_preset};
pub(crate) use spreadsheet::{SheetLabel, SheetTexts, SpreadsheetError, make_workbook};
