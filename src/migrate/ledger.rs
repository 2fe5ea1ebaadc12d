//! The applied migrations of a database, and how its schema relates to this program.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::checksums;
use super::scripts::MigrationSet;
use super::tables::{self, LEDGER};
use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::time;

diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Text,
        run_on -> Timestamp,
    }
}
use __diesel_schema_migrations as ledger;

/// A migration that this program has, or that is applied.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MigrationEntry {
    /// Its timestamp, digits only.
    pub version: String,
    /// `None` when this program does not have it.
    pub name: Option<String>,
    /// `None` while it is pending.
    pub applied_at: Option<DateTime<Utc>>,
    pub checksum: ChecksumState,
}

/// Whether a migration is still what was applied.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ChecksumState {
    /// Also of a pending migration.
    Match,
    /// It was applied before there were checksums, or this program does not have it.
    Unknown,
    /// With the checksum of what was applied.
    Mismatch(String),
}

/// How the schema of a database relates to this program.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum SchemaState {
    /// It has no tables.
    Empty,
    /// Exactly the migrations of this program are applied.
    Current,
    /// These are not applied yet.
    Pending(Vec<MigrationEntry>),
    /// These are applied and unknown: a newer program used it.
    Newer(Vec<MigrationEntry>),
    /// It belongs to the old Python bot.
    LegacyBot,
    /// It has tables of another program.
    Foreign,
}

/// Lists all migrations, applied or built in, by version.
pub(crate) fn list_migrations(conn: &mut AnyConnection) -> Result<Vec<MigrationEntry>> {
    let scripts = MigrationSet::built_in_for(conn);
    list_migrations_of(conn, scripts)
}

/// Returns how the database relates to the migrations that are built in.
pub(crate) fn schema_state(conn: &mut AnyConnection) -> Result<SchemaState> {
    let scripts = MigrationSet::built_in_for(conn);
    schema_state_of(conn, scripts)
}

/// Lists all migrations, applied or in this set, by version.
pub(crate) fn list_migrations_of(
    conn: &mut AnyConnection,
    scripts: &MigrationSet,
) -> Result<Vec<MigrationEntry>> {
    let (mut applied, recorded) = if tables::has_table(conn, LEDGER)? {
        let applied: Vec<(String, NaiveDateTime)> =
            on_each!(conn, |c| ledger::table.select((ledger::version, ledger::run_on)).load(c))?;
        (applied, checksums::list_checksums(conn)?)
    } else {
        (Vec::new(), Vec::new())
    };
    let mut entries = Vec::with_capacity(applied.len());
    for script in scripts.all() {
        let row = applied.iter().position(|(version, _)| *version == script.version);
        let applied_at = row.map(|row| time::from_stored(applied.swap_remove(row).1));
        let was = recorded.iter().find(|row| row.version == script.version);
        let checksum = match (applied_at, was) {
            (None, _) => ChecksumState::Match,
            (Some(_), None) => ChecksumState::Unknown,
            (Some(_), Some(was)) if was.sha256 == script.sha256 => ChecksumState::Match,
            (Some(_), Some(was)) => ChecksumState::Mismatch(was.sha256.clone()),
        };
        let (version, name) = (script.version.clone(), Some(script.name.clone()));
        entries.push(MigrationEntry { version, name, applied_at, checksum });
    }
    entries.extend(applied.into_iter().map(|(version, run_on)| MigrationEntry {
        version,
        name: None,
        applied_at: Some(time::from_stored(run_on)),
        checksum: ChecksumState::Unknown,
    }));
    entries.sort_by(|a, b| a.version.cmp(&b.version));
    Ok(entries)
}

/// Returns how the database relates to this set of migrations.
pub(crate) fn schema_state_of(conn: &mut AnyConnection, scripts: &MigrationSet) -> Result<SchemaState> {
    if !tables::has_table(conn, LEDGER)? {
        let tables = tables::list_tables(conn)?;
        return Ok(if is_legacy_bot(&tables) {
            SchemaState::LegacyBot
        } else if tables.is_empty() {
            SchemaState::Empty
        } else {
            SchemaState::Foreign
        });
    }
    let entries = list_migrations_of(conn, scripts)?;
    let (known, unknown): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.name.is_some());
    let pending: Vec<_> = known.into_iter().filter(|entry| entry.applied_at.is_none()).collect();
    Ok(if !unknown.is_empty() {
        SchemaState::Newer(unknown)
    } else if pending.is_empty() {
        SchemaState::Current
    } else {
        SchemaState::Pending(pending)
    })
}

/// Recognises the old bot by Alembic's ledger, or, since its `init_db()` leaves none, by its tables in any case.
fn is_legacy_bot(tables: &[String]) -> bool {
    let has = |name: &&str| tables.iter().any(|table| table.eq_ignore_ascii_case(name));
    tables.iter().any(|table| table == "alembic_version") || ["orders", "masters", "users"].iter().all(has)
}
