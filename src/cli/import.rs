//! `botctl import`.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::context::CommandContext;
use super::error::CommandError;
use super::exit_code::ExitCode;
use super::migrate::LockArgs;
use super::text::{format_count, printable};
use crate::backup::{self, BackupOptions, BackupReason};
use crate::config::database::DatabaseUrl;
use crate::db::{self, lock};
use crate::migrate::tables;
use crate::transfer::{self, ConflictRule, ImportError, ImportOptions, ImportSummary, RowConflict};

/// Import business data that `botctl export` has written
///
/// Stop `botctl serve` first. Everything is imported in one transaction, or nothing. A row that is there with the same
/// content is left alone, so an import can be repeated. A row whose ID is there with another content is a conflict: all of
/// them are listed, and nothing is imported (exit code 3) unless --on-conflict says otherwise. Both kinds of database take
/// the exports of both. The database must exist (`botctl migrate up` creates it). Makes a backup first if it has rows.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl import data.jsonl --dry-run           show what would be imported
  botctl import data.jsonl
  zstdcat data.jsonl.zst | botctl import -")]
pub(super) struct ImportArgs {
    /// File to import; - for stdin.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What to do with a row whose ID is there with another content.
    #[arg(long, value_name = "ACTION", value_enum, default_value_t = ConflictAction::Fail)]
    on_conflict: ConflictAction,
    /// Accept input without its last line, such as a selection of lines.
    #[arg(long)]
    partial: bool,
    /// Show what would be imported, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Skip the backup.
    #[arg(long)]
    no_backup: bool,
    #[command(flatten)]
    waiting: LockArgs,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum ConflictAction {
    /// Import nothing.
    Fail,
    /// Keep the row of the database.
    Keep,
    /// Replace it with the imported one.
    Replace,
}

/// The JSON document of `import`.
#[derive(Serialize)]
struct ImportDocument {
    dry_run: bool,
    tables: Vec<ImportedTable>,
    conflicts: Vec<ConflictDocument>,
    conflicts_total: u64,
    backup: Option<PathBuf>,
}

#[derive(Serialize)]
struct ImportedTable {
    table: &'static str,
    inserted: u64,
    unchanged: u64,
    conflicts: u64,
}

#[derive(Serialize)]
struct ConflictDocument {
    table: &'static str,
    id: String,
    columns: Vec<&'static str>,
}

impl ImportArgs {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let mut input: Box<dyn BufRead> = if self.file.as_os_str() == "-" {
            Box::new(io::stdin().lock())
        } else {
            let opened = File::open(&self.file).map_err(|error| {
                CommandError::new(ExitCode::Failed, format!("{}: {error}", self.file.display()))
                    .hint("name a file that `botctl export` has written, or - for stdin")
            });
            Box::new(BufReader::new(opened?))
        };
        let has_rows = tables::has_rows(&mut context.open_current_database()?)?;
        let url = context.database_url()?;
        let _locks = lock::acquire_exclusive_lock(&url, self.waiting.lock_timeout)?;
        let backup = if has_rows && !self.dry_run && !self.no_backup {
            Some(make_backup(context, &url)?)
        } else {
            None
        };
        let imported =
            db::in_new_transaction(&url, |tx| transfer::import_rows(tx, &mut *input, self.options()));
        let (summary, failure) = match imported {
            Ok(summary) => (summary, None),
            Err(ImportError::DryRun(summary)) => (*summary, None),
            Err(error) => {
                let (failure, summary) = import_failure(error, &url);
                let Some(summary) = summary else { return Err(failure) };
                (summary, Some(failure))
            }
        };
        self.report(context, &ImportDocument::new(summary, self.dry_run, backup), failure)
    }

    fn options(&self) -> ImportOptions {
        let on_conflict = match self.on_conflict {
            ConflictAction::Fail => ConflictRule::Fail,
            ConflictAction::Keep => ConflictRule::Keep,
            ConflictAction::Replace => ConflictRule::Replace,
        };
        ImportOptions { on_conflict, is_partial: self.partial, is_dry_run: self.dry_run }
    }

