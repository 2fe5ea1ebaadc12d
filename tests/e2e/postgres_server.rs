//! PostgreSQL servers, roles and poolers that answer but cannot hold the bot's data: every command says the same, and its hint
//! works.

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use tempfile::TempDir;
use url::Url;

use crate::command::Said;
use crate::unreadable::Role;
use crate::world::{
    Backend, TestDatabase, World, empty, execute, has_postgres, run_to_end, said, wait_until,
};

/// What the commands say that need a database to write to, with their exit codes.
fn refusals(world: &World, database: &str, code: i32) -> Vec<String> {
    let ask = |arguments: &[&str]| {
        let mut command = world.command(arguments);
        command.env("DATABASE_URL", database);
        Said::from(run_to_end(command))
    };
    let checked = ask(&["config", "check", "--online", "--json"]).ends(3);
    let checks = checked.document()["data"]["checks"].as_array().unwrap().clone();
    let finding = checks.iter().find(|check| check["name"] == "database").unwrap();
    assert_eq!(finding["state"], "failed", "{finding}");
    let mut all = vec![format!("{}\nhint: {}", finding["message"], finding["hint"]).replace("\\\"", "\"")];
    for arguments in [&["migrate", "up"][..], &["serve"], &["serve", "--migrate"]] {
        let said = ask(arguments).ends(code);
        all.push(format!("{}{}", said.out, said.err));
    }
    all
}

#[track_caller]
fn all_contain(texts: &[String], parts: &[&str]) {
    for text in texts {
        for part in parts {
            assert!(text.contains(part), "{part:?} is not in: {text}");
        }
    }
}

fn database_name(world: &World) -> &str {
    match &world.store {
        TestDatabase::Postgres { name, .. } => name,
        TestDatabase::Sqlite(_) => unreachable!("this is about PostgreSQL"),
    }
}

#[test]
fn role_that_may_not_create_tables_is_told_who_can_grant_it() {
    let Some(world) = empty().stopped().build_or_skip(Backend::Postgres) else { return };
    let role = Role::new(&world);
    // What PostgreSQL 15 and later have from the start.
    role.run("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    let address = role.url();
    let grant = format!("GRANT CREATE ON SCHEMA \"public\" TO \"{}\"", role.name);
    let refused = refusals(&world, &address, 3);
    all_contain(&refused, &["may not create tables in the schema public", &grant, "postgres"]);
    role.run(&grant);
    let mut command = world.command(&["migrate", "up"]);
    Said::from(run_to_end({
        command.env("DATABASE_URL", &address);
        command
    }))
    .ends(0);
}

#[test]
fn transfer_and_restore_name_the_missing_right_too() {
    let Some(world) = empty().stopped().build_or_skip(Backend::Postgres) else { return };
    let role = Role::new(&world);
    role.run("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    let ask = |arguments: &[&str]| {
        let mut command = world.command(arguments);
        command.env("DATABASE_URL", role.url());
        Said::from(run_to_end(command))
    };
    let grant = format!("GRANT CREATE ON SCHEMA \"public\" TO \"{}\"", role.name);
    let shown = role.url().replace("made-up", "***").replace("postgres://", "postgresql://");
    world.ask(&["migrate", "up", "--database-url", "file.db"]).ends(0);
    let transfer = ["migrate", "transfer", "--database-url", "file.db", "--to", &role.url()];
    all_contain(&[ask(&transfer).ends(3).err], &[&grant, &format!("error: {shown}: ")]);
    role.run(&grant);
    ask(&["migrate", "up"]).ends(0);
    let made = ask(&["backup", "--json"]).ends(0).document();
    let file = made["data"]["path"].as_str().unwrap().to_owned();
    role.run(&grant.replace("GRANT", "REVOKE").replace(" TO ", " FROM "));
    all_contain(&[ask(&["backup", "restore", &file, "--yes"]).ends(3).err], &[&grant]);
}

#[test]
fn role_that_does_not_own_the_tables_is_told_who_does() {
    let Some(world) = empty().stopped().build_or_skip(Backend::Postgres) else { return };
    world.ask(&["migrate", "up"]).ends(0);
    let role = Role::new(&world);
    let address = role.url();
    role.run("GRANT USAGE, CREATE ON SCHEMA public TO role");
    role.run("GRANT SELECT ON ALL TABLES IN SCHEMA public TO role");
    let check = |code| {
        let mut command = world.command(&["config", "check", "--online"]);
        command.env("DATABASE_URL", &address);
        Said::from(run_to_end(command)).ends(code).out
    };
    all_contain(&[check(3)], &["may not read and write the table", "GRANT SELECT, INSERT, UPDATE, DELETE"]);
    role.run("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO role");
    assert!(check(0).contains("the schema of"), "rights suffice to serve");
    world.ask(&["migrate", "down", "--yes", "--no-backup"]).ends(0);
    role.run("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO role");
    let mut command = world.command(&["migrate", "up"]);
    command.env("DATABASE_URL", &address);
    let said = Said::from(run_to_end(command)).ends(3);
    all_contain(&[said.err, check(3)], &["may not change the table", "which belongs to postgres"]);
}

#[test]
fn tables_of_another_role_in_the_schema_are_left_alone() {
    let Some(world) = empty().stopped().build_or_skip(Backend::Postgres) else { return };
    let role = Role::new(&world);
    role.run("GRANT USAGE, CREATE ON SCHEMA public TO role");
    let ask = |arguments: &[&str]| {
        let mut command = world.command(arguments);
        command.env("DATABASE_URL", role.url());
        Said::from(run_to_end(command))
    };
    ask(&["migrate", "up"]).ends(0);
    role.run("CREATE TABLE another_program (id INT)");
    ask(&["config", "check", "--online"]).ends(0);
}

#[test]
fn other_encodings_than_utf8_are_refused() {
    if !has_postgres() {
        return;
    }
    for encoding in ["SQL_ASCII", "LATIN1"] {
        let world = empty().stopped().build(Backend::Postgres);
        let TestDatabase::Postgres { server, name } = &world.store else { unreachable!() };
        let mut conn = PgConnection::establish(server).unwrap();
        let options = format!("TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'");
        for statement in [format!("DROP DATABASE {name}"), format!("CREATE DATABASE {name} {options}")] {
            diesel::sql_query(statement).execute(&mut conn).unwrap();
        }
        let refused = refusals(&world, &world.store.url(), 3);
        let hint = "createdb --encoding=UTF8 --locale=C --template=template0 NAME";
        all_contain(&refused, &[&format!("the encoding of the database is {encoding}"), hint]);
    }
}

#[test]
fn database_that_is_read_only_by_default_is_named_with_a_hint() {
    let Some(world) = empty().stopped().build_or_skip(Backend::Postgres) else { return };
    let name = database_name(&world);
    let user = Url::parse(&world.store.url()).unwrap().username().to_owned();
    world.db(|conn| execute(conn, &format!("ALTER DATABASE {name} SET default_transaction_read_only = on")));
    let statement =
        format!("ALTER ROLE \"{user}\" IN DATABASE \"{name}\" SET default_transaction_read_only = off");
    // Somebody may switch it back, so the service manager is to try again.
    all_contain(
        &refusals(&world, &world.store.url(), 1),
        &["default_transaction_read_only is on", &statement],
    );
    world.db(|conn| execute(conn, &statement));
    world.ask(&["migrate", "up"]).ends(0);
    world.ask(&["config", "check", "--online"]).ends(0);
}

/// Tells whether a program is installed that a test starts. Without it the test is skipped, loudly; where `CI` is set it fails.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let servers = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let folders = std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .chain(servers.map(|version| version.path().join("bin")));
    let found = folders.map(|folder| folder.join(name)).find(|program| program.is_file());
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "{name} is not installed");
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        let _written = writeln!(std::io::stderr(), "SKIPPED {test}: {name} is not installed");
    }
    found
}

