//! What a database has and the bot's schema has not: triggers, views, functions and tables that an operator created, or that
//! came with a backup from elsewhere. A trigger acts with the rights of the bot on every row that the bot writes.

use std::collections::BTreeSet;
use std::fmt;

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::error::MigrateError;
pub(crate) use super::runner::built_in_names;
use super::tables::{self, LEDGER};
use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::{Error, Result};
use crate::db::sql::name_array;

#[derive(Clone, Debug, Eq, PartialEq, QueryableByName)]
pub(crate) struct ExtraObject {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    name: String,
    /// Its SQL, which differs between two of the same name. Empty where it does nothing by itself.
    #[diesel(sql_type = Text)]
    definition: String,
}

impl ExtraObject {
    /// Whether it acts when the bot writes.
    pub(crate) fn is_active(&self) -> bool {
        matches!(&*self.kind, "trigger" | "rule")
    }
}

impl fmt::Display for ExtraObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}

/// Lists what is not of the bot's schema, except the tables `legacy_*` of `migrate adopt`. In a database without that schema,
/// such as the old bot's, there is nothing on which the bot would write; adopting it drops triggers and views.
pub(crate) fn list_extra_objects(conn: &mut AnyConnection) -> Result<Vec<ExtraObject>> {
    if !tables::has_table(conn, LEDGER)? {
        return Ok(Vec::new());
    }
    let own = own_names()?;
    let query = match conn {
        AnyConnection::Sqlite(_) => {
            "SELECT type AS kind, name, coalesce(sql, '') AS definition FROM sqlite_schema
             WHERE type IN ('table', 'trigger', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name"
        }
        AnyConnection::Pg(_) => &postgres_query(&own),
    };
    let mut found: Vec<ExtraObject> = on_each!(conn, |c| diesel::sql_query(query).load(c))?;
    let is_own_table = |name: &str| own.contains(name) || name.starts_with("legacy_");
    found.retain(|object| object.kind != "table" || !is_own_table(&object.name));
    Ok(found)
}

/// Returns the names of the schema, as [`built_in_names`] does, for code that knows no migrations.
pub(crate) fn own_names() -> Result<BTreeSet<String>> {
    built_in_names().map_err(|error| match error {
        MigrateError::Database(error) => error,
        other => Error::Connect(other.to_string()),
    })
}

/// Returns the query for triggers, rules, views, functions and tables in the bot's schema, except those of extensions and
/// those with these names.
pub(crate) fn postgres_query(own: &BTreeSet<String>) -> String {
    let own = name_array(own);
    format!(
        "SELECT kind::text, name::text, definition::text FROM (
            SELECT 'pg_trigger'::regclass::oid, t.oid, 'trigger', format('%I on %I', t.tgname, c.relname),
                pg_get_triggerdef(t.oid), c.relnamespace
            FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal
            UNION ALL SELECT 'pg_rewrite'::regclass, r.oid, 'rule', format('%I on %I', r.rulename, c.relname),
                pg_get_ruledef(r.oid), c.relnamespace
            FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE r.rulename <> '_RETURN'
            UNION ALL SELECT 'pg_class'::regclass, c.oid, 'view', quote_ident(c.relname), pg_get_viewdef(c.oid), c.relnamespace
            FROM pg_class c WHERE c.relkind IN ('v', 'm')
            UNION ALL SELECT 'pg_class'::regclass, c.oid, 'table', quote_ident(c.relname), '', c.relnamespace
            FROM pg_class c WHERE c.relkind IN ('r', 'p', 'f') AND c.relname <> ALL ({own})
            UNION ALL SELECT 'pg_proc'::regclass, p.oid, 'function', p.oid::regprocedure::text,
                CASE p.prokind WHEN 'a' THEN '' ELSE pg_get_functiondef(p.oid) END, p.pronamespace
            FROM pg_proc p
        ) o (classid, objid, kind, name, definition, namespace)
        WHERE namespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
            AND EXISTS (SELECT 1 FROM pg_class l WHERE l.relname = '{LEDGER}' AND l.relnamespace = namespace)
            AND NOT EXISTS (SELECT 1 FROM pg_depend d
                WHERE d.classid = o.classid AND d.objid = o.objid AND d.deptype = 'e')
        ORDER BY kind, name"
    )
}
