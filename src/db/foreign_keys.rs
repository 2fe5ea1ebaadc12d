//! Foreign key violations of a SQLite database. PostgreSQL has none.
//!
//! SQLite enforces foreign keys only on connections that ask for it, and the old bot never asked.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::connection::AnyConnection;
use super::error::Result;
use super::sql;

/// Rows of a table that refer to rows which do not exist.
#[derive(Clone, Debug, Eq, PartialEq, QueryableByName)]
pub struct ForeignKeyViolation {
    /// The referring table.
    #[diesel(sql_type = Text)]
    pub child: String,
    /// The table referred to.
    #[diesel(sql_type = Text)]
    pub parent: String,
    /// How many rows; 0 where the parent has no key that could be referred to.
    #[diesel(sql_type = BigInt)]
    pub rows: i64,
}

/// Returns the violations of all tables.
pub(crate) fn violations(conn: &mut AnyConnection) -> Result<Vec<ForeignKeyViolation>> {
    if matches!(conn, AnyConnection::Pg(_)) {
        return Ok(Vec::new());
    }
    let tables = sql::query_names(
        conn,
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
         ORDER BY name",
    )?;
    let mut all = Vec::new();
    for table in tables {
        all.extend(violations_in(conn, &table)?);
    }
    Ok(all)
}

/// Counts the violating rows of all tables.
pub(crate) fn count_violations(conn: &mut AnyConnection) -> Result<u64> {
    Ok(violations(conn)?.iter().map(|violation| violation.rows.unsigned_abs()).sum())
}

fn violations_in(conn: &mut AnyConnection, table: &str) -> Result<Vec<ForeignKeyViolation>> {
    // The parent has no key there ("Required and Suggested Database Indexes" in SQLite's documentation); SQLite then checks
    // no other reference of the table either.
    const NO_KEY: &str = "foreign key mismatch - ";
    let AnyConnection::Sqlite(c) = conn else { return Ok(Vec::new()) };
    let query = diesel::sql_query(
        "SELECT \"table\" AS child, parent, count(*) AS \"rows\" FROM pragma_foreign_key_check(?)
         GROUP BY 1, 2 ORDER BY 1, 2",
    );
    match query.bind::<Text, _>(table).load(c) {
        Err(diesel::result::Error::DatabaseError(_, error)) if error.message().starts_with(NO_KEY) => {
            let parent = error.message().rsplit(" referencing ").next().unwrap_or_default();
            let parent = parent.trim_matches('"').to_owned();
            Ok(vec![ForeignKeyViolation { child: table.to_owned(), parent, rows: 0 }])
        }
        found => Ok(found?),
    }
}
