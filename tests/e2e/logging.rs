//! The log of `serve`: in the file and on stdout, while disk, terminal or process fail.

use std::fs;
use std::io::{PipeWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;

use botctl::testing::config::{Dsn, LogFormat, LogLevel, LoggingConfig, SentryConfig};
use botctl::testing::domain::OrderStatus;
use botctl::testing::logging::{LogContext, LogGuard, LogSetup, start_logging};
use rstest::rstest;
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use telegram_sandbox::{Fault, FaultKind};

use crate::texts::{key, text as text_of};
use crate::world::{
    Backend, DISPATCHER, STRANGER, TIMEOUT, TOKEN, World, empty, execute, has_postgres, run_to_end, said,
    staffed, wait_until,
};

fn file(world: &World) -> PathBuf {
    world.cwd().join("logs/bot.log")
}

fn text(world: &World) -> String {
    fs::read_to_string(file(world)).unwrap()
}

/// Lines of the log among everything that was written to stdout and stderr.
fn seen(world: &World) -> String {
    let logs = world.logs();
    let lines = logs.lines().filter(|line| line.starts_with("{\"timestamp\""));
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn file_and_stdout_hold_the_same_lines_to_the_last() {
    let world = staffed().build(Backend::Sqlite);
    world.dispatcher().says("/help");
    assert_eq!(world.terminate(), 0);
    let (file, seen) = (text(&world), seen(&world));
    assert_eq!(file, seen);
    assert!(file.lines().last().unwrap().contains("\"message\":\"stopped\""), "{file}");
    // The next run goes on in the same file.
    world.start();
    assert_eq!(world.terminate(), 0);
    assert!(text(&world).starts_with(&file) && text(&world).len() > file.len());
}

#[test]
fn each_update_is_one_log_line_without_text() {
    let world = empty().build(Backend::Sqlite);
    let sent = world.sandbox.send_text(STRANGER, STRANGER, "/start");
    assert_eq!(world.wait_until_handled(sent.update_id), "handled");
    assert_eq!(world.terminate(), 0);
    let id = format!("\"update\":{},", sent.update_id);
    let file = text(&world);
    let lines: Vec<&str> = file.lines().filter(|line| line.contains(&id)).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
    let names: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected =
        ["timestamp", "level", "message", "update", "kind", "user", "chat", "outcome", "action", "ms"];
    expected.sort_unstable();
    let mut names = names;
    names.sort_unstable();
    assert_eq!(names, expected);
    assert_eq!(
        (&line["user"], &line["chat"], &line["kind"]),
        (&STRANGER.into(), &STRANGER.into(), &"message".into())
    );
    assert_eq!(line["action"], "/start");
    assert!(line["ms"].is_f64(), "{line}");
}

#[test]
fn update_log_line_names_the_action_but_not_the_text() {
    let world = staffed().build(Backend::Sqlite);
    let order = world.order_in(OrderStatus::New);
    let action = |update: i64| {
        world.wait_until_handled(update);
        let line: serde_json::Value =
            serde_json::from_str(&world.wait_for_log(&[&format!("\"update\":{update},"), "\"outcome\""]))
                .unwrap();
        line["action"].as_str().map(str::to_owned)
    };
    let says = |text: &str| action(world.sandbox.send_text(DISPATCHER, DISPATCHER, text).update_id);
    for (text, wanted) in [
        ("/help", "/help"),
        ("/order 9001234567", "/order"),
        ("Клара Клиентова", "text"),
        (key::ALL_ORDERS, "menu:all_orders"),
        (key::CREATE, "menu:create_order"),
        ("Сантехника", "new_order:1"),
        ("Клара Клиентова", "new_order:2"),
        ("⬅️ Назад", "new_order:3"),
        (key::CANCEL, "cancel"),
    ] {
        assert_eq!(says(text).as_deref(), Some(wanted), "{text}");
    }
    for (data, wanted) in [
        (format!("view_order:{order}"), "view_order"),
        ("dialog_skip:1:5".to_owned(), "dialog_skip"),
        ("Клара Клиентова".to_owned(), "unknown_button"),
    ] {
        world.dispatcher().presses_old(&data);
        world.wait_for_log(&["\"callback_query\"", &format!("\"action\":\"{wanted}\"")]);
    }
    assert_eq!(world.terminate(), 0);
    assert!(!text(&world).contains("Клар"));
}

/// What `logs tail` shows of a chat.
fn of_chat(world: &World, chat: i64, more: &[&str]) -> String {
    let chat = chat.to_string();
    world.ask(&[&["logs", "tail", "--chat", &chat], more].concat()).ends(0).out
}

#[test]
fn failed_update_is_logged_with_its_chat() {
    let world = staffed().build(Backend::Sqlite);
    let line =
        |parts: &[&str]| -> serde_json::Value { serde_json::from_str(&world.wait_for_log(parts)).unwrap() };
    let change_to = |role: &str| format!("UPDATE users SET role = '{role}' WHERE telegram_id = {STRANGER}");
    world.db(|conn| execute(conn, &change_to("NOBODY")));
    let sent = world.sandbox.send_text(STRANGER, STRANGER, "/start");
    assert_eq!(world.wait_until_handled(sent.update_id), "failed");
    world.db(|conn| execute(conn, &change_to("UNKNOWN")));
    world.locks_out("let me in");
    let sent = world.sandbox.send_text(STRANGER, STRANGER, "let me in");
    line(&["retrying"]);
    world.lets_in();
    world.wait_until_handled(sent.update_id);
    world.stranger().presses_old("no_such_button");
    for what in ["update cannot be handled", "retrying", "unknown button"] {
        let line = line(&[what]);
        assert_eq!((&line["user"], &line["chat"]), (&STRANGER.into(), &STRANGER.into()), "{line}");
        assert!(of_chat(&world, STRANGER, &[]).contains(what), "{what}");
        let update = line["update"].as_i64().unwrap_or_else(|| panic!("{line}")).to_string();
        assert!(world.ask(&["logs", "tail", "--update", &update]).ends(0).out.contains(what), "{what}");
    }
    assert_eq!(of_chat(&world, STRANGER, &["--level", "error"]).lines().count(), 2);
    assert_eq!(of_chat(&world, DISPATCHER, &["--level", "warn"]), "");
    assert_eq!(world.terminate(), 0);
}

#[test]
fn retries_of_one_failure_log_one_error() {
    let world = staffed().build(Backend::Sqlite);
    world.locks_out("let me in");
    let sent = world.sandbox.send_text(STRANGER, STRANGER, "let me in");
    let id = format!("\"update\":{},", sent.update_id);
    world.wait_for_log(&["WARN", &id, "retrying"]);
    world.lets_in();
    assert_eq!(world.wait_until_handled(sent.update_id), "handled");
    let logs = world.logs();
    let errors = logs.lines().filter(|line| line.contains("\"ERROR\"") && line.contains(&id));
    assert_eq!(errors.count(), 1, "{logs}");
}

#[test]
fn forced_exit_and_refused_start_flush_the_log_file() {
    let world = staffed().build(Backend::Sqlite);
    world.allow_failed_calls();
    world.sandbox.add_fault(
        Fault::always(FaultKind::Hang { duration: None }).for_method("sendMessage").in_chat(DISPATCHER),
    );
    world.dispatcher().says("/help");
    let second = run_to_end(world.command(&["serve"]));
    assert_eq!(second.status.code(), Some(5), "{}", said(&second));
    world.signal("INT");
    world.wait_for_log(&["graceful shutdown started"]);
    assert_eq!(world.signal_until_exit("TERM"), 1);
    let file = text(&world);
    assert!(file.lines().any(|line| line.contains("serve failed") && line.contains("another")), "{file}");
    assert!(file.lines().last().unwrap().contains("stopped immediately by a second signal"), "{file}");
}

#[test]
fn personal_data_and_secrets_are_redacted_from_log_lines() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        if backend == Backend::Postgres && !has_postgres() {
            continue;
        }
        let world = staffed().with("WEBHOOK_SECRET", "made-up-webhook-secret-4711").build(backend);
        let value = format!("+7 (999) 000-11-22 {TOKEN} made-up-webhook-secret-4711");
        let change_to =
            |role: &str| format!("UPDATE users SET role = '{role}' WHERE telegram_id = {STRANGER}");
        world.db(|conn| execute(conn, &change_to(&value)));
        let sent = world.sandbox.send_text(STRANGER, STRANGER, "/start");
        assert_eq!(world.wait_until_handled(sent.update_id), "failed");
        world.db(|conn| execute(conn, &change_to("UNKNOWN")));
        assert_eq!(world.terminate(), 0);
        for log in [text(&world), world.logs()] {
            assert!(log.contains("[redacted] [redacted] [redacted]"), "{log}");
            for secret in ["000-11-22", TOKEN, "made-up-token", "secret-4711"] {
                assert!(!log.contains(secret), "{secret} is in the log");
            }
        }
    }
}

