//! `config check`, `config show` and `completions`.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::SystemTime;

use rstest::rstest;
use serde_json::Value;
use tempfile::TempDir;

use crate::redis::RedisServer;
use crate::world::{Backend, TOKEN, World, empty, execute, run_to_end, said};

/// Shown nowhere.
const HIDDEN: &str = "hidden-word";

fn command(folder: &Path, arguments: &[&str], env: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_botctl"));
    command.args(arguments).env_clear().envs(env.iter().copied()).current_dir(folder).stdin(Stdio::null());
    command
}

fn run(folder: &TempDir, arguments: &[&str], env: &[(&str, &str)]) -> Output {
    let output = run_to_end(command(folder.path(), arguments, env));
    assert!(!said(&output).contains(HIDDEN) && !said(&output).contains(TOKEN), "{}", said(&output));
    output
}

fn write_env_file(folder: &TempDir, content: impl AsRef<[u8]>) {
    let path = folder.path().join(".env");
    fs::write(&path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", said(output)))
}

/// What was found, as `state name variable`, with the whole finding.
fn findings(output: &Output, code: i32) -> BTreeMap<String, Value> {
    assert_eq!(output.status.code(), Some(code), "{}", said(output));
    let document = document(output);
    assert_eq!(document["ok"], code == 0);
    let checks = document["data"]["checks"].as_array().unwrap();
    checks
        .iter()
        .map(|check| {
            let word = |name: &str| check[name].as_str().unwrap_or("-").to_owned();
            (format!("{} {} {}", word("state"), word("name"), word("variable")), check.clone())
        })
        .collect()
}

fn found<'a>(findings: &'a BTreeMap<String, Value>, key: &str) -> &'a Value {
    findings.get(key).unwrap_or_else(|| panic!("no {key:?} in {:#?}", findings.keys()))
}

/// Everything below a folder: names, sizes, times.
fn state_of(folder: &Path) -> Vec<(String, u64, SystemTime)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let facts = entry.metadata().unwrap();
        all.push((entry.file_name().to_string_lossy().into_owned(), facts.len(), facts.modified().unwrap()));
        if facts.is_dir() {
            all.extend(state_of(&entry.path()));
        }
    }
    all.sort();
    all
}

#[test]
fn env_file_syntax_variants_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let content = format!(
        "\u{feff}export BOT_TOKEN=\"{TOKEN}\"\r\n\
         \r\n\
         # a comment\r\n\
         ADMIN_IDS = 1001, 1002\r\n\
         export LOG_DIR='/srv/with space/logs'   # where\r\n\
         ENVIRONMENT=two words # and a comment\r\n\
         PHONE_REGEX='^\\+375\\d{{9}}$'\r\n\
         BACKUP_DIR=\"${{HOME}}/backups\"\r\n\
         BACKUP_TIME=\r\n\
         BOT_LOCALE=\"en\""
    );
    write_env_file(&folder, content);
    let shown = run(&folder, &["config", "show"], &[("HOME", "/home/made-up")]);
    assert_eq!(shown.status.code(), Some(0), "{}", said(&shown));
    let text = String::from_utf8(shown.stdout).unwrap();
    let rows: Vec<_> = text
        .lines()
        .filter(|line| line.contains(".env:"))
        .map(|line| {
            let mut columns = line.split("  ").map(str::trim).filter(|column| !column.is_empty());
            [(); 3].map(|()| columns.next().unwrap_or_default())
        })
        .collect();
    assert_eq!(
        rows,
        [
            ["BOT_TOKEN", ".env:1", "[redacted]"],
            ["ADMIN_IDS", ".env:4", "1001, 1002"],
            ["PHONE_REGEX", ".env:7", r"^\+375\d{9}$"],
            ["BOT_LOCALE", ".env:10", "en"],
            ["BACKUP_DIR", ".env:8", "/home/made-up/backups"],
            ["BACKUP_TIME", ".env:9", "(empty)"],
            ["LOG_DIR", ".env:5", "/srv/with space/logs"],
            ["ENVIRONMENT", ".env:6", "two words"],
        ]
    );
    let checked = findings(
        &run(&folder, &["config", "check", "--json"], &[("HOME", "/home/made-up"), ("LOG_DIR", "logs")]),
        0,
    );
    found(&checked, "ok values -");
}

