//! What goes wrong: damaged databases and backups, somebody's files in the way, locks, a server without room.

use std::os::unix::fs::MetadataExt;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use rstest::rstest;

use super::*;

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

pub(super) fn words(conn: &mut botctl::db::AnyConnection, query: &str) -> Vec<String> {
    let found: Vec<Word> = match conn {
        botctl::db::AnyConnection::Sqlite(c) => diesel::sql_query(query).load(c),
        botctl::db::AnyConnection::Pg(c) => diesel::sql_query(query).load(c),
    }
    .unwrap();
    found.into_iter().map(|found| found.word).collect()
}

/// Where a page of a SQLite file is: the first leaf that this table or index has.
fn leaf(conn: &mut botctl::db::AnyConnection, name: &str) -> (usize, usize) {
    let query =
        format!("SELECT pageno AS number FROM dbstat WHERE name = '{name}' AND pagetype = 'leaf' LIMIT 1");
    let botctl::db::AnyConnection::Sqlite(conn) = conn else { panic!("not SQLite") };
    let page: Number = diesel::sql_query(query).get_result(conn).unwrap();
    let size: Number =
        diesel::sql_query("SELECT page_size AS number FROM pragma_page_size").get_result(conn).unwrap();
    let size = usize::try_from(size.number).unwrap();
    (usize::try_from(page.number - 1).unwrap() * size, size)
}

/// Takes cells off the end of a page, as a disk does that forgets a write.
fn shorten(world: &World, table: &str, cells: u8) {
    let mut conn = world.store.open();
    execute(&mut conn, "PRAGMA journal_mode = DELETE");
    let (start, _) = leaf(&mut conn, table);
    drop(conn);
    let mut bytes = fs::read(world.database()).unwrap();
    // Bytes 3 and 4 of a page are their number ("Database File Format", 1.6).
    bytes[start + 4] -= cells;
    fs::write(world.database(), bytes).unwrap();
}