/// A program that refuses to run as root, with a folder of its own; killed at the end.
struct Daemon {
    folder: TempDir,
    port: u16,
    child: Option<Child>,
}

impl Daemon {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { folder, port, child: None }
    }

    /// The program as an ordinary user.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if rustix::process::geteuid().is_root() {
            command.uid(65_534).gid(65_534);
        }
        command.current_dir(self.folder.path()).stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    fn start(&mut self, mut command: Command, database: &str) {
        self.child = Some(command.stderr(Stdio::null()).spawn().unwrap());
        wait_until("it accepts connections", || PgConnection::establish(database).is_ok());
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // SIGINT is a fast shutdown for the server, whose children would survive a kill.
            let stopped = Command::new("/bin/sh").args(["-c", &format!("kill -INT {}", child.id())]).status();
            let _ended = stopped.and_then(|_| child.wait());
        }
    }
}

/// Starts a pooler before the database of a world, and returns it with the address.
fn start_pooler(world: &World, mode: &str) -> Option<(Daemon, String)> {
    let program = find_program("pgbouncer")?;
    let mut daemon = Daemon::new();
    let server: Url = world.store.url().parse().unwrap();
    let (host, port) = (server.host_str().unwrap_or("127.0.0.1"), server.port().unwrap_or(5432));
    let password = server.password().map(|password| format!(" password={password}")).unwrap_or_default();
    let (name, user) = (database_name(world), server.username());
    // One session for all in the mode that is refused, so that what stays behind is seen by the next.
    let size = if mode == "session" { 20 } else { 1 };
    let config = format!(
        "[databases]\n{name} = host={host} port={port} user={user}{password}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
         listen_port = {}\nunix_socket_dir =\nauth_type = any\npool_mode = {mode}\ndefault_pool_size = {size}\n",
        daemon.port
    );
    let file = daemon.folder.path().join("pgbouncer.ini");
    fs::write(&file, config).unwrap();
    let mut command = daemon.command(&program);
    command.arg(&file);
    let address = format!("postgres://{user}@127.0.0.1:{}/{name}", daemon.port);
    daemon.start(command, &address);
    Some((daemon, address))
}

