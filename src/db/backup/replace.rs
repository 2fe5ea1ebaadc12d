//! What it takes to put an archive in the place of the bot's schema on PostgreSQL: what goes away.

use std::collections::BTreeMap;

use super::quoted;

/// Everything in the bot's schema that `pg_dump --schema` writes, but for what goes along with something else: parts of
/// other things, and what belongs to an extension. The words are those of `DROP` and `ALTER`.
const OBJECTS: &str = "SELECT i.identity AS name,
        CASE WHEN i.type IN ('function', 'procedure', 'aggregate') THEN 'ROUTINE'
            WHEN i.type = 'statistics object' THEN 'STATISTICS' ELSE upper(i.type) END AS kind
    FROM (
        SELECT 'pg_class'::regclass::oid, oid, relnamespace FROM pg_class
        WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        UNION ALL SELECT 'pg_type'::regclass, oid, typnamespace FROM pg_type
        UNION ALL SELECT 'pg_proc'::regclass, oid, pronamespace FROM pg_proc
        UNION ALL SELECT 'pg_operator'::regclass, oid, oprnamespace FROM pg_operator
        UNION ALL SELECT 'pg_opclass'::regclass, oid, opcnamespace FROM pg_opclass
        UNION ALL SELECT 'pg_opfamily'::regclass, oid, opfnamespace FROM pg_opfamily
        UNION ALL SELECT 'pg_collation'::regclass, oid, collnamespace FROM pg_collation
        UNION ALL SELECT 'pg_conversion'::regclass, oid, connamespace FROM pg_conversion
        UNION ALL SELECT 'pg_statistic_ext'::regclass, oid, stxnamespace FROM pg_statistic_ext
        UNION ALL SELECT 'pg_ts_config'::regclass, oid, cfgnamespace FROM pg_ts_config
        UNION ALL SELECT 'pg_ts_dict'::regclass, oid, dictnamespace FROM pg_ts_dict
        UNION ALL SELECT 'pg_ts_parser'::regclass, oid, prsnamespace FROM pg_ts_parser
        UNION ALL SELECT 'pg_ts_template'::regclass, oid, tmplnamespace FROM pg_ts_template
    ) o (classid, objid, namespace), LATERAL pg_identify_object(o.classid, o.objid, 0) i
    WHERE o.namespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
        AND NOT EXISTS (SELECT 1 FROM pg_depend d
            WHERE d.classid = o.classid AND d.objid = o.objid AND d.objsubid = 0 AND d.deptype IN ('e', 'i'))";

/// What `psql` is given before the script of `pg_restore`: one transaction begins, in which everything of the bot's
/// schema goes away. Whoever reads it must stop at the
/// first error.
#[must_use]
pub fn script_before() -> String {
    // Written down before anything goes, because the names of what has gone are only numbers.
    format!(
        "SET client_min_messages = warning;
SET statement_timeout = 0;
SET lock_timeout = '15s';
SET jit = off;
BEGIN;
DO $clear$
DECLARE statement text;
BEGIN
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

/// What `psql` is given after it: the numbers of rows must be these, and only then
/// everything takes effect.
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
