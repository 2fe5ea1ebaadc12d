//! `backup`: made beside a running bot, tried out, put back, removed; with kills, full disks and damaged files.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Instant;

use serde_json::Value;

mod postgres;
mod trouble;

use rstest::rstest;

use crate::world::{
    Backend, PATIENCE, Setup, Store, World, empty, execute, has_postgres, run_to_end, said, staffed,
};

/// Without anybody running, with a folder for backups.
fn resting() -> Setup {
    empty().stopped().with("BACKUP_DIR", "backups").with("PATH", "/usr/bin:/bin")
}

impl World {
    fn folder(&self) -> PathBuf {
        self.cwd().join("backups")
    }

    fn botctl(&self, arguments: &[&str], code: i32) -> Output {
        let output = run_to_end(self.command(arguments));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", said(&output));
        output
    }

    /// The data of the document that a command prints.
    fn document(&self, arguments: &[&str], code: i32) -> Value {
        let output = self.botctl(&[arguments, &["--json"]].concat(), code);
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["ok"], code == 0, "{document}");
        document
    }

    /// Makes a backup and returns its path.
    fn backup(&self) -> PathBuf {
        let made = self.document(&["backup"], 0);
        self.cwd().join(made["data"]["path"].as_str().unwrap())
    }

    fn listed(&self) -> Vec<Value> {
        self.document(&["backup", "list"], 0)["data"]["backups"].as_array().unwrap().clone()
    }

    fn run(&self, statement: &str) {
        self.db(|conn| execute(conn, statement));
    }

    /// How many people the database has, asked on a connection of its own.
    fn people(&self) -> i64 {
        use diesel::prelude::*;
        let mut conn = self.store.open();
        botctl::db::schema::users::table.count().get_result(&mut conn).unwrap()
    }

    fn add_people(&self, ids: std::ops::Range<i64>) {
        let mut conn = self.store.open();
        for id in ids {
            execute(
                &mut conn,
                &format!("INSERT INTO users (telegram_id, created_at) VALUES ({id}, '2026-01-01 00:00:00')"),
            );
        }
    }

    /// Enough for a backup to take a while.
    fn grow(&self) {
        let mut conn = self.store.open();
        execute(
            &mut conn,
            "INSERT INTO audit_log (action, details, timestamp)
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120)
             SELECT 'x', hex(randomblob(50000)), '2026-01-01 00:00:00' FROM n",
        );
    }

    fn database(&self) -> PathBuf {
        let Store::Sqlite(path) = &self.store else { panic!("asked for SQLite") };
        path.clone()
    }
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Names in a folder, sorted, without the lock.
fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let names: BTreeSet<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.into_iter().filter(|name| name != ".botctl-lock").collect()
}

/// Work folders of runs, dead or alive.
fn works(folder: &Path) -> Vec<PathBuf> {
    let works = names(folder).into_iter().filter(|name| name.starts_with(".botctl-work-"));
    works.map(|name| folder.join(name)).collect()
}

/// Waits for a file to come up.
fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what} did not come");
        std::thread::yield_now();
    }
}

fn start(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn signal(child: &Child, name: &str) {
    let sent =
        Command::new("/bin/sh").args(["-c", &format!("kill -{name} {}", child.id())]).status().unwrap();
    assert!(sent.success());
}

#[rstest]
fn a_backup_is_made_beside_the_bot_and_put_back_when_it_is_stopped(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) =
        staffed().with("BACKUP_DIR", "backups").with("PATH", "/usr/bin:/bin").build_or_skip(backend)
    else {
        return;
    };
    let people = world.people();
    let path = world.backup();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(world.folder()).unwrap().permissions().mode() & 0o777, 0o700);
    let listed = &world.listed()[0];
    assert_eq!((&listed["state"], &listed["manifest"]["reason"]), (&"good".into(), &"manual".into()));
    assert_eq!(listed["manifest"]["rows"]["users"], people);
    assert_eq!(listed["manifest"]["schema"], "20261122000000");
    world.botctl(&["backup", "list", "--check"], 0);
    let verified = world.document(&["backup", "verify"], 0);
    assert_eq!(verified["data"]["backups"][0]["restored"], true, "{verified}");
    assert_eq!(verified["data"]["backups"][0]["rows"]["users"], people);
    // The bot would lose its database under its feet.
    world.botctl(&["backup", "restore", name(&path), "--yes"], 5);
    assert_eq!(world.terminate(), 0);
    world.close_db();
    world.add_people(50_000..50_010);
    // Nobody is there to say yes.
    world.botctl(&["backup", "restore", name(&path)], 6);
    assert_eq!(world.people(), people + 10);
    let restored = world.document(&["backup", "restore", path.to_str().unwrap(), "--yes"], 0);
    assert_eq!(world.people(), people);
    world.botctl(&["migrate", "status", "--check"], 0);
    // What was there is not lost.
    let before = restored["data"]["before"].as_str().unwrap();
    let newest = &world.listed()[0];
    assert_eq!((&newest["path"], &newest["manifest"]["reason"]), (&before.into(), &"before-restore".into()));
    world.botctl(&["backup", "restore", name(Path::new(before)), "--yes"], 0);
    assert_eq!(world.people(), people + 10);
    world.start();
    world.dispatcher().says("/start").hears("Дарья");
    assert_eq!(works(&world.folder()), Vec::<PathBuf>::new());
    assert_eq!(works(world.database_folder()), Vec::<PathBuf>::new());
}

