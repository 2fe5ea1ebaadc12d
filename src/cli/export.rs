//! `botctl export`.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::context::CommandContext;
use super::error::CommandError;
use super::exit_code::ExitCode;
use super::json::write_json;
use super::migrate::transfer_failure;
use super::private_file::{ExistingFile, PrivateFile};
use super::text::format_count;
use crate::config::database::DatabaseUrl;
use crate::transfer::{self, ExportError, ExportLine};

/// How long to wait for a locked database.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// Export the business data as JSON Lines
///
/// Writes users, masters, orders with their history and files, and the audit log: one JSON object a row, which names the
/// version of the form and the table, and a last line with the number of rows. Times are UTC, amounts are kopecks. Both kinds
/// of database give the same bytes. The bot can keep running.
///
/// Not exported is what belongs to a running bot: updates, queued messages, dialogues, messages in chats. `botctl backup`
/// has everything; `botctl migrate transfer` moves it to another database.
///
/// The output contains names, addresses and phone numbers of clients. A file is readable only by this user.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl export -o data.jsonl
  botctl export | zstd >data.jsonl.zst
  botctl export | jq -r 'select(.table == \"orders\") | .row.status' | sort | uniq -c")]
pub(super) struct ExportArgs {
    /// Write to this file instead of stdout; --json then prints the numbers of rows
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file if it exists.
    #[arg(long, requires = "output")]
    force: bool,
}

/// The JSON document of `export`.
#[derive(Serialize)]
struct ExportDocument {
    file: PathBuf,
    rows: u64,
    tables: Vec<TableDocument>,
}

#[derive(Serialize)]
struct TableDocument {
    table: &'static str,
    rows: u64,
}

impl ExportArgs {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let url = context.database_url()?;
        match &self.output {
            Some(path) => self.write_file(context, &url, path.clone()),
            None if context.output().is_json() => {
                Err(CommandError::new(ExitCode::Usage, "the export itself goes to stdout")
                    .hint("name a file with --output, or leave --json out"))
            }
            None => {
                let mut stdout = BufWriter::new(io::stdout().lock());
                write_rows(&url, &mut stdout).map_err(|error| match error {
                    ExportError::Write(error) => CommandError::from_stdout(&error),
                    ExportError::Source(error) => transfer_failure(error, &url, &url),
                })?;
                stdout.flush().map_err(|error| CommandError::from_stdout(&error))
            }
        }
    }

    fn write_file(
        &self,
        context: &CommandContext,
        url: &DatabaseUrl,
        path: PathBuf,
    ) -> Result<(), CommandError> {
        let existing = if self.force { ExistingFile::Replace } else { ExistingFile::Keep };
        if existing == ExistingFile::Keep && path.exists() {
            return Err(file_error(&path, &io::ErrorKind::AlreadyExists.into()));
        }
        let mut file = PrivateFile::create(&path).map_err(|error| file_error(&path, &error))?;
        let tables = write_rows(url, &mut file).map_err(|error| match error {
            ExportError::Write(error) => file_error(&path, &error),
            ExportError::Source(error) => transfer_failure(error, url, url),
        })?;
        file.finish(existing).map_err(|error| file_error(&path, &error))?;
        let tables: Vec<_> = tables.into_iter().map(|(table, rows)| TableDocument { table, rows }).collect();
        let document =
            ExportDocument { file: path, rows: tables.iter().map(|table| table.rows).sum(), tables };
        let output = context.output();
        output.print_result(&document, || {
            let mut table = output.table(["TABLE", "ROWS"]);
            for TableDocument { table: name, rows } in &document.tables {
                table.add_row([(*name).to_owned(), rows.to_string()]);
            }
            let (rows, file) = (format_count(document.rows, "row"), document.file.display());
            format!("{}\nexported to {file}: {rows}", table.trim_fmt())
        })
    }
}

/// Writes all rows. Ctrl-C and SIGTERM end it with an error, so that an incomplete file is removed.
fn write_rows(url: &DatabaseUrl, writer: &mut dyn Write) -> Result<Vec<(&'static str, u64)>, ExportError> {
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        // If this fails, the signal ends the process.
        let _registered = signal_hook::flag::register(signal, Arc::clone(&interrupted));
    }
    transfer::export_rows(url, LOCK_TIMEOUT, &mut |line: &ExportLine| {
        if interrupted.load(Ordering::Relaxed) {
            return Err(io::Error::other("interrupted"));
        }
        write_json(&mut *writer, line)?;
        writer.write_all(b"\n")
    })
}

fn file_error(path: &std::path::Path, error: &io::Error) -> CommandError {
    let hint = match error.kind() {
        io::ErrorKind::AlreadyExists => "--force replaces it",
        _ => "the directory must exist, be writable and have room",
    };
    CommandError::new(ExitCode::Failed, format!("{} was not written: {error}", path.display())).hint(hint)
}
