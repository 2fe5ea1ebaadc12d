//! The objects in the bot's schema on PostgreSQL: what a restore replaces, what depends on it elsewhere, who owns it and
//! who has rights on it.

use std::collections::BTreeMap;
use std::path::Path;

use diesel::connection::SimpleConnection;

use super::super::error::BackupError;
use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::sql::{name_array, query_names, quote_name};
use crate::migrate;

/// All objects in the bot's schema that `pg_dump --schema` writes, except parts of other objects and those of extensions.
/// The words are those of `DROP` and `ALTER`.
const OBJECTS: &str = "SELECT o.classid, o.objid, o.owner, i.identity AS name,
        CASE WHEN i.type IN ('function', 'procedure', 'aggregate') THEN 'ROUTINE'
            WHEN i.type = 'statistics object' THEN 'STATISTICS' ELSE upper(i.type) END AS kind
    FROM (
        SELECT 'pg_class'::regclass::oid, oid, relowner, relnamespace FROM pg_class
        WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        UNION ALL SELECT 'pg_type'::regclass, oid, typowner, typnamespace FROM pg_type
        UNION ALL SELECT 'pg_proc'::regclass, oid, proowner, pronamespace FROM pg_proc
        UNION ALL SELECT 'pg_operator'::regclass, oid, oprowner, oprnamespace FROM pg_operator
        UNION ALL SELECT 'pg_opclass'::regclass, oid, opcowner, opcnamespace FROM pg_opclass
        UNION ALL SELECT 'pg_opfamily'::regclass, oid, opfowner, opfnamespace FROM pg_opfamily
        UNION ALL SELECT 'pg_collation'::regclass, oid, collowner, collnamespace FROM pg_collation
        UNION ALL SELECT 'pg_conversion'::regclass, oid, conowner, connamespace FROM pg_conversion
        UNION ALL SELECT 'pg_statistic_ext'::regclass, oid, stxowner, stxnamespace FROM pg_statistic_ext
        UNION ALL SELECT 'pg_ts_config'::regclass, oid, cfgowner, cfgnamespace FROM pg_ts_config
        UNION ALL SELECT 'pg_ts_dict'::regclass, oid, dictowner, dictnamespace FROM pg_ts_dict
        UNION ALL SELECT 'pg_ts_parser'::regclass, oid, NULL, prsnamespace FROM pg_ts_parser
        UNION ALL SELECT 'pg_ts_template'::regclass, oid, NULL, tmplnamespace FROM pg_ts_template
    ) o (classid, objid, owner, namespace), LATERAL pg_identify_object(o.classid, o.objid, 0) i
    WHERE o.namespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
        AND NOT EXISTS (SELECT 1 FROM pg_depend d
            WHERE d.classid = o.classid AND d.objid = o.objid AND d.objsubid = 0 AND d.deptype IN ('e', 'i'))";

/// These objects with all their parts, but not their membership in publications, which no archive has.
const PARTS: &str = "SELECT classid, objid FROM objects
    UNION
    SELECT d.classid, d.objid FROM parts p JOIN pg_depend d ON d.refclassid = p.classid AND d.refobjid = p.objid
    WHERE d.deptype IN ('a', 'i', 'P', 'S') AND d.classid <> 'pg_publication_rel'::regclass
        AND coalesce((pg_identify_object(d.classid, d.objid, 0)).schema, current_schema())
            IN (current_schema(), 'pg_toast')";

