//! Making backups beside a running bot, from databases in every state.

use rstest::rstest;

use super::*;

#[rstest]
fn legacy_database_is_backed_up_unchanged(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = stopped_world().build_or_skip(backend) else { return };
    for statement in [
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)",
        "CREATE TABLE masters (id INTEGER PRIMARY KEY, \"user\" INTEGER)",
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, \"a \"\"name\" TEXT)",
        "CREATE TABLE \"odd \"\"table's\" (id INTEGER)",
        "INSERT INTO users VALUES (1, 'made up')",
        "INSERT INTO \"odd \"\"table's\" VALUES (1), (2)",
    ] {
        world.run_sql(statement);
    }
    if let TestDatabase::Sqlite(_) = world.store {
        world.run_sql("PRAGMA foreign_keys = OFF");
        world.run_sql("CREATE TABLE calls (id INTEGER PRIMARY KEY, master INTEGER REFERENCES masters (id))");
        world.run_sql("INSERT INTO calls VALUES (1, 77)");
    }
    let path = world.make_backup();
    let manifest = &world.listed_backups()[0]["manifest"];
    assert_eq!((&manifest["schema"], &manifest["rows"]["odd \"table's"]), (&Value::Null, &2.into()));
    let broken = i32::from(matches!(world.store, TestDatabase::Sqlite(_)));
    assert_eq!(manifest["broken_references"], broken);
    world.botctl(&["backup", "verify"], 0);
    world.run_sql("DELETE FROM \"odd \"\"table's\"");
    world.botctl(&["backup", "restore", file_name(&path), "--yes"], 0);
    assert!(said(&world.botctl(&["backup"], 0)).contains("rows in"));
    assert_eq!(world.listed_backups()[0]["manifest"]["rows"], *manifest.get("rows").unwrap());
}

#[rstest]
fn two_concurrent_runs_make_two_backups(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = migrated_or_skip(backend) else { return };
    let both = [spawn(world.command(&["backup"])), spawn(world.command(&["backup"]))];
    for child in both {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    }
    let listed = world.listed_backups();
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().all(|backup| backup["state"] == "good"));
    world.botctl(&["backup", "verify", "--all"], 0);
}

/// By a link, by a relative path, with a scheme, and after the folder has moved.
#[test]
fn renamed_database_keeps_its_backups() {
    let world = stopped_world().build(Backend::Sqlite);
    let folder = world.cwd();
    fs::create_dir(folder.join("here")).unwrap();
    world.botctl(&["--database-url", "here/bot.db", "migrate", "up"], 0);
    world.botctl(&["--database-url", "sqlite://here/bot.db", "backup"], 0);
    std::os::unix::fs::symlink("here/bot.db", folder.join("linked.db")).unwrap();
    let absolute = folder.join("here/bot.db");
    for url in ["here/bot.db", "./here/../here/bot.db", "linked.db", absolute.to_str().unwrap()] {
        world.botctl(&["--database-url", url, "backup", "list", "--check"], 0);
    }
    fs::rename(folder.join("here"), folder.join("there")).unwrap();
    world.botctl(&["--database-url", "there/bot.db", "backup", "list", "--check"], 0);
    world.botctl(&["--database-url", "there/another.db", "backup", "list", "--check"], 3);
}

#[test]
fn backup_includes_the_write_ahead_log() {
    let world = migrated_world(Backend::Sqlite);
    let mut held = world.store.open();
    execute(&mut held, "PRAGMA journal_mode = WAL");
    execute(&mut held, "INSERT INTO users (telegram_id, created_at) VALUES (7, '2026-01-01 00:00:00')");
    let TestDatabase::Sqlite(database) = &world.store else { unreachable!() };
    assert_ne!(fs::metadata(sidecar_path(database, "-wal")).unwrap().len(), 0);
    let path = world.make_backup();
    drop(held);
    // The file format's version numbers: 1 is a database that is alone in its file.
    assert_eq!(fs::read(&path).unwrap()[18..20], [1, 1]);
    assert_eq!(world.listed_backups()[0]["manifest"]["rows"]["users"], 1);
    world.botctl(&["backup", "verify"], 0);
}