fn flip(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

/// Changes what a manifest says.
fn rewrite(artifact: &Path, change: impl FnOnce(&mut Value)) {
    let manifest = beside(artifact, ".json");
    let mut known: Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    change(&mut known);
    fs::write(&manifest, known.to_string()).unwrap();
}

pub(super) fn migrated(backend: Backend) -> World {
    let world = resting().build(backend);
    world.botctl(&["migrate", "up"], 0);
    world
}

/// Puts a program of the client of PostgreSQL in front of the real one.
pub(super) fn with_tool(world: &World, program: &str, script: &str, arguments: &[&str]) -> Output {
    let tools = world.cwd().join("tools");
    fs::create_dir_all(&tools).unwrap();
    fs::write(tools.join(program), script).unwrap();
    fs::set_permissions(tools.join(program), fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = world.command(arguments);
    command.env("PATH", format!("{}:/usr/bin:/bin", tools.display()));
    run_to_end(command)
}

#[test]
fn what_cannot_be_counted_is_not_taken_for_nothing() {
    if !has_postgres() {
        return;
    }
    let world = migrated(Backend::Postgres);
    let old = world.backup();
    world.add_people(1..4);
    let mut other = world.store.open();
    execute(&mut other, "BEGIN");
    execute(&mut other, "LOCK TABLE audit_log IN ACCESS EXCLUSIVE MODE");
    let mut restore = world.command(&["backup", "restore", "--yes", name(&old)]);
    restore.env("DATABASE_URL", format!("{}?options=-c%20lock_timeout%3D200ms", world.store.url()));
    let output = run_to_end(restore);
    assert_eq!(output.status.code(), Some(5), "{}", said(&output));
    assert!(!said(&output).contains("nothing that can be read"), "{}", said(&output));
    execute(&mut other, "ROLLBACK");
    assert_eq!((world.people(), world.listed().len()), (3, 1));
    // How long a statement of the role may take is no reason either.
    let mut restore = world.command(&["backup", "restore", "--yes", name(&old)]);
    restore.env("DATABASE_URL", format!("{}?options=-c%20statement_timeout%3D2s", world.store.url()));
    assert_eq!(run_to_end(restore).status.code(), Some(0));
    assert_eq!(world.listed()[0]["manifest"]["rows"]["users"], 3);
}

#[test]
fn a_restore_that_waits_for_a_table_says_that_it_is_locked() {
    if !has_postgres() {
        return;
    }
    let world = migrated(Backend::Postgres);
    let old = world.backup();
    world.add_people(1..4);
    // Somebody who looks and does not go on.
    let mut other = world.store.open();
    for statement in ["BEGIN", "LOCK TABLE users IN ACCESS SHARE MODE"] {
        execute(&mut other, statement);
    }
    let output = said(&world.botctl(&["backup", "restore", "--yes", name(&old)], 5));
    assert!(output.contains("55P03") && output.contains("lock on a table"), "{output}");
    execute(&mut other, "ROLLBACK");
    assert_eq!(world.people(), 3);
}

#[test]
fn a_copy_that_may_lack_rows_is_not_made() {
    let world = migrated(Backend::Sqlite);
    world.run(
        "INSERT INTO outbox (chat_id, method, payload, state, due_at, created_at)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
         SELECT i, 'sendMessage', '{}', 'sent', '2026-01-01 00:00:00', '2026-01-01 00:00:00' FROM n",
    );
    world.close_db();
    let whole = world.backup();
    shorten(&world, "outbox", 5);
    let output = said(&world.botctl(&["backup"], 3));
    assert!(output.contains("is damaged: ") && output.contains("backup restore"), "{output}");
    assert!(output.contains(world.database().to_str().unwrap()), "{output}");
    assert_eq!(world.listed().len(), 1);
    let damaged = fs::read(world.database()).unwrap();
    let document = world.document(&["backup", "restore", name(&whole), "--yes"], 0);
    assert_eq!(document["data"]["before"], Value::Null);
    assert!(fs::read(document["data"]["set_aside"].as_str().unwrap()).unwrap() == damaged);
    world.botctl(&["backup"], 0);
    assert_eq!(world.listed()[0]["manifest"]["rows"]["outbox"], 3000);
}

#[test]
fn a_reference_to_what_is_no_key_is_no_damage() {
    let world = migrated(Backend::Sqlite);
    let mut conn = world.store.open();
    execute(&mut conn, "PRAGMA foreign_keys = OFF");
    execute(
        &mut conn,
        "CREATE TABLE reviews (address TEXT REFERENCES orders (address), who INT REFERENCES users (id))",
    );
    execute(&mut conn, "INSERT INTO reviews VALUES ('nowhere', 1)");
    drop(conn);
    let path = world.backup();
    world.botctl(&["backup", "verify", "--all"], 0);
    world.botctl(&["backup", "restore", "--yes", name(&path)], 0);
    let old = name(&world.backup()).to_owned();
    fs::copy(world.folder().join(&old), world.cwd().join("somebodys.db")).unwrap();
    world.botctl(&["backup", "restore", "--yes", "./somebodys.db"], 0);
}

#[test]
fn a_full_disk_is_no_damage() {
    let world = migrated(Backend::Sqlite);
    // Less than what SQLite makes beside a database in WAL mode whoever opens it.
    let script = "ulimit -f 16; trap '' XFSZ; exec \"$0\" backup --json";
    let mut shell = Command::new("sh");
    let program = world.command(&[]).get_program().to_owned();
    shell.args(["-c", script]).arg(program).env_clear().env("DATABASE_PATH", world.database());
    shell.current_dir(world.cwd());
    let output = run_to_end(shell);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &document["error"]["code"]), (Some(1), &1.into()), "{document}");
    let hint = document["error"]["hint"].as_str().unwrap();
    assert!(document["error"]["message"].as_str().unwrap().contains("disk I/O error"), "{document}");
    assert!(hint.contains("df -h") && !document.to_string().contains("damaged"), "{document}");
    assert!(world.listed().is_empty());
}

