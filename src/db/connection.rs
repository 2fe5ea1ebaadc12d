//! One connection type over both backends, and the ways to open one.
//!
//! Only this module knows the backends; other modules take an [`AnyConnection`]. `on_each!` compiles a body once per backend
//! for what the common subset lacks (`on_conflict`, row locks, `RETURNING`).

use std::path::Path;
use std::time::Duration;

use diesel::Connection;
use diesel::ConnectionError;
use diesel::connection::{AnsiTransactionManager, CacheSize, SimpleConnection};
use diesel::sqlite::SqliteConnection;

use super::error::{Error, Result};
use super::server_check::{require_own_session, require_usable_server};
pub(crate) use super::sqlite_file::sidecar_path;
use super::sqlite_file::{check_file_access, file_uri, is_missing};
pub(crate) use super::sqlite_file::{make_private_file, real_path};
use crate::config::database::{DatabaseUrl, missing_tls_error, remote_host_without_tls};
use crate::config::{SecretUrl, postgres_url};

/// How long a statement waits for another process's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Default options of a PostgreSQL address. They detect a dead network within a minute instead of the operating system's two
/// hours; `tcp_user_timeout` is in milliseconds, the others in seconds ("PostgreSQL: Parameter Key Words").
pub(crate) const POSTGRES_OPTIONS: [(&str, &str); 6] = [
    ("connect_timeout", "5"),
    ("keepalives", "1"),
    ("keepalives_idle", "30"),
    ("keepalives_interval", "10"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "30000"),
];
/// Run on every PostgreSQL connection that has a session of its own. Some errors are classified by their message
/// ([`Error::is_locked`]), so messages are set to English if the role may: only a superuser may ("PostgreSQL: Locale and
/// Formatting").
const POSTGRES_SESSION: &str =
    "SELECT set_config('lc_messages', 'C', false) FROM pg_roles WHERE rolname = current_user AND rolsuper";
/// The same for one transaction.
const POSTGRES_TRANSACTION: &str =
    "SELECT set_config('lc_messages', 'C', true) FROM pg_roles WHERE rolname = current_user AND rolsuper;
    SELECT set_config(name, '1s', true) FROM pg_settings WHERE name = 'client_connection_check_interval'";
pub use either::AnyConnection;

/// A module of its own, because derived items lack documentation.
mod either {
    use diesel::{MultiConnection, SqliteConnection};

    #[derive(MultiConnection)]
    pub enum AnyConnection {
        Sqlite(SqliteConnection),
        Pg(diesel::PgConnection),
    }
}

/// Runs one body against the concrete connection behind an [`AnyConnection`].
macro_rules! on_each {
    ($conn:expr, |$c:ident| $body:expr) => {
        match $conn {
            $crate::db::connection::AnyConnection::Sqlite($c) => $body,
            $crate::db::connection::AnyConnection::Pg($c) => $body,
        }
    };
}
pub(crate) use on_each;

/// Opens a connection outside of the pool, read-only on SQLite until [`allow_writing`], without statement timeouts on
/// PostgreSQL.
pub fn open_connection(url: &DatabaseUrl) -> Result<AnyConnection> {
    match url {
        DatabaseUrl::Sqlite(path) => open_sqlite(path, &path.to_string_lossy(), BUSY_TIMEOUT),
        DatabaseUrl::Postgres(secret) => {
            let mut conn = connect_to_server(url, secret)?;
            conn.set_prepared_statement_cache_size(CacheSize::Unbounded);
            conn.batch_execute(POSTGRES_SESSION)?;
            Ok(AnyConnection::Pg(conn))
        }
    }
}

/// Opens a connection, but creates no SQLite file: in place of a file that was moved away, an empty one would be taken for the
/// database.
pub(super) fn open_existing(url: &DatabaseUrl) -> Result<AnyConnection> {
    match url {
        DatabaseUrl::Sqlite(path) => open_sqlite(path, &format!("{}?mode=rw", file_uri(path)), BUSY_TIMEOUT),
        DatabaseUrl::Postgres(_) => open_connection(url),
    }
}