#[test]
fn backup_of_a_crashed_database_has_its_last_commit() {
    let world = migrated_world(Backend::Sqlite);
    world.fill_audit_log();
    let TestDatabase::Sqlite(database) = &world.store else { unreachable!() };
    let mut held = world.store.open();
    for statement in
        ["PRAGMA journal_mode = DELETE", "PRAGMA cache_size = 1", "BEGIN IMMEDIATE", "DELETE FROM audit_log"]
    {
        execute(&mut held, statement);
    }
    let half_done = ["", "-journal"].map(|side| fs::read(sidecar_path(database, side)).unwrap());
    assert!(!half_done[1].is_empty());
    execute(&mut held, "COMMIT");
    drop(held);
    fs::write(database, &half_done[0]).unwrap();
    fs::write(sidecar_path(database, "-journal"), &half_done[1]).unwrap();
    world.botctl(&["migrate", "status", "--check"], 0);
    assert_eq!(world.listed_backups().len(), 0);
    world.make_backup();
    assert_eq!(world.listed_backups()[0]["manifest"]["rows"]["audit_log"], 120);
}

#[test]
fn backup_on_a_full_disk_leaves_nothing() {
    let world = migrated_world(Backend::Sqlite);
    let good = world.make_backup();
    let before = file_names(&world.backup_folder());
    let limited = |arguments: &str| {
        let program = env!("CARGO_BIN_EXE_botctl");
        let mut shell = world.command(&[]);
        let environment: Vec<_> =
            shell.get_envs().map(|(name, value)| (name.to_owned(), value.unwrap().to_owned())).collect();
        shell = Command::new("/bin/sh");
        shell.args(["-c", &format!("ulimit -f 64; exec {program} {arguments}")]).env_clear();
        shell.envs(environment).current_dir(world.cwd()).stdin(Stdio::null());
        run_to_end(shell)
    };
    for arguments in ["backup", "backup create --compress"] {
        let output = limited(arguments);
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        assert!(said(&output).contains("ulimit -f"), "{}", said(&output));
        assert_eq!(file_names(&world.backup_folder()), before);
    }
    // Nor does a restore that has no room touch the database.
    world.add_users(1..4);
    let output = limited(&format!("backup restore {} --yes", file_name(&good)));
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert_eq!(world.count_users(), 3);
    assert_eq!(staging_dirs(world.database_folder()), Vec::<PathBuf>::new());
    world.botctl(&["backup"], 0);
}

#[test]
fn backup_blocks_neither_writers_nor_other_runs() {
    let world = migrated_world(Backend::Sqlite);
    world.make_backup();
    world.fill_audit_log();
    let child = spawn(world.command(&["backup"]));
    // The file is there before the copy's transaction has begun, its first pages are not.
    let work = wait_for("the copy", || {
        let has_pages = |work: &PathBuf| fs::metadata(work.join("copy")).is_ok_and(|file| file.len() > 0);
        staging_dirs(&world.backup_folder()).pop().filter(has_pages)
    });
    send_signal(&child, "STOP");
    world.add_users(1..20);
    // Clears up after dead ones, and leaves the one that lives alone.
    world.botctl(&["backup", "verify"], 0);
    assert!(work.join("copy").exists());
    send_signal(&child, "CONT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    // What was written after it had begun is not in it.
    let listed = world.listed_backups();
    assert_eq!((listed.len(), &listed[0]["manifest"]["rows"]["users"]), (2, &0.into()));
    world.botctl(&["backup", "verify"], 0);
}

#[rstest]
fn a_database_without_tables_is_not_backed_up(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = migrated_or_skip(backend) else { return };
    world.add_users(1..4);
    let good = world.make_backup();
    world.close_db();
    match &world.store {
        TestDatabase::Sqlite(path) => {
            fs::write(path, "").unwrap();
            for side in ["-wal", "-shm"] {
                let _removed = fs::remove_file(sidecar_path(path, side));
            }
        }
        TestDatabase::Postgres { .. } => {
            let mut conn = world.store.open();
            execute(&mut conn, "DROP SCHEMA public CASCADE");
            execute(&mut conn, "CREATE SCHEMA public");
        }
    }
    let output = said(&world.botctl(&["backup"], 3));
    assert!(output.contains("has no tables") && output.contains("DATABASE_URL"), "{output}");
    assert_eq!(world.listed_backups().len(), 1);
    // One that an older botctl made is never the last good one.
    let empty = world.backup_folder().join(file_name(&good).replace("bot_database_2", "bot_database_3"));
    fs::copy(&good, &empty).unwrap();
    fs::copy(sidecar_path(&good, ".json"), sidecar_path(&empty, ".json")).unwrap();
    edit_manifest(&empty, |known| {
        known["rows"] = serde_json::json!({});
        let now = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        known["created_at"] = now.into();
    });
    world.botctl(&["backup", "prune", "--keep-last", "1"], 0);
    assert!(good.exists());
    let restored = world.run_json(&["backup", "restore", "--yes", file_name(&good)], 0);
    assert_eq!(restored["data"]["before"], Value::Null);
    assert_eq!(world.count_users(), 3);
}