/// The objects and columns in the bot's schema on which rights can be granted, in the words of `GRANT`.
const GRANTABLE: &str = "SELECT b.kind, i.identity AS name, b.attribute, b.acl, b.present
    FROM (
        SELECT 'pg_class'::regclass::oid, c.oid, c.relnamespace, CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
            NULL::name, c.relacl,
            coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's'::\"char\" ELSE 'r' END, c.relowner))
        FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        UNION ALL
        SELECT 'pg_class'::regclass, c.oid, c.relnamespace, 'TABLE', a.attname, a.attacl, a.attacl
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL
        SELECT 'pg_proc'::regclass, oid, pronamespace, 'ROUTINE', NULL, proacl, coalesce(proacl, acldefault('f', proowner))
        FROM pg_proc
        UNION ALL
        SELECT 'pg_type'::regclass, oid, typnamespace, 'TYPE', NULL, typacl, coalesce(typacl, acldefault('T', typowner))
        FROM pg_type WHERE typelem = 0
    ) b (classid, objid, namespace, kind, attribute, acl, present),
    LATERAL pg_identify_object(b.classid, b.objid, 0) i
    WHERE b.namespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
        AND NOT EXISTS (SELECT 1 FROM pg_depend d
            WHERE d.classid = b.classid AND d.objid = b.objid AND d.objsubid = 0 AND d.deptype = 'e')";

fn query_catalog(conn: &mut AnyConnection, query: &str) -> Result<Vec<String>> {
    // Compiling the query would take a second, running it takes milliseconds.
    on_each!(conn, |c| c.batch_execute("SET jit = off"))?;
    query_names(conn, query)
}

/// Lists tables and sequences of other roles in the bot's schema that this role may not read, and `pg_dump` not either. The
/// bot's own tables are never left out: without the right to read them there is no backup.
pub(super) fn list_unreadable_of_others(conn: &mut AnyConnection) -> Result<Vec<String>> {
    let own = name_array(&migrate::extra_objects::own_names()?);
    let query = format!(
        "SELECT c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
             AND d.refclassid = 'pg_class'::regclass AND c.relkind = 'S'
         LEFT JOIN pg_class t ON t.oid = d.refobjid
         WHERE n.nspname = current_schema() AND NOT pg_has_role(c.relowner, 'USAGE')
             AND CASE WHEN c.relkind = 'S' THEN NOT has_sequence_privilege(c.oid, 'SELECT')
                 WHEN c.relkind IN ('r', 'p', 'f', 'm') THEN NOT has_table_privilege(c.oid, 'SELECT') END
             AND coalesce(t.relname, c.relname) <> ALL ({own})
         ORDER BY c.relname"
    );
    query_names(conn, &query)
}

/// Lists objects outside of the bot's schema that would be dropped with it: views and foreign keys of other schemas, for
/// example. No backup has them.
pub(super) fn list_dependents(conn: &mut AnyConnection) -> Result<Vec<String>> {
    // As the server does it: with an object goes what depends on it, and with a part the object that it is of. Parts of
    // objects that are listed are not listed.
    let query = format!(
        "WITH RECURSIVE objects AS ({OBJECTS}), parts AS ({PARTS}), gone (classid, objid, objsubid) AS (
            SELECT classid, objid, 0 FROM parts
            UNION
            SELECT n.* FROM gone g, LATERAL (
                SELECT d.classid, d.objid, d.objsubid FROM pg_depend d
                WHERE d.refclassid = g.classid AND d.refobjid = g.objid
                    AND (g.objsubid = 0 OR d.refobjsubid = g.objsubid)
                    AND d.deptype IN ('n', 'a', 'i', 'P', 'S')
                UNION ALL
                SELECT d.refclassid, d.refobjid, d.refobjsubid FROM pg_depend d
                WHERE d.classid = g.classid AND d.objid = g.objid AND d.objsubid = g.objsubid
                    AND d.deptype IN ('i', 'e')
            ) n
        ), elsewhere AS (
            SELECT g.* FROM gone g
            WHERE NOT EXISTS (SELECT 1 FROM parts p WHERE p.classid = g.classid AND p.objid = g.objid)
        )
        SELECT DISTINCT (i.type || ' ' || i.identity)::text AS name
        FROM elsewhere e, LATERAL pg_identify_object(e.classid, e.objid, e.objsubid) i
        WHERE i.identity IS NOT NULL AND NOT EXISTS (SELECT 1 FROM pg_depend d
            JOIN elsewhere w ON w.classid = d.refclassid AND w.objid = d.refobjid AND w.objsubid IN (0, d.refobjsubid)
            WHERE d.classid = e.classid AND d.objid = e.objid AND d.objsubid = e.objsubid
                AND d.deptype IN ('a', 'i', 'e') AND (w.classid, w.objid) <> (e.classid, e.objid))
        ORDER BY name"
    );
    query_catalog(conn, &query)
}

