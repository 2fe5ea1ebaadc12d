//! Hosts that break under a running bot: locks that are refused or held by others, a database file that goes away.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use botctl::testing::config::DatabaseUrl;
use botctl::testing::db::Database;
use botctl::testing::db::schema::users;
use diesel::prelude::*;
use rstest::rstest;
use serde_json::Value;
use telegram_sandbox::{Fault, FaultKind};

use crate::systemd::Manager;
use crate::texts::text;
use crate::world::{Backend, DISPATCHER, OTHER_DISPATCHER, STRANGER, TestDatabase, World, execute, staffed};

/// Some of these take what a lock or the watchdog has to wait for.
const PATIENCE: Duration = Duration::from_secs(90);

/// Compiles the library that breaks the host of a program; `None` skips the test, loudly, for want of a C compiler.
pub fn compile_shim(folder: &Path) -> Option<PathBuf> {
    let library = folder.join("broken_host.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/broken_host.c");
    let compiled =
        Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl").output();
    match compiled {
        Ok(compiled) => {
            assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
            Some(library)
        }
        Err(why) => {
            assert!(std::env::var_os("CI").is_none(), "no C compiler: {why}");
            let _written = writeln!(std::io::stderr(), "SKIPPED a broken host: no C compiler ({why})");
            None
        }
    }
}

fn helps_sent_to(world: &World, chat: i64) -> usize {
    world.texts_sent_to(chat).iter().filter(|said| said.contains(&text("help-footer"))).count()
}

#[test]
fn refused_unlock_neither_silences_the_bot_nor_repeats_messages() {
    let folder = tempfile::tempdir().unwrap();
    let Some(library) = compile_shim(folder.path()) else { return };
    let trigger = folder.path().join("refuse");
    let world = staffed()
        .with("BACKUP_TIME", "")
        .with("LD_PRELOAD", library.to_str().unwrap())
        .with("REFUSE_UNLOCK", trigger.to_str().unwrap())
        .build(Backend::Sqlite);
    // On its way while the lock gets stuck, so that its end cannot be recorded.
    let slow = FaultKind::Hang { duration: Some(Duration::from_secs(2)) };
    world.sandbox.add_fault(Fault::times(slow, 1).for_method("sendMessage").in_chat(OTHER_DISPATCHER));
    world.other_dispatcher().says("/help");
    fs::write(&trigger, "").unwrap();
    world.dispatcher().says("/help");
    assert!(!trigger.exists(), "no unlock was refused");
    world.dispatcher().sees(&text("help-footer"));
    world.other_dispatcher().sees(&text("help-footer"));
    world.wait_for_log(&["database connections were closed and opened again"]);
    world.stranger().says("/start").hears("Степан");
    world.ask(&["status"]).ends(0);
    world.restart();
    assert_eq!(world.messages_that_are("pending"), 0);
    assert_eq!((helps_sent_to(&world, OTHER_DISPATCHER), helps_sent_to(&world, DISPATCHER)), (1, 1));
}

#[rstest]
fn foreign_lock_silences_the_watchdog_and_is_named_by_status(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let manager = Manager::new();
    let watchdog = Duration::from_millis(200).as_micros().to_string();
    let setup = staffed()
        .with("BACKUP_TIME", "")
        .with("NOTIFY_SOCKET", &manager.path)
        .with("WATCHDOG_USEC", &watchdog);
    let Some(world) = setup.build_or_skip(backend) else { return };
    let (begin, holder) = match backend {
        Backend::Sqlite => ("BEGIN IMMEDIATE", format!("process {} (", std::process::id())),
        Backend::Postgres => ("BEGIN; LOCK TABLE inbox, outbox IN EXCLUSIVE MODE", "process ".to_owned()),
    };
    world.db(|conn| begin.split("; ").for_each(|statement| execute(conn, statement)));
    let update = world.sandbox.send_text(STRANGER, STRANGER, "/help").update_id;
    world.wait_for_log_within(PATIENCE, &["the watchdog is no longer notified"]);
    // The last that it says before it falls silent.
    manager.hears("STATUS=nothing can be written to the database");
    let document = world.ask_json(&["status"], 3);
    let messages = document["data"]["attention"].as_array().unwrap().iter().map(|one| &one["message"]);
    let messages: Vec<&str> = messages.map(|message| message.as_str().unwrap()).collect();
    let obstacle = format!("nothing can be written to the database: {holder}");
    assert!(
        messages[0].starts_with(&obstacle) && messages[0].ends_with(") holds its write lock"),
        "{messages:?}"
    );
    assert!(document["data"]["database"]["write_obstacle"].as_str().unwrap().starts_with(&holder));
    assert!(manager.is_silent(), "the watchdog is fed");
    world.db(|conn| execute(conn, "ROLLBACK"));
    manager.hears("STATUS=serving");
    manager.hears("WATCHDOG=1");
    assert_eq!(world.wait_until_handled(update), "handled");
    let document = world.ask_json(&["status"], 0);
    assert_eq!(document["data"]["database"]["write_obstacle"], Value::Null);
}

