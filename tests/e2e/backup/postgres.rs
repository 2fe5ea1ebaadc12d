//! What else a schema of PostgreSQL can hold, whose it is, and what hangs on it from elsewhere.

use super::trouble::{migrated, with_tool, words};
use super::*;

fn run_all(world: &World, statements: &[&str]) {
    for statement in statements {
        world.run(statement);
    }
}

fn asked(world: &World, query: &str) -> Vec<String> {
    words(&mut world.store.open(), query)
}

#[test]
fn only_tables_whose_rows_are_in_the_archive_are_counted() {
    if !has_postgres() {
        return;
    }
    let world = migrated(Backend::Postgres);
    run_all(
        &world,
        &[
            "CREATE TABLE visits (id int, d date) PARTITION BY RANGE (d)",
            "CREATE TABLE visits_2020 PARTITION OF visits FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
            "INSERT INTO visits VALUES (1, '2020-02-02'), (2, '2020-03-03')",
            "CREATE EXTENSION pg_trgm",
            "CREATE TABLE of_extension (id int)",
            "ALTER EXTENSION pg_trgm ADD TABLE of_extension",
            // As an extension does whose table holds what people add to it.
            "UPDATE pg_extension SET extconfig = ARRAY['of_extension'::regclass::oid], extcondition = ARRAY['']
             WHERE extname = 'pg_trgm'",
            "INSERT INTO of_extension VALUES (7)",
            "CREATE TABLE \"my TABLE DATA x\" (id int)",
            "CREATE TABLE \"a SCHEMA - b\" (id int)",
            "CREATE UNLOGGED TABLE unlogged (id int)",
            "INSERT INTO unlogged VALUES (3)",
        ],
    );
    let path = world.backup();
    let rows = &world.listed()[0]["manifest"]["rows"];
    assert_eq!((&rows["visits_2020"], &rows["unlogged"]), (&2.into(), &1.into()));
    assert!(rows.get("visits").is_none() && rows.get("of_extension").is_none(), "{rows}");
    run_all(&world, &["DELETE FROM visits", "DELETE FROM unlogged"]);
    world.botctl(&["backup", "restore", name(&path), "--yes"], 0);
    let counts = "SELECT concat(id) AS word FROM visits UNION ALL SELECT concat(id) FROM unlogged
         UNION ALL SELECT concat(id) FROM of_extension ORDER BY word";
    assert_eq!(asked(&world, counts), ["1", "2", "3", "7"]);
    run_all(
        &world,
        &[
            "CREATE FOREIGN DATA WRAPPER nothing",
            "CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing",
            "CREATE FOREIGN TABLE far (id int) SERVER nowhere",
        ],
    );
    let path = world.backup();
    world.botctl(&["backup", "restore", name(&path), "--yes"], 0);
}

#[test]
fn an_archive_without_a_table_has_a_cure_that_fits() {
    if !has_postgres() {
        return;
    }
    let world = migrated(Backend::Postgres);
    let script = "#!/bin/sh\n/usr/bin/pg_restore \"$@\" | grep -v ' TABLE DATA public users '\n";
    let output = with_tool(&world, "pg_restore", script, &["backup"]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    let output = said(&output);
    assert!(output.contains("tables instead of") && output.contains("pg_dump and pg_restore"), "{output}");
    assert!(!output.contains("sqlite3") && !output.contains("botctl-work"), "{output}");
    assert!(world.listed().is_empty());
}

#[test]
fn whatever_an_archive_has_goes_before_it_is_put_back() {
    if !has_postgres() {
        return;
    }
    let world = migrated(Backend::Postgres);
    run_all(
        &world,
        &[
            "CREATE TYPE pair AS (a int, b int)",
            "CREATE TYPE span AS RANGE (subtype = int4)",
            "CREATE TYPE later",
            "CREATE TYPE mood AS ENUM ('good')",
            "CREATE DOMAIN small AS int CHECK (value < 10)",
            "CREATE FUNCTION how(mood, pair) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE FUNCTION plus(int, int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE PROCEDURE nothing() LANGUAGE sql AS ''",
            "CREATE AGGREGATE every_one(*) (sfunc = int8inc, stype = int8, initcond = '0')",
            "CREATE OPERATOR ## (leftarg = int, rightarg = int, function = plus)",
            "CREATE OPERATOR ## (rightarg = int, function = abs)",
            "CREATE OPERATOR CLASS small_ops FOR TYPE int4 USING btree AS OPERATOR 1 <, FUNCTION 1 btint4cmp(int4, int4)",
            "CREATE OPERATOR FAMILY \"Many\" USING hash",
            "CREATE COLLATION plain FROM \"C\"",
            "CREATE CONVERSION odd FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
            "CREATE TEXT SEARCH DICTIONARY words (TEMPLATE = simple)",
            "CREATE TEXT SEARCH CONFIGURATION search (COPY = simple)",
            "ALTER TEXT SEARCH CONFIGURATION search ALTER MAPPING FOR word WITH words",
            "CREATE TABLE \"Kinds\" (a pair, b span, c mood, d small, e text COLLATE plain, f int)",
            "CREATE STATISTICS about ON d, f FROM \"Kinds\"",
            "CREATE INDEX by_class ON \"Kinds\" (f small_ops)",
            "CREATE MATERIALIZED VIEW seen AS SELECT a, to_tsvector('search', e) FROM \"Kinds\"",
            "INSERT INTO \"Kinds\" VALUES ((1, 2), '[1,2)', 'good', 3, 'x', 4)",
        ],
    );
    let path = world.backup();
    world.botctl(&["backup", "verify"], 0);
    world.botctl(&["backup", "restore", name(&path), "--yes"], 0);
    world.botctl(&["backup", "restore", name(&path), "--yes"], 0);
    assert_eq!(asked(&world, "SELECT a::text AS word FROM \"Kinds\""), ["(1,2)"]);
}