/// Lists the owners of objects in the bot's schema for whom this role may not act. It could not replace their objects and
/// give them back.
pub(super) fn list_foreign_owners(conn: &mut AnyConnection) -> Result<Vec<String>> {
    let query = format!(
        "SELECT DISTINCT pg_get_userbyid(o.owner)::text AS name FROM ({OBJECTS}) o
         WHERE NOT pg_has_role(o.owner, 'USAGE') ORDER BY name"
    );
    query_catalog(conn, &query)
}

/// Returns the statements that create, in an empty database, the extensions that objects in the bot's schema may need.
pub(super) fn extension_statements(conn: &mut AnyConnection) -> Result<Vec<String>> {
    let query = format!(
        "WITH RECURSIVE objects AS ({OBJECTS}), parts AS ({PARTS})
        SELECT format('CREATE SCHEMA IF NOT EXISTS %1$I; CREATE EXTENSION IF NOT EXISTS %2$I SCHEMA %1$I',
            n.nspname, e.extname) AS name
        FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
        WHERE n.nspname = current_schema() OR n.nspname <> 'pg_catalog' AND EXISTS (SELECT 1 FROM parts p
            JOIN pg_depend d ON d.classid = p.classid AND d.objid = p.objid
            JOIN pg_depend m ON m.classid = d.refclassid AND m.objid = d.refobjid AND m.deptype = 'e'
            WHERE m.refobjid = e.oid)
        ORDER BY e.oid"
    );
    query_catalog(conn, &query)
}

/// Returns the SQL before the script of `pg_restore`: begins a transaction and drops everything in the bot's schema, but
/// remembers owners, rights and what this query finds for [`script_after`]. Its reader must stop at the first error.
pub(super) fn script_before(extra_objects: &str) -> String {
    // Remembered before anything is dropped, because afterwards the names are only numbers.
    format!(
        "SET client_min_messages = warning;
SET statement_timeout = 0;
SET lock_timeout = '15s';
SET jit = off;
BEGIN;
DO $clear$
DECLARE statement text;
BEGIN
    PERFORM set_config('botctl.extra', coalesce(json_agg(e)::text, '[]'), true) FROM ({extra_objects}) e;
    PERFORM set_config('botctl.owners', coalesce(json_agg(o)::text, '[]'), true)
    FROM (SELECT kind, name, pg_get_userbyid(owner) AS owner FROM ({OBJECTS}) o WHERE owner IS NOT NULL) o;
    PERFORM set_config('botctl.rights', coalesce(json_agg(r)::text, '[]'), true)
    FROM (SELECT b.kind, b.name, b.attribute, x.privilege_type AS privilege, x.is_grantable AS passes,
            CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END AS grantee
        FROM ({GRANTABLE}) b LEFT JOIN LATERAL aclexplode(b.acl) x ON true WHERE b.acl IS NOT NULL) r;
    FOREACH statement IN ARRAY ARRAY(
        SELECT format('DROP %s IF EXISTS %s CASCADE', kind, name) FROM ({OBJECTS}) o)
    LOOP
        EXECUTE statement;
    END LOOP;
END
$clear$;
"
    )
}