#[test]
fn show_masks_secrets_and_marks_problems() {
    let folder = tempfile::tempdir().unwrap();
    let env = [
        ("BOT_TOKEN", "not-a-token-hidden-word"),
        ("DATABASE_URL", "postgres://bot:hidden-word@db.example.org/orders?sslmode=disable"),
        ("SENTRY_DSN", "https://hidden-word@sentry.example.org/1"),
        ("REDIS_URL", "redis://:hidden-word@cache:6379/0"),
        ("WEBHOOK_SECRET", "hidden-word"),
        ("TIMEZONE", "Mars/Base"),
        ("ENVIRONMENT", "two\nlines"),
    ];
    let text = said(&run(&folder, &["config", "show"], &env));
    for part in [
        "Mars/Base",
        "error: \"Mars/Base\" is not a time zone",
        r"two\nlines",
        "postgresql://bot:***@db.example.org/orders?sslmode=disable",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(text.lines().count(), 1 + botctl::testing::config::all_variables().count(), "{text}");
    let document = document(&run(&folder, &["config", "show", "--json"], &env));
    assert_eq!((&document["ok"], &document["data"]["env_file"]), (&true.into(), &Value::Null));
    let rows = document["data"]["variables"].as_array().unwrap();
    let row = |name: &str| {
        let row = rows.iter().find(|row| row["name"] == name).unwrap();
        assert_eq!(row.as_object().unwrap().len(), 4);
        [&row["value"], &row["origin"], &row["error"]]
            .map(|value| value.as_str().unwrap_or("null").to_owned())
    };
    let token = row("BOT_TOKEN");
    assert_eq!([&*token[0], &*token[1]], ["[redacted]", "environment"]);
    assert!(token[2].contains("does not look like a bot token"), "{token:?}");
    assert_eq!(row("SENTRY_DSN"), ["https://***@sentry.example.org/1", "environment", "null"]);
    assert_eq!(row("REDIS_URL"), ["redis://***@cache:6379/0", "environment", "null"]);
    assert_eq!(row("PHONE_REGEX"), ["null", "default", "null"]);
    assert_eq!(row("LOG_LEVEL"), ["INFO", "default", "null"]);
}

#[test]
fn check_lists_all_problems_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let token_file = folder.path().join("token");
    fs::write(&token_file, TOKEN).unwrap();
    fs::set_permissions(&token_file, fs::Permissions::from_mode(0o640)).unwrap();
    let content = format!(
        "ADMIN_ID=5\nBOT_TOKEN_FILE={}\nLOG_LEVEL=INFO\nLOG_LEVEL=DEBUG\nPOSTGRES_PASSWORD=hidden-word\n\
         SENTRY_DSN=https://hidden-word\nSHUTDOWN_GRACE=soon\nWEBHOOK_SECRET=hidden-word\n",
        token_file.display()
    );
    write_env_file(&folder, content);
    fs::set_permissions(folder.path().join(".env"), fs::Permissions::from_mode(0o644)).unwrap();
    let env = [
        ("TIMEZONE", "Mars/Base"),
        ("LOG_DIR", "token/logs"),
        ("BACKUP_DIR", "not/there/yet"),
        ("DATABASE_PATH", "nowhere/bot.db"),
        ("RUST_LOG", "botctl=loud"),
        ("BACKUP_DIRS", "elsewhere"),
    ];
    let before = state_of(folder.path());
    let checked = findings(&run(&folder, &["config", "check", "--json"], &env), 3);
    for (key, origin, hint) in [
        ("failed values TIMEZONE", "environment", "IANA"),
        ("failed values SHUTDOWN_GRACE", ".env:7", "digits only"),
        ("failed names ADMIN_ID", ".env:1", "did you mean ADMIN_IDS?"),
        ("warn names BACKUP_DIRS", "environment", "did you mean BACKUP_DIR?"),
        ("warn names LOG_LEVEL", ".env:4", "remove one of the two"),
        ("warn names POSTGRES_PASSWORD", ".env:5", "another program"),
        ("failed sentry SENTRY_DSN", ".env:6", "https://KEY@HOST/NUMBER"),
        ("failed log_filter RUST_LOG", "environment", "warn,botctl=debug"),
        ("failed log_dir LOG_DIR", "environment", "choose another directory"),
        ("failed database_file DATABASE_PATH", "environment", "mkdir -p nowhere"),
        ("warn token_file BOT_TOKEN_FILE", ".env:2", "chmod 600"),
        ("warn values ADMIN_IDS", "default", "press Start"),
    ] {
        let finding = found(&checked, key);
        assert_eq!(finding["origin"], origin, "{finding}");
        assert!(finding["hint"].as_str().unwrap().contains(hint), "{finding}");
    }
    assert!(found(&checked, "failed env_file -")["message"].as_str().unwrap().contains("(mode 644)"));
    assert!(
        found(&checked, "ok backup_dir BACKUP_DIR")["message"].as_str().unwrap().contains("will be created")
    );
    // The same for people, and with the same code.
    let output = run(&folder, &["config", "check"], &env);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(3), "{text}");
    for part in [
        "failed  ADMIN_ID (.env:1): unknown variable\n        hint: did you mean ADMIN_IDS?\n",
        "ok      BACKUP_DIR (environment): not/there/yet will be created\n",
        "error: 8 problems found, 5 warnings\n",
    ] {
        assert!(text.contains(part), "{part:?}: {text}");
    }
    assert_eq!(state_of(folder.path()), before);
}

