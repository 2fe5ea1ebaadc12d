//! `botctl migrate adopt`.

mod error;
mod report_text;
mod scratch;

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::exit_code::ExitCode;
use super::super::schema_state::schema_error;
use super::args::LockArgs;
use crate::backup as backups;
use crate::backup::sqlite;
use crate::bot::labels::Label;
use crate::bot::view::text::{Texts, plain_text};
use crate::config::database::DatabaseUrl;
use crate::db::connection::AnyConnection;
use crate::db::{self, connection, lock};
use crate::domain::locale::Locale;
use crate::legacy::report::ImportReport;
use crate::legacy::{self, ImportOptions, LaterColumn, LegacyState};
use error::{
    DATABASE_DISK, adopt_failure, copy_failure, damage_outside_rows, exclusive_access_failure,
    missing_database, open_failure, refuse_damaged, refuse_unusable, scratch_failure,
};
use scratch::ScratchFolder;

/// Adopt a database of the old Python bot
///
/// Stop the old bot first. A verified backup is made, then one transaction renames the old tables to legacy_*, creates the
/// new schema, copies and converts the rows, and compares counts and sums. If anything fails, the database is unchanged.
///
/// Nothing is lost: odd values are repaired and counted in the report; what the new schema has no place for stays in
/// legacy_* and is listed. Running it again does nothing.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl migrate adopt --dry-run     show the report, change nothing
  botctl migrate adopt               adopt the database")]
pub(super) struct Adopt {
    /// Only report: work on a copy in the temporary directory (TMPDIR) and change nothing. The old bot may be running.
    #[arg(long)]
    dry_run: bool,
    /// Skip the backup; requires --yes when not interactive.
    #[arg(long, conflicts_with = "dry_run")]
    no_backup: bool,
    /// Skip confirmation of --no-backup.
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    waiting: LockArgs,
}

/// The JSON document of `migrate adopt`.
#[derive(Serialize)]
struct AdoptDocument<'a> {
    database: String,
    dry_run: bool,
    /// `false` when there was nothing to do.
    adopted: bool,
    backup: Option<&'a Path>,
    #[serde(flatten)]
    report: Option<&'a ImportReport>,
}

