//! What a backup asks of a database: the pages of one moment, whether they are whole, what is in them.
//!
//! Files, manifests and the client programs of PostgreSQL are the business of `ops::backup`.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;

pub mod check;
pub mod pages;
pub mod postgres;
pub mod replace;

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// About how many bytes the tables take.
///
/// # Errors
/// When the database fails.
pub fn size(conn: &mut AnyConnection) -> Result<u64> {
    let query = match conn {
        AnyConnection::Sqlite(_) => {
            "SELECT page_count * page_size AS number FROM pragma_page_count, pragma_page_size"
        }
        AnyConnection::Pg(_) => {
            "SELECT coalesce(sum(pg_table_size(c.oid)), 0)::bigint AS number
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind = 'r' AND n.nspname = current_schema()"
        }
    };
    number(conn, query)
}

/// Every table that holds rows itself, with its number of rows: no virtual one of a module that this SQLite does not have;
/// on PostgreSQL the partitions instead of the table that they are of, and none of an extension.
///
/// # Errors
/// When the database fails.
pub fn rows(conn: &mut AnyConnection) -> Result<BTreeMap<String, u64>> {
    let query = match conn {
        AnyConnection::Sqlite(_) => {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        }
        AnyConnection::Pg(_) => {
            "SELECT c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind = 'r' AND n.nspname = current_schema()
                 AND NOT EXISTS (SELECT 1 FROM pg_depend d
                     WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')"
        }
    };
    let tables: Vec<Name> = on_each!(conn, |c| diesel::sql_query(query).load(c))?;
    let mut rows = BTreeMap::new();
    for Name { name } in tables {
        match number(conn, &format!("SELECT count(*) AS number FROM {}", quoted(&name))) {
            Ok(count) => drop(rows.insert(name, count)),
            Err(error) if error.to_string().contains("no such module") => {}
            Err(error) => return Err(error),
        }
    }
    Ok(rows)
}

/// The newest migration that is applied; `None` in a database that has no ledger of ours.
///
/// # Errors
/// When the database fails.
pub fn schema_version(conn: &mut AnyConnection) -> Result<Option<String>> {
    let has_ledger = match conn {
        AnyConnection::Sqlite(_) => {
            "SELECT count(*) AS number FROM sqlite_schema WHERE type = 'table' AND name = '__diesel_schema_migrations'"
        }
        AnyConnection::Pg(_) => {
            "SELECT count(*) AS number FROM pg_tables
             WHERE schemaname = current_schema() AND tablename = '__diesel_schema_migrations'"
        }
    };
    if number(conn, has_ledger)? == 0 {
        return Ok(None);
    }
    let query = "SELECT version AS name FROM __diesel_schema_migrations ORDER BY version DESC LIMIT 1";
    let newest: Vec<Name> = on_each!(conn, |c| diesel::sql_query(query).load(c))?;
    Ok(newest.into_iter().next().map(|newest| newest.name))
}

/// A number that is another one as soon as another connection has changed a SQLite database; always 0 on PostgreSQL.
///
/// # Errors
/// When the database fails.
pub fn data_version(conn: &mut AnyConnection) -> Result<u64> {
    match conn {
        AnyConnection::Sqlite(_) => number(conn, "SELECT data_version AS number FROM pragma_data_version"),
        AnyConnection::Pg(_) => Ok(0),
    }
}

/// Gives a connection a cache of so many kibibytes.
///
/// # Errors
/// When the statement fails.
pub fn set_cache(conn: &mut AnyConnection, kibibytes: u32) -> Result<()> {
    if let AnyConnection::Sqlite(c) = conn {
        c.batch_execute(&format!("PRAGMA cache_size = -{kibibytes}"))?;
    }
    Ok(())
}

/// Lifts what the role or the address says about how long statements may take: a backup takes as long as it takes.
///
/// # Errors
/// When the statement fails.
pub fn take_time(conn: &mut AnyConnection) -> Result<()> {
    match conn {
        AnyConnection::Sqlite(_) => {}
        AnyConnection::Pg(c) => {
            c.batch_execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")?;
        }
    }
    Ok(())
}

/// A name as SQL takes it, whatever is in it.
#[must_use]
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn number(conn: &mut AnyConnection, query: &str) -> Result<u64> {
    let found: Number = on_each!(conn, |c| diesel::sql_query(query).get_result(c))?;
    Ok(u64::try_from(found.number).unwrap_or_default())
}