#[test]
fn check_continues_without_an_unreadable_env_file() {
    let folder = tempfile::tempdir().unwrap();
    let env = [("TIMEZONE", "Mars/Base")];
    let checked = findings(&run(&folder, &["config", "check", "--json", "--env-file", "gone.env"], &env), 3);
    let file = found(&checked, "failed env_file -");
    assert_eq!(
        (&file["variable"], &file["origin"]),
        (&Value::Null, &"flag --env-file gone.env".into()),
        "{file}"
    );
    found(&checked, "failed values TIMEZONE");
    assert_eq!(found(&checked, "failed values BOT_TOKEN")["origin"], "not set");
    // A line that cannot be read hides nothing else.
    write_env_file(&folder, "this is no line\nLOG_DIR=elsewhere\nADMIN_ID=7\n");
    let checked = findings(&run(&folder, &["config", "check", "--json"], &env), 3);
    found(&checked, "failed names ADMIN_ID");
    found(&checked, "ok log_dir LOG_DIR");
    assert_eq!(state_of(folder.path()).len(), 1);
}

#[test]
fn env_file_problem_belongs_to_no_variable() {
    let folder = tempfile::tempdir().unwrap();
    write_env_file(&folder, "this is no line\n");
    let checked = findings(&run(&folder, &["config", "check", "--json"], &[]), 3);
    assert_eq!(found(&checked, "failed env_file -")["origin"], ".env:1");
    let text = said(&run(&folder, &["config", "check"], &[]));
    assert!(text.contains("failed  env_file (.env:1): "), "{text}");
    let refused = document(&run(&folder, &["status", "--json"], &[]));
    let problem = &refused["data"]["problems"][0];
    assert_eq!((&problem["variable"], &problem["origin"]), (&Value::Null, &".env:1".into()), "{problem}");
}

#[test]
fn check_reports_an_unwritable_log_file() {
    let folder = tempfile::tempdir().unwrap();
    let of_log = |env: &[(&str, &str)]| {
        let output = run(&folder, &["config", "check", "--json"], env);
        let checks = document(&output)["data"]["checks"].as_array().unwrap().clone();
        checks.into_iter().find(|check| check["name"] == "log_dir").unwrap()
    };
    fs::create_dir_all(folder.path().join("logs/bot.log")).unwrap();
    let wrong = of_log(&[]);
    assert_eq!((&wrong["state"], &wrong["variable"]), (&"failed".into(), &"LOG_DIR".into()), "{wrong}");
    assert!(wrong["message"].as_str().unwrap().contains("logs/bot.log"), "{wrong}");
    // A link that goes round in a circle cannot be opened, not even by root.
    fs::create_dir(folder.path().join("round")).unwrap();
    std::os::unix::fs::symlink("bot.log", folder.path().join("round/bot.log")).unwrap();
    let wrong = of_log(&[("LOG_DIR", "round")]);
    assert_eq!(wrong["state"], "failed", "{wrong}");
    assert!(wrong["message"].as_str().unwrap().contains("round/bot.log cannot be written"), "{wrong}");
    fs::create_dir(folder.path().join("fine")).unwrap();
    fs::write(folder.path().join("fine/bot.log"), "").unwrap();
    assert_eq!(of_log(&[("LOG_DIR", "fine")])["state"], "ok");
    if rustix::process::geteuid().is_root() {
        return;
    }
    fs::set_permissions(folder.path().join("fine/bot.log"), fs::Permissions::from_mode(0o440)).unwrap();
    assert_eq!(of_log(&[("LOG_DIR", "fine")])["state"], "failed");
}