#[test]
fn write_of_nothing_ends_an_outage_of_the_server_once_the_tables_accept_writes() {
    let Some(world) = staffed().with("BACKUP_TIME", "").build_or_skip(Backend::Postgres) else { return };
    world.terminate();
    let url = world.store.url().parse::<DatabaseUrl>().unwrap();
    let (db, _writer) = Database::open(&url).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let write_nothing = || runtime.block_on(db.write(|_| Ok::<_, botctl::testing::db::Error>(())));
    assert!(db.outage().report_once());
    world.db(|conn| execute(conn, "BEGIN"));
    world.db(|conn| execute(conn, "LOCK TABLE outbox IN EXCLUSIVE MODE"));
    write_nothing().unwrap_err();
    assert!(!db.outage().report_once(), "the outage goes on");
    world.db(|conn| execute(conn, "ROLLBACK"));
    write_nothing().unwrap();
    assert!(db.outage().report_once(), "the outage has ended");
}

#[test]
fn read_only_server_is_named_by_status() {
    let Some(world) = staffed().with("BACKUP_TIME", "").build_or_skip(Backend::Postgres) else { return };
    let TestDatabase::Postgres { name, .. } = &world.store else { panic!("asked for PostgreSQL") };
    world.ask(&["status"]).ends(0);
    world.db(|conn| execute(conn, &format!("ALTER DATABASE {name} SET default_transaction_read_only = on")));
    let said = world.ask(&["status"]).ends(3);
    assert!(said.err.contains("nothing can be written to the database: the server is read-only"), "{said:?}");
}

fn database_file(world: &World) -> PathBuf {
    let TestDatabase::Sqlite(path) = &world.store else { panic!("asked for SQLite") };
    path.clone()
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", path.display()))
}

/// Breaks the files of a running bot, lets the stranger write, and waits for the end of the process. What the stranger wrote
/// stays with Telegram.
fn exit_code_after(world: &World, break_files: impl FnOnce(&Path), message: &str) -> i32 {
    world.stranger().says("/help").hears(&STRANGER.to_string());
    world.wait("everything to be confirmed", |state| (state.pending_updates() == 0).then_some(()));
    world.close_db();
    break_files(&database_file(world));
    world.sandbox.send_text(STRANGER, STRANGER, "/start");
    let code = world.exit_code(PATIENCE);
    assert!(world.logs().contains(message), "{}", world.logs());
    assert_eq!(world.sandbox.read_state(telegram_sandbox::SandboxState::pending_updates), 1);
    code
}

fn has_no_log(path: &Path) -> bool {
    fs::metadata(with_suffix(path, "-wal")).map_or(true, |file| file.len() == 0)
}

/// Counts the users in a database file without its write-ahead log.
fn users_in(path: &Path) -> i64 {
    let mut conn = TestDatabase::Sqlite(path.to_owned()).open();
    users::table.count().get_result(&mut conn).unwrap()
}

#[test]
fn moved_database_ends_serve_and_is_whole_where_it_is() {
    let world = staffed().build(Backend::Sqlite);
    let path = database_file(&world);
    let elsewhere = with_suffix(&path, ".moved");
    let move_away = |path: &Path| fs::rename(path, &elsewhere).unwrap();
    let code = exit_code_after(&world, move_away, "bot.db was moved or deleted while it was in use");
    // Not restarted by the service manager: a start here would begin an empty database.
    assert_eq!(code, 3);
    assert!(!path.exists() && has_no_log(&path));
    assert_eq!(users_in(&elsewhere), 6);
    // Whatever restarts it all the same.
    let refused = world.ask(&["serve"]).ends(3);
    assert!(refused.err.contains("the database was moved or deleted") && !path.exists(), "{refused:?}");
    fs::rename(&elsewhere, &path).unwrap();
    world.start();
    world.stranger().hears("Степан");
}

#[test]
fn deleted_database_ends_serve_while_the_bot_is_idle() {
    let world = staffed().build(Backend::Sqlite);
    world.close_db();
    fs::remove_file(database_file(&world)).unwrap();
    assert_eq!(world.exit_code(PATIENCE), 3);
    assert!(!database_file(&world).exists());
    // The test's own connection would begin a new file in its place.
    assert!(world.logs().contains("was moved or deleted"), "{}", world.logs());
}

#[test]
fn replaced_database_ends_serve_and_the_next_start_uses_the_new_file() {
    let world = staffed().build(Backend::Sqlite);
    let copy = world.cwd().join("copy.db");
    world.db(|conn| execute(conn, &format!("VACUUM INTO '{}'", copy.display())));
    let replace = |path: &Path| fs::rename(&copy, path).unwrap();
    let code = exit_code_after(&world, replace, "bot.db was replaced by another file");
    assert_eq!(code, 1);
    // The old write-ahead log would be read into the new file.
    assert!(has_no_log(&database_file(&world)));
    world.start();
    world.stranger().hears("Степан");
    assert_eq!(world.terminate(), 0);
    assert_eq!(users_in(&database_file(&world)), 6);
}

#[rstest]
fn missing_sidecar_file_ends_serve_and_nothing_is_lost(#[values("-wal", "-shm")] suffix: &str) {
    let world = staffed().build(Backend::Sqlite);
    let remove = |path: &Path| fs::remove_file(with_suffix(path, suffix)).unwrap();
    let code = exit_code_after(&world, remove, "bot.db has lost its -wal or -shm file");
    assert_eq!(code, 1);
    assert_eq!(users_in(&database_file(&world)), 6);
    world.start();
    world.stranger().hears("Степан");
}
