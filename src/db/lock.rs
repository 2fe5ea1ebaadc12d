//! Locks between processes: one `serve` on SQLite, several on PostgreSQL, and none while a command replaces the tables.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::connection::{self, AnyConnection, on_each};
use super::error::{Error, Result};
use super::lock_file::{open_lock_file, open_regular};
use super::{lock_file, sql, sqlite_file};
use crate::config::database::DatabaseUrl;

/// How long a PostgreSQL server may take to notice that a killed process is gone.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(1);

/// Held while `serve` runs; the operating system or the server releases it when the process dies. Shared on PostgreSQL, where
/// several may serve.
pub struct ServeLock {
    /// No other process served this database when the lock was acquired, so every lease in it is of a crashed one.
    pub is_first: bool,
    held: LockHandle,
}

enum LockHandle {
    File { _file: File },
    Session { conn: Box<AnyConnection> },
}

#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another `serve` or a command with an exclusive lock runs on this SQLite database.
    #[error("another `botctl serve` is running on this database, or a command that replaces it (lock file {})", .0.display())]
    Held(PathBuf),
    /// A command with an exclusive lock runs on this PostgreSQL database.
    #[error("{0} is being replaced by another command")]
    Replaced(String),
    /// A `serve` runs on a database that a command needs exclusively.
    #[error("a `botctl serve` is running on {0}")]
    Served(String),
    /// Another process is changing the schema and has not finished in time.
    #[error("another run is changing the schema of {database} ({lock}); gave up after {} s", timeout.as_secs())]
    Migrating {
        /// Without credentials.
        database: String,
        /// The lock file, or the advisory lock's key.
        lock: String,
        timeout: Duration,
    },
    #[error("the lock file {} cannot be opened: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Database(#[from] Error),
}

/// Acquires the lock of a running `serve`, which keeps other commands from replacing the tables.
pub fn acquire_serve_lock(url: &DatabaseUrl) -> Result<ServeLock, LockError> {
    match url {
        DatabaseUrl::Sqlite(database) => match try_lock_file(database, SERVE_SUFFIX) {
            // Another process may just be testing the lock; see `is_served`.
            Err(LockError::Held(_)) => {
                std::thread::sleep(RELEASE_TIMEOUT / 20);
                try_lock_file(database, SERVE_SUFFIX)
            }
            done => done,
        }
        .map(|held| ServeLock { is_first: true, held }),
        DatabaseUrl::Postgres(_) => acquire_serve_session(url),
    }
}

impl ServeLock {
    /// Acquires the lock again after a restart of the PostgreSQL server, which loses it. Fails with [`LockError::Replaced`] when
    /// another command has acquired it since.
    pub fn refresh(&mut self, url: &DatabaseUrl) -> Result<(), LockError> {
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

/// Held by a command that needs the database exclusively: no `serve` and no schema change runs on it.
pub(crate) struct ExclusiveLock {
    _migrate: MigrateLock,
    _serve: LockHandle,
}

/// Acquires all locks. Waits up to `timeout` for another schema change, but not for a `serve`.
pub(crate) fn acquire_exclusive_lock(
    url: &DatabaseUrl,
    timeout: Duration,
) -> Result<ExclusiveLock, LockError> {
    // In this order: another exclusive command is waited for here, and has then released the second lock too.
    let migrate = acquire_migrate_lock(url, timeout)?;
    let served = || LockError::Served(url.to_string());
    let serve = match url {
        DatabaseUrl::Sqlite(_) => match acquire_serve_lock(url) {
            Ok(lock) => lock.held,
            Err(LockError::Held(_)) => return Err(served()),
            Err(error) => return Err(error),
        },
        DatabaseUrl::Postgres(_) => {
            try_advisory_lock(url, SERVE_KEY, LockMode::Exclusive, RELEASE_TIMEOUT)?.ok_or_else(served)?
        }
    };
    Ok(ExclusiveLock { _migrate: migrate, _serve: serve })
}

/// Tells whether a `serve` runs on this database, without disturbing it or creating a file.
pub fn is_served(url: &DatabaseUrl, conn: &mut AnyConnection) -> Result<bool, LockError> {
    match (url, conn) {
        (DatabaseUrl::Sqlite(database), _) => is_file_locked(lock_file_path(database, SERVE_SUFFIX)),
        (DatabaseUrl::Postgres(_), conn) => has_serve_session(conn),
    }
}

/// The suffix of the lock file of `serve`.
const SERVE_SUFFIX: &str = ".serve.lock";
/// The suffix of the lock file of schema changes.
const MIGRATE_SUFFIX: &str = ".migrate.lock";

fn is_file_locked(path: PathBuf) -> Result<bool, LockError> {
    let file = match open_regular(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        // Another user's. Who holds which lock is no secret on Linux.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return lock_file::find_system_lock(&path).ok_or(LockError::File { path, source: error });
        }
        Err(source) => return Err(LockError::File { path, source }),
    };
    // Shared, so that two tests do not see each other; released at once.
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(source)) => Err(LockError::File { path, source }),
    }
}

/// The server lists advisory locks with the two halves of their key (PostgreSQL: `pg_locks`).
fn has_serve_session(conn: &mut AnyConnection) -> Result<bool, LockError> {
    let query = format!(
        "SELECT count(*) AS number FROM pg_locks
         WHERE locktype = 'advisory' AND granted AND mode = 'ShareLock'
           AND classid = 0 AND objid::bigint = {SERVE_KEY} AND objsubid = 1
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    );
    Ok(sql::query_number(conn, &query)? > 0)
}

