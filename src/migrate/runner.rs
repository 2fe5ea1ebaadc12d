//! Applying and reverting one migration: its statements, its row in the ledger and its checksum, in one transaction. diesel's
//! harness runs it and keeps the ledger; this adds which statement failed, foreign keys and checksums.

use std::cell::RefCell;
use std::collections::BTreeSet;

use diesel::Connection;
use diesel::SqliteConnection;
use diesel::backend::Backend;
use diesel::connection::{AnsiTransactionManager, BoxableConnection, SimpleConnection, TransactionManager};
use diesel::migration::{Migration, MigrationConnection, MigrationMetadata, MigrationName};
use diesel_migrations::MigrationHarness;

use super::checksums;
use super::dialect::Dialect;
use super::error::{FailedStatement, MigrateError};
use super::plan::plan_pending;
use super::privileges;
use super::scripts::{MigrationScript, MigrationSet};
use super::statements::{self, SqlStatement};
use crate::db::connection::{AnyConnection, allow_writing, on_each};
use crate::db::error::{Error, Result};
use crate::db::foreign_keys::{self, ForeignKeyViolation};
use crate::db::sql::query_names;

/// Applies what is pending, each migration in a transaction of its own, and returns their versions. Makes no backup.
///
/// # Errors
/// [`MigrateError::Failed`] names the migration, the statement and the database's reason.
pub fn apply_pending(conn: &mut AnyConnection) -> Result<Vec<String>, MigrateError> {
    allow_writing(conn)?;
    apply_all_pending(conn, apply_migration)
}

/// Applies what is pending inside of a transaction that the caller has opened through diesel (its transaction manager must
/// know of it), and returns the versions. After an error the caller must roll back.
///
/// To rebuild a table on SQLite, foreign keys must be off before that transaction begins and be checked before it is
/// committed: see [`without_foreign_keys`] and [`foreign_keys::violations`].
pub(crate) fn apply_pending_within(conn: &mut AnyConnection) -> Result<Vec<String>, MigrateError> {
    apply_all_pending(conn, apply_within)
}

fn apply_all_pending(
    conn: &mut AnyConnection,
    apply: fn(&mut AnyConnection, &MigrationScript) -> Result<(), MigrateError>,
) -> Result<Vec<String>, MigrateError> {
    let scripts = MigrationSet::built_in_for(conn);
    let plan = plan_pending(conn, scripts, None)?;
    if !plan.pending.is_empty() {
        require_rights(conn)?;
    }
    for script in &plan.pending {
        apply(conn, script)?;
    }
    Ok(plan.pending.iter().map(|script| script.version.clone()).collect())
}

fn require_rights(conn: &mut AnyConnection) -> Result<(), MigrateError> {
    // The names themselves come from a SQLite database.
    if matches!(conn, AnyConnection::Pg(_)) {
        privileges::require_schema_rights(conn, &built_in_names()?)?;
    }
    Ok(())
}

/// Returns every name that the built-in migrations create, in lower case.
pub(crate) fn built_in_names() -> Result<BTreeSet<String>, MigrateError> {
    let scratch =
        SqliteConnection::establish(":memory:").map_err(|error| Error::Connect(error.to_string()))?;
    let mut scratch = AnyConnection::Sqlite(scratch);
    apply_pending(&mut scratch)?;
    let names = query_names(&mut scratch, "SELECT lower(name) AS name FROM sqlite_schema")?;
    Ok(names.into_iter().collect())
}

/// Applies one migration, in a transaction of its own unless its metadata say otherwise.
pub(crate) fn apply_migration(
    conn: &mut AnyConnection,
    script: &MigrationScript,
) -> Result<(), MigrateError> {
    with_foreign_key_check(conn, script, |conn| apply_within(conn, script))
}

/// Reverts one migration, in a transaction of its own unless its metadata say otherwise.
pub(crate) fn revert_migration(
    conn: &mut AnyConnection,
    script: &MigrationScript,
) -> Result<(), MigrateError> {
    with_foreign_key_check(conn, script, |conn| revert_within(conn, script))
}

/// Reverts one migration and applies it again, in one transaction unless its metadata say otherwise.
pub(crate) fn redo_migration(conn: &mut AnyConnection, script: &MigrationScript) -> Result<(), MigrateError> {
    with_foreign_key_check(conn, script, |conn| {
        revert_within(conn, script)?;
        apply_within(conn, script)
    })
}

/// Records the present checksums of applied migrations, all or none.
pub(crate) fn record_checksums(
    conn: &mut AnyConnection,
    scripts: &[&MigrationScript],
) -> Result<(), MigrateError> {
    in_transaction(conn, |conn| {
        for script in scripts {
            checksums::record_checksum(conn, script)?;
        }
        Ok(())
    })
}

/// Runs `work` with SQLite's foreign keys off, without which a table cannot be rebuilt: dropping the old one would delete
/// the rows that refer to it. No effect inside of a transaction.
pub(crate) fn without_foreign_keys<T, E: From<Error>>(
    conn: &mut AnyConnection,
    work: impl FnOnce(&mut AnyConnection) -> Result<T, E>,
) -> Result<T, E> {
    let switch = |conn: &mut AnyConnection, to: &str| -> Result<()> {
        match conn {
            AnyConnection::Sqlite(c) => c.batch_execute(&format!("PRAGMA foreign_keys = {to}"))?,
            AnyConnection::Pg(_) => {}
        }
        Ok(())
    };
    switch(conn, "OFF")?;
    let result = work(conn);
    let switched = switch(conn, "ON");
    let value = result?;
    switched?;
    Ok(value)
}

