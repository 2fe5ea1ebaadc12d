//! Kills, locks of others, two runs at once.

use std::process::{Child, Output, Stdio};

use super::*;
use rstest::rstest;

use crate::world::{Backend, wait_until};

#[rstest]
fn a_killed_run_leaves_the_old_state(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    add(&world, SECOND, &long_insert(2_000_000_000), "DROP TABLE numbers;");
    run(&world, &["up", "--to", NEWEST], 0);
    script(&mut world.store.open(), DATA);
    let mut child = spawn(migrate(&world, &["up", "--no-backup"]));
    wait_until("the migration is at work", || is_at_work(&world));
    child.kill().unwrap();
    assert_eq!(ended(child).status.code(), None, "it ended before it was killed");
    assert!(!tables(&world).contains(&"numbers".to_owned()));
    run(&world, &["status", "--check"], 3);
    write(&world, SECOND, "up.sql", &long_insert(10));
    assert_eq!(run(&world, &["up", "--no-backup"], 0), "applied 20270101000000 second\n");
    assert_eq!((number(&world, "numbers"), number(&world, "orders")), (10, 1));
    run(&world, &["status", "--check"], 0);
}

#[rstest]
fn the_second_run_waits_for_the_first(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    add(&world, SECOND, "ALTER TABLE users ADD COLUMN email TEXT;", "ALTER TABLE users DROP COLUMN email;");
    run(&world, &["up", "--to", NEWEST], 0);
    // The table is locked, so the first run stays where it is.
    let mut holder = world.store.open();
    script(
        &mut holder,
        if is_sqlite(&world) { "BEGIN IMMEDIATE" } else { "BEGIN; LOCK TABLE users IN ACCESS SHARE MODE" },
    );
    let first = spawn(migrate(&world, &["up"]));
    wait_until("the first run has the lock", || is_migrating(&world));
    let document = json(&world, &["up", "--lock-timeout", "1s"], 5);
    let what = document["error"]["message"].as_str().unwrap();
    let held = if is_sqlite(&world) { "bot.db.migrate.lock" } else { "botctl_test_" };
    assert!(what.contains("another run is changing the schema") && what.contains(held), "{what}");
    let second = spawn(migrate(&world, &["up"]));
    script(&mut holder, "COMMIT");
    let both = [ended(first), ended(second)].map(|output| {
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        said(&output)
    });
    assert_eq!(both, ["applied 20270101000000 second\n", "nothing to do, the schema is current\n"]);
}

#[rstest]
fn second_migrate_down_waits_for_the_first(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    add(&world, SECOND, "ALTER TABLE users ADD COLUMN email TEXT;", "ALTER TABLE users DROP COLUMN email;");
    run(&world, &["up"], 0);
    let mut holder = world.store.open();
    script(
        &mut holder,
        if is_sqlite(&world) { "BEGIN IMMEDIATE" } else { "BEGIN; LOCK TABLE users IN ACCESS SHARE MODE" },
    );
    let first = spawn(migrate(&world, &["down", "--yes"]));
    wait_until("the first run has the lock", || is_migrating(&world));
    let document = json(&world, &["down", "--yes", "--lock-timeout", "1s"], 5);
    let what = document["error"]["message"].as_str().unwrap();
    assert!(what.contains("another run is changing the schema"), "{what}");
    script(&mut holder, "COMMIT");
    let output = ended(first);
    assert_eq!(output.status.code(), Some(0), "{}", super::said(&output));
    assert!(super::said(&output).contains("reverted 20270101000000 second"));
}

#[rstest]
fn migrate_down_waits_until_serving_stops(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = empty().build_or_skip(backend) else { return };
    for arguments in [&["migrate", "down", "--yes"], &["migrate", "redo", "--yes"]] {
        let output = run_to_end(world.command(arguments));
        assert_eq!(output.status.code(), Some(5), "{}", super::said(&output));
        assert!(super::said(&output).contains("a `botctl serve` is running"), "{}", super::said(&output));
    }
    assert_eq!(world.terminate(), 0);
}

#[rstest]
fn two_first_runs_at_once_make_one_database(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    let runs: Vec<Child> = (0..4).map(|_| spawn(migrate(&world, &["up"]))).collect();
    let said: Vec<String> = runs
        .into_iter()
        .map(|run| {
            let output = ended(run);
            assert_eq!(output.status.code(), Some(0), "{}", said(&output));
            said(&output)
        })
        .collect();
    assert_eq!(said.iter().filter(|text| text.contains("applied")).count(), 1, "{said:?}");
    run(&world, &["status", "--check"], 0);
}

#[rstest]
fn database_locked_by_another_process_is_waited_for(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    add(&world, SECOND, "ALTER TABLE users ADD COLUMN email TEXT;", "ALTER TABLE users DROP COLUMN email;");
    run(&world, &["up", "--to", NEWEST], 0);
    let mut holder = world.store.open();
    script(
        &mut holder,
        if is_sqlite(&world) { "BEGIN IMMEDIATE" } else { "BEGIN; LOCK TABLE users IN ACCESS SHARE MODE" },
    );
    let said = run(&world, &["up", "--lock-timeout", "1s"], 5);
    assert!(said.contains("lock") && said.contains("hint: "), "{said}");
    script(&mut holder, "COMMIT");
    if is_sqlite(&world) {
        // So that not even reading is possible.
        script(
            &mut holder,
            "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; INSERT INTO job_runs (job, started_at) VALUES ('x', '2026-11-22 10:00:00'); COMMIT",
        );
        for command in ["up", "status", "repair"] {
            let said = run(&world, &[command, "--lock-timeout", "1s"], 5);
            assert!(said.contains("database is locked"), "{said}");
        }
    }
    let waiting = spawn(migrate(&world, &["up", "--no-backup"]));
    drop(holder);
    let output = ended(waiting);
    assert_eq!(output.status.code(), Some(0), "{}", super::said(&output));
}

/// Whether the long statement has begun.
fn is_at_work(world: &World) -> bool {
    match &world.store {
        // What does not fit into memory goes into the log long before the end.
        TestDatabase::Sqlite(path) => {
            fs::metadata(path.with_file_name("bot.db-wal")).is_ok_and(|file| file.len() > 10_000_000)
        }
        TestDatabase::Postgres { .. } => {
            number(
                world,
                "pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE 'INSERT INTO numbers%'",
            ) > 0
        }
    }
}

fn spawn(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn ended(child: Child) -> Output {
    child.wait_with_output().unwrap()
}

/// Whether a run holds the lock under which the schema is changed.
fn is_migrating(world: &World) -> bool {
    match &world.store {
        TestDatabase::Sqlite(path) => {
            let lock = path.with_file_name("bot.db.migrate.lock");
            fs::File::open(lock).is_ok_and(|file| file.try_lock().is_err())
        }
        TestDatabase::Postgres { .. } => {
            number(
                world,
                "pg_locks JOIN pg_database d ON d.oid = database WHERE locktype = 'advisory' AND granted AND objid = 268286 AND d.datname = current_database()",
            ) > 0
        }
    }
}

/// A long piece of work in one statement.
fn long_insert(rows: u64) -> String {
    format!(
        "CREATE TABLE numbers (n BIGINT NOT NULL);\nINSERT INTO numbers WITH RECURSIVE r(n) AS \
         (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < {rows}) SELECT n FROM r;\n"
    )
}
