//! What holds for every command: exit codes, one document with `--json`, suggestions, closed pipes, terminals.

use std::fs::{self, File};
use std::process::{Command, Output, Stdio};

use rstest::rstest;
use serde_json::Value;
use tempfile::TempDir;

use crate::migrate::{self, SECOND, THIRD, add, migrate, with_clients};
use crate::terminal::{self, Wired, on_terminal};
use crate::world::{Backend, TOKEN, empty, has_postgres, run_to_end, said};

/// What colours a text.
const ESCAPE: char = '\u{1b}';

fn command(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_botctl"));
    command.args(arguments).env_clear().env("BOT_TOKEN", TOKEN).env("ADMIN_IDS", "1001");
    command.current_dir(folder.path()).stdin(Stdio::null());
    command
}

fn run(folder: &TempDir, arguments: &[&str]) -> Output {
    run_to_end(command(folder, arguments))
}

fn document(output: &Output) -> Value {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "one line: {text}");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_typo_gets_a_suggestion_and_code_2() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, meant) in [
        (&["migrat", "status"][..], "'migrate'"),
        (&["config", "chek"], "'check'"),
        (&["migrate", "status", "--chek"], "'--check'"),
        (&["completions", "bas"], "'bash'"),
    ] {
        let output = run(&folder, arguments);
        let said = said(&output);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{said}");
        assert!(said.contains("a similar") && said.contains(meant), "{arguments:?}: {said}");
    }
}

#[test]
fn a_wrong_command_line_is_one_document_too() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, what, hint) in [
        (&["--json", "migrat"][..], "unrecognized subcommand 'migrat'", "did you mean migrate?"),
        (
            &["migrate", "status", "--chek", "--json"],
            "unexpected argument '--chek' found",
            "did you mean --check?",
        ),
        (&["config", "--json"], "missing command", "--help lists the commands"),
        (&["--json"], "missing command", "--help lists the commands"),
        (
            &["config", "show", "-q", "-v", "--json"],
            "the argument '--quiet' cannot be used with '--verbose'",
            "see --help",
        ),
        (
            &["completions", "tcsh", "--json"],
            "invalid value 'tcsh' for '<SHELL>' [possible values: bash, zsh, fish]",
            "did you mean zsh?",
        ),
    ] {
        let output = run(&folder, arguments);
        let document = document(&output);
        assert_eq!((output.status.code(), output.stderr.len()), (Some(2), 0), "{arguments:?}");
        let error = &document["error"];
        assert_eq!(
            (&document["ok"], &error["code"], &error["kind"]),
            (&false.into(), &2.into(), &"usage".into())
        );
        assert_eq!(
            (error["message"].as_str(), error["hint"].as_str()),
            (Some(what), Some(hint)),
            "{arguments:?}"
        );
    }
}

#[rstest]
fn each_exit_code_has_its_name(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    let seen = |arguments: &[&str], env: &[(&str, &str)], code: i32, kind: &str| {
        let mut command = world.command(arguments);
        command.arg("--json").envs(env.iter().copied());
        let output = run_to_end(command);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", said(&output));
        let document = document(&output);
        assert_eq!(document["error"]["kind"], kind, "{arguments:?}: {document}");
        assert!(!document["error"]["message"].as_str().unwrap().is_empty());
        let text = document.to_string();
        assert!(!text.contains(TOKEN) && !text.contains("hidden-word"), "{text}");
    };
    assert_eq!(run_to_end(world.command(&["migrate", "up"])).status.code(), Some(0));
    fs::write(
        world.cwd().join("text.db"),
        "this is no database, but long enough to have a header of one ".repeat(9),
    )
    .unwrap();
    let text: &[_] = &[("DATABASE_URL", "text.db")];
    seen(&["migrate", "status"], text, 1, "failed");
    seen(&["serve"], &[("BOT_TOKEN", "")], 2, "usage");
    seen(&["serve"], &[("TIMEZONE", "Mars/Base")], 3, "refused");
    seen(
        &["migrate", "status"],
        &[("DATABASE_URL", "postgres://bot:hidden-word@127.0.0.1:1/bot")],
        4,
        "unreachable",
    );
    seen(&["migrate", "down"], &[], 6, "needs_confirmation");
    if world.store.url().starts_with("postgres") {
        // Two may serve there.
        return;
    }
    world.start();
    seen(&["serve"], &[], 5, "locked");
}

