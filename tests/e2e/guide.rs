//! The operator's guide, in both languages: what it quotes is said, and what it tells to copy works.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::command::Said;
use crate::world::run_to_end;

const GUIDES: [&str; 2] = ["docs/operator.md", "docs/operator.ru.md"];

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The block of a guide that is in this language.
fn block(guide: &str, language: &str) -> String {
    let text = read(guide);
    let (_, after) = text.split_once(&format!("```{language}\n")).expect("a block");
    after.split("```").next().unwrap().to_owned()
}

/// The sources of the program without their comments.
fn sources(folder: &Path, all: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, all);
        } else {
            let text = fs::read_to_string(&path).unwrap_or_default();
            all.extend(
                text.lines()
                    .filter(|line| !line.trim_start().starts_with("//"))
                    .map(|line| format!("{line}\n")),
            );
        }
    }
}

#[test]
fn messages_quoted_in_the_guide_exist() {
    let mut all = String::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    for guide in GUIDES {
        let text = read(guide);
        let quoted: Vec<_> =
            text.lines().filter_map(|line| line.strip_prefix("| \"")?.split('"').next()).collect();
        assert_eq!(quoted.len(), 6, "{guide}");
        for message in quoted {
            assert!(all.contains(message), "{guide} quotes what nothing says: {message}");
        }
    }
}

#[test]
fn both_languages_have_the_same_unit_and_the_same_jobs() {
    for language in ["ini", "cron"] {
        assert_eq!(block(GUIDES[0], language), block(GUIDES[1], language));
    }
    // What is refused stays refused; a database that is away or locked need not.
    assert!(block(GUIDES[0], "ini").contains("\nRestartPreventExitStatus=2 3\n"));
}

/// The jobs as cron runs them, with the folder and the program of this test in the places of the real ones.
#[test]
fn guide_cron_jobs_print_only_errors() {
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_botctl")).parent().unwrap();
    let table = block(GUIDES[0], "cron")
        .replace("/var/lib/botctl", folder.path().to_str().unwrap())
        .replace("/usr/local/bin", program.to_str().unwrap());
    let path =
        table.lines().find_map(|line| line.strip_prefix("PATH=")).expect("cron's own has no /usr/local/bin");
    let run = |job: &str| -> Said {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", job]).env_clear().env("PATH", path).env("HOME", folder.path());
        run_to_end(command).into()
    };
    let jobs: Vec<&str> =
        table.lines().filter_map(|line| line.split_once("  botctl  ").map(|(_, job)| job)).collect();
    let [status] = jobs[..] else { panic!("{table}") };
    run(&format!("cd {} && botctl migrate up", folder.path().display())).ends(0);
    // The bot has not run yet.
    let said = run(status).ends(3);
    assert_eq!((&*said.out, &*said.err), ("", "error: serve is not running\n  hint: start `botctl serve`\n"));
    // As a serving bot leaves it.
    let database = folder.path().join("bot_database.db").display().to_string();
    let _serving = botctl::testing::db::acquire_serve_lock(&database.parse().unwrap()).unwrap();
    let said = run(status).ends(0);
    assert_eq!((said.out, said.err), (String::new(), String::new()));
    fs::remove_file(database).unwrap();
    assert!(run(status).err.contains("there is no database"));
}