#[rstest]
fn a_database_of_the_old_bot_is_backed_up_as_it_is(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = resting().build_or_skip(backend) else { return };
    for statement in [
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)",
        "CREATE TABLE masters (id INTEGER PRIMARY KEY, \"user\" INTEGER)",
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, \"a \"\"name\" TEXT)",
        "CREATE TABLE \"odd \"\"table's\" (id INTEGER)",
        "INSERT INTO users VALUES (1, 'made up')",
        "INSERT INTO \"odd \"\"table's\" VALUES (1), (2)",
    ] {
        world.run(statement);
    }
    if let Store::Sqlite(_) = world.store {
        world.run("PRAGMA foreign_keys = OFF");
        world.run("CREATE TABLE calls (id INTEGER PRIMARY KEY, master INTEGER REFERENCES masters (id))");
        world.run("INSERT INTO calls VALUES (1, 77)");
    }
    let path = world.backup();
    let manifest = &world.listed()[0]["manifest"];
    assert_eq!((&manifest["schema"], &manifest["rows"]["odd \"table's"]), (&Value::Null, &2.into()));
    let broken = i32::from(matches!(world.store, Store::Sqlite(_)));
    assert_eq!(manifest["broken_references"], broken);
    world.botctl(&["backup", "verify"], 0);
    world.run("DELETE FROM \"odd \"\"table's\"");
    world.botctl(&["backup", "restore", name(&path), "--yes"], 0);
    assert!(said(&world.botctl(&["backup"], 0)).contains("rows in"));
    assert_eq!(world.listed()[0]["manifest"]["rows"], *manifest.get("rows").unwrap());
}

#[rstest]
fn a_backup_of_a_newer_botctl_is_not_put_back(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = resting().build_or_skip(backend) else { return };
    world.botctl(&["migrate", "up"], 0);
    world.run("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')");
    let path = world.backup();
    world.run("DELETE FROM __diesel_schema_migrations WHERE version = '29990101000000'");
    let output = world.botctl(&["backup", "restore", name(&path), "--yes"], 3);
    assert!(said(&output).contains("newer botctl"), "{}", said(&output));
    world.botctl(&["migrate", "status", "--check"], 0);
}

#[rstest]
fn a_flipped_byte_is_found_and_nothing_is_written_to_the_backup(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = resting().build_or_skip(backend) else { return };
    world.botctl(&["migrate", "up"], 0);
    let (good, bad) = (world.backup(), world.backup());
    let mut bytes = fs::read(&bad).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&bad, &bytes).unwrap();
    let times = [&good, &bad].map(|path| fs::metadata(path).unwrap().modified().unwrap());
    let output = world.botctl(&["backup", "verify", "--all"], 3);
    let (good_name, bad_name) = (name(&good), name(&bad));
    let said = said(&output);
    assert!(said.contains(&format!("{bad_name}: NOT GOOD")), "{said}");
    assert!(said.contains(&format!("{good_name}: good, restored")), "{said}");
    let document = world.document(&["backup", "verify", bad_name], 3);
    assert_eq!(document["data"]["backups"][0]["good"], false);
    world.botctl(&["backup", "verify", good_name], 0);
    world.botctl(&["backup", "restore", bad_name, "--yes"], 3);
    assert_eq!(fs::read(&bad).unwrap(), bytes);
    assert_eq!([&good, &bad].map(|path| fs::metadata(path).unwrap().modified().unwrap()), times);
    assert_eq!(works(&world.folder()), Vec::<PathBuf>::new());
    world.botctl(&["migrate", "status", "--check"], 0);
}

#[rstest]
fn two_at_once_both_make_one(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = resting().build_or_skip(backend) else { return };
    world.botctl(&["migrate", "up"], 0);
    let both = [start(world.command(&["backup"])), start(world.command(&["backup"]))];
    for child in both {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    }
    let listed = world.listed();
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().all(|backup| backup["state"] == "good"));
    world.botctl(&["backup", "verify", "--all"], 0);
}

impl World {
    fn database_folder(&self) -> &Path {
        match &self.store {
            Store::Sqlite(path) => path.parent().unwrap(),
            Store::Postgres { .. } => Path::new("/nonexistent"),
        }
    }
}

