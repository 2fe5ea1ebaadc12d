//! What is in a database: rows and schema version.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection;

use crate::db::connection::AnyConnection;
use crate::db::error::Result;
use crate::db::sql::{query_names, query_number, quote_name};

/// Counts the rows of every table that stores rows itself: no virtual table whose module this SQLite lacks; on PostgreSQL
/// the partitions instead of their parent, and no table of an extension. Those in `left_out` are not counted.
pub(super) fn count_rows(conn: &mut AnyConnection, left_out: &[String]) -> Result<BTreeMap<String, u64>> {
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
    let mut rows = BTreeMap::new();
    for table in query_names(conn, query)?.into_iter().filter(|table| !left_out.contains(table)) {
        match query_number(conn, &format!("SELECT count(*) AS number FROM {}", quote_name(&table))) {
            Ok(count) => drop(rows.insert(table, count.unsigned_abs())),
            Err(error) if error.to_string().contains("no such module") => {}
            Err(error) => return Err(error),
        }
    }
    Ok(rows)
}

/// Returns the newest applied migration; `None` in a database without our ledger.
pub(super) fn schema_version(conn: &mut AnyConnection) -> Result<Option<String>> {
    let has_ledger = match conn {
        AnyConnection::Sqlite(_) => {
            "SELECT count(*) AS number FROM sqlite_schema WHERE type = 'table' AND name = '__diesel_schema_migrations'"
        }
        AnyConnection::Pg(_) => {
            "SELECT count(*) AS number FROM pg_tables
             WHERE schemaname = current_schema() AND tablename = '__diesel_schema_migrations'"
        }
    };
    if query_number(conn, has_ledger)? == 0 {
        return Ok(None);
    }
    let newest = "SELECT version AS name FROM __diesel_schema_migrations ORDER BY version DESC LIMIT 1";
    Ok(query_names(conn, newest)?.pop())
}

/// Lifts the limits that the role or the address sets on the duration of statements: a backup may take long.
pub(super) fn lift_timeouts(conn: &mut AnyConnection) -> Result<()> {
    if let AnyConnection::Pg(c) = conn {
        c.batch_execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")?;
    }
    Ok(())
}
