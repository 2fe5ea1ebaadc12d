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
    /// There is nothing in the database.
    #[error("{0} has no tables, so there is nothing to back up")]
    Empty(String),
    /// A file or folder.
    #[error("cannot {doing} {}: {source}", path.display())]
    File {
        /// What was tried, as in "cannot …".
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// Whose it is.
        place: FilePurpose,
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
        /// Whether only indexes are, which can be made anew from the rows.
        only_indexes: bool,
    },
    /// The archive that `pg_dump` made of a database that nothing is known to be wrong with.
    #[error("the archive that pg_dump made is not whole: {0}")]
    Archive(String),
    /// A database that nobody has open cannot be read where its folder cannot be written to.
    #[error("{} cannot be read: its folder cannot be written to, and {} holds changes", database.display(), side.display())]
    ReadOnly {
        /// Which.
        database: PathBuf,
        /// What is beside it.
        side: PathBuf,
    },
    /// A backup is not good.
    #[error("{} is not a good backup: {}", path.display(), problems.join("; "))]
    Invalid {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        problems: Vec<String>,
    },
    /// A backup of SQLite is there, but what its manifest says cannot be understood.
    #[error("{} cannot be compared: its manifest says nothing that can be understood", .0.display())]
    BadManifest(PathBuf),
    /// A backup, or its manifest, is there and cannot be looked at.
    #[error("{} {why}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why, in words.
        why: String,
    },
    /// A backup was made by a newer botctl.
    #[error("{} was made by a newer botctl", .0.display())]
    Newer(PathBuf),
    /// A backup of SQLite for PostgreSQL, or the other way round.
    #[error("{} is not a backup of the kind of database that {database} is", path.display())]
    WrongKind {
        /// Which.
        path: PathBuf,
        /// The database, without credentials.
        database: String,
    },
    /// What is in the database belongs to roles that this one cannot act for.
    #[error("what is in {database} belongs to {}, for whom its role may not act", owners.join(", "))]
    NotOwner {
        /// The database, without credentials.
        database: String,
        /// The roles.
        owners: Vec<String>,
    },
    /// Things of others would go away together with what is in the database.
    #[error("with what is in {database} would go what depends on it and is in no backup: {}", things.join(", "))]
    Dependents {
        /// The database, without credentials.
        database: String,
        /// What they are.
        things: Vec<String>,
    },
    /// Somebody else has the database open.
    #[error("{} is open in another program", .0.display())]
    InUse(PathBuf),
    /// A client program of PostgreSQL is not there.
    #[error("{program} is not installed or not on the PATH")]
    MissingClient {
        /// Which.
        program: &'static str,
    },
    /// A client program of PostgreSQL is older than the server.
    #[error("{program} is of version {client}, the server of version {server}; it must not be older")]
    OutdatedClient {
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

/// What a file or folder belongs to, on which the hint depends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FilePurpose {
    /// The backups.
    Backup,
    /// The database, and what is made beside it.
    Database,
}

impl BackupError {
    /// For `map_err`: what was tried with which file of the backups.
    pub(super) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        Self::file_of(FilePurpose::Backup, doing, path)
    }

    /// The same with a file of this place.
    pub(super) fn file_of(
        place: FilePurpose,
        doing: &'static str,
        path: &Path,
    ) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { doing, path: path.to_owned(), place, source }
    }

    /// What a database says that cannot be read: whether that is because of what is in it, or because it is locked, may
    /// not be read or has no room.
    pub(super) fn reading(database: &Path, error: db::Error) -> Self {
        const PASSING: [&str; 3] = ["readonly", "authorization denied", "access permission denied"];
        let said = error.to_string();
        let is_passing = error.is_locked() || error.is_file_inaccessible() || error.is_disk_failure();
        if is_passing || PASSING.iter().any(|sign| said.contains(sign)) {
            return error.into();
        }
        Self::Damaged { what: database.display().to_string(), damage: vec![said], only_indexes: false }
    }
}

/// What a client program of PostgreSQL failed at, known by its words.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ClientFailure {
    /// Somebody else holds a lock.
    Locked,
    /// The server was not reached, or has no room for more.
    Unreachable,
    /// Anything else.
    Other,
}

impl ClientFailure {
    /// What these words are about. The numbers are SQLSTATEs, which are the same in every language.
    #[must_use]
    pub fn classify(said: &str) -> Self {
        const LOCKED: [&str; 2] = ["55P03", "lock timeout"];
        const SERVER: [&str; 11] = [
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
        let has = |signs: &[&str]| signs.iter().any(|sign| said.contains(sign));
        if has(&LOCKED) {
            Self::Locked
        } else if has(&SERVER) {
            Self::Unreachable
        } else {
            Self::Other
        }
    }
}

fn first_of(damage: &[String]) -> String {
    match damage {
        [] => "it cannot be read".to_owned(),
        [only] => only.clone(),
        [first, rest @ ..] => format!("{first} (and {} more)", rest.len()),
    }
}