#[test]
fn of_damaged_indexes_the_hint_is_named() {
    let world = migrated(Backend::Sqlite);
    world.add_people(1..40);
    world.run("CREATE INDEX extra ON users (telegram_id, created_at)");
    world.close_db();
    shorten(&world, "extra", 1);
    let output = said(&world.botctl(&["backup"], 3));
    assert!(output.contains("sqlite3 FILE REINDEX"), "{output}");
    world.run("REINDEX");
    world.close_db();
    world.botctl(&["backup"], 0);
    assert_eq!(world.listed()[0]["manifest"]["rows"]["users"], 39);
}

#[test]
fn damage_is_not_hidden_behind_what_is_said_about_rows() {
    let world = migrated(Backend::Sqlite);
    for statement in [
        "PRAGMA journal_mode = DELETE",
        "CREATE TABLE odd (a INTEGER, b TEXT)",
        "CREATE INDEX odd_b ON odd (b)",
        "INSERT INTO odd WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150)
         SELECT i, printf('%03d', i) FROM n",
    ] {
        world.run(statement);
    }
    let (start, size) = world.db(|conn| leaf(conn, "odd_b"));
    let index = fs::read(world.database()).unwrap()[start..start + size].to_vec();
    for statement in [
        "INSERT INTO odd VALUES (151, '151')",
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET sql = 'CREATE TABLE odd (a INTEGER CHECK (a > 1000), b TEXT)' WHERE name = 'odd'",
    ] {
        world.run(statement);
    }
    world.close_db();
    // So much is a matter of the program that wrote it.
    world.botctl(&["backup"], 0);
    // The write to the index got lost.
    let mut bytes = fs::read(world.database()).unwrap();
    bytes[start..start + size].copy_from_slice(&index);
    fs::write(world.database(), bytes).unwrap();
    let output = said(&world.botctl(&["backup"], 3));
    assert!(output.contains("wrong # of entries in index odd_b"), "{output}");
    world.botctl(&["backup", "verify"], 0);
}

#[test]
fn a_header_that_nobody_knows_is_damage_with_a_way_out() {
    let world = migrated(Backend::Sqlite);
    world.add_people(1..4);
    let good = world.backup();
    world.close_db();
    // The number of the schema's format ("Database File Format", 1.3.9).
    let mut bytes = fs::read(world.database()).unwrap();
    bytes[47] = 99;
    fs::write(world.database(), &bytes).unwrap();
    let output = said(&world.botctl(&["backup"], 3));
    assert!(output.contains("unsupported file format") && output.contains("backup restore"), "{output}");
    let document = world.document(&["backup", "restore", name(&good), "--yes"], 0);
    assert!(fs::read(document["data"]["set_aside"].as_str().unwrap()).unwrap() == bytes);
    assert_eq!(world.people(), 3);
}

#[test]
fn pruning_reads_the_one_that_it_relies_on() {
    let world = migrated(Backend::Sqlite);
    let [oldest, good, bad] = [world.backup(), world.backup(), world.backup()];
    flip(&bad);
    let dry = world.document(&["backup", "prune", "--keep-last", "1", "--dry-run"], 0);
    let said = said(&world.botctl(&["backup", "prune", "--keep-last", "1"], 0));
    assert!(said.contains(&format!("kept {}: the last good one", name(&good))), "{said}");
    assert!(said.contains(&format!("kept {}: its bytes have changed", name(&bad))), "{said}");
    assert!(good.exists() && bad.exists() && !oldest.exists());
    assert_eq!(dry["data"]["removed"][0]["name"], name(&oldest));
    // Without any good one everything stays.
    flip(&good);
    world.botctl(&["backup", "prune", "--keep-days", "0"], 0);
    assert!(good.exists() && bad.exists());
}

