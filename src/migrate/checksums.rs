//! `schema_checksums`: the checksum of each migration when it was applied, by which a later change is noticed. The runner
//! creates the table, not a migration, because it has to hold the first one too.

use chrono::NaiveDateTime;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::scripts::MigrationScript;
use super::tables::{self, CHECKSUMS};
use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::time;

/// For both backends.
pub(super) const CREATE_TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_checksums (
    version TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    recorded_at TIMESTAMP NOT NULL,
    botctl_version TEXT NOT NULL
)";

diesel::table! {
    schema_checksums (version) {
        version -> Text,
        name -> Text,
        sha256 -> Text,
        recorded_at -> Timestamp,
        botctl_version -> Text,
    }
}

#[derive(Clone, Debug, Eq, PartialEq, Queryable)]
pub(crate) struct RecordedChecksum {
    /// Its timestamp, digits only, as in the ledger.
    pub(crate) version: String,
    pub(crate) name: String,
    /// Of both its scripts, hexadecimal.
    pub(crate) sha256: String,
    recorded_at: NaiveDateTime,
    /// The version of the botctl that recorded it.
    botctl_version: String,
}

/// Lists all checksums; none if the table does not exist yet.
pub(crate) fn list_checksums(conn: &mut AnyConnection) -> Result<Vec<RecordedChecksum>> {
    if !tables::has_table(conn, CHECKSUMS)? {
        return Ok(Vec::new());
    }
    Ok(on_each!(conn, |c| schema_checksums::table.order(schema_checksums::version).load(c))?)
}

/// Inserts or replaces the checksum of a migration.
pub(super) fn record_checksum(conn: &mut AnyConnection, script: &MigrationScript) -> Result<()> {
    on_each!(conn, |c| {
        c.batch_execute(CREATE_TABLE)?;
        c.batch_execute(&insert_statement(script))?;
    });
    Ok(())
}

pub(super) fn delete_checksum(conn: &mut AnyConnection, script: &MigrationScript) -> Result<()> {
    on_each!(conn, |c| {
        c.batch_execute(CREATE_TABLE)?;
        diesel::delete(schema_checksums::table.find(&script.version)).execute(c)?;
    });
    Ok(())
}

/// Returns the statement that records a checksum, as text, so that a preview shows exactly what runs.
pub(super) fn insert_statement(script: &MigrationScript) -> String {
    let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
    format!(
        "INSERT INTO schema_checksums (version, name, sha256, recorded_at, botctl_version) VALUES ({}, {}, {}, '{}', {}) \
         ON CONFLICT (version) DO UPDATE SET name = excluded.name, sha256 = excluded.sha256, \
         recorded_at = excluded.recorded_at, botctl_version = excluded.botctl_version",
        text(&script.version),
        text(&script.name),
        text(&script.sha256),
        time::to_stored(time::now()).format("%Y-%m-%d %H:%M:%S%.6f"),
        text(env!("CARGO_PKG_VERSION")),
    )
}
