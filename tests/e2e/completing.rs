//! Completion of names that only the database and the backup folder know.

use std::fs;
use std::path::Path;
use std::process::Command;

use rstest::rstest;

use crate::command::Said;
use crate::world::{Backend, STRANGER, World, empty, execute, run_to_end, staffed};

/// What is offered for the last word of a line.
fn offered(world: &World, line: &[&str], env: &[(&str, &str)]) -> Vec<String> {
    let mut command = world.command(&[&["--", "botctl"], line].concat());
    command
        .env("BOTCTL_COMPLETE", "bash")
        .env("_CLAP_IFS", "\n")
        .env("_CLAP_COMPLETE_INDEX", line.len().to_string());
    command.envs(env.iter().copied());
    let said = Said::from(run_to_end(command)).ends(0);
    assert_eq!(said.err, "", "{line:?}");
    said.out.lines().map(str::to_owned).collect()
}

#[rstest]
fn users_backups_and_dead_letters_are_offered(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().with("PATH", "/usr/bin:/bin").build_or_skip(backend) else { return };
    for command in ["show", "grant", "revoke"] {
        let users = offered(&world, &["users", command, "100"], &[]);
        assert_eq!(users, ["1001", "1002", "1003"], "{command}");
    }
    world.db(|conn| {
        execute(conn, &format!("INSERT INTO outbox (id, chat_id, method, payload, state, due_at, created_at, last_error) VALUES (9001, {STRANGER}, 'sendMessage', '{{}}', 'dead', '2026-01-01 10:00:00', '2026-01-01 10:00:00', 'Forbidden')"));
    });
    for command in ["retry", "drop"] {
        assert_eq!(offered(&world, &["outbox", command, "90"], &[]), ["9001"], "{command}");
    }
    let made = world.ask_json(&["backup"], 0);
    let name =
        Path::new(made["data"]["path"].as_str().unwrap()).file_name().unwrap().to_str().unwrap().to_owned();
    for command in ["restore", "verify"] {
        assert_eq!(offered(&world, &["backup", command, "bot_"], &[]), [&*name], "{command}");
    }
    // A path is one still.
    let paths = offered(&world, &["backup", "restore", "backups/bot_"], &[]);
    assert!(paths.contains(&format!("backups/{name}")), "{paths:?}");
    // The typed options count.
    let nothing = offered(&world, &["--database-url", "missing.db", "users", "show", "1"], &[]);
    assert!(nothing.is_empty(), "{nothing:?}");
    assert!(!world.cwd().join("missing.db").exists());
    assert!(offered(&world, &["mig"], &[]).contains(&"migrate".to_owned()));
}

#[test]
fn completion_is_silent_and_creates_nothing() {
    let world = empty().stopped().build(Backend::Sqlite);
    let folder =
        || fs::read_dir(world.cwd()).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
    fs::write(
        world.cwd().join("text.db"),
        "this is no database, and long enough to have a header of one ".repeat(9),
    )
    .unwrap();
    let before = folder();
    let away = [("DATABASE_URL", "postgres://bot:hidden-word@127.0.0.1:1/bot")];
    for env in [
        &[][..],
        &away,
        &[("DATABASE_URL", "text.db")],
        &[("DATABASE_URL", "postgres:/oops")],
        &[("BACKUP_DIR", "\"x")],
    ] {
        for line in [&["users", "show", "1"][..], &["outbox", "drop", "1"], &["backup", "verify", "bot_"]] {
            assert_eq!(offered(&world, line, env), [""; 0], "{line:?} {env:?}");
        }
    }
    fs::write(world.cwd().join(".env"), "BOT_TOKEN='unclosed\n").unwrap();
    assert_eq!(offered(&world, &["users", "show", "1"], &[]), [""; 0]);
    fs::remove_file(world.cwd().join(".env")).unwrap();
    assert_eq!(folder(), before);
    // A journal would be rolled back.
    let database = match &world.store {
        crate::world::TestDatabase::Sqlite(path) => path.clone(),
        crate::world::TestDatabase::Postgres { .. } => unreachable!(),
    };
    world.ask(&["migrate", "up"]).ends(0);
    let journal = format!("{}-journal", database.display());
    fs::write(&journal, "x").unwrap();
    assert_eq!(offered(&world, &["users", "show", "1"], &[]), [""; 0]);
    assert_eq!(fs::read_to_string(journal).unwrap(), "x");
}

#[test]
fn script_of_bash_completes_names() {
    let world = staffed().build(Backend::Sqlite);
    let script = "source <(botctl completions bash) || exit 9
        COMP_WORDS=(botctl users show 100) COMP_CWORD=3 COMP_TYPE=9
        _clap_complete_botctl botctl 100 show 2>/dev/null
        printf '%s\\n' \"${COMPREPLY[@]}\"";
    let program = world.command(&[]);
    let folder = Path::new(program.get_program()).parent().unwrap();
    let mut bash = Command::new("/bin/bash");
    bash.args(["-c", script]).env_clear();
    bash.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    bash.env("PATH", format!("{}:/usr/bin:/bin", folder.display())).current_dir(world.cwd());
    let said = Said::from(run_to_end(bash)).ends(0);
    assert_eq!(said.out, "1001\n1002\n1003\n");
}