#[test]
fn check_parses_the_log_filter_as_the_logger_does() {
    let folder = tempfile::tempdir().unwrap();
    let of_filter = |text: &[u8]| {
        let mut command = command(folder.path(), &["config", "check", "--json"], &[]);
        command.env("RUST_LOG", OsStr::from_bytes(text));
        let output = run_to_end(command);
        let checks = document(&output)["data"]["checks"].as_array().unwrap().clone();
        checks.into_iter().find(|check| check["name"] == "log_filter").map(|check| check["state"].clone())
    };
    assert_eq!(of_filter(b"warn,botctl=debug"), Some("ok".into()));
    assert_eq!(of_filter(b"botctl=loud"), Some("failed".into()));
    assert_eq!(of_filter(b"\xff"), Some("failed".into()), "what is no text is malformed too");
    assert_eq!(of_filter(b" "), None);
}

#[test]
fn invalid_dsn_is_reported_without_its_key() {
    let folder = tempfile::tempdir().unwrap();
    for dsn in [
        "https://hidden-word@h/",
        "https://h/7",
        "https://hidden-word@h/project",
        "https://hidden-word@h/7/x",
    ] {
        let checked = findings(&run(&folder, &["config", "check", "--json"], &[("SENTRY_DSN", dsn)]), 3);
        let wrong = found(&checked, "failed sentry SENTRY_DSN");
        assert!(wrong["hint"].as_str().unwrap().contains("https://KEY@HOST/NUMBER"), "{dsn}: {wrong}");
    }
}

/// What the check says about the database of a world, which is to stay as it is.
fn of_database(world: &World, more: &[&str], code: i32) -> Value {
    let output = run_to_end(world.command(&[&["config", "check", "--json"], more].concat()));
    let checked = findings(&output, code);
    checked.values().find(|finding| finding["name"] == "database").unwrap().clone()
}

#[test]
fn check_recognises_legacy_and_invalid_databases() {
    use diesel::connection::SimpleConnection;
    use diesel::{Connection, SqliteConnection};
    let world = empty().stopped().build(Backend::Sqlite);
    let check = || of_database(&world, &[], 3);
    fs::write(
        world.store.url(),
        "not a database, and long enough to be taken for one by its size ".repeat(9),
    )
    .unwrap();
    let garbled = check();
    assert_eq!(garbled["state"], "failed", "{garbled}");
    fs::remove_file(world.store.url()).unwrap();
    let tables = "CREATE TABLE users (id INTEGER PRIMARY KEY, telegram_id INTEGER UNIQUE, role TEXT);
        CREATE TABLE masters (id INTEGER PRIMARY KEY, telegram_id INTEGER UNIQUE, phone TEXT);
        CREATE TABLE orders (id INTEGER PRIMARY KEY, description TEXT, status TEXT, total_amount REAL);";
    SqliteConnection::establish(&world.store.url()).unwrap().batch_execute(tables).unwrap();
    let before = fs::read(world.store.url()).unwrap();
    let old = check();
    assert!(old["hint"].as_str().unwrap().contains("migrate adopt"), "{old}");
    assert_eq!(fs::read(world.store.url()).unwrap(), before);
}

