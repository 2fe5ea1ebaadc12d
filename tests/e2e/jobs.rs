//! What `serve` does by the clock, at missed times, since a test cannot wait for the right one.

use std::fs;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use rstest::rstest;
use serde_json::Value;

use crate::backup::hook::{lives, with_hook};
use crate::world::{Backend, World, WorldSetup, empty, execute, has_postgres, wait_until};

/// Set up so that the daily backup is due since so many hours.
fn due_since(hours: i64) -> WorldSetup {
    let time = (Utc::now() - TimeDelta::hours(hours)).format("%H:%M").to_string();
    empty().stopped().with("TIMEZONE", "UTC").with("BACKUP_TIME", &time).with("LOG_LEVEL", "DEBUG")
}

/// The database has been there for some days.
fn age(world: &World) {
    world.ask(&["migrate", "up"]).ends(0);
    world.db(|conn| {
        execute(conn, "INSERT INTO job_runs (job, started_at, finished_at, outcome) VALUES ('backup', '2026-01-01 10:00:00', '2026-01-01 10:00:05', 'done')");
    });
}

/// Starts the bot, waits until the job has nothing left to do, and stops it.
fn a_while(world: &World) {
    let before = world.logs().matches("job waits").count();
    world.start();
    world.wait_for_log_times("job waits", before + 1);
    assert_eq!(world.terminate(), 0);
}

fn backups(world: &World) -> Vec<Value> {
    let Ok(entries) = fs::read_dir(world.cwd().join("backups")) else { return Vec::new() };
    let manifests = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"));
    manifests.map(|path| serde_json::from_slice(&fs::read(path).unwrap()).unwrap()).collect()
}

fn outcome(world: &World) -> String {
    let document = world.ask_json(&["status"], 3);
    document["data"]["jobs"][0]["outcome"].as_str().unwrap().to_owned()
}

#[rstest]
fn missed_backup_runs_once_at_start(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = due_since(1).build_or_skip(backend) else { return };
    age(&world);
    a_while(&world);
    let made = backups(&world);
    assert_eq!((made.len(), &made[0]["reason"]), (1, &"daily".into()));
    assert_eq!(outcome(&world), "done");
    let lines = world.logs();
    assert!(lines.contains("scheduled backup was made"), "{lines}");
    a_while(&world);
    assert_eq!(backups(&world).len(), 1);
}

#[rstest]
fn job_half_a_day_late_waits_for_the_next_day(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = due_since(13).build_or_skip(backend) else { return };
    age(&world);
    a_while(&world);
    assert!(backups(&world).is_empty());
}

#[rstest]
fn new_database_has_no_missed_job(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = due_since(1).build_or_skip(backend) else { return };
    a_while(&world);
    assert!(backups(&world).is_empty());
    assert_eq!(outcome(&world), "not run yet");
    let job = world.ask_json(&["status"], 3)["data"]["jobs"][0].take();
    assert_eq!((&job["started_at"], &job["finished_at"]), (&Value::Null, &Value::Null), "{job}");
    let said = world.ask(&["status"]).ends(3);
    let is_listed = |line: &String| line.starts_with("job backup: has not run yet, next at 20");
    assert!(said.cells().iter().any(is_listed), "{said:?}");
}

#[rstest]
fn failed_backup_is_reported_and_retried_the_next_day(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = due_since(1).build_or_skip(backend) else { return };
    age(&world);
    fs::write(world.cwd().join("backups"), "in the way").unwrap();
    a_while(&world);
    assert!(world.logs().contains("scheduled backup failed"));
    fs::remove_file(world.cwd().join("backups")).unwrap();
    assert!(outcome(&world).starts_with("failed: "));
    a_while(&world);
    assert!(backups(&world).is_empty());
}

#[rstest]
fn interrupted_job_starts_again(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = due_since(1).build_or_skip(backend) else { return };
    age(&world);
    a_while(&world);
    world.db(|conn| execute(conn, "UPDATE job_runs SET outcome = 'interrupted' WHERE job = 'backup'"));
    a_while(&world);
    assert_eq!(backups(&world).len(), 2);
}

#[test]
fn two_instances_on_one_database_make_one_backup() {
    if !has_postgres() {
        return;
    }
    let first = due_since(1).build(Backend::Postgres);
    let second = due_since(1).with("DATABASE_URL", &first.store.url()).build(Backend::Postgres);
    age(&first);
    for world in [&first, &second] {
        world.start();
    }
    for world in [&first, &second] {
        world.wait_for_log_times("job waits", 1);
        assert_eq!(world.terminate(), 0);
    }
    assert_eq!(backups(&first).len() + backups(&second).len(), 1);
}

