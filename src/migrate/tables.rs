//! What is in a database, whoever made it: tables, columns, rows.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::LEDGER;
use super::checksums::TABLE as CHECKSUMS;
use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Error;
use crate::db::error::Result;

/// Every table's name, in order; those that the backend keeps for itself are left out.
///
/// # Errors
/// When the database fails.
pub fn list_tables(conn: &mut AnyConnection) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Table {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let query = match conn {
        AnyConnection::Sqlite(_) => {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
        }
        AnyConnection::Pg(_) => {
            // What the role may not touch is there all the same; information_schema would hide it.
            // Views hold nothing, and what an extension made is not another program's.
            "SELECT c.relname::text AS name FROM pg_catalog.pg_class AS c \
             JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
             WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'f') \
                AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend AS d \
                    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') \
             ORDER BY c.relname"
        }
    };
    if let AnyConnection::Pg(conn) = conn {
        has_schema(conn)?;
    }
    let rows: Vec<Table> = on_each!(conn, |c| diesel::sql_query(query).load(c))?;
    Ok(rows.into_iter().map(|table| table.name).collect())
}

/// Without one that its role may use, PostgreSQL shows nothing of what is there.
fn has_schema(conn: &mut diesel::PgConnection) -> Result<()> {
    use diesel::sql_types::Bool;
    let is_there: bool =
        diesel::select(diesel::dsl::sql::<Bool>("current_schema() IS NOT NULL")).get_result(conn)?;
    if is_there { Ok(()) } else { Err(Error::NoSchema) }
}

/// Whether there is a table of this name.
///
/// # Errors
/// When the database fails.
pub fn has_table(conn: &mut AnyConnection, name: &str) -> Result<bool> {
    Ok(list_tables(conn)?.iter().any(|table| table == name))
}

/// Whether any table but those of the migrations themselves has a row.
///
/// # Errors
/// When the database fails.
pub fn has_rows(conn: &mut AnyConnection) -> Result<bool> {
    for table in list_tables(conn)? {
        if table != LEDGER && table != CHECKSUMS {
            let query =
                format!("SELECT count(*) AS number FROM (SELECT 1 FROM {} LIMIT 1) AS one", quoted(&table));
            if number(conn, &query)? > 0 {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// What is in a table.
pub(super) struct TableContents {
    /// Its rows.
    pub(super) rows: i64,
    /// Each column, and how many rows hold something in it.
    pub(super) columns: BTreeMap<String, i64>,
}

/// What is in each table but those of the migrations themselves.
pub(super) fn filled(conn: &mut AnyConnection) -> Result<BTreeMap<String, TableContents>> {
    let mut tables = BTreeMap::new();
    for table in list_tables(conn)?.into_iter().filter(|table| table != LEDGER && table != CHECKSUMS) {
        let rows = number(conn, &format!("SELECT count(*) AS number FROM {}", quoted(&table)))?;
        tables.insert(table, TableContents { rows, columns: BTreeMap::new() });
    }
    for (table, column) in columns(conn)? {
        if let Some(filled) = tables.get_mut(&table) {
            let query = format!("SELECT count({}) AS number FROM {}", quoted(&column), quoted(&table));
            filled.columns.insert(column, number(conn, &query)?);
        }
    }
    Ok(tables)
}

/// Every column as (table, column).
fn columns(conn: &mut AnyConnection) -> Result<Vec<(String, String)>> {
    #[derive(QueryableByName)]
    struct Column {
        #[diesel(sql_type = Text)]
        of: String,
        #[diesel(sql_type = Text)]
        name: String,
    }
    let query = match conn {
        AnyConnection::Sqlite(_) => {
            "SELECT t.name AS of, c.name AS name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c \
             WHERE t.type = 'table' ORDER BY t.name, c.cid"
        }
        AnyConnection::Pg(_) => {
            "SELECT table_name::text AS of, column_name::text AS name FROM information_schema.columns \
             WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position"
        }
    };
    let rows: Vec<Column> = on_each!(conn, |c| diesel::sql_query(query).load(c))?;
    Ok(rows.into_iter().map(|column| (column.of, column.name)).collect())
}

/// A name as both backends take it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn number(conn: &mut AnyConnection, query: &str) -> Result<i64> {
    #[derive(QueryableByName)]
    struct Number {
        #[diesel(sql_type = BigInt)]
        number: i64,
    }
    let row: Number = on_each!(conn, |c| diesel::sql_query(query).get_result(c))?;
    Ok(row.number)
}