#[test]
fn check_names_a_database_that_others_can_read() {
    use std::os::unix::fs::PermissionsExt;
    let world = empty().stopped().build(Backend::Sqlite);
    assert_eq!(run_to_end(world.command(&["migrate", "up"])).status.code(), Some(0));
    for (mode, state, code) in [
        (0o600, "ok", 0),
        (0o640, "warn", 0),
        (0o644, "failed", 3),
        (0o604, "failed", 3),
        (0o602, "failed", 3),
    ] {
        fs::set_permissions(world.store.url(), fs::Permissions::from_mode(mode)).unwrap();
        let output = run_to_end(world.command(&["config", "check", "--json"]));
        let checked = findings(&output, code);
        let file = found(&checked, &format!("{state} database_file DATABASE_URL"));
        if state != "ok" {
            let message = file["message"].as_str().unwrap();
            assert!(message.contains("clients' data") && message.contains(&format!("{mode:03o}")), "{file}");
            assert!(file["hint"].as_str().unwrap().starts_with("chmod 600 "), "{file}");
        }
    }
}

#[test]
fn check_says_when_no_env_file_was_found() {
    let world = empty().stopped().build(Backend::Sqlite);
    let check = || findings(&run_to_end(world.command(&["config", "check", "--json"])), 0);
    let folder = fs::canonicalize(world.cwd()).unwrap();
    let checked = check();
    let missing = found(&checked, "skip env_file -")["message"].as_str().unwrap().to_owned();
    assert_eq!(missing, format!("no .env in {}; using the environment only", folder.display()));
    fs::write(world.cwd().join(".env"), "").unwrap();
    assert!(!check().values().any(|finding| finding["message"].as_str().unwrap().contains("no .env")));
}

#[test]
fn check_reports_the_age_of_the_last_backup() {
    let world = empty().stopped().build(Backend::Sqlite);
    let backups = |env: &[(&str, &str)], code| {
        let mut command = world.command(&["config", "check", "--json"]);
        command.envs(env.iter().copied());
        let checked = findings(&run_to_end(command), code);
        checked.into_values().find(|finding| finding["name"] == "backups").unwrap()
    };
    assert_eq!(run_to_end(world.command(&["migrate", "up"])).status.code(), Some(0));
    // A database that was made just now has no backup yet, and that is said.
    assert_eq!(backups(&[], 0)["state"], "warn");
    let made = run_to_end(world.command(&["backup", "create"]));
    assert_eq!(made.status.code(), Some(0), "{}", said(&made));
    assert_eq!(backups(&[], 0)["state"], "ok");
    // Three days later.
    let folder = world.cwd().join("backups");
    let mut manifest = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let manifest = manifest.find(|path| path.extension().is_some_and(|end| end == "json")).unwrap();
    let mut content: Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    content["created_at"] = (chrono::Utc::now() - chrono::TimeDelta::days(3)).to_rfc3339().into();
    fs::write(&manifest, content.to_string()).unwrap();
    let old = backups(&[], 3);
    assert!(
        old["state"] == "failed" && old["message"].as_str().unwrap().contains("created 3 days ago"),
        "{old}"
    );
    // Where no daily one is wanted it is only said.
    assert_eq!(backups(&[("BACKUP_TIME", "")], 0)["state"], "warn");
    fs::write(folder.join("notes.txt"), "not ours").unwrap();
    fs::remove_file(&manifest).unwrap();
    assert_eq!(backups(&[], 0)["state"], "warn");
}

