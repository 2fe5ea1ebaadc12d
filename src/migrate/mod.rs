//! The schema's versions: which there are, which are applied, going up and down.
//!
//! | file | what |
//! |---|---|
//! | [`scripts`] | the migrations themselves, compiled in or in a folder |
//! | [`statements`] | a script cut into statements |
//! | [`run`] | one migration in its transaction, with its rows in the ledger and among the checksums |
//! | [`checksums`] | what each migration was when it was applied |
//! | [`loss`] | what going down would drop |
//! | [`preview`] | the SQL of what is pending |
//! | [`tables`] | what is in a database |
//!
//! The ledger is diesel's. What nobody has applied yet may be changed; what somebody has applied may not, because two
//! databases with the same versions would no longer have the same schema.

pub mod checksums;
pub mod loss;
pub mod preview;
pub mod run;
pub mod scripts;
pub mod statements;
pub mod tables;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use crate::db::connection::{AnyConnection, allow_writing, on_each};
use crate::db::error::Result;
use crate::db::time;

pub use run::{FailedStatement, MigrateError, without_foreign_keys};
pub use scripts::{Dialect, MigrationScript, MigrationSet, ScriptError};

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

/// The ledger's name in the database.
pub const LEDGER: &str = "__diesel_schema_migrations";

/// One migration, built in or found in the database.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MigrationEntry {
    /// Its timestamp, digits only.
    pub version: String,
    /// Its name, `None` when this program does not have it.
    pub name: Option<String>,
    /// When it was applied, `None` when it is pending.
    pub applied_at: Option<DateTime<Utc>>,
    /// Whether it is still what was applied.
    pub checksum: ChecksumState,
}

/// Whether a migration is what it was when it was applied.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ChecksumState {
    /// It is the same, or it is not applied.
    Match,
    /// It was applied when nobody kept checksums, or this program does not have it.
    Unknown,
    /// It is another one; this is the checksum of what was applied.
    Mismatch(String),
}

/// How a database stands to this program.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SchemaState {
    /// There is no table in it.
    Empty,
    /// It has exactly the migrations of this program.
    Current,
    /// It lacks these.
    Pending(Vec<MigrationEntry>),
    /// It has these, which this program does not know: it was used by a newer one.
    Newer(Vec<MigrationEntry>),
    /// It belongs to the old Python bot.
    LegacyBot,
    /// It has tables that are neither ours nor the old bot's.
    Foreign,
}

/// What `up` has to do.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct MigrationPlan<'a> {
    /// To be applied, the oldest first.
    pub pending: Vec<&'a MigrationScript>,
    /// Applied when nobody kept checksums; what they are now is written down.
    pub unrecorded: Vec<&'a MigrationScript>,
}

impl MigrationPlan<'_> {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty() && self.unrecorded.is_empty()
    }
}

/// Everything built in and everything applied, by version.
///
/// # Errors
/// When the database fails.
pub fn list_migrations(conn: &mut AnyConnection) -> Result<Vec<MigrationEntry>> {
    let scripts = built_in(conn);
    list_migrations_of(conn, scripts)
}

/// How the database stands to this program.
///
/// # Errors
/// When the database fails.
pub fn schema_state(conn: &mut AnyConnection) -> Result<SchemaState> {
    let scripts = built_in(conn);
    schema_state_of(conn, scripts)
}

/// Applies what is pending, each migration in a transaction of its own, and returns their versions. Makes no backup.
///
/// # Errors
/// [`MigrateError::Failed`] names the migration, the statement and the database's reason.
pub fn apply_pending(conn: &mut AnyConnection) -> Result<Vec<String>, MigrateError> {
    let scripts = built_in(conn);
    allow_writing(conn)?;
    let plan = plan_pending(conn, scripts, None)?;
    for script in &plan.pending {
        run::apply(conn, script)?;
    }
    Ok(plan.pending.iter().map(|script| script.version.clone()).collect())
}

