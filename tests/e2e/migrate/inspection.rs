//! Seeing where a database stands, and leaving alone what is not ours.

use std::collections::BTreeMap;
use std::fs;

use super::*;
use rstest::rstest;

use crate::world::{Backend, has_postgres};

#[rstest]
fn the_dry_run_changes_nothing_and_shows_a_script_that_does_the_same(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    add(
        &world,
        SECOND,
        "CREATE TABLE notes (id BIGINT, text TEXT DEFAULT ';')\n-- no semicolon",
        "DROP TABLE notes;",
    );
    let trigger = if is_sqlite(&world) {
        "CREATE TRIGGER t AFTER INSERT ON notes BEGIN UPDATE notes SET text = 'a;b'; DELETE FROM notes; END;"
    } else {
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;\n\
         CREATE TRIGGER t AFTER INSERT ON notes FOR EACH ROW EXECUTE FUNCTION f();"
    };
    add(&world, THIRD, trigger, "SELECT 1;");
    let before = files(&world);
    let sql = run(&world, &["up", "--dry-run"], 0);
    assert_eq!(files(&world), before, "there was no database, and there is none");
    assert_eq!(tables_if_any(&world), Vec::<String>::new());
    for part in [
        "CREATE TABLE users",
        "INSERT INTO __diesel_schema_migrations (version) VALUES ('20270102000000');",
        "INSERT INTO schema_checksums",
        trigger,
    ] {
        assert!(sql.contains(part), "{part} is not in:\n{sql}");
    }
    let document = json(&world, &["up", "--dry-run", "--to", FIRST], 0);
    assert_eq!(
        document["data"]["pending"],
        serde_json::json!([{ "version": FIRST, "name": "create_schema" }])
    );
    assert!(!document["data"]["sql"].as_str().unwrap().contains("CREATE TABLE notes"));

    // The same by hand.
    script(&mut world.store.open(), &sql);
    run(&world, &["status", "--check"], 0);
    assert_eq!(run(&world, &["up"], 0), "nothing to do, the schema is current\n");
    assert_eq!(run(&world, &["up", "--dry-run"], 0), "nothing to do, the schema is current\n");

    // And of an existing one that has something to do.
    script(
        &mut world.store.open(),
        "DELETE FROM __diesel_schema_migrations WHERE version = '20270102000000'",
    );
    fold(&world);
    let before = files(&world);
    run(&world, &["up", "--dry-run"], 0);
    run(&world, &["status"], 0);
    assert_eq!(files(&world), before);
}

#[rstest]
fn up_and_down_stop_at_the_given_revision(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    add(&world, SECOND, "CREATE TABLE second (id BIGINT);", "DROP TABLE second;");
    add(&world, THIRD, "CREATE TABLE third (id BIGINT);", "DROP TABLE third;");
    let before = files(&world);
    let said = run(&world, &["up", "--to", "2027-01-03-000000"], 2);
    assert!(said.contains("there is no migration \"2027-01-03-000000\""), "{said}");
    assert_eq!(files(&world), before, "a wrong version makes no database");
    let all = BUILT_IN.into_iter().chain([("20270101000000", "second")]);
    let applied: Vec<String> = all.map(|(version, name)| format!("applied {version} {name}")).collect();
    assert_eq!(run(&world, &["up", "--to", SECOND], 0), format!("{}\n", applied.join("\n")));
    run(&world, &["status", "--check"], 3);
    assert_eq!(run(&world, &["up"], 0), "applied 20270102000000 third\n");
    run(&world, &["down", "--to", "20270103000000", "--yes"], 2);
    let document = json(&world, &["down", "--to", NEWEST, "--yes"], 0);
    assert_eq!(document["data"]["reverted"][0]["name"], "third");
    assert_eq!(document["data"]["reverted"][1]["name"], "second");
    assert!(run(&world, &["down", "--to", NEWEST, "--yes"], 0).contains("nothing to revert"));
    run(&world, &["down", "--to", "0", "--yes"], 0);
    assert_eq!(tables(&world), ["__diesel_schema_migrations", "schema_checksums"]);
}

#[rstest]
fn a_changed_migration_is_noticed_and_accepted(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    add(&world, SECOND, "CREATE TABLE second (id BIGINT);\n", "DROP TABLE second;\n");
    run(&world, &["up"], 0);
    add(&world, SECOND, "CREATE TABLE second (id BIGINT);\r\n", "\u{feff}DROP TABLE second;\r\n");
    run(&world, &["status", "--check"], 0);
    assert!(run(&world, &["repair"], 0).contains("nothing to repair"));

    add(&world, SECOND, "CREATE TABLE second (id BIGINT); -- numbers\n", "DROP TABLE second;\n");
    let status = run(&world, &["status"], 0);
    assert!(status.contains("changed"), "{status}");
    let document = json(&world, &["status", "--check"], 3);
    assert_eq!(document["data"]["problems"], serde_json::json!(["changed"]));
    assert_eq!(document["data"]["migrations"][BUILT_IN.len()]["checksum"], "changed");
    assert_eq!(document["data"]["migrations"][0]["checksum"], "ok");
    add(&world, THIRD, "CREATE TABLE third (id BIGINT);", "DROP TABLE third;");
    let refused = run(&world, &["up"], 3);
    assert!(refused.contains("20270101000000 second") && refused.contains("migrate repair"), "{refused}");
    run(&world, &["up", "--dry-run"], 3);
    assert!(!tables(&world).contains(&"third".to_owned()));

    let asked = json(&world, &["repair"], 6);
    assert_eq!(asked["data"]["accepted"][0]["version"], "20270101000000");
    assert_eq!(asked["data"]["accepted"][0]["was"].as_str().unwrap().len(), 64);
    run(&world, &["up"], 3);
    assert!(run(&world, &["repair", "--yes"], 0).contains("accepted 20270101000000 second"));
    assert_eq!(run(&world, &["up"], 0), "applied 20270102000000 third\n");
    run(&world, &["status", "--check"], 0);
}