/// Returns the SQL after it: restores owners and rights, compares the number of rows, and commits. It fails if this query now
/// finds more than before.
pub(super) fn script_after(rows: &BTreeMap<String, u64>, extra_objects: Option<&str>) -> String {
    use std::fmt::Write as _;
    // New objects get the owner of the ledger, or of most tables. A sequence belongs to the owner of its table.
    let mut script = format!(
        "
RESET search_path;
DO $keep$
DECLARE
    owners json := current_setting('botctl.owners');
    rights json := current_setting('botctl.rights');
    statement text;
BEGIN
    FOREACH statement IN ARRAY ARRAY(
        WITH before AS (SELECT * FROM json_to_recordset(owners) AS r (kind text, name text, owner name)),
        most AS (SELECT owner FROM before WHERE kind = 'TABLE' GROUP BY owner
            ORDER BY bool_or(name LIKE '%.\\_\\_diesel\\_schema\\_migrations') DESC, count(*) DESC LIMIT 1)
        SELECT format('ALTER %s %s OWNER TO %I', o.kind, o.name, coalesce(b.owner, (SELECT owner FROM most)))
        FROM ({OBJECTS}) o LEFT JOIN before b ON b.kind = o.kind AND b.name = o.name
        WHERE coalesce(b.owner, (SELECT owner FROM most)) <> pg_get_userbyid(o.owner)
            AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE o.kind = 'SEQUENCE' AND d.classid = o.classid
                AND d.objid = o.objid AND d.deptype = 'a' AND d.refclassid = 'pg_class'::regclass))
    LOOP
        EXECUTE statement;
    END LOOP;
    FOREACH statement IN ARRAY ARRAY(
        WITH before AS (SELECT * FROM json_to_recordset(rights) AS r (kind text, name text, attribute name, privilege text,
            passes boolean, grantee text)),
        there AS (SELECT * FROM ({GRANTABLE}) b),
        statements AS (
            SELECT DISTINCT 1 AS turn, format('REVOKE ALL%s ON %s %s FROM %s', ' (' || quote_ident(t.attribute) || ')', t.kind, t.name,
                CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END) AS statement
            FROM there t, LATERAL aclexplode(t.present) x
            WHERE EXISTS (SELECT 1 FROM before b
                WHERE b.kind = t.kind AND b.name = t.name AND b.attribute IS NOT DISTINCT FROM t.attribute)
            UNION ALL
            SELECT 2, format('GRANT %s%s ON %s %s TO %s%s', b.privilege, ' (' || quote_ident(b.attribute) || ')', b.kind, b.name, b.grantee,
                CASE WHEN b.passes THEN ' WITH GRANT OPTION' END)
            FROM before b JOIN there t
                ON t.kind = b.kind AND t.name = b.name AND t.attribute IS NOT DISTINCT FROM b.attribute
            WHERE b.privilege IS NOT NULL
        )
        SELECT s.statement FROM statements s ORDER BY s.turn)
    LOOP
        EXECUTE statement;
    END LOOP;
END
$keep$;
"
    );
    if let Some(extra_objects) = extra_objects {
        let _ = writeln!(
            script,
            "DO $extra$
DECLARE added text;
BEGIN
    SELECT string_agg(e.kind || ' ' || e.name, ', ') INTO added FROM ({extra_objects}) e
    WHERE NOT EXISTS (SELECT 1
        FROM json_to_recordset(current_setting('botctl.extra')::json) AS b (kind text, name text, definition text)
        WHERE (b.kind, b.name, b.definition) = (e.kind, e.name, e.definition));
    IF added IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = '{EXTRA_OBJECTS}', MESSAGE = added;
    END IF;
END
$extra$;"
        );
    }
    for (table, count) in rows {
        let quoted = quote_name(table);
        let text = quoted.replace('\'', "''");
        // Writing to a String cannot fail.
        let _ = writeln!(
            script,
            "DO $count$ BEGIN IF (SELECT count(*) FROM {quoted}) <> {count} THEN \
             RAISE EXCEPTION USING MESSAGE = 'the backup has {count} rows in {text}, but the restored table has not'; END IF; END $count$;"
        );
    }
    script.push_str("COMMIT;\n");
    script
}

/// The SQLSTATE with which [`script_after`] names what the database did not have before.
const EXTRA_OBJECTS: &str = "BC001";

/// Makes the error of that SQLSTATE from the message of psql.
pub(super) fn name_extra_objects(error: BackupError, archive: &Path) -> BackupError {
    let marker = format!("{EXTRA_OBJECTS}: ");
    match &error {
        BackupError::Client { message, .. } if message.contains(&marker) => {
            let objects = message.split(&marker).skip(1).collect::<String>();
            BackupError::ExtraObjects { path: archive.to_owned(), objects }
        }
        _ => error,
    }
}
