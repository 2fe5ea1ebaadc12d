//! The old database as it is found: its tables and columns, and its rows page by page.
//!
//! Later versions of the old bot have more of everything, so a column that is asked for need not be there: it reads as
//! NULL then.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::Unusable;
use super::cell::{Cell, Cells};
use super::convert;
use crate::db::error::Result;

/// Rows that are read, converted and inserted at a time. Eighteen columns of them are well within what one statement of
/// SQLite takes (32,766 values).
const PAGE: i64 = 500;

/// When a row was deleted that is only pretended to be.
const DELETED_AT: &str = "deleted_at";
/// Whether it was.
const DELETED: [&str; 2] = ["is_deleted", "deleted"];

/// A table of the old database.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "facts about a table, in any combination")]
pub(super) struct Table {
    /// What the old bot called it.
    pub(super) name: String,
    /// Under which name it is now.
    pub(super) aside: String,
    pub(super) columns: Vec<Column>,
    pub(super) rows: u64,
    pub(super) is_virtual: bool,
    /// Not so where a virtual table's module is not here, or misses what it needs.
    pub(super) is_readable: bool,
    pub(super) is_strict: bool,
    pub(super) has_rowid: bool,
    /// Whether `id` is the row's number inside SQLite, and so never missing, never odd and never twice.
    pub(super) id_is_rowid: bool,
    pub(super) has_references: bool,
    /// How far the numbers were given out.
    pub(super) counter: i64,
}

/// A column of it.
#[derive(Clone, Debug, QueryableByName)]
pub(super) struct Column {
    #[diesel(sql_type = Text)]
    pub(super) name: String,
    #[diesel(sql_type = Text, column_name = "type")]
    pub(super) declared: String,
    /// The place in the primary key, from 1 on.
    #[diesel(sql_type = BigInt)]
    pub(super) pk: i64,
}

/// One row: its number inside SQLite, whether it is deleted, and the columns that were asked for.
pub(super) struct Row<const N: usize> {
    pub(super) rowid: i64,
    pub(super) is_deleted: bool,
    pub(super) cells: [Cell; N],
}

#[derive(QueryableByName)]
struct Listed {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text, column_name = "type")]
    kind: String,
    #[diesel(sql_type = BigInt)]
    wr: i64,
    #[diesel(sql_type = BigInt)]
    strict: i64,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Nullable<BigInt>)]
    number: Option<i64>,
}

/// A name as SQL takes it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The one number that a query returns, 0 for NULL.
pub(super) fn number(c: &mut SqliteConnection, query: &str) -> Result<i64> {
    Ok(diesel::sql_query(query).get_result::<Number>(c)?.number.unwrap_or(0))
}

/// Every table but SQLite's own, with what is needed to read and to move it.
pub(super) fn tables(c: &mut SqliteConnection) -> Result<Vec<Table>> {
    let listed: Vec<Listed> = diesel::sql_query(
        "SELECT name, type, wr, strict FROM pragma_table_list
         WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
         ORDER BY name",
    )
    .load(c)?;
    listed.into_iter().map(|found| table(c, found)).collect()
}

fn table(c: &mut SqliteConnection, Listed { name, kind, wr, strict }: Listed) -> Result<Table> {
    let is_virtual = kind == "virtual";
    let (columns, rows, is_readable) = match columns_and_rows(c, &name) {
        Ok((columns, rows)) => (columns, rows, true),
        // Whatever it is, it is none of the tables that there is something to take from.
        Err(_) if is_virtual => (Vec::new(), 0, false),
        Err(error) => return Err(error),
    };
    let references: Number = diesel::sql_query("SELECT count(*) AS number FROM pragma_foreign_key_list(?)")
        .bind::<Text, _>(&name)
        .get_result(c)?;
    let of_key: Number =
        diesel::sql_query("SELECT count(*) AS number FROM pragma_index_list(?) WHERE origin = 'pk'")
            .bind::<Text, _>(&name)
            .get_result(c)?;
    let has_counters =
        number(c, "SELECT count(*) AS number FROM sqlite_schema WHERE name = 'sqlite_sequence'")? > 0;
    let counter = if has_counters {
        let found: Option<Number> =
            diesel::sql_query("SELECT CAST(seq AS INTEGER) AS number FROM sqlite_sequence WHERE name = ?")
                .bind::<Text, _>(&name)
                .get_result(c)
                .optional()?;
        found.and_then(|found| found.number).unwrap_or(0)
    } else {
        0
    };
    Ok(Table {
        aside: name.clone(),
        name,
        rows,
        is_virtual,
        is_readable,
        is_strict: strict != 0,
        has_rowid: wr == 0,
        // A key that is something else (`INTEGER PRIMARY KEY DESC`, WITHOUT ROWID) has an index of its own.
        id_is_rowid: is_key(&columns, "id") && of_key.number == Some(0),
        columns,
        has_references: references.number != Some(0),
        counter,
    })
}

/// Whether the primary key is this column alone, and an INTEGER.
fn is_key(columns: &[Column], name: &str) -> bool {
    let mut keys = columns.iter().filter(|column| column.pk > 0);
    let key = keys.next().filter(|_| keys.next().is_none());
    key.is_some_and(|key| key.name.eq_ignore_ascii_case(name) && key.declared.eq_ignore_ascii_case("INTEGER"))
}

fn columns_and_rows(c: &mut SqliteConnection, name: &str) -> Result<(Vec<Column>, u64)> {
    let columns = diesel::sql_query("SELECT name, type, pk FROM pragma_table_xinfo(?) WHERE hidden <> 1")
        .bind::<Text, _>(name)
        .load(c)?;
    Ok((columns, rows(c, name)?))
}

