//! `botctl report`.

mod csv;
mod period;
mod spreadsheet;
mod table;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use chrono_tz::Tz;
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::context::CommandContext;
use super::error::CommandError;
use super::exit_code::ExitCode;
use super::output;
use super::private_file::{ExistingFile, PrivateFile};
use crate::db::{AnyConnection, time};
use crate::domain::figures::Figures;
use crate::report::{self, FigureRow, Report, ReportKind, ReportRequest, SpreadsheetError};
use period::PeriodArgs;
use spreadsheet::EnglishSheets;

/// Print the figures of a period
///
/// Orders count as new on the day on which they were taken in, and as closed or refused, with their money, on the day on
/// which that happened, in TIMEZONE. Deleted orders do not count. The total is the sum of the lines. The bot can keep
/// running.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl report masters --period last-month
  botctl report days --from 2026-11-01 --to 2026-11-15
  botctl report types --period this-year --format csv -o types.csv
  botctl report masters --period last-month --format xlsx -o masters.xlsx
  botctl report masters --json | jq '.data.total.gross'")]
pub(super) struct ReportArgs {
    /// What each line stands for
    #[arg(value_enum, value_name = "REPORT")]
    kind: ReportKindArg,
    #[command(flatten)]
    period: PeriodArgs,
    /// How to print it; --json is the same as --format json [default: text]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<ReportFormat>,
    /// Write to this file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long, requires = "output")]
    force: bool,
}

/// The reports that can be asked for.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ReportKindArg {
    /// Masters; orders without master have a line of their own
    Masters,
    /// Types of equipment
    Types,
    /// Present statuses of the orders
    Statuses,
    /// Dispatchers who took the orders in
    Dispatchers,
    /// Reasons why orders were refused
    Reasons,
    /// Days
    Days,
    /// Single orders
    Orders,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum ReportFormat {
    /// A table
    Text,
    /// One JSON document; amounts are kopecks
    Json,
    /// RFC 4180 with a header; amounts are kopecks
    Csv,
    /// A workbook for Excel and LibreOffice, with the single orders; needs --output or a pipe
    Xlsx,
}

impl From<ReportKindArg> for ReportKind {
    fn from(kind: ReportKindArg) -> Self {
        match kind {
            ReportKindArg::Masters => Self::Masters,
            ReportKindArg::Types => Self::Types,
            ReportKindArg::Statuses => Self::Statuses,
            ReportKindArg::Dispatchers => Self::Dispatchers,
            ReportKindArg::Reasons => Self::Reasons,
            ReportKindArg::Days => Self::Days,
            ReportKindArg::Orders => Self::Orders,
        }
    }
}

#[derive(Serialize)]
struct ReportDocument<'a> {
    from: NaiveDate,
    /// The last day.
    to: NaiveDate,
    rows: &'a [FigureRow],
    total: TotalDocument,
}

/// A line like the others.
#[derive(Serialize)]
struct TotalDocument {
    key: Option<i64>,
    name: Option<String>,
    #[serde(flatten)]
    figures: Figures,
}

impl ReportArgs {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let format = self.format(context)?;
        if format == ReportFormat::Xlsx && self.output.is_none() && io::stdout().is_terminal() {
            return Err(CommandError::new(ExitCode::Usage, "a workbook is not written to a terminal")
                .hint("name a file: --output report.xlsx"));
        }
        if let Some(path) = self.output.as_deref().filter(|path| !self.force && path.exists()) {
            return Err(file_error(path, &io::ErrorKind::AlreadyExists.into()));
        }
        let zone = context.timezone()?;
        let today = time::now().with_timezone(&zone).date_naive();
        let wanted = self.period.read(today)?;
        let mut conn = context.open_current_database()?;
        let period = wanted.find_days(&mut conn, today, zone)?;
        let request = ReportRequest { kind: self.kind.into(), period, master: None };
        let bytes = match format {
            ReportFormat::Xlsx => make_workbook(&mut conn, request, zone)?,
            format => render_text(context, &report::make_report(&mut conn, request, zone)?, format)?,
        };
        match &self.output {
            Some(path) => self.write_file(context, path, &bytes),
            None => write_content(&mut io::stdout().lock(), &bytes)
                .map_err(|error| CommandError::from_stdout(&error)),
        }
    }

    fn format(&self, context: &CommandContext) -> Result<ReportFormat, CommandError> {
        match (self.format, context.output().is_json()) {
            (Some(format), true) if format != ReportFormat::Json => {
                Err(CommandError::new(ExitCode::Usage, "--json and --format name different formats")
                    .hint("leave one of them out"))
            }
            (_, true) => Ok(ReportFormat::Json),
            (format, false) => Ok(format.unwrap_or(ReportFormat::Text)),
        }
    }

    fn write_file(&self, context: &CommandContext, path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
        let existing = if self.force { ExistingFile::Replace } else { ExistingFile::Keep };
        let written = PrivateFile::create(path).and_then(|mut file| {
            write_content(&mut file, bytes)?;
            file.finish(existing)
        });
        written.map_err(|error| file_error(path, &error))?;
        context.output().note(format_args!("wrote {}", path.display()));
        Ok(())
    }
}

fn make_workbook(
    conn: &mut AnyConnection,
    request: ReportRequest,
    zone: Tz,
) -> Result<Vec<u8>, CommandError> {
    report::make_workbook(conn, request, zone, &EnglishSheets).map_err(|error| match error {
        SpreadsheetError::Database(error) => error.into(),
        error @ SpreadsheetError::Workbook(_) => CommandError::new(ExitCode::Failed, error.to_string()).hint(
            "the directory for temporary files (TMPDIR) needs room; Excel knows no more than 1,048,576 rows",
        ),
    })
}

fn render_text(
    context: &CommandContext,
    report: &Report,
    format: ReportFormat,
) -> Result<Vec<u8>, CommandError> {
    let text = match format {
        ReportFormat::Text | ReportFormat::Xlsx => table::render_table(context.output(), report),
        ReportFormat::Csv => csv::render_csv(report),
        ReportFormat::Json => output::document_text(&ReportDocument {
            from: report.period.from,
            to: report.period.to,
            rows: &report.rows,
            total: TotalDocument { key: None, name: None, figures: report.total },
        })?,
    };
    Ok(output::redact(&text).into_owned().into_bytes())
}

/// Writes all of it; lines end as they are.
fn write_content(writer: &mut dyn Write, bytes: &[u8]) -> io::Result<()> {
    writer.write_all(bytes)?;
    writer.flush()
}

fn file_error(path: &Path, error: &io::Error) -> CommandError {
    let hint = match error.kind() {
        io::ErrorKind::AlreadyExists => "--force replaces it",
        _ => "the directory must exist, be writable and have room",
    };
    CommandError::new(ExitCode::Failed, format!("{} was not written: {error}", path.display())).hint(hint)
}