#[rstest]
fn check_reads_the_schema_without_changing_the_database(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    // A server is asked only when that is wanted.
    let is_server = world.store.url().starts_with("postgres");
    let more: &[&str] = if is_server { &["--online"] } else { &[] };
    if is_server {
        assert_eq!(of_database(&world, &[], 0)["state"], "skip");
    } else {
        assert!(!Path::new(&world.store.url()).exists());
        let output = run_to_end(world.command(&["config", "check", "--json"]));
        found(&findings(&output, 0), "ok database_file DATABASE_URL");
        assert!(!Path::new(&world.store.url()).exists());
    }
    assert_eq!(run_to_end(world.command(&["migrate", "up"])).status.code(), Some(0));
    let folder = world.cwd().parent().unwrap().to_owned();
    let before = state_of(&folder);
    assert_eq!(of_database(&world, more, 0)["state"], "ok");
    assert_eq!(state_of(&folder), before, "looking has left something behind");
    // While the bot runs.
    world.start();
    assert_eq!(of_database(&world, more, 0)["state"], "ok");
    // What a crash left stays for the next start.
    world.stranger().says("/start");
    world.kill();
    let names = || state_of(&folder).into_iter().map(|(name, length, _)| (name, length)).collect::<Vec<_>>();
    let before = names();
    assert_eq!(of_database(&world, more, 0)["state"], "ok");
    assert_eq!(names(), before, "looking has changed what the crash left");
    let down = run_to_end(world.command(&["migrate", "down", "--yes"]));
    assert_eq!(down.status.code(), Some(0), "{}", said(&down));
    let behind = of_database(&world, more, 3);
    assert!(
        behind["state"] == "failed" && behind["hint"].as_str().unwrap().contains("migrate up"),
        "{behind}"
    );
    assert_eq!(run_to_end(world.command(&["migrate", "up"])).status.code(), Some(0));
    world.db(|conn| {
        execute(conn, "INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000000')");
    });
    assert!(of_database(&world, more, 3)["message"].as_str().unwrap().contains("newer"));
}

#[rstest]
fn online_check_asks_telegram_and_reports_a_webhook(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    let check = |code| findings(&run_to_end(world.command(&["config", "check", "--online", "--json"])), code);
    let checked = check(0);
    assert!(
        found(&checked, "ok telegram TELEGRAM_API_URL")["message"].as_str().unwrap().contains("the bot is @")
    );
    found(&checked, "ok webhook -");
    found(&checked, "ok updates -");
    let set = world.call_bot_api("setWebhook", "{\"url\":\"http://127.0.0.1:9/path-with-hidden-word\"}");
    assert!(set.contains("\"ok\":true"), "{set}");
    for _ in 0..100 {
        let _waits = world.sandbox.send_text(crate::world::STRANGER, crate::world::STRANGER, "/start");
    }
    let checked = check(0);
    let webhook = found(&checked, "warn webhook -");
    assert!(
        webhook["message"].as_str().unwrap().contains("127.0.0.1") && !webhook.to_string().contains(HIDDEN),
        "{webhook}"
    );
    assert!(found(&checked, "warn updates -")["message"].as_str().unwrap().starts_with("100 "));
    // Nothing was fetched, removed or written.
    let calls: Vec<_> = world.sandbox.api_calls().into_iter().map(|call| call.method).collect();
    assert!(
        !calls.iter().any(|method| ["getUpdates", "deleteWebhook"].contains(&method.as_str())),
        "{calls:?}"
    );
}

#[test]
fn unreachable_servers_are_reported_but_errors_take_precedence() {
    let world = empty().stopped().build(Backend::Sqlite);
    let check = |env: &[(&str, &str)], code| {
        let mut command = world.command(&["config", "check", "--online", "--json"]);
        command.envs(env.iter().copied());
        let output = run_to_end(command);
        assert!(!said(&output).contains(HIDDEN) && !said(&output).contains(TOKEN), "{}", said(&output));
        findings(&output, code)
    };
    // Nothing listens on port 1.
    let unreachable = [
        ("TELEGRAM_API_URL", "http://127.0.0.1:1"),
        ("DATABASE_URL", "postgres://bot:hidden-word@127.0.0.1:1/bot"),
        ("SENTRY_DSN", "http://hidden-word@127.0.0.1:1/1"),
        ("REDIS_URL", "redis://:hidden-word@127.0.0.1:1/0"),
        ("USE_REDIS_STORAGE", "true"),
    ];
    let checked = check(&unreachable, 4);
    for key in [
        "unreachable telegram TELEGRAM_API_URL",
        "unreachable database DATABASE_URL",
        "unreachable sentry_host SENTRY_DSN",
        "unreachable redis REDIS_URL",
    ] {
        assert!(
            found(&checked, key)["message"].as_str().unwrap().to_lowercase().contains("refused"),
            "{key}: {checked:?}"
        );
    }
    check(&[&unreachable[..], &[("TIMEZONE", "Mars/Base")]].concat(), 3);
    // Without `--online` no check is missed.
    let output = run_to_end({
        let mut command = world.command(&["config", "check", "--json"]);
        command.envs(unreachable);
        command
    });
    findings(&output, 0);
}