#[rstest]
fn texts_quoted_by_telegram_are_neither_logged_nor_stored(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.terminate();
    world.allow_failed_calls();
    let payload =
        serde_json::json!({ "chat_id": STRANGER, "parse_mode": "HTML", "text": "ключ <Петрова9кв>" });
    world.db(|conn| {
        let columns = "chat_id, method, payload, due_at, created_at";
        let values =
            format!("{STRANGER}, 'sendMessage', '{payload}', '2026-01-01 10:00:00', '2026-01-01 10:00:00'");
        execute(conn, &format!("INSERT INTO outbox ({columns}) VALUES ({values})"));
    });
    world.start();
    let line = world.wait_for_log(&["dead letter"]);
    assert!(line.contains(r#"start tag \"…\" at byte offset"#), "{line}");
    wait_until("it is written down", || world.messages_that_are("dead") == 1);
    let kept = world.dead_letters();
    assert!(kept.len() == 1 && kept[0].1.contains("start tag \"…\" at"), "{kept:?}");
    world.stranger().presses_old("Иван Петров 9001234567");
    world.wait_for_log(&["unknown button", "of 22 characters"]);
    assert_eq!(world.terminate(), 0);
    for log in [text(&world), world.logs()] {
        assert!(!log.contains("етров") && !log.contains("9001234567"), "{log}");
    }
}

#[test]
fn log_recovers_after_a_full_disk() {
    let world = empty().stopped().build(Backend::Sqlite);
    fs::create_dir(world.cwd().join("logs")).unwrap();
    std::os::unix::fs::symlink("/dev/full", file(&world)).unwrap();
    world.start();
    world.wait_for_log(&["warning:", "bot.log cannot be written"]);
    for _ in 0..3 {
        world.stranger().says("/start");
    }
    fs::remove_file(file(&world)).unwrap();
    world.stranger().says("/help");
    assert_eq!(world.terminate(), 0);
    assert_eq!(text(&world), seen(&world));
    let said = |what: &str| world.logs().lines().filter(|line| line.contains(what)).count();
    assert_eq!((said("cannot be written"), said("is written again; 0 lines")), (1, 1));
}

#[test]
fn blocked_stdout_stalls_neither_bot_nor_log_file() {
    let world = staffed().stopped().with("RUST_LOG", "trace").build(Backend::Sqlite);
    let mut command = world.command(&["serve"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = || fs::read_to_string(file(&world)).map_or(0, |text| text.lines().count());
    // More than the pipe and the queue hold.
    for said in 1.. {
        if lines() > 9_000 {
            break;
        }
        world.sandbox.send_text(DISPATCHER, DISPATCHER, "/help");
        world.wait("an answer", |state| {
            (state.api_calls().iter().filter(|call| call.method == "sendMessage").count() >= said)
                .then_some(())
        });
    }
    let kill = Command::new("/bin/sh").args(["-c", &format!("kill -TERM {}", child.id())]).status().unwrap();
    assert!(kill.success());
    let _unread = child.stdout.take();
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || tell.send(child.wait().unwrap()));
    assert!(told.recv_timeout(TIMEOUT).expect("it ends").success());
    let file = text(&world);
    assert!(file.contains("\"message\":\"stopped\"") && file.contains("lines are missing on stdout"));
}

/// Fills a pipe, so that the next write to it blocks.
fn fill(pipe: &mut PipeWriter) {
    fcntl_setfl(&*pipe, OFlags::NONBLOCK).unwrap();
    while pipe.write(&[b' '; 4096]).is_ok() {}
    fcntl_setfl(&*pipe, OFlags::empty()).unwrap();
}

#[test]
fn blocked_stderr_stalls_neither_bot_nor_shutdown() {
    let world = staffed().with("RUST_LOG", "trace").stopped().build(Backend::Sqlite);
    let (_unread, mut stderr) = std::io::pipe().unwrap();
    let stdout = world.cwd().join("stdout");
    let mut command = world.command(&["serve"]);
    command.stdout(fs::File::create(&stdout).unwrap()).stderr(stderr.try_clone().unwrap());
    let mut child = command.spawn().unwrap();
    let mut said = 0;
    let mut says_help = || {
        world.sandbox.send_text(DISPATCHER, DISPATCHER, "/help");
        said += 1;
        world.wait("an answer", |state| {
            (state.api_calls().iter().filter(|call| call.method == "sendMessage").count() >= said)
                .then_some(())
        });
    };
    says_help();
    // Now there is something to say there.
    fill(&mut stderr);
    fs::remove_file(file(&world)).unwrap();
    std::os::unix::fs::symlink("/dev/full", file(&world)).unwrap();
    // More than waits for the file.
    let lines = || fs::read_to_string(&stdout).unwrap().lines().count();
    let begun = lines();
    while lines() < begun + 3_000 {
        says_help();
    }
    let kill = Command::new("/bin/sh").args(["-c", &format!("kill -TERM {}", child.id())]).status().unwrap();
    assert!(kill.success());
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || tell.send(child.wait().unwrap()));
    assert!(told.recv_timeout(TIMEOUT).expect("it ends").success());
    assert!(fs::read_to_string(&stdout).unwrap().contains("\"message\":\"stopped\""));
}

#[test]
fn locked_database_logs_one_error_with_the_waiting_chats() {
    let world = staffed().build(Backend::Sqlite);
    world.allow_failed_calls();
    world.sandbox.add_fault(Fault::always(FaultKind::ServerError { code: 500 }).for_method("sendMessage"));
    for person in [DISPATCHER, STRANGER] {
        world.player(person).says("/help");
        world.wait_for_log(&["message was not delivered, retrying", &format!("\"chat\":{person},")]);
    }
    world.db(|conn| execute(conn, "BEGIN IMMEDIATE"));
    for person in [DISPATCHER, STRANGER] {
        world.wait_for_log(&[
            "database write failed, retrying",
            &format!("\"chat\":{person},"),
            "\"outbox\":",
        ]);
    }
    world.db(|conn| execute(conn, "ROLLBACK"));
    world.sandbox.clear_faults();
    for (person, answer) in [(DISPATCHER, text_of("help-footer")), (STRANGER, STRANGER.to_string())] {
        world.player(person).sees(&answer);
        assert!(of_chat(&world, person, &[]).contains("database write failed, retrying"));
    }
    assert_eq!(world.terminate(), 0);
    let file = text(&world);
    let errors: Vec<&str> = file.lines().filter(|line| line.contains("\"level\":\"ERROR\"")).collect();
    assert!(errors.len() == 1 && errors[0].contains("could not begin a transaction"), "{errors:#?}");
}

#[test]
fn invalid_log_folder_is_refused_at_start() {
    let world = empty().with("LOG_DIR", "taken/logs").stopped().build(Backend::Sqlite);
    fs::write(world.cwd().join("taken"), "").unwrap();
    let output = run_to_end(world.command(&["serve"]));
    assert_eq!(output.status.code(), Some(1));
    let said = said(&output);
    assert!(said.contains("taken/logs/bot.log") && said.contains("LOG_DIR"), "{said}");
}

#[test]
fn the_sandbox_leaves_no_files_unless_a_folder_is_named() {
    let world = empty().stopped().build(Backend::Sqlite);
    let play = ["serve", "--sandbox", "--sandbox-listen", "127.0.0.1:0"];
    world.spawn(&play);
    world.wait_for_log(&["\"serving\""]);
    assert_eq!(world.terminate(), 0);
    assert!(!world.cwd().join("logs").exists());
    let world = empty().with("LOG_DIR", "logs").stopped().build(Backend::Sqlite);
    world.spawn(&play);
    world.wait_for_log(&["\"serving\""]);
    assert_eq!(world.terminate(), 0);
    assert!(text(&world).contains("\"serving\""));
}

#[test]
fn malformed_rust_log_is_reported_and_log_level_applies() {
    let world = empty().with("RUST_LOG", "botctl=loud").with("LOG_LEVEL", "DEBUG").build(Backend::Sqlite);
    world.wait_for_log(&["WARN", "RUST_LOG is malformed"]);
    world.stranger().says("/start");
    world.wait_for_log(&["DEBUG"]);
    let world = empty().with("RUST_LOG", "error").stopped().build(Backend::Sqlite);
    world.spawn(&["serve"]);
    world.wait("a poll", |state| {
        state.api_calls().iter().any(|call| call.method == "deleteWebhook").then_some(())
    });
    world.player(STRANGER).world.sandbox.send_text(STRANGER, STRANGER, "/start");
    world.stranger().sees("Степан");
    assert_eq!(world.terminate(), 0);
    assert_eq!(text(&world), "");
}

/// What the program shows on a terminal.
fn on_a_terminal(world: &World, no_color: &str) -> String {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let screen = fs::File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let mut command = world.command(&["serve"]);
    command.env("LOG_FORMAT", "text").env("TERM", "xterm").env("NO_COLOR", no_color);
    let mut child = command.stdout(screen).stderr(Stdio::null()).spawn().unwrap();
    // The command keeps the terminal open.
    drop(command);
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let (mut terminal, mut piece) = (fs::File::from(terminal), [0; 4096]);
        while let Ok(length @ 1..) = terminal.read(&mut piece) {
            let _told = tell.send(String::from_utf8_lossy(&piece[..length]).into_owned());
        }
    });
    let mut shown = String::new();
    while !shown.contains("serving") {
        shown += &told.recv_timeout(TIMEOUT).expect("it serves");
    }
    let kill = Command::new("/bin/sh").args(["-c", &format!("kill -TERM {}", child.id())]).status().unwrap();
    assert!(kill.success());
    while let Ok(piece) = told.recv_timeout(TIMEOUT) {
        shown += &piece;
    }
    assert!(child.wait().unwrap().success());
    shown
}

