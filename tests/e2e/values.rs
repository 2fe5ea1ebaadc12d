//! Single values of the configuration: what is refused, what is suspected, and what the hint says.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::command::Said;
use crate::world::{TOKEN, run_to_end};

fn ask(folder: &Path, arguments: &[&str], env: &[(&str, &str)]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_botctl"));
    command.args(arguments).env_clear().envs(env.iter().copied()).current_dir(folder).stdin(Stdio::null());
    run_to_end(command).into()
}

/// Nothing is made in the folder.
fn ask_in_vain(arguments: &[&str], env: &[(&str, &str)]) -> Said {
    let folder = tempfile::tempdir().unwrap();
    let said = ask(folder.path(), arguments, env).ends(3);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{arguments:?} {env:?}");
    said
}

#[test]
fn unexpanded_shell_path_is_refused_by_every_command() {
    for (name, arguments) in [
        ("BACKUP_DIR", &["backup"][..]),
        ("BACKUP_DIR", &["migrate", "up"]),
        ("LOG_DIR", &["logs", "tail"]),
        ("DATABASE_PATH", &["migrate", "up"]),
        ("DATABASE_URL", &["status"]),
        ("BOT_TOKEN_FILE", &["serve"]),
    ] {
        for value in ["~/x", "~", "$HOME/x", "${HOME}/x", "$HOME"] {
            for arguments in [arguments, &["config", "check"], &["serve"]] {
                let said = ask_in_vain(arguments, &[("HOME", "/nowhere"), (name, value)]);
                let all = format!("{}{}", said.out, said.err);
                assert!(all.contains(name) && all.contains("is not expanded here"), "{name}={value}: {all}");
                assert!(
                    all.contains("write the full path") && !all.contains("mkdir"),
                    "{name}={value}: {all}"
                );
            }
        }
    }
    let flag = ask_in_vain(&["migrate", "up", "--database-url", "sqlite://~/bot.db"], &[]);
    assert!(flag.err.contains("--database-url") && flag.err.contains("write the full path"), "{}", flag.err);
    // Elsewhere they are letters like others.
    let folder = tempfile::tempdir().unwrap();
    ask(folder.path(), &["migrate", "up"], &[("DATABASE_PATH", "./~$x.db"), ("BACKUP_DIR", "a~/$b")]).ends(0);
    assert!(folder.path().join("~$x.db").exists());
}

/// What each of these commands says of a value that is refused.
fn ask_everywhere(name: &str, value: &str, arguments: &[&str]) -> Vec<String> {
    let all = [arguments, &["config", "check"], &["serve"]];
    all.map(|arguments| {
        let said = ask_in_vain(arguments, &[(name, value)]);
        let text = format!("{}{}", said.out, said.err);
        assert!(text.contains(&format!("{name} (environment): ")), "{name}={value}: {text}");
        text
    })
    .into()
}