#[test]
fn silent_servers_are_checked_concurrently() {
    let world = empty().stopped().build(Backend::Sqlite);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = silent.local_addr().unwrap();
    let mut command = world.command(&["config", "check", "--online", "--json"]);
    command
        .env("TELEGRAM_API_URL", format!("http://{place}"))
        .env("DATABASE_URL", format!("postgres://bot@{place}/bot"))
        .env("SENTRY_DSN", format!("http://key@{place}/1"))
        .env("REDIS_URL", format!("redis://{place}"))
        .env("USE_REDIS_STORAGE", "true");
    // One after the other they would take longer than a command of these tests may.
    let checked = findings(&run_to_end(command), 4);
    let unreachable = checked.values().filter(|finding| finding["state"] == "unreachable").count();
    assert_eq!(unreachable, 4, "{checked:#?}");
}

#[test]
fn redis_and_sentry_are_reported_reachable() {
    let Some(redis) = RedisServer::start_or_skip(&[]) else { return };
    let world = empty().stopped().build(Backend::Sqlite);
    let answering = |answer: &'static str| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let place = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut caller, _) = listener.accept().unwrap();
            let mut asked = [0; 1024];
            let length = caller.read(&mut asked).unwrap();
            caller.write_all(answer.as_bytes()).unwrap();
            String::from_utf8_lossy(&asked[..length]).into_owned()
        });
        place
    };
    let sentry = answering("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let mut command = world.command(&["config", "check", "--online", "--json"]);
    command
        .env("SENTRY_DSN", format!("http://hidden-word@{sentry}/1"))
        .env("REDIS_URL", redis.url())
        .env("USE_REDIS_STORAGE", "true");
    let output = run_to_end(command);
    assert!(!said(&output).contains(HIDDEN));
    let checked = findings(&output, 0);
    found(&checked, "ok redis REDIS_URL");
    found(&checked, "ok sentry_host SENTRY_DSN");
}

#[test]
fn rejected_redis_password_is_a_failed_check() {
    let Some(redis) = RedisServer::start_or_skip(&["--requirepass", "made-up"]) else { return };
    let world = empty().stopped().build(Backend::Sqlite);
    let mut command = world.command(&["config", "check", "--online", "--json"]);
    command.env("REDIS_URL", redis.url()).env("USE_REDIS_STORAGE", "true");
    let checked = findings(&run_to_end(command), 3);
    let hint = found(&checked, "failed redis REDIS_URL")["hint"].as_str().unwrap();
    assert_eq!(hint, "correct the user and the password in REDIS_URL");
}

#[test]
fn rejected_token_is_a_configuration_error() {
    let world = empty().stopped().build(Backend::Sqlite);
    let mut command = world.command(&["config", "check", "--online", "--json"]);
    // The sandbox takes every token; a page that is not the Bot API takes none.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    command.env("TELEGRAM_API_URL", format!("http://{}", listener.local_addr().unwrap()));
    std::thread::spawn(move || {
        for caller in listener.incoming().map_while(Result::ok) {
            let mut caller = caller;
            let _asked = caller.read(&mut [0; 4096]);
            let body = r#"{"ok":false,"error_code":401,"description":"Unauthorized"}"#;
            let _told = write!(
                caller,
                "HTTP/1.1 401 Unauthorized\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    let output = run_to_end(command);
    assert!(!said(&output).contains(TOKEN), "{}", said(&output));
    found(&findings(&output, 3), "failed telegram BOT_TOKEN");
}

#[test]
fn completions_are_those_of_the_repository() {
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
    for (shell, file) in [("bash", "botctl.bash"), ("zsh", "_botctl"), ("fish", "botctl.fish")] {
        let output = run(&folder, &["completions", shell], &[]);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert!(output.stdout == fs::read(root.join(file)).unwrap(), "{file} is stale");
        let document = document(&run(&folder, &["completions", shell, "--json"], &[]));
        assert_eq!(document["data"]["shell"], shell);
        assert_eq!(document["data"]["script"].as_str().unwrap().as_bytes(), output.stdout);
    }
    assert_eq!(state_of(folder.path()), []);
}
