//! Putting backups back.

use rstest::rstest;

use super::*;

#[rstest]
fn backup_runs_beside_the_bot_and_is_restored_when_it_is_stopped(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) =
        staffed().with("BACKUP_DIR", "backups").with("PATH", "/usr/bin:/bin").build_or_skip(backend)
    else {
        return;
    };
    let people = world.count_users();
    let path = world.make_backup();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(world.backup_folder()).unwrap().permissions().mode() & 0o777, 0o700);
    let listed = &world.listed_backups()[0];
    assert_eq!((&listed["state"], &listed["manifest"]["reason"]), (&"good".into(), &"manual".into()));
    assert_eq!(listed["manifest"]["rows"]["users"], people);
    assert_eq!(listed["manifest"]["schema"], crate::migrate::NEWEST);
    world.botctl(&["backup", "list", "--check"], 0);
    let verified = world.run_json(&["backup", "verify"], 0);
    assert_eq!(verified["data"]["backups"][0]["restored"], true, "{verified}");
    assert_eq!(verified["data"]["backups"][0]["rows"]["users"], people);
    // The bot would lose its database under its feet.
    world.botctl(&["backup", "restore", file_name(&path), "--yes"], 5);
    assert_eq!(world.terminate(), 0);
    world.close_db();
    world.add_users(50_000..50_010);
    // There is no terminal to confirm on.
    world.botctl(&["backup", "restore", file_name(&path)], 6);
    assert_eq!(world.count_users(), people + 10);
    let restored = world.run_json(&["backup", "restore", path.to_str().unwrap(), "--yes"], 0);
    assert_eq!(world.count_users(), people);
    world.botctl(&["migrate", "status", "--check"], 0);
    // What was there is not lost.
    let before = restored["data"]["before"].as_str().unwrap();
    let newest = &world.listed_backups()[0];
    assert_eq!((&newest["path"], &newest["manifest"]["reason"]), (&before.into(), &"before-restore".into()));
    world.botctl(&["backup", "restore", file_name(Path::new(before)), "--yes"], 0);
    assert_eq!(world.count_users(), people + 10);
    world.start();
    world.dispatcher().says("/start").hears("Дарья");
    assert_eq!(staging_dirs(&world.backup_folder()), Vec::<PathBuf>::new());
    assert_eq!(staging_dirs(world.database_folder()), Vec::<PathBuf>::new());
}

#[rstest]
fn backup_of_a_newer_botctl_is_not_restored(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = migrated_or_skip(backend) else { return };
    world.run_sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')");
    let path = world.make_backup();
    world.run_sql("DELETE FROM __diesel_schema_migrations WHERE version = '29990101000000'");
    let output = world.botctl(&["backup", "restore", file_name(&path), "--yes"], 3);
    assert!(said(&output).contains("newer botctl"), "{}", said(&output));
    world.botctl(&["migrate", "status", "--check"], 0);
}

/// Waits until a process has a file open.
fn wait_until_open(child: &Child, path: &Path) {
    let path = path.canonicalize().unwrap();
    let folder = format!("/proc/{}/fd", child.id());
    wait_for("the open file", || {
        let open = fs::read_dir(&folder)
            .ok()?
            .flatten()
            .any(|fd| fs::read_link(fd.path()).is_ok_and(|to| to == path));
        open.then_some(())
    });
}

#[test]
fn writes_during_the_backup_before_restore_are_kept() {
    let world = migrated_world(Backend::Sqlite);
    let path = world.make_backup();
    // Another run works on the folder, so the restore waits with its own backup.
    let folder = fs::File::open(world.backup_folder().join(".botctl-lock")).unwrap();
    folder.lock().unwrap();
    let child = spawn(world.command(&["backup", "restore", file_name(&path), "--yes"]));
    wait_until_open(&child, &world.backup_folder().join(".botctl-lock"));
    world.add_users(1..4);
    folder.unlock().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", said(&output));
    assert_eq!(world.count_users(), 3);
    world.botctl(&["backup", "restore", file_name(&path), "--yes"], 0);
    assert_eq!(
        (world.count_users(), &world.listed_backups()[0]["manifest"]["rows"]["users"]),
        (0, &3.into())
    );
}

#[test]
fn writers_are_locked_out_during_restore() {
    let world = staffed().stopped().build(Backend::Sqlite);
    world.botctl(&["migrate", "up"], 0);
    world.add_users(7..8);
    let TestDatabase::Sqlite(database) = &world.store else { unreachable!() };
    let url = database.display().to_string().parse().unwrap();
    let lock = botctl::testing::db::acquire_migrate_lock(&url, TIMEOUT).unwrap();
    let output = said(&world.botctl(&["users", "grant", "7", "DISPATCHER"], 5));
    assert!(output.contains("another run"), "{output}");
    drop(lock);
    let shown = world.run_json(&["users", "show", "7"], 0).to_string();
    assert!(!shown.contains("DISPATCHER"), "{shown}");
    world.botctl(&["users", "grant", "7", "DISPATCHER"], 0);
}

