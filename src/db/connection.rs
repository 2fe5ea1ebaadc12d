//! One connection type over both backends, and the pool that makes such connections.
//!
//! The only rooms that know which backend answers are in this folder: everything else takes an
//! [`AnyConnection`]. What the common subset lacks (`on_conflict`, row locks, `RETURNING`) comes back
//! with [`on_each!`], which compiles one body once per backend.

use std::path::Path;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::r2d2::R2D2Connection;
use diesel::sqlite::SqliteConnection;
use diesel::{Connection, ConnectionError};

use super::error::{Error, Result};
use crate::config::database::DatabaseUrl;

/// How long a statement waits for another process's lock before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a caller waits for a free connection.
const POOL_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections on SQLite: the writer's and the readers'.
const SQLITE_CONNECTIONS: u32 = 4;
/// Connections on PostgreSQL, where handlers run side by side.
const POSTGRES_CONNECTIONS: u32 = 10;

pub use either::AnyConnection;

/// On its own because what the derive writes has no documentation.
mod either {
    #![allow(missing_docs)]

    use diesel::{MultiConnection, SqliteConnection};

    /// A connection to either backend.
    #[derive(MultiConnection)]
    pub enum AnyConnection {
        /// A SQLite file.
        Sqlite(SqliteConnection),
        /// A PostgreSQL server.
        #[cfg(feature = "postgres")]
        Pg(diesel::PgConnection),
    }
}

/// Runs one body against the concrete connection behind an [`AnyConnection`].
macro_rules! on_each {
    ($conn:expr, |$c:ident| $body:expr) => {
        match $conn {
            $crate::db::connection::AnyConnection::Sqlite($c) => $body,
            #[cfg(feature = "postgres")]
            $crate::db::connection::AnyConnection::Pg($c) => $body,
        }
    };
}
pub(crate) use on_each;

/// The pool of connections to one database.
pub type Pool = r2d2::Pool<Manager>;

/// Opens connections by the scheme of the URL.
///
/// Never by trying one backend after the other: with PostgreSQL down that quietly makes a SQLite file
/// whose name is the URL.
#[derive(Debug)]
pub struct Manager {
    url: DatabaseUrl,
}

impl Manager {
    /// A manager for this database.
    #[must_use]
    pub fn new(url: DatabaseUrl) -> Self {
        Self { url }
    }
}

impl r2d2::ManageConnection for Manager {
    type Connection = AnyConnection;
    type Error = Error;

    fn connect(&self) -> Result<AnyConnection> {
        open(&self.url)
    }

    fn is_valid(&self, conn: &mut AnyConnection) -> Result<()> {
        on_each!(conn, |c| c.ping()).map_err(Error::Query)
    }

    fn has_broken(&self, conn: &mut AnyConnection) -> bool {
        std::thread::panicking() || on_each!(conn, |c| c.is_broken())
    }
}

/// Builds the pool; the database must be there already.
///
/// # Errors
/// [`Error::Connect`] when no connection can be opened.
pub fn pool(url: &DatabaseUrl) -> Result<Pool> {
    let size = if url.is_sqlite() { SQLITE_CONNECTIONS } else { POSTGRES_CONNECTIONS };
    r2d2::Pool::builder()
        .max_size(size)
        .min_idle(Some(1))
        .connection_timeout(POOL_TIMEOUT)
        .error_handler(Box::new(LogErrors))
        .build(Manager::new(url.clone()))
        .map_err(|error| Error::Connect(error.to_string()))
}

/// Connection errors go to the log, not to stderr behind its back.
#[derive(Debug)]
struct LogErrors;

impl r2d2::HandleError<Error> for LogErrors {
    fn handle_error(&self, error: Error) {
        tracing::warn!(%error, "a database connection could not be opened");
    }
}

/// Opens one connection, ready to read; see [`allow_writing`].
///
/// # Errors
/// [`Error::Connect`] when the file cannot be opened or the server does not answer.
pub fn open(url: &DatabaseUrl) -> Result<AnyConnection> {
    match url {
        DatabaseUrl::Sqlite(path) => {
            let mut conn = SqliteConnection::establish(&path.to_string_lossy())
                .map_err(|error| connect_error(url, &error))?;
            // The timeout comes first, so that the pragmas after it wait too.
            conn.batch_execute(&format!(
                "PRAGMA busy_timeout = {};
                 PRAGMA synchronous = FULL;
                 PRAGMA foreign_keys = ON;
                 PRAGMA query_only = ON;",
                BUSY_TIMEOUT.as_millis()
            ))?;
            Ok(AnyConnection::Sqlite(conn))
        }
        #[cfg(feature = "postgres")]
        DatabaseUrl::Postgres(secret) => {
            let mut conn = diesel::PgConnection::establish(secret.expose())
                .map_err(|error| connect_error(url, &error))?;
            conn.batch_execute("SET client_min_messages = warning; SET TIME ZONE 'UTC'")?;
            Ok(AnyConnection::Pg(conn))
        }
        #[cfg(not(feature = "postgres"))]
        DatabaseUrl::Postgres(_) => Err(Error::Connect(
            "this botctl was built without PostgreSQL (cargo feature `postgres`)".to_owned(),
        )),
    }
}

/// Lifts the read-only guard with which every SQLite connection is opened.
///
/// # Errors
/// When the statement fails.
pub fn allow_writing(conn: &mut AnyConnection) -> Result<()> {
    match conn {
        // What a savepoint may have to take back is kept in memory instead of a temporary file: after a crash
        // nobody asks for it.
        AnyConnection::Sqlite(c) => {
            c.batch_execute("PRAGMA query_only = OFF; PRAGMA temp_store = MEMORY;")?
        }
        #[cfg(feature = "postgres")]
        AnyConnection::Pg(_) => {}
    }
    Ok(())
}

/// Puts a SQLite file into WAL mode, once, on one connection, before there is a pool: switching it
/// from several connections at a time fails at once. Creates the file when it is missing.
///
/// # Errors
/// When the file cannot be made or the mode cannot be switched.
pub fn prepare_sqlite_file(path: &Path) -> Result<()> {
    let url = DatabaseUrl::Sqlite(path.to_owned());
    let mut conn = open(&url)?;
    allow_writing(&mut conn)?;
    on_each!(&mut conn, |c| c.batch_execute("PRAGMA journal_mode = WAL"))?;
    Ok(())
}

fn connect_error(url: &DatabaseUrl, error: &ConnectionError) -> Error {
    Error::Connect(format!("{url}: {error}"))
}