/// A server that answers is no server that cannot be reached: what it refuses is a wrong name.
#[test]
fn unknown_database_or_role_is_a_configuration_error() {
    if !has_postgres() {
        return;
    }
    let world = empty().stopped().build(Backend::Postgres);
    let url: url::Url = world.store.url().parse().unwrap();
    let mut no_database = url.clone();
    no_database.set_path("/no_such_database");
    let mut no_role = url;
    no_role.set_username("no_such_role").unwrap();
    for (url, what, hint) in [
        (no_database, "database \"no_such_database\" does not exist", "createdb"),
        (no_role, "role \"no_such_role\" does not exist", "user"),
    ] {
        for command in [&["status"][..], &["migrate", "up"], &["serve"], &["outbox", "list"]] {
            let said =
                run_to_end(world.command(&[command, &["--json", "--database-url", url.as_str()]].concat()));
            assert_eq!(said.status.code(), Some(3), "{command:?}: {}", crate::world::said(&said));
            let document = document(&said);
            let part = |name: &str| document["error"][name].as_str().unwrap().to_owned();
            assert!(part("message").contains(what) && part("hint").contains(hint), "{document}");
        }
        let checked = ["config", "check", "--online", "--json", "--database-url", url.as_str()];
        let document = document(&run_to_end(world.command(&checked)));
        let findings = document["data"]["checks"].as_array().unwrap().iter();
        let found = findings.filter(|found| found["message"].as_str().unwrap().contains(what));
        let found: Vec<_> = found.map(|found| found["state"].as_str().unwrap()).collect();
        assert_eq!(found, ["failed"], "{document}");
    }
}

/// Commands that print, and end without a bot or a network.
const PRINTING: [&[&str]; 14] = [
    &["--help"],
    &["--version"],
    &["migrate", "--help"],
    &["migrate", "up"],
    &["migrate", "status"],
    &["backup"],
    &["backup", "list"],
    &["backup", "verify", "--all"],
    &["users", "list"],
    &["outbox", "list"],
    &["config", "show"],
    &["config", "check"],
    &["completions", "bash"],
    &["completions", "zsh", "--json"],
];

/// Runs a command whose reader has gone before it begins.
fn unread(mut command: Command) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    command.stdout(writer).stderr(Stdio::piped());
    command.spawn().unwrap().wait_with_output().unwrap()
}

#[test]
fn closed_stdout_does_not_turn_a_failed_check_into_success() {
    let folder = tempfile::tempdir().unwrap();
    let no = |arguments: &[&str], env: &[(&str, &str)]| {
        for more in [&[][..], &["--json"]] {
            let mut command = command(&folder, &[arguments, more].concat());
            command.envs(env.iter().copied());
            let output = unread(command);
            assert_eq!(output.status.code(), Some(3), "{arguments:?} {more:?}: {}", said(&output));
        }
    };
    no(&["config", "check"], &[("TIMEZONE", "Mars/Base")]);
    assert_eq!(run(&folder, &["migrate", "up"]).status.code(), Some(0));
    // The bot does not run.
    no(&["status"], &[]);
    for _ in 0..2 {
        assert_eq!(run(&folder, &["backup"]).status.code(), Some(0));
    }
    no(&["backup", "list", "--check", "--max-age", "0s"], &[]);
    let is_copy = |path: &std::path::PathBuf| path.extension().is_some_and(|ending| ending == "db");
    let mut copies: Vec<_> = fs::read_dir(folder.path().join("backups"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(is_copy)
        .collect();
    copies.sort();
    // The older one, of which the command would tell last.
    File::options().write(true).open(&copies[0]).unwrap().set_len(100).unwrap();
    no(&["backup", "verify", "--all"], &[]);
    assert_eq!(run(&folder, &["migrate", "down", "--yes"]).status.code(), Some(0));
    no(&["migrate", "status", "--check"], &[]);
    no(&["status"], &[]);
}

#[rstest]
fn closed_stdout_does_not_interrupt_migrations(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = with_clients().build_or_skip(backend) else { return };
    add(&world, SECOND, "CREATE TABLE second (id BIGINT);", "DROP TABLE second;");
    add(&world, THIRD, "CREATE TABLE third (id BIGINT);", "DROP TABLE third;");
    assert_eq!(unread(migrate(&world, &["up"])).status.code(), Some(0));
    migrate::run(&world, &["status", "--check"], 0);
    assert_eq!(unread(migrate(&world, &["down", "2", "--yes"])).status.code(), Some(0));
    let applied = migrate::json(&world, &["status"], 0);
    assert_eq!(applied["data"]["problems"], serde_json::json!(["pending"]));
    let pending =
        applied["data"]["migrations"].as_array().unwrap().iter().filter(|one| one["problem"] == "pending");
    assert_eq!(pending.count(), 2, "{applied}");
}

#[test]
fn closed_stdout_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(&folder, &["migrate", "up"]).status.code(), Some(0));
    for arguments in PRINTING {
        let output = unread(command(&folder, arguments));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {stderr}");
        assert!(!stderr.contains("panicked") && !stderr.contains("error"), "{arguments:?}: {stderr}");
    }
}