#[rstest]
fn a_database_from_before_checksums_gets_them(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    run(&world, &["up"], 0);
    script(&mut world.store.open(), "DROP TABLE schema_checksums");
    let document = json(&world, &["status", "--check"], 0);
    assert_eq!(document["data"]["migrations"][0]["checksum"], "unknown");
    assert_eq!(run(&world, &["up"], 0), "nothing to do, the schema is current\n");
    let document = json(&world, &["status", "--check"], 0);
    assert_eq!(document["data"]["migrations"][0]["checksum"], "ok");
    assert_eq!(document["data"]["migrations"][0]["name"], "create_schema");
    assert!(document["data"]["migrations"][0]["applied_at"].as_str().unwrap().ends_with('Z'));
}

#[rstest]
fn unknown_migrations_are_left_alone(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    add(&world, SECOND, "CREATE TABLE second (id BIGINT);", "DROP TABLE second;");
    run(&world, &["up"], 0);
    let built_in = |arguments: &[&str], code| {
        let output = run_to_end(world.command(arguments));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", said(&output));
        said(&output)
    };
    let status = built_in(&["migrate", "status"], 0);
    assert!(status.contains("second") && status.contains("of a newer botctl"), "{status}");
    assert!(built_in(&["migrate", "status", "--check"], 3).contains("newer: 20270101000000"));
    for command in ["up", "redo"] {
        assert!(built_in(&["migrate", command], 3).contains("newer botctl"));
    }
    built_in(&["migrate", "down", "--yes"], 3);
    script(
        &mut world.store.open(),
        "UPDATE __diesel_schema_migrations SET version = '20200101000000' WHERE version = '20270101000000'",
    );
    assert!(built_in(&["migrate", "status", "--check"], 3).contains("missing: 20200101000000"));
    built_in(&["migrate", "up"], 3);
}

/// Views hold no data, and extensions bring some.
#[test]
fn views_do_not_make_a_database_foreign() {
    if !has_postgres() {
        return;
    }
    let world = empty().stopped().build(Backend::Postgres);
    script(&mut world.store.open(), "CREATE VIEW numbers AS SELECT 1 / 0 AS n");
    run(&world, &["up"], 0);
    run(&world, &["down", "--to", "0", "--yes"], 0);
    run(&world, &["up"], 0);
    run(&world, &["status", "--check"], 0);
}

#[test]
fn a_path_may_begin_with_two_slashes() {
    let world = empty().stopped().build(Backend::Sqlite);
    let url = format!("/{}", world.store.url());
    run(&world, &["up", "--database-url", &url], 0);
    run(&world, &["status", "--check", "--database-url", &url], 0);
    run(&world, &["status", "--check"], 0);
}

/// What `migrate` refuses, it leaves exactly as it was.
#[test]
fn refused_database_is_unchanged() {
    let world = empty().stopped().build(Backend::Sqlite);
    let commands: [&[&str]; 6] = [
        &["status"],
        &["down", "--yes"],
        &["redo", "--yes"],
        &["repair", "--yes"],
        &["up"],
        &["up", "--dry-run"],
    ];
    for arguments in &commands[..4] {
        run(&world, arguments, 4);
    }
    assert_eq!(files(&world), BTreeMap::new(), "there is no database");
    for (table, words) in [("alembic_version", "migrate adopt --dry-run"), ("strangers", "another program")] {
        for mode in ["WAL", "DELETE"] {
            let TestDatabase::Sqlite(path) = &world.store else { panic!() };
            drop(fs::remove_file(path));
            script(
                &mut world.store.open(),
                &format!("PRAGMA journal_mode = {mode}; CREATE TABLE {table} (x)"),
            );
            let before = files(&world);
            assert_eq!(before.len(), 1, "{:?}", before.keys());
            for arguments in commands {
                let said = run(&world, arguments, 3);
                assert!(said.contains(words), "{said}");
                let after = files(&world);
                assert!(after == before, "{arguments:?} on {mode} changed {:?}", after.keys());
            }
            let served = run_to_end(world.command(&["serve", "--migrate"]));
            assert_eq!(served.status.code(), Some(3), "{}", said(&served));
            assert!(files(&world) == before, "serve on {mode}: {:?}", files(&world).keys());
        }
    }
}

/// The tables, without making a file to look for them.
fn tables_if_any(world: &World) -> Vec<String> {
    if let TestDatabase::Sqlite(path) = &world.store
        && !path.exists()
    {
        return Vec::new();
    }
    tables(world)
}

/// Leaves nothing in the write-ahead log.
fn fold(world: &World) {
    if is_sqlite(world) {
        script(&mut world.store.open(), "PRAGMA wal_checkpoint(TRUNCATE)");
    }
}
