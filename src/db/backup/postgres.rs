//! What `pg_dump`, `pg_restore` and `psql` need around them: a snapshot, a scratch database, scripts.

use std::collections::BTreeMap;

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

/// What `psql` is given before the script of `pg_restore`: one transaction begins, in which everything of the bot's
/// schema goes away. Whoever reads it must stop at the first error.
#[must_use]
pub fn script_before() -> &'static str {
    "SET client_min_messages = warning;
SET statement_timeout = 0;
SET lock_timeout = '15s';
BEGIN;
DO $clear$
DECLARE item record;
BEGIN
    FOR item IN
        SELECT format('DROP %s IF EXISTS %I.%I CASCADE',
            CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
                WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, current_schema(), c.relname) AS statement
        FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
            AND NOT EXISTS (SELECT 1 FROM pg_depend d
                WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('e', 'i'))
        UNION ALL
        SELECT format('DROP TYPE IF EXISTS %I.%I CASCADE', current_schema(), t.typname)
        FROM pg_type t
        WHERE t.typnamespace = current_schema()::regnamespace AND t.typtype IN ('e', 'd')
            AND NOT EXISTS (SELECT 1 FROM pg_depend d
                WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
        UNION ALL
        SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure)
        FROM pg_proc p
        WHERE p.pronamespace = current_schema()::regnamespace
            AND NOT EXISTS (SELECT 1 FROM pg_depend d
                WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
    LOOP
        EXECUTE item.statement;
    END LOOP;
END
$clear$;
"
}

/// What `psql` is given after it: the numbers of rows must be these, and only then everything takes effect.
#[must_use]
pub fn script_after(rows: &BTreeMap<String, u64>) -> String {
    use std::fmt::Write as _;
    let mut script = String::from("\nRESET search_path;\n");
    for (table, count) in rows {
        let quoted = quoted(table);
        let text = quoted.replace('\'', "''");
        // Writing to a String cannot fail.
        let _ = writeln!(
            script,
            "DO $count$ BEGIN IF (SELECT count(*) FROM {quoted}) <> {count} THEN \
             RAISE EXCEPTION USING MESSAGE = 'the backup has {count} rows in {text}, and others came out'; END IF; END $count$;"
        );
    }
    script.push_str("COMMIT;\n");
    script
}
