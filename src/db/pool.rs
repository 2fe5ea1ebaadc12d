//! The pool of connections to one database.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::r2d2::R2D2Connection;

use super::connection::{AnyConnection, on_each, open_existing};
use super::error::{Error, Result};
use crate::config::database::DatabaseUrl;

/// How long a caller waits for a free connection.
const POOL_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections on SQLite: the writer's and the readers'.
const SQLITE_CONNECTIONS: u32 = 4;
/// Connections on PostgreSQL, where handlers run in parallel.
const POSTGRES_CONNECTIONS: u32 = 10;
/// Timeouts of the pool's connections. Migrations use other connections, because they may take long on a big table.
const POSTGRES_TIMEOUTS: &str = "SET statement_timeout = '60s';
    SET lock_timeout = '15s';
    SET idle_in_transaction_session_timeout = '60s'";

pub(crate) type ConnectionPool = r2d2::Pool<ConnectionManager>;

/// Opens connections by the scheme of the URL.
///
/// Trying one backend after the other would silently create a SQLite file named like the URL while PostgreSQL is down.
#[derive(Debug)]
pub(crate) struct ConnectionManager {
    url: DatabaseUrl,
}

impl ConnectionManager {
    #[must_use]
    pub(crate) fn new(url: DatabaseUrl) -> Self {
        Self { url }
    }
}

impl r2d2::ManageConnection for ConnectionManager {
    type Connection = AnyConnection;
    type Error = Error;

    fn connect(&self) -> Result<AnyConnection> {
        let mut conn = open_existing(&self.url)?;
        set_statement_timeouts(&mut conn)?;
        Ok(conn)
    }

    fn is_valid(&self, conn: &mut AnyConnection) -> Result<()> {
        on_each!(conn, |c| c.ping()).map_err(Error::Query)
    }

    fn has_broken(&self, conn: &mut AnyConnection) -> bool {
        std::thread::panicking() || on_each!(conn, |c| c.is_broken())
    }
}

pub(crate) fn open_pool(url: &DatabaseUrl) -> Result<ConnectionPool> {
    let size = if url.is_sqlite() { SQLITE_CONNECTIONS } else { POSTGRES_CONNECTIONS };
    r2d2::Pool::builder()
        .max_size(size)
        .min_idle(Some(1))
        .connection_timeout(POOL_TIMEOUT)
        .error_handler(Box::new(LogErrors))
        .build(ConnectionManager::new(url.clone()))
        .map_err(|error| Error::Connect(error.to_string()))
}

/// Sends connection errors to the log; r2d2 would print them to stderr.
#[derive(Debug)]
struct LogErrors;

impl r2d2::HandleError<Error> for LogErrors {
    fn handle_error(&self, error: Error) {
        tracing::warn!(%error, "database connection could not be opened");
    }
}

/// Keeps a statement, a wait for a lock or an idle transaction from occupying a connection forever. SQLite has its
/// `busy_timeout`.
pub(super) fn set_statement_timeouts(conn: &mut AnyConnection) -> Result<()> {
    match conn {
        AnyConnection::Sqlite(_) => {}
        AnyConnection::Pg(c) => c.batch_execute(POSTGRES_TIMEOUTS)?,
    }
    Ok(())
}