#[test]
fn quotation_marks_around_a_value_are_refused() {
    for (name, value, arguments) in [
        ("DATABASE_URL", "\"bot.db\"", &["migrate", "up"][..]),
        ("DATABASE_URL", "'sqlite://bot.db'", &["status"]),
        ("DATABASE_URL", "\"postgres://bot:hidden-word@127.0.0.1/x\"", &["migrate", "up"]),
        ("DATABASE_PATH", "\"bot.db\"", &["migrate", "up"]),
        ("DATABASE_PATH", "'bot.db'", &["users", "list"]),
        ("DATABASE_PATH", "\u{201c}bot.db\u{201d}", &["migrate", "up"]),
        ("DATABASE_PATH", "\u{ab}bot.db\u{bb}", &["migrate", "up"]),
        ("DATABASE_PATH", "\"bot.db", &["migrate", "up"]),
        ("DATABASE_PATH", "bot.db'", &["migrate", "up"]),
        ("DATABASE_PATH", "\"\"", &["migrate", "up"]),
        ("BACKUP_DIR", "'backups'", &["backup"]),
        ("LOG_DIR", "\"logs\"", &["logs", "tail"]),
        ("BOT_TOKEN_FILE", "\"token\"", &["serve"]),
        ("BOT_TOKEN", "\"123456:hidden-word-hidden-word-hidden\"", &["serve"]),
        ("TELEGRAM_API_URL", "\"http://127.0.0.1:9\"", &["serve"]),
        ("ADMIN_IDS", "\"1001\"", &["users", "sync"]),
        ("ENVIRONMENT", "\"production\"", &["serve"]),
        ("SENTRY_DSN", "\"https://hidden-word@sentry.example.org/1\"", &["config", "check"]),
    ] {
        if name == "SENTRY_DSN" {
            // Not a reason not to start.
            let said = ask_in_vain(arguments, &[(name, value)]);
            assert!(said.out.contains("quotation mark") && !said.out.contains("hidden-word"), "{}", said.out);
            continue;
        }
        for text in ask_everywhere(name, value, arguments) {
            assert!(text.contains("quotation mark"), "{name}={value}: {text}");
            assert!(!text.contains("hidden-word"), "{name}={value}: {text}");
        }
    }
    for arguments in
        [&["migrate", "up", "--database-url", "\"bot.db\""][..], &["migrate", "transfer", "--to", "'bot.db'"]]
    {
        let folder = tempfile::tempdir().unwrap();
        let said = ask(folder.path(), arguments, &[]);
        assert!(said.code != 0 && said.err.contains("quotation mark"), "{arguments:?}: {}", said.err);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{arguments:?}");
    }
    // Inside of a value, and around the numbers of a JSON list, they are what they were.
    let folder = tempfile::tempdir().unwrap();
    let env = [("DATABASE_PATH", "bob's.db"), ("ADMIN_IDS", "[\"1001\"]")];
    ask(folder.path(), &["migrate", "up"], &env).ends(0);
    assert!(folder.path().join("bob's.db").exists());
    ask(folder.path(), &["users", "sync"], &env).ends(0);
}