#[test]
fn colour_is_used_on_terminals_and_never_in_the_file() {
    let world = empty().stopped().build(Backend::Sqlite);
    let shown = on_a_terminal(&world, "");
    assert!(shown.contains("\u{1b}[32m INFO") && shown.contains("stopped"), "{shown:?}");
    let file = text(&world);
    assert!(
        file.contains(" INFO serving bot=\"") && file.contains("stopped") && !file.contains('\u{1b}'),
        "{file}"
    );
    let shown = on_a_terminal(&world, "1");
    assert!(shown.contains(" INFO serving bot=\"") && !shown.contains('\u{1b}'), "{shown:?}");
}

const FOLDER: &str = "BOTCTL_TEST_LOG_FOLDER";
/// A made-up client text, such as a panic could quote.
const WORDS: &str = "Клара Клиентова просит починить";

pub fn start_in_this_process(folder: &Path, dsn: Dsn) -> LogGuard {
    let logging = LoggingConfig { level: LogLevel::Info, dir: folder.to_owned(), format: LogFormat::Text };
    let sentry = SentryConfig { dsn, environment: "testing".to_owned(), proxy: None };
    let setup = LogSetup {
        logging: &logging,
        folder: Some(folder),
        sentry: &sentry,
        secrets: Vec::new(),
        stdout_is_taken: false,
        colour: None,
    };
    start_logging(setup, |_| ()).unwrap()
}

