//! What can go wrong with a backup.

use std::io;
use std::path::{Path, PathBuf};

use crate::db;
use crate::db::lock::LockError;

/// Why a backup was not made, checked, put back or removed.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is nothing to back up.
    #[error("there is no database at {}", .0.display())]
    NoDatabase(PathBuf),
    /// A file or folder of the backups.
    #[error("cannot {doing} {}: {source}", path.display())]
    File {
        /// What was tried, as in "cannot …".
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The copy could not be written.
    #[error("the copy of the database could not be made in {}: {source}", folder.display())]
    Copy {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another run works on the backups of this folder and takes too long.
    #[error("another run is making or removing backups in {}", .0.display())]
    Busy(PathBuf),
    /// The database, or what was copied of it, is damaged.
    #[error("{what} is damaged: {}", first_of(.damage))]
    Damaged {
        /// Which file.
        what: String,
        /// What the database says about it.
        damage: Vec<String>,
    },
    /// A backup is not good.
    #[error("{} is not a good backup: {}", path.display(), problems.join("; "))]
    Bad {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        problems: Vec<String>,
    },
    /// A backup was made by a newer botctl.
    #[error("{} was made by a newer botctl", .0.display())]
    Newer(PathBuf),
    /// A backup of SQLite for PostgreSQL, or the other way round.
    #[error("{} is not a backup of the kind of database that {database} is", path.display())]
    OtherKind {
        /// Which.
        path: PathBuf,
        /// The database, without credentials.
        database: String,
    },
    /// Somebody else has the database open.
    #[error("{} is open in another program", .0.display())]
    InUse(PathBuf),
    /// A client program of PostgreSQL is not there.
    #[error("{program} is not installed or not on the PATH")]
    NoClient {
        /// Which.
        program: &'static str,
    },
    /// A client program of PostgreSQL is older than the server.
    #[error("{program} is of version {client}, the server of version {server}; it must not be older")]
    OldClient {
        /// Which.
        program: &'static str,
        /// Its version.
        client: u64,
        /// The server's.
        server: u64,
    },
    /// A client program of PostgreSQL failed.
    #[error("{program} failed: {said}")]
    Client {
        /// Which.
        program: &'static str,
        /// What it said, without credentials.
        said: String,
    },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
    /// Another run holds the database.
    #[error(transparent)]
    Lock(#[from] LockError),
}

impl BackupError {
    /// For `map_err`: what was tried with which file.
    pub(super) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { doing, path: path.to_owned(), source }
    }
}

fn first_of(damage: &[String]) -> String {
    match damage {
        [] => "it cannot be read".to_owned(),
        [only] => only.clone(),
        [first, rest @ ..] => format!("{first} (and {} more)", rest.len()),
    }
}
