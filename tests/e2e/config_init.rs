//! `config init`: the first env file, from a terminal or without one.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use telegram_sandbox::{Fault, FaultKind};

use crate::command::Said;
use crate::terminal::answer_on_terminal;
use crate::world::{Backend, TOKEN, World, empty, run_to_end};

/// The command, with nothing in its environment but the Bot API server.
fn init(world: &World, arguments: &[&str]) -> Command {
    let mut command = world.command(&[&["config", "init"], arguments].concat());
    for name in ["BOT_TOKEN", "ADMIN_IDS", "DISPATCHER_IDS", "DATABASE_URL"] {
        command.env_remove(name);
    }
    command
}

fn stopped() -> World {
    empty().stopped().build(Backend::Sqlite)
}

fn with_token_file(world: &World) {
    fs::write(world.cwd().join("token"), format!("{TOKEN}\n")).unwrap();
}

#[test]
fn options_make_a_private_file_that_works() {
    let world = stopped();
    with_token_file(&world);
    let arguments = ["--token-file", "token", "--admin-ids", "1001, 1005", "--json"];
    let document = Said::from(run_to_end(init(&world, &arguments))).ends(0).document();
    let data = &document["data"];
    assert_eq!(
        (&data["file"], &data["admins"], &data["dispatchers"]),
        (&".env".into(), &2.into(), &0.into())
    );
    assert!(data["bot"].as_str().is_some_and(|bot| !bot.is_empty()), "{document}");
    let file = world.cwd().join(".env");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(&format!("\nBOT_TOKEN={TOKEN}\nADMIN_IDS=1001,1005\nDISPATCHER_IDS=\n")), "{text}");
    let mut check = world.command(&["config", "check", "--online"]);
    for name in ["BOT_TOKEN", "ADMIN_IDS", "DISPATCHER_IDS", "DATABASE_URL"] {
        check.env_remove(name);
    }
    Said::from(run_to_end(check)).ends(0);
    // It is never written over.
    let said = Said::from(run_to_end(init(&world, &arguments[..2]))).ends(3);
    assert!(said.err.contains(".env exists and was not changed"), "{said:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn terminal_is_asked_and_does_not_show_the_token() {
    let world = stopped();
    let seen = answer_on_terminal(
        init(&world, &[]),
        &[
            ("not shown): ", "no token\n"),
            ("not shown): ", "424242:made-up-token-of-the-tests_0000000000\n"),
            ("do not know them): ", "none\n"),
            ("do not know them): ", "1001\n"),
            ("Enter for none): ", "\n"),
        ],
    );
    assert_eq!(seen.code, Some(0), "{seen:?}");
    assert!(!seen.screen.contains("424242:"), "{seen:?}");
    assert!(seen.screen.contains("does not look like a bot token"), "{seen:?}");
    assert!(seen.screen.contains("The bot is @") && seen.screen.contains("wrote .env"), "{seen:?}");
    let text = fs::read_to_string(world.cwd().join(".env")).unwrap();
    assert!(text.contains(TOKEN) && text.contains("\nADMIN_IDS=1001\n"), "{text}");
}

#[test]
fn interrupted_question_writes_nothing() {
    let world = stopped();
    // The terminal turns the character into SIGINT only for a session of its own; here the input ends.
    let seen = answer_on_terminal(init(&world, &[]), &[("not shown): ", "\u{4}")]);
    assert_eq!(seen.code, Some(1), "{seen:?}");
    assert!(seen.screen.contains("the input ended; nothing was written"), "{seen:?}");
    assert!(!world.cwd().join(".env").exists());
}

#[test]
fn token_comes_from_stdin_and_never_from_an_argument() {
    let world = stopped();
    let said = Said::from(run_to_end(init(&world, &[]))).ends(2);
    assert!(
        said.err.contains("hint: name its file with --token-file, or - to read it from stdin"),
        "{said:?}"
    );
    let mut command =
        init(&world, &["--env-file", "bot.env", "--token-file", "-", "--database-url", "my bot.db"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(TOKEN.as_bytes()).unwrap();
    let said = Said::from(child.wait_with_output().unwrap()).ends(0);
    assert!(said.err.contains("there is no administrator"), "{said:?}");
    let text = fs::read_to_string(world.cwd().join("bot.env")).unwrap();
    assert!(text.ends_with("\nDATABASE_URL='my bot.db'\n"), "{text}");
    let document = world.ask_json(&["config", "show", "--env-file", "bot.env"], 0);
    assert_eq!(document["data"]["env_file"], "bot.env");
}

#[test]
fn wrong_token_or_silent_telegram_writes_nothing() {
    let world = stopped();
    world.allow_failed_calls();
    with_token_file(&world);
    let ended = |env: &[(&str, &str)], arguments: &[&str], code: i32, part: &str| {
        let mut command = init(&world, arguments);
        command.envs(env.iter().copied());
        let said = Said::from(run_to_end(command)).ends(code);
        assert!(said.err.contains(part), "{part}: {said:?}");
        assert!(!said.err.contains("made-up-token"), "{said:?}");
        world.cwd().join(".env").exists()
    };
    let away = [("TELEGRAM_API_URL", "http://127.0.0.1:1")];
    assert!(!ended(&away, &["--token-file", "token"], 4, "--offline writes the file without asking"));
    assert!(!ended(&[], &["--token-file", "missing"], 1, "--token-file missing: "));
    assert!(!ended(&[], &["--token-file", "token", "--admin-ids", "Ann"], 2, "--admin-ids: "));
    fs::write(world.cwd().join("bad"), "made-up-token of nobody").unwrap();
    assert!(!ended(&[], &["--token-file", "bad"], 3, "the token: "));
    let description = "Unauthorized".to_owned();
    world.sandbox.add_fault(Fault::times(FaultKind::Refused { code: 401, description }, 1));
    assert!(!ended(&[], &["--token-file", "token"], 3, "Telegram rejected the token"));
    assert!(ended(&away, &["--token-file", "token", "--offline"], 0, "next: "));
}
