//! The old database: its tables and columns, and its rows page by page. A requested column that is missing reads as NULL.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::convert::names;
use super::value::{LegacyValue, RowValues};
use crate::db::connection::AnyConnection;
use crate::db::error::{Error, Result};
use crate::db::sql::quote_name;

/// Rows that are read, converted and inserted at a time: with 18 columns within the 32,766 parameters of one SQLite statement.
const PAGE: i64 = 500;

/// The columns with which versions of the old bot marked a row as deleted.
const DELETED_AT: &str = "deleted_at";
const DELETED: [&str; 2] = ["is_deleted", "deleted"];

#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "facts about a table, in any combination")]
pub(super) struct LegacyTable {
    pub(super) name: String,
    /// The present name.
    pub(super) legacy_name: String,
    pub(super) columns: Vec<LegacyColumn>,
    pub(super) rows: u64,
    pub(super) is_virtual: bool,
    /// `false` for a virtual table whose module or data is missing.
    pub(super) is_readable: bool,
    pub(super) is_strict: bool,
    pub(super) has_rowid: bool,
    /// Whether `id` is SQLite's rowid, and so a unique integer in every row.
    pub(super) id_is_rowid: bool,
    pub(super) has_references: bool,
    /// The last id that AUTOINCREMENT assigned.
    pub(super) counter: i64,
}

#[derive(Clone, Debug, QueryableByName)]
pub(super) struct LegacyColumn {
    #[diesel(sql_type = Text)]
    pub(super) name: String,
    #[diesel(sql_type = Text, column_name = "type")]
    pub(super) declared: String,
    /// The position in the primary key, from 1.
    #[diesel(sql_type = BigInt)]
    pub(super) pk: i64,
}

/// One row with the requested columns.
pub(super) struct LegacyRow<const N: usize> {
    pub(super) rowid: i64,
    pub(super) is_deleted: bool,
    pub(super) values: [LegacyValue; N],
}

#[derive(QueryableByName)]
struct TableListing {
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
struct NumberRow {
    #[diesel(sql_type = Nullable<BigInt>)]
    number: Option<i64>,
}

/// Returns the column `number` of a query with one row; NULL is 0.
pub(super) fn query_number(c: &mut SqliteConnection, query: &str) -> Result<i64> {
    Ok(diesel::sql_query(query).get_result::<NumberRow>(c)?.number.unwrap_or(0))
}

/// Returns the column `name` of every row.
pub(super) fn query_names(c: &mut SqliteConnection, query: &str) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let rows: Vec<Row> = diesel::sql_query(query).load(c)?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

pub(super) fn on_sqlite<T>(
    conn: &mut AnyConnection,
    job: impl FnOnce(&mut SqliteConnection) -> Result<T>,
) -> Result<T> {
    match conn {
        AnyConnection::Sqlite(c) => job(c),
        AnyConnection::Pg(_) => Err(Error::Connect("the old bot's databases are SQLite files".to_owned())),
    }
}

/// Returns every table except SQLite's own.
pub(super) fn list_tables(c: &mut SqliteConnection) -> Result<Vec<LegacyTable>> {
    let listed: Vec<TableListing> = diesel::sql_query(
        "SELECT name, type, wr, strict FROM pragma_table_list
         WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
         ORDER BY name",
    )
    .load(c)?;
    listed.into_iter().map(|listing| describe_table(c, listing)).collect()
}

fn describe_table(
    c: &mut SqliteConnection,
    TableListing { name, kind, wr, strict }: TableListing,
) -> Result<LegacyTable> {
    let is_virtual = kind == "virtual";
    let (columns, rows, is_readable) = match columns_and_rows(c, &name) {
        Ok((columns, rows)) => (columns, rows, true),
        // None of the imported tables is virtual.
        Err(_) if is_virtual => (Vec::new(), 0, false),
        Err(error) => return Err(error),
    };
    let references: NumberRow =
        diesel::sql_query("SELECT count(*) AS number FROM pragma_foreign_key_list(?)")
            .bind::<Text, _>(&name)
            .get_result(c)?;
    let of_key: NumberRow =
        diesel::sql_query("SELECT count(*) AS number FROM pragma_index_list(?) WHERE origin = 'pk'")
            .bind::<Text, _>(&name)
            .get_result(c)?;
    let has_counters =
        query_number(c, "SELECT count(*) AS number FROM sqlite_schema WHERE name = 'sqlite_sequence'")? > 0;
    let counter = if has_counters {
        let found: Option<NumberRow> =
            diesel::sql_query("SELECT CAST(seq AS INTEGER) AS number FROM sqlite_sequence WHERE name = ?")
                .bind::<Text, _>(&name)
                .get_result(c)
                .optional()?;
        found.and_then(|found| found.number).unwrap_or(0)
    } else {
        0
    };
    Ok(LegacyTable {
        legacy_name: name.clone(),
        name,
        rows,
        is_virtual,
        is_readable,
        is_strict: strict != 0,
        has_rowid: wr == 0,
        // A key that is not the rowid (`INTEGER PRIMARY KEY DESC`, WITHOUT ROWID) has an index of its own.
        id_is_rowid: is_integer_key(&columns, "id") && of_key.number == Some(0),
        columns,
        has_references: references.number != Some(0),
        counter,
    })
}

/// Whether the primary key is this column alone, an INTEGER.
fn is_integer_key(columns: &[LegacyColumn], name: &str) -> bool {
    let mut keys = columns.iter().filter(|column| column.pk > 0);
    let key = keys.next().filter(|_| keys.next().is_none());
    key.is_some_and(|key| key.name.eq_ignore_ascii_case(name) && key.declared.eq_ignore_ascii_case("INTEGER"))
}

fn columns_and_rows(c: &mut SqliteConnection, name: &str) -> Result<(Vec<LegacyColumn>, u64)> {
    let columns = diesel::sql_query("SELECT name, type, pk FROM pragma_table_xinfo(?) WHERE hidden <> 1")
        .bind::<Text, _>(name)
        .load(c)?;
    Ok((columns, count_rows(c, name)?))
}

pub(super) fn count_rows(c: &mut SqliteConnection, table: &str) -> Result<u64> {
    Ok(query_number(c, &format!("SELECT count(*) AS number FROM {}", quote_name(table)))?.unsigned_abs())
}

impl LegacyTable {
    pub(super) fn has_column(&self, column: &str) -> bool {
        self.columns.iter().any(|found| found.name.eq_ignore_ascii_case(column))
    }

