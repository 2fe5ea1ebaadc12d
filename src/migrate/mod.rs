//! Migrations of the schema.
//!
//! | file | what |
//! |---|---|
//! | [`scripts`], `dialect` | the migrations themselves, built in or read from a folder |
//! | `statements` | splits a script into statements |
//! | `ledger`, [`checksums`] | which are applied, and what each was when it was applied |
//! | `plan` | which are to be applied |
//! | [`runner`] | applies and reverts them, each in its transaction |
//! | [`loss`] | what reverting would delete |
//! | [`preview`] | the SQL of what is pending |
//! | [`privileges`] | what a PostgreSQL role may do |
//! | [`tables`] | the tables of a database |
//! | [`extra_objects`] | what a database has besides the schema |
//!
//! The ledger is diesel's. A migration may be changed until it is applied anywhere; afterwards it may not, because two
//! databases with the same versions would no longer have the same schema.

pub(crate) mod checksums;
mod dialect;
mod error;
pub(crate) mod extra_objects;
mod ledger;
pub(crate) mod loss;
mod plan;
pub(crate) mod preview;
pub(crate) mod privileges;
pub(crate) mod runner;
pub(crate) mod scripts;
mod statements;
pub(crate) mod tables;
#[cfg(test)]
pub(crate) mod testing;

pub(crate) use dialect::Dialect;
pub(crate) use error::MigrateError;
pub(crate) use extra_objects::{ExtraObject, list_extra_objects};
pub(crate) use ledger::{ChecksumState, MigrationEntry};
pub(crate) use ledger::{SchemaState, list_migrations, list_migrations_of, schema_state, schema_state_of};
pub(crate) use plan::{MigrationPlan, plan_from_entries, plan_pending};
pub use runner::apply_pending;
pub(crate) use runner::apply_pending_within;
pub(crate) use scripts::{MigrationScript, MigrationSet, ScriptError};