#[test]
fn closed_stderr_does_not_panic() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, code) in
        [(&["migrat"][..], 2), (&["migrate", "down"], 4), (&["serve"], 3), (&["config", "check"], 3)]
    {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = command(&folder, arguments);
        command.env("TIMEZONE", "Mars/Base").env("ADMIN_ID", "7").stdout(Stdio::null()).stderr(writer);
        assert_eq!(command.status().unwrap().code(), Some(code), "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_on_a_full_disk_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["config", "show"][..], &["completions", "fish"], &["config", "show", "--json"]] {
        let mut command = command(&folder, arguments);
        command.stdout(File::options().write(true).open("/dev/full").unwrap());
        let output = command.stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
        if arguments.contains(&"--json") {
            // There is no place for the document.
            assert_eq!(output.status.code(), Some(1));
            continue;
        }
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(said(&output).contains("cannot write the output"), "{arguments:?}: {}", said(&output));
    }
}

#[test]
fn colour_is_used_on_terminals_only() {
    let folder = tempfile::tempdir().unwrap();
    let seen = |wired, env: &[(&str, &str)], more: &[&str]| {
        let mut command = command(&folder, &[&["config", "check"], more].concat());
        command.env("TERM", "xterm").env("TIMEZONE", "Mars/Base").envs(env.iter().copied());
        let seen = on_terminal(command, wired, "");
        assert_eq!(seen.code, Some(3), "{seen:?}");
        seen
    };
    let coloured = seen(terminal::ALL, &[], &[]).screen;
    for painted in ["\u{1b}[1m\u{1b}[31mfailed", "\u{1b}[1m\u{1b}[32mok", "\u{1b}[1m\u{1b}[31merror:"] {
        assert!(coloured.contains(painted), "{painted:?}: {coloured:?}");
    }
    for (env, more) in [(&[("NO_COLOR", "1")][..], &[][..]), (&[("TERM", "dumb")], &[]), (&[], &["--json"])] {
        let plain = seen(terminal::ALL, env, more).screen;
        assert!(!plain.contains(ESCAPE) && plain.contains("failed"), "{env:?} {more:?}: {plain:?}");
    }
    // One channel knows nothing of the other.
    let only_errors = seen(Wired { stdout: false, ..terminal::ALL }, &[], &[]);
    assert!(!only_errors.stdout.contains(ESCAPE), "{only_errors:?}");
    assert!(only_errors.screen.contains("\u{1b}[31merror:"), "{only_errors:?}");
    let only_data = seen(Wired { stderr: false, ..terminal::ALL }, &[], &[]);
    assert!(
        !only_data.stderr.contains(ESCAPE) && only_data.screen.contains("\u{1b}[31mfailed"),
        "{only_data:?}"
    );
    let neither = seen(Wired { stdin: true, stdout: false, stderr: false }, &[], &[]);
    assert!(!neither.stdout.contains(ESCAPE) && !neither.stderr.contains(ESCAPE), "{neither:?}");
}

#[test]
fn confirmation_needs_a_terminal_and_the_word_yes() {
    let folder = tempfile::tempdir().unwrap();
    let ask = |wired, typed: &str, more: &[&str]| {
        assert_eq!(run(&folder, &["migrate", "up"]).status.code(), Some(0));
        on_terminal(command(&folder, &[&["migrate", "down"], more].concat()), wired, typed)
    };
    let refused = ask(terminal::ALL, "y\n", &[]);
    assert_eq!(refused.code, Some(6), "{refused:?}");
    assert!(
        refused.screen.contains("Type 'yes' to continue") && refused.screen.contains("nothing was changed")
    );
    let ended = ask(terminal::ALL, "\u{4}", &[]);
    assert_eq!(ended.code, Some(6), "{ended:?}");
    let agreed = ask(terminal::ALL, "yes\n", &[]);
    assert_eq!(agreed.code, Some(0), "{agreed:?}");
    let said_before = ask(terminal::ALL, "", &["--yes"]);
    assert!(said_before.code == Some(0) && !said_before.screen.contains("Type 'yes'"), "{said_before:?}");
    // The question would not be seen there.
    for (wired, more) in [
        (Wired { stderr: false, ..terminal::ALL }, &[][..]),
        (terminal::ALL, &["--json"]),
        (Wired { stdin: false, ..terminal::ALL }, &[]),
    ] {
        let unseen = ask(wired, "yes\n", more);
        assert_eq!(unseen.code, Some(6), "{unseen:?}");
        assert!(format!("{unseen:?}").contains("--yes"), "{unseen:?}");
    }
}