    fn report(
        &self,
        context: &CommandContext,
        document: &ImportDocument,
        failure: Option<CommandError>,
    ) -> Result<(), CommandError> {
        let output = context.output();
        for ConflictDocument { table, id, columns } in &document.conflicts {
            output.note(format_args!("{table} {id} differs: {}", columns.join(", ")));
        }
        let unlisted = document.conflicts_total - document.conflicts.len() as u64;
        if unlisted > 0 {
            output.note(format_args!("and {} more", format_count(unlisted, "row")));
        }
        let mut table = output.table(["TABLE", "NEW", "UNCHANGED", "DIFFERENT"]);
        for row in &document.tables {
            let numbers = [row.inserted, row.unchanged, row.conflicts].map(|number| number.to_string());
            table.add_row([vec![row.table.to_owned()], numbers.to_vec()].concat());
        }
        if let Some(failure) = failure {
            return output.print_failed_check(table.trim_fmt(), failure.with_data(document));
        }
        let sum: u64 = document.tables.iter().map(|row| row.inserted).sum();
        let what = match (self.dry_run, self.on_conflict) {
            (true, _) => "would be imported",
            (false, ConflictAction::Replace) => "imported, different ones replaced",
            (false, _) => "imported",
        };
        output.print_result(document, || {
            format!("{}\n{what}: {}", table.trim_fmt(), format_count(sum, "new row"))
        })
    }
}

impl ImportDocument {
    fn new(summary: ImportSummary, dry_run: bool, backup: Option<PathBuf>) -> Self {
        let tables = summary.tables.into_iter().map(|(table, counts)| ImportedTable {
            table,
            inserted: counts.inserted,
            unchanged: counts.unchanged,
            conflicts: counts.conflicts,
        });
        let conflicts = summary
            .conflicts
            .into_iter()
            .map(|RowConflict { table, id, columns }| ConflictDocument { table, id, columns });
        Self {
            dry_run,
            tables: tables.collect(),
            conflicts: conflicts.collect(),
            conflicts_total: summary.conflict_count,
            backup,
        }
    }
}

fn make_backup(context: &CommandContext, url: &DatabaseUrl) -> Result<PathBuf, CommandError> {
    let output = context.output();
    let options = BackupOptions {
        dir: context.backup_config()?.dir,
        reason: BackupReason::BeforeImport,
        compress: false,
    };
    let mut bar = output.progress();
    let made = backup::create_backup(url, &options, &mut |stage, done, total| bar.show(stage, done, total));
    drop(bar);
    let path = made
        .map_err(|error| {
            CommandError::from(error).with_prefix("no backup could be made, so nothing was imported")
        })?
        .path;
    output.note(format_args!("backup: {}", path.display()));
    Ok(path)
}

/// Returns the error, and the summary if the input could be read.
fn import_failure(error: ImportError, url: &DatabaseUrl) -> (CommandError, Option<ImportSummary>) {
    let message = printable(&error.to_string());
    let failed = |code, hint: &str| CommandError::new(code, &message).hint(hint);
    let failure = match error {
        ImportError::Conflicts(summary) => {
            let hint = "nothing was imported; --on-conflict keep leaves these rows as they are, replace takes the imported ones";
            return (failed(ExitCode::Refused, hint), Some(*summary));
        }
        ImportError::Read(_) => failed(ExitCode::Failed, "nothing was imported; check the file and its disk"),
        ImportError::Line { .. } => failed(
            ExitCode::Refused,
            "nothing was imported; correct the line, or export again with `botctl export`",
        ),
        ImportError::UnknownColumn { .. } => failed(
            ExitCode::Refused,
            "nothing was imported; if the export is of a newer botctl, import with that one, else correct the line",
        ),
        ImportError::Newer { .. } => failed(ExitCode::Refused, "nothing was imported; use that newer botctl"),
        ImportError::Incomplete(_) => failed(
            ExitCode::Refused,
            "nothing was imported; export again, or accept what is there with --partial if that is meant",
        ),
        ImportError::Row { .. } => failed(
            ExitCode::Refused,
            "nothing was imported; a row needs those that it refers to, before it or in the database, and unique values",
        ),
        ImportError::Database(error) => CommandError::from(error).with_database(Some(url)),
        ImportError::DryRun(_) => failed(ExitCode::Failed, "leave --dry-run out"),
    };
    (failure, None)
}