/// Runs one test of this program, which is not to be run with the others, in a process of its own.
pub fn in_a_process_of_its_own(test: &str, env: &[(&str, &str)]) -> std::process::Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([test, "--exact", "--ignored", "--nocapture"])
        .envs(env.iter().copied())
        .stdin(Stdio::null());
    run_to_end(command)
}

#[test]
#[ignore = "a part of the next one"]
fn dies_of_a_panic() {
    let log = start_in_this_process(Path::new(&std::env::var(FOLDER).unwrap()), Dsn::Off);
    // More than is written in a moment.
    for line in 0..5_000 {
        tracing::warn!(line, "before");
    }
    let died = std::thread::Builder::new()
        .name("db-writer".to_owned())
        .spawn(|| {
            let context = LogContext { update: Some(17), user: Some(18), chat: Some(-19) };
            context.scope(|| panic!("{WORDS} {}", 1))
        })
        .unwrap();
    assert!(died.join().is_err());
    std::mem::forget(log);
    std::process::abort();
}

#[test]
fn panic_is_logged_with_its_location_and_without_user_text() {
    let folder = tempfile::tempdir().unwrap();
    let output =
        in_a_process_of_its_own("logging::dies_of_a_panic", &[(FOLDER, folder.path().to_str().unwrap())]);
    let file = fs::read_to_string(folder.path().join("bot.log")).unwrap();
    assert_eq!(file.lines().filter(|line| line.contains(" WARN before line=")).count(), 5_000);
    assert!(
        file.contains("ERROR panicked at=\"tests/e2e/logging.rs:") && file.contains("thread=\"db-writer\""),
        "{file}"
    );
    assert!(file.contains(" update=17 user=18 chat=-19\n"), "{file}");
    for text in [&file, &said(&output)] {
        assert!(!text.contains("Клара"), "{text}");
    }
    assert!(said(&output).contains("panicked at tests/e2e/logging.rs"));
}
