//! Texts from outside that a terminal would take for orders: escape sequences, control characters, changes of the text's
//! direction.

use std::fs;
use std::path::Path;
use std::process::Command;

use rstest::rstest;
use serde_json::Value;

use crate::terminal::{ALL, on_terminal};
use crate::world::{Backend, World, empty, execute, run_to_end, said, staffed};

/// Colours, the title of the window, the end of a line, a C1 control, and characters that turn or break a line.
const HOSTILE: &str =
    "a\u{1b}[31mb\u{1b}]0;title\u{7}\u{9b}2J\r\u{202e}c\u{61c}d\u{2028}e\u{2029}f\u{2066}\u{7f}";

/// What no output may contain; a line ends in CR and LF on a terminal.
fn is_foreign(c: char) -> bool {
    c.is_control() && c != '\n'
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn expect_harmless(text: &str, of: &str) {
    // The program's own: the progress bar, and words in bold and one of the eight colours.
    let own = regex::Regex::new("\u{1b}\\[1m\u{1b}\\[3[0-7]m([A-Za-z]+:? *)\u{1b}\\[0m").unwrap();
    let rest = text.replace("\r\n", "\n").replace("\r\u{1b}[2K", "");
    let rest = own.replace_all(&rest, "$1");
    assert!(!rest.contains(is_foreign), "{of}: {text:?}");
}

/// Runs a command with pipes and on a terminal, and returns what it prints into pipes.
fn expect_harmless_run(world: &World, arguments: &[&str]) -> String {
    let output = said(&run_to_end(world.command(arguments)));
    expect_harmless(&output, &format!("{arguments:?}"));
    let mut command = world.command(arguments);
    command.env("TERM", "xterm");
    expect_harmless(&on_terminal(command, ALL, "no\n").screen, &format!("{arguments:?} on a terminal"));
    output
}

/// A backup whose name and manifest are hostile.
fn make_hostile_backup(world: &World) -> String {
    let folder = world.cwd().join("backups");
    assert_eq!(run_to_end(world.command(&["migrate", "up"])).status.code(), Some(0));
    assert_eq!(run_to_end(world.command(&["backup"])).status.code(), Some(0));
    let names = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let good = names.into_iter().find(|name| name.contains(".db") && !name.contains(".json")).unwrap();
    let name = format!("bot_database_{HOSTILE}.db");
    fs::copy(folder.join(&good), folder.join(&name)).unwrap();
    let mut manifest: Value =
        serde_json::from_slice(&fs::read(folder.join(format!("{good}.json"))).unwrap()).unwrap();
    manifest["database"] = format!("/{HOSTILE}").into();
    manifest["repaired"] = serde_json::json!([HOSTILE]);
    fs::write(folder.join(format!("{name}.json")), manifest.to_string()).unwrap();
    name
}

#[test]
fn hostile_backups_are_shown_without_their_escapes() {
    let world = empty().stopped().with("BACKUP_DIR", "backups").build(Backend::Sqlite);
    let name = make_hostile_backup(&world);
    for arguments in [
        &["backup", "list"][..],
        &["backup", "list", "--check"],
        &["backup", "verify", "--all"],
        &["backup", "verify", &name],
        &["backup", "restore", &name],
        &["backup", "restore", "--yes", &name],
        &["backup", "prune", "--dry-run"],
        &["backup", "prune", "--keep-last", "1"],
        &["status"],
        &["config", "check"],
    ] {
        expect_harmless_run(&world, arguments);
    }
    fs::write(world.cwd().join("backups").join(format!("{name}.json")), HOSTILE).unwrap();
    for arguments in [&["backup", "list"][..], &["backup", "verify", &name], &["backup", "restore", &name]] {
        expect_harmless_run(&world, arguments);
    }
}

#[test]
fn hostile_arguments_are_shown_without_their_escapes() {
    let world = empty().stopped().build(Backend::Sqlite);
    for arguments in [
        &[HOSTILE][..],
        &["status", HOSTILE],
        &["users", "show", HOSTILE],
        &["users", "list", "--role", HOSTILE],
        &["logs", "tail", "--since", HOSTILE],
        &["logs", "tail", "--grep", "(\u{1b}[31m"],
        &["backup", "verify", HOSTILE],
        &["backup", "restore", HOSTILE],
        &["migrate", "transfer", "--to", HOSTILE],
        &["--env-file", HOSTILE, "status"],
        &["--database-url", HOSTILE, "status"],
        &["--database-url", &format!("postgresql://127.0.0.1:1/{HOSTILE}"), "status"],
    ] {
        expect_harmless_run(&world, arguments);
    }
}

#[rstest]
fn hostile_names_are_shown_without_their_escapes(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let update = format!(
        "UPDATE users SET first_name = '{HOSTILE}', last_name = '{HOSTILE}', username = '{HOSTILE}' WHERE telegram_id = 3001"
    );
    world.db(|conn| execute(conn, &update));
    world.db(|conn| execute(conn, &format!("UPDATE masters SET specialization = '{HOSTILE}'")));
    for arguments in [
        &["users", "list"][..],
        &["users", "show", "3001"],
        &["users", "show", "2001"],
        &["users", "grant", "3001", "DISPATCHER"],
        &["users", "revoke", "3001", "DISPATCHER"],
    ] {
        let shown = expect_harmless_run(&world, arguments);
        assert!(arguments[1] == "revoke" || shown.contains('\u{fffd}') || arguments[2] == "2001", "{shown}");
    }
    // JSON keeps every character, as an escape of its own.
    let output = run_to_end(world.command(&["users", "show", "3001", "--json"]));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains(is_foreign), "{text:?}");
    let document: Value = serde_json::from_str(&text).unwrap();
    assert!(
        document.to_string().contains("\\u001b[31mb") && document.to_string().contains('\u{61c}'),
        "{text}"
    );
}

#[test]
fn hostile_log_lines_are_json_without_their_escapes() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("logs")).unwrap();
    fs::write(folder.path().join("logs/bot.log"), format!("{}\n", HOSTILE.replace('\r', ""))).unwrap();
    let command = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_botctl"));
        command.args(arguments).env_clear().env("TERM", "xterm").current_dir::<&Path>(folder.path());
        command
    };
    expect_harmless(&on_terminal(command(&["logs", "tail"]), ALL, "").screen, "logs tail");
    let output = said(&run_to_end(command(&["logs", "tail", "--json"])));
    expect_harmless(&output, "logs tail --json");
    let line: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(line["raw"], HOSTILE.replace('\r', ""));
}
