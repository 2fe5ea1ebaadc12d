//! `schema_checksums`: what each applied migration was, so that a later change of it is noticed. The table belongs to the
//! runner, not to a migration: it has to hold the first one too.

use chrono::NaiveDateTime;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::scripts::MigrationScript;
use super::tables;
use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::time;

/// The table's name in the database.
pub const TABLE: &str = "schema_checksums";

/// Makes the table where it is missing, on both backends.
pub(super) const CREATE: &str = "CREATE TABLE IF NOT EXISTS schema_checksums (
    version TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    recorded_at TIMESTAMP NOT NULL,
    botctl_version TEXT NOT NULL
)";

diesel::table! {
    /// What each applied migration was.
    schema_checksums (version) {
        /// The migration's timestamp, as in the ledger.
        version -> Text,
        /// Its name.
        name -> Text,
        /// The SHA-256 of both its scripts.
        sha256 -> Text,
        /// When this was written down.
        recorded_at -> Timestamp,
        /// By which version of this program.
        botctl_version -> Text,
    }
}

/// A migration as it was when it was applied.
#[derive(Clone, Debug, Eq, PartialEq, Queryable)]
pub struct RecordedChecksum {
    /// Its timestamp, digits only.
    pub version: String,
    /// Its name.
    pub name: String,
    /// Of both its scripts, in hexadecimal digits.
    pub sha256: String,
    /// When this was written down; UTC.
    pub recorded_at: NaiveDateTime,
    /// By which version of this program.
    pub botctl_version: String,
}

/// All that is written down; nothing where nobody kept checksums yet.
///
/// # Errors
/// When the database fails.
pub fn all(conn: &mut AnyConnection) -> Result<Vec<RecordedChecksum>> {
    if !tables::has_table(conn, TABLE)? {
        return Ok(Vec::new());
    }
    Ok(on_each!(conn, |c| schema_checksums::table.order(schema_checksums::version).load(c))?)
}

/// Writes down what a migration is now.
///
/// # Errors
/// When the database fails.
pub fn record(conn: &mut AnyConnection, script: &MigrationScript) -> Result<()> {
    on_each!(conn, |c| {
        c.batch_execute(CREATE)?;
        c.batch_execute(&row(script))?;
    });
    Ok(())
}

/// Forgets a migration that was taken back.
pub(super) fn forget(conn: &mut AnyConnection, script: &MigrationScript) -> Result<()> {
    on_each!(conn, |c| {
        c.batch_execute(CREATE)?;
        diesel::delete(schema_checksums::table.find(&script.version)).execute(c)?;
    });
    Ok(())
}

/// The statement that writes a migration down. One text, so that what is shown beforehand is what is done.
pub(super) fn row(script: &MigrationScript) -> String {
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
