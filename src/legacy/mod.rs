//! Adopting a SQLite database of the old Python bot, in one transaction.
//!
//! | file | content |
//! |---|---|
//! | `adopt` | the transaction |
//! | `state`, `unusable`, `exclusive` | recognizing such a database; what blocks the import; having it alone |
//! | `source`, `value` | the old tables, rows and values |
//! | `convert` | the meaning of the values |
//! | `legacy_tables` | renaming the old tables to `legacy_*` |
//! | `context`, `references` | the state of one import; placeholders for missing users and masters |
//! | `users`, `masters`, `orders`, `history` | the rows, table by table |
//! | `later_columns` | columns of later versions, which go into an order's notes |
//! | `checks`, `report` | counts and sums before the commit; the report |
//!
//! No row makes the import fail. Odd values are repaired and counted; rows that do not fit the new tables stay in `legacy_*`
//! and are listed. If the result does not match the source, the transaction is rolled back.
//!
//! The old bot wrote its times in UTC (`CURRENT_TIMESTAMP`, `datetime.utcnow()`) without a zone. The ORM of its later
//! versions (from 2025-10-21 on) wrote Moscow wall time, always with six digits of a second; `orders.version` or
//! `orders.deleted_at` tells them apart.

mod adopt;
mod checks;
mod context;
mod convert;
mod equipment;
mod exclusive;
mod history;
mod later_columns;
mod legacy_tables;
mod masters;
mod orders;
mod references;
pub(crate) mod report;
mod source;
mod state;
mod unusable;
mod users;
mod value;

pub(crate) use adopt::{AdoptError, adopt_database};
pub(crate) use context::{ImportOptions, LaterColumn};
pub(crate) use exclusive::{data_version, require_exclusive_access};
pub(crate) use state::{LegacyState, legacy_state};
pub(crate) use unusable::unusable_objects;

#[cfg(test)]
mod tests;
