//! What `pg_dump` and `pg_restore` need around them: a snapshot, a scratch database.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::{Name, number, quoted};
use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;

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
    on_each!(conn, |c| c.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"))?;
    let snapshot: Name =
        on_each!(conn, |c| diesel::sql_query("SELECT pg_export_snapshot() AS name").get_result(c))?;
    let schema: Name =
        on_each!(conn, |c| diesel::sql_query("SELECT current_schema()::text AS name").get_result(c))?;
    Ok((snapshot.name, schema.name))
}

/// Tables and sequences of extensions in the bot's schema. `pg_dump` writes what is in them where the extension asks for it,
/// though not the tables, which the extension makes and fills itself.
///
/// # Errors
/// When the database fails, or on SQLite.
pub fn tables_of_extensions(conn: &mut AnyConnection) -> Result<Vec<String>> {
    let query = "SELECT c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
         WHERE c.relkind IN ('r', 'p', 'S') AND n.nspname = current_schema()";
    let found: Vec<Name> = on_each!(conn, |c| diesel::sql_query(query).load(c))?;
    Ok(found.into_iter().map(|table| table.name).collect())
}

/// Runs each of these statements that can be run, and returns whether all of them could.
pub fn run_what_can_be(conn: &mut AnyConnection, statements: &[String]) -> bool {
    let mut has_run = |statement: &String| on_each!(conn, |c| c.batch_execute(statement)).is_ok();
    statements.iter().filter(|statement| !has_run(statement)).count() == 0
}

/// How the names of databases begin in which backups of this database are tried out. Locks with a number are those of one
/// database, so runs on another one would not see ours.
const SCRATCH: &str = "SELECT 'botctl_scratch_' || oid::text || '_' AS name FROM pg_database
     WHERE datname = current_database()";

/// Makes a PostgreSQL database to try a backup out in and returns its name. As long as the connection lives, it holds the
/// lock by which others know that the scratch database is not left over.
///
/// # Errors
/// When the user may not make databases.
pub fn create_scratch(conn: &mut AnyConnection) -> Result<String> {
    clear_scratches(conn)?;
    let prefix: Name = on_each!(conn, |c| diesel::sql_query(SCRATCH).get_result(c))?;
    let name = format!("{}{:016x}", prefix.name, rand::random::<u64>());
    on_each!(conn, |c| c.batch_execute(&format!("SELECT pg_advisory_lock(hashtextextended('{name}', 0))")))?;
    on_each!(conn, |c| c.batch_execute(&format!("CREATE DATABASE {} TEMPLATE template0", quoted(&name))))?;
    Ok(name)
}

/// Removes what runs that died left of their scratch databases of this database.
///
/// # Errors
/// When they cannot be listed; one that cannot be removed stays for the next run.
pub fn clear_scratches(conn: &mut AnyConnection) -> Result<()> {
    if matches!(conn, AnyConnection::Sqlite(_)) {
        return Ok(());
    }
    let query = format!(
        "SELECT d.datname::text AS name FROM pg_database d, ({SCRATCH}) s WHERE starts_with(d.datname, s.name)"
    );
    let left: Vec<Name> = on_each!(conn, |c| diesel::sql_query(&query).load(c))?;
    for Name { name } in left {
        let lock =
            format!("SELECT pg_try_advisory_lock(hashtextextended('{name}', 0))::int::bigint AS number");
        if number(conn, &lock)? == 1 {
            // A client program whose parent was killed may still be at it; then it stays too.
            let _dropped =
                on_each!(conn, |c| c.batch_execute(&format!("DROP DATABASE IF EXISTS {}", quoted(&name))));
            on_each!(conn, |c| c
                .batch_execute(&format!("SELECT pg_advisory_unlock(hashtextextended('{name}', 0))")))?;
        }
    }
    Ok(())
}

/// Removes a database that was made to try something out.
///
/// # Errors
/// When the database fails.
pub fn drop_scratch(conn: &mut AnyConnection, name: &str) -> Result<()> {
    on_each!(conn, |c| c.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name))))?;
    Ok(())
}