#[rstest]
fn a_database_without_tables_is_not_backed_up(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = resting().build_or_skip(backend) else { return };
    world.botctl(&["migrate", "up"], 0);
    world.add_people(1..4);
    let good = world.backup();
    world.close_db();
    match &world.store {
        Store::Sqlite(path) => {
            fs::write(path, "").unwrap();
            for side in ["-wal", "-shm"] {
                let _removed = fs::remove_file(beside(path, side));
            }
        }
        Store::Postgres { .. } => {
            let mut conn = world.store.open();
            execute(&mut conn, "DROP SCHEMA public CASCADE");
            execute(&mut conn, "CREATE SCHEMA public");
        }
    }
    let output = said(&world.botctl(&["backup"], 3));
    assert!(output.contains("has no tables") && output.contains("DATABASE_URL"), "{output}");
    assert_eq!(world.listed().len(), 1);
    // One that an older botctl made is never the last good one.
    let empty = world.folder().join(name(&good).replace("bot_database_2", "bot_database_3"));
    fs::copy(&good, &empty).unwrap();
    fs::copy(beside(&good, ".json"), beside(&empty, ".json")).unwrap();
    rewrite(&empty, |known| {
        known["rows"] = serde_json::json!({});
        let now = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        known["created_at"] = now.into();
    });
    world.botctl(&["backup", "prune", "--keep-last", "1"], 0);
    assert!(good.exists());
    let restored = world.document(&["backup", "restore", "--yes", name(&good)], 0);
    assert_eq!(restored["data"]["before"], Value::Null);
    assert_eq!(world.people(), 3);
}

#[test]
fn a_link_that_looks_like_a_work_folder_leads_nowhere() {
    let world = migrated(Backend::Sqlite);
    let victim = world.cwd().join("victim");
    fs::create_dir_all(&victim).unwrap();
    fs::create_dir_all(world.folder()).unwrap();
    let (artifact, manifest) =
        ("bot_database_2026-01-01_00-00-00.db", "bot_database_2026-01-01_00-00-00.db.json");
    for (folder, file) in [(&world.folder(), artifact), (&victim, manifest), (&victim, "passwd.json")] {
        fs::write(folder.join(file), "somebody's").unwrap();
    }
    fs::write(world.folder().join("passwd"), "").unwrap();
    std::os::unix::fs::symlink(&victim, world.folder().join(".botctl-work-0000000000000000")).unwrap();
    world.botctl(&["backup"], 0);
    world.botctl(&["backup", "prune"], 0);
    assert_eq!(names(&victim), [manifest, "passwd.json"]);
    // Nor does it move what is no manifest of ours.
    let work = world.folder().join(".botctl-work-0000000000000001");
    fs::create_dir(&work).unwrap();
    fs::write(work.join("passwd.json"), "").unwrap();
    world.botctl(&["backup", "prune"], 0);
    assert!(!work.exists() && !world.folder().join("passwd.json").exists());
}

#[test]
fn a_trial_that_does_not_fit_leaves_nothing() {
    let world = migrated(Backend::Sqlite);
    world.backup();
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
        said(&output).contains("could not be tried") && said(&output).contains("ulimit -f"),
        "{}",
        said(&output)
    );
    assert_eq!(works(&world.folder()), Vec::<PathBuf>::new());
}

#[test]
fn what_cannot_be_looked_at_is_neither_bad_nor_gone() {
    let world = migrated(Backend::Sqlite);
    world.add_people(1..4);
    let [hidden, looped, old, good] = [world.backup(), world.backup(), world.backup(), world.backup()];
    // Anybody may read everything when tests run as root; these cannot be read by anybody.
    let manifest = beside(&hidden, ".json");
    fs::rename(&manifest, world.cwd().join("kept.json")).unwrap();
    fs::create_dir(&manifest).unwrap();
    fs::rename(&looped, world.cwd().join("kept.db")).unwrap();
    std::os::unix::fs::symlink(&looped, &looped).unwrap();
    let state = |path: &Path| {
        let of =
            world.listed().into_iter().find(|shown| shown["path"].as_str().unwrap().ends_with(name(path)));
        of.unwrap()["state"].as_str().unwrap().to_owned()
    };
    assert!(state(&hidden).starts_with("cannot be read: "), "{}", state(&hidden));
    assert!(state(&looped).starts_with("cannot be read: "), "{}", state(&looped));
    // Those that can be tried are tried.
    let document = world.document(&["backup", "verify", "--all"], 1);
    let tried = document["data"]["backups"].as_array().unwrap();
    assert_eq!(tried.len(), 4);
    assert_eq!(tried.iter().filter(|tried| tried["good"] == true).count(), 2, "{document}");
    assert_eq!(tried.iter().filter(|tried| tried["good"].is_null() && tried["error"].is_string()).count(), 2);
    flip(&good);
    let document = world.document(&["backup", "verify", "--all"], 3);
    assert_eq!(document["data"]["backups"].as_array().unwrap().len(), 4);
    flip(&good);
    // Nothing of them goes.
    for path in [&looped, &old] {
        rewrite(path, |known| known["created_at"] = "2020-01-01T00:00:00.000000Z".into());
    }
    let text = said(&world.botctl(&["backup", "prune", "--keep-last", "1"], 0));
    assert!(
        hidden.exists() && looped.symlink_metadata().is_ok() && beside(&looped, ".json").exists(),
        "{text}"
    );
    assert!(!old.exists(), "{text}");
    assert!(
        said(&world.botctl(&["backup", "restore", "--yes", name(&hidden)], 1))
            .contains("allow this user to read")
    );
    // A manifest that says nothing keeps nobody from what is beside it.
    fs::write(beside(&good, ".json"), "{").unwrap();
    world.run("DELETE FROM users");
    world.close_db();
    let output = said(&world.botctl(&["backup", "restore", "--yes", name(&good)], 3));
    assert!(output.contains(&format!("move backups/{}.json away", name(&good))), "{output}");
    fs::remove_file(beside(&good, ".json")).unwrap();
    world.botctl(&["backup", "restore", "--yes", name(&good)], 0);
    assert_eq!(world.people(), 3);
}

