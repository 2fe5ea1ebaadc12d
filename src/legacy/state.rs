//! Recognizing a database of the old bot.

use super::source::{self, LegacyTable, query_number};
use crate::db::connection::AnyConnection;
use crate::db::error::Result;
use crate::migrate;

/// What a database is to `migrate adopt`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum LegacyState {
    OldBot,
    Adopted,
    /// Adopted, and the new schema was reverted since: the rows in `legacy_*` are all that is left.
    Reverted,
    /// It looks like the old bot's and lacks a table or column that every version of it has.
    Unrecognized(String),
    Other(migrate::SchemaState),
}

pub(crate) fn legacy_state(conn: &mut AnyConnection) -> Result<LegacyState> {
    Ok(match migrate::schema_state(conn)? {
        migrate::SchemaState::LegacyBot => {
            match check_recognizable(&source::on_sqlite(conn, source::list_tables)?) {
                Err(missing) => LegacyState::Unrecognized(missing),
                Ok(()) => LegacyState::OldBot,
            }
        }
        migrate::SchemaState::Current | migrate::SchemaState::Pending(_) if has_legacy_tables(conn)? => {
            if migrate::tables::has_table(conn, "orders")? {
                LegacyState::Adopted
            } else {
                LegacyState::Reverted
            }
        }
        other => LegacyState::Other(other),
    })
}

fn has_legacy_tables(conn: &mut AnyConnection) -> Result<bool> {
    let AnyConnection::Sqlite(c) = conn else { return Ok(false) };
    // The name ends in a number if the old bot had a table of that name itself.
    let query = "SELECT count(*) AS number FROM sqlite_schema
                 WHERE type = 'table' AND (lower(name) = 'legacy_orders' OR lower(name) GLOB 'legacy_orders_[0-9]*')";
    Ok(query_number(c, query)? > 0)
}

/// Returns the first table or column that is missing of those without which there is nothing to import.
pub(super) fn check_recognizable(tables: &[LegacyTable]) -> Result<(), String> {
    let needed = [
        ("users", &["telegram_id", "role"][..]),
        ("masters", &["id", "telegram_id"]),
        ("orders", &["id", "status", "client_phone", "description"]),
    ];
    for (name, columns) in needed {
        let Some(table) = tables.iter().find(|table| table.name.eq_ignore_ascii_case(name)) else {
            return Err(format!("there is no table {name}"));
        };
        if let Some(column) = columns.iter().find(|column| !table.has_column(column)) {
            return Err(format!("{name} has no column {column}"));
        }
    }
    Ok(())
}
