//! SQL that has to be put together at run time: catalogs, pragmas, tables of which only the name is known.

use std::collections::BTreeSet;

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Text};

use super::connection::{AnyConnection, on_each};
use super::error::Result;

/// The state of a row of `outbox` that waits to be sent, as a literal: where a partial index has a condition on a column,
/// SQLite prepares a statement anew for each value that is bound to it.
#[derive(Clone, Copy, Debug, QueryId, ValidGrouping)]
pub(crate) struct PendingState;

impl Expression for PendingState {
    type SqlType = Text;
}

impl<Source> SelectableExpression<Source> for PendingState {}

impl<Source> AppearsOnTable<Source> for PendingState {}

impl<DB: Backend> QueryFragment<DB> for PendingState {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("'pending'");
        Ok(())
    }
}

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
