//! Who may work on a database at the same time: one `serve` on SQLite, several on PostgreSQL, and nobody beside whoever
//! replaces its tables.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::connection::{self, AnyConnection, on_each};
use super::error::{Error, Result};
use crate::config::database::DatabaseUrl;

/// How long a PostgreSQL server may take to notice that a killed process is gone.
const PATIENCE: Duration = Duration::from_secs(1);

/// Held while `serve` runs; the operating system (or the server) lets go of it when the process dies.
///
/// On a PostgreSQL server several may serve, so each of them has the lock shared; see [`ExclusiveLock`] for who has it to itself.
pub struct ServeLock {
    /// No other process served this database when the lock was taken, so every lease in it is left over.
    pub alone: bool,
    held: LockHandle,
}

enum LockHandle {
    File { _file: File },
    Session { conn: Box<AnyConnection> },
}

/// Why the lock was not had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another `serve` runs on this SQLite database, or a command that must have it to itself.
    #[error("another `botctl serve` is running on this database, or a command that replaces it (lock file {})", .0.display())]
    Held(PathBuf),
    /// Somebody puts other tables in the place of those of a PostgreSQL database.
    #[error("{0} is being replaced by another command")]
    Replaced(String),
    /// A `serve` runs on a database that a command must have to itself.
    #[error("a `botctl serve` is running on {0}")]
    Served(String),
    /// Another run is changing the schema and takes its time.
    #[error("another run is changing the schema of {database} ({lock}); it was waited for {} s", patience.as_secs())]
    Migrating {
        /// The database, without credentials.
        database: String,
        /// What it holds: the lock file, or the lock's number on the server.
        lock: String,
        /// How long it was waited for.
        patience: Duration,
    },
    /// The lock file cannot be made.
    #[error("the lock file {} cannot be opened: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The server did not answer.
    #[error(transparent)]
    Database(#[from] Error),
}

/// Takes the lock with which a `serve` keeps those away who would replace its tables.
///
/// # Errors
/// [`LockError::Held`] when another process serves this SQLite database, [`LockError::Held`] or
/// [`LockError::Replaced`] when a command has it to itself.
pub fn acquire_serve_lock(url: &DatabaseUrl) -> Result<ServeLock, LockError> {
    match url {
        DatabaseUrl::Sqlite(database) => match try_lock_file(database, SERVE_FILE) {
            // Somebody may just be looking; see `is_served`.
            Err(LockError::Held(_)) => {
                std::thread::sleep(PATIENCE / 20);
                try_lock_file(database, SERVE_FILE)
            }
            done => done,
        }
        .map(|held| ServeLock { alone: true, held }),
        DatabaseUrl::Postgres(_) => acquire_serve_session(url),
    }
}

impl ServeLock {
    /// Makes sure that the lock is still had. A server that was restarted has forgotten it; then it is taken again.
    ///
    /// # Errors
    /// [`LockError::Replaced`] when somebody else has used the gap, [`LockError::Database`] when the server does not answer.
    pub fn keep(&mut self, url: &DatabaseUrl) -> Result<(), LockError> {
        match &mut self.held {
            LockHandle::File { .. } => Ok(()),
            LockHandle::Session { conn } => {
                use diesel::r2d2::R2D2Connection;
                if on_each!(&mut **conn, |c| c.ping()).is_err() {
                    self.held = acquire_serve_session(url)?.held;
                }
                Ok(())
            }
        }
    }
}

/// Held by who must have a database to itself: nobody serves it and nobody else changes its schema.
pub struct ExclusiveLock {
    _migrate: MigrateLock,
    _serve: LockHandle,
}

