//! The tables of any database: names, columns, number of rows.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::{Error, Result};
use crate::db::sql::{query_names, query_number, quote_name};

/// diesel's table of applied migrations.
pub(super) const LEDGER: &str = "__diesel_schema_migrations";
/// Our table of their checksums.
pub(super) const CHECKSUMS: &str = "schema_checksums";

/// Returns whether a table belongs to the migrations themselves.
pub(crate) fn is_migration_table(name: &str) -> bool {
    name == LEDGER || name == CHECKSUMS
}

/// Returns whether a table is an index of the bot's, filled anew wherever it is missing: of what is searched of the orders.
fn is_derived_table(name: &str) -> bool {
    name.starts_with("order_search")
}

/// Lists all tables by name, without those that the backend keeps for itself and without those that are derived.
pub(crate) fn list_tables(conn: &mut AnyConnection) -> Result<Vec<String>> {
    let query = match conn {
        AnyConnection::Sqlite(_) => {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
        }
        AnyConnection::Pg(_) => {
            // information_schema would hide tables that the role may not use. Views store nothing, and tables of an
            // extension belong to no other program.
            "SELECT c.relname::text AS name FROM pg_catalog.pg_class AS c \
             JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
             WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'f') \
                AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend AS d \
                    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') \
             ORDER BY c.relname"
        }
    };
    if let AnyConnection::Pg(conn) = conn {
        expect_schema(conn)?;
    }
    let mut tables = query_names(conn, query)?;
    tables.retain(|table| !is_derived_table(table));
    Ok(tables)
}

/// Without a schema that its role may use, PostgreSQL lists nothing of what exists.
fn expect_schema(conn: &mut diesel::PgConnection) -> Result<()> {
    let has_schema =
        diesel::select(diesel::dsl::sql::<Bool>("current_schema() IS NOT NULL")).get_result(conn)?;
    if has_schema { Ok(()) } else { Err(Error::NoSchema) }
}

pub(crate) fn has_table(conn: &mut AnyConnection, name: &str) -> Result<bool> {
    Ok(list_tables(conn)?.iter().any(|table| table == name))
}

/// Returns whether any table has a row, except those of the migrations themselves.
pub(crate) fn has_rows(conn: &mut AnyConnection) -> Result<bool> {
    for table in list_data_tables(conn)? {
        let table = quote_name(&table);
        let query = format!("SELECT count(*) AS number FROM (SELECT 1 FROM {table} LIMIT 1) AS one");
        if query_number(conn, &query)? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Lists the tables without those of other roles that this one may not read: they are none of the bot's.
fn list_data_tables(conn: &mut AnyConnection) -> Result<Vec<String>> {
    let mut tables = list_tables(conn)?;
    let others = match conn {
        AnyConnection::Sqlite(_) => Vec::new(),
        AnyConnection::Pg(_) => query_names(
            conn,
            "SELECT c.relname::text AS name FROM pg_catalog.pg_class AS c
             JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
             WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'f')
                 AND NOT has_table_privilege(c.oid, 'SELECT') AND NOT pg_has_role(c.relowner, 'USAGE')",
        )?,
    };
    tables.retain(|table| !is_migration_table(table) && !others.contains(table));
    Ok(tables)
}

/// How much is in a table.
pub(super) struct TableContents {
    pub(super) rows: i64,
    /// The number of rows with a value in each column.
    pub(super) columns: BTreeMap<String, i64>,
}

/// Counts rows and values of all tables, except those of the migrations themselves.
pub(super) fn count_values(conn: &mut AnyConnection) -> Result<BTreeMap<String, TableContents>> {
    let mut tables = BTreeMap::new();
    for table in list_data_tables(conn)? {
        let rows = query_number(conn, &format!("SELECT count(*) AS number FROM {}", quote_name(&table)))?;
        tables.insert(table, TableContents { rows, columns: BTreeMap::new() });
    }
    for (table, column) in list_columns(conn)? {
        if let Some(contents) = tables.get_mut(&table) {
            let (table, quoted) = (quote_name(&table), quote_name(&column));
            let values = query_number(conn, &format!("SELECT count({quoted}) AS number FROM {table}"))?;
            contents.columns.insert(column, values);
        }
    }
    Ok(tables)
}

/// Lists every column as (table, column).
fn list_columns(conn: &mut AnyConnection) -> Result<Vec<(String, String)>> {
    #[derive(QueryableByName)]
    struct Row {
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
    let rows: Vec<Row> = on_each!(conn, |c| diesel::sql_query(query).load(c))?;
    Ok(rows.into_iter().map(|column| (column.of, column.name)).collect())
}
