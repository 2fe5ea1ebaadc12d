//! Databases and circumstances under which nothing is taken over.

use super::*;

#[test]
fn open_write_ahead_log_prevents_adoption() {
    let old = LegacyFolder::new(INIT_DB);
    let mut python = connect(&old.file());
    python.batch_execute("PRAGMA journal_mode = WAL; UPDATE orders SET notes = 'x' WHERE id = 1").unwrap();
    let output = old.run(&["migrate", "adopt", "--lock-timeout", "1s"], 5);
    assert!(stderr(&output).contains("stop the old bot"), "{}", said(&output));
    assert_eq!(query_number(&mut python, "SELECT count(*) AS n FROM orders"), 400);
    assert_eq!(query_texts(&mut python, "SELECT journal_mode AS row FROM pragma_journal_mode"), ["wal"]);
    drop(python);
    assert_eq!(old.files(), ["bot_database.db"], "a backup was made of what was not touched");
    let report = old.adopt();
    let backup = old.folder.path().join(report["backup"].as_str().unwrap());
    assert_eq!(query_texts(&mut connect(&backup), "SELECT notes AS row FROM orders WHERE id = 1"), ["x"]);
    assert_sound(&mut connect(&old.file()));
}

#[test]
fn concurrent_adoption_waits_and_does_nothing() {
    let old = LegacyFolder::new(INIT_DB);
    multiply_orders(&old, 5);
    let spawn = || {
        let mut command = old.command(&["migrate", "adopt", "--json", "--lock-timeout", "60s"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let first = spawn();
    let deadline = std::time::Instant::now() + TIMEOUT;
    let lock = old.folder.path().join("bot_database.db.serve.lock");
    while !fs::File::open(&lock).is_ok_and(|file| file.try_lock_shared().is_err()) {
        assert!(std::time::Instant::now() < deadline, "the first never took its lock");
        std::thread::yield_now();
    }
    let second = spawn();
    for (child, adopted) in [(first, true), (second, false)] {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert_eq!(document_data(&output)["adopted"], adopted);
    }
}

#[test]
fn objects_that_need_application_functions_are_named_with_a_hint() {
    let old = LegacyFolder::new(INIT_DB);
    let mut conn = connect(&old.file());
    conn.register_collation("ru", str::cmp).unwrap();
    conn.batch_execute(
        "CREATE TABLE k (name TEXT); CREATE INDEX \"k i\" ON k (name COLLATE ru); INSERT INTO k VALUES ('a'), ('b')",
    )
    .unwrap();
    drop(conn);
    let (before, files) = (old.bytes(), old.files());
    for arguments in [&["migrate", "adopt"][..], &["migrate", "adopt", "--dry-run"]] {
        let output = old.run(arguments, 3);
        assert!(stderr(&output).contains("index k i"), "{}", said(&output));
        assert!(stderr(&output).contains("DROP INDEX \"k i\";"), "{}", said(&output));
    }
    assert!(old.bytes() == before, "the file has changed");
    assert_eq!(old.files(), files);
    connect(&old.file()).batch_execute("DROP INDEX \"k i\";").unwrap();
    old.adopt();
    // Here it is a part of the table.
    for column in ["name TEXT COLLATE ru", "name TEXT UNIQUE COLLATE ru", "name TEXT CHECK (ru(name) > 0)"] {
        let old = LegacyFolder::new(INIT_DB);
        let mut conn = connect(&old.file());
        conn.register_collation("ru", str::cmp).unwrap();
        define_ru_function(&mut conn);
        conn.batch_execute(&format!("CREATE TABLE k ({column}); INSERT INTO k VALUES ('a'), ('b')")).unwrap();
        drop(conn);
        let output = stderr(&old.run(&["migrate", "adopt"], 3));
        old.run(&["migrate", "adopt", "--dry-run"], 3);
        let (_, hint) = output.split_once("`sqlite3`: ").unwrap();
        let (hint, _) = hint.split_once(" Nothing was changed").unwrap();
        connect(&old.file()).batch_execute(hint).unwrap_or_else(|error| panic!("{error}: {hint}"));
        assert_eq!(old.adopt()["unknown_tables"][0]["rows"], 2);
    }
}

/// A function that a program may bring along, and that is gone with it.
fn define_ru_function(conn: &mut SqliteConnection) {
    #[diesel::declare_sql_function]
    extern "SQL" {
        fn ru(text: Text) -> BigInt;
    }
    ru_utils::register_impl(conn, |_: String| 1_i64).unwrap();
}

#[test]
fn foreign_databases_are_refused_unchanged() {
    let refused = |old: &LegacyFolder, code: i32, word: &str| {
        let (before, files) = (old.bytes(), old.files());
        for dry in [&["migrate", "adopt"][..], &["migrate", "adopt", "--dry-run"]] {
            let output = old.run(dry, code);
            assert!(stderr(&output).contains(word), "{}", said(&output));
        }
        assert!(old.bytes() == before, "the file has changed");
        assert_eq!(old.files(), files);
    };
    refused(&LegacyFolder::new("CREATE TABLE notes (text)"), 3, "another program");
    refused(&LegacyFolder::new("CREATE TABLE alembic_version (version_num)"), 3, "there is no table users");
    let unlike = "CREATE TABLE users (telegram_id, role); CREATE TABLE masters (id, telegram_id); CREATE TABLE orders (id)";
    refused(&LegacyFolder::new(unlike), 3, "orders has no column status");
    refused(&LegacyFolder::new(""), 3, "empty");
    let rubbish = LegacyFolder::new("");
    fs::write(rubbish.file(), "this is no database, whatever its name says".repeat(100)).unwrap();
    refused(&rubbish, 3, "cannot be read");
    let ours = LegacyFolder::new("");
    ours.run(&["migrate", "up"], 0);
    connect(&ours.file()).batch_execute("PRAGMA journal_mode = DELETE").unwrap();
    refused(&ours, 3, "never was the old bot's");
    connect(&ours.file())
        .batch_execute(
            "INSERT INTO __diesel_schema_migrations VALUES ('29991231235959', '2026-01-01 00:00:00')",
        )
        .unwrap();
    refused(&ours, 3, "newer");
    let missing = LegacyFolder::new("");
    fs::remove_file(missing.file()).unwrap();
    assert!(stderr(&missing.run(&["migrate", "adopt"], 4)).contains("no database"));
    assert_eq!(missing.files(), [""; 0]);
}

#[test]
fn adopting_on_a_server_is_refused_with_a_hint() {
    if !has_postgres() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let store = TestDatabase::new(Backend::Postgres, folder.path());
    let old = LegacyFolder::new("");
    let output = old.run(&["migrate", "adopt", "--database-url", &store.url()], 3);
    assert!(stderr(&output).contains("migrate transfer --to"), "{}", said(&output));
}

#[test]
fn adoption_needs_exclusive_access() {
    let old = LegacyFolder::new(ALEMBIC);
    let before = old.bytes();
    // The old bot in the middle of a press.
    let mut python = connect(&old.file());
    python.batch_execute("BEGIN IMMEDIATE").unwrap();
    let hasty = ["migrate", "adopt", "--lock-timeout", "1s"];
    let output = old.run(&hasty, 5);
    assert!(stderr(&output).contains("stop the old bot"), "{}", said(&output));
    python.batch_execute("ROLLBACK").unwrap();
    assert!(old.bytes() == before, "the file has changed");
    assert_eq!(old.files(), ["bot_database.db"], "a backup was made of what was not touched");
    for lock in ["bot_database.db.serve.lock", "bot_database.db.migrate.lock"] {
        let file = fs::File::create(old.folder.path().join(lock)).unwrap();
        file.lock().unwrap();
        old.run(&hasty, 5);
        // Looking on is always possible.
        old.run(&["migrate", "adopt", "--dry-run"], 0);
    }
    assert!(old.bytes() == before, "the file has changed");
    old.adopt();
}

#[test]
fn adoption_without_backup_asks_for_confirmation() {
    let old = LegacyFolder::new(INIT_DB);
    old.run(&["migrate", "adopt", "--no-backup"], 6);
    old.run(&["migrate", "adopt", "--no-backup", "--yes"], 0);
    assert_eq!(old.files(), ["bot_database.db"]);
}

#[test]
fn reverted_adoption_is_not_reported_as_adopted() {
    let old = LegacyFolder::new(INIT_DB);
    old.adopt();
    let down = document_data(&old.run(&["migrate", "down", "--to", "0", "--yes", "--json"], 0));
    let before = old.bytes();
    for arguments in [&["migrate", "adopt"][..], &["migrate", "adopt", "--dry-run"]] {
        let said = stderr(&old.run(arguments, 3));
        assert!(said.contains("legacy_") && said.contains("backup restore"), "{said}");
    }
    assert!(old.bytes() == before, "the file has changed");
    // Both ways out lead somewhere.
    let other = LegacyFolder { folder: tempfile::tempdir().unwrap() };
    fs::copy(old.file(), other.file()).unwrap();
    other.run(&["migrate", "up"], 0);
    old.run(&["backup", "restore", down["backup"].as_str().unwrap(), "--yes"], 0);
    assert_eq!(old.adopt()["adopted"], false);
    assert_eq!(query_number(&mut connect(&old.file()), "SELECT count(*) AS n FROM orders"), 400);
}