/// Takes all locks, waiting up to `patience` for another run that changes the schema. A `serve` is not waited for.
///
/// # Errors
/// [`LockError::Migrating`] when the other run takes longer, [`LockError::Served`] when somebody serves.
pub fn acquire_exclusive_lock(url: &DatabaseUrl, patience: Duration) -> Result<ExclusiveLock, LockError> {
    // In this order: whoever else wants to be alone is waited for here, and has gone from there when it is over.
    let migrate = acquire_migrate_lock(url, patience)?;
    let served = || LockError::Served(url.to_string());
    let serve = match url {
        DatabaseUrl::Sqlite(_) => match acquire_serve_lock(url) {
            Ok(lock) => lock.held,
            Err(LockError::Held(_)) => return Err(served()),
            Err(error) => return Err(error),
        },
        DatabaseUrl::Postgres(_) => {
            try_advisory_lock(url, SERVE_KEY, LockMode::Nobody, PATIENCE)?.ok_or_else(served)?
        }
    };
    Ok(ExclusiveLock { _migrate: migrate, _serve: serve })
}

/// Whether a `serve` runs on this database. Takes nothing away from it and makes no file.
///
/// # Errors
/// When that cannot be found out.
pub fn is_served(url: &DatabaseUrl, conn: &mut AnyConnection) -> Result<bool, LockError> {
    match (url, conn) {
        (DatabaseUrl::Sqlite(database), _) => is_file_locked(lock_file_path(database, SERVE_FILE)),
        (DatabaseUrl::Postgres(_), AnyConnection::Pg(conn)) => has_serve_session(conn),
        (DatabaseUrl::Postgres(_), _) => Ok(false),
    }
}

/// What is appended to a database's name for the file that `serve` locks.
const SERVE_FILE: &str = ".serve.lock";
/// The same for whoever changes the schema.
const MIGRATE_FILE: &str = ".migrate.lock";

fn is_file_locked(path: PathBuf) -> Result<bool, LockError> {
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(source) => return Err(LockError::File { path, source }),
    };
    // Shared, so that two who look do not see each other; given back at once.
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(source)) => Err(LockError::File { path, source }),
    }
}

/// The server lists advisory locks with the two halves of their key (PostgreSQL: `pg_locks`).
fn has_serve_session(conn: &mut diesel::PgConnection) -> Result<bool, LockError> {
    use diesel::prelude::*;
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        count: i64,
    }
    let query = diesel::sql_query(
        "SELECT count(*) AS count FROM pg_locks
         WHERE locktype = 'advisory' AND granted AND mode = 'ShareLock' AND classid = 0 AND objid::bigint = $1 AND objsubid = 1
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    );
    let found: Found =
        query.bind::<diesel::sql_types::BigInt, _>(SERVE_KEY).get_result(conn).map_err(Error::from)?;
    Ok(found.count > 0)
}

/// Held while the schema is changed.
pub struct MigrateLock {
    #[allow(dead_code, reason = "held for what its end does")]
    held: LockHandle,
}

/// Takes the lock under which the schema is changed, waiting up to `patience` for another run that has it.
///
/// # Errors
/// [`LockError::Migrating`] when the other run takes longer.
pub fn acquire_migrate_lock(url: &DatabaseUrl, patience: Duration) -> Result<MigrateLock, LockError> {
    let (held, lock) = match url {
        DatabaseUrl::Sqlite(database) => {
            let lock = format!("lock file {}", lock_file_path(database, MIGRATE_FILE).display());
            let held = poll_until(patience, || match try_lock_file(database, MIGRATE_FILE) {
                Ok(held) => Ok(Some(held)),
                Err(LockError::Held(_)) => Ok(None),
                Err(error) => Err(error),
            })?;
            (held, lock)
        }
        DatabaseUrl::Postgres(_) => (
            try_advisory_lock(url, MIGRATE_KEY, LockMode::Nobody, patience)?,
            format!("advisory lock {MIGRATE_KEY}"),
        ),
    };
    match held {
        Some(held) => Ok(MigrateLock { held }),
        None => Err(LockError::Migrating { database: url.to_string(), lock, patience }),
    }
}

/// Asks again and again until `patience` is over; at least once.
fn poll_until<T>(
    patience: Duration,
    mut ask: impl FnMut() -> Result<Option<T>, LockError>,
) -> Result<Option<T>, LockError> {
    const PAUSE: Duration = Duration::from_millis(50);
    let begun = Instant::now();
    loop {
        let answer = ask()?;
        if answer.is_some() || begun.elapsed() >= patience {
            return Ok(answer);
        }
        std::thread::sleep(PAUSE);
    }
}

