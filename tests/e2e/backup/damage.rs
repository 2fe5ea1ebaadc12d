//! Damaged databases and archives.

use diesel::prelude::*;
use rstest::rstest;

use super::*;

#[rstest]
fn flipped_byte_is_found_without_changing_the_backup(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = migrated_or_skip(backend) else { return };
    let (good, bad) = (world.make_backup(), world.make_backup());
    let mut bytes = fs::read(&bad).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&bad, &bytes).unwrap();
    let times = [&good, &bad].map(|path| fs::metadata(path).unwrap().modified().unwrap());
    let output = world.botctl(&["backup", "verify", "--all"], 3);
    let (good_name, bad_name) = (file_name(&good), file_name(&bad));
    let said = said(&output);
    assert!(said.contains(&format!("{bad_name}: NOT GOOD")), "{said}");
    assert!(said.contains(&format!("{good_name}: good, restored")), "{said}");
    let document = world.run_json(&["backup", "verify", bad_name], 3);
    assert_eq!(document["data"]["backups"][0]["good"], false);
    world.botctl(&["backup", "verify", good_name], 0);
    world.botctl(&["backup", "restore", bad_name, "--yes"], 3);
    assert_eq!(fs::read(&bad).unwrap(), bytes);
    assert_eq!([&good, &bad].map(|path| fs::metadata(path).unwrap().modified().unwrap()), times);
    assert_eq!(staging_dirs(&world.backup_folder()), Vec::<PathBuf>::new());
    world.botctl(&["migrate", "status", "--check"], 0);
}

#[test]
fn damage_outside_the_rows_is_not_copied() {
    let world = migrated_world(Backend::Sqlite);
    world.add_users(1..4);
    let whole = world.make_backup();
    let mut conn = world.store.open();
    for statement in [
        "CREATE INDEX extra ON users (first_name)",
        "PRAGMA writable_schema = ON",
        // Its pages belong to no table from now on.
        "DELETE FROM sqlite_schema WHERE name = 'extra'",
    ] {
        execute(&mut conn, statement);
    }
    drop(conn);
    let output = said(&world.botctl(&["backup"], 0));
    assert!(output.contains("the database is damaged") && output.contains("never used"), "{output}");
    let listed = &world.listed_backups()[0];
    assert_eq!(listed["manifest"]["rows"]["users"], 3);
    assert!(listed["manifest"]["repaired"][0].as_str().unwrap().contains("never used"), "{listed}");
    assert!(said(&world.botctl(&["backup", "list"], 0)).contains("good, of a damaged database"));
    world.botctl(&["backup", "verify"], 0);
    // Nothing else is done with such a database.
    let output = said(&world.botctl(&["migrate", "redo", "--yes"], 3));
    assert!(output.contains("never used") && output.contains("backup restore"), "{output}");
    assert_eq!(world.count_users(), 3);
    world.close_db();
    // The one of the whole database stays, however few are to be kept.
    world.botctl(&["backup", "prune", "--keep-last", "1"], 0);
    assert!(whole.exists());
    let path = world
        .backup_folder()
        .join(world.listed_backups()[0]["path"].as_str().unwrap().rsplit('/').next().unwrap());
    let damaged = fs::read(world.database_file()).unwrap();
    let restored = world.run_json(&["backup", "restore", file_name(&path), "--yes"], 0);
    // All but the page whose header says how its log is kept.
    let aside = fs::read(restored["data"]["kept_as"].as_str().unwrap()).unwrap();
    assert!(aside[4096..] == damaged[4096..]);
    assert!(restored["data"]["before"].is_string(), "{restored}");
    let output = said(&world.botctl(&["backup"], 0));
    assert!(!output.contains("damaged"), "{output}");
    assert_eq!(world.count_users(), 3);
}

/// Where a page of a SQLite file is: the first leaf that this table or index has.
fn first_leaf_page(conn: &mut botctl::testing::db::AnyConnection, name: &str) -> (usize, usize) {
    let query =
        format!("SELECT pageno AS number FROM dbstat WHERE name = '{name}' AND pagetype = 'leaf' LIMIT 1");
    let botctl::testing::db::AnyConnection::Sqlite(conn) = conn else { panic!("not SQLite") };
    let page: Number = diesel::sql_query(query).get_result(conn).unwrap();
    let size: Number =
        diesel::sql_query("SELECT page_size AS number FROM pragma_page_size").get_result(conn).unwrap();
    let size = usize::try_from(size.number).unwrap();
    (usize::try_from(page.number - 1).unwrap() * size, size)
}