/// Opens a connection to a PostgreSQL server that can hold the bot's data, in a session of its own; on SQLite like
/// [`open_connection`].
pub(crate) fn open_checked(url: &DatabaseUrl) -> Result<AnyConnection> {
    if let DatabaseUrl::Postgres(secret) = url {
        require_usable_server(&mut connect_to_server(url, secret)?)?;
        require_session(url)?;
    }
    open_connection(url)
}

/// Refuses a pooler that shares sessions. Does nothing on SQLite.
pub(crate) fn require_session(url: &DatabaseUrl) -> Result<()> {
    match url {
        DatabaseUrl::Sqlite(_) => Ok(()),
        DatabaseUrl::Postgres(secret) => {
            require_own_session(&mut connect_to_server(url, secret)?, &mut connect_to_server(url, secret)?)
        }
    }
}

/// Connects without changing the session.
fn connect_to_server(url: &DatabaseUrl, secret: &SecretUrl) -> Result<diesel::PgConnection> {
    if let Some(host) = remote_host_without_tls(url) {
        return Err(Error::Connect(missing_tls_error(&host)));
    }
    let address = postgres_url::with_options(secret.expose(), &POSTGRES_OPTIONS);
    let mut conn = diesel::PgConnection::establish(&address).map_err(|error| connect_error(url, &error))?;
    // A prepared statement would stay behind in a session that a pooler lends.
    conn.set_prepared_statement_cache_size(CacheSize::Disabled);
    Ok(conn)
}

/// Opens a connection that waits up to `lock_timeout` for locks of others, for schema changes.
pub(crate) fn open_with_timeout(url: &DatabaseUrl, lock_timeout: Duration) -> Result<AnyConnection> {
    match url {
        DatabaseUrl::Sqlite(path) => open_sqlite(path, &path.to_string_lossy(), lock_timeout),
        DatabaseUrl::Postgres(_) => {
            let mut conn = open_connection(url)?;
            // Ends the statement of a killed process soon; servers before 14 lack it.
            drop(on_each!(&mut conn, |c| c.batch_execute("SET client_connection_check_interval = '1s'")));
            let bound = format!("SET lock_timeout = {}", bounded_timeout(lock_timeout));
            on_each!(&mut conn, |c| c.batch_execute(&bound))?;
            Ok(conn)
        }
    }
}

/// Opens a database read-only and creates no file; `None` if there is no SQLite file.
///
/// A file that no process uses is opened as immutable: opening it normally would leave `-wal` and `-shm` files ("Read-Only
/// Databases" in SQLite's documentation of its write-ahead log). Only a hot journal of a crashed process is rolled back,
/// because the file cannot be read before that.
///
/// On PostgreSQL everything happens in one read-only transaction, so that nothing stays behind in the session, which may belong
/// to a pooler.
pub(crate) fn open_read_only(url: &DatabaseUrl, lock_timeout: Duration) -> Result<Option<AnyConnection>> {
    let conn = match url {
        DatabaseUrl::Sqlite(path) if is_missing(path) => return Ok(None),
        DatabaseUrl::Sqlite(path) => {
            let has = |suffix| sidecar_path(path, suffix).is_ok_and(|sidecar| sidecar.exists());
            if has("-journal") {
                // Reading rolls back a hot journal, and does nothing while another process writes.
                let mut conn = open_with_timeout(url, lock_timeout)?;
                on_each!(&mut conn, |c| c.batch_execute("SELECT count(*) FROM sqlite_schema"))?;
            }
            let is_in_use = has("-wal") || has("-journal");
            let immutable = if is_in_use { "" } else { "&immutable=1" };
            open_sqlite(path, &format!("{}?mode=ro{immutable}", file_uri(path)), lock_timeout)?
        }
        DatabaseUrl::Postgres(secret) => {
            let mut conn = connect_to_server(url, secret)?;
            AnsiTransactionManager::begin_transaction_sql(&mut conn, "BEGIN READ ONLY")?;
            conn.batch_execute(POSTGRES_TRANSACTION)?;
            conn.batch_execute(&format!("SET LOCAL lock_timeout = {}", bounded_timeout(lock_timeout)))?;
            AnyConnection::Pg(conn)
        }
    };
    Ok(Some(conn))
}

