//! Who keeps the running bot from writing, for `botctl status`.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use rustix::process::{Flock, FlockType, fcntl_getlk};

use super::connection::AnyConnection;
use super::error::{Error, Result};
use super::sqlite_file::sidecar_path;
use crate::config::database::DatabaseUrl;

/// No transaction of the bot takes as long.
const PATIENCE: Duration = Duration::from_secs(3);
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// The byte of the `-shm` file that a writer locks, and the bytes that every commit changes ("WAL-mode File Format").
const WRITE_LOCK: u64 = 120;
const INDEX_HEADER: usize = 48;
/// Sessions that hold a lock with which no row can be written, or for which a statement has been waiting.
const BLOCKING_SESSIONS: &str = "
    SELECT holder.pid::bigint AS process, coalesce(nullif(holder.application_name, ''), holder.usename::text, '') AS program
    FROM pg_stat_activity holder
    WHERE holder.pid IN (
        SELECT pid FROM pg_locks
        WHERE granted AND relation IN (to_regclass('inbox'), to_regclass('outbox'))
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
        UNION
        SELECT unnest(pg_blocking_pids(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query_start < now() - interval '3 seconds'
    ) AND holder.pid <> pg_backend_pid() AND coalesce(holder.xact_start < now() - interval '3 seconds', true)
    ORDER BY holder.pid LIMIT 1";
/// Whether new sessions can write; this one is read-only by its own choice.
const READ_ONLY: &str = "
    SELECT 0::bigint AS process, CASE WHEN pg_is_in_recovery() THEN 'a standby' ELSE 'read-only' END AS program
    WHERE pg_is_in_recovery()
       OR (SELECT reset_val FROM pg_settings WHERE name = 'default_transaction_read_only') = 'on'";

/// Why nothing can be written to a database.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum WriteObstacle {
    /// Another transaction has been holding the lock.
    Locked {
        /// `None` on another machine or in another container.
        process: Option<i64>,
        /// Empty if unknown.
        program: String,
    },
    /// The PostgreSQL server accepts no writes, in these words.
    ReadOnly(String),
}

/// Returns what has been keeping others from writing for some seconds.
pub(crate) fn find_write_obstacle(
    url: &DatabaseUrl,
    conn: &mut AnyConnection,
) -> Result<Option<WriteObstacle>> {
    match (url, conn) {
        (DatabaseUrl::Sqlite(path), _) => find_stuck_writer(path).map_err(|error| Error::File {
            database: url.to_string(),
            what: format!("has a -shm file that cannot be examined: {error}"),
        }),
        (_, AnyConnection::Pg(c)) => find_blocking_session(c),
        (_, AnyConnection::Sqlite(_)) => Ok(None),
    }
}

/// Watches SQLite's write lock until it is free or a commit changes the index of the write-ahead log.
///
/// Closing the file releases the locks that this process has on it, so no transaction may be open here.
fn find_stuck_writer(database: &Path) -> io::Result<Option<WriteObstacle>> {
    let index = match File::open(sidecar_path(database, "-shm")?) {
        Ok(index) => index,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let (begun, first) = (Instant::now(), read_header(&index)?);
    loop {
        let write_lock = Flock { start: WRITE_LOCK, length: 1, ..Flock::from(FlockType::WriteLock) };
        let Some(held) = fcntl_getlk(&index, &write_lock)? else { return Ok(None) };
        if read_header(&index)? != first {
            return Ok(None);
        }
        if begun.elapsed() >= PATIENCE {
            let process = held.pid.map(|pid| i64::from(pid.as_raw_nonzero().get()));
            let program = process.and_then(|pid| std::fs::read_to_string(format!("/proc/{pid}/comm")).ok());
            let program = program.unwrap_or_default().trim_end().to_owned();
            return Ok(Some(WriteObstacle::Locked { process, program }));
        }
        std::thread::sleep(POLL_INTERVAL);
    }
}

fn read_header(index: &File) -> io::Result<[u8; INDEX_HEADER]> {
    let mut header = [0; INDEX_HEADER];
    index.read_exact_at(&mut header, 0)?;
    Ok(header)
}

#[derive(QueryableByName)]
struct BlockingSession {
    #[diesel(sql_type = BigInt)]
    process: i64,
    #[diesel(sql_type = Text)]
    program: String,
}

fn find_blocking_session(conn: &mut PgConnection) -> Result<Option<WriteObstacle>> {
    let server: Option<BlockingSession> = diesel::sql_query(READ_ONLY).get_result(conn).optional()?;
    if let Some(server) = server {
        return Ok(Some(WriteObstacle::ReadOnly(server.program)));
    }
    let holder: Option<BlockingSession> = diesel::sql_query(BLOCKING_SESSIONS).get_result(conn).optional()?;
    Ok(holder.map(|holder| WriteObstacle::Locked { process: Some(holder.process), program: holder.program }))
}
