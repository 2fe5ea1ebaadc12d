//! One connection type over both backends, and the pool that makes such connections.
//!
//! The only rooms that know which backend answers are in this folder: everything else takes an
//! [`AnyConnection`]. What the common subset lacks (`on_conflict`, row locks, `RETURNING`) comes back
//! with `on_each!`, which compiles one body once per backend.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::Connection;
use diesel::ConnectionError;
use diesel::connection::SimpleConnection;
use diesel::r2d2::R2D2Connection;
use diesel::sqlite::SqliteConnection;
use rustix::fs::{Access, access};

use super::error::{Error, Result};
use crate::config::database::{DatabaseUrl, missing_tls_error, remote_host_without_tls};
use crate::config::postgres_url;

/// How long a statement waits for another process's lock before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a caller waits for a free connection.
const POOL_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections on SQLite: the writer's and the readers'.
const SQLITE_CONNECTIONS: u32 = 4;
/// What a PostgreSQL address gets where it does not say otherwise. A network that swallows packets is noticed within a
/// minute, not after the two hours of the operating system's defaults; `tcp_user_timeout` is in milliseconds, the others
/// in seconds ("PostgreSQL: Parameter Key Words").
pub const POSTGRES_OPTIONS: [(&str, &str); 6] = [
    ("connect_timeout", "5"),
    ("keepalives", "1"),
    ("keepalives_idle", "30"),
    ("keepalives_interval", "10"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "30000"),
];
/// What every connection to PostgreSQL begins with. Its errors are partly known by their words ([`Error::is_locked`]), so they
/// are in English where this role may choose: that takes a superuser ("PostgreSQL: Locale and Formatting").
const POSTGRES_SESSION: &str = "SET client_min_messages = warning;
    SET TIME ZONE 'UTC';
    SELECT set_config('lc_messages', 'C', false) FROM pg_roles WHERE rolname = current_user AND rolsuper";
/// Bounds for what the pool's connections do. Migrations have connections of their own, because on a big table they may
/// take as long as they take.
const POSTGRES_BOUNDS: &str = "SET statement_timeout = '60s';
    SET lock_timeout = '15s';
    SET idle_in_transaction_session_timeout = '60s'";
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

/// The pool of connections to one database.
pub type ConnectionPool = r2d2::Pool<ConnectionManager>;

/// Opens connections by the scheme of the URL.
///
/// Never by trying one backend after the other: with PostgreSQL down that quietly makes a SQLite file
/// whose name is the URL.
#[derive(Debug)]
pub struct ConnectionManager {
    url: DatabaseUrl,
}

impl ConnectionManager {
    /// A manager for this database.
    #[must_use]
    pub fn new(url: DatabaseUrl) -> Self {
        Self { url }
    }
}

impl r2d2::ManageConnection for ConnectionManager {
    type Connection = AnyConnection;
    type Error = Error;

