//! What `migrate up` has to do.

use super::error::MigrateError;
use super::ledger::{ChecksumState, MigrationEntry, list_migrations_of};
use super::scripts::{MigrationScript, MigrationSet};
use crate::db::connection::AnyConnection;

#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct MigrationPlan<'a> {
    /// To be applied, the oldest first.
    pub(crate) pending: Vec<&'a MigrationScript>,
    /// Applied before there were checksums; their present checksums are recorded.
    pub(crate) unrecorded: Vec<&'a MigrationScript>,
}

impl MigrationPlan<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.pending.is_empty() && self.unrecorded.is_empty()
    }
}

/// Plans how to bring a database up, to the version `to` if one is named, without changing it.
pub(crate) fn plan_pending<'a>(
    conn: &mut AnyConnection,
    scripts: &'a MigrationSet,
    to: Option<&str>,
) -> Result<MigrationPlan<'a>, MigrateError> {
    let entries = list_migrations_of(conn, scripts)?;
    plan_from_entries(&entries, scripts, to)
}

/// Plans from the migrations of a database, none if it does not exist yet.
pub(crate) fn plan_from_entries<'a>(
    entries: &[MigrationEntry],
    scripts: &'a MigrationSet,
    to: Option<&str>,
) -> Result<MigrationPlan<'a>, MigrateError> {
    let is_changed = |entry: &&MigrationEntry| matches!(entry.checksum, ChecksumState::Mismatch(_));
    let changed: Vec<MigrationEntry> = entries.iter().filter(is_changed).cloned().collect();
    if !changed.is_empty() {
        return Err(MigrateError::ChecksumMismatch(changed));
    }
    let last = match to {
        None => None,
        Some(text) => {
            let named = scripts.all().iter().find(|script| script.is_called(text));
            Some(named.ok_or_else(|| MigrateError::NoSuchVersion(text.to_owned()))?)
        }
    };
    let mut plan = MigrationPlan::default();
    for script in scripts.all() {
        match entries.iter().find(|entry| entry.version == script.version) {
            Some(MigrationEntry { applied_at: Some(_), checksum: ChecksumState::Unknown, .. }) => {
                plan.unrecorded.push(script);
            }
            Some(MigrationEntry { applied_at: Some(_), .. }) => {}
            _ if last.is_some_and(|last| script.version > last.version) => {}
            _ => plan.pending.push(script),
        }
    }
    Ok(plan)
}