/// A timeout in milliseconds, of which 0 would be none.
fn bounded_timeout(timeout: Duration) -> u128 {
    timeout.as_millis().max(1)
}

/// Opens the database at `path`, which SQLite gets as `name`: the path or a URI of it.
fn open_sqlite(path: &Path, name: &str, lock_timeout: Duration) -> Result<AnyConnection> {
    let unusable = |what: String| Error::File { database: path.display().to_string(), what };
    check_file_access(path).map_err(unusable)?;
    let mut conn =
        SqliteConnection::establish(name).map_err(|error| unusable(format!("cannot be opened: {error}")))?;
    // The timeout comes first and so applies to the following pragmas.
    conn.batch_execute(&format!(
        "PRAGMA busy_timeout = {};
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA query_only = ON;",
        lock_timeout.as_millis()
    ))?;
    Ok(AnyConnection::Sqlite(conn))
}

/// Switches the SQLite file to WAL mode, permanently. Does nothing on PostgreSQL.
pub(crate) fn enable_wal(conn: &mut AnyConnection) -> Result<()> {
    match conn {
        AnyConnection::Sqlite(c) => c.batch_execute("PRAGMA journal_mode = WAL")?,
        AnyConnection::Pg(_) => {}
    }
    Ok(())
}

/// Makes a SQLite connection writable. Does nothing on PostgreSQL.
pub fn allow_writing(conn: &mut AnyConnection) -> Result<()> {
    match conn {
        // A savepoint's rollback data is worthless after a crash, so it stays in memory.
        AnyConnection::Sqlite(c) => {
            c.batch_execute("PRAGMA query_only = OFF; PRAGMA temp_store = MEMORY;")?;
        }
        AnyConnection::Pg(_) => {}
    }
    Ok(())
}

/// Switches a SQLite file to WAL mode before a pool is opened: switching on several connections at once fails. Creates a
/// missing file.
pub(crate) fn prepare_sqlite_file(path: &Path) -> Result<()> {
    let url = DatabaseUrl::Sqlite(path.to_owned());
    let mut conn = open_connection(&url)?;
    allow_writing(&mut conn)?;
    enable_wal(&mut conn)
}

/// Describes a failed connection without quoting the password: libpq quotes parts of an address that it cannot parse. The
/// configuration refuses such addresses; this replaces a message that contains a part of the password all the same.
fn connect_error(url: &DatabaseUrl, error: &ConnectionError) -> Error {
    let message = error.to_string();
    let leaks_password = match url {
        DatabaseUrl::Sqlite(_) => false,
        DatabaseUrl::Postgres(secret) => secret.is_revealed_by(&message),
    };
    let message = if leaks_password { known_reason(&message) } else { message.trim_end() };
    Error::Connect(format!("{url}: {message}"))
}

/// Returns a phrase of libpq that quotes nothing.
fn known_reason(message: &str) -> &'static str {
    const REASONS: [&str; 6] = [
        "password authentication failed",
        "could not translate host name",
        "Connection refused",
        "timeout expired",
        "no pg_hba.conf entry",
        "does not exist",
    ];
    // Omits the name: it often equals the password.
    for (begin, reason) in [
        ("FATAL:  database \"", "the database does not exist"),
        ("FATAL:  role \"", "the role does not exist"),
    ] {
        if message.contains(begin) && message.contains("\" does not exist") {
            return reason;
        }
    }
    REASONS
        .into_iter()
        .find(|reason| message.contains(reason))
        .unwrap_or("the reason is not shown because it repeats pieces of the password")
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;