#[test]
fn one_of_tomorrow_does_not_come_before_all_others() {
    let world = migrated(Backend::Sqlite);
    let (tomorrow, today) = (world.backup(), world.backup());
    rewrite(&tomorrow, |known| known["created_at"] = "2099-01-01T00:00:00.000000Z".into());
    let tried = world.document(&["backup", "verify"], 0);
    assert!(tried["data"]["backups"][0]["path"].as_str().unwrap().ends_with(name(&today)), "{tried}");
}

#[test]
fn what_a_restore_that_died_left_is_cleared_by_backup_and_prune() {
    let world = migrated(Backend::Sqlite);
    for command in [&["backup"][..], &["backup", "prune"]] {
        let left = world.database_folder().join(".botctl-work-0000000000000000");
        fs::create_dir(&left).unwrap();
        fs::write(left.join("restored"), "a copy").unwrap();
        world.botctl(command, 0);
        assert_eq!(works(world.database_folder()), Vec::<PathBuf>::new(), "{command:?}");
    }
}

#[test]
fn a_damaged_archive_without_a_manifest_is_not_good() {
    let world = migrated(Backend::Sqlite);
    let packed = world.document(&["backup", "create", "--compress"], 0);
    let packed = world.cwd().join(packed["data"]["path"].as_str().unwrap());
    fs::remove_file(beside(&packed, ".json")).unwrap();
    let length = fs::metadata(&packed).unwrap().len();
    fs::OpenOptions::new().write(true).open(&packed).unwrap().set_len(length / 2).unwrap();
    let output = said(&world.botctl(&["backup", "restore", "--yes", name(&packed)], 3));
    assert!(output.contains("cannot be unpacked"), "{output}");
}

#[test]
fn a_restore_during_a_migration_names_a_hint_that_it_has() {
    let world = migrated(Backend::Sqlite);
    let path = world.backup();
    let url = world.store.url().parse().unwrap();
    let _lock = botctl::db::lock::for_migrating(&url, PATIENCE).unwrap();
    let output = said(&world.botctl(&["backup", "restore", "--yes", name(&path)], 5));
    assert!(output.contains("wait until it is done") && !output.contains("--lock-timeout"), "{output}");
}

#[test]
fn what_root_makes_in_somebodys_folder_is_theirs() {
    let world = migrated(Backend::Sqlite);
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return;
    }
    let nobody = 65_534;
    std::os::unix::fs::chown(world.cwd(), Some(nobody), Some(nobody)).unwrap();
    let path = world.backup();
    let folder = world.folder();
    for made in [&folder, &folder.join(".botctl-lock"), &path, &beside(&path, ".json")] {
        let facts = fs::metadata(made).unwrap();
        assert_eq!((facts.uid(), facts.gid()), (nobody, nobody), "{}", made.display());
    }
    world.botctl(&["backup", "verify"], 0);
    for command in
        [&["--database-url", "new.db", "migrate", "up"][..], &["migrate", "transfer", "--to", "moved.db"]]
    {
        world.botctl(command, 0);
    }
    for made in ["new.db", "moved.db"] {
        let facts = fs::metadata(world.cwd().join(made)).unwrap();
        assert_eq!((facts.uid(), facts.gid(), facts.mode() & 0o777), (nobody, nobody, 0o600), "{made}");
    }
}

