//! Where values come from: what wins, an env file that can be read only once, names that are misspelt, secrets that are
//! where nobody looks for them.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::command::Said;
use crate::world::{TOKEN, run_to_end, said};

fn command(folder: &TempDir, arguments: &[&str], env: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_botctl"));
    command.args(arguments).env_clear().envs(env.iter().copied());
    command.current_dir(folder.path()).stdin(Stdio::null());
    command
}

fn run(folder: &TempDir, arguments: &[&str], env: &[(&str, &str)]) -> Said {
    run_to_end(command(folder, arguments, env)).into()
}

fn write_env_file(folder: &TempDir, content: impl AsRef<[u8]>) {
    let path = folder.path().join(".env");
    fs::write(&path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn is_there(folder: &TempDir, file: &str) -> bool {
    folder.path().join(file).exists()
}

/// How many migrations are pending in a file.
fn pending(folder: &TempDir, file: &str) -> usize {
    let status = run(folder, &["migrate", "status", "--json", "--database-url", file], &[]).ends(0);
    let migrations = status.document()["data"]["migrations"].as_array().unwrap().clone();
    migrations.iter().filter(|one| one["problem"] == "pending").count()
}

#[test]
fn environment_overrides_the_env_file() {
    let folder = tempfile::tempdir().unwrap();
    for file in ["prod.db", "trial.db"] {
        run(&folder, &["migrate", "up", "--database-url", file], &[]).ends(0);
    }
    write_env_file(&folder, "DATABASE_URL=prod.db\n");
    let trial = [("DATABASE_PATH", "trial.db")];
    let down = run(&folder, &["migrate", "down", "--yes", "--no-backup"], &trial).ends(0);
    assert!(!down.err.contains("warning"), "that one place wins over another is no news: {}", down.err);
    assert_eq!((pending(&folder, "prod.db"), pending(&folder, "trial.db")), (0, 1));
    // What tells of it names the variable that counts.
    let checked = run(&folder, &["config", "check", "--json"], &trial);
    let checks = checked.document()["data"]["checks"].as_array().unwrap().clone();
    let file = checks.iter().find(|check| check["name"] == "database_file").unwrap();
    assert_eq!(file["variable"], "DATABASE_PATH", "{file}");
    // One that is set to nothing there names none: better to say so than to take the file's.
    let said = run(&folder, &["migrate", "down", "--yes", "--no-backup"], &[("DATABASE_PATH", "")]).ends(3);
    assert!(said.err.contains("DATABASE_PATH (environment): the value is empty"), "{}", said.err);
    assert_eq!(pending(&folder, "prod.db"), 0);
}

#[test]
fn higher_token_source_wins_and_equal_sources_conflict() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("token"), TOKEN).unwrap();
    let of_token = |env: &[(&str, &str)]| {
        let shown = run(&folder, &["config", "show", "--json"], env).ends(0);
        let rows = shown.document()["data"]["variables"].as_array().unwrap().clone();
        rows.into_iter().find(|row| row["name"] == "BOT_TOKEN").unwrap()["error"].clone()
    };
    write_env_file(&folder, format!("BOT_TOKEN={TOKEN}\n"));
    assert_eq!(of_token(&[("BOT_TOKEN_FILE", "token")]), Value::Null);
    let both = of_token(&[("BOT_TOKEN_FILE", "token"), ("BOT_TOKEN", TOKEN)]);
    assert!(both.as_str().unwrap().contains("both BOT_TOKEN"), "{both}");
}

#[test]
fn empty_flag_value_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["migrate", "up", "--database-url", ""][..],
        &["--database-url=", "migrate", "up"],
        &["--database-url", " ", "migrate", "up"],
        &["migrate", "transfer", "--to", ""],
        &["migrate", "up", "--env-file", ""],
        &["backup", "verify", ""],
        &["backup", "restore", "", "--yes"],
    ] {
        let said = run(&folder, arguments, &[("DATABASE_PATH", "bot.db")]).ends(2);
        assert!(said.err.contains("empty") || said.err.contains("a value is required"), "{}", said.err);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{arguments:?}");
    }
    let document = run(&folder, &["migrate", "up", "--database-url", "", "--json"], &[]).ends(2).document();
    assert!(document["error"]["message"].as_str().unwrap().contains("shell variable"), "{document}");
}