#[test]
fn what_is_there_can_be_seen_without_reading_it_all() {
    let world = resting().build(Backend::Sqlite);
    assert_eq!(said(&world.botctl(&["backup", "list"], 0)), "no backups in backups\n");
    assert!(said(&world.botctl(&["backup", "list", "--check"], 3)).contains("there is no good backup"));
    world.botctl(&["backup", "verify"], 3);
    world.botctl(&["backup", "prune"], 0);
    assert!(!world.folder().exists(), "looking made it");
    world.botctl(&["migrate", "up"], 0);
    let [missing, short, unreadable] = [world.backup(), world.backup(), world.backup()];
    let packed = world.document(&["backup", "create", "--compress"], 0);
    assert!(packed["data"]["path"].as_str().unwrap().ends_with(".db.zst"));
    fs::remove_file(&missing).unwrap();
    fs::write(&short, "short").unwrap();
    fs::write(beside(&unreadable, ".json"), "{").unwrap();
    // Without a manifest it does not count, whatever it is called.
    fs::write(world.folder().join("bot_database_2020-01-01_00-00-00.db"), "somebody's").unwrap();
    let state = |path: &Path| {
        let all = world.listed();
        let of = all.into_iter().find(|shown| shown["path"].as_str().unwrap().ends_with(name(path)));
        of.unwrap()["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(state(&missing), "file missing");
    assert_eq!(state(&short), "wrong size");
    assert_eq!(state(&unreadable), "manifest unreadable");
    assert_eq!(world.listed().len(), 4);
    let text = said(&world.botctl(&["backup", "list", "--check", "--max-age", "1h"], 0));
    let words: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(words[0], ["NAME", "AGE", "SIZE", "REASON", "STATE"]);
    assert!(["s", "min"].contains(&words[1][2]) && words[1].last() == Some(&"good"), "{text}");
    let (note, table) = words.split_last().unwrap();
    assert_eq!((table.len(), note[..3].join(" ")), (5, format!("of {}, schema", world.store.url())));
    // But for the row whose manifest cannot be read, which says why.
    assert_eq!(text.lines().take(5).filter(|line| line.len() < 80).count(), 4, "{text}");
    assert!(said(&world.botctl(&["backup", "list", "--check", "--max-age", "0s"], 3)).contains("old"));
    world.botctl(&["backup", "list", "--check", "--max-age", "soon"], 2);
    let output = said(&world.botctl(&["backup", "verify", "--all"], 3));
    assert_eq!(output.matches("NOT GOOD").count(), 3, "{output}");
    // The compressed one can be put back like the others.
    let packed = packed["data"]["path"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    world.add_people(1..5);
    world.botctl(&["backup", "restore", &packed, "--yes"], 0);
    assert_eq!(world.people(), 0);
    let unknown = said(&world.botctl(&["backup", "restore", "nothing.db", "--yes"], 1));
    assert!(unknown.contains("backup list"), "{unknown}");
}

#[rstest]
fn a_backup_of_another_database_does_not_count_as_one_of_this(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = resting().build_or_skip(backend) else { return };
    let folder = tempfile::tempdir().unwrap();
    let trial = folder.path().join("trial.db");
    let trial = trial.to_str().unwrap();
    for url in [&world.store.url(), trial] {
        world.botctl(&["--database-url", url, "migrate", "up"], 0);
    }
    world.add_people(1..4);
    world.botctl(&["--database-url", trial, "backup"], 0);
    let no_good =
        |output: Output| assert!(said(&output).contains("there is no good backup of"), "{}", said(&output));
    no_good(world.botctl(&["backup", "list", "--check"], 3));
    world.botctl(&["--database-url", trial, "backup", "list", "--check"], 0);
    let wanted = |world: &World| {
        let status = world.document(&["status"], 3);
        status["data"]["attention"].to_string().contains("no backup in the last 26 hours")
    };
    assert!(wanted(&world));
    assert_eq!(world.document(&["status"], 3)["data"]["last_backup"], Value::Null);
    let checked = said(&run_to_end(world.command(&["config", "check"])));
    assert!(checked.contains("there is no good backup of"), "{checked}");

    let ours = world.backup();
    assert!(!wanted(&world));
    assert!(!said(&run_to_end(world.command(&["config", "check"]))).contains("there is no good backup of"));
    world.botctl(&["backup", "list", "--check"], 0);
    // Each row says of which.
    let listed = said(&world.botctl(&["backup", "list"], 0));
    let row = |name: &str| listed.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    let trial_name = Path::new(trial).canonicalize().unwrap();
    assert!(!row(name(&ours)).contains(trial_name.to_str().unwrap()), "{listed}");
    assert!(listed.contains(trial_name.to_str().unwrap()), "{listed}");
    // Each has its own last two.
    world.backup();
    world.botctl(&["--database-url", trial, "backup"], 0);
    world.botctl(&["backup", "prune", "--keep-last", "2"], 0);
    assert!(ours.exists());
    // Whoever puts one in the place of the other is told.
    if matches!(world.store, crate::world::Store::Sqlite(_)) {
        let asked = said(&world.botctl(&["--database-url", trial, "backup", "restore", name(&ours)], 6));
        assert!(asked.contains("it is a backup of another database than"), "{asked}");
        let asked = said(&world.botctl(&["backup", "restore", name(&ours)], 6));
        assert!(asked.contains("(manual) of ") && !asked.contains("another database"), "{asked}");
    }
}

/// By a link, by a relative path, with a scheme, and after the folder has moved.
#[test]
fn a_database_with_another_name_has_its_backups_all_the_same() {
    let world = resting().build(Backend::Sqlite);
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
fn a_backup_is_one_file_with_what_is_in_the_log_beside_the_database() {
    let world = resting().build(Backend::Sqlite);
    world.botctl(&["migrate", "up"], 0);
    let mut held = world.store.open();
    execute(&mut held, "PRAGMA journal_mode = WAL");
    execute(&mut held, "INSERT INTO users (telegram_id, created_at) VALUES (7, '2026-01-01 00:00:00')");
    let Store::Sqlite(database) = &world.store else { unreachable!() };
    assert_ne!(fs::metadata(beside(database, "-wal")).unwrap().len(), 0);
    let path = world.backup();
    drop(held);
    // The file format's version numbers: 1 is a database that is alone in its file.
    assert_eq!(fs::read(&path).unwrap()[18..20], [1, 1]);
    assert_eq!(world.listed()[0]["manifest"]["rows"]["users"], 1);
    world.botctl(&["backup", "verify"], 0);
}

#[test]
fn damage_outside_of_the_rows_does_not_get_into_a_backup() {
    let world = resting().build(Backend::Sqlite);
    world.botctl(&["migrate", "up"], 0);
    world.add_people(1..4);
    let whole = world.backup();
    let mut conn = world.store.open();
    for statement in [
        "CREATE INDEX extra ON users (first_name)",
        "PRAGMA writable_schema = ON",
        // Its pages belong to nobody from now on.
        "DELETE FROM sqlite_schema WHERE name = 'extra'",
    ] {
        execute(&mut conn, statement);
    }
    drop(conn);
    let output = said(&world.botctl(&["backup"], 0));
    assert!(output.contains("the database is damaged") && output.contains("never used"), "{output}");
    let listed = &world.listed()[0];
    assert_eq!(listed["manifest"]["rows"]["users"], 3);
    assert!(listed["manifest"]["repaired"][0].as_str().unwrap().contains("never used"), "{listed}");
    assert!(said(&world.botctl(&["backup", "list"], 0)).contains("good, of a damaged database"));
    world.botctl(&["backup", "verify"], 0);
    // Nothing else is done with such a database.
    let output = said(&world.botctl(&["migrate", "redo", "--yes"], 3));
    assert!(output.contains("never used") && output.contains("backup restore"), "{output}");
    assert_eq!(world.people(), 3);
    world.close_db();
    // The one of the whole database stays, however few are to be kept.
    world.botctl(&["backup", "prune", "--keep-last", "1"], 0);
    assert!(whole.exists());
    let path = world.folder().join(world.listed()[0]["path"].as_str().unwrap().rsplit('/').next().unwrap());
    let damaged = fs::read(world.database()).unwrap();
    let restored = world.document(&["backup", "restore", name(&path), "--yes"], 0);
    // All but the page whose header says how its log is kept.
    let aside = fs::read(restored["data"]["set_aside"].as_str().unwrap()).unwrap();
    assert!(aside[4096..] == damaged[4096..]);
    assert!(restored["data"]["before"].is_string(), "{restored}");
    let output = said(&world.botctl(&["backup"], 0));
    assert!(!output.contains("damaged"), "{output}");
    assert_eq!(world.people(), 3);
}

/// Waits until a process has a file open.
fn has_open(child: &Child, path: &Path) {
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
fn what_is_written_while_a_restore_makes_its_backup_is_not_lost() {
    let world = resting().build(Backend::Sqlite);
    world.botctl(&["migrate", "up"], 0);
    let path = world.backup();
    // Another run works on the folder, so the restore waits with its own backup.
    let folder = fs::File::open(world.folder().join(".botctl-lock")).unwrap();
    folder.lock().unwrap();
    let child = start(world.command(&["backup", "restore", name(&path), "--yes"]));
    has_open(&child, &world.folder().join(".botctl-lock"));
    world.add_people(1..4);
    folder.unlock().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", said(&output));
    assert_eq!(world.people(), 3);
    world.botctl(&["backup", "restore", name(&path), "--yes"], 0);
    assert_eq!((world.people(), &world.listed()[0]["manifest"]["rows"]["users"]), (0, &3.into()));
}

#[test]
fn nothing_is_changed_while_the_database_is_replaced() {
    let world = staffed().stopped().build(Backend::Sqlite);
    world.botctl(&["migrate", "up"], 0);
    world.add_people(7..8);
    let Store::Sqlite(database) = &world.store else { unreachable!() };
    let url = database.display().to_string().parse().unwrap();
    let lock = botctl::db::lock::for_migrating(&url, PATIENCE).unwrap();
    let output = said(&world.botctl(&["users", "grant", "7", "DISPATCHER"], 5));
    assert!(output.contains("another run"), "{output}");
    drop(lock);
    let shown = world.document(&["users", "show", "7"], 0).to_string();
    assert!(!shown.contains("DISPATCHER"), "{shown}");
    world.botctl(&["users", "grant", "7", "DISPATCHER"], 0);
}

#[test]
fn a_copy_whose_changes_are_still_in_its_log_is_not_put_back_without_them() {
    let world = resting().build(Backend::Sqlite);
    world.botctl(&["migrate", "up"], 0);
    let copy = world.cwd().join("copy.db");
    let Store::Sqlite(database) = &world.store else { unreachable!() };
    let mut held = world.store.open();
    execute(&mut held, "PRAGMA journal_mode = WAL");
    execute(&mut held, "INSERT INTO users (telegram_id, created_at) VALUES (7, '2026-01-01 00:00:00')");
    fs::copy(database, &copy).unwrap();
    fs::copy(beside(database, "-wal"), beside(&copy, "-wal")).unwrap();
    drop(held);
    world.run("DELETE FROM users");
    world.close_db();
    let copied = copy.to_str().unwrap();
    let output = said(&world.botctl(&["backup", "restore", copied, "--yes"], 3));
    assert!(output.contains("copy.db-wal holds changes"), "{output}");
    // As it says there.
    let mut conn = botctl::db::connection::open(&copied.parse().unwrap()).unwrap();
    botctl::db::connection::allow_writing(&mut conn).unwrap();
    execute(&mut conn, "PRAGMA journal_mode = DELETE");
    drop(conn);
    world.botctl(&["backup", "restore", copied, "--yes"], 0);
    assert_eq!(world.people(), 1);
}

#[test]
fn a_database_whose_writer_died_is_read_as_it_was_before() {
    let world = resting().build(Backend::Sqlite);
    world.botctl(&["migrate", "up"], 0);
    world.grow();
    let Store::Sqlite(database) = &world.store else { unreachable!() };
    let mut held = world.store.open();
    for statement in
        ["PRAGMA journal_mode = DELETE", "PRAGMA cache_size = 1", "BEGIN IMMEDIATE", "DELETE FROM audit_log"]
    {
        execute(&mut held, statement);
    }
    let half_done = ["", "-journal"].map(|side| fs::read(beside(database, side)).unwrap());
    assert!(!half_done[1].is_empty());
    execute(&mut held, "COMMIT");
    drop(held);
    fs::write(database, &half_done[0]).unwrap();
    fs::write(beside(database, "-journal"), &half_done[1]).unwrap();
    world.botctl(&["migrate", "status", "--check"], 0);
    assert_eq!(world.listed().len(), 0);
    world.backup();
    assert_eq!(world.listed()[0]["manifest"]["rows"]["audit_log"], 120);
}

#[test]
fn a_link_to_a_database_leads_to_the_same_locks() {
    let world = staffed().build(Backend::Sqlite);
    let Store::Sqlite(database) = &world.store else { unreachable!() };
    std::os::unix::fs::symlink(database, world.cwd().join("link.db")).unwrap();
    for arguments in [&["serve"][..], &["migrate", "down", "--yes"], &["migrate", "redo", "--yes"]] {
        let mut command = world.command(arguments);
        command.env("DATABASE_URL", "link.db").env("DATABASE_PATH", "link.db");
        let output = run_to_end(command);
        assert_eq!(output.status.code(), Some(5), "{arguments:?}: {}", said(&output));
    }
    world.dispatcher().says("/start").hears("Дарья");
}

#[test]
fn a_backup_that_does_not_fit_leaves_nothing() {
    let world = resting().build(Backend::Sqlite);
    world.botctl(&["migrate", "up"], 0);
    let good = world.backup();
    let before = names(&world.folder());
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
        assert_eq!(names(&world.folder()), before);
    }
    // Nor does a restore that has no room touch the database.
    world.add_people(1..4);
    let output = limited(&format!("backup restore {} --yes", name(&good)));
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert_eq!(world.people(), 3);
    assert_eq!(works(world.database_folder()), Vec::<PathBuf>::new());
    world.botctl(&["backup"], 0);
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    let world = resting().with("BACKUP_DIR", "a-file/backups").build(Backend::Sqlite);
    world.botctl(&["migrate", "up"], 0);
    fs::write(world.cwd().join("a-file"), "").unwrap();
    let output = said(&world.botctl(&["backup"], 1));
    assert!(output.contains("a-file/backups") && output.contains("BACKUP_DIR"), "{output}");
    let world = resting().build(Backend::Sqlite);
    world.botctl(&["backup"], 4);
    assert!(!world.database().exists() && !world.folder().exists(), "looking made it");
}

#[test]
fn a_kill_leaves_nothing_listed_and_the_next_run_clears_up() {
    let world = resting().build(Backend::Sqlite);
    world.botctl(&["migrate", "up"], 0);
    world.grow();
    let mut child = start(world.command(&["backup"]));
    wait_for("the copy", || works(&world.folder()).pop().filter(|work| work.join("copy").exists()));
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().code(), None, "it was over before the kill");
    assert_eq!(works(&world.folder()).len(), 1);
    assert!(world.listed().is_empty());
    world.botctl(&["backup"], 0);
    assert_eq!(works(&world.folder()), Vec::<PathBuf>::new());
    assert_eq!(world.listed().len(), 1);
}

#[test]
fn a_run_that_died_with_only_the_manifest_to_place_is_finished() {
    let world = resting().build(Backend::Sqlite);
    world.botctl(&["migrate", "up"], 0);
    let path = world.backup();
    let work = world.folder().join(".botctl-work-0000000000000000");
    fs::create_dir(&work).unwrap();
    let manifest = beside(&path, ".json");
    fs::rename(&manifest, work.join(name(&manifest))).unwrap();
    assert!(world.listed().is_empty());
    world.botctl(&["backup", "prune"], 0);
    assert_eq!(world.listed().len(), 1);
    world.botctl(&["backup", "verify"], 0);
    assert_eq!(works(&world.folder()), Vec::<PathBuf>::new());
}

#[test]
fn writers_and_other_runs_go_on_while_a_backup_is_made() {
    let world = resting().build(Backend::Sqlite);
    world.botctl(&["migrate", "up"], 0);
    world.backup();
    world.grow();
    let child = start(world.command(&["backup"]));
    let work =
        wait_for("the copy", || works(&world.folder()).pop().filter(|work| work.join("copy").exists()));
    signal(&child, "STOP");
    world.add_people(1..20);
    // Clears up after dead ones, and leaves the one that lives alone.
    world.botctl(&["backup", "verify"], 0);
    assert!(work.join("copy").exists());
    signal(&child, "CONT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    // What was written after it had begun is not in it.
    let listed = world.listed();
    assert_eq!((listed.len(), &listed[0]["manifest"]["rows"]["users"]), (2, &0.into()));
    world.botctl(&["backup", "verify"], 0);
}

#[test]
fn a_kill_during_a_restore_leaves_the_old_or_the_new_database() {
    let world = resting().build(Backend::Sqlite);
    world.botctl(&["migrate", "up"], 0);
    world.grow();
    let path = world.backup();
    world.add_people(1..6);
    let folder = world.database_folder().to_owned();
    let unpacked = || works(&folder).pop().filter(|work| work.join("restored").exists()).map(drop);
    let backed_up =
        || (names(&world.folder()).iter().filter(|name| name.contains(".json")).count() > 1).then_some(());
    let moments: [(&str, &dyn Fn() -> Option<()>); 2] =
        [("the unpacked file", &unpacked), ("the backup of what was there", &backed_up)];
    for (moment, look) in moments {
        let mut child = start(world.command(&["backup", "restore", name(&path), "--yes"]));
        wait_for(moment, look);
        child.kill().unwrap();
        child.wait().unwrap();
        let people = world.people();
        assert!(people == 5 || people == 0, "{moment}: {people}");
        world.botctl(&["migrate", "status", "--check"], 0);
    }
    world.botctl(&["backup", "restore", name(&path), "--yes"], 0);
    assert_eq!(world.people(), 0);
    assert_eq!(works(&folder), Vec::<PathBuf>::new());
    world.botctl(&["backup", "verify", "--all"], 0);
}

#[test]
fn a_log_that_a_crash_left_is_never_taken_for_the_new_databases() {
    let world = empty().with("BACKUP_DIR", "backups").build(Backend::Sqlite);
    let database = world.database();
    let wal = beside(&database, "-wal");
    let early = world.backup();
    let people = world.people();
    world.dispatcher().says("/start").hears("Дарья");
    world.kill9();
    assert!(fs::metadata(&wal).unwrap().len() > 0, "the crash left no log");
    let (copy, log) = (fs::read(&database).unwrap(), fs::read(&wal).unwrap());
    // What is only in the log is in the backup.
    world.botctl(&["backup", "restore", name(&early), "--yes"], 0);
    assert_eq!(fs::metadata(&wal).map_or(0, |file| file.len()), 0);
    assert_eq!(world.people(), people);
    assert_eq!(world.listed()[0]["manifest"]["rows"]["users"], people + 1);
    // The log of a database that somebody removed stays out of the way too.
    let crashed = || {
        for side in ["-wal", "-shm"] {
            let _removed = fs::remove_file(beside(&database, side));
        }
        fs::write(&database, &copy).unwrap();
        fs::write(&wal, &log).unwrap();
    };
    crashed();
    fs::remove_file(&database).unwrap();
    world.botctl(&["backup", "restore", name(&early), "--yes"], 0);
    assert_eq!(world.people(), people);
    world.botctl(&["migrate", "status", "--check"], 0);
    world.start();
    world.dispatcher().says("/start").hears("Дарья");
}

#[test]
fn a_database_that_is_beyond_repair_is_set_aside_and_replaced() {
    let world = resting().build(Backend::Sqlite);
    world.botctl(&["migrate", "up"], 0);
    world.add_people(1..4);
    let path = world.backup();
    let database = world.database();
    fs::set_permissions(&database, fs::Permissions::from_mode(0o640)).unwrap();
    let rubbish = vec![b'x'; 100_000];
    fs::write(&database, &rubbish).unwrap();
    let failed = said(&world.botctl(&["backup"], 3));
    assert!(failed.contains("not a database") && failed.contains("backup restore"), "{failed}");
    assert!(failed.contains(world.database().to_str().unwrap()), "{failed}");
    assert_eq!(world.listed().len(), 1);
    let document = world.document(&["backup", "restore", name(&path), "--yes"], 0);
    let aside = PathBuf::from(document["data"]["set_aside"].as_str().unwrap());
    assert_eq!(fs::read(aside).unwrap(), rubbish);
    assert_eq!(world.people(), 3);
    assert_eq!(fs::metadata(&database).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn a_restore_waits_for_nobody_who_has_the_database_open() {
    let world = resting().build(Backend::Sqlite);
    world.botctl(&["migrate", "up"], 0);
    let path = world.backup();
    world.run("BEGIN IMMEDIATE");
    world.run("INSERT INTO users (telegram_id, created_at) VALUES (1, '2026-01-01 00:00:00')");
    let output = world.botctl(&["backup", "restore", name(&path), "--yes"], 5);
    assert!(said(&output).contains("open in another program"), "{}", said(&output));
    world.run("COMMIT");
    assert_eq!(world.people(), 1);
}

#[test]
fn old_backups_go_by_their_manifests_and_the_last_good_one_stays() {
    let world = resting().with("BACKUP_KEEP_DAYS", "10").build(Backend::Sqlite);
    world.botctl(&["migrate", "up"], 0);
    let dated = |path: &Path, days: i64| {
        let manifest = beside(path, ".json");
        let mut known: Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
        let date = chrono::Utc::now() - chrono::TimeDelta::days(days);
        known["created_at"] = date.to_rfc3339_opts(chrono::SecondsFormat::Micros, true).into();
        fs::write(&manifest, known.to_string()).unwrap();
    };
    let made: Vec<PathBuf> = [5, 8, 12, 40, 50, -3, 60]
        .map(|days| (world.backup(), days))
        .into_iter()
        .map(|(path, days)| {
            dated(&path, days);
            path
        })
        .collect();
    let (broken, unreadable, foreign) =
        (&made[4], &made[6], world.folder().join("bot_database_2001-01-01_00-00-00.db"));
    fs::write(broken, "short").unwrap();
    fs::write(beside(unreadable, ".json"), "?").unwrap();
    fs::write(&foreign, "somebody's").unwrap();
    let before = names(&world.folder());
    let dry = world.document(&["backup", "prune", "--keep-last", "1", "--dry-run"], 0);
    assert_eq!(names(&world.folder()), before);
    assert_eq!(dry["data"]["removed"].as_array().unwrap().len(), 4, "{dry}");
    let text = said(&world.botctl(&["backup", "prune"], 0));
    let fate =
        |path: &Path| text.lines().find(|line| line.contains(name(path))).unwrap().split_once(' ').unwrap().0;
    assert_eq!(
        made.iter().map(|path| fate(path)).collect::<Vec<_>>(),
        ["kept", "kept", "removed", "removed", "removed", "kept", "kept"],
        "{text}"
    );
    assert!(text.contains("its date is in the future") && text.contains("older than 10 days"), "{text}");
    assert!(foreign.exists() && unreadable.exists());
    // The youngest good one stays however old it is.
    dated(&made[0], 400);
    dated(&made[1], 500);
    let text = said(&world.botctl(&["backup", "prune", "--keep-days", "0"], 0));
    assert!(text.contains(&format!("kept {}: the last good one", name(&made[0]))), "{text}");
    assert!(made[0].exists() && !made[1].exists());
    // A new one takes its place, and the old ones go with it.
    let output = said(&world.botctl(&["backup"], 0));
    assert!(output.contains(&format!("removed {}", name(&made[0]))), "{output}");
    assert!(foreign.exists());
}

#[test]
fn what_the_old_bots_own_backup_left_can_be_put_back() {
    let world = resting().build(Backend::Sqlite);
    let old = world.cwd().join("old.db");
    {
        let url = old.to_str().unwrap().parse().unwrap();
        let mut conn = botctl::db::connection::open(&url).unwrap();
        botctl::db::connection::allow_writing(&mut conn).unwrap();
        for table in ["users", "masters", "orders"] {
            execute(&mut conn, &format!("CREATE TABLE {table} (id INTEGER PRIMARY KEY)"));
        }
    }
    let output = said(&world.botctl(&["backup", "restore", "old.db", "--yes"], 0));
    assert!(output.contains("migrate adopt"), "{output}");
    assert_eq!(fs::read(&old).unwrap(), fs::read(world.database()).unwrap());
    // Not just anything, though.
    fs::write(&old, vec![7; 5_000]).unwrap();
    world.botctl(&["backup", "restore", "old.db", "--yes"], 3);
    world.botctl(&["backup", "restore", "--yes", "nowhere.dump"], 1);
}

#[test]
fn postgres_needs_its_client_programs_and_they_are_told_no_password_aloud() {
    if !has_postgres() {
        return;
    }
    let world = resting().build(Backend::Postgres);
    world.botctl(&["migrate", "up"], 0);
    let with_path = |path: &Path, url: Option<&str>| {
        let mut command = world.command(&["backup"]);
        command.env("PATH", format!("{}:/usr/bin:/bin", path.display()));
        if let Some(url) = url {
            command.env("DATABASE_URL", url);
        }
        run_to_end(command)
    };
    let tools = world.cwd().join("tools");
    fs::create_dir(&tools).unwrap();
    let tool = |script: &str| {
        fs::write(tools.join("pg_dump"), script).unwrap();
        fs::set_permissions(tools.join("pg_dump"), fs::Permissions::from_mode(0o755)).unwrap();
    };
    let mut nothing = world.command(&["backup"]);
    nothing.env("PATH", world.cwd().join("nothing"));
    let output = run_to_end(nothing);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(
        said(&output).contains("pg_dump is not installed") && said(&output).contains("apt install"),
        "{}",
        said(&output)
    );
    tool("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n");
    let output = with_path(&tools, None);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("of version 9"), "{}", said(&output));
    tool(
        "#!/bin/sh\necho 'pg_dump (PostgreSQL) 99.1'\n[ \"$1\" = --version ] || { echo 'no such luck' >&2; exit 1; }\n",
    );
    let output = with_path(&tools, None);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("pg_dump failed: no such luck"), "{}", said(&output));
    assert!(world.listed().is_empty());
    assert_eq!(works(&world.folder()), Vec::<PathBuf>::new());
    // What anybody on the machine can see of it.
    let seen = world.cwd().join("seen");
    tool(&format!("#!/bin/sh\necho \"$@\" >> {}\nexec /usr/bin/pg_dump \"$@\"\n", seen.display()));
    let mut url = url::Url::parse(&world.store.url()).unwrap();
    url.set_password(Some("hunter2secret")).unwrap();
    let output = with_path(&tools, Some(url.as_str()));
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let seen = fs::read_to_string(seen).unwrap();
    assert!(seen.contains("tcp_user_timeout=") && seen.contains("keepalives_idle="), "{seen}");
    assert!(seen.contains("--snapshot=") && !seen.contains("hunter2secret"), "{seen}");
    assert!(!said(&output).contains("hunter2secret"));
    let manifest = beside(&world.cwd().join(world.listed()[0]["path"].as_str().unwrap()), ".json");
    assert!(!fs::read_to_string(manifest).unwrap().contains("hunter2secret"));
}

#[test]
fn a_restore_into_postgres_that_dies_or_goes_wrong_changes_nothing() {
    if !has_postgres() {
        return;
    }
    let world = resting().build(Backend::Postgres);
    world.botctl(&["migrate", "up"], 0);
    world.add_people(1..4);
    let path = world.backup();
    world.add_people(10..12);
    // An archive that says other numbers than came out of it.
    let manifest = beside(&path, ".json");
    let honest = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, honest.replace("\"users\": 3", "\"users\": 4")).unwrap();
    let output = world.botctl(&["backup", "restore", name(&path), "--yes"], 1);
    assert!(said(&output).contains("has 4 rows in"), "{}", said(&output));
    assert_eq!(world.people(), 5);
    fs::write(&manifest, honest).unwrap();
    // A program that stops in the middle: what ends the transaction is never said.
    let tools = world.cwd().join("tools");
    fs::create_dir(&tools).unwrap();
    let script = "#!/bin/sh\ncase \"$*\" in *--use-list*) kill -KILL $PPID; exit 1;; esac\nexec /usr/bin/pg_restore \"$@\"\n";
    fs::write(tools.join("pg_restore"), script).unwrap();
    fs::set_permissions(tools.join("pg_restore"), fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = world.command(&["backup", "restore", name(&path), "--yes"]);
    command.env("PATH", format!("{}:/usr/bin:/bin", tools.display()));
    assert_eq!(run_to_end(command).status.code(), None, "it was not killed");
    assert_eq!(world.people(), 5);
    world.botctl(&["backup", "restore", name(&path), "--yes"], 0);
    assert_eq!(world.people(), 3);
}
