//! Scratch databases on the PostgreSQL server, in which archives are tried out.

use diesel::connection::SimpleConnection;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::sql::{query_names, query_number, quote_name};

/// The beginning of the names of this database's scratch databases. Advisory locks belong to one database, so runs on
/// another one would not see this lock.
const PREFIX: &str = "SELECT 'botctl_scratch_' || oid::text || '_' AS name FROM pg_database
     WHERE datname = current_database()";

/// Creates a scratch database and returns its name. While the connection lives, it holds the lock that keeps other runs
/// from removing the scratch database as stale.
pub(super) fn create_scratch(conn: &mut AnyConnection) -> Result<String> {
    drop_stale_scratches(conn)?;
    let prefix = query_names(conn, PREFIX)?.concat();
    let name = format!("{prefix}{:016x}", rand::random::<u64>());
    on_each!(conn, |c| c.batch_execute(&format!("SELECT pg_advisory_lock(hashtextextended('{name}', 0))")))?;
    let create = format!("CREATE DATABASE {} TEMPLATE template0", quote_name(&name));
    on_each!(conn, |c| c.batch_execute(&create))?;
    Ok(name)
}

/// Drops the scratch databases of this database that killed runs left behind. One that cannot be dropped stays.
pub(super) fn drop_stale_scratches(conn: &mut AnyConnection) -> Result<()> {
    let query = format!(
        "SELECT d.datname::text AS name FROM pg_database d, ({PREFIX}) s WHERE starts_with(d.datname, s.name)"
    );
    for name in query_names(conn, &query)? {
        let lock =
            format!("SELECT pg_try_advisory_lock(hashtextextended('{name}', 0))::int::bigint AS number");
        if query_number(conn, &lock)? == 1 {
            // A client program whose parent was killed may still use it; then it stays too.
            let drop = format!("DROP DATABASE IF EXISTS {}", quote_name(&name));
            let _may_fail = on_each!(conn, |c| c.batch_execute(&drop));
            let unlock = format!("SELECT pg_advisory_unlock(hashtextextended('{name}', 0))");
            on_each!(conn, |c| c.batch_execute(&unlock))?;
        }
    }
    Ok(())
}

pub(super) fn drop_scratch(conn: &mut AnyConnection, name: &str) -> Result<()> {
    let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quote_name(name));
    on_each!(conn, |c| c.batch_execute(&drop))?;
    Ok(())
}