/// Takes cells off the end of a page, as a disk does that forgets a write.
fn remove_cells(world: &World, table: &str, cells: u8) {
    let mut conn = world.store.open();
    execute(&mut conn, "PRAGMA journal_mode = DELETE");
    let (start, _) = first_leaf_page(&mut conn, table);
    drop(conn);
    let mut bytes = fs::read(world.database_file()).unwrap();
    // Bytes 3 and 4 of a page are their number ("Database File Format", 1.6).
    bytes[start + 4] -= cells;
    fs::write(world.database_file(), bytes).unwrap();
}

#[test]
fn backup_that_may_lack_rows_is_refused() {
    let world = migrated_world(Backend::Sqlite);
    world.run_sql(
        "INSERT INTO outbox (chat_id, method, payload, state, due_at, created_at)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
         SELECT i, 'sendMessage', '{}', 'sent', '2026-01-01 00:00:00', '2026-01-01 00:00:00' FROM n",
    );
    world.close_db();
    let whole = world.make_backup();
    remove_cells(&world, "outbox", 5);
    let output = said(&world.botctl(&["backup"], 3));
    assert!(output.contains("is damaged: ") && output.contains("backup restore"), "{output}");
    assert!(output.contains(world.database_file().to_str().unwrap()), "{output}");
    assert_eq!(world.listed_backups().len(), 1);
    let damaged = fs::read(world.database_file()).unwrap();
    let document = world.run_json(&["backup", "restore", file_name(&whole), "--yes"], 0);
    assert_eq!(document["data"]["before"], Value::Null);
    assert!(fs::read(document["data"]["kept_as"].as_str().unwrap()).unwrap() == damaged);
    world.botctl(&["backup"], 0);
    assert_eq!(world.listed_backups()[0]["manifest"]["rows"]["outbox"], 3000);
}

#[test]
fn reference_to_a_non_key_column_is_no_damage() {
    let world = migrated_world(Backend::Sqlite);
    let mut conn = world.store.open();
    execute(&mut conn, "PRAGMA foreign_keys = OFF");
    execute(
        &mut conn,
        "CREATE TABLE reviews (address TEXT REFERENCES orders (address), who INT REFERENCES users (id))",
    );
    execute(&mut conn, "INSERT INTO reviews VALUES ('nowhere', 1)");
    drop(conn);
    let path = world.make_backup();
    world.botctl(&["backup", "verify", "--all"], 0);
    world.botctl(&["backup", "restore", "--yes", file_name(&path)], 0);
    let old = file_name(&world.make_backup()).to_owned();
    fs::copy(world.backup_folder().join(&old), world.cwd().join("somebodys.db")).unwrap();
    world.botctl(&["backup", "restore", "--yes", "./somebodys.db"], 0);
}

#[test]
fn full_disk_is_not_reported_as_damage() {
    let world = migrated_world(Backend::Sqlite);
    // Less than what SQLite makes beside an open database in WAL mode.
    let script = "ulimit -f 16; trap '' XFSZ; exec \"$0\" backup --json";
    let mut shell = Command::new("sh");
    let program = world.command(&[]).get_program().to_owned();
    shell.args(["-c", script]).arg(program).env_clear().env("DATABASE_PATH", world.database_file());
    shell.current_dir(world.cwd());
    let output = run_to_end(shell);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &document["error"]["code"]), (Some(1), &1.into()), "{document}");
    let hint = document["error"]["hint"].as_str().unwrap();
    assert!(document["error"]["message"].as_str().unwrap().contains("disk I/O error"), "{document}");
    assert!(hint.contains("df -h") && !document.to_string().contains("damaged"), "{document}");
    assert!(world.listed_backups().is_empty());
}