/// The settings of a session and the statements that it has prepared.
fn session_state(address: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Setting {
        #[diesel(sql_type = Text)]
        name: String,
    }
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        number: i64,
    }
    let mut conn = PgConnection::establish(address).unwrap();
    let query =
        "SELECT name || '=' || setting AS name FROM pg_settings WHERE source = 'session' ORDER BY name";
    let rows: Vec<Setting> = diesel::sql_query(query).load(&mut conn).unwrap();
    let count = "SELECT count(*) AS number FROM pg_prepared_statements";
    let count: Count = diesel::sql_query(count).get_result(&mut conn).unwrap();
    let locks =
        "SELECT count(*) AS number FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()";
    let locks: Count = diesel::sql_query(locks).get_result(&mut conn).unwrap();
    let settings = rows.into_iter().map(|row| row.name);
    settings.chain([format!("{} statements, {} locks", count.number, locks.number)]).collect()
}

#[test]
fn transaction_pooler_is_refused_by_what_needs_a_session() {
    let Some(world) = empty().stopped().build_or_skip(Backend::Postgres) else { return };
    let Some((_pooler, address)) = start_pooler(&world, "transaction") else { return };
    let untouched = session_state(&address);
    all_contain(&refusals(&world, &address, 3), &["a connection pooler", "pool_mode=session"]);
    world.ask(&["migrate", "up"]).ends(0);
    let ask = |arguments: &[&str]| {
        let mut command = world.command(arguments);
        command.env("DATABASE_URL", &address);
        Said::from(run_to_end(command))
    };
    for arguments in [
        &["users", "sync"][..],
        &["migrate", "down", "--yes"],
        &["backup"],
        &["migrate", "transfer", "--to", "copy.db"],
    ] {
        let said = ask(arguments).ends(3);
        assert!(said.err.contains("a connection pooler") && said.err.contains("hint: "), "{}", said.err);
    }
    world.ask(&["migrate", "up", "--database-url", "file.db"]).ends(0);
    let said = ask(&["migrate", "transfer", "--database-url", "file.db", "--to", &address]).ends(3);
    let named = format!("error: {}: a connection pooler", address.replace("postgres://", "postgresql://"));
    assert!(said.err.starts_with(&named), "the database that is meant is named: {}", said.err);
    // Those that only read work, also one after the other in one session, and leave nothing behind.
    for _ in 0..2 {
        for (arguments, code) in [
            (&["users", "list"][..], 0),
            (&["users", "show", "1"], 1),
            (&["outbox", "list"], 0),
            (&["migrate", "status"], 0),
            (&["migrate", "up", "--dry-run"], 0),
            (&["config", "check"], 0),
            (&["status"], 3),
        ] {
            let said = ask(arguments).ends(code);
            assert!(!said.err.contains("prepared statement"), "{arguments:?}: {}", said.err);
            assert_eq!(session_state(&address), untouched, "{arguments:?} left something behind");
        }
    }
}

#[test]
fn session_pooler_serves() {
    let Some(world) = empty().stopped().build_or_skip(Backend::Postgres) else { return };
    let Some((_pooler, address)) = start_pooler(&world, "session") else { return };
    let mut command = world.command(&["config", "check", "--online"]);
    command.env("DATABASE_URL", &address);
    Said::from(run_to_end(command)).ends(0);
    world.spawn_command({
        let mut serve = world.command(&["serve"]);
        serve.env("DATABASE_URL", &address);
        serve
    });
    world.stranger().says("/start").hears("Степан");
    assert_eq!(world.terminate(), 0);
}

/// A server that waits for a primary, as a standby does.
#[test]
fn standby_is_refused() {
    if !has_postgres() {
        return;
    }
    let (Some(initdb), Some(postgres)) = (find_program("initdb"), find_program("postgres")) else { return };
    let mut daemon = Daemon::new();
    let data = daemon.folder.path().join("data");
    let mut init = daemon.command(&initdb);
    init.args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"])
        .arg(&data);
    let made = run_to_end(init);
    assert!(made.status.success(), "{}", said(&made));
    fs::write(data.join("standby.signal"), "").unwrap();
    let mut server = daemon.command(&postgres);
    server.arg("-D").arg(&data);
    for option in
        ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "shared_buffers=1MB"]
    {
        server.args(["-c", option]);
    }
    server.args(["-c", &format!("port={}", daemon.port)]);
    let address = format!("postgres://postgres@127.0.0.1:{}/postgres", daemon.port);
    daemon.start(server, &address);
    let world = empty().stopped().build(Backend::Sqlite);
    // A primary may be on its way.
    all_contain(&refusals(&world, &address, 1), &["is a standby", "target_session_attrs=read-write"]);
}
