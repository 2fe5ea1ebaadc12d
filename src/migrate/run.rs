//! One migration, up or down: its statements, its row in the ledger and its checksum, in one transaction. diesel's harness
//! runs it and keeps the ledger; the rest is what the harness leaves open: which statement failed, foreign keys, checksums.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::path::PathBuf;

use diesel::backend::Backend;
use diesel::connection::{AnsiTransactionManager, BoxableConnection, SimpleConnection, TransactionManager};
use diesel::migration::{Migration, MigrationConnection, MigrationMetadata, MigrationName};
use diesel_migrations::MigrationHarness;

use super::MigrationEntry;
use super::checksums;
use super::scripts::{Dialect, MigrationScript};
use super::statements::{self, SqlStatement};
use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::{Error, Result};
use crate::db::foreign_keys::{self, ForeignKeyViolation};

/// Why the schema is not where it was to go. What was applied before the failing migration stays.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// A statement failed; its migration is undone.
    #[error("{0}")]
    Failed(Box<FailedStatement>),
    /// A migration would have left rows that point at nothing; it is undone.
    #[error("migration {} would break references: {}", migration, listed(unmet))]
    ForeignKeyViolations {
        /// Version and name.
        migration: String,
        /// What it would have broken.
        unmet: Vec<ForeignKeyViolation>,
    },
    /// These were applied, and are something else now.
    #[error("{} applied and changed since: {}", if .0.len() == 1 { "a migration was" } else { "migrations were" }, names(.0))]
    ChecksumMismatch(Vec<MigrationEntry>),
    /// There is no migration of this version.
    #[error("there is no migration {0:?}")]
    NoSuchVersion(String),
    /// The database could not be read or written.
    #[error(transparent)]
    Database(#[from] Error),
}

/// A statement that failed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FailedStatement {
    /// The script.
    pub file: PathBuf,
    /// The statement's place in it, from 1.
    pub statement: usize,
    /// The line on which it begins, from 1.
    pub line: usize,
    /// Its first words.
    pub words: String,
    /// What the database said. Its details, which quote rows, are left out.
    pub reason: String,
    /// Whether the migration is undone; without a transaction its first statements stay.
    pub undone: bool,
    /// Whether it only failed because somebody else holds a lock.
    pub locked: bool,
}

impl std::fmt::Display for FailedStatement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { file, statement, line, words, reason, .. } = self;
        write!(f, "{}, statement {statement} on line {line} ({words}): {reason}", file.display())
    }
}

/// Applies one migration, in a transaction of its own unless it says otherwise.
///
/// # Errors
/// Why it is not applied.
pub fn apply(conn: &mut AnyConnection, script: &MigrationScript) -> Result<(), MigrateError> {
    guarded(conn, script, |conn| apply_within(conn, script))
}

/// Takes one migration back, in a transaction of its own unless it says otherwise.
///
/// # Errors
/// Why it is still there.
pub fn revert(conn: &mut AnyConnection, script: &MigrationScript) -> Result<(), MigrateError> {
    guarded(conn, script, |conn| revert_within(conn, script))
}

/// Takes one migration back and applies it again, in one transaction unless it says otherwise.
///
/// # Errors
/// Why nothing was changed.
pub fn redo(conn: &mut AnyConnection, script: &MigrationScript) -> Result<(), MigrateError> {
    guarded(conn, script, |conn| {
        revert_within(conn, script)?;
        apply_within(conn, script)
    })
}

/// Writes down what applied migrations are, all or none.
///
/// # Errors
/// When the database fails.
pub fn record(conn: &mut AnyConnection, scripts: &[&MigrationScript]) -> Result<(), MigrateError> {
    in_transaction(conn, |conn| {
        for script in scripts {
            checksums::record(conn, script)?;
        }
        Ok(())
    })
}

/// Runs `job` with SQLite's foreign keys switched off, which a table can only be rebuilt without: dropping the old one would
/// delete what points at it. No effect inside of a transaction.
///
/// # Errors
/// What the job returned, or that the switch could not be thrown.
pub fn without_foreign_keys<T, E: From<Error>>(
    conn: &mut AnyConnection,
    job: impl FnOnce(&mut AnyConnection) -> Result<T, E>,
) -> Result<T, E> {
    let switch = |conn: &mut AnyConnection, to: &str| -> Result<()> {
        match conn {
            AnyConnection::Sqlite(c) => c.batch_execute(&format!("PRAGMA foreign_keys = {to}"))?,
            AnyConnection::Pg(_) => {}
        }
        Ok(())
    };
    switch(conn, "OFF")?;
    let done = job(conn);
    let back = switch(conn, "ON");
    let done = done?;
    back?;
    Ok(done)
}

pub(super) fn dialect(conn: &AnyConnection) -> Dialect {
    match conn {
        AnyConnection::Sqlite(_) => Dialect::Sqlite,
        AnyConnection::Pg(_) => Dialect::Postgres,
    }
}

/// Applies one migration inside of an open transaction.
pub(super) fn apply_within(conn: &mut AnyConnection, script: &MigrationScript) -> Result<(), MigrateError> {
    let job = ScriptRun { script, dialect: dialect(conn), broken: RefCell::default() };
    let done = on_each!(conn, |c| {
        c.setup().map_err(Error::Query)?;
        c.run_migration(&job).map(drop)
    });
    job.outcome(done)?;
    Ok(checksums::record(conn, script)?)
}

/// Takes one migration back inside of an open transaction.
pub(super) fn revert_within(conn: &mut AnyConnection, script: &MigrationScript) -> Result<(), MigrateError> {
    let job = ScriptRun { script, dialect: dialect(conn), broken: RefCell::default() };
    let done = on_each!(conn, |c| c.revert_migration(&job).map(drop));
    job.outcome(done)?;
    Ok(checksums::forget(conn, script)?)
}