#[test]
fn damaged_indexes_get_the_reindex_hint() {
    let world = migrated_world(Backend::Sqlite);
    world.add_users(1..40);
    world.run_sql("CREATE INDEX extra ON users (telegram_id, created_at)");
    world.close_db();
    remove_cells(&world, "extra", 1);
    let output = said(&world.botctl(&["backup"], 3));
    assert!(output.contains("sqlite3 FILE REINDEX"), "{output}");
    world.run_sql("REINDEX");
    world.close_db();
    world.botctl(&["backup"], 0);
    assert_eq!(world.listed_backups()[0]["manifest"]["rows"]["users"], 39);
}

#[test]
fn damage_is_reported_before_row_counts() {
    let world = migrated_world(Backend::Sqlite);
    for statement in [
        "PRAGMA journal_mode = DELETE",
        "CREATE TABLE odd (a INTEGER, b TEXT)",
        "CREATE INDEX odd_b ON odd (b)",
        "INSERT INTO odd WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150)
         SELECT i, printf('%03d', i) FROM n",
    ] {
        world.run_sql(statement);
    }
    let (start, size) = world.db(|conn| first_leaf_page(conn, "odd_b"));
    let index = fs::read(world.database_file()).unwrap()[start..start + size].to_vec();
    for statement in [
        "INSERT INTO odd VALUES (151, '151')",
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET sql = 'CREATE TABLE odd (a INTEGER CHECK (a > 1000), b TEXT)' WHERE name = 'odd'",
    ] {
        world.run_sql(statement);
    }
    world.close_db();
    // So much is a matter of the program that wrote it.
    world.botctl(&["backup"], 0);
    // The write to the index got lost.
    let mut bytes = fs::read(world.database_file()).unwrap();
    bytes[start..start + size].copy_from_slice(&index);
    fs::write(world.database_file(), bytes).unwrap();
    let output = said(&world.botctl(&["backup"], 3));
    assert!(output.contains("wrong # of entries in index odd_b"), "{output}");
    world.botctl(&["backup", "verify"], 0);
}

#[test]
fn unknown_file_header_is_damage_with_a_hint() {
    let world = migrated_world(Backend::Sqlite);
    world.add_users(1..4);
    let good = world.make_backup();
    world.close_db();
    // The number of the schema's format ("Database File Format", 1.3.9).
    let mut bytes = fs::read(world.database_file()).unwrap();
    bytes[47] = 99;
    fs::write(world.database_file(), &bytes).unwrap();
    let output = said(&world.botctl(&["backup"], 3));
    assert!(output.contains("unsupported file format") && output.contains("backup restore"), "{output}");
    let document = world.run_json(&["backup", "restore", file_name(&good), "--yes"], 0);
    assert!(fs::read(document["data"]["kept_as"].as_str().unwrap()).unwrap() == bytes);
    assert_eq!(world.count_users(), 3);
}

#[test]
fn trial_restore_on_a_full_disk_leaves_nothing() {
    let world = migrated_world(Backend::Sqlite);
    world.make_backup();
    let mut shell = Command::new("/bin/sh");
    let program = env!("CARGO_BIN_EXE_botctl");
    shell.args(["-c", &format!("ulimit -f 64; exec {program} backup verify")]).env_clear();
    for (variable, value) in world.command(&[]).get_envs() {
        shell.env(variable, value.unwrap());
    }
    shell.current_dir(world.cwd()).stdin(Stdio::null());
    let output = run_to_end(shell);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(
        said(&output).contains("could not be verified") && said(&output).contains("ulimit -f"),
        "{}",
        said(&output)
    );
    assert_eq!(staging_dirs(&world.backup_folder()), Vec::<PathBuf>::new());
}

#[test]
fn a_damaged_archive_without_a_manifest_is_not_good() {
    let world = migrated_world(Backend::Sqlite);
    let packed = world.run_json(&["backup", "create", "--compress"], 0);
    let packed = world.cwd().join(packed["data"]["path"].as_str().unwrap());
    fs::remove_file(sidecar_path(&packed, ".json")).unwrap();
    let length = fs::metadata(&packed).unwrap().len();
    fs::OpenOptions::new().write(true).open(&packed).unwrap().set_len(length / 2).unwrap();
    let output = said(&world.botctl(&["backup", "restore", "--yes", file_name(&packed)], 3));
    assert!(output.contains("cannot be unpacked"), "{output}");
}
