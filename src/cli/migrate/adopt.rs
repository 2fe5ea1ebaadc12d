//! `botctl migrate adopt`.

mod scratch;
mod text;
mod trouble;

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::super::Common;
use super::super::exit::{Code, Failure};
use super::options::Waiting;
use crate::backup as backups;
use crate::backup::sqlite;
use crate::bot::labels::Label;
use crate::config::backup::BackupConfig;
use crate::config::database::DatabaseUrl;
use crate::db::connection::AnyConnection;
use crate::db::{self, connection, lock};
use crate::domain::locale::Locale;
use crate::legacy::report::Report;
use crate::legacy::{self, Options, Standing};
use scratch::Scratch;
use trouble::{
    ITS_DISK, failed, no_scratch, not_alone, not_copied, not_there, outside_of_rows, refuse_damaged,
    refuse_unusable, unreadable,
};

/// Take over a database of the old Python bot.
///
/// Stop the old bot first. A verified backup is made, then everything happens in one transaction: the old tables become
/// legacy_*, the new schema is made, rows are copied and converted, counts and sums are compared. Whatever goes wrong,
/// the database is as it was.
///
/// Nothing is lost: what is odd is mended and counted in the report, what has no place stays in legacy_* and is listed.
/// Running it again does nothing.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl migrate adopt --dry-run     see what would come over, change nothing
  botctl migrate adopt               take it over")]
pub(super) struct Adopt {
    /// Only report: work on a copy in the temporary folder (TMPDIR) and change nothing. The old bot may be running.
    #[arg(long)]
    dry_run: bool,
    /// Make no backup; wants --yes.
    #[arg(long, conflicts_with = "dry_run")]
    no_backup: bool,
    /// Do not ask whether --no-backup is meant. With a backup nothing is asked: there is a way back.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    waiting: Waiting,
}

/// What was done.
#[derive(Serialize)]
struct Done<'a> {
    database: String,
    dry_run: bool,
    /// `false` when there was nothing to do.
    adopted: bool,
    backup: Option<&'a Path>,
    #[serde(flatten)]
    report: Option<&'a Report>,
}

impl Adopt {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let url = super::database(common)?;
        let DatabaseUrl::Sqlite(path) = &url else {
            return Err(Failure::new(
                Code::Refused,
                format!("{url} is no SQLite file, and the old bot had nothing else"),
            )
            .hint("adopt the SQLite file, then `botctl migrate transfer --to` this address"));
        };
        if !path.exists() {
            return Err(not_there(&url));
        }
        let patience = self.waiting.lock_timeout;
        if is_adopted(&url, &mut look(&url, patience)?)? {
            return self.nothing_to_do(common, path);
        }
        if self.dry_run {
            let mut conn = reader(&url, path, patience)?;
            refuse_unusable(&url, &mut conn)?;
            refuse_damaged(&url, &mut conn)?;
            let report = in_a_copy(common, &url, &mut conn)?;
            return self.say(common, path, None, &report);
        }
        if self.no_backup {
            common.output().confirm("Without a backup there is no way back to the old bot.", self.yes)?;
        }
        let _alone = lock::alone(&url, patience)?;
        // Another run may just have done it.
        if is_adopted(&url, &mut look(&url, patience)?)? {
            return self.nothing_to_do(common, path);
        }
        let mut conn = connection::open_patient(&url, patience).map_err(|error| unreadable(&url, &error))?;
        refuse_unusable(&url, &mut conn)?;
        if self.no_backup {
            refuse_damaged(&url, &mut conn)?;
        }
        let was_wal = legacy::try_alone(&mut conn).map_err(|error| not_alone(&url, &error))?;
        let done = self.take_over(common, &url, &mut conn);
        if (done.is_ok() || was_wal)
            && let Err(error) = connection::use_wal(&mut conn)
        {
            common
                .output()
                .warn(format!("the journal could not be switched ({error}); the bot works all the same"));
        }
        let (backup, report) = done?;
        self.say(common, path, backup.as_deref(), &report)
    }

    /// Backs up and does it.
    fn take_over(
        &self,
        common: &Common,
        url: &DatabaseUrl,
        conn: &mut AnyConnection,
    ) -> Result<(Option<PathBuf>, Report), Failure> {
        let seen = legacy::data_version(conn).map_err(Failure::from)?;
        let backup = if self.no_backup { None } else { Some(back_up(common, url)?) };
        let mut bar = common.output().progress();
        let mut progress = |stage, done, total| bar.show(stage, done, total);
        let report = legacy::adopt(conn, OPTIONS, Some(seen), &mut progress)
            .map_err(|error| failed(url, error, ITS_DISK))?;
        Ok((backup, report))
    }

    fn nothing_to_do(&self, common: &Common, path: &Path) -> Result<(), Failure> {
        let done = Done {
            database: path.display().to_string(),
            dry_run: self.dry_run,
            adopted: false,
            backup: None,
            report: None,
        };
        common
            .output()
            .show(&done, || format!("nothing to do, {} has been taken over already", path.display()))
    }

    fn say(
        &self,
        common: &Common,
        path: &Path,
        backup: Option<&Path>,
        report: &Report,
    ) -> Result<(), Failure> {
        let database = path.display().to_string();
        let done =
            Done { database, dry_run: self.dry_run, adopted: !self.dry_run, backup, report: Some(report) };
        let printed =
            common.output().show(&done, || text::report(common.output(), path, backup, self.dry_run, report));
        if self.dry_run {
            return printed;
        }
        // Nobody would know otherwise, and there is no second report.
        let backup = backup.map_or_else(|| "none was made".to_owned(), |backup| backup.display().to_string());
        let done = format!("{} was taken over (backup: {backup}), only the report is lost", path.display());
        printed.map_err(|failure| failure.before(&done))
    }
}

