//! One `serve` per SQLite database, and knowing on PostgreSQL whether another one is at work.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::PathBuf;
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
    _held: Held,
}

enum Held {
    File {
        _file: File,
    },
    #[cfg(feature = "postgres")]
    Session {
        _conn: Box<AnyConnection>,
    },
}

/// Why the lock was not had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another `serve` runs on this SQLite database.
    #[error("another `botctl serve` is running on this database (lock file {})", .0.display())]
    Taken(PathBuf),
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
        DatabaseUrl::Sqlite(database) => {
            let mut name = database.as_os_str().to_owned();
            name.push(".serve.lock");
            lock_file(PathBuf::from(name))
        }
        DatabaseUrl::Postgres(_) => lock_session(url),
    }
}

fn lock_file(path: PathBuf) -> Result<ServeLock, LockError> {
    let opened = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = match opened {
        Ok(file) => file,
        Err(source) => return Err(LockError::File { path, source }),
    };
    match file.try_lock() {
        Ok(()) => Ok(ServeLock { alone: true, _held: Held::File { _file: file } }),
        Err(TryLockError::WouldBlock) => Err(LockError::Taken(path)),
        Err(TryLockError::Error(source)) => Err(LockError::File { path, source }),
    }
}

#[cfg(feature = "postgres")]
fn lock_session(url: &DatabaseUrl) -> Result<ServeLock, LockError> {
    use diesel::prelude::*;
    /// Any number that no other program uses on this database: "botctl" on a telephone's keys.
    const KEY: i64 = 268_285;
    diesel::define_sql_function!(fn pg_try_advisory_lock(key: diesel::sql_types::BigInt) -> diesel::sql_types::Bool);

    let mut conn = connection::open(url)?;
    let deadline = Instant::now() + PATIENCE;
    let AnyConnection::Pg(session) = &mut conn else {
        return Err(Error::Connect("a PostgreSQL address opened another backend".to_owned()).into());
    };
    loop {
        let alone = diesel::select(pg_try_advisory_lock(KEY)).get_result(session).map_err(Error::from)?;
        if alone || Instant::now() >= deadline {
            return Ok(ServeLock { alone, _held: Held::Session { _conn: Box::new(conn) } });
        }
        std::thread::sleep(PATIENCE / 20);
    }
}

#[cfg(not(feature = "postgres"))]
fn lock_session(url: &DatabaseUrl) -> Result<ServeLock, LockError> {
    connection::open(url)?;
    Ok(ServeLock {
        alone: true,
        _held: Held::File {
            _file: File::open("/dev/null")
                .map_err(|e| LockError::File { path: "/dev/null".into(), source: e })?,
        },
    })
}