#[test]
fn copy_with_unmerged_write_ahead_log_is_not_restored() {
    let world = migrated_world(Backend::Sqlite);
    let copy = world.cwd().join("copy.db");
    let TestDatabase::Sqlite(database) = &world.store else { unreachable!() };
    let mut held = world.store.open();
    execute(&mut held, "PRAGMA journal_mode = WAL");
    execute(&mut held, "INSERT INTO users (telegram_id, created_at) VALUES (7, '2026-01-01 00:00:00')");
    fs::copy(database, &copy).unwrap();
    fs::copy(sidecar_path(database, "-wal"), sidecar_path(&copy, "-wal")).unwrap();
    drop(held);
    world.run_sql("DELETE FROM users");
    world.close_db();
    let copied = copy.to_str().unwrap();
    let output = said(&world.botctl(&["backup", "restore", copied, "--yes"], 3));
    assert!(output.contains("copy.db-wal holds changes"), "{output}");
    // As it says there.
    let mut conn = botctl::testing::db::open_connection(&copied.parse().unwrap()).unwrap();
    botctl::testing::db::allow_writing(&mut conn).unwrap();
    execute(&mut conn, "PRAGMA journal_mode = DELETE");
    drop(conn);
    world.botctl(&["backup", "restore", copied, "--yes"], 0);
    assert_eq!(world.count_users(), 1);
}

#[test]
fn unreadable_database_is_moved_and_replaced() {
    let world = migrated_world(Backend::Sqlite);
    world.add_users(1..4);
    let path = world.make_backup();
    let database = world.database_file();
    fs::set_permissions(&database, fs::Permissions::from_mode(0o640)).unwrap();
    let rubbish = vec![b'x'; 100_000];
    fs::write(&database, &rubbish).unwrap();
    let failed = said(&world.botctl(&["backup"], 3));
    assert!(failed.contains("not a database") && failed.contains("backup restore"), "{failed}");
    assert!(failed.contains(world.database_file().to_str().unwrap()), "{failed}");
    assert_eq!(world.listed_backups().len(), 1);
    let document = world.run_json(&["backup", "restore", file_name(&path), "--yes"], 0);
    let aside = PathBuf::from(document["data"]["kept_as"].as_str().unwrap());
    assert_eq!(fs::read(aside).unwrap(), rubbish);
    assert_eq!(world.count_users(), 3);
    assert_eq!(fs::metadata(&database).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn restore_does_not_wait_for_open_connections() {
    let world = migrated_world(Backend::Sqlite);
    let path = world.make_backup();
    world.run_sql("BEGIN IMMEDIATE");
    world.run_sql("INSERT INTO users (telegram_id, created_at) VALUES (1, '2026-01-01 00:00:00')");
    let output = world.botctl(&["backup", "restore", file_name(&path), "--yes"], 5);
    assert!(said(&output).contains("open in another program"), "{}", said(&output));
    world.run_sql("COMMIT");
    assert_eq!(world.count_users(), 1);
}

#[test]
fn legacy_backups_can_be_restored() {
    let world = stopped_world().build(Backend::Sqlite);
    let old = world.cwd().join("old.db");
    {
        let url = old.to_str().unwrap().parse().unwrap();
        let mut conn = botctl::testing::db::open_connection(&url).unwrap();
        botctl::testing::db::allow_writing(&mut conn).unwrap();
        for table in ["users", "masters", "orders"] {
            execute(&mut conn, &format!("CREATE TABLE {table} (id INTEGER PRIMARY KEY)"));
        }
    }
    let output = said(&world.botctl(&["backup", "restore", "old.db", "--yes"], 0));
    assert!(output.contains("migrate adopt"), "{output}");
    assert_eq!(fs::read(&old).unwrap(), fs::read(world.database_file()).unwrap());
    // Not just anything, though.
    fs::write(&old, vec![7; 5_000]).unwrap();
    world.botctl(&["backup", "restore", "old.db", "--yes"], 3);
    world.botctl(&["backup", "restore", "--yes", "nowhere.dump"], 1);
}

#[test]
fn restore_during_a_migration_gets_an_applicable_hint() {
    let world = migrated_world(Backend::Sqlite);
    let path = world.make_backup();
    let url = world.store.url().parse().unwrap();
    let _lock = botctl::testing::db::acquire_migrate_lock(&url, TIMEOUT).unwrap();
    let output = said(&world.botctl(&["backup", "restore", "--yes", file_name(&path)], 5));
    assert!(output.contains("wait until it is done") && !output.contains("--lock-timeout"), "{output}");
}