/// How many rows a table has.
pub(super) fn rows(c: &mut SqliteConnection, table: &str) -> Result<u64> {
    Ok(number(c, &format!("SELECT count(*) AS number FROM {}", quoted(table)))?.unsigned_abs())
}

/// What SQLite by itself cannot check or write, and with it the whole file: it has a collation or a function that the
/// program which made it brought along.
pub(super) fn unusable(c: &mut SqliteConnection) -> Result<Vec<Unusable>> {
    #[derive(QueryableByName)]
    struct Index {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let mut found = Vec::new();
    for table in tables(c)?.iter().filter(|table| !table.is_virtual) {
        let Some(reason) = lacks(c, &table.name) else { continue };
        // Those that are a part of their table have no SQL and cannot be dropped.
        let indexes: Vec<Index> = diesel::sql_query(
            "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?",
        )
        .bind::<Text, _>(&table.name)
        .load(c)?;
        let before = found.len();
        for Index { name } in indexes {
            let index = quoted(&name);
            if let Err(error) = c.batch_execute(&format!("EXPLAIN REINDEX {index}")) {
                let (what, reason) = (format!("index {name}"), error.to_string());
                found.push(Unusable { what, reason, hint: format!("DROP INDEX {index};") });
            }
        }
        if found.len() == before {
            let (name, plain) = (quoted(&table.name), quoted(&format!("{}_plain", table.name)));
            let column = |column: &Column| format!("{0} COLLATE BINARY AS {0}", quoted(&column.name));
            let columns = table.columns.iter().map(column).collect::<Vec<_>>().join(", ");
            let hint = format!(
                "CREATE TABLE {plain} AS SELECT {columns} FROM {name} NOT INDEXED; DROP TABLE {name}; ALTER TABLE {plain} RENAME TO {name};"
            );
            found.push(Unusable { what: format!("table {}", table.name), reason, hint });
        }
    }
    Ok(found)
}

/// What a check of this table would fail for, if it is something that is not there.
fn lacks(c: &mut SqliteConnection, table: &str) -> Option<String> {
    let text = table.replace('\'', "''");
    // Explained, it is only prepared.
    let checked = c.batch_execute(&format!("EXPLAIN PRAGMA integrity_check('{text}')"));
    let reason = checked.err().map(|error| error.to_string());
    reason.filter(|reason| reason.contains("collation") || reason.contains("function"))
}

impl Table {
    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|found| found.name.eq_ignore_ascii_case(column))
    }

    /// Columns that have no place in the new schema.
    pub(super) fn others<'t>(&'t self, known: &'t [&str]) -> impl Iterator<Item = &'t Column> {
        let is_known = |column: &Column| known.iter().any(|name| name.eq_ignore_ascii_case(&column.name));
        self.columns.iter().filter(move |column| !is_known(column))
    }

    /// A name under which the row's number can be read, whatever the columns are called, and what to read it from.
    fn numbered(&self) -> (String, String) {
        let table = quoted(&self.aside);
        if self.id_is_rowid {
            return (quoted("id"), table);
        }
        if let Some(name) = ["_rowid_", "rowid", "oid"].into_iter().find(|name| !self.has(name)) {
            return (name.to_owned(), table);
        }
        // SQLite has no fourth name for it, so the rows are counted.
        let name = "number of the row".to_owned();
        let counted = format!("(SELECT row_number() OVER () AS {}, * FROM {table})", quoted(&name));
        (quoted(&name), counted)
    }

    /// Hands over every row, a page at a time, in the order of their numbers inside SQLite.
    ///
    /// # Errors
    /// What the reader returned, or that the database failed.
    pub(super) fn read<const N: usize>(
        &self,
        c: &mut SqliteConnection,
        columns: [&str; N],
        mut reader: impl FnMut(&mut SqliteConnection, Vec<Row<N>>) -> Result<()>,
    ) -> Result<()> {
        let of = |name: &str| if self.has(name) { quoted(name) } else { "NULL".to_owned() };
        let (rowid, table) = self.numbered();
        let query = format!(
            "SELECT {rowid}, {deleted_at}, {deleted}, {columns} FROM {table} WHERE {rowid} >= ? ORDER BY {rowid} LIMIT {PAGE}",
            deleted_at = of(DELETED_AT),
            deleted = DELETED.map(of).join(", "),
            columns = columns.map(of).join(", "),
        );
        let mut from = Some(i64::MIN);
        while let Some(first) = from {
            let page: Vec<Cells> = diesel::sql_query(&query).bind::<BigInt, _>(first).load(c)?;
            let is_last = page.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
            let rows: Vec<Row<N>> = page.into_iter().filter_map(row).collect();
            let Some(last) = rows.last() else { return Ok(()) };
            from = last.rowid.checked_add(1).filter(|_| !is_last);
            reader(c, rows)?;
        }
        Ok(())
    }
}

fn row<const N: usize>(Cells(mut cells): Cells) -> Option<Row<N>> {
    let rest = cells.split_off(2 + DELETED.len());
    let (rowid, marks) = cells.split_first()?;
    let (deleted_at, deleted) = marks.split_first()?;
    let is_deleted = convert::is_deleted_at(deleted_at) || deleted.iter().any(convert::is_deleted);
    Some(Row { rowid: rowid.int()?, is_deleted, cells: rest.try_into().ok()? })
}