/// Applies one migration inside of an open transaction.
fn apply_within(conn: &mut AnyConnection, script: &MigrationScript) -> Result<(), MigrateError> {
    let run = ScriptRun::new(conn, script);
    let result = on_each!(conn, |c| {
        c.setup().map_err(Error::Query)?;
        c.run_migration(&run).map(drop)
    });
    run.into_result(result)?;
    Ok(checksums::record_checksum(conn, script)?)
}

/// Reverts one migration inside of an open transaction.
pub(super) fn revert_within(conn: &mut AnyConnection, script: &MigrationScript) -> Result<(), MigrateError> {
    let run = ScriptRun::new(conn, script);
    let result = on_each!(conn, |c| c.revert_migration(&run).map(drop));
    run.into_result(result)?;
    Ok(checksums::delete_checksum(conn, script)?)
}

/// Runs `work` in one transaction that takes the write lock at once: a migration that reads first and writes later could be
/// refused in the middle.
fn in_transaction<T>(
    conn: &mut AnyConnection,
    work: impl FnOnce(&mut AnyConnection) -> Result<T, MigrateError>,
) -> Result<T, MigrateError> {
    begin_transaction(conn)?;
    match work(conn) {
        Ok(value) => {
            on_each!(conn, |c| AnsiTransactionManager::commit_transaction(c)).map_err(Error::Query)?;
            Ok(value)
        }
        Err(error) => {
            roll_back(conn);
            Err(error)
        }
    }
}

pub(super) fn begin_transaction(conn: &mut AnyConnection) -> Result<()> {
    match conn {
        AnyConnection::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?,
        AnyConnection::Pg(c) => AnsiTransactionManager::begin_transaction(c)?,
    }
    Ok(())
}

/// Ignores errors: the caller reports the first one, and on a full disk SQLite has already rolled back.
pub(super) fn roll_back(conn: &mut AnyConnection) {
    drop(on_each!(conn, |c| AnsiTransactionManager::rollback_transaction(c)));
}

/// Follows SQLite's procedure for changes that `ALTER TABLE` cannot make ("Making Other Kinds Of Table Schema Changes"):
/// foreign keys off, a transaction, a check of the foreign keys before the commit. Older violations are not reported.
fn with_foreign_key_check(
    conn: &mut AnyConnection,
    script: &MigrationScript,
    work: impl FnOnce(&mut AnyConnection) -> Result<(), MigrateError>,
) -> Result<(), MigrateError> {
    let checked = |conn: &mut AnyConnection| {
        let before = foreign_keys::violations(conn)?;
        work(conn)?;
        let is_new = |violation: &ForeignKeyViolation| {
            let same =
                |old: &&ForeignKeyViolation| old.child == violation.child && old.parent == violation.parent;
            before.iter().find(same).is_none_or(|old| old.rows < violation.rows)
        };
        let violations: Vec<_> = foreign_keys::violations(conn)?.into_iter().filter(is_new).collect();
        if violations.is_empty() {
            Ok(())
        } else {
            Err(MigrateError::ForeignKeyViolations { migration: script.to_string(), violations })
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
    /// The first failure; a later one (the end of the savepoint on a full disk) would hide it.
    failed: RefCell<Option<FailedStatement>>,
}

impl<'a> ScriptRun<'a> {
    fn new(conn: &AnyConnection, script: &'a MigrationScript) -> Self {
        Self { script, dialect: Dialect::of_connection(conn), failed: RefCell::default() }
    }

    fn execute_script<DB: Backend>(
        &self,
        conn: &mut dyn BoxableConnection<DB>,
        file: &str,
        text: &str,
    ) -> diesel::migration::Result<()> {
        for statement in statements::split_statements(text, self.dialect) {
            if let Err(error) = conn.batch_execute(statement.sql) {
                *self.failed.borrow_mut() = Some(self.failed_statement(file, &statement, error));
                return Err("a statement failed".into());
            }
        }
        Ok(())
    }

    fn failed_statement(
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
            first_words: statement.first_words(),
            is_locked: Error::Query(error).is_locked(),
            reason,
            is_rolled_back: self.script.in_transaction,
        }
    }

    /// Returns the result of the harness, with the reason that it does not know.
    fn into_result(self, result: diesel::migration::Result<()>) -> Result<(), MigrateError> {
        match (self.failed.into_inner(), result) {
            (Some(failed), _) => Err(MigrateError::Failed(Box::new(failed))),
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
        self.execute_script(conn, "up.sql", &self.script.up)
    }

    fn revert(&self, conn: &mut dyn BoxableConnection<DB>) -> diesel::migration::Result<()> {
        self.execute_script(conn, "down.sql", &self.script.down)
    }

    fn metadata(&self) -> &dyn MigrationMetadata {
        self.script
    }

    fn name(&self) -> &dyn MigrationName {
        self.script
    }
}
