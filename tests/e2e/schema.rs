//! `migrate up`, `status`, `down` and `new`.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Output, Stdio};

use rstest::rstest;

use crate::world::{Backend, empty, run_to_end, said};

#[rstest]
fn schema_migrates_up_and_down_and_reports_its_revision(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    let run = |arguments: &[&str], code: i32| {
        let output = run_to_end(world.command(arguments));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", said(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(run(&["migrate", "up"], 0).contains("applied"));
    assert!(run(&["migrate", "up"], 0).contains("nothing to do"));
    let status = run(&["migrate", "status", "--check"], 0);
    assert!(status.contains("create_schema") && !status.contains("pending"), "{status}");
    // There is no terminal to confirm on.
    run(&["migrate", "down"], 6);
    run(&["migrate", "status", "--check"], 0);
    run(&["migrate", "down", "500", "--yes"], 2);
    let count = status.lines().count() - 1;
    run(&["migrate", "down", &count.to_string(), "--yes"], 0);
    assert!(run(&["migrate", "status"], 0).contains("pending"));
    run(&["migrate", "status", "--check"], 3);
    assert!(run(&["migrate", "up"], 0).contains("applied"));
    run(&["migrate", "status", "--check"], 0);
    // The schema that came back is whole.
    world.start();
    world.dispatcher().says("/start").hears("Дарья");
}

#[test]
fn status_does_not_create_a_missing_database() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["migrate", "status"][..], &["migrate", "down", "--yes"]] {
        let output = botctl(&folder, arguments);
        assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn schema_commands_survive_a_closed_stdout() {
    let folder = tempfile::tempdir().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = Command::new(env!("CARGO_BIN_EXE_botctl"))
        .args(["migrate", "up", "--database-url", "bot.db"])
        .env_clear()
        .current_dir(&folder)
        .stdin(Stdio::null())
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!((output.status.code(), said(&output).trim()), (Some(0), ""));
    // What was asked for is done all the same.
    let status = botctl(&folder, &["migrate", "status", "--check", "--database-url", "bot.db"]);
    assert_eq!(status.status.code(), Some(0), "{}", said(&status));
}

#[test]
fn a_new_migration_is_written_for_both_backends_under_one_name() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        botctl(&folder, &["migrate", "new", "add_email"]).status.code(),
        Some(2),
        "outside of the source folder"
    );
    for backend in ["sqlite", "postgres"] {
        fs::create_dir_all(folder.path().join("migrations").join(backend)).unwrap();
    }
    assert_eq!(botctl(&folder, &["migrate", "new", "Add Email!"]).status.code(), Some(2));
    let output = botctl(&folder, &["migrate", "new", "add_email"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let names = ["sqlite", "postgres"].map(|backend| {
        let mut made =
            fs::read_dir(folder.path().join("migrations").join(backend)).unwrap().map(Result::unwrap);
        let made = (made.next().unwrap(), made.next());
        assert!(made.1.is_none());
        assert!(made.0.path().join("up.sql").is_file() && made.0.path().join("down.sql").is_file());
        made.0.file_name().to_string_lossy().into_owned()
    });
    assert_eq!(names[0], names[1]);
    assert!(names[0].ends_with("_add_email"), "{names:?}");
    // However fast they follow each other, no two have one version.
    let versions: BTreeSet<String> = ["add_email", "add_phone", "add_fax"]
        .map(|name| {
            let output = botctl(&folder, &["migrate", "new", name, "--json"]);
            let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            document["data"]["version"].as_str().unwrap().to_owned()
        })
        .into();
    assert_eq!(versions.len(), 3);
}

fn botctl(folder: &tempfile::TempDir, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_botctl"));
    command
        .args(arguments)
        .env_clear()
        .env("DATABASE_PATH", "missing.db")
        .current_dir(folder.path())
        .stdin(Stdio::null());
    run_to_end(command)
}