/// A file beside the database, however its path is written: two who name it by different links must meet at one lock.
fn lock_file_path(database: &Path, ending: &str) -> PathBuf {
    let mut name = connection::real_path(database).unwrap_or_else(|_| database.to_owned()).into_os_string();
    name.push(ending);
    PathBuf::from(name)
}

fn try_lock_file(database: &Path, ending: &str) -> Result<LockHandle, LockError> {
    let path = lock_file_path(database, ending);
    let file = match open_lock_file(database, &path) {
        Ok(file) => file,
        Err(source) => return Err(LockError::File { path, source }),
    };
    match file.try_lock() {
        Ok(()) => Ok(LockHandle::File { _file: file }),
        Err(TryLockError::WouldBlock) => Err(LockError::Held(path)),
        Err(TryLockError::Error(source)) => Err(LockError::File { path, source }),
    }
}

/// The file belongs to the owner of the database, also where root runs a command once; one that somebody else left can be
/// locked all the same, for which reading it is enough.
fn open_lock_file(database: &Path, path: &Path) -> io::Result<File> {
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(file) => {
            let folder = path.parent().unwrap_or(Path::new("."));
            let owner = std::fs::metadata(database).or_else(|_| std::fs::metadata(folder))?;
            connection::chown_like(&file, &owner);
            Ok(file)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => File::open(path),
        Err(error) => Err(error),
    }
}

/// Numbers that no other program uses on this database: "botctl" on a telephone's keys, and the next.
const SERVE_KEY: i64 = 268_285;
const MIGRATE_KEY: i64 = SERVE_KEY + 1;

/// Whom a lock of a session leaves room for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum LockMode {
    Nobody,
    Others,
}

/// Whoever gets the lock alone is the first; it then makes room for others like it.
fn acquire_serve_session(url: &DatabaseUrl) -> Result<ServeLock, LockError> {
    use diesel::connection::SimpleConnection;

    if let Some(LockHandle::Session { mut conn }) =
        try_advisory_lock(url, SERVE_KEY, LockMode::Nobody, Duration::ZERO)?
    {
        let make_room =
            format!("SELECT pg_advisory_lock_shared({SERVE_KEY}); SELECT pg_advisory_unlock({SERVE_KEY})");
        on_each!(&mut *conn, |c| c.batch_execute(&make_room)).map_err(Error::from)?;
        return Ok(ServeLock { alone: true, held: LockHandle::Session { conn } });
    }
    // Long enough for the first one to make room, and for the server to notice that a killed process is gone.
    let held = try_advisory_lock(url, SERVE_KEY, LockMode::Others, PATIENCE)?;
    let held = held.ok_or_else(|| LockError::Replaced(url.to_string()))?;
    Ok(ServeLock { alone: false, held })
}

/// An advisory lock of a connection of its own, which the server frees when that ends; `None` when another has it.
fn try_advisory_lock(
    url: &DatabaseUrl,
    key: i64,
    sharing: LockMode,
    patience: Duration,
) -> Result<Option<LockHandle>, LockError> {
    use diesel::prelude::*;
    diesel::define_sql_function!(fn pg_try_advisory_lock(key: diesel::sql_types::BigInt) -> diesel::sql_types::Bool);
    diesel::define_sql_function!(fn pg_try_advisory_lock_shared(key: diesel::sql_types::BigInt) -> diesel::sql_types::Bool);

    let mut conn = connection::open_connection(url)?;
    let taken = poll_until(patience, || {
        let AnyConnection::Pg(session) = &mut conn else {
            return Err(Error::Connect("a PostgreSQL address opened another backend".to_owned()).into());
        };
        let is_ours: bool = match sharing {
            LockMode::Nobody => diesel::select(pg_try_advisory_lock(key)).get_result(session),
            LockMode::Others => diesel::select(pg_try_advisory_lock_shared(key)).get_result(session),
        }
        .map_err(Error::from)?;
        Ok(is_ours.then_some(()))
    })?;
    Ok(taken.map(|()| LockHandle::Session { conn: Box::new(conn) }))
}
