//! Moving the old tables to `legacy_*`, with every row unchanged.
//!
//! A table with foreign keys is copied instead of renamed: its broken references would fail every later check of the
//! database. The copy has the values and column types, without constraints (references, CHECK, NOT NULL). Dropped are views
//! and triggers, because they name tables that have moved; indexes of copied tables or with a name that the new schema
//! needs; virtual tables that cannot be read or that index another table. The report has the SQL of all of them.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::report::DroppedObject;
use super::source::{LegacyColumn, LegacyTable, count_rows, query_names};
use crate::db::error::Result;
use crate::db::sql::quote_name;

#[derive(QueryableByName)]
struct SchemaObject {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    of: String,
    #[diesel(sql_type = Text)]
    sql: String,
}

impl SchemaObject {
    fn into_dropped(self, kind: &'static str) -> DroppedObject {
        DroppedObject { kind, name: self.name, sql: self.sql }
    }
}

/// Moves all tables and sets their `legacy_name`. Returns the objects that were dropped.
pub(super) fn move_to_legacy(
    c: &mut SqliteConnection,
    tables: &mut Vec<LegacyTable>,
    needed: &BTreeSet<String>,
) -> Result<Vec<DroppedObject>> {
    let originals = schema_objects(c, "table")?;
    let mut dropped = drop_virtual_tables(c, tables, &originals)?;
    for kind in ["trigger", "view"] {
        for object in schema_objects(c, kind)? {
            drop_object(c, kind, &object)?;
            dropped.push(object.into_dropped(kind));
        }
    }
    let must_copy = |table: &LegacyTable| table.has_references || !table.has_rowid;
    for object in schema_objects(c, "index")? {
        let is_copied = |table: &LegacyTable| table.name.eq_ignore_ascii_case(&object.of) && must_copy(table);
        if needed.contains(&object.name.to_lowercase()) || tables.iter().any(is_copied) {
            drop_object(c, "index", &object)?;
            dropped.push(object.into_dropped("index"));
        }
    }
    let mut taken = needed.clone();
    taken.extend(object_names(c)?);
    // Tables with references first: renaming their targets would rewrite the references.
    let (with, without): (Vec<_>, Vec<_>) = tables.iter_mut().partition(|table| must_copy(table));
    for table in with {
        let legacy_name = free_name(&table.name, &mut taken);
        copy_to_legacy(c, table, &legacy_name)?;
        table.legacy_name = legacy_name;
        table.has_rowid = true;
    }
    for table in without {
        let legacy_name = free_name(&table.name, &mut taken);
        c.batch_execute(&format!(
            "ALTER TABLE {} RENAME TO {}",
            quote_name(&table.name),
            quote_name(&legacy_name)
        ))?;
        table.legacy_name = legacy_name;
    }
    // A virtual table that reads another by name, such as `fts5vocab`, no longer finds it.
    for table in tables.iter_mut().filter(|table| table.is_virtual) {
        table.is_readable = count_rows(c, &table.legacy_name).is_ok();
    }
    dropped.extend(drop_virtual_tables(c, tables, &originals)?);
    Ok(dropped)
}

/// Drops the virtual tables that cannot be read and those that index another table, which gets another name or other
/// columns: they would fail every later check of the database.
fn drop_virtual_tables(
    c: &mut SqliteConnection,
    tables: &mut Vec<LegacyTable>,
    originals: &[SchemaObject],
) -> Result<Vec<DroppedObject>> {
    let sql = |table: &LegacyTable| {
        let original = originals.iter().find(|object| object.name == table.name);
        original.map(|object| object.sql.clone()).unwrap_or_default()
    };
    let is_unusable = |table: &mut LegacyTable| {
        table.is_virtual && (!table.is_readable || has_external_content(&sql(table)))
    };
    let mut dropped = Vec::new();
    for table in tables.extract_if(.., is_unusable) {
        if c.batch_execute(&format!("DROP TABLE {}", quote_name(&table.legacy_name))).is_err() {
            forget_virtual_table(c, &table.legacy_name)?;
        }
        dropped.push(DroppedObject { kind: "virtual table", sql: sql(&table), name: table.name });
    }
    Ok(dropped)
}

/// Removes a virtual table from the schema; its module, which alone could drop it, is missing.
fn forget_virtual_table(c: &mut SqliteConnection, name: &str) -> Result<()> {
    c.batch_execute("PRAGMA writable_schema = ON")?;
    let deleted =
        diesel::sql_query("DELETE FROM sqlite_schema WHERE type = 'table' AND rootpage = 0 AND name = ?")
            .bind::<Text, _>(name)
            .execute(c);
    // Reloads the schema.
    c.batch_execute("PRAGMA writable_schema = RESET")?;
    deleted?;
    Ok(())
}

