//! A command line that was not understood: no secret in it is repeated, and what was probably meant is said.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::command::Said;
use crate::terminal::{self, on_terminal};
use crate::world::run_to_end;

/// What stands after the colon of a token.
const HALF: &str = "AAHmade-up_0123456789abcdefghijklmnop";
const PASSWORD: &str = "hunter2secret";

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_botctl"));
    command.args(arguments).env_clear().current_dir(folder).stdin(Stdio::null());
    command
}

fn ask(arguments: &[&str]) -> Said {
    let folder = tempfile::tempdir().unwrap();
    run_to_end(command(folder.path(), arguments)).into()
}

#[test]
fn a_secret_in_the_wrong_place_is_not_repeated() {
    let token = &format!("123456789:{HALF}");
    let assigned = &format!("BOT_TOKEN={token}");
    let pattern = &format!("{token}(");
    let address = &format!("postgres://bot:{PASSWORD}@127.0.0.1:1/db");
    let odd = &format!("postgres://bot:it's \"{PASSWORD}@127.0.0.1:1/db");
    let option = &format!("postgres:///db?host=127.0.0.1&port=1&password={PASSWORD}");
    let hostless = &format!("postgres://bot:{PASSWORD}");
    let words = &format!("host=127.0.0.1 port=1 password={PASSWORD}");
    let flag = &format!("--env-file={address}");
    let lines: &[&[&str]] = &[
        &[token],
        &["config", "check", assigned],
        &["users", "show", token],
        &["logs", "tail", "--grep", pattern],
        &["migrate", "transfer", address],
        &["status", address],
        &["status", odd],
        &["status", option],
        &["status", hostless],
        &["status", words],
        &["backup", "restore", address],
        &["backup", "restore", odd],
        &["backup", "verify", address],
        &["backup", "verify", hostless],
        &["migrate", "new", address],
        &[flag, "status"],
        &["--env-file", odd, "status"],
    ];
    for line in lines {
        for more in [&[][..], &["--json"], &["-v"]] {
            let said = ask(&[line, more].concat());
            assert!(said.code > 0, "{line:?}");
            let all = format!("{}{}", said.out, said.err);
            assert!(!all.contains(HALF) && !all.contains(PASSWORD), "{line:?}: {all}");
            assert!(all.contains("[redacted]") || all.contains("***"), "{line:?}: {all}");
        }
    }
}

#[test]
fn secret_in_a_coloured_usage_error_is_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let key = &format!("https://{PASSWORD}@sentry.example.org/1");
    for word in [key, &format!("123456789:{HALF}"), &format!("postgres://bot:{PASSWORD}@127.0.0.1/db")] {
        let seen = on_terminal(command(folder.path(), &["status", word]), terminal::ALL, "");
        assert_eq!(seen.code, Some(2));
        assert!(
            seen.screen.contains("\u{1b}[") && seen.screen.contains("unexpected argument"),
            "{}",
            seen.screen
        );
        assert!(!seen.screen.contains(HALF) && !seen.screen.contains(PASSWORD), "{}", seen.screen);
    }
}

#[test]
fn usage_errors_suggest_the_likely_value() {
    for (line, hint) in [
        (&["migrate", "transfer", "postgres://bot@127.0.0.1/db"][..], "botctl migrate transfer --to URL"),
        (&["outbox", "retry"], "--all"),
        (&["outbox", "drop"], "--all"),
        (&["logs", "-f"], "botctl logs tail -f"),
        (&["logs", "--follow"], "botctl logs tail -f"),
    ] {
        let said = ask(line).ends(2);
        assert!(said.err.contains(hint) && said.err.contains("Usage: botctl"), "{}", said.err);
        let document: Value = ask(&[line, &["--json"]].concat()).ends(2).document();
        assert!(document["error"]["hint"].as_str().unwrap().contains(hint), "{document}");
    }
    for address in ["localhost:8089", "8089"] {
        let said = ask(&["serve", "--sandbox", "--sandbox-listen", address]).ends(2);
        assert!(said.err.contains("127.0.0.1:8089"), "{}", said.err);
    }
}