/// It is asked again a minute later, which is really waited for.
#[test]
fn unreachable_database_delays_the_due_job() {
    let world = due_since(1).build(Backend::Sqlite);
    age(&world);
    world.db(|conn| {
        execute(
            conn,
            "CREATE TRIGGER refuse BEFORE UPDATE ON job_runs WHEN NEW.job = 'backup'
             BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END",
        );
    });
    world.start();
    world.wait_for_log(&["job could not be claimed, retrying", "disk I/O error"]);
    assert!(backups(&world).is_empty());
    world.db(|conn| execute(conn, "DROP TRIGGER refuse"));
    world.wait_for_log_within(Duration::from_secs(90), &["job waits"]);
    assert_eq!(world.terminate(), 0);
    assert_eq!((backups(&world).len(), outcome(&world)), (1, "done".to_owned()));
}

#[rstest]
fn failed_hook_alarms_the_admins_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = with_hook(due_since(1)).build_or_skip(backend) else { return };
    world.write_hook("echo no route to host; exit 3");
    world.start();
    world.admin().says("/start");
    assert_eq!(world.terminate(), 0);
    let due = || {
        world.db(|conn| {
            execute(conn, "UPDATE job_runs SET started_at = '2026-01-01 10:00:00' WHERE job = 'backup'");
        });
    };
    due();
    world.start();
    world.admin().sees("команда после неё не выполнена: BACKUP_HOOK failed: exit status: 3");
    let line = world.wait_for_log(&["backup hook failed", "exit status: 3"]);
    assert!(line.contains("no route to host"), "{line}");
    assert_eq!(world.terminate(), 0);
    assert_eq!(
        (backups(&world).len(), outcome(&world)),
        (1, "failed: BACKUP_HOOK failed: exit status: 3".to_owned())
    );
    // The backup was made, and yet `status` tells.
    let said = world.ask(&["status"]).ends(3);
    assert!(said.err.contains("the job backup failed: BACKUP_HOOK"), "{said:?}");
    world.write_hook("exit 0");
    world.ask(&["backup"]).ends(0);
    let said = world.ask(&["status"]).ends(3);
    assert!(!said.err.contains("BACKUP_HOOK"), "{said:?}");
}

#[rstest]
fn failed_backup_alarms_the_admins(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = due_since(1).build_or_skip(backend) else { return };
    world.start();
    world.admin().says("/start");
    assert_eq!(world.terminate(), 0);
    world.db(|conn| {
        execute(conn, "UPDATE job_runs SET started_at = '2026-01-01 10:00:00' WHERE job = 'backup'");
    });
    fs::write(world.cwd().join("backups"), "in the way").unwrap();
    world.start();
    world.admin().sees("Резервная копия базы не создана: cannot create the directory backups");
    assert_eq!(world.terminate(), 0);
}

#[rstest]
fn stopping_ends_a_running_hook_and_the_next_start_repeats_the_job(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = with_hook(due_since(1)).with("SHUTDOWN_GRACE", "1").build_or_skip(backend) else {
        return;
    };
    age(&world);
    world.write_hook("echo $$ >new; mv new leader; exec sleep 600");
    let leader = world.cwd().join("leader");
    world.start();
    wait_until("the hook runs", || leader.exists());
    assert_eq!(world.terminate(), 0);
    assert!(!lives(&leader));
    assert_eq!((backups(&world).len(), outcome(&world)), (1, "interrupted".to_owned()));
    world.write_hook("exit 0");
    a_while(&world);
    assert_eq!((backups(&world).len(), outcome(&world)), (2, "done".to_owned()));
}

#[rstest]
fn missed_interval_backup_runs_once_at_start(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let setup =
        empty().stopped().with("BACKUP_TIME", "").with("BACKUP_INTERVAL", "12h").with("LOG_LEVEL", "DEBUG");
    let Some(world) = setup.build_or_skip(backend) else { return };
    age(&world);
    a_while(&world);
    let made = backups(&world);
    assert_eq!((made.len(), &made[0]["reason"]), (1, &"interval".into()));
    a_while(&world);
    assert_eq!(backups(&world).len(), 1);
}

/// Really waits for the next minute.
#[test]
fn interval_backup_is_made_while_the_bot_runs() {
    let world = empty().stopped().with("BACKUP_INTERVAL", "1m").build(Backend::Sqlite);
    world.start();
    world.wait_for_log_within(Duration::from_secs(75), &["scheduled backup was made"]);
    assert_eq!(world.terminate(), 0);
    assert_eq!(backups(&world)[0]["reason"], "interval");
}