    /// Returns the columns that the new schema does not have.
    pub(super) fn unknown_columns<'t>(&'t self, known: &'t [&str]) -> impl Iterator<Item = &'t LegacyColumn> {
        let is_known =
            |column: &LegacyColumn| known.iter().any(|name| name.eq_ignore_ascii_case(&column.name));
        self.columns.iter().filter(move |column| !is_known(column))
    }

    /// Returns a name for the rowid that no column hides, and the table or subquery that has it.
    fn rowid_and_source(&self) -> (String, String) {
        let table = quote_name(&self.legacy_name);
        if self.id_is_rowid {
            return (quote_name("id"), table);
        }
        if let Some(name) = ["_rowid_", "rowid", "oid"].into_iter().find(|name| !self.has_column(name)) {
            return (name.to_owned(), table);
        }
        // SQLite has no fourth name for the rowid, so the rows are numbered.
        let name = "number of the row".to_owned();
        let counted = format!("(SELECT row_number() OVER () AS {}, * FROM {table})", quote_name(&name));
        (quote_name(&name), counted)
    }

    /// Calls `import` for every page of rows, in rowid order.
    pub(super) fn for_each_page<const N: usize>(
        &self,
        c: &mut SqliteConnection,
        columns: [&str; N],
        mut import: impl FnMut(&mut SqliteConnection, Vec<LegacyRow<N>>) -> Result<()>,
    ) -> Result<()> {
        let column = |name: &str| if self.has_column(name) { quote_name(name) } else { "NULL".to_owned() };
        let (rowid, table) = self.rowid_and_source();
        let query = format!(
            "SELECT {rowid}, {deleted_at}, {deleted}, {columns} FROM {table} WHERE {rowid} >= ? ORDER BY {rowid} LIMIT {PAGE}",
            deleted_at = column(DELETED_AT),
            deleted = DELETED.map(column).join(", "),
            columns = columns.map(column).join(", "),
        );
        let mut from = Some(i64::MIN);
        while let Some(first) = from {
            let page: Vec<RowValues> = diesel::sql_query(&query).bind::<BigInt, _>(first).load(c)?;
            let is_last = page.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
            let rows: Vec<LegacyRow<N>> = page.into_iter().filter_map(parse_row).collect();
            let Some(last) = rows.last() else { return Ok(()) };
            from = last.rowid.checked_add(1).filter(|_| !is_last);
            import(c, rows)?;
        }
        Ok(())
    }
}

fn parse_row<const N: usize>(RowValues(mut values): RowValues) -> Option<LegacyRow<N>> {
    let rest = values.split_off(2 + DELETED.len());
    let (rowid, marks) = values.split_first()?;
    let (deleted_at, deleted) = marks.split_first()?;
    let is_deleted = names::is_deleted_at(deleted_at) || deleted.iter().any(names::is_deleted);
    Some(LegacyRow { rowid: rowid.as_integer()?, is_deleted, values: rest.try_into().ok()? })
}