/// Applies what is pending inside of the transaction that the caller has opened through diesel (its transaction manager
/// must know of it), and returns the versions.
///
/// What rebuilds a table on SQLite needs foreign keys to be off before that transaction begins, and looked at before it is
/// committed: see [`without_foreign_keys`] and [`foreign_keys::violations`](crate::db::foreign_keys::unmet).
///
/// # Errors
/// As [`up`]; the caller must then roll back.
pub fn apply_pending_within(conn: &mut AnyConnection) -> Result<Vec<String>, MigrateError> {
    let scripts = built_in(conn);
    let plan = plan_pending(conn, scripts, None)?;
    for script in &plan.pending {
        run::apply_within(conn, script)?;
    }
    Ok(plan.pending.iter().map(|script| script.version.clone()).collect())
}

/// [`list`] with other migrations than those built in.
///
/// # Errors
/// When the database fails.
pub fn list_migrations_of(conn: &mut AnyConnection, scripts: &MigrationSet) -> Result<Vec<MigrationEntry>> {
    let (mut applied, recorded) = if tables::has_table(conn, LEDGER)? {
        let applied: Vec<(String, NaiveDateTime)> =
            on_each!(conn, |c| ledger::table.select((ledger::version, ledger::run_on)).load(c))?;
        (applied, checksums::all(conn)?)
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

/// [`state`] with other migrations than those built in.
///
/// # Errors
/// When the database fails.
pub fn schema_state_of(conn: &mut AnyConnection, scripts: &MigrationSet) -> Result<SchemaState> {
    if !tables::has_table(conn, LEDGER)? {
        return Ok(if tables::has_table(conn, "alembic_version")? || is_old_bots(conn)? {
            SchemaState::LegacyBot
        } else if !tables::list_tables(conn)?.is_empty() {
            SchemaState::Foreign
        } else {
            SchemaState::Empty
        });
    }
    let entries = list_migrations_of(conn, scripts)?;
    let (known, unknown): (Vec<_>, Vec<_>) = entries.into_iter().partition(|e| e.name.is_some());
    let pending: Vec<_> = known.into_iter().filter(|e| e.applied_at.is_none()).collect();
    Ok(if !unknown.is_empty() {
        SchemaState::Newer(unknown)
    } else if pending.is_empty() {
        SchemaState::Current
    } else {
        SchemaState::Pending(pending)
    })
}

/// What is to be done to bring a database up, to the version `to` if one is named. Changes nothing.
///
/// # Errors
/// [`MigrateError::ChecksumMismatch`] when an applied migration is not what it was; [`MigrateError::NoSuchVersion`].
pub fn plan_pending<'a>(
    conn: &mut AnyConnection,
    scripts: &'a MigrationSet,
    to: Option<&str>,
) -> Result<MigrationPlan<'a>, MigrateError> {
    let entries = list_migrations_of(conn, scripts)?;
    plan_from(&entries, scripts, to)
}

/// The plan for a database that is not there yet.
///
/// # Errors
/// [`MigrateError::NoSuchVersion`].
pub fn plan_for_new_database<'a>(
    scripts: &'a MigrationSet,
    to: Option<&str>,
) -> Result<MigrationPlan<'a>, MigrateError> {
    plan_from(&[], scripts, to)
}

fn plan_from<'a>(
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

fn built_in(conn: &AnyConnection) -> &'static MigrationSet {
    MigrationSet::built_in(run::dialect(conn))
}

/// The old bot's `init_db()` leaves no ledger; its tables give it away, in whatever case they are written.
fn is_old_bots(conn: &mut AnyConnection) -> Result<bool> {
    let tables = tables::list_tables(conn)?;
    let has = |name: &&str| tables.iter().any(|table| table.eq_ignore_ascii_case(name));
    Ok(["orders", "masters", "users"].iter().all(has))
}
