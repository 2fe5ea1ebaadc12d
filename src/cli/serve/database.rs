//! Opens the database of `serve`: lock, schema, pool.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cli::error::CommandError;
use crate::cli::exit_code::ExitCode;
use crate::cli::migrate::apply_for_serve;
use crate::cli::output::Output;
use crate::cli::schema_state::schema_error;
use crate::config::ServeConfig;
use crate::config::database::DatabaseUrl;
use crate::db::lock::{self, ServeLock};
use crate::db::{Database, WriterThread, connection};
use crate::migrate::{self, SchemaState};

/// How long the inspection of the schema waits for a locked database.
const INSPECTION_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) struct OpenedDatabase {
    pub(super) db: Database,
    pub(super) writer: WriterThread,
    pub(super) lock: ServeLock,
    /// It was created, or had no tables.
    pub(super) is_new: bool,
}

/// Locks the database, migrates it if allowed, and opens the pool. A database that is refused is not modified.
pub(super) fn open_database(
    config: &ServeConfig,
    url: &DatabaseUrl,
    may_migrate: bool,
    output: Output,
) -> Result<OpenedDatabase, CommandError> {
    let backup_dir: Option<PathBuf> = Some(config.backup.dir.clone());
    if let DatabaseUrl::Sqlite(path) = url
        && fs::metadata(path).map_or(true, |file| file.len() == 0)
    {
        refuse_lost_database(path)?;
        // The lock comes first, so that two simultaneous first starts do not both create the database.
        let lock = lock::acquire_serve_lock(url)?;
        apply_for_serve(url, backup_dir, output)?;
        return open_pool(url, lock, true);
    }
    let state = match connection::open_read_only(url, INSPECTION_TIMEOUT)? {
        Some(mut conn) => migrate::schema_state(&mut conn)?,
        None => SchemaState::Empty,
    };
    match &state {
        SchemaState::Current | SchemaState::Empty => {}
        SchemaState::Pending(_) if may_migrate => {}
        other => return Err(schema_error(url, other)),
    }
    let lock = lock::acquire_serve_lock(url)?;
    apply_for_serve(url, backup_dir, output)?;
    if let DatabaseUrl::Sqlite(path) = url {
        connection::prepare_sqlite_file(path)?;
    }
    open_pool(url, lock, state == SchemaState::Empty)
}

/// Refuses to begin a database where one was lost: its sidecar files are still there. SQLite would delete a write-ahead log
/// beside an empty file.
fn refuse_lost_database(path: &Path) -> Result<(), CommandError> {
    let sidecars = ["-wal", "-shm"].map(|suffix| connection::sidecar_path(path, suffix));
    let Some(sidecar) = sidecars.into_iter().flatten().find(|sidecar| sidecar.exists()) else {
        return Ok(());
    };
    let (path, sidecar) = (path.display(), sidecar.display());
    let message =
        format!("{path} is missing or empty, but {sidecar} is there: the database was moved or deleted");
    Err(CommandError::new(ExitCode::Refused, message).hint(format!(
        "put it back, or restore a backup with `botctl backup restore`; to begin a new database, delete {path}-wal and {path}-shm"
    )))
}

fn open_pool(url: &DatabaseUrl, lock: ServeLock, is_new: bool) -> Result<OpenedDatabase, CommandError> {
    let (db, writer) = Database::open(url)?;
    Ok(OpenedDatabase { db, writer, lock, is_new })
}

/// With a misspelt path the bot would seem to have lost its data.
pub(super) fn warn_about_new_database(url: &DatabaseUrl) {
    tracing::warn!(
        database = %url,
        "this database is new and empty: if the bot had one before, stop it and correct DATABASE_PATH or DATABASE_URL"
    );
}