#[test]
fn progress_is_shown_on_a_terminal_stderr_only() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(&folder, &["migrate", "up"]).status.code(), Some(0));
    let seen = |wired, env: &[(&str, &str)], more: &[&str]| {
        let mut command = command(&folder, &[&["backup", "create", "--compress"], more].concat());
        command.env("TERM", "xterm").envs(env.iter().copied());
        let seen = on_terminal(command, wired, "");
        assert_eq!(seen.code, Some(0), "{seen:?}");
        seen
    };
    let is_bar = |text: &str| text.contains(" %  ");
    let all = seen(terminal::ALL, &[], &[]);
    assert!(is_bar(&all.screen) && !all.screen.contains("0/0"), "{all:?}");
    // The data do not get mixed up with it.
    let piped = seen(Wired { stdout: false, ..terminal::ALL }, &[], &[]);
    assert!(is_bar(&piped.screen) && !piped.stdout.contains(ESCAPE), "{piped:?}");
    assert!(piped.stdout.starts_with("backups/"), "{piped:?}");
    let logged = seen(Wired { stderr: false, ..terminal::ALL }, &[], &[]);
    assert!(!is_bar(&logged.stderr) && !is_bar(&logged.screen), "{logged:?}");
    for (env, more) in [(&[][..], &["-q"][..]), (&[], &["--json"]), (&[("TERM", "dumb")], &[])] {
        let plain = seen(terminal::ALL, env, more);
        assert!(!is_bar(&plain.screen) && !plain.screen.contains(ESCAPE), "{env:?} {more:?}: {plain:?}");
    }
}

#[test]
fn value_precedence_matches_the_help() {
    let folder = tempfile::tempdir().unwrap();
    let help = said(&run(&folder, &["--help"]));
    assert!(
        help.contains("Flags override the environment, the environment overrides the env file"),
        "{help}"
    );
    let origin = |arguments: &[&str], env: Option<&str>| {
        let mut command = command(&folder, &[&["config", "show", "--json"], arguments].concat());
        command.envs(env.map(|value| ("DATABASE_URL", value)));
        let document = document(&run_to_end(command));
        let rows = document["data"]["variables"].as_array().unwrap().clone();
        let row = rows.into_iter().find(|row| row["name"] == "DATABASE_URL").unwrap();
        (row["value"].as_str().map(str::to_owned), row["origin"].as_str().unwrap().to_owned())
    };
    let is = |value: Option<&str>, origin: &str| (value.map(str::to_owned), origin.to_owned());
    assert_eq!(origin(&[], None), is(None, "default"));
    fs::write(folder.path().join(".env"), "# a comment\nDATABASE_URL=file.db\n").unwrap();
    assert_eq!(origin(&[], None), is(Some("file.db"), ".env:2"));
    assert_eq!(origin(&[], Some("env.db")), is(Some("env.db"), "environment"));
    assert_eq!(
        origin(&["--database-url", "flag.db"], Some("env.db")),
        is(Some("flag.db"), "flag --database-url")
    );
}

#[test]
fn every_command_and_flag_has_help() {
    fn look(command: &clap::Command, path: &str, silent: &mut Vec<String>) {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        if !about.starts_with(|c: char| c.is_ascii_uppercase()) {
            silent.push(path.to_owned());
        }
        for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
            if argument.get_help().is_none() {
                silent.push(format!("{path} {}", argument.get_id()));
            }
        }
        for sub in command.get_subcommands() {
            look(sub, &format!("{path} {}", sub.get_name()), silent);
        }
    }
    let mut silent = Vec::new();
    let mut command = botctl::testing::cli::command();
    command.build();
    look(&command, "botctl", &mut silent);
    assert!(silent.is_empty(), "no help for: {silent:#?}");
}

#[test]
fn quiet_keeps_data_warnings_and_errors() {
    let world = empty().stopped().build(Backend::Sqlite);
    let stderr = |arguments: &[&str]| {
        let output = run_to_end(world.command(arguments));
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (data, notes) = stderr(&["config", "check"]);
    assert!(data.contains("\nok ") && notes.contains("--online"), "{data}{notes}");
    let (data, notes) = stderr(&["config", "check", "-q"]);
    assert!(!data.contains("ok ") && notes.is_empty(), "{data}{notes}");
    // Saying more goes to stderr, and only when it is wanted.
    let (plain, notes) = stderr(&["config", "show"]);
    assert_eq!(notes, "");
    let (data, notes) = stderr(&["config", "show", "-v"]);
    assert_eq!((data, &*notes), (plain, "read the environment; there is no env file\n"));
}

#[test]
fn new_database_is_private() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(&folder, &["migrate", "up"]).status.code(), Some(0));
    assert_eq!(run(&folder, &["migrate", "transfer", "--to", "moved.db"]).status.code(), Some(0));
    for file in ["bot_database.db", "moved.db"] {
        let mode = std::fs::metadata(folder.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}