/// Runs a command whose env file is a pipe that gives its content once, as `--env-file <(…)` does.
fn with_piped_env_file(folder: &TempDir, arguments: &[&str], content: &str) -> Said {
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(content.as_bytes()).unwrap();
    drop(writer);
    let mut command = command(folder, arguments, &[]);
    command.args(["--env-file", "/dev/stdin"]).stdin(reader);
    run_to_end(command).into()
}

#[test]
fn env_file_from_a_pipe_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let content = "DATABASE_URL=wanted.db\nBACKUP_DIR=wanted\nADMIN_IDS=1001\n";
    for (arguments, code) in [
        (&["migrate", "up"][..], 0),
        (&["users", "show", "1"], 1),
        (&["users", "revoke", "1", "ADMIN"], 1),
        (&["users", "grant", "1", "ADMIN"], 1),
        (&["users", "sync"], 0),
        (&["users", "list"], 0),
        (&["outbox", "list"], 0),
        (&["outbox", "retry", "--all"], 0),
        (&["outbox", "drop", "--all"], 0),
        (&["backup"], 0),
        (&["backup", "list", "--check"], 0),
        (&["backup", "verify", "--all"], 0),
        (&["status"], 3),
        (&["migrate", "redo", "--yes"], 0),
        (&["migrate", "down", "--yes"], 0),
        (&["migrate", "up"], 0),
        (&["migrate", "repair", "--yes"], 0),
        (&["migrate", "adopt", "--dry-run"], 3),
        (&["migrate", "transfer", "--to", "moved.db"], 0),
    ] {
        let said = with_piped_env_file(&folder, &[arguments, &["-v"]].concat(), content);
        assert_eq!(said.code, code, "{arguments:?}: {}{}", said.out, said.err);
        assert_eq!(said.err.matches("read the environment and").count(), 1, "{arguments:?}: {}", said.err);
        for other in ["bot_database.db", "backups"] {
            assert!(!is_there(&folder, other), "{arguments:?} made {other}");
        }
    }
    assert!(is_there(&folder, "wanted.db") && is_there(&folder, "moved.db"));
    assert!(is_there(&folder, "wanted"), "the backups are where they are wanted");
}

#[test]
fn show_reports_unreadable_env_file_lines() {
    let folder = tempfile::tempdir().unwrap();
    for (content, line, what) in [
        (&b"LOG_LEVEL=DEBUG\n\xff\xfe\n"[..], ".env:2", "not UTF-8"),
        (b"\xff\xfeL\0O\0G\0", ".env:1", "not UTF-8"),
        (b"LOG_LEVEL\n", ".env:1", "not a NAME=value line"),
        (b"STRANGER=\"open\n", ".env:1", "the quote is not closed"),
        (b"STRANGER=\"open\nLOG_LEVEL=\"INFO\"\n", ".env:1", "the quote is not closed"),
        (b"LOG_LEVEL=INFO\nSTRANGER='open\nOTHER='x'\n", ".env:2", "the quote is not closed"),
    ] {
        write_env_file(&folder, content);
        let shown = run(&folder, &["config", "show", "-q"], &[]).ends(0);
        assert!(shown.out.contains("LOG_LEVEL"), "{}", shown.out);
        let warning = shown.err.lines().find(|error| error.starts_with("warning: "));
        assert!(warning.is_some_and(|said| said.contains(line) && said.contains(what)), "{}", shown.err);
        let document = run(&folder, &["config", "show", "--json"], &[]).ends(0).document();
        let problems = document["data"]["problems"].as_array().unwrap();
        assert_eq!(problems.len(), 1, "{document}");
        assert_eq!(problems[0]["origin"], line, "{document}");
        assert!(problems[0]["message"].as_str().unwrap().contains(what), "{document}");
        assert!(!problems[0]["hint"].as_str().unwrap().is_empty(), "{document}");
    }
    write_env_file(&folder, "LOG_LEVEL=LOUD\n");
    let document = run(&folder, &["config", "show", "--json"], &[]).ends(0).document();
    assert_eq!(document["data"]["problems"], serde_json::json!([]), "what is beside its value is said once");
}

