//! Starting and refusing to start: what is wrong is listed at once, nothing is created, no secret is shown.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use rstest::rstest;
use serde_json::{Value, json};
use telegram_sandbox::{Sandbox, SandboxOptions};
use tempfile::TempDir;

use crate::world::{Backend, TOKEN, World, empty, run_to_end, said, staffed};

/// Runs the program in an empty folder with nothing but these variables.
fn run(folder: &TempDir, arguments: &[&str], env: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_botctl"));
    command
        .args(arguments)
        .env_clear()
        .envs(env.iter().copied())
        .current_dir(folder.path())
        .stdin(Stdio::null());
    run_to_end(command)
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn without_a_token_nothing_starts_and_nothing_is_created() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&folder, &["serve"], &[]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("BOT_TOKEN") && said.contains("BotFather"), "{said}");
    assert_eq!(files(folder.path()), [""; 0]);
    // So it is with one that is set to nothing.
    assert_eq!(run(&folder, &["serve"], &[("BOT_TOKEN", "")]).status.code(), Some(2));
    assert_eq!(files(folder.path()), [""; 0]);
}

#[test]
fn every_problem_is_listed_at_once_with_its_origin_and_hint_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let env_file = "ADMIN_IDS=12,boss\nTIMEZONE=Mars/Base\nSEND_RATE_LIMIT=fast\n";
    fs::write(folder.path().join(".env"), env_file).unwrap();
    let env = [
        ("BOT_TOKEN", "not-a-token-but-still-secret"),
        ("DATABASE_URL", "mysql://bot:database-password@host/db"),
        ("SHUTDOWN_GRACE", "soon"),
        ("LOG_LEVEL", "LOUD"),
        ("BOT_LOCALE", "fr"),
        ("PHONE_REGEX", "(["),
    ];
    let output = run(&folder, &["serve"], &env);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    for variable in [
        "BOT_TOKEN",
        "DATABASE_URL",
        "SHUTDOWN_GRACE",
        "LOG_LEVEL",
        "BOT_LOCALE",
        "PHONE_REGEX",
        "ADMIN_IDS",
        "TIMEZONE",
        "SEND_RATE_LIMIT",
    ] {
        assert!(said.contains(variable), "{variable} is not in:\n{said}");
    }
    assert!(said.contains("9 problems"), "{said}");
    for origin in [".env:1", ".env:2", ".env:3", "environment"] {
        assert!(said.contains(origin), "{origin} is not in:\n{said}");
    }
    for secret in ["still-secret", "database-password"] {
        assert!(!said.contains(secret), "{secret} is shown:\n{said}");
    }
    assert_eq!(files(folder.path()), [".env"]);
}

#[test]
fn misspelt_variable_is_reported_with_the_problem_it_causes() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), "BOT_TOKN=1\nADMIN_ID=5\n").unwrap();
    let output = run(&folder, &["serve"], &[]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    for part in ["BOT_TOKN", "BOT_TOKEN", "ADMIN_ID", "ADMIN_IDS", ".env:2"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn a_wrong_command_line_is_a_usage_error() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["dance"][..], &["serve", "--nonsense"], &[], &["migrate", "down", "0"]] {
        assert_eq!(run(&folder, arguments, &[]).status.code(), Some(2), "{arguments:?}");
    }
    let help = run(&folder, &["--help"], &[]);
    assert_eq!((help.status.code(), help.stderr.len()), (Some(0), 0));
    assert_eq!(run(&folder, &["--version"], &[]).status.code(), Some(0));
    assert_eq!(files(folder.path()), [""; 0]);
}

#[test]
fn unreachable_database_server_is_not_replaced_by_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let env = [
        ("BOT_TOKEN", TOKEN),
        ("TELEGRAM_API_URL", "http://127.0.0.1:9"),
        ("DATABASE_URL", "postgres://bot:hidden-word@127.0.0.1:1/bot"),
    ];
    let output = run(&folder, &["serve"], &env);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(!said.contains("hidden-word"), "{said}");
    assert_eq!(files(folder.path()), ["logs"]);
}

#[test]
fn rejected_token_refuses_the_start() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let options = SandboxOptions { token: Some("1:another".to_owned()), ..SandboxOptions::default() };
    let sandbox = runtime.block_on(Sandbox::start(options)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let env = [("BOT_TOKEN", TOKEN), ("TELEGRAM_API_URL", &*sandbox.url())];
    let output = run(&folder, &["serve"], &env);
    let words = said(&output);
    assert_eq!(output.status.code(), Some(3), "{words}");
    assert!(words.contains("BOT_TOKEN") && !words.contains(TOKEN), "{words}");
    // A script gets the failure as its one document.
    let output = run(&folder, &["serve", "--json"], &env);
    let document: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)));
    assert_eq!((&document["ok"], &document["error"]["code"]), (&json!(false), &json!(3)), "{document}");
    runtime.block_on(sandbox.stop());
}

