//! The pool of connections to one database.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::r2d2::R2D2Connection;

use super::connection::{AnyConnection, on_each, open_existing};
use super::error::{Error, Result};
use crate::config::database::DatabaseUrl;

/// How long a caller waits for a free connection.
const POOL_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection that has worked within this time is taken without a test, which would cost a round trip to the server.
const TRUSTED_FOR: Duration = Duration::from_secs(1);
/// The writer's connection and the readers'.
const SQLITE_CONNECTIONS: u32 = 4;
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
    /// When a connection was last found broken: the others may be, too.
    broken_at: Mutex<Option<Instant>>,
}

/// A connection of the pool.
pub(crate) struct PoolMember {
    conn: AnyConnection,
    /// When it was last seen to work.
    worked_at: Instant,
}

impl Deref for PoolMember {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.conn
    }
}

impl DerefMut for PoolMember {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.conn
    }
}

impl ConnectionManager {
    #[must_use]
    pub(crate) fn new(url: DatabaseUrl) -> Self {
        Self { url, broken_at: Mutex::default() }
    }

    fn is_trusted(&self, member: &PoolMember) -> bool {
        let broken_at = *self.broken_at.lock().unwrap_or_else(PoisonError::into_inner);
        member.worked_at.elapsed() < TRUSTED_FOR && broken_at.is_none_or(|at| at < member.worked_at)
    }
}

impl r2d2::ManageConnection for ConnectionManager {
    type Connection = PoolMember;
    type Error = Error;

    fn connect(&self) -> Result<PoolMember> {
        let mut conn = open_existing(&self.url)?;
        set_statement_timeouts(&mut conn)?;
        Ok(PoolMember { conn, worked_at: Instant::now() })
    }

    /// Tests a connection that is about to be lent, unless it has worked just now.
    fn is_valid(&self, member: &mut PoolMember) -> Result<()> {
        if !self.is_trusted(member) {
            on_each!(&mut member.conn, |c| c.ping()).map_err(Error::Query)?;
            member.worked_at = Instant::now();
        }
        Ok(())
    }

    /// Tells whether a connection that is given back is to be closed.
    fn has_broken(&self, member: &mut PoolMember) -> bool {
        let is_broken = is_broken(&mut member.conn);
        if is_broken {
            *self.broken_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        } else {
            member.worked_at = Instant::now();
        }
        is_broken || std::thread::panicking()
    }
}

/// Tells whether the connection to the server is lost, or a transaction was left open on it.
pub(super) fn is_broken(conn: &mut AnyConnection) -> bool {
    on_each!(conn, |c| c.is_broken())
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
