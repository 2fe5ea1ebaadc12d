//! Errors of backups.

use std::io;
use std::path::{Path, PathBuf};

use crate::db;
use crate::db::lock::LockError;

/// Why a backup was not created, verified, restored or removed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackupError {
    #[error("there is no database at {}", .0.display())]
    NoDatabase(PathBuf),
    #[error("{0} has no tables, so there is nothing to back up")]
    Empty(String),
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// Completes "cannot …".
        action: &'static str,
        path: PathBuf,
        purpose: FilePurpose,
        source: io::Error,
    },
    /// The copy of an intact database is not intact, or not the same.
    #[error("the copy of the database is not good: {}", .0.join("; "))]
    BadCopy(Vec<String>),
    /// Another run keeps the lock of this backup folder for too long.
    #[error("another run is creating or removing backups in {}", .0.display())]
    Busy(PathBuf),
    #[error("{database} is damaged: {}", shorten_list(.damage))]
    Damaged {
        database: String,
        /// What SQLite reports.
        damage: Vec<String>,
        /// Indexes can be rebuilt from the rows.
        only_indexes: bool,
    },
    /// The schema names a collation, function or module that only the program that made the database defines.
    #[error("{database} needs an extension of SQLite that botctl does not have: {missing}")]
    MissingExtension { database: String, missing: String },
    /// The archive is not good although `pg_dump` reported no failure.
    #[error("the archive that pg_dump made is not complete: {0}")]
    Archive(String),
    /// SQLite cannot open a database in WAL mode where it cannot create files beside it.
    #[error("{} cannot be read: its directory is not writable, and {} holds changes", database.display(), sidecar.display())]
    ReadOnly { database: PathBuf, sidecar: PathBuf },
    #[error("{} is not a good backup: {}", path.display(), problems.join("; "))]
    Invalid { path: PathBuf, problems: Vec<String> },
    #[error("{} cannot be compared: its manifest cannot be parsed", .0.display())]
    BadManifest(PathBuf),
    /// The artifact or its manifest exists but cannot be read.
    #[error("{} {reason}", path.display())]
    Unreadable { path: PathBuf, reason: String },
    #[error("{} was made by a newer botctl", .0.display())]
    Newer(PathBuf),
    /// It would bring what acts with the bot's rights.
    #[error("{} has what neither the bot's schema nor the database has: {objects}", path.display())]
    ExtraObjects { path: PathBuf, objects: String },
    /// A backup of SQLite for PostgreSQL, or the other way round.
    #[error("{} is a backup of another kind of database than {database}", path.display())]
    WrongKind { path: PathBuf, database: String },
    /// Restoring would replace objects of roles that this role cannot act for.
    #[error("objects in {database} belong to {}, for whom its role may not act", owners.join(", "))]
    NotOwner { database: String, owners: Vec<String> },
    /// Restoring would drop objects outside of the bot's schema, which are in no backup.
    #[error("replacing {database} would also drop what depends on it and is in no backup: {}", objects.join(", "))]
    Dependents { database: String, objects: Vec<String> },
    #[error("{} is open in another program", .0.display())]
    InUse(PathBuf),
    #[error("{program} is not installed or not on the PATH")]
    MissingClient { program: &'static str },
    /// A crafted archive could make it run commands (CVE-2025-8714).
    #[error("psql is of before August 2025 and would run commands that a crafted backup contains")]
    UnsafePsql,
    #[error("{program} has version {client}, the server has version {server}; the client must not be older")]
    OutdatedClient { program: &'static str, client: u64, server: u64 },
    #[error("{program} failed: {message}")]
    Client {
        program: &'static str,
        /// What the program printed, without credentials.
        message: String,
    },
    #[error(transparent)]
    Database(#[from] db::Error),
    #[error(transparent)]
    Lock(#[from] LockError),
}

/// What a file or folder is for, on which the hint depends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum FilePurpose {
    Backup,
    /// The database, and what is created beside it.
    Database,
}

impl BackupError {
    /// Makes an error of the backup folder for `map_err`; `action` completes "cannot …".
    pub(super) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        Self::file_of(FilePurpose::Backup, action, path)
    }

    pub(super) fn file_of(
        purpose: FilePurpose,
        action: &'static str,
        path: &Path,
    ) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { action, path: path.to_owned(), purpose, source }
    }

    /// Tells a database that cannot be read because of its contents from one that is locked, not readable for this user or
    /// out of disk space.
    pub(super) fn reading(database: &Path, error: db::Error) -> Self {
        const PASSING: [&str; 3] = ["readonly", "authorization denied", "access permission denied"];
        const EXTENSIONS: [&str; 3] = ["no such collation sequence", "no such function", "no such module"];
        let message = error.to_string();
        let is_passing = error.is_locked() || error.is_file_inaccessible() || error.is_disk_failure();
        if is_passing || PASSING.iter().any(|sign| message.contains(sign)) {
            return error.into();
        }
        let database = database.display().to_string();
        if let Some(start) = EXTENSIONS.iter().find_map(|sign| message.find(sign)) {
            return Self::MissingExtension { database, missing: message[start..].to_owned() };
        }
        Self::Damaged { database, damage: vec![message], only_indexes: false }
    }
}

/// Why a client program of PostgreSQL failed, recognised by its words.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ClientFailure {
    Locked,
    /// The server cannot be reached or has no resources left.
    Unreachable,
    Other,
}

impl ClientFailure {
    /// Classifies what the program printed. The numbers are SQLSTATEs, which are the same in every language.
    pub(crate) fn classify(message: &str) -> Self {
        const LOCKED: [&str; 2] = ["55P03", "lock timeout"];
        const UNREACHABLE: [&str; 11] = [
            "connection to server",
            "could not connect",
            "server closed the connection",
            "terminating connection",
            "too many connections",
            "too many clients",
            "connection slots",
            "No space left on device",
            "out of memory",
            "out of shared memory",
            "Cannot allocate memory",
        ];
        let has = |signs: &[&str]| signs.iter().any(|sign| message.contains(sign));
        if has(&LOCKED) {
            Self::Locked
        } else if has(&UNREACHABLE) {
            Self::Unreachable
        } else {
            Self::Other
        }
    }
}

fn shorten_list(damage: &[String]) -> String {
    match damage {
        [] => "it cannot be read".to_owned(),
        [only] => only.clone(),
        [first, rest @ ..] => format!("{first} (and {} more)", rest.len()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn missing_extension_is_not_damage() {
        let reading = |message: &str| {
            BackupError::reading(Path::new("bot.db"), db::Error::Connect(message.to_owned())).to_string()
        };
        assert_eq!(
            reading("the database failed: no such collation sequence: xyz"),
            "bot.db needs an extension of SQLite that botctl does not have: no such collation sequence: xyz"
        );
        assert!(reading("file is not a database").starts_with("bot.db is damaged: "));
    }
}