/// Runs `serve --json` until it serves and stops it; the documents on stdout, and the log on stderr.
fn serves_json(world: &World, more: &[&str]) -> (Vec<Value>, String) {
    let arguments = [&["serve", "--json"], more].concat();
    let stdout = world.cwd().join("stdout");
    let mut command = world.command(&arguments);
    command.stdout(fs::File::create(&stdout).unwrap()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut log = String::new();
    for line in BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap) {
        if line.contains("\"serving\"") {
            let kill = format!("kill -TERM {}", child.id());
            assert!(Command::new("/bin/sh").args(["-c", &kill]).status().unwrap().success());
        }
        log.push_str(&line);
    }
    assert_eq!(child.wait().unwrap().code(), Some(0), "{log}");
    let lines = fs::read_to_string(stdout).unwrap();
    (lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), log)
}

#[test]
fn json_serve_reports_readiness_and_logs_to_stderr() {
    let world = empty().stopped().build(Backend::Sqlite);
    let (lines, log) = serves_json(&world, &[]);
    assert_eq!(lines.len(), 1, "{lines:?}");
    let database = world.store.url();
    let data = json!({ "bot": "sandbox_bot", "database": database, "chat_page": null });
    assert_eq!(lines[0], json!({ "ok": true, "data": data }));
    assert!(log.contains("\"serving\"") && log.contains("\"stopped\""), "{log}");
    let (lines, _log) = serves_json(&world, &["--sandbox", "--sandbox-listen", "127.0.0.1:0"]);
    assert_eq!(lines.len(), 1, "{lines:?}");
    let page = lines[0]["data"]["chat_page"].as_str().unwrap();
    assert!(page.starts_with("http://127.0.0.1:"), "{page}");
}

/// The status of a request to a server on this machine.
fn http_status(address: std::net::SocketAddr, request: &str) -> u16 {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.write_all(format!("{request}\r\nconnection: close\r\n\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn sandbox_answers_only_its_own_page_and_bot() {
    let world = empty().stopped().build(Backend::Sqlite);
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    world.spawn(&["serve", "--sandbox", "--sandbox-listen", &address.to_string()]);
    world.wait_for_log(&["\"message\":\"serving\""]);
    for path in ["bot1000:sandbox/getUpdates", "bot1:x/setWebhook?url=http://127.0.0.1:1/", "file/bot1:x/1"] {
        assert_eq!(http_status(address, &format!("GET /{path} HTTP/1.1\r\nhost: {address}")), 401, "{path}");
    }
    for path in ["", "sandbox/api/state", "bot1000:sandbox/getMe"] {
        let request = format!("GET /{path} HTTP/1.1\r\nhost: evil.example");
        assert_eq!(http_status(address, &request), 403, "{path}");
    }
    assert_eq!(http_status(address, &format!("GET / HTTP/1.1\r\nhost: {address}")), 200);
}

/// Serving this database is refused with 3, and not a byte of it changes.
fn is_left_alone(folder: &TempDir, name: &str, word: &str) {
    let path = folder.path().join(name);
    let before = fs::read(&path).unwrap();
    for arguments in [&["serve"][..], &["serve", "--migrate"], &["migrate", "up"]] {
        let env = [("BOT_TOKEN", TOKEN), ("TELEGRAM_API_URL", "http://127.0.0.1:9"), ("DATABASE_PATH", name)];
        let output = run(folder, arguments, &env);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {said}");
        assert!(said.contains(word), "{arguments:?}: {said}");
        assert_eq!(fs::read(&path).unwrap(), before, "{arguments:?} changed the file");
    }
}

fn sqlite(folder: &TempDir, name: &str, sql: &str) {
    let path = folder.path().join(name);
    SqliteConnection::establish(&path.to_string_lossy()).unwrap().batch_execute(sql).unwrap();
}

#[test]
fn legacy_database_is_refused_unchanged_with_a_hint() {
    let tables = "
        CREATE TABLE users (id INTEGER PRIMARY KEY, telegram_id INTEGER UNIQUE, username TEXT, role TEXT);
        CREATE TABLE masters (id INTEGER PRIMARY KEY, telegram_id INTEGER UNIQUE, phone TEXT);
        CREATE TABLE orders (id INTEGER PRIMARY KEY, description TEXT, status TEXT, total_amount REAL);
        INSERT INTO users VALUES (1, 501, 'made_up', 'ADMIN');
        INSERT INTO orders VALUES (1, 'made up', 'NEW', NULL);";
    let folder = tempfile::tempdir().unwrap();
    sqlite(&folder, "init_db.db", tables);
    is_left_alone(&folder, "init_db.db", "migrate adopt");
    let with_alembic = format!(
        "{tables} CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('001_initial_schema');"
    );
    sqlite(&folder, "alembic.db", &with_alembic);
    is_left_alone(&folder, "alembic.db", "migrate adopt");
}

#[test]
fn database_of_another_program_is_refused_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    sqlite(
        &folder,
        "foreign.db",
        "CREATE TABLE recipes (id INTEGER PRIMARY KEY, title TEXT); INSERT INTO recipes VALUES (1, 'soup')",
    );
    is_left_alone(&folder, "foreign.db", "other program");
    fs::write(
        folder.path().join("text.db"),
        "this is no database at all, only a text that happens to lie here",
    )
    .unwrap();
    let before = fs::read(folder.path().join("text.db")).unwrap();
    let env =
        [("BOT_TOKEN", TOKEN), ("TELEGRAM_API_URL", "http://127.0.0.1:9"), ("DATABASE_PATH", "text.db")];
    let output = run(&folder, &["serve"], &env);
    assert!(matches!(output.status.code(), Some(1 | 3 | 4)), "{}", said(&output));
    assert_eq!(fs::read(folder.path().join("text.db")).unwrap(), before);
}

#[test]
fn database_of_a_newer_version_is_refused_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let made = run(&folder, &["migrate", "up"], &[("DATABASE_PATH", "newer.db")]);
    assert_eq!(made.status.code(), Some(0), "{}", said(&made));
    sqlite(
        &folder,
        "newer.db",
        "INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000000'); PRAGMA journal_mode = DELETE;",
    );
    is_left_alone(&folder, "newer.db", "99991231000000");
}

