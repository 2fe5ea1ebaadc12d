//! One `serve` per SQLite database, and knowing on PostgreSQL whether another one is at work.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::connection::{self, AnyConnection};
use super::error::{Error, Result};
use crate::config::database::DatabaseUrl;

/// How long a PostgreSQL server may take to notice that a killed process is gone.
const PATIENCE: Duration = Duration::from_secs(1);

/// Held while `serve` runs; the operating system (or the server) lets go of it when the process dies.
pub struct ServeLock {
    /// No other process serves this database, so every lease in it is left over.
    pub alone: bool,
    #[allow(dead_code, reason = "held for what its end does")]
    held: Held,
}

enum Held {
    File {
        _file: File,
    },
    #[cfg(feature = "postgres")]
    Session {
        _conn: Box<AnyConnection>,
    },
    /// Another process has the lock, which on PostgreSQL is no reason to stay away.
    Nothing,
}

/// Why the lock was not had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another `serve` runs on this SQLite database.
    #[error("another `botctl serve` is running on this database (lock file {})", .0.display())]
    Taken(PathBuf),
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
        source: std::io::Error,
    },
    /// The server did not answer.
    #[error(transparent)]
    Database(#[from] Error),
}

/// Takes the lock.
///
/// # Errors
/// [`LockError::Taken`] when another process holds it, which only happens on SQLite.
pub fn for_serving(url: &DatabaseUrl) -> Result<ServeLock, LockError> {
    match url {
        DatabaseUrl::Sqlite(database) => match lock_file(beside(database, SERVE_FILE)) {
            // Somebody may just be looking; see `is_served`.
            Err(LockError::Taken(path)) => {
                std::thread::sleep(PATIENCE / 20);
                lock_file(path)
            }
            done => done,
        },
        DatabaseUrl::Postgres(_) => lock_session(url),
    }
}

/// Whether a `serve` runs on this database. Takes nothing away from it and makes no file.
///
/// # Errors
/// When that cannot be found out.
pub fn is_served(url: &DatabaseUrl, conn: &mut AnyConnection) -> Result<bool, LockError> {
    match (url, conn) {
        (DatabaseUrl::Sqlite(database), _) => is_locked(beside(database, SERVE_FILE)),
        #[cfg(feature = "postgres")]
        (DatabaseUrl::Postgres(_), AnyConnection::Pg(conn)) => has_session(conn),
        (DatabaseUrl::Postgres(_), _) => Ok(false),
    }
}

/// What is appended to a database's name for the file that `serve` locks.
const SERVE_FILE: &str = ".serve.lock";

fn is_locked(path: PathBuf) -> Result<bool, LockError> {
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
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
#[cfg(feature = "postgres")]
fn has_session(conn: &mut diesel::PgConnection) -> Result<bool, LockError> {
    use diesel::prelude::*;
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        count: i64,
    }
    let query = diesel::sql_query(
        "SELECT count(*) AS count FROM pg_locks
         WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid::bigint = $1 AND objsubid = 1
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    );
    let found: Found =
        query.bind::<diesel::sql_types::BigInt, _>(SERVE_KEY).get_result(conn).map_err(Error::from)?;
    Ok(found.count > 0)
}

/// Held while the schema is changed.
pub struct MigrateLock {
    #[allow(dead_code, reason = "held for what its end does")]
    held: Held,
}

/// Takes the lock under which the schema is changed, waiting up to `patience` for another run that has it.
///
/// # Errors
/// [`LockError::Migrating`] when the other run takes longer.
pub fn for_migrating(url: &DatabaseUrl, patience: Duration) -> Result<MigrateLock, LockError> {
    let (held, lock) = match url {
        DatabaseUrl::Sqlite(database) => {
            let path = beside(database, ".migrate.lock");
            let lock = format!("lock file {}", path.display());
            let held = until(patience, || match lock_file(path.clone()) {
                Ok(lock) => Ok(Some(lock.held)),
                Err(LockError::Taken(_)) => Ok(None),
                Err(error) => Err(error),
            })?;
            (held, lock)
        }
        DatabaseUrl::Postgres(_) => {
            (session(url, MIGRATE_KEY, patience)?, format!("advisory lock {MIGRATE_KEY}"))
        }
    };
    match held {
        Some(held) => Ok(MigrateLock { held }),
        None => Err(LockError::Migrating { database: url.to_string(), lock, patience }),
    }
}

/// Asks again and again until `patience` is over; at least once.
fn until<T>(
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
fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name = connection::real_path(database).unwrap_or_else(|_| database.to_owned()).into_os_string();
    name.push(ending);
    PathBuf::from(name)
}

fn lock_file(path: PathBuf) -> Result<ServeLock, LockError> {
    let opened = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = match opened {
        Ok(file) => file,
        Err(source) => return Err(LockError::File { path, source }),
    };
    match file.try_lock() {
        Ok(()) => Ok(ServeLock { alone: true, held: Held::File { _file: file } }),
        Err(TryLockError::WouldBlock) => Err(LockError::Taken(path)),
        Err(TryLockError::Error(source)) => Err(LockError::File { path, source }),
    }
}

/// Numbers that no other program uses on this database: "botctl" on a telephone's keys, and the next.
const SERVE_KEY: i64 = 268_285;
const MIGRATE_KEY: i64 = SERVE_KEY + 1;

fn lock_session(url: &DatabaseUrl) -> Result<ServeLock, LockError> {
    Ok(match session(url, SERVE_KEY, PATIENCE)? {
        Some(held) => ServeLock { alone: true, held },
        None => ServeLock { alone: false, held: Held::Nothing },
    })
}

/// An advisory lock of a connection of its own, which the server frees when that ends; `None` when another has it.
#[cfg(feature = "postgres")]
fn session(url: &DatabaseUrl, key: i64, patience: Duration) -> Result<Option<Held>, LockError> {
    use diesel::prelude::*;
    diesel::define_sql_function!(fn pg_try_advisory_lock(key: diesel::sql_types::BigInt) -> diesel::sql_types::Bool);

    let mut conn = connection::open(url)?;
    let taken = until(patience, || {
        let AnyConnection::Pg(session) = &mut conn else {
            return Err(Error::Connect("a PostgreSQL address opened another backend".to_owned()).into());
        };
        let is_ours: bool =
            diesel::select(pg_try_advisory_lock(key)).get_result(session).map_err(Error::from)?;
        Ok(is_ours.then_some(()))
    })?;
    Ok(taken.map(|()| Held::Session { _conn: Box::new(conn) }))
}

#[cfg(not(feature = "postgres"))]
fn session(url: &DatabaseUrl, _key: i64, _patience: Duration) -> Result<Option<Held>, LockError> {
    // Says that there is no PostgreSQL in this build.
    connection::open(url)?;
    Ok(None)
}
