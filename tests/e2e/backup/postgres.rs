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