#[test]
fn second_serve_on_one_file_is_locked_out() {
    let world: World = staffed().build(Backend::Sqlite);
    let output = run_to_end(world.command(&["serve"]));
    assert_eq!(output.status.code(), Some(5), "{}", said(&output));
    assert!(said(&output).contains("another"), "{}", said(&output));
    let output = run_to_end(world.command(&["migrate", "down", "--yes"]));
    assert_eq!(output.status.code(), Some(5), "{}", said(&output));
    world.dispatcher().says("/start").hears("Дарья");
    // The lock goes with the process, however it ends.
    world.kill();
    world.start();
    world.dispatcher().says("/start").hears("Дарья");
}

#[test]
fn unreachable_telegram_is_retried_at_start() {
    let world = empty().with("TELEGRAM_API_URL", "http://127.0.0.1:9").stopped().build(Backend::Sqlite);
    world.spawn(&["serve"]);
    world.wait_for_log(&["Telegram is unreachable"]);
    assert_eq!(world.terminate(), 0);
}

#[rstest]
fn new_database_is_created_and_an_outdated_one_needs_migrate(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().build_or_skip(backend) else { return };
    world.stranger().says("/start");
    assert_eq!(world.terminate(), 0);
    let down = run_to_end(world.command(&["migrate", "down", "--to", "0", "--yes", "--no-backup"]));
    assert_eq!(down.status.code(), Some(0), "{}", said(&down));
    let refused = run_to_end(world.command(&["serve"]));
    assert_eq!(refused.status.code(), Some(3), "{}", said(&refused));
    assert!(said(&refused).contains("migrate up"), "{}", said(&refused));
    world.spawn(&["serve", "--migrate"]);
    world.stranger().says("/start").hears("Степан");
    assert_eq!(files(&world.cwd()), ["logs"]);
}

/// Whose messages wait there are not among the people of the sandbox.
#[test]
fn sandbox_warns_about_an_existing_database() {
    let world = empty().stopped().build(Backend::Sqlite);
    let url = world.store.url();
    for (times, is_there) in [(1, false), (2, true)] {
        world.spawn(&["serve", "--sandbox", "--sandbox-listen", "127.0.0.1:0", "--database-url", &url]);
        world.wait_for_log_times("\"message\":\"serving\"", times);
        assert_eq!(world.terminate(), 0);
        assert_eq!(world.logs().contains("the sandbox uses"), is_there);
        world.ask(&["migrate", "up"]).ends(0);
    }
}

#[rstest]
fn sandbox_ignores_the_database_of_the_environment(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    world.ask(&["migrate", "up"]).ends(0);
    world.ask(&["migrate", "down", "--to", "0", "--yes", "--no-backup"]).ends(0);
    let before = world.ask(&["migrate", "status", "--json"]).ends(0).out;
    world.spawn(&["serve", "--sandbox", "--sandbox-listen", "127.0.0.1:0"]);
    world.wait_for_log(&["\"message\":\"serving\"", "botctl-sandbox-"]);
    assert_eq!(world.terminate(), 0);
    assert!(
        world.logs().contains("a temporary database, not the one of DATABASE_URL (environment)"),
        "{}",
        world.logs()
    );
    assert_eq!(world.ask(&["migrate", "status", "--json"]).ends(0).out, before);
}
