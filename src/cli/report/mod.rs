//! `botctl report`.

mod csv;
mod period;
mod table;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::context::CommandContext;
use super::error::CommandError;
use super::exit_code::ExitCode;
use super::output;
use super::private_file::{ExistingFile, PrivateFile};
use crate::db::time;
use crate::domain::figures::Figures;
use crate::report::{self, FigureRow, Report, ReportKind, ReportRequest};
use period::PeriodArgs;

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
        if let Some(path) = self.output.as_deref().filter(|path| !self.force && path.exists()) {
            return Err(file_error(path, &io::ErrorKind::AlreadyExists.into()));
        }
        let zone = context.timezone()?;
        let today = time::now().with_timezone(&zone).date_naive();
        let wanted = self.period.read(today)?;
        let mut conn = context.open_current_database()?;
        let period = wanted.find_days(&mut conn, today, zone)?;
        let request = ReportRequest { kind: self.kind.into(), period, master: None };
        let made = report::make_report(&mut conn, request, zone)?;
        let text = render(context, &made, format)?;
        match &self.output {
            Some(path) => self.write_file(context, path, &text),
            None => {
                write_text(&mut io::stdout().lock(), &text).map_err(|error| CommandError::from_stdout(&error))
            }
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

    fn write_file(&self, context: &CommandContext, path: &Path, text: &str) -> Result<(), CommandError> {
        let existing = if self.force { ExistingFile::Replace } else { ExistingFile::Keep };
        let written = PrivateFile::create(path).and_then(|mut file| {
            write_text(&mut file, text)?;
            file.finish(existing)
        });
        written.map_err(|error| file_error(path, &error))?;
        context.output().note(format_args!("wrote {}", path.display()));
        Ok(())
    }
}

fn render(context: &CommandContext, report: &Report, format: ReportFormat) -> Result<String, CommandError> {
    match format {
        ReportFormat::Text => Ok(table::render_table(context.output(), report)),
        ReportFormat::Csv => Ok(csv::render_csv(report)),
        ReportFormat::Json => output::document_text(&ReportDocument {
            from: report.period.from,
            to: report.period.to,
            rows: &report.rows,
            total: TotalDocument { key: None, name: None, figures: report.total },
        }),
    }
}

/// Writes a whole text; its lines end as they are.
fn write_text(writer: &mut dyn Write, text: &str) -> io::Result<()> {
    writer.write_all(output::redact(text).as_bytes())?;
    writer.flush()
}

fn file_error(path: &Path, error: &io::Error) -> CommandError {
    let hint = match error.kind() {
        io::ErrorKind::AlreadyExists => "--force replaces it",
        _ => "the directory must exist, be writable and have room",
    };
    CommandError::new(ExitCode::Failed, format!("{} was not written: {error}", path.display())).hint(hint)
}
