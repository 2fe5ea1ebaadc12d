//! What a PostgreSQL role may do, asked before anything is changed. On SQLite the permissions of the file decide.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};

use super::tables::{CHECKSUMS, LEDGER};
use crate::db::connection::AnyConnection;
use crate::db::error::{Error, Result, ServerProblem};
use crate::db::sql::name_array;

#[derive(QueryableByName)]
struct SchemaRow {
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Text>)]
    owner: Option<String>,
}

/// Refuses a role that may not create tables or change those of these names; tables of others may be beside them.
pub(crate) fn require_schema_rights(conn: &mut AnyConnection, own: &BTreeSet<String>) -> Result<()> {
    // pg_database_owner stands for the owner of the database ("PostgreSQL: Predefined Roles").
    let schema = "SELECT current_user::text AS role, n.nspname::text AS name,
            pg_get_userbyid(CASE pg_get_userbyid(n.nspowner) WHEN 'pg_database_owner'
                THEN (SELECT datdba FROM pg_database WHERE datname = current_database()) ELSE n.nspowner END)::text AS owner
        FROM pg_namespace n WHERE n.nspname = current_schema() AND NOT has_schema_privilege(n.oid, 'CREATE')";
    if let Some(SchemaRow { role, name: schema, owner }) = first_row(conn, schema)? {
        let owner = owner.unwrap_or_default();
        return Err(Error::Server(ServerProblem::MissingCreate { role, schema, owner }));
    }
    let table = format!(
        "SELECT current_user::text AS role, c.relname::text AS name, pg_get_userbyid(c.relowner)::text AS owner
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT pg_has_role(c.relowner, 'USAGE')
            AND c.relname = ANY ({})
        ORDER BY c.relname LIMIT 1",
        name_array(own)
    );
    match first_row(conn, &table)? {
        None => Ok(()),
        Some(SchemaRow { role, name: table, owner }) => {
            let owner = owner.unwrap_or_default();
            Err(Error::Server(ServerProblem::ForeignOwner { role, table, owner }))
        }
    }
}

/// Refuses a role that may not read and write the rows of a table of these names.
pub(crate) fn require_table_rights(conn: &mut AnyConnection, own: &BTreeSet<String>) -> Result<()> {
    let query = format!(
        "SELECT current_user::text AS role, c.relname::text AS name, NULL AS owner
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND c.relname NOT IN ('{LEDGER}', '{CHECKSUMS}')
            AND c.relname = ANY ({})
            AND NOT (has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
                AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'))
         ORDER BY c.relname LIMIT 1",
        name_array(own)
    );
    match first_row(conn, &query)? {
        None => Ok(()),
        Some(SchemaRow { role, name: table, .. }) => {
            Err(Error::Server(ServerProblem::MissingTableRights { role, table }))
        }
    }
}

/// Runs a query on PostgreSQL.
fn first_row(conn: &mut AnyConnection, query: &str) -> Result<Option<SchemaRow>> {
    match conn {
        AnyConnection::Sqlite(_) => Ok(None),
        AnyConnection::Pg(conn) => Ok(diesel::sql_query(query).get_result(conn).optional()?),
    }
}
