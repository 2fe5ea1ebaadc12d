//! The old tables make room: they become `legacy_*`, with every row as it was.
//!
//! A table that refers to others is copied and not renamed: the rows that refer to nothing, which are the reason for much of
//! this, would be found by every check of the database for ever. Its rules (references, CHECK, NOT NULL) are left behind,
//! its values and the types of its columns are not. Views and triggers go, for they name tables that are no longer there,
//! and so do indexes whose name the new schema needs or whose table is copied, and virtual tables that cannot be read here
//! or whose rows are another table's; the report has the SQL of all of them.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::report::Dropped;
use super::source::{Column, Table, quoted, rows};
use crate::db::connection::AnyConnection;
use crate::db::error::{Error, Result};
use crate::migrate::{self, MigrateError};

#[derive(QueryableByName)]
struct Object {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    of: String,
    #[diesel(sql_type = Text)]
    sql: String,
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

impl Object {
    fn dropped(self, kind: &'static str) -> Dropped {
        Dropped { kind, name: self.name, sql: self.sql }
    }
}

/// Every name that the new schema uses.
pub(super) fn names_of_new_schema() -> Result<BTreeSet<String>, MigrateError> {
    let scratch =
        SqliteConnection::establish(":memory:").map_err(|error| Error::Connect(error.to_string()))?;
    let mut scratch = AnyConnection::Sqlite(scratch);
    migrate::apply_pending(&mut scratch)?;
    let AnyConnection::Sqlite(c) = &mut scratch else { return Ok(BTreeSet::new()) };
    let names: Vec<Name> =
        diesel::sql_query("SELECT name FROM sqlite_schema").load(c).map_err(Error::from)?;
    Ok(names.into_iter().map(|found| found.name.to_lowercase()).collect())
}

/// Moves all tables out of the way and notes in each where it is now. Returns what had to go.
pub(super) fn set_aside(
    c: &mut SqliteConnection,
    tables: &mut Vec<Table>,
    needed: &BTreeSet<String>,
) -> Result<Vec<Dropped>> {
    let originals = objects(c, "table")?;
    let mut dropped = drop_virtual(c, tables, &originals)?;
    for kind in ["trigger", "view"] {
        for object in objects(c, kind)? {
            drop_object(c, kind, &object)?;
            dropped.push(object.dropped(kind));
        }
    }
    let must_copy = |table: &Table| table.has_references || !table.has_rowid;
    for object in objects(c, "index")? {
        // What is copied loses its indexes, which nobody needs on rows that nobody looks up.
        let goes = |table: &Table| table.name.eq_ignore_ascii_case(&object.of) && must_copy(table);
        if needed.contains(&object.name.to_lowercase()) || tables.iter().any(goes) {
            drop_object(c, "index", &object)?;
            dropped.push(object.dropped("index"));
        }
    }
    let mut taken: BTreeSet<String> = needed.clone();
    taken.extend(all_names(c)?);
    // Those that refer to others go first, so that no reference has to follow a table that is renamed.
    let (with, without): (Vec<_>, Vec<_>) = tables.iter_mut().partition(|table| must_copy(table));
    for table in with {
        let aside = free_name(&table.name, &mut taken);
        copy(c, table, &aside)?;
        table.aside = aside;
        table.has_rowid = true;
    }
    for table in without {
        let aside = free_name(&table.name, &mut taken);
        c.batch_execute(&format!("ALTER TABLE {} RENAME TO {}", quoted(&table.name), quoted(&aside)))?;
        table.aside = aside;
    }
    // One that looks into another by its name, as `fts5vocab` does, finds nothing there any more.
    for table in tables.iter_mut().filter(|table| table.is_virtual) {
        table.is_readable = rows(c, &table.aside).is_ok();
    }
    dropped.extend(drop_virtual(c, tables, &originals)?);
    Ok(dropped)
}

/// Drops the virtual tables that cannot be read, and those that only index the rows of another table, which will have
/// another name or other columns: every check of the database would stumble over them for ever.
fn drop_virtual(
    c: &mut SqliteConnection,
    tables: &mut Vec<Table>,
    originals: &[Object],
) -> Result<Vec<Dropped>> {
    let sql = |table: &Table| {
        let original = originals.iter().find(|object| object.name == table.name);
        original.map(|object| object.sql.clone()).unwrap_or_default()
    };
    let goes = |table: &mut Table| table.is_virtual && (!table.is_readable || indexes_another(&sql(table)));
    let mut dropped = Vec::new();
    for table in tables.extract_if(.., goes) {
        if c.batch_execute(&format!("DROP TABLE {}", quoted(&table.aside))).is_err() {
            forget(c, &table.aside)?;
        }
        dropped.push(Dropped { kind: "virtual table", sql: sql(&table), name: table.name });
    }
    Ok(dropped)
}

/// Takes a virtual table out of the schema that its module, which is not here, would have to drop.
fn forget(c: &mut SqliteConnection, name: &str) -> Result<()> {
    c.batch_execute("PRAGMA writable_schema = ON")?;
    let gone =
        diesel::sql_query("DELETE FROM sqlite_schema WHERE type = 'table' AND rootpage = 0 AND name = ?")
            .bind::<Text, _>(name)
            .execute(c);
    // Reads the schema anew.
    c.batch_execute("PRAGMA writable_schema = RESET")?;
    gone?;
    Ok(())
}

/// Whether the SQL of a virtual table has the option `content=` with a table in it ("FTS5", 4.4: external content).
fn indexes_another(sql: &str) -> bool {
    let sql: String = sql.to_lowercase().split_whitespace().collect();
    let values = sql.match_indices("content=").filter(|(at, _)| sql[..*at].ends_with(['(', ',']));
    values.into_iter().any(|(at, option)| {
        let value = sql[at + option.len()..].split([',', ')']).next().unwrap_or_default();
        !matches!(value, "" | "''" | "\"\"")
    })
}

fn objects(c: &mut SqliteConnection, kind: &str) -> Result<Vec<Object>> {
    Ok(diesel::sql_query(
        "SELECT name, tbl_name AS of, sql FROM sqlite_schema WHERE type = ? AND sql IS NOT NULL ORDER BY name",
    )
    .bind::<Text, _>(kind)
    .load(c)?)
}

fn drop_object(c: &mut SqliteConnection, kind: &str, object: &Object) -> Result<()> {
    Ok(c.batch_execute(&format!("DROP {kind} IF EXISTS {}", quoted(&object.name)))?)
}

fn all_names(c: &mut SqliteConnection) -> Result<Vec<String>> {
    let names: Vec<Name> = diesel::sql_query("SELECT name FROM sqlite_schema").load(c)?;
    Ok(names.into_iter().map(|found| found.name.to_lowercase()).collect())
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

fn copy(c: &mut SqliteConnection, table: &Table, aside: &str) -> Result<()> {
    let key = table.id_is_rowid;
    let column = |column: &Column| {
        let key = if key && column.pk > 0 { " PRIMARY KEY" } else { "" };
        format!("{} {}{key}", quoted(&column.name), plain_type(&column.declared))
    };
    let columns: Vec<_> = table.columns.iter().map(column).collect();
    let names: Vec<_> = table.columns.iter().map(|column| quoted(&column.name)).collect();
    let (names, old, aside) = (names.join(", "), quoted(&table.name), quoted(aside));
    Ok(c.batch_execute(&format!(
        "CREATE TABLE {aside} ({}){};
         INSERT INTO {aside} ({names}) SELECT {names} FROM {old};
         DROP TABLE {old};",
        columns.join(", "),
        if table.is_strict { " STRICT" } else { "" },
    ))?)
}

/// The declared type, if it is one that can be repeated as it stands; else one that treats values in the same way
/// ("Datatypes In SQLite", 3.1: the rules of affinity).
fn plain_type(declared: &str) -> &str {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " _(),".contains(c);
    let upper = declared.to_uppercase();
    let is_a_word = |word: &str| !upper.contains(word);
    if declared.chars().all(is_plain) && ["GENERATED", "KEY", "REFERENCES"].into_iter().all(is_a_word) {
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
    use super::indexes_another;

    #[test]
    fn a_virtual_table_without_rows_of_its_own_is_known_by_its_option() {
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
            assert_eq!(indexes_another(&sql), expected, "{sql}");
        }
    }
}
