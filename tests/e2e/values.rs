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
