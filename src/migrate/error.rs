//! Errors of migrations.

use std::path::PathBuf;

use super::ledger::MigrationEntry;
use crate::db::error::Error;
use crate::db::foreign_keys::ForeignKeyViolation;

/// Why the schema did not become what was asked for. Migrations that were applied before the failing one stay.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error("{0}")]
    Failed(Box<FailedStatement>),
    /// A migration would leave rows that refer to missing rows; it is rolled back.
    #[error("migration {migration} would violate foreign keys: {}", describe_violations(violations))]
    ForeignKeyViolations { migration: String, violations: Vec<ForeignKeyViolation> },
    #[error("checksum mismatch: changed after it was applied: {}", join_names(.0))]
    ChecksumMismatch(Vec<MigrationEntry>),
    #[error("there is no migration {0:?}")]
    NoSuchVersion(String),
    #[error(transparent)]
    Database(#[from] Error),
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FailedStatement {
    pub file: PathBuf,
    /// Its number in the script, from 1.
    pub statement: usize,
    /// The line on which it begins, from 1.
    pub line: usize,
    pub first_words: String,
    /// The database's message, without the details, which quote rows.
    pub reason: String,
    /// Without a transaction the statements before it stay.
    pub is_rolled_back: bool,
    /// Whether another connection holds a lock.
    pub is_locked: bool,
}

impl std::fmt::Display for FailedStatement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { file, statement, line, first_words, reason, .. } = self;
        write!(f, "{}, statement {statement} on line {line} ({first_words}): {reason}", file.display())
    }
}

fn describe_violations(violations: &[ForeignKeyViolation]) -> String {
    let describe = |ForeignKeyViolation { child, parent, rows }: &ForeignKeyViolation| match rows {
        0 => format!("what {child} refers to in {parent} would not be a key"),
        _ => format!("{rows} in {child} would refer to missing rows of {parent}"),
    };
    violations.iter().map(describe).collect::<Vec<_>>().join(", ")
}

fn join_names(entries: &[MigrationEntry]) -> String {
    let name =
        |entry: &MigrationEntry| format!("{} {}", entry.version, entry.name.as_deref().unwrap_or_default());
    entries.iter().map(name).collect::<Vec<_>>().join(", ")
}
