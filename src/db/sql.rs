//! SQL that has to be put together at run time: catalogs, pragmas, tables of which only the name is known.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::connection::{AnyConnection, on_each};
use super::error::Result;

/// Quotes a name for both backends.
pub(crate) fn quote_name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns names as an array of PostgreSQL.
pub(crate) fn name_array(names: &BTreeSet<String>) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("'{}'", name.replace('\'', "''"))).collect();
    format!("ARRAY[{}]::name[]", quoted.join(", "))
}

/// Runs a query for one number, which it must call `number`.
pub(crate) fn query_number(conn: &mut AnyConnection, query: &str) -> Result<i64> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        number: i64,
    }
    let row: Row = on_each!(conn, |c| diesel::sql_query(query).get_result(c))?;
    Ok(row.number)
}

/// Runs a query for one column of texts, which it must call `name`.
pub(crate) fn query_names(conn: &mut AnyConnection, query: &str) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let rows: Vec<Row> = on_each!(conn, |c| diesel::sql_query(query).load(c))?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}
