//! What a backup asks of a database: a copy of one moment, whether it is whole, what is in it.
//!
//! Files, manifests and the client programs of PostgreSQL are the business of `ops::backup`.

use std::collections::BTreeMap;
use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::connection::{AnyConnection, on_each};
use super::error::{Error, Result};

/// What a check of a whole database found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Check {
    /// Damage of the file, in the database's words; empty when it is whole.
    pub damage: Vec<String>,
    /// Rows that refer to a row that is not there. The old bot's databases have some; a copy has as many as its source.
    pub broken_references: u64,
}

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

/// Copies the database as it is now into a new SQLite file, beside whoever writes meanwhile. The connection must be one
/// that [may write](super::connection::allow_writing), though nothing is written to its own database.
///
/// # Errors
/// When the file cannot be written, or on PostgreSQL.
pub fn copy_into(conn: &mut AnyConnection, file: &Path) -> Result<()> {
    match conn {
        AnyConnection::Sqlite(c) => {
            let file = file.to_str().ok_or_else(|| {
                Error::Connect(format!(
                    "{} is a path that is no UTF-8, which SQLite cannot take",
                    file.display()
                ))
            })?;
            diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(file).execute(c)?;
            Ok(())
        }
        #[cfg(feature = "postgres")]
        AnyConnection::Pg(_) => {
            Err(Error::Connect("only a SQLite database can be copied into a file".to_owned()))
        }
    }
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
        #[cfg(feature = "postgres")]
        AnyConnection::Pg(_) => {
            "SELECT coalesce(sum(pg_table_size(c.oid)), 0)::bigint AS number FROM pg_class c
             WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace"
        }
    };
    number(conn, query)
}

/// Every table with its number of rows.
///
/// # Errors
/// When the database fails.
pub fn rows(conn: &mut AnyConnection) -> Result<BTreeMap<String, u64>> {
    let query = match conn {
        AnyConnection::Sqlite(_) => {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        }
        #[cfg(feature = "postgres")]
        AnyConnection::Pg(_) => {
            "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = current_schema()"
        }
    };
    let tables: Vec<Name> = on_each!(conn, |c| diesel::sql_query(query).load(c))?;
    let mut rows = BTreeMap::new();
    for Name { name } in tables {
        let count = number(conn, &format!("SELECT count(*) AS number FROM {}", quoted(&name)))?;
        rows.insert(name, count);
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
        #[cfg(feature = "postgres")]
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

/// Reads the whole database and checks that it is in order. PostgreSQL has no such check and no broken references.
///
/// # Errors
/// When the database cannot even be read.
pub fn check(conn: &mut AnyConnection) -> Result<Check> {
    Ok(Check { damage: damage(conn)?, broken_references: broken_references(conn)? })
}

/// The part of [`check`] that looks for damage.
///
/// # Errors
/// When the database cannot even be read.
pub fn damage(conn: &mut AnyConnection) -> Result<Vec<String>> {
    if !matches!(conn, AnyConnection::Sqlite(_)) {
        return Ok(Vec::new());
    }
    let query = "SELECT integrity_check AS name FROM pragma_integrity_check";
    let found: Vec<Name> = on_each!(conn, |c| diesel::sql_query(query).load(c))?;
    Ok(found.into_iter().map(|found| found.name).filter(|line| !is_about_a_row(line)).collect())
}

/// The part of [`check`] that looks for references to nothing.
///
/// # Errors
/// When the database fails.
pub fn broken_references(conn: &mut AnyConnection) -> Result<u64> {
    if !matches!(conn, AnyConnection::Sqlite(_)) {
        return Ok(0);
    }
    number(conn, "SELECT count(*) AS number FROM pragma_foreign_key_check")
}

/// Rows that break a rule which their table got later are a matter of the program that wrote them. The file is whole,
/// and a backup of it must be had.
fn is_about_a_row(line: &str) -> bool {
    line == "ok" || line.starts_with("NULL value in ") || line.starts_with("CHECK constraint failed in ")
}

/// Takes what is in the `-wal` or the `-journal` beside the file into the file and removes them: afterwards the file
/// alone is the whole database. Needs to be the only user of it.
///
/// # Errors
/// When somebody else has the database open ("database is locked").
pub fn fold_into_one_file(conn: &mut AnyConnection) -> Result<()> {
    set_journal(conn, "DELETE")
}

/// Puts a SQLite file that nobody else has open into the mode in which the bot uses it.
///
/// # Errors
/// When the file cannot be written.
pub fn set_wal(conn: &mut AnyConnection) -> Result<()> {
    set_journal(conn, "WAL")
}

fn set_journal(conn: &mut AnyConnection, mode: &str) -> Result<()> {
    let AnyConnection::Sqlite(c) = conn else { return Ok(()) };
    #[derive(QueryableByName)]
    struct Mode {
        #[diesel(sql_type = Text)]
        journal_mode: String,
    }
    let now: Mode = diesel::sql_query(format!("PRAGMA journal_mode = {mode}")).get_result(c)?;
    if now.journal_mode.eq_ignore_ascii_case(mode) {
        Ok(())
    } else {
        Err(Error::Connect("the database is locked by another program".to_owned()))
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

/// A name as SQL takes it, whatever is in it.
#[must_use]
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn number(conn: &mut AnyConnection, query: &str) -> Result<u64> {
    let found: Number = on_each!(conn, |c| diesel::sql_query(query).get_result(c))?;
    Ok(u64::try_from(found.number).unwrap_or_default())
}

/// The major version of a PostgreSQL server; `None` on SQLite.
///
/// # Errors
/// When the database fails.
pub fn server_version(conn: &mut AnyConnection) -> Result<Option<u64>> {
    if matches!(conn, AnyConnection::Sqlite(_)) {
        return Ok(None);
    }
    let version = number(conn, "SELECT current_setting('server_version_num')::bigint AS number")?;
    Ok(Some(version / 10_000))
}

/// Begins a transaction on PostgreSQL that sees the database as it is now, and returns the name under which `pg_dump` can
/// join it, and the schema that is ours. It lasts until the connection is dropped.
///
/// # Errors
/// When the database fails, or on SQLite.
pub fn export_snapshot(conn: &mut AnyConnection) -> Result<(String, String)> {
    on_each!(conn, |c| c.batch_execute(
        "SET idle_in_transaction_session_timeout = 0;
         BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    ))?;
    let snapshot: Name =
        on_each!(conn, |c| diesel::sql_query("SELECT pg_export_snapshot() AS name").get_result(c))?;
    let schema: Name =
        on_each!(conn, |c| diesel::sql_query("SELECT current_schema()::text AS name").get_result(c))?;
    Ok((snapshot.name, schema.name))
}