#[test]
fn every_command_warns_once_about_a_misspelt_variable() {
    let folder = tempfile::tempdir().unwrap();
    write_env_file(&folder, "DATABSE_URL=postgres://bot:hidden-word@db/x\n");
    let env = [("DATABSE_PATH", "elsewhere.db"), ("DATABASES_OF_OTHERS", "x"), ("LANGUAGE", "en")];
    for (arguments, code) in [
        (&["migrate", "up", "-q"][..], 0),
        (&["backup", "--json"], 0),
        (&["config", "show"], 0),
        (&["logs", "tail"], 1),
        (&["serve"], 2),
    ] {
        let said = run(&folder, arguments, &env).ends(code);
        for warning in [
            "warning: DATABSE_URL (.env:1): unknown variable; did you mean DATABASE_URL?\n",
            "warning: DATABSE_PATH (environment): unknown variable; did you mean DATABASE_PATH?\n",
        ] {
            assert_eq!(said.err.matches(warning).count(), 1, "{arguments:?} {warning}: {}", said.err);
        }
        assert_eq!(said.err.matches("warning: ").count(), 2, "{arguments:?}: {}", said.err);
        if arguments.contains(&"--json") {
            assert!(!said.document().to_string().contains("DATABSE"), "{}", said.out);
        }
    }
    // This one has them among what it found.
    let checked = run(&folder, &["config", "check"], &env).ends(3);
    assert!(!checked.err.contains("DATABSE"), "{}", checked.err);
    for line in ["failed  DATABSE_URL (.env:1): ", "warn    DATABSE_PATH (environment): "] {
        assert!(checked.out.contains(line), "{line}: {}", checked.out);
    }
}

#[test]
fn secret_in_a_path_variable_is_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    run(&folder, &["migrate", "up"], &[]).ends(0);
    let lost = format!("file/{TOKEN}");
    let secret = TOKEN.split_once(':').unwrap().1;
    let unshown = |said: &Said| {
        let all = format!("{}{}", said.out, said.err);
        assert!(!all.contains(secret) && !all.contains("Hidden-Word"), "{all}");
    };
    for variable in ["BACKUP_DIR", "LOG_DIR", "DATABASE_PATH"] {
        for arguments in [
            &["config", "check"][..],
            &["config", "show"],
            &["status"],
            &["backup"],
            &["backup", "list", "--check"],
            &["logs", "tail"],
            &["serve"],
            &["migrate", "status"],
        ] {
            for more in [&[][..], &["--json"]] {
                // Also where it is not known as the token, and where a password has got into the path.
                for known in [&[("BOT_TOKEN", TOKEN), ("TELEGRAM_API_URL", "http://127.0.0.1:9")][..], &[]] {
                    let env = [&[(variable, &*lost)][..], known].concat();
                    let arguments = [arguments, more].concat();
                    // What it says of other folders makes it end well; none of these serves.
                    if arguments[0] == "serve" && variable == "BACKUP_DIR" && !known.is_empty() {
                        continue;
                    }
                    unshown(&run(&folder, &arguments, &env));
                }
            }
        }
    }
    let env = [
        ("BACKUP_DIR", "file/Hidden-Word-1"),
        ("DATABASE_URL", "postgres://bot:Hidden-Word-1@127.0.0.1:1/x"),
    ];
    for arguments in [&["config", "check"][..], &["backup", "list"], &["backup", "list", "--json"]] {
        unshown(&run(&folder, arguments, &env));
    }
    // A word of ours is no secret, and what is not text stays what it is.
    let env = [("WEBHOOK_SECRET", "database"), ("REDIS_URL", "redis://:20261122000000@cache")];
    let status = run(&folder, &["migrate", "status", "--json"], &env).ends(0);
    assert_eq!(status.document()["data"]["database"], "bot_database.db");
}

