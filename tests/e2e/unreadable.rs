//! Databases that cannot be read: rubbish, a folder, files and tables of other users. Every command names the
//! database and what to do.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;

use serde_json::Value;

use crate::command::Said;
use crate::world::{Backend, TestDatabase, World, empty, execute, has_postgres, run_to_end};

/// Of each way to a database one.
const COMMANDS: [&[&str]; 12] = [
    &["users", "list"],
    &["users", "show", "1"],
    &["users", "grant", "1", "ADMIN"],
    &["users", "sync"],
    &["outbox", "list"],
    &["outbox", "drop", "1", "--yes"],
    &["status"],
    &["backup"],
    &["migrate", "status"],
    &["migrate", "up"],
    &["migrate", "down", "--yes"],
    &["serve"],
];

/// Runs a command as an ordinary user, since root can read everything.
fn as_nobody(world: &World, arguments: &[&str]) -> Said {
    let mut command = world.command(arguments);
    // Others than root are that already.
    if fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0) {
        command.uid(65_534).gid(65_534);
    }
    run_to_end(command).into()
}

/// What `config check` says about the database.
fn checked(said: &Said) -> Value {
    let all = said.document()["data"]["checks"].as_array().unwrap().clone();
    all.into_iter().find(|one| one["name"] == "database").unwrap()
}

fn names(said: &Said, path: &Path, why: &str, hint: &str) {
    let (what, to_do) = said.err.split_once("hint: ").unwrap_or_else(|| panic!("no hint: {said:?}"));
    assert!(what.contains(path.to_str().unwrap()) && what.contains(why), "{said:?}");
    assert!(to_do.contains(hint), "{said:?}");
}

#[test]
fn invalid_file_and_folder_are_reported_with_a_hint() {
    let world = empty().stopped().build(Backend::Sqlite);
    let TestDatabase::Sqlite(path) = &world.store else { unreachable!() };
    fs::write(path, "not a database, though as long as one ".repeat(99)).unwrap();
    for command in COMMANDS {
        // Damage is what a backup looks for, and finds.
        let code = if command == ["backup"] { 3 } else { 1 };
        let said = world.ask(command).ends(code);
        names(&said, path, "file is not a database", "`botctl backup restore`");
        // A wrong name is more likely than damage.
        if command != ["backup"] {
            names(&said, path, "file is not a database", "name the bot's database with --database-url");
        }
    }
    let wrong = checked(&world.ask(&["config", "check", "--json"]).ends(3));
    assert!(wrong["hint"].as_str().unwrap().starts_with("name the bot's database with"), "{wrong}");
    fs::remove_file(path).unwrap();
    fs::create_dir(path).unwrap();
    for command in COMMANDS {
        names(&world.ask(command).ends(1), path, "is a directory", "give the file of a database");
    }
}

#[test]
fn damage_met_by_a_query_is_reported() {
    let world = empty().stopped().build(Backend::Sqlite);
    world.ask(&["migrate", "up"]).ends(0);
    world.close_db();
    let TestDatabase::Sqlite(path) = &world.store else { unreachable!() };
    // All but the first page, which has the schema.
    let mut bytes = fs::read(path).unwrap();
    let page = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    bytes[page..].fill(0xee);
    fs::write(path, bytes).unwrap();
    names(&world.ask(&["users", "list"]).ends(1), path, "malformed", "`botctl backup restore`");
}

#[test]
fn file_of_another_user_is_reported_with_a_hint() {
    let world = empty().stopped().build(Backend::Sqlite);
    world.ask(&["migrate", "up"]).ends(0);
    world.close_db();
    let TestDatabase::Sqlite(path) = &world.store else { unreachable!() };
    for folder in [path.parent().unwrap(), &world.cwd()] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    }
    fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    for command in [&["users", "list"][..], &["status"], &["migrate", "status"], &["outbox", "list"]] {
        let said = as_nobody(&world, command).ends(1);
        names(&said, path, "cannot be read: Permission denied", "allow this user to read and write it");
    }
    let said = as_nobody(&world, &["config", "check", "--json"]).ends(3);
    assert_eq!(checked(&said)["state"], "failed", "{said:?}");
    // Nor may one look into its folder.
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::create_dir(world.cwd().join("closed")).unwrap();
    let inside = world.cwd().join("closed/bot.db");
    fs::rename(path, &inside).unwrap();
    fs::set_permissions(world.cwd().join("closed"), fs::Permissions::from_mode(0o000)).unwrap();
    let said = as_nobody(&world, &["users", "list", "--database-url", inside.to_str().unwrap()]).ends(1);
    names(&said, &inside, "cannot be read: Permission denied", "allow this user to read and write it");
    fs::set_permissions(world.cwd().join("closed"), fs::Permissions::from_mode(0o755)).unwrap();
}

/// A role of the server that goes with the test.
pub struct Role<'a> {
    world: &'a World,
    pub name: String,
}

impl<'a> Role<'a> {
    pub fn new(world: &'a World) -> Self {
        let name = format!("botctl_test_{:016x}", rand::random::<u64>());
        execute(&mut world.store.open(), &format!("CREATE ROLE {name} LOGIN PASSWORD 'made-up'"));
        Self { world, name }
    }

    pub fn url(&self) -> String {
        let mut url = url::Url::parse(&self.world.store.url()).unwrap();
        url.set_username(&self.name).unwrap();
        url.set_password(Some("made-up")).unwrap();
        url.to_string()
    }