    fn connect(&self) -> Result<AnyConnection> {
        let mut conn = open_connection(&self.url)?;
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

/// Builds the pool; the database must be there already.
///
/// # Errors
/// [`Error::Connect`] when no connection can be opened.
pub fn open_pool(url: &DatabaseUrl) -> Result<ConnectionPool> {
    let size = if url.is_sqlite() { SQLITE_CONNECTIONS } else { POSTGRES_CONNECTIONS };
    r2d2::Pool::builder()
        .max_size(size)
        .min_idle(Some(1))
        .connection_timeout(POOL_TIMEOUT)
        .error_handler(Box::new(LogErrors))
        .build(ConnectionManager::new(url.clone()))
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

/// Keeps one statement, one wait for a row or one forgotten transaction from holding a connection of the pool for ever.
/// SQLite has its `busy_timeout`.
pub(super) fn set_statement_timeouts(conn: &mut AnyConnection) -> Result<()> {
    match conn {
        AnyConnection::Sqlite(_) => {}
        AnyConnection::Pg(c) => c.batch_execute(POSTGRES_BOUNDS)?,
    }
    Ok(())
}

/// Opens one connection outside of the pool, ready to read; see [`allow_writing`]. On PostgreSQL its statements may take as
/// long as they like.
///
/// # Errors
/// [`Error::File`] when the file cannot be opened, [`Error::Connect`] when the server does not answer.
pub fn open_connection(url: &DatabaseUrl) -> Result<AnyConnection> {
    match url {
        DatabaseUrl::Sqlite(path) => open_sqlite(path, &path.to_string_lossy(), BUSY_TIMEOUT),
        DatabaseUrl::Postgres(secret) => {
            if let Some(host) = remote_host_without_tls(url) {
                return Err(Error::Connect(missing_tls_error(&host)));
            }
            let address = postgres_url::with_options(secret.expose(), &POSTGRES_OPTIONS);
            let mut conn =
                diesel::PgConnection::establish(&address).map_err(|error| connect_error(url, &error))?;
            conn.batch_execute(POSTGRES_SESSION)?;
            Ok(AnyConnection::Pg(conn))
        }
    }
}

/// Opens one connection that waits this long for what others have locked, for whoever changes the schema. The pool's
/// connections have bounds of their own.
///
/// # Errors
/// As [`open_connection`].
pub fn open_with_timeout(url: &DatabaseUrl, patience: Duration) -> Result<AnyConnection> {
    match url {
        DatabaseUrl::Sqlite(path) => open_sqlite(path, &path.to_string_lossy(), patience),
        DatabaseUrl::Postgres(_) => {
            let mut conn = open_connection(url)?;
            // What a killed process began ends soon; servers before 14 cannot do that.
            drop(on_each!(&mut conn, |c| c.batch_execute("SET client_connection_check_interval = '1s'")));
            // 0 would be for ever.
            let bound = format!("SET lock_timeout = {}", patience.as_millis().max(1));
            on_each!(&mut conn, |c| c.batch_execute(&bound))?;
            Ok(conn)
        }
    }
}

/// Opens a database only to look at it: nothing is made and nothing can be changed. `None` where there is no SQLite file.
///
/// A file that nobody uses is read as it is: merely opening it for reading would leave SQLite's `-wal` and `-shm` beside
/// it ("Read-Only Databases" in SQLite's documentation of its write-ahead log). Only where somebody died in the middle of
/// writing, the file is put back to what it was before, without which nobody can read it.
///
/// # Errors
/// As [`open_connection`].
pub fn open_read_only(url: &DatabaseUrl, patience: Duration) -> Result<Option<AnyConnection>> {
    let mut conn = match url {
        DatabaseUrl::Sqlite(path) if is_missing(path) => return Ok(None),
        DatabaseUrl::Sqlite(path) => {
            let has = |ending| sidecar_path(path, ending).is_ok_and(|side| side.exists());
            if has("-journal") {
                // Reads, which takes what is left of a transaction back; does nothing while somebody is writing.
                let mut conn = open_with_timeout(url, patience)?;
                on_each!(&mut conn, |c| c.batch_execute("SELECT count(*) FROM sqlite_schema"))?;
            }
            let is_in_use = has("-wal") || has("-journal");
            let immutable = if is_in_use { "" } else { "&immutable=1" };
            open_sqlite(path, &format!("{}?mode=ro{immutable}", file_uri(path)), patience)?
        }
        DatabaseUrl::Postgres(_) => open_with_timeout(url, patience)?,
    };
    match &mut conn {
        AnyConnection::Sqlite(_) => {}
        AnyConnection::Pg(c) => c.batch_execute("SET default_transaction_read_only = on")?,
    }
    Ok(Some(conn))
}

/// A path as SQLite wants it where options follow ("Uniform Resource Identifiers" in its documentation).
fn file_uri(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let escaped = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    // Two slashes at the beginning of a path are one; in an address a host would follow.
    format!("file:///{}", escaped.trim_start_matches('/'))
}

/// Not where one may not look.
fn is_missing(path: &Path) -> bool {
    path.metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// Where a SQLite database really is, through links, also when it is not there yet.
///
/// # Errors
/// When its folder cannot be found.
pub fn real_path(database: &Path) -> io::Result<PathBuf> {
    match database.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if let Ok(link) = database.read_link() {
                return real_path(&database.with_file_name(link));
            }
            let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new(".")).canonicalize()?;
            Ok(folder.join(database.file_name().unwrap_or_default()))
        }
        found => found,
    }
}

/// The file that SQLite keeps beside a database under this ending.
///
/// # Errors
/// When the folder of the database cannot be found.
pub fn sidecar_path(database: &Path, ending: &str) -> io::Result<PathBuf> {
    let mut name = real_path(database)?.into_os_string();
    name.push(ending);
    Ok(PathBuf::from(name))
}

/// Opens what the address, whose path is `path`, names to SQLite as `name`.
fn open_sqlite(path: &Path, name: &str, patience: Duration) -> Result<AnyConnection> {
    let unusable = |what: String| Error::File { database: path.display().to_string(), what };
    check_file_access(path).map_err(unusable)?;
    let mut conn =
        SqliteConnection::establish(name).map_err(|error| unusable(format!("cannot be opened: {error}")))?;
    // The timeout comes first, so that the pragmas after it wait too.
    conn.batch_execute(&format!(
        "PRAGMA busy_timeout = {};
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA query_only = ON;",
        patience.as_millis()
    ))?;
    Ok(AnyConnection::Sqlite(conn))
}

/// What keeps SQLite from a file, which has only a few words for it. A file that is not there may be made.
fn check_file_access(path: &Path) -> Result<(), String> {
    match path.metadata() {
        Ok(facts) if facts.is_dir() => Err("is a folder, not a database".to_owned()),
        // Opening the file instead would take SQLite's locks on it away from this process when it is closed.
        Ok(_) => access(path, Access::READ_OK)
            .map_err(|error| format!("cannot be read: {}", io::Error::from(error))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(format!("cannot be read: {error}")),
    }
}

/// Makes an empty SQLite file that nobody but its owner can read, for it will hold clients' names and phones; SQLite gives
/// its `-wal` and `-shm` the same rights. Where root makes it, it belongs to the owner of its folder: the bot must be able to
/// go on with it. One that is there stays as it is, and on `PostgreSQL` there is nothing to do.
///
/// # Errors
/// When the file cannot be made.
pub fn make_private_file(url: &DatabaseUrl) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt;

    let DatabaseUrl::Sqlite(path) = url else { return Ok(()) };
    // Through a link that leads nowhere yet SQLite would make it readable for everybody.
    let path = real_path(path).unwrap_or_else(|_| path.clone());
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        Ok(file) => {
            if let Some(folder) = path.parent().and_then(|folder| folder.metadata().ok()) {
                chown_like(&file, &folder);
            }
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => {
            Err(Error::File { database: url.to_string(), what: format!("cannot be made: {error}") })
        }
    }
}

/// Gives a file that was just made to the owner of something else. Only root can, and must; anybody else's are their own.
pub(super) fn chown_like(file: &File, owner: &Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    if file.metadata().is_ok_and(|own| own.uid() != owner.uid()) {
        let _given = fchown(file, Some(owner.uid()), Some(owner.gid()));
    }
}

/// Puts the open SQLite file into WAL mode, which it keeps. On PostgreSQL there is nothing to do.
///
/// # Errors
/// When the mode cannot be switched.
pub fn enable_wal(conn: &mut AnyConnection) -> Result<()> {
    match conn {
        AnyConnection::Sqlite(c) => c.batch_execute("PRAGMA journal_mode = WAL")?,
        AnyConnection::Pg(_) => {}
    }
    Ok(())
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
            c.batch_execute("PRAGMA query_only = OFF; PRAGMA temp_store = MEMORY;")?;
        }
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
    let mut conn = open_connection(&url)?;
    allow_writing(&mut conn)?;
    on_each!(&mut conn, |c| c.batch_execute("PRAGMA journal_mode = WAL"))?;
    Ok(())
}

/// What is said about a connection that was not had.
///
/// libpq quotes pieces of an address that it cannot read, and the address holds the password. The configuration refuses
/// such addresses; a message that repeats a piece of the password all the same is not passed on.
fn connect_error(url: &DatabaseUrl, error: &ConnectionError) -> Error {
    let message = error.to_string();
    let gives_away = match url {
        DatabaseUrl::Sqlite(_) => false,
        DatabaseUrl::Postgres(secret) => secret.is_revealed_by(&message),
    };
    let message = if gives_away { known_reason(&message) } else { message.trim_end() };
    Error::Connect(format!("{url}: {message}"))
}

/// A phrase of libpq's that quotes nothing.
fn known_reason(message: &str) -> &'static str {
    const REASONS: [&str; 6] = [
        "password authentication failed",
        "could not translate host name",
        "Connection refused",
        "timeout expired",
        "no pg_hba.conf entry",
        "does not exist",
    ];
    // Its name is left out: a password often is the same.
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