#[test]
fn keys_and_secret_paths_are_masked_in_every_variable() {
    let folder = tempfile::tempdir().unwrap();
    let env = [
        ("WEBHOOK_URL", "https://bot.example.org/hook/Hidden-Word"),
        ("LOG_LEVEL", "https://Hidden-Word@sentry.example.org/1"),
        ("BOT_TOKEN", TOKEN),
    ];
    for arguments in [&["config", "show"][..], &["config", "check"], &["serve"], &["serve", "--json"]] {
        let output = run_to_end(command(&folder, arguments, &env));
        assert!(!said(&output).contains("Hidden-Word"), "{arguments:?}: {}", said(&output));
    }
    let shown = run(&folder, &["config", "show"], &env).out;
    for part in ["https://bot.example.org/***\n", "https://***@sentry.example.org/1  error: "] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

#[test]
fn long_value_does_not_widen_other_rows() {
    let folder = tempfile::tempdir().unwrap();
    let ids = (0..30).map(|n| (1_000_000_000_u64 + n).to_string()).collect::<Vec<_>>().join(",");
    let shown = run(&folder, &["config", "show"], &[("ADMIN_IDS", &ids), ("TIMEZONE", "Mars/Base")]).out;
    let wide: Vec<_> = shown.lines().filter(|line| line.chars().count() > 120).collect();
    assert_eq!(wide.len(), 1, "{shown}");
    assert!(wide[0].starts_with("ADMIN_IDS ") && wide[0].ends_with(&ids), "{shown}");
    assert!(shown.lines().next().unwrap().ends_with("VALUE"), "{shown}");
    assert!(shown.contains("environment  Mars/Base  error: "), "{shown}");
}

#[test]
fn unused_variables_are_validated_too() {
    let folder = tempfile::tempdir().unwrap();
    for (name, wrong, right) in [
        ("USE_REDIS_STORAGE", "maybe", &["true", "0"][..]),
        ("PROMETHEUS_PORT", "abc", &["9090", ""]),
        ("PROMETHEUS_PORT", "65536", &[]),
        ("HTTP_LISTEN", "localhost:9090", &["127.0.0.1:9090", "[::]:0", ""]),
        ("HTTP_LISTEN", "9090", &[]),
        ("WEBHOOK_LISTEN", "zz", &["0.0.0.0:8443", "[::1]:80", "localhost:8080"]),
        ("WEBHOOK_LISTEN", "localhost:http", &[]),
        ("WEBHOOK_URL", "nope", &["https://bot.example.org/telegram", ""]),
        ("WEBHOOK_URL", "ftp://h/x", &[]),
        ("REDIS_URL", "xx", &["redis://localhost:6379/0", "rediss://:pw@cache", ""]),
    ] {
        let complained = |value: &str| {
            let output: Output =
                run_to_end(command(&folder, &["config", "check", "--json"], &[(name, value)]));
            let document: Value = serde_json::from_slice(&output.stdout).unwrap();
            let checks = document["data"]["checks"].as_array().unwrap().clone();
            checks.iter().any(|check| check["state"] == "failed" && check["variable"] == name)
        };
        assert!(complained(wrong), "{name}={wrong}");
        for right in right {
            assert!(!complained(right), "{name}={right}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn unwritable_help_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["--help"][..], &["--version"], &["help", "migrate"], &["migrate", "-h"]] {
        let mut command = command(&folder, arguments, &[]);
        command.stdout(File::options().write(true).open("/dev/full").unwrap()).stderr(Stdio::piped());
        let output = command.spawn().unwrap().wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(said(&output).contains("cannot write the output"), "{arguments:?}: {}", said(&output));
    }
}

#[test]
fn help_for_a_misspelt_command_suggests_a_command() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, meant) in [
        (&["help", "migrat"][..], "'migrate'"),
        (&["migrate", "help", "statsu"], "'status'"),
        (&["help", "migrate", "statsu"], "'status'"),
    ] {
        let said = run(&folder, arguments, &[]).ends(2);
        assert!(said.err.contains("a similar") && said.err.contains(meant), "{arguments:?}: {}", said.err);
    }
    let document = run(&folder, &["help", "migrat", "--json"], &[]).ends(2).document();
    assert_eq!(document["error"]["hint"], "did you mean migrate?");
}

/// A Bot API server that takes no token, as often as it is asked.
fn refusing() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut caller in listener.incoming().map_while(Result::ok) {
            let _asked = caller.read(&mut [0; 4096]);
            let body = r#"{"ok":false,"error_code":401,"description":"Unauthorized"}"#;
            let head = format!("HTTP/1.1 401 Unauthorized\r\ncontent-length: {}", body.len());
            let _told = write!(caller, "{head}\r\nconnection: close\r\n\r\n{body}");
        }
    });
    format!("http://{place}")
}

#[test]
fn rejected_token_names_its_variable() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("token"), TOKEN).unwrap();
    fs::set_permissions(folder.path().join("token"), fs::Permissions::from_mode(0o600)).unwrap();
    write_env_file(&folder, format!("BOT_TOKEN={TOKEN}\n"));
    let env = [("BOT_TOKEN_FILE", "token"), ("TELEGRAM_API_URL", &*refusing())];
    let checked = run(&folder, &["config", "check", "--online", "--json"], &env).ends(3);
    let checks = checked.document()["data"]["checks"].as_array().unwrap().clone();
    let telegram = checks.iter().find(|check| check["name"] == "telegram").unwrap();
    assert_eq!(telegram["variable"], "BOT_TOKEN_FILE", "{telegram}");
}
