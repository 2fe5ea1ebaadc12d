//! The errors of `migrate adopt` and their hints.

use std::fmt::Display;
use std::io;
use std::path::Path;

use super::super::super::error::CommandError;
use super::super::super::exit_code::ExitCode;
use crate::backup::BackupError;
use crate::backup::integrity;
use crate::config::database::DatabaseUrl;
use crate::db;
use crate::db::connection::AnyConnection;
use crate::legacy::{self, AdoptError};

/// Refuses a database with an object that blocks a backup and an import.
pub(super) fn refuse_unusable(url: &DatabaseUrl, conn: &mut AnyConnection) -> Result<(), CommandError> {
    let found = legacy::unusable_objects(conn).map_err(|error| open_failure(url, &error))?;
    if found.is_empty() {
        return Ok(());
    }
    let objects: Vec<_> = found.iter().map(|found| format!("{} ({})", found.object, found.reason)).collect();
    let sql: Vec<_> = found.iter().map(|found| found.removal_sql.as_str()).collect();
    let message = format!("{url} cannot be checked or copied by SQLite alone: {}", objects.join(", "));
    Err(CommandError::new(ExitCode::Refused, message).hint(format!(
        "keep a copy of the file, then remove it with `sqlite3`: {} Nothing was changed",
        sql.join(" ")
    )))
}

/// Refuses a damaged database. Without this check a dry run, whose copy has new rows and indexes, would not see the damage,
/// and at the end of an import it would look like botctl's fault. A backup has its own check.
pub(super) fn refuse_damaged(url: &DatabaseUrl, conn: &mut AnyConnection) -> Result<(), CommandError> {
    let damage = integrity::find_damage(conn).map_err(|error| open_failure(url, &error))?;
    match damage.first() {
        None => Ok(()),
        Some(first) if damage.iter().all(|line| integrity::is_outside_of_rows(line)) => {
            Err(damage_outside_rows(
                url,
                first,
                "`botctl backup` copies every row into a new file: make one and restore it with `botctl backup restore`",
            ))
        }
        Some(_) => {
            let only_indexes = integrity::is_only_in_indexes(conn, &damage);
            Err(damage_failure(url, damage, only_indexes))
        }
    }
}

fn damage_failure(url: &DatabaseUrl, damage: Vec<String>, only_indexes: bool) -> CommandError {
    BackupError::Damaged { database: url.to_string(), damage, only_indexes }.into()
}

/// The rows are intact, but the file is not.
pub(super) fn damage_outside_rows(url: &DatabaseUrl, first: &str, hint: impl Display) -> CommandError {
    CommandError::new(
        ExitCode::Refused,
        format!("{url} is damaged outside of its rows ({first}) and was not adopted"),
    )
    .hint(format_args!("{hint}; then run this again"))
}

pub(super) fn scratch_failure(temporary: &Path, error: &io::Error) -> CommandError {
    let message = format!("cannot make a copy in the temporary directory {}: {error}", temporary.display());
    CommandError::new(ExitCode::Failed, message).hint(
        "name a writable directory with room for two copies of the file with TMPDIR; nothing was changed",
    )
}

pub(super) fn copy_failure(url: &DatabaseUrl, folder: &Path, error: &db::Error) -> CommandError {
    if is_damage(error) {
        return damage_failure(url, vec![error.to_string()], false);
    }
    let text = error.to_string();
    let lacks_definition = text.contains("no such") || text.contains("unknown function");
    let hint = if lacks_definition {
        "find what needs that in `SELECT name, sql FROM sqlite_schema` and remove it in a copy of the file; nothing was changed"
    } else {
        "make room there, or name another directory with TMPDIR; nothing was changed"
    };
    CommandError::new(ExitCode::Failed, format!("cannot copy {url} into {}: {error}", folder.display()))
        .hint(hint)
}

pub(super) fn missing_database(url: &DatabaseUrl) -> CommandError {
    CommandError::new(ExitCode::Unreachable, format!("there is no database at {url}"))
        .hint("name the old bot's file with --database-url")
}

pub(super) fn exclusive_access_failure(url: &DatabaseUrl, error: &db::Error) -> CommandError {
    if error.is_locked() {
        return CommandError::new(ExitCode::Locked, format!("{url} is in use by another program")).hint(
            "stop the old bot and any other program that has the file open, then run this again; nothing was changed",
        );
    }
    CommandError::new(ExitCode::Failed, format!("{url} cannot be written: {error}")).hint(
        "the file and its directory must be writable for this user, with room on the disk; nothing was changed",
    )
}

pub(super) fn open_failure(url: &DatabaseUrl, error: &db::Error) -> CommandError {
    if error.is_locked() {
        return exclusive_access_failure(url, error);
    }
    if is_damage(error) {
        return damage_failure(url, vec![error.to_string()], false);
    }
    CommandError::new(ExitCode::Refused, format!("{url} cannot be read as a SQLite database: {error}"))
        .hint("name the old bot's file with --database-url; nothing was changed")
}

pub(super) const DATABASE_DISK: &str = "its disk";

/// `disk` is where the import ran.
pub(super) fn adopt_failure(url: &DatabaseUrl, error: AdoptError, disk: &str) -> CommandError {
    let failed =
        |error: &dyn Display| CommandError::new(ExitCode::Failed, format!("{url} was not adopted: {error}"));
    let room = format!(
        "the database is unchanged; make room on {disk} (`df -h`, `ulimit -f`): the import needs about the size of the file; \
         then run this again"
    );
    match error {
        AdoptError::NotOldBot(_) => CommandError::new(ExitCode::Refused, format!("{url}: {error}"))
            .hint("name the old bot's file with --database-url; nothing was changed"),
        AdoptError::Mismatch(_) => {
            failed(&error).hint("nothing was changed; keep the file and report this: it is a bug in botctl")
        }
        AdoptError::ChangedSinceBackup => CommandError::new(ExitCode::Locked, format!("{url}: {error}"))
            .hint("stop the old bot and run this again; nothing was changed"),
        AdoptError::Database(error) if error.is_locked() => exclusive_access_failure(url, &error),
        AdoptError::Database(error) if is_damage(&error) => {
            damage_failure(url, vec![error.to_string()], false)
        }
        AdoptError::Schema(error) => failed(&error).hint(room),
        AdoptError::Database(error) => failed(&error).hint(room),
    }
}

/// Whether the file is a database, but a damaged one.
fn is_damage(error: &db::Error) -> bool {
    error.is_corruption() && error.to_string().contains("malformed")
}
