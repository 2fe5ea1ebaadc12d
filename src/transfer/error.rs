//! Why a transfer failed. The source is unchanged; the target has a schema at the most.

use std::path::PathBuf;

use crate::db::error::Error;
use crate::db::lock::LockError;
use crate::migrate::{MigrateError, SchemaState};

#[derive(Debug, thiserror::Error)]
pub(crate) enum TransferError {
    #[error("there is no database at {}", .0.display())]
    NoSource(PathBuf),
    #[error("the source does not have the schema of this botctl")]
    SourceSchema(SchemaState),
    /// The target has another program's tables, or a schema that this program cannot bring up to date.
    #[error("this botctl cannot use the target")]
    TargetSchema(SchemaState),
    #[error("{0} is both the source and the target")]
    Same(String),
    #[error("the target {target} is not empty: {holds}")]
    NotEmpty { target: String, holds: String },
    /// A `serve` runs on one of them, or another run changes its schema.
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error("{table}.{column} of the row {key:?} holds a NUL byte, which PostgreSQL does not store")]
    NulByte { table: &'static str, column: &'static str, key: String },
    #[error("{table}.{column} of the row {key:?} holds {found}, not {expected}")]
    OddValue { table: &'static str, column: String, key: String, found: String, expected: &'static str },
    #[error("the row of {table} after {after} cannot be read: {source}")]
    Unreadable {
        table: &'static str,
        /// The key of the row before it.
        after: String,
        source: Error,
    },
    #[error("{table} differs in the target: {read} rows were read, {arrived} arrived")]
    Differs { table: &'static str, read: u64, arrived: u64 },
    #[error("the target: {0}")]
    Migrate(#[from] MigrateError),
    #[error("the source: {0}")]
    Source(#[source] Error),
    #[error("the target: {0}")]
    Target(#[source] Error),
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: std::io::Error },
}

/// For a failed transaction over both databases, where it is not known which of them failed.
impl From<Error> for TransferError {
    fn from(error: Error) -> Self {
        Self::Target(error)
    }
}