impl Adopt {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let url = context.database_url()?;
        let DatabaseUrl::Sqlite(path) = &url else {
            return Err(CommandError::new(
                ExitCode::Refused,
                format!("{url} is not a SQLite file; the old bot used only SQLite"),
            )
            .hint("adopt the SQLite file, then `botctl migrate transfer --to` this address"));
        };
        if !path.exists() {
            return Err(missing_database(&url));
        }
        let timeout = self.waiting.lock_timeout;
        if is_adopted(&url, &mut open_read_only(&url, timeout)?)? {
            return self.print_already_adopted(context, path);
        }
        if self.dry_run {
            let mut conn = open_for_copy(&url, path, timeout)?;
            refuse_unusable(&url, &mut conn)?;
            refuse_damaged(&url, &mut conn)?;
            let report = adopt_copy(context, &url, &mut conn)?;
            return self.print_report(context, path, None, &report);
        }
        if self.no_backup {
            context.output().confirm("Without a backup there is no way back to the old bot.", self.yes)?;
        }
        let _alone = lock::acquire_exclusive_lock(&url, timeout)?;
        // Another run may have finished meanwhile.
        if is_adopted(&url, &mut open_read_only(&url, timeout)?)? {
            return self.print_already_adopted(context, path);
        }
        let mut conn =
            connection::open_with_timeout(&url, timeout).map_err(|error| open_failure(&url, &error))?;
        refuse_unusable(&url, &mut conn)?;
        if self.no_backup {
            refuse_damaged(&url, &mut conn)?;
        }
        let was_wal = legacy::require_exclusive_access(&mut conn)
            .map_err(|error| exclusive_access_failure(&url, &error))?;
        let done = self.back_up_and_adopt(context, &url, &mut conn);
        if (done.is_ok() || was_wal)
            && let Err(error) = connection::enable_wal(&mut conn)
        {
            context.output().warn(format!(
                "the journal mode could not be set to WAL ({error}); the bot works without it"
            ));
        }
        let (backup, report) = done?;
        self.print_report(context, path, backup.as_deref(), &report)
    }

    fn back_up_and_adopt(
        &self,
        context: &CommandContext,
        url: &DatabaseUrl,
        conn: &mut AnyConnection,
    ) -> Result<(Option<PathBuf>, ImportReport), CommandError> {
        let seen = legacy::data_version(conn).map_err(CommandError::from)?;
        let backup = if self.no_backup { None } else { Some(create_backup(context, url)?) };
        let mut bar = context.output().progress();
        let mut progress = |stage, done, total| bar.show(stage, done, total);
        let report = legacy::adopt_database(conn, OPTIONS, Some(seen), &mut progress)
            .map_err(|error| adopt_failure(url, error, DATABASE_DISK))?;
        Ok((backup, report))
    }

    fn print_already_adopted(&self, context: &CommandContext, path: &Path) -> Result<(), CommandError> {
        let document = AdoptDocument {
            database: path.display().to_string(),
            dry_run: self.dry_run,
            adopted: false,
            backup: None,
            report: None,
        };
        context
            .output()
            .print_result(&document, || format!("nothing to do: {} is already adopted", path.display()))
    }

    fn print_report(
        &self,
        context: &CommandContext,
        path: &Path,
        backup: Option<&Path>,
        report: &ImportReport,
    ) -> Result<(), CommandError> {
        let database = path.display().to_string();
        let document = AdoptDocument {
            database,
            dry_run: self.dry_run,
            adopted: !self.dry_run,
            backup,
            report: Some(report),
        };
        let printed = context.output().print_result(&document, || {
            report_text::format_report(context.output(), path, backup, self.dry_run, report)
        });
        if self.dry_run {
            return printed;
        }
        // Without this the operator would not know, and there is no second report.
        let backup = backup.map_or_else(|| "none".to_owned(), |backup| backup.display().to_string());
        let done = format!("{} was adopted (backup: {backup}); only the report is lost", path.display());
        printed.map_err(|failure| failure.with_prefix(&done))
    }
}

const OPTIONS: ImportOptions = ImportOptions { is_skip_label, later_line };

/// In the language of the old bot, in which everything else in the notes is.
fn later_line(column: LaterColumn, value: &str) -> String {
    let texts = Texts::of(Locale::Ru);
    match column {
        LaterColumn::Promised => plain_text!(texts, "later-promised", value = value),
        LaterColumn::Prepayment => plain_text!(texts, "later-prepayment", value = value),
        LaterColumn::OutOfCity => plain_text!(texts, "later-out-of-city"),
        LaterColumn::Reschedules => plain_text!(texts, "later-reschedules", value = value),
        LaterColumn::RescheduledAt => plain_text!(texts, "later-rescheduled-at", value = value),
        LaterColumn::RescheduleReason => plain_text!(texts, "later-reschedule-reason", value = value),
    }
}

/// Whether a text is the label of the skip button in any language, with or without its emoji.
fn is_skip_label(text: &str) -> bool {
    let word = |text: &str| text.trim_matches(|letter: char| !letter.is_alphanumeric()).to_lowercase();
    let text = word(text);
    Locale::ALL.into_iter().any(|locale| word(Label::Skip.text(locale)) == text)
}

/// Whether there is nothing to do. Fails for a database that is not the old bot's.
fn is_adopted(url: &DatabaseUrl, conn: &mut AnyConnection) -> Result<bool, CommandError> {
    use crate::migrate::SchemaState;
    let refused = |message: String| CommandError::new(ExitCode::Refused, message);
    match legacy::legacy_state(conn).map_err(|error| open_failure(url, &error))? {
        LegacyState::OldBot => Ok(false),
        LegacyState::Adopted => Ok(true),
        LegacyState::Reverted => Err(refused(format!(
            "{url} was adopted, and its schema was reverted since: the new bot's data is gone, the old rows are in legacy_*"
        ))
        .hint(
            "restore the backup that `botctl migrate down` made (`botctl backup list`, then `botctl backup restore FILE`), \
             or start with an empty bot: `botctl migrate up`",
        )),
        LegacyState::Unrecognized(missing) => {
            Err(refused(format!("{url} is not a database of the old bot: {missing}"))
                .hint("name the old bot's file with --database-url; nothing was changed"))
        }
        LegacyState::Other(SchemaState::Empty) => {
            Err(refused(format!("{url} is empty: there is nothing to adopt"))
                .hint("name the old bot's file with --database-url, or start with an empty bot: `botctl migrate up`"))
        }
        LegacyState::Other(SchemaState::Current | SchemaState::Pending(_)) => {
            Err(refused(format!("{url} is botctl's own and never was the old bot's"))
                .hint("name the old bot's file with --database-url; nothing was changed"))
        }
        LegacyState::Other(other) => Err(schema_error(url, &other)),
    }
}