/// Whether the SQL of a virtual table names a table in the option `content=` ("FTS5", 4.4: external content).
fn has_external_content(sql: &str) -> bool {
    let sql: String = sql.to_lowercase().split_whitespace().collect();
    let values = sql.match_indices("content=").filter(|(at, _)| sql[..*at].ends_with(['(', ',']));
    values.into_iter().any(|(at, option)| {
        let value = sql[at + option.len()..].split([',', ')']).next().unwrap_or_default();
        !matches!(value, "" | "''" | "\"\"")
    })
}

fn schema_objects(c: &mut SqliteConnection, kind: &str) -> Result<Vec<SchemaObject>> {
    Ok(diesel::sql_query(
        "SELECT name, tbl_name AS of, sql FROM sqlite_schema WHERE type = ? AND sql IS NOT NULL ORDER BY name",
    )
    .bind::<Text, _>(kind)
    .load(c)?)
}

fn drop_object(c: &mut SqliteConnection, kind: &str, object: &SchemaObject) -> Result<()> {
    Ok(c.batch_execute(&format!("DROP {kind} IF EXISTS {}", quote_name(&object.name)))?)
}

fn object_names(c: &mut SqliteConnection) -> Result<BTreeSet<String>> {
    let names = query_names(c, "SELECT name FROM sqlite_schema")?;
    Ok(names.into_iter().map(|name| name.to_lowercase()).collect())
}

fn free_name(name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut free = format!("legacy_{name}");
    let mut more = 1;
    while taken.contains(&free.to_lowercase()) {
        more += 1;
        free = format!("legacy_{name}_{more}");
    }
    taken.insert(free.to_lowercase());
    free
}

fn copy_to_legacy(c: &mut SqliteConnection, table: &LegacyTable, legacy_name: &str) -> Result<()> {
    let key = table.id_is_rowid;
    let column = |column: &LegacyColumn| {
        let key = if key && column.pk > 0 { " PRIMARY KEY" } else { "" };
        format!("{} {}{key}", quote_name(&column.name), plain_type(&column.declared))
    };
    let columns: Vec<_> = table.columns.iter().map(column).collect();
    let names: Vec<_> = table.columns.iter().map(|column| quote_name(&column.name)).collect();
    let (names, old, legacy_name) = (names.join(", "), quote_name(&table.name), quote_name(legacy_name));
    Ok(c.batch_execute(&format!(
        "CREATE TABLE {legacy_name} ({}){};
         INSERT INTO {legacy_name} ({names}) SELECT {names} FROM {old};
         DROP TABLE {old};",
        columns.join(", "),
        if table.is_strict { " STRICT" } else { "" },
    ))?)
}

/// Returns the declared type if it can be repeated as it is, else one of the same affinity ("Datatypes In SQLite", 3.1).
fn plain_type(declared: &str) -> &str {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " _(),".contains(c);
    let upper = declared.to_uppercase();
    let is_absent = |word: &str| !upper.contains(word);
    if declared.chars().all(is_plain) && ["GENERATED", "KEY", "REFERENCES"].into_iter().all(is_absent) {
        return declared;
    }
    let has = |parts: &[&str]| parts.iter().any(|part| upper.contains(part));
    if has(&["INT"]) {
        "INTEGER"
    } else if has(&["CHAR", "CLOB", "TEXT"]) {
        "TEXT"
    } else if has(&["BLOB"]) || upper.is_empty() {
        ""
    } else if has(&["REAL", "FLOA", "DOUB"]) {
        "REAL"
    } else {
        "NUMERIC"
    }
}

#[cfg(test)]
mod tests {
    use super::has_external_content;

    #[test]
    fn external_content_is_recognized_by_its_option() {
        for (arguments, expected) in [
            ("comment, content='orders', content_rowid='id'", true),
            ("comment,\n  CONTENT = orders", true),
            ("content=\"orders\", comment", true),
            ("comment, content=''", false),
            ("content=\"\", comment", false),
            ("comment, content=", false),
            ("content, content_rowid='id'", false),
            ("content, other_content=x", false),
        ] {
            let sql = format!("CREATE VIRTUAL TABLE t USING fts5({arguments})");
            assert_eq!(has_external_content(&sql), expected, "{sql}");
        }
    }
}