#[test]
fn a_database_behind_a_link_to_nothing_is_private_too() {
    let world = resting().build(Backend::Sqlite);
    std::os::unix::fs::symlink("target.db", world.cwd().join("link.db")).unwrap();
    world.botctl(&["--database-url", "link.db", "migrate", "up"], 0);
    let facts = fs::symlink_metadata(world.cwd().join("target.db")).unwrap();
    assert_eq!(facts.mode() & 0o777, 0o600);
}

#[test]
fn an_archive_that_lost_a_byte_before_its_checksum_is_not_good() {
    use sha2::Digest as _;
    if !has_postgres() {
        return;
    }
    let world = migrated(Backend::Postgres);
    let path = world.backup();
    let length = fs::metadata(&path).unwrap().len();
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(length - 40).unwrap();
    let bytes = fs::read(&path).unwrap();
    rewrite(&path, |known| {
        known["size"] = bytes.len().into();
        let sum = sha2::Sha256::digest(&bytes);
        known["sha256"] = sum.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}")).into();
    });
    let output = said(&world.botctl(&["backup", "restore", "--yes", name(&path)], 3));
    assert!(output.contains("it cannot be read"), "{output}");
    world.botctl(&["backup", "verify"], 3);
    // The disk changes what pg_dump wrote.
    let script = "#!/bin/sh\n/usr/bin/pg_dump \"$@\" || exit\nfor last; do :; done\n\
        [ \"$1\" = --version ] || truncate --size=-40 \"$last\"\n";
    let listed = world.listed().len();
    let output = with_tool(&world, "pg_dump", script, &["backup"]);
    assert_ne!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(world.listed().len(), listed);
}

#[test]
fn a_server_without_room_says_nothing_about_a_backup() {
    if !has_postgres() {
        return;
    }
    let world = migrated(Backend::Postgres);
    world.backup();
    let script = "#!/bin/sh\ncase \"$*\" in *--exit-on-error*)\n\
        echo 'pg_restore: error: connection to server failed: FATAL:  too many connections for database' >&2; exit 1;;\n\
        esac\nexec /usr/bin/pg_restore \"$@\"\n";
    let output = with_tool(&world, "pg_restore", script, &["backup", "verify"]);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(said(&output).contains("could not be tried"), "{}", said(&output));
    world.botctl(&["backup", "verify"], 0);
}

#[test]
fn scratch_databases_of_the_dead_go_and_those_of_the_living_stay() {
    if !has_postgres() {
        return;
    }
    let world = migrated(Backend::Postgres);
    let mut conn = world.store.open();
    let oid =
        words(&mut conn, "SELECT oid::text AS word FROM pg_database WHERE datname = current_database()");
    let scratch = |which: &str| format!("botctl_scratch_{}_{which}", oid[0]);
    for which in ["dead", "living"] {
        execute(&mut conn, &format!("CREATE DATABASE {}", scratch(which)));
    }
    execute(&mut conn, &format!("SELECT pg_advisory_lock(hashtextextended('{}', 0))", scratch("living")));
    let mut other = world.store.open();
    let mut left = || {
        let query = format!(
            "SELECT datname::text AS word FROM pg_database WHERE starts_with(datname, '{}')",
            scratch("")
        );
        words(&mut other, &query)
    };
    world.backup();
    assert_eq!(left(), [scratch("living")]);
    let both = [start(world.command(&["backup", "verify"])), start(world.command(&["backup", "verify"]))];
    for child in both {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    }
    assert_eq!(left(), [scratch("living")]);
    drop(conn);
    world.backup();
    assert_eq!(left(), Vec::<String>::new());
}
