//! The command that runs after a backup, and the rules that say which backups stay.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use rstest::rstest;
use serde_json::Value;

use super::{Backend, World, file_name, sidecar_path, stopped_world};
use crate::command::Said;
use crate::world::{TOKEN, WorldSetup, wait_until};

/// Has a hook, which is not written yet.
pub fn with_hook(setup: WorldSetup) -> WorldSetup {
    setup.with("BACKUP_HOOK", "./hook.sh first").with("PATH", "/usr/bin:/bin")
}

impl World {
    pub fn write_hook(&self, body: &str) {
        let path = self.cwd().join("hook.sh");
        fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn migrated(self) -> Self {
        self.botctl(&["migrate", "up"], 0);
        self
    }
}

/// Whether a process with the id in this file lives. One that is only not reaped yet does not.
pub fn lives(pid_file: &Path) -> bool {
    let pid = fs::read_to_string(pid_file).unwrap();
    let state = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    !state.is_empty() && !state.rsplit(") ").next().unwrap().starts_with('Z')
}

#[rstest]
fn hook_gets_the_path_of_a_finished_backup(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = with_hook(stopped_world()).build_or_skip(backend) else { return };
    let world = world.migrated();
    fs::create_dir(world.cwd().join("offsite")).unwrap();
    world.write_hook("echo \"$1 $BOT_TOKEN$DATABASE_URL.\" >args; cp \"$2\" \"$2.json\" offsite/");
    let made = world.make_backup();
    let copy = world.cwd().join("offsite").join(file_name(&made));
    let verified = world.run_json(&["backup", "verify", copy.to_str().unwrap()], 0);
    assert_eq!(verified["data"]["backups"][0]["good"], true, "{verified}");
    // No other program needs the bot's secrets.
    assert_eq!(fs::read_to_string(world.cwd().join("args")).unwrap(), "first .\n");
}

#[rstest]
fn failed_hook_is_an_error_and_the_backup_stays(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = with_hook(stopped_world()).build_or_skip(backend) else { return };
    let world = world.migrated();
    world.write_hook(&format!("echo no route to {TOKEN}; echo and more >&2; exit 7"));
    let said = Said::from(world.botctl(&["backup"], 1));
    assert!(said.out.contains("bot_database_"), "{said:?}");
    assert!(
        said.err.contains("BACKUP_HOOK failed: exit status: 7; it printed: no route to [redacted]"),
        "{said:?}"
    );
    assert!(said.err.contains("and more") && !said.err.contains(TOKEN), "{said:?}");
    let document = world.run_json(&["backup"], 1);
    let path = world.cwd().join(document["data"]["path"].as_str().unwrap());
    assert_eq!(world.listed_backups().len(), 2);
    world.botctl(&["backup", "verify", file_name(&path)], 0);
    fs::remove_file(world.cwd().join("hook.sh")).unwrap();
    let said = Said::from(world.botctl(&["backup"], 1));
    assert!(said.err.contains("BACKUP_HOOK cannot be started: "), "{said:?}");
}

#[test]
fn hook_that_takes_too_long_is_killed_with_all_its_processes() {
    let world =
        with_hook(stopped_world()).with("BACKUP_HOOK_TIMEOUT", "1s").build(Backend::Sqlite).migrated();
    world.write_hook("sleep 600 & echo $! >child; echo $$ >leader; trap '' TERM; wait; wait");
    let said = Said::from(world.botctl(&["backup"], 1));
    assert!(said.err.contains("BACKUP_HOOK did not end within 1s and was killed"), "{said:?}");
    for name in ["child", "leader"] {
        assert!(!lives(&world.cwd().join(name)), "{name}");
    }
    assert_eq!(world.listed_backups().len(), 1);
}

#[test]
fn interrupted_command_ends_its_hook() {
    let world = with_hook(stopped_world()).build(Backend::Sqlite).migrated();
    world.write_hook("echo $$ >new; mv new leader; exec sleep 600");
    let mut command = world.command(&["backup"]);
    command.stderr(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    let leader = world.cwd().join("leader");
    wait_until("the hook runs", || leader.exists());
    Command::new("/bin/sh").args(["-c", &format!("kill -INT {}", child.id())]).status().unwrap();
    let said = Said::from(child.wait_with_output().unwrap()).ends(1);
    assert!(said.err.contains("BACKUP_HOOK was interrupted and killed"), "{said:?}");
    assert!(!lives(&leader));
}

#[test]
fn hook_that_prints_much_and_leaves_a_process_does_not_hang() {
    let world = with_hook(stopped_world()).build(Backend::Sqlite).migrated();
    world.write_hook("head -c 300000 /dev/zero | tr '\\0' x; echo the end; sleep 600 & echo $! >child");
    world.botctl(&["backup"], 0);
    let child = world.cwd().join("child");
    assert!(lives(&child), "what it leaves running on purpose stays");
    let pid = fs::read_to_string(child).unwrap();
    Command::new("/bin/sh").args(["-c", &format!("kill -KILL {pid}")]).status().unwrap();
}

/// Gives a backup another date.
fn redate_backup(path: &Path, date: &str) {
    let manifest = sidecar_path(path, ".json");
    let mut known: Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    known["created_at"] = format!("{date}:00:00Z").into();
    fs::write(&manifest, known.to_string()).unwrap();
}

#[rstest]
fn newest_backup_of_each_period_stays(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let setup =
        stopped_world().with("TIMEZONE", "UTC").with("BACKUP_KEEP_DAILY", "3").with("BACKUP_KEEP_LAST", "1");
    let Some(world) = setup.build_or_skip(backend) else { return };
    let world = world.migrated();
    let dates = [
        "2026-01-05T12",
        "2026-01-04T23",
        "2026-01-04T01",
        "2026-01-03T12",
        "2026-01-02T12",
        "2025-12-31T12",
    ];
    // `backup` prunes by the same rules.
    for _ in 0..3 {
        world.make_backup();
    }
    assert_eq!(world.listed_backups().len(), 1);
    let world =
        stopped_world().with("TIMEZONE", "UTC").with("BACKUP_KEEP_LAST", "99").build(backend).migrated();
    let made = dates.map(|date| (world.make_backup(), date));
    for (path, date) in &made {
        redate_backup(path, date);
    }
    let there = || made.iter().map(|(path, _)| path.exists()).collect::<Vec<_>>();
    let dry = world.run_json(&["backup", "prune", "--keep-monthly", "2", "--dry-run"], 0);
    assert_eq!(dry["data"]["removed"].as_array().unwrap().len(), 4, "{dry}");
    let text = Said::from(world.botctl(&["backup", "prune", "--keep-daily", "3", "--keep-last", "1"], 0)).out;
    assert_eq!(there(), [true, true, false, true, false, false], "{text}");
    assert!(text.contains("the newest of the day 2026-01-04"), "{text}");
    assert!(text.contains("not one of the last 1 and not the newest of one of the last 3 days"), "{text}");
}