fn open_read_only(url: &DatabaseUrl, timeout: Duration) -> Result<AnyConnection, CommandError> {
    let found = connection::open_read_only(url, timeout).map_err(|error| open_failure(url, &error))?;
    found.ok_or_else(|| missing_database(url))
}

/// Opens a connection for copying the database that leaves no files beside it.
///
/// In WAL mode that is a read-only one: without a `-wal` the file is not open anywhere and is read without locks. In any
/// other mode the old bot may be writing although there is no other file, so locks are needed, and they leave no files.
fn open_for_copy(url: &DatabaseUrl, path: &Path, timeout: Duration) -> Result<AnyConnection, CommandError> {
    if is_wal(path).map_err(|error| open_failure(url, &db::Error::Connect(error.to_string())))? {
        return open_read_only(url, timeout);
    }
    connection::open_with_timeout(url, timeout).map_err(|error| open_failure(url, &error))
}

/// Whether the header of a SQLite file says WAL mode ("Database File Format", 1.3.3).
fn is_wal(path: &Path) -> std::io::Result<bool> {
    let mut header = [0; 20];
    File::open(path)?.read_exact(&mut header)?;
    Ok(header[19] == 2)
}

/// Adopts a temporary copy.
fn adopt_copy(
    context: &CommandContext,
    url: &DatabaseUrl,
    conn: &mut AnyConnection,
) -> Result<ImportReport, CommandError> {
    let temporary = std::env::temp_dir();
    let scratch = ScratchFolder::new(&temporary).map_err(|error| scratch_failure(&temporary, &error))?;
    let mut bar = context.output().progress();
    let mut progress = |stage, done, total| bar.show(stage, done, total);
    progress("copying", 0, 1);
    connection::allow_writing(conn)?;
    sqlite::vacuum_into(conn, &scratch.copy_path())
        .map_err(|error| copy_failure(url, scratch.path(), &error))?;
    let mut copy = scratch.open_copy().map_err(|error| copy_failure(url, scratch.path(), &error))?;
    let disk = format!("the disk of {}, or name another directory with TMPDIR", temporary.display());
    legacy::adopt_database(&mut copy, OPTIONS, None, &mut progress)
        .map_err(|error| adopt_failure(url, error, &disk))
}

fn create_backup(context: &CommandContext, url: &DatabaseUrl) -> Result<PathBuf, CommandError> {
    let dir = context.backup_config()?.dir;
    let create = backups::BackupOptions { dir, reason: backups::BackupReason::BeforeAdopt, compress: false };
    let mut bar = context.output().progress();
    let made = backups::create_backup(url, &create, &mut |stage, done, total| bar.show(stage, done, total))?;
    drop(bar);
    match made.manifest.repaired.first() {
        None => Ok(made.path),
        Some(first) => Err(damage_outside_rows(
            url,
            first,
            format_args!(
                "restore the backup that was just made, which has every row: `botctl backup restore {}`",
                made.path.display()
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::is_skip_label;

    #[test]
    fn skip_label_is_recognized_in_every_variant() {
        for label in
            ["⏭️ Пропустить", "⏭ Пропустить", "Пропустить", " пропустить ", "⏭️ Skip", "skip", "SKIP"]
        {
            assert!(is_skip_label(label), "{label:?}");
        }
        for time in ["", "завтра 10:00", "После 14:00", "пропустить обед", "⏭️", "не пропустить"]
        {
            assert!(!is_skip_label(time), "{time:?}");
        }
    }
}