pub struct MigrateLock {
    _held: LockHandle,
}

/// Acquires the lock for schema changes, waiting up to `timeout` for another process.
pub fn acquire_migrate_lock(url: &DatabaseUrl, timeout: Duration) -> Result<MigrateLock, LockError> {
    let (held, lock) = match url {
        DatabaseUrl::Sqlite(database) => {
            let lock = format!("lock file {}", lock_file_path(database, MIGRATE_SUFFIX).display());
            let held = poll_until(timeout, || match try_lock_file(database, MIGRATE_SUFFIX) {
                Ok(held) => Ok(Some(held)),
                Err(LockError::Held(_)) => Ok(None),
                Err(error) => Err(error),
            })?;
            (held, lock)
        }
        DatabaseUrl::Postgres(_) => (
            try_advisory_lock(url, MIGRATE_KEY, LockMode::Exclusive, timeout)?,
            format!("advisory lock {MIGRATE_KEY}"),
        ),
    };
    match held {
        Some(held) => Ok(MigrateLock { _held: held }),
        None => Err(LockError::Migrating { database: url.to_string(), lock, timeout }),
    }
}

/// Polls until `timeout`, at least once.
fn poll_until<T>(
    timeout: Duration,
    mut ask: impl FnMut() -> Result<Option<T>, LockError>,
) -> Result<Option<T>, LockError> {
    const PAUSE: Duration = Duration::from_millis(50);
    let begun = Instant::now();
    loop {
        let answer = ask()?;
        if answer.is_some() || begun.elapsed() >= timeout {
            return Ok(answer);
        }
        std::thread::sleep(PAUSE);
    }
}

/// Returns the path of a lock file, the same for all links to a database.
fn lock_file_path(database: &Path, suffix: &str) -> PathBuf {
    let mut name = sqlite_file::real_path(database).unwrap_or_else(|_| database.to_owned()).into_os_string();
    name.push(suffix);
    PathBuf::from(name)
}

fn try_lock_file(database: &Path, suffix: &str) -> Result<LockHandle, LockError> {
    let path = lock_file_path(database, suffix);
    let folder = path.parent().unwrap_or(Path::new("."));
    let owner = std::fs::metadata(database).or_else(|_| std::fs::metadata(folder));
    let file = match owner.and_then(|owner| open_lock_file(&path, &owner)) {
        Ok(file) => file,
        Err(source) => return Err(LockError::File { path, source }),
    };
    match file.try_lock() {
        Ok(()) => Ok(LockHandle::File { _file: file }),
        Err(TryLockError::WouldBlock) => Err(LockError::Held(path)),
        Err(TryLockError::Error(source)) => Err(LockError::File { path, source }),
    }
}

/// Advisory lock keys unlikely to be used by others: "botctl" on a phone's keypad, and the next number.
const SERVE_KEY: i64 = 268_285;
const MIGRATE_KEY: i64 = SERVE_KEY + 1;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum LockMode {
    Exclusive,
    Shared,
}

/// Acquires the serve lock shared. The first process gets it exclusively before, which proves that it is the first.
fn acquire_serve_session(url: &DatabaseUrl) -> Result<ServeLock, LockError> {
    use diesel::connection::SimpleConnection;

    if let Some(LockHandle::Session { mut conn }) =
        try_advisory_lock(url, SERVE_KEY, LockMode::Exclusive, Duration::ZERO)?
    {
        let downgrade =
            format!("SELECT pg_advisory_lock_shared({SERVE_KEY}); SELECT pg_advisory_unlock({SERVE_KEY})");
        on_each!(&mut *conn, |c| c.batch_execute(&downgrade)).map_err(Error::from)?;
        return Ok(ServeLock { is_first: true, held: LockHandle::Session { conn } });
    }
    // Long enough for the first process to downgrade, and for the server to notice a killed process.
    let held = try_advisory_lock(url, SERVE_KEY, LockMode::Shared, RELEASE_TIMEOUT)?;
    let held = held.ok_or_else(|| LockError::Replaced(url.to_string()))?;
    Ok(ServeLock { is_first: false, held })
}

/// Acquires an advisory lock on a new connection, whose end releases it; `None` when another session holds it.
fn try_advisory_lock(
    url: &DatabaseUrl,
    key: i64,
    mode: LockMode,
    timeout: Duration,
) -> Result<Option<LockHandle>, LockError> {
    use diesel::prelude::*;
    diesel::define_sql_function!(fn pg_try_advisory_lock(key: diesel::sql_types::BigInt) -> diesel::sql_types::Bool);
    diesel::define_sql_function!(fn pg_try_advisory_lock_shared(key: diesel::sql_types::BigInt) -> diesel::sql_types::Bool);

    let mut conn = connection::open_checked(url)?;
    let taken = poll_until(timeout, || {
        let AnyConnection::Pg(session) = &mut conn else {
            return Err(Error::Connect("a PostgreSQL address opened another backend".to_owned()).into());
        };
        let is_acquired: bool = match mode {
            LockMode::Exclusive => diesel::select(pg_try_advisory_lock(key)).get_result(session),
            LockMode::Shared => diesel::select(pg_try_advisory_lock_shared(key)).get_result(session),
        }
        .map_err(Error::from)?;
        Ok(is_acquired.then_some(()))
    })?;
    Ok(taken.map(|()| LockHandle::Session { conn: Box::new(conn) }))
}