/// What the bot room knows of the wire.
const OPTIONS: Options = Options { is_skip_label };

/// The label of the skip button, in whichever language, with or without its picture, and the bare word.
fn is_skip_label(text: &str) -> bool {
    let words = |text: &str| text.trim_matches(|letter: char| !letter.is_alphanumeric()).to_lowercase();
    let said = words(text);
    Locale::ALL.into_iter().any(|locale| words(Label::Skip.text(locale)) == said)
}

/// Whether there is nothing to do.
///
/// # Errors
/// When it is a database that this command has nothing to do with.
fn is_adopted(url: &DatabaseUrl, conn: &mut AnyConnection) -> Result<bool, Failure> {
    use crate::migrate::SchemaState;
    match legacy::standing(conn).map_err(|error| unreadable(url, &error))? {
        Standing::OldBots => Ok(false),
        Standing::Adopted => Ok(true),
        Standing::TakenBack => Err(Failure::new(
            Code::Refused,
            format!(
                "{url} was taken over once and its schema was taken back since: what the bot wrote is gone, the old rows \
                 are in legacy_*"
            ),
        )
        .hint(
            "put back the backup that `botctl migrate down` made (`botctl backup list`, then `botctl backup restore FILE`); \
             `botctl migrate up` gives you an empty bot",
        )),
        Standing::Unlike(missing) => {
            Err(Failure::new(Code::Refused, format!("{url} is no database of the old bot: {missing}"))
                .hint("name the old bot's file with --database-url; nothing was changed"))
        }
        Standing::Other(SchemaState::Empty) => {
            Err(Failure::new(Code::Refused, format!("{url} is empty: there is nothing to take over"))
                .hint("name the old bot's file with --database-url; `botctl migrate up` starts afresh"))
        }
        Standing::Other(SchemaState::Current | SchemaState::Pending(_)) => {
            Err(Failure::new(Code::Refused, format!("{url} is botctl's own and never was the old bot's"))
                .hint("name the old bot's file with --database-url; nothing was changed"))
        }
        Standing::Other(other) => Err(super::refuse(url, &other)),
    }
}

fn look(url: &DatabaseUrl, patience: Duration) -> Result<AnyConnection, Failure> {
    let looked = connection::look(url, patience).map_err(|error| unreadable(url, &error))?;
    looked.ok_or_else(|| not_there(url))
}

/// A connection to copy the database with, which leaves nothing beside it.
///
/// In WAL mode that is one that cannot write. Without a `-wal` such a file is read without locks, because nobody has it
/// open; but in any other mode the old bot may be writing to a file that has nothing beside it, so that locks are needed,
/// and they leave nothing.
fn reader(url: &DatabaseUrl, path: &Path, patience: Duration) -> Result<AnyConnection, Failure> {
    if is_wal(path).map_err(|error| unreadable(url, &db::Error::Connect(error.to_string())))? {
        return look(url, patience);
    }
    connection::open_patient(url, patience).map_err(|error| unreadable(url, &error))
}

/// Whether the header of a SQLite file says that it is read with a `-wal` ("Database File Format", 1.3.3).
fn is_wal(path: &Path) -> std::io::Result<bool> {
    let mut header = [0; 20];
    File::open(path)?.read_exact(&mut header)?;
    Ok(header[19] == 2)
}

/// Does everything on a copy, and keeps nothing of it.
fn in_a_copy(common: &Common, url: &DatabaseUrl, conn: &mut AnyConnection) -> Result<Report, Failure> {
    let temporary = std::env::temp_dir();
    let scratch = Scratch::new(&temporary).map_err(|error| no_scratch(&temporary, &error))?;
    let mut bar = common.output().progress();
    let mut progress = |stage, done, total| bar.show(stage, done, total);
    progress("copying", 0, 1);
    connection::allow_writing(conn)?;
    sqlite::vacuum_into(conn, &scratch.file()).map_err(|error| not_copied(url, scratch.folder(), &error))?;
    let mut copied = scratch.open().map_err(|error| not_copied(url, scratch.folder(), &error))?;
    let disk = format!("the disk of {}, or name another folder with TMPDIR", temporary.display());
    legacy::adopt(&mut copied, OPTIONS, None, &mut progress).map_err(|error| failed(url, error, &disk))
}

fn back_up(common: &Common, url: &DatabaseUrl) -> Result<PathBuf, Failure> {
    let dir = BackupConfig::load(common.sources()?)?.dir;
    let create = backups::BackupOptions { dir, reason: backups::BackupReason::BeforeAdopt, compress: false };
    let mut bar = common.output().progress();
    let made = backups::create_backup(url, &create, &mut |stage, done, total| bar.show(stage, done, total))?;
    drop(bar);
    match made.manifest.repaired.first() {
        None => Ok(made.path),
        Some(first) => Err(outside_of_rows(
            url,
            first,
            format_args!(
                "put back the backup that was just made, for which every row was written anew: `botctl backup restore {}`",
                made.path.display()
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::is_skip_label;

    #[test]
    fn the_skip_button_is_recognised_in_every_dress() {
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