    /// Runs a statement in which `role` is this one.
    pub fn run(&self, statement: &str) {
        execute(&mut self.world.store.open(), &statement.replace("role", &self.name));
    }
}

impl Drop for Role<'_> {
    fn drop(&mut self) {
        self.run("DROP OWNED BY role");
        self.run("DROP ROLE role");
    }
}

#[test]
fn missing_privileges_are_not_reported_as_missing_tables() {
    if !has_postgres() {
        return;
    }
    let world = empty().stopped().build(Backend::Postgres);
    world.ask(&["migrate", "up"]).ends(0);
    let role = Role::new(&world);
    let ask = |command: &[&str]| world.ask(&[&["--database-url", &role.url()], command].concat());
    let path = format!("{}:***@", role.name);
    let is_refused = |why: &str| {
        for command in
            [&["users", "list"][..], &["status"], &["migrate", "status"], &["migrate", "up"], &["serve"]]
        {
            names(&ask(command).ends(1), Path::new(&path), why, "GRANT ");
        }
        let wrong = ask(&["config", "check", "--online", "--json"]).ends(3);
        let wrong = checked(&wrong);
        assert!(wrong["state"] == "failed" && wrong["hint"].as_str().unwrap().contains("GRANT "), "{wrong}");
    };
    is_refused("permission denied for table");
    role.run("REVOKE USAGE ON SCHEMA public FROM PUBLIC");
    is_refused("may use no schema");
    // As it says there.
    let hint = ask(&["status"]).err;
    let grants = hint.rsplit_once("rights: ").unwrap().1.trim();
    assert_eq!(grants.split("; ").count(), 3, "{grants}");
    for grant in grants.split("; ") {
        role.run(grant);
    }
    let status = ask(&["status", "--json"]).ends(3);
    assert_eq!(status.document()["data"]["schema"], "current");
    ask(&["users", "sync"]).ends(0);
    ask(&["migrate", "status", "--check"]).ends(0);
}

/// The lock file stays private: a user who can open it can lock the bot out.
#[test]
fn status_works_for_other_users_who_may_read_the_database() {
    let world = empty().build(Backend::Sqlite);
    let TestDatabase::Sqlite(path) = &world.store else { unreachable!() };
    for folder in [path.parent().unwrap(), &world.cwd()] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    }
    for file in ["", "-wal", "-shm"] {
        fs::set_permissions(format!("{}{file}", path.display()), fs::Permissions::from_mode(0o644)).unwrap();
    }
    let lock = format!("{}.serve.lock", path.display());
    assert_eq!(fs::metadata(&lock).unwrap().permissions().mode() & 0o777, 0o600);
    let running = |code: i32| {
        let said = as_nobody(&world, &["status", "--json"]).ends(code);
        said.document()["data"]["serve_running"].clone()
    };
    let sees_all =
        fs::read_link("/proc/self/ns/pid").is_ok_and(|space| space == Path::new("pid:[4026531836]"));
    assert_eq!(running(0), true);
    assert_eq!(world.terminate(), 0);
    if sees_all {
        assert_eq!(running(3), false);
    } else {
        let said = as_nobody(&world, &["status"]).ends(1);
        names(&said, Path::new(&lock), "Permission denied", "run this as the user of the bot");
    }
}

/// Another program keeps a table of its own in the bot's schema, which is none of the bot's business.
#[test]
fn unreadable_table_of_another_role_is_left_alone() {
    let Some(world) = empty().stopped().with("PATH", "/usr/bin:/bin").build_or_skip(Backend::Postgres) else {
        return;
    };
    let role = Role::new(&world);
    role.run("GRANT CREATE, USAGE ON SCHEMA public TO role");
    let ask = |command: &[&str]| world.ask(&[&["--database-url", &role.url()], command].concat());
    ask(&["migrate", "up"]).ends(0);
    ask(&["migrate", "status"]).ends(0);
    world.db(|conn| {
        execute(conn, "CREATE TABLE payroll (id BIGINT GENERATED BY DEFAULT AS IDENTITY, salary BIGINT)");
        execute(conn, "INSERT INTO payroll (salary) VALUES (1)");
        execute(conn, "INSERT INTO users (telegram_id, created_at) VALUES (5, '2026-01-01 00:00:00')");
    });
    let said = ask(&["backup"]).ends(0);
    let warning = "belong to other roles and cannot be read: payroll, payroll_id_seq";
    assert!(said.err.contains(warning), "{said:?}");
    let document = ask(&["backup", "--json"]).ends(0).document();
    let manifest = &document["data"]["manifest"];
    assert_eq!(manifest["left_out"], serde_json::json!(["payroll", "payroll_id_seq"]), "{document}");
    assert!(manifest["rows"]["users"] == 1 && manifest["rows"]["payroll"].is_null(), "{document}");
    ask(&["backup", "verify"]).ends(0);
    for command in
        [&["migrate", "redo", "-y"][..], &["migrate", "down", "--dry-run"], &["migrate", "down", "-y"]]
    {
        ask(command).ends(0);
    }
    ask(&["migrate", "up"]).ends(0);
    world.db(|conn| execute(conn, "INSERT INTO payroll (salary) VALUES (2)"));
    // The bot's own tables are never left out.
    role.run("REVOKE SELECT ON orders FROM role");
    let said = ask(&["backup"]).ends(1);
    assert!(said.err.contains("permission denied for table orders"), "{said:?}");
}
