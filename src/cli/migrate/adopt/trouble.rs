//! Why a database is not taken over, and what to do about it.

use std::fmt::Display;
use std::io;
use std::path::Path;

use super::super::super::exit::{Code, Failure};
use crate::backup::BackupError;
use crate::backup::integrity;
use crate::config::database::DatabaseUrl;
use crate::db;
use crate::db::connection::AnyConnection;
use crate::legacy::{self, AdoptError};

/// Refuses a database with something in it that neither a backup nor a takeover can do anything with.
pub(super) fn refuse_unusable(url: &DatabaseUrl, conn: &mut AnyConnection) -> Result<(), Failure> {
    let found = legacy::unusable(conn).map_err(|error| unreadable(url, &error))?;
    if found.is_empty() {
        return Ok(());
    }
    let what: Vec<_> = found.iter().map(|found| format!("{} ({})", found.what, found.reason)).collect();
    let hint: Vec<_> = found.iter().map(|found| found.hint.as_str()).collect();
    let words = format!("{url} cannot be checked or copied by SQLite alone: {}", what.join(", "));
    Err(Failure::new(Code::Refused, words).hint(format!(
        "with a copy of the file kept, take it out with `sqlite3`: {} Nothing was changed",
        hint.join(" ")
    )))
}

/// Refuses a damaged database before anything is done with it: of the copy that a dry run works on every row and every
/// index is made anew, and what is found at the end of a takeover looks like its fault. A backup finds the same by itself.
pub(super) fn refuse_damaged(url: &DatabaseUrl, conn: &mut AnyConnection) -> Result<(), Failure> {
    let damage = integrity::find_damage(conn).map_err(|error| unreadable(url, &error))?;
    match damage.first() {
        None => Ok(()),
        Some(first) if damage.iter().all(|line| integrity::is_outside_of_rows(line)) => Err(outside_of_rows(
            url,
            first,
            "`botctl backup` writes every row anew: make one and put it back with `botctl backup restore`",
        )),
        Some(_) => {
            let only_indexes = integrity::is_only_in_indexes(conn, &damage);
            Err(damaged(url, damage, only_indexes))
        }
    }
}

/// In the words of a backup, which would find it, too.
fn damaged(url: &DatabaseUrl, damage: Vec<String>, only_indexes: bool) -> Failure {
    BackupError::Damaged { database: url.to_string(), damage, only_indexes }.into()
}

/// All rows are whole, but the file is not.
pub(super) fn outside_of_rows(url: &DatabaseUrl, first: &str, hint: impl Display) -> Failure {
    Failure::new(
        Code::Refused,
        format!("{url} is damaged outside of its rows ({first}), so it was not taken over"),
    )
    .hint(format_args!("{hint}; then run this again"))
}

/// There is nowhere to try it out.
pub(super) fn no_scratch(temporary: &Path, error: &io::Error) -> Failure {
    let words = format!("no copy can be made in the temporary folder {}: {error}", temporary.display());
    Failure::new(Code::Failed, words).hint(
        "name a folder with TMPDIR that this user can write to and that has room for two copies of the file; nothing was \
         changed",
    )
}

/// It could not be copied to be tried out.
pub(super) fn not_copied(url: &DatabaseUrl, folder: &Path, error: &db::Error) -> Failure {
    if is_damage(error) {
        return damaged(url, vec![error.to_string()], false);
    }
    let text = error.to_string();
    let lacks_something = text.contains("no such") || text.contains("unknown function");
    let hint = if lacks_something {
        "find what needs that in `SELECT name, sql FROM sqlite_schema` and take it out, in a copy of the file; nothing was changed"
    } else {
        "make room there, or name another folder with TMPDIR; nothing was changed"
    };
    let words = format!("{url} could not be copied into {}: {error}", folder.display());
    Failure::new(Code::Failed, words).hint(hint)
}

pub(super) fn not_there(url: &DatabaseUrl) -> Failure {
    Failure::new(Code::Unreachable, format!("there is no database at {url}"))
        .hint("name the old bot's file with --database-url")
}

pub(super) fn not_alone(url: &DatabaseUrl, error: &db::Error) -> Failure {
    if error.is_locked() {
        return Failure::new(Code::Locked, format!("{url} is in use by another program")).hint(
            "stop the old bot and whatever else has the file open, and run this again; nothing was changed",
        );
    }
    Failure::new(Code::Failed, format!("{url} cannot be changed: {error}")).hint(
        "the file and its folder must be writable for this user, with room on the disk; nothing was changed",
    )
}

pub(super) fn unreadable(url: &DatabaseUrl, error: &db::Error) -> Failure {
    if error.is_locked() {
        return not_alone(url, error);
    }
    if is_damage(error) {
        return damaged(url, vec![error.to_string()], false);
    }
    Failure::new(Code::Refused, format!("{url} cannot be read as a SQLite database: {error}"))
        .hint("name the old bot's file with --database-url; nothing was changed")
}

/// The disk of the database.
pub(super) const ITS_DISK: &str = "its disk";

/// Why the takeover itself failed; `disk` is where it was at work.
pub(super) fn failed(url: &DatabaseUrl, error: AdoptError, disk: &str) -> Failure {
    let because = |error: &dyn Display| {
        Failure::new(Code::Failed, format!("{url} was not taken over: {error}")).hint(format_args!(
            "the database is as it was; see that there is room on {disk} (`df -h`, `ulimit -f`; about as much again as the \
             file takes), then run this again"
        ))
    };
    match error {
        AdoptError::NotTheOldBots(_) => Failure::new(Code::Refused, format!("{url}: {error}"))
            .hint("name the old bot's file with --database-url; nothing was changed"),
        AdoptError::Disagrees(_) => Failure::new(Code::Failed, format!("{url} was not taken over: {error}"))
            .hint("nothing was changed; keep the file and report this, it is a fault of botctl"),
        AdoptError::WrittenMeanwhile => Failure::new(Code::Locked, format!("{url}: {error}"))
            .hint("stop the old bot and run this again; nothing was changed"),
        AdoptError::Database(error) if error.is_locked() => not_alone(url, &error),
        AdoptError::Database(error) if is_damage(&error) => damaged(url, vec![error.to_string()], false),
        AdoptError::Schema(error) => because(&error),
        AdoptError::Database(error) => because(&error),
    }
}

/// Whether it is a database, but a damaged one.
fn is_damage(error: &db::Error) -> bool {
    error.is_damage() && error.to_string().contains("malformed")
}
