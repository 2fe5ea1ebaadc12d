//! Objects that keep SQLite alone from checking or writing the file: they use a collation or function that the program
//! which made the file defines itself.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::source::{LegacyColumn, LegacyTable, list_tables, on_sqlite};
use crate::db::connection::AnyConnection;
use crate::db::error::Result;
use crate::db::sql::quote_name;

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct UnusableObject {
    /// `index by_name`, `table notes`.
    pub(crate) object: String,
    /// SQLite's error.
    pub(crate) reason: String,
    pub(crate) removal_sql: String,
}

/// Returns the objects that block a backup and an import. Table constraints (CHECK) are only seen by a connection that can
/// write.
pub(crate) fn unusable_objects(conn: &mut AnyConnection) -> Result<Vec<UnusableObject>> {
    on_sqlite(conn, |c| {
        let mut found = Vec::new();
        for table in list_tables(c)?.iter().filter(|table| !table.is_virtual) {
            let unusable_table = |reason| {
                let object = format!("table {}", table.name);
                UnusableObject { object, reason, removal_sql: plain_copy_sql(table) }
            };
            if let Some(reason) = missing_collation(c, table) {
                found.push(unusable_table(reason));
            } else if let Some(reason) = missing_definition(c, &table.name) {
                let indexes = unusable_indexes(c, &table.name)?;
                if indexes.is_empty() {
                    found.push(unusable_table(reason));
                }
                found.extend(indexes);
            }
        }
        Ok(found)
    })
}

/// Returns SQLite's error if a column has an unknown collation: `VACUUM INTO` could not create the table.
fn missing_collation(c: &mut SqliteConnection, table: &LegacyTable) -> Option<String> {
    let columns: Vec<_> = table.columns.iter().map(|column| quote_name(&column.name)).collect();
    let query = format!("EXPLAIN SELECT 1 FROM {} ORDER BY {}", quote_name(&table.name), columns.join(", "));
    c.batch_execute(&query).err().map(|error| error.to_string()).filter(|reason| reason.contains("collation"))
}

/// Returns SQLite's error if a check of this table would lack a collation or function.
fn missing_definition(c: &mut SqliteConnection, table: &str) -> Option<String> {
    let text = table.replace('\'', "''");
    // EXPLAIN only prepares the statement.
    let checked = c.batch_execute(&format!("EXPLAIN PRAGMA integrity_check('{text}')"));
    let reason = checked.err().map(|error| error.to_string());
    reason.filter(|reason| reason.contains("collation") || reason.contains("function"))
}

/// Returns the indexes that cannot be rebuilt. Those that belong to a constraint have no SQL and cannot be dropped.
fn unusable_indexes(c: &mut SqliteConnection, table: &str) -> Result<Vec<UnusableObject>> {
    #[derive(QueryableByName)]
    struct IndexName {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let indexes: Vec<IndexName> = diesel::sql_query(
        "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?",
    )
    .bind::<Text, _>(table)
    .load(c)?;
    let mut found = Vec::new();
    for IndexName { name } in indexes {
        let index = quote_name(&name);
        if let Err(error) = c.batch_execute(&format!("EXPLAIN REINDEX {index}")) {
            found.push(UnusableObject {
                object: format!("index {name}"),
                reason: error.to_string(),
                removal_sql: format!("DROP INDEX {index};"),
            });
        }
    }
    Ok(found)
}

fn plain_copy_sql(table: &LegacyTable) -> String {
    let (name, plain) = (quote_name(&table.name), quote_name(&format!("{}_plain", table.name)));
    let column = |column: &LegacyColumn| format!("{0} COLLATE BINARY AS {0}", quote_name(&column.name));
    let columns = table.columns.iter().map(column).collect::<Vec<_>>().join(", ");
    format!(
        "CREATE TABLE {plain} AS SELECT {columns} FROM {name} NOT INDEXED; DROP TABLE {name}; ALTER TABLE {plain} RENAME TO {name};"
    )
}
