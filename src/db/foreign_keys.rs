//! References (foreign keys) of a SQLite database that lead nowhere. PostgreSQL has none.
//!
//! SQLite looks at them only where it is asked to, and the old bot never asked.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::connection::AnyConnection;
use super::error::Result;

/// Rows of a table that point at rows which are not there.
#[derive(Clone, Debug, Eq, PartialEq, QueryableByName)]
pub struct ForeignKeyViolation {
    /// The table that points.
    #[diesel(sql_type = Text)]
    pub child: String,
    /// The table pointed at.
    #[diesel(sql_type = Text)]
    pub parent: String,
    /// How many rows; 0 where that cannot be told, because nothing in the parent is a key that could be pointed at.
    #[diesel(sql_type = BigInt)]
    pub rows: i64,
}

/// Those of all tables.
pub fn violations(conn: &mut AnyConnection) -> Result<Vec<ForeignKeyViolation>> {
    #[derive(QueryableByName)]
    struct Table {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let AnyConnection::Sqlite(c) = conn else { return Ok(Vec::new()) };
    let tables: Vec<Table> = diesel::sql_query(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
         ORDER BY name",
    )
    .load(c)?;
    let mut all = Vec::new();
    for Table { name } in tables {
        all.extend(violations_in(conn, &name)?);
    }
    Ok(all)
}

/// Those of a table.
pub fn violations_in(conn: &mut AnyConnection, table: &str) -> Result<Vec<ForeignKeyViolation>> {
    // A column without a key there ("Required and Suggested Database Indexes" in SQLite's documentation): the rest of the
    // table's references is not looked at either.
    const NO_KEY: &str = "foreign key mismatch - ";
    let AnyConnection::Sqlite(c) = conn else { return Ok(Vec::new()) };
    let query = diesel::sql_query(
        "SELECT \"table\" AS child, parent, count(*) AS \"rows\" FROM pragma_foreign_key_check(?)
         GROUP BY 1, 2 ORDER BY 1, 2",
    );
    match query.bind::<Text, _>(table).load(c) {
        Err(diesel::result::Error::DatabaseError(_, said)) if said.message().starts_with(NO_KEY) => {
            let parent = said.message().rsplit(" referencing ").next().unwrap_or_default();
            let parent = parent.trim_matches('"').to_owned();
            Ok(vec![ForeignKeyViolation { child: table.to_owned(), parent, rows: 0 }])
        }
        found => Ok(found?),
    }
}
