//! The schema's versions: which are built in, which are applied, going up and down.
//!
//! The migrations of both backends carry the same names and are compiled into the program.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connection::{AnyConnection, allow_writing, on_each};
use super::error::{Error, Result};
use super::time;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
#[cfg(feature = "postgres")]
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

diesel::table! {
    /// diesel's own ledger.
    __diesel_schema_migrations (version) {
        /// The migration's timestamp.
        version -> Text,
        /// When it was applied.
        run_on -> Timestamp,
    }
}
use __diesel_schema_migrations as ledger;

/// One migration, built in or found in the database.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Its timestamp, digits only.
    pub version: String,
    /// Its name, `None` when this program does not have it.
    pub name: Option<String>,
    /// When it was applied, `None` when it is pending.
    pub applied_at: Option<DateTime<Utc>>,
}

/// How a database stands to this program.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum State {
    /// There is no table in it.
    Empty,
    /// It has exactly the migrations of this program.
    Current,
    /// It lacks these.
    Pending(Vec<Entry>),
    /// It has these, which this program does not know: it was used by a newer one.
    Newer(Vec<Entry>),
    /// It belongs to the old Python bot.
    OldBot,
    /// It has tables that are neither ours nor the old bot's.
    Foreign,
}

/// A migration that failed; the earlier ones stay applied, this one is undone.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// A migration failed.
    #[error("migration failed: {0}")]
    Failed(String),
    /// There is nothing to take back.
    #[error("no migration is applied")]
    NothingApplied,
    /// The ledger could not be read.
    #[error(transparent)]
    Database(#[from] Error),
}

/// Everything built in and everything applied, by version.
///
/// # Errors
/// When the database fails.
pub fn list(conn: &mut AnyConnection) -> Result<Vec<Entry>> {
    let applied: Vec<(String, NaiveDateTime)> = if has_table(conn, "__diesel_schema_migrations")? {
        on_each!(conn, |c| ledger::table.select((ledger::version, ledger::run_on)).load(c))?
    } else {
        Vec::new()
    };
    let mut entries: Vec<Entry> = built_in(conn)
        .into_iter()
        .map(|(version, name)| Entry { version, name: Some(name), applied_at: None })
        .collect();
    for (version, run_on) in applied {
        let applied_at = Some(time::read(run_on));
        match entries.iter_mut().find(|entry| entry.version == version) {
            Some(entry) => entry.applied_at = applied_at,
            None => entries.push(Entry { version, name: None, applied_at }),
        }
    }
    entries.sort_by(|a, b| a.version.cmp(&b.version));
    Ok(entries)
}

/// How the database stands to this program.
///
/// # Errors
/// When the database fails.
pub fn state(conn: &mut AnyConnection) -> Result<State> {
    if !has_table(conn, "__diesel_schema_migrations")? {
        return Ok(if has_table(conn, "alembic_version")? || is_old_bots(conn)? {
            State::OldBot
        } else if has_any_table(conn)? {
            State::Foreign
        } else {
            State::Empty
        });
    }
    let entries = list(conn)?;
    let (known, unknown): (Vec<_>, Vec<_>) = entries.into_iter().partition(|e| e.name.is_some());
    let pending: Vec<_> = known.into_iter().filter(|e| e.applied_at.is_none()).collect();
    Ok(if !unknown.is_empty() {
        State::Newer(unknown)
    } else if pending.is_empty() {
        State::Current
    } else {
        State::Pending(pending)
    })
}

/// Applies what is pending, each migration in a transaction of its own, and returns their versions.
///
/// # Errors
/// [`MigrateError::Failed`] names the migration and the database's reason.
pub fn up(conn: &mut AnyConnection) -> Result<Vec<String>, MigrateError> {
    allow_writing(conn)?;
    match conn {
        AnyConnection::Sqlite(c) => c.run_pending_migrations(SQLITE).map(versions),
        #[cfg(feature = "postgres")]
        AnyConnection::Pg(c) => c.run_pending_migrations(POSTGRES).map(versions),
    }
    .map_err(|error| MigrateError::Failed(error.to_string()))
}

/// Takes back the last `count` migrations and returns their versions.
///
/// # Errors
/// [`MigrateError::NothingApplied`] when there are fewer, or why one could not be taken back.
pub fn down(conn: &mut AnyConnection, count: usize) -> Result<Vec<String>, MigrateError> {
    allow_writing(conn)?;
    let applied = list(conn)?.iter().filter(|entry| entry.applied_at.is_some()).count();
    if applied < count {
        return Err(MigrateError::NothingApplied);
    }
    let mut gone = Vec::with_capacity(count);
    for _ in 0..count {
        let version = match conn {
            AnyConnection::Sqlite(c) => c.revert_last_migration(SQLITE).map(|v| v.to_string()),
            #[cfg(feature = "postgres")]
            AnyConnection::Pg(c) => c.revert_last_migration(POSTGRES).map(|v| v.to_string()),
        };
        gone.push(version.map_err(|error| MigrateError::Failed(error.to_string()))?);
    }
    Ok(gone)
}

fn versions(applied: Vec<MigrationVersion<'_>>) -> Vec<String> {
    applied.into_iter().map(|version| version.to_string()).collect()
}

/// Version and name of the migrations of this backend.
fn built_in(conn: &AnyConnection) -> Vec<(String, String)> {
    fn names<DB: diesel::backend::Backend>(source: &EmbeddedMigrations) -> Vec<(String, String)>
    where
        EmbeddedMigrations: MigrationSource<DB>,
    {
        let all: Vec<Box<dyn Migration<DB>>> = source.migrations().unwrap_or_default();
        all.iter()
            .map(|migration| {
                let full = migration.name().to_string();
                let name = full.split_once('_').map_or(full.as_str(), |(_, name)| name).to_owned();
                (migration.name().version().to_string(), name)
            })
            .collect()
    }
    match conn {
        AnyConnection::Sqlite(_) => names::<diesel::sqlite::Sqlite>(&SQLITE),
        #[cfg(feature = "postgres")]
        AnyConnection::Pg(_) => names::<diesel::pg::Pg>(&POSTGRES),
    }
}

/// The old bot's `init_db()` leaves no ledger; its tables give it away.
fn is_old_bots(conn: &mut AnyConnection) -> Result<bool> {
    Ok(has_table(conn, "orders")? && has_table(conn, "masters")? && has_table(conn, "users")?)
}

fn has_table(conn: &mut AnyConnection, name: &str) -> Result<bool> {
    Ok(tables(conn)?.iter().any(|table| table == name))
}

fn has_any_table(conn: &mut AnyConnection) -> Result<bool> {
    Ok(!tables(conn)?.is_empty())
}

fn tables(conn: &mut AnyConnection) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Table {
        #[diesel(sql_type = diesel::sql_types::Text)]
        name: String,
    }
    let query = match conn {
        AnyConnection::Sqlite(_) => {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        }
        #[cfg(feature = "postgres")]
        AnyConnection::Pg(_) => {
            "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = current_schema()"
        }
    };
    let rows: Vec<Table> = on_each!(conn, |c| diesel::sql_query(query).load(c))?;
    Ok(rows.into_iter().map(|table| table.name).collect())
}