/// Runs `job` in one transaction, which takes the lock for writing at once: a migration that read first and wrote later
/// could be refused in the middle.
pub(super) fn in_transaction<T>(
    conn: &mut AnyConnection,
    job: impl FnOnce(&mut AnyConnection) -> Result<T, MigrateError>,
) -> Result<T, MigrateError> {
    begin(conn)?;
    match job(conn) {
        Ok(done) => {
            on_each!(conn, |c| AnsiTransactionManager::commit_transaction(c)).map_err(Error::Query)?;
            Ok(done)
        }
        Err(error) => {
            roll_back(conn);
            Err(error)
        }
    }
}

pub(super) fn begin(conn: &mut AnyConnection) -> Result<()> {
    match conn {
        AnyConnection::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?,
        AnyConnection::Pg(c) => AnsiTransactionManager::begin_transaction(c)?,
    }
    Ok(())
}

/// On a full disk SQLite has rolled back by itself; what went wrong is said by whoever asks for this.
pub(super) fn roll_back(conn: &mut AnyConnection) {
    drop(on_each!(conn, |c| AnsiTransactionManager::rollback_transaction(c)));
}

/// SQLite's procedure for changes that `ALTER TABLE` cannot make: foreign keys off, a transaction, a look at the foreign
/// keys before the commit ("Making Other Kinds Of Table Schema Changes"). What was broken before is nobody's fault here.
fn guarded(
    conn: &mut AnyConnection,
    script: &MigrationScript,
    job: impl FnOnce(&mut AnyConnection) -> Result<(), MigrateError>,
) -> Result<(), MigrateError> {
    let checked = |conn: &mut AnyConnection| {
        let before = foreign_keys::violations(conn)?;
        job(conn)?;
        let is_new = |unmet: &ForeignKeyViolation| {
            let same = |old: &&ForeignKeyViolation| old.child == unmet.child && old.parent == unmet.parent;
            before.iter().find(same).is_none_or(|old| old.rows < unmet.rows)
        };
        let unmet: Vec<ForeignKeyViolation> =
            foreign_keys::violations(conn)?.into_iter().filter(is_new).collect();
        if unmet.is_empty() {
            Ok(())
        } else {
            Err(MigrateError::ForeignKeyViolations { migration: script.to_string(), unmet })
        }
    };
    without_foreign_keys(conn, |conn| {
        if script.in_transaction { in_transaction(conn, checked) } else { checked(conn) }
    })
}

/// A script as diesel's harness takes it.
struct ScriptRun<'a> {
    script: &'a MigrationScript,
    dialect: Dialect,
    /// Kept here, because what fails later (the end of the savepoint on a full disk) would take its place.
    broken: RefCell<Option<FailedStatement>>,
}

impl ScriptRun<'_> {
    fn execute<DB: Backend>(
        &self,
        conn: &mut dyn BoxableConnection<DB>,
        file: &str,
        text: &str,
    ) -> diesel::migration::Result<()> {
        for statement in statements::split(text, self.dialect) {
            if let Err(error) = conn.batch_execute(statement.sql) {
                *self.broken.borrow_mut() = Some(self.broken(file, &statement, error));
                return Err("a statement failed".into());
            }
        }
        Ok(())
    }

    fn broken(
        &self,
        file: &str,
        statement: &SqlStatement<'_>,
        error: diesel::result::Error,
    ) -> FailedStatement {
        let reason = error.to_string();
        FailedStatement {
            file: self.script.folder.join(file),
            statement: statement.number,
            line: statement.line,
            words: statement.words(),
            locked: Error::Query(error).is_locked(),
            reason,
            undone: self.script.in_transaction,
        }
    }

    /// What the harness returned, with the reason that it does not know.
    fn outcome(self, done: diesel::migration::Result<()>) -> Result<(), MigrateError> {
        match (self.broken.into_inner(), done) {
            (Some(broken), _) => Err(MigrateError::Failed(Box::new(broken))),
            (None, Ok(())) => Ok(()),
            (None, Err(error)) => Err(match error.downcast::<diesel::result::Error>() {
                Ok(error) => Error::Query(*error).into(),
                Err(error) => Error::Commit(error.to_string()).into(),
            }),
        }
    }
}

impl<DB: Backend> Migration<DB> for ScriptRun<'_> {
    fn run(&self, conn: &mut dyn BoxableConnection<DB>) -> diesel::migration::Result<()> {
        self.execute(conn, "up.sql", &self.script.up)
    }

    fn revert(&self, conn: &mut dyn BoxableConnection<DB>) -> diesel::migration::Result<()> {
        self.execute(conn, "down.sql", &self.script.down)
    }

    fn metadata(&self) -> &dyn MigrationMetadata {
        self.script
    }

    fn name(&self) -> &dyn MigrationName {
        self.script
    }
}

fn listed(unmet: &[ForeignKeyViolation]) -> String {
    let mut text = String::new();
    for ForeignKeyViolation { child, parent, rows } in unmet {
        let comma = if text.is_empty() { "" } else { ", " };
        let what = match rows {
            0 => format!("what {child} points at in {parent} would be no key"),
            _ => format!("{rows} in {child} would point at nothing in {parent}"),
        };
        let _infallible = write!(text, "{comma}{what}");
    }
    text
}

fn names(entries: &[MigrationEntry]) -> String {
    let name =
        |entry: &MigrationEntry| format!("{} {}", entry.version, entry.name.as_deref().unwrap_or_default());
    entries.iter().map(name).collect::<Vec<_>>().join(", ")
}
