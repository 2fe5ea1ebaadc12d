//! Migrations that fail or cannot run.

use std::fs;

use super::*;
use rstest::rstest;

use crate::world::Backend;

#[rstest]
fn a_failing_statement_is_named_and_its_migration_is_undone(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    add(&world, SECOND, "CREATE TABLE kept (id BIGINT);", "DROP TABLE kept;");
    let broken = "-- first comes; one that works\nCREATE TABLE half (id BIGINT);\n\nINSERT INTO\n  nowhere VALUES (1);\n";
    add(&world, THIRD, broken, "DROP TABLE half;");
    let document = json(&world, &["up"], 1);
    let error = &document["error"];
    let what = error["message"].as_str().unwrap();
    let file = format!("{THIRD}/up.sql, statement 2 on line 4 (INSERT INTO nowhere VALUES (1)): ");
    assert!(what.contains(&file) && what.contains("nowhere"), "{what}");
    assert!(error["hint"].as_str().unwrap().contains("the migrations before it stay"), "{error}");
    let applied: Vec<_> = document["data"]["applied"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["version"].as_str().unwrap())
        .collect();
    let versions = BUILT_IN.iter().map(|(version, _)| *version).chain(["20270101000000"]);
    assert_eq!(applied, versions.collect::<Vec<_>>());
    let tables = tables(&world);
    assert!(tables.contains(&"kept".to_owned()) && !tables.contains(&"half".to_owned()), "{tables:?}");
    for ledger in ["__diesel_schema_migrations", "schema_checksums"] {
        assert_eq!(number(&world, ledger), i64::try_from(applied.len()).unwrap());
    }
    let said = run(&world, &["up"], 1);
    assert!(said.starts_with("error: ") && said.contains("hint: it is rolled back"), "{said}");
    // It was never applied, so it may be corrected.
    write(&world, THIRD, "up.sql", &broken.replace("nowhere", "kept"));
    assert_eq!(run(&world, &["up"], 0), "applied 20270102000000 third\n");
    run(&world, &["status", "--check"], 0);
}

#[rstest]
fn unparsable_script_is_refused_before_any_change(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    add(&world, SECOND, "SELECT 1;", "SELECT 1;");
    write(&world, SECOND, "metadata.toml", "run_in_transactions = false\n");
    let before = files(&world);
    let said = run(&world, &["up"], 2);
    assert!(said.contains("second/metadata.toml") && said.contains("run_in_transactions"), "{said}");
    write(&world, SECOND, "metadata.toml", "run_in_transaction = true\n");
    write(&world, SECOND, "up.sql", "CREATE TABLE x (id BIGINT);\nCOMMIT;");
    let said = run(&world, &["up"], 2);
    assert!(said.contains("second/up.sql, line 2: COMMIT"), "{said}");
    fs::remove_file(source(&world).join(SECOND).join("down.sql")).unwrap();
    assert!(run(&world, &["up"], 2).contains("down.sql"));
    assert_eq!(files(&world), before);
    assert_eq!(tables(&world), Vec::<String>::new());
}

#[rstest]
fn non_transactional_scripts_run_outside_a_transaction(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    let up = if is_sqlite(&world) {
        "VACUUM;\nCREATE INDEX late ON users (role);"
    } else {
        "SELECT 1;\nCREATE INDEX CONCURRENTLY late ON users (role);"
    };
    add(&world, SECOND, up, "DROP INDEX late;");
    // In a transaction neither backend allows it.
    assert!(run(&world, &["up"], 1).contains("statement"));
    write(&world, SECOND, "metadata.toml", "run_in_transaction = false\n");
    run(&world, &["up"], 0);
    run(&world, &["status", "--check"], 0);
    let said = run(&world, &["down", "--yes"], 0);
    assert!(said.contains("data loss unknown"), "{said}");
}
