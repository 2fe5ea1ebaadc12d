//! `backup`: made beside a running bot, tried out, put back, removed; with kills, full disks and damaged files.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Instant;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use serde_json::Value;

mod create;
mod damage;
mod files;
pub mod hook;
mod hostile;
mod kills;
mod list;
mod postgres_client;
mod postgres_schema;
mod restore;

use crate::world::{
    Backend, TIMEOUT, TestDatabase, World, WorldSetup, empty, execute, has_postgres, run_to_end, said,
    staffed,
};

/// The bot does not run; there is a folder for backups.
fn stopped_world() -> WorldSetup {
    empty().stopped().with("BACKUP_DIR", "backups").with("PATH", "/usr/bin:/bin")
}

impl World {
    fn backup_folder(&self) -> PathBuf {
        self.cwd().join("backups")
    }

    fn botctl(&self, arguments: &[&str], code: i32) -> Output {
        let output = run_to_end(self.command(arguments));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", said(&output));
        output
    }

    /// The data of the document that a command prints.
    fn run_json(&self, arguments: &[&str], code: i32) -> Value {
        let output = self.botctl(&[arguments, &["--json"]].concat(), code);
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["ok"], code == 0, "{document}");
        document
    }

    /// Makes a backup and returns its path.
    fn make_backup(&self) -> PathBuf {
        let made = self.run_json(&["backup"], 0);
        self.cwd().join(made["data"]["path"].as_str().unwrap())
    }

    fn listed_backups(&self) -> Vec<Value> {
        self.run_json(&["backup", "list"], 0)["data"]["backups"].as_array().unwrap().clone()
    }

    fn run_sql(&self, statement: &str) {
        self.db(|conn| execute(conn, statement));
    }

    /// How many people the database has, asked on a connection of its own.
    fn count_users(&self) -> i64 {
        use diesel::prelude::*;
        let mut conn = self.store.open();
        botctl::testing::db::schema::users::table.count().get_result(&mut conn).unwrap()
    }

    fn add_users(&self, ids: std::ops::Range<i64>) {
        let mut conn = self.store.open();
        for id in ids {
            execute(
                &mut conn,
                &format!("INSERT INTO users (telegram_id, created_at) VALUES ({id}, '2026-01-01 00:00:00')"),
            );
        }
    }

    /// Enough for a backup to take a while.
    fn fill_audit_log(&self) {
        let mut conn = self.store.open();
        execute(
            &mut conn,
            "INSERT INTO audit_log (action, details, timestamp)
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120)
             SELECT 'x', hex(randomblob(50000)), '2026-01-01 00:00:00' FROM n",
        );
    }

    fn database_file(&self) -> PathBuf {
        let TestDatabase::Sqlite(path) = &self.store else { panic!("asked for SQLite") };
        path.clone()
    }
}

fn file_name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

fn sidecar_path(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Names in a folder, sorted, without the lock.
fn file_names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let names: BTreeSet<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.into_iter().filter(|name| name != ".botctl-lock").collect()
}

/// Work folders of runs, dead or alive.
fn staging_dirs(folder: &Path) -> Vec<PathBuf> {
    let works = file_names(folder).into_iter().filter(|name| name.starts_with(".botctl-work-"));
    works.map(|name| folder.join(name)).collect()
}

/// Waits for a file to come up.
fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what} did not come");
        std::thread::yield_now();
    }
}

fn spawn(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn send_signal(child: &Child, name: &str) {
    let sent =
        Command::new("/bin/sh").args(["-c", &format!("kill -{name} {}", child.id())]).status().unwrap();
    assert!(sent.success());
}

impl World {
    fn database_folder(&self) -> &Path {
        match &self.store {
            TestDatabase::Sqlite(path) => path.parent().unwrap(),
            TestDatabase::Postgres { .. } => Path::new("/nonexistent"),
        }
    }
}

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

fn query_words(conn: &mut botctl::testing::db::AnyConnection, query: &str) -> Vec<String> {
    let found: Vec<Word> = match conn {
        botctl::testing::db::AnyConnection::Sqlite(c) => diesel::sql_query(query).load(c),
        botctl::testing::db::AnyConnection::Pg(c) => diesel::sql_query(query).load(c),
    }
    .unwrap();
    found.into_iter().map(|found| found.word).collect()
}

fn flip_byte(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

/// Changes what a manifest says.
fn edit_manifest(artifact: &Path, change: impl FnOnce(&mut Value)) {
    let manifest = sidecar_path(artifact, ".json");
    let mut known: Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    change(&mut known);
    fs::write(&manifest, known.to_string()).unwrap();
}

fn migrated_world(backend: Backend) -> World {
    let world = stopped_world().build(backend);
    world.botctl(&["migrate", "up"], 0);
    world
}

fn migrated_or_skip(backend: Backend) -> Option<World> {
    (backend == Backend::Sqlite || has_postgres()).then(|| migrated_world(backend))
}

/// Puts a program of the client of PostgreSQL in front of the real one.
fn run_with_client_tool(world: &World, program: &str, script: &str, arguments: &[&str]) -> Output {
    let tools = world.cwd().join("tools");
    fs::create_dir_all(&tools).unwrap();
    fs::write(tools.join(program), script).unwrap();
    fs::set_permissions(tools.join(program), fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = world.command(arguments);
    command.env("PATH", format!("{}:/usr/bin:/bin", tools.display()));
    run_to_end(command)
}

fn run_all(world: &World, statements: &[&str]) {
    for statement in statements {
        world.run_sql(statement);
    }
}

fn query_world(world: &World, query: &str) -> Vec<String> {
    query_words(&mut world.store.open(), query)
}