#[test]
fn characters_that_nobody_sees_are_refused() {
    for (letter, shown) in [
        ("\u{200b}", "U+200B"),
        ("\u{feff}", "U+FEFF"),
        ("\u{a0}", "U+00A0"),
        ("\u{202e}", "U+202E"),
        ("\u{ad}", "U+00AD"),
        ("\u{7}", "U+0007"),
        ("\u{1b}", "U+001B"),
        ("\t", "U+0009"),
        ("\n", "U+000A"),
    ] {
        for (name, value, arguments) in [
            ("DATABASE_PATH", format!("bot{letter}.db"), &["migrate", "up"][..]),
            ("DATABASE_URL", format!("sqlite://{letter}bot.db"), &["status"]),
            ("DATABASE_URL", format!("postgres://bot@127.0.0.1:1/x{letter}y"), &["status"]),
            ("BACKUP_DIR", format!("back{letter}ups"), &["backup"]),
            ("LOG_DIR", format!("lo{letter}gs"), &["logs", "tail"]),
            ("TELEGRAM_API_URL", format!("http://127.0.0.1{letter}:9"), &["serve"]),
            ("BOT_TOKEN", format!("123456:hidden-word-hidden{letter}-word-hidden"), &["serve"]),
            ("ADMIN_IDS", format!("1001,{letter}1002"), &["users", "sync"]),
        ] {
            // A list may have several lines.
            if name == "ADMIN_IDS" && matches!(letter, "\t" | "\n") {
                continue;
            }
            for text in ask_everywhere(name, &value, arguments) {
                assert!(text.contains(shown), "{name}={value:?}: {text}");
                assert!(!text.contains("hidden-word"), "{name}={value:?}: {text}");
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    ask(folder.path(), &["migrate", "up"], &[("DATABASE_PATH", "with space.db")]).ends(0);
    let env = [("DATABASE_PATH", "with space.db"), ("ADMIN_IDS", "1001,\n\t1002")];
    ask(folder.path(), &["users", "sync"], &env).ends(0);
    // At the ends, where the line of a file ended, white space means nothing.
    ask(folder.path(), &["users", "list"], &[("DATABASE_PATH", " with space.db\r\n")]).ends(0);
}

#[test]
fn quotation_marks_and_hidden_characters_in_a_token_file_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (content, what) in
        [(format!("\"{TOKEN}\""), "quotation mark"), (TOKEN.replace(':', ":\u{200b}"), "U+200B")]
    {
        fs::write(folder.path().join("token"), content).unwrap();
        let env = [("BOT_TOKEN_FILE", "token"), ("TELEGRAM_API_URL", "http://127.0.0.1:9")];
        let said = ask(folder.path(), &["serve"], &env).ends(3);
        assert!(
            said.err.contains("BOT_TOKEN_FILE (environment): ") && said.err.contains(what),
            "{}",
            said.err
        );
    }
}

#[test]
fn doubtful_ids_are_warned_about() {
    let folder = tempfile::tempdir().unwrap();
    for (ids, warned) in [
        ("123 456 789", &["3 IDs"][..]),
        ("1 234 567,987 654 321", &["3 IDs", "3 IDs"]),
        ("1087968824", &["anonymous administrators"]),
        ("777000, 1001", &["Telegram's own"]),
        ("136817688", &["channels"]),
        ("424242", &["the bot itself"]),
        ("1001 1002 1003", &[]),
        ("123,456,789", &[]),
        ("[1087968820, 777001]", &[]),
    ] {
        for name in ["ADMIN_IDS", "DISPATCHER_IDS"] {
            let env = [("BOT_TOKEN", TOKEN), (name, ids), ("DATABASE_PATH", "bot.db")];
            // As at the start of the bot, which is not needed here.
            for arguments in [&["users", "sync"][..], &["config", "check"]] {
                ask(folder.path(), &["migrate", "up"], &env[2..]).ends(0);
                let said = ask(folder.path(), arguments, &env).ends(0);
                let all = format!("{}{}", said.out, said.err);
                let lines: Vec<_> = all
                    .lines()
                    .filter(|line| {
                        line.starts_with("warn") && line.contains(&format!("{name} (environment): "))
                    })
                    .collect();
                assert_eq!(lines.len(), warned.len(), "{arguments:?} {ids}: {all}");
                for (line, part) in lines.iter().zip(warned) {
                    assert!(line.contains(part), "{arguments:?} {ids}: {line}");
                }
            }
        }
    }
}

#[test]
fn malformed_dsn_is_marked_in_config_show() {
    let folder = tempfile::tempdir().unwrap();
    let env = [("SENTRY_DSN", "foo")];
    let shown: Value = ask(folder.path(), &["config", "show", "--json"], &env).ends(0).document();
    let rows = shown["data"]["variables"].as_array().unwrap();
    let row = rows.iter().find(|row| row["name"] == "SENTRY_DSN").unwrap();
    assert_eq!(row["error"], "not a URL; errors would not be reported");
    let text = ask(folder.path(), &["config", "show"], &env).ends(0).out;
    assert!(text.contains("error: not a URL"), "{text}");
}

#[cfg(not(feature = "postgres-tls"))]
#[test]
fn remote_host_from_the_environment_needs_tls() {
    let env = [("DATABASE_URL", "postgres:///orders"), ("PGHOST", "db.example.org")];
    let said = ask_in_vain(&["status"], &env);
    assert!(said.err.contains("db.example.org is another machine"), "{}", said.err);
}

#[test]
fn misspelt_environment_variable_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let said = ask(folder.path(), &["config", "check"], &[("ADMINS_IDS", "5")]);
    assert!(said.out.contains("ADMINS_IDS (environment)"), "{}", said.out);
    assert!(said.out.contains("did you mean ADMIN_IDS?"), "{}", said.out);
}

#[test]
fn token_file_may_start_with_a_byte_order_mark() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    fs::write(&path, format!("\u{feff}{TOKEN}\r\n")).unwrap();
    let said = ask(folder.path(), &["config", "check"], &[("BOT_TOKEN_FILE", path.to_str().unwrap())]);
    assert!(!said.out.contains("does not look like a bot token"), "{}", said.out);
    assert!(said.out.contains("ok      values"), "{}", said.out);
}

#[test]
fn each_failed_check_has_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    ask(folder.path(), &["migrate", "up"], &[]).ends(0);
    let env = [("BOT_TOKEN", TOKEN), ("BACKUP_DIR", "/dev/null/x")];
    let report = ask(folder.path(), &["config", "check", "--json"], &env).ends(3).document();
    let wrong: Vec<_> = report["data"]["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["state"] == "failed")
        .collect();
    assert_eq!(wrong.len(), 2, "{report}");
    assert!(wrong.iter().all(|check| check["hint"].is_string()), "{report}");
}
