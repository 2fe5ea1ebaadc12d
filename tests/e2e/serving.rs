//! Who may have a database: one or several who serve it, or one who replaces its tables.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};

use botctl::testing::db::{self, AnyConnection};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use rstest::rstest;

use crate::world::{
    Backend, TIMEOUT, TestDatabase, World, empty, execute, has_postgres, run_to_end, said, wait_until,
};

/// What a server does to a session's locks when it is restarted.
const FORGET: &str = "SELECT pg_terminate_backend(pid) FROM pg_locks
    WHERE locktype = 'advisory' AND objid = 268285
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND pid <> pg_backend_pid()";

fn is_served(world: &World, conn: &mut AnyConnection) -> bool {
    db::is_served(&world.store.url().parse().unwrap(), conn).unwrap()
}

/// Takes the lock that replacing the tables takes.
fn takes_the_lock(conn: &mut AnyConnection) -> bool {
    #[derive(QueryableByName)]
    struct Taken {
        #[diesel(sql_type = Bool)]
        taken: bool,
    }
    let query = diesel::sql_query("SELECT pg_try_advisory_lock(268285) AS taken");
    let AnyConnection::Pg(conn) = conn else { panic!("no server") };
    query.get_result::<Taken>(conn).unwrap().taken
}

#[test]
fn tables_stay_locked_while_any_instance_serves() {
    if !has_postgres() {
        return;
    }
    let first = empty().build(Backend::Postgres);
    let second = empty().with("DATABASE_URL", &first.store.url()).build(Backend::Postgres);
    assert_eq!(first.terminate(), 0);
    let output = run_to_end(first.command(&["migrate", "down", "--yes"]));
    assert_eq!(output.status.code(), Some(5), "{}", said(&output));
    assert!(said(&output).contains("a `botctl serve` is running"), "{}", said(&output));
    assert!(is_served(&first, &mut first.store.open()));
    assert_eq!(second.terminate(), 0);
    let output = run_to_end(first.command(&["migrate", "down", "--yes", "--no-backup"]));
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

#[test]
fn lost_server_lock_is_reacquired() {
    if !has_postgres() {
        return;
    }
    let world = empty().build(Backend::Postgres);
    let mut conn = world.store.open();
    assert!(is_served(&world, &mut conn));
    execute(&mut conn, FORGET);
    wait_until("the lock is gone", || !is_served(&world, &mut conn));
    wait_until("the lock is taken again", || is_served(&world, &mut conn));
    world.stranger().says("/start");
    assert_eq!(world.terminate(), 0);
}

#[test]
fn serve_is_refused_while_tables_are_replaced() {
    if !has_postgres() {
        return;
    }
    let world = empty().build(Backend::Postgres);
    let mut holder = world.store.open();
    wait_until("another process has the lock", || {
        execute(&mut holder, FORGET);
        takes_the_lock(&mut holder)
    });
    assert_eq!(world.exit_code(TIMEOUT), 5);
    let output = run_to_end(world.command(&["serve"]));
    assert_eq!(output.status.code(), Some(5), "{}", said(&output));
    assert!(said(&output).contains("is being replaced by another command"), "{}", said(&output));
    drop(holder);
    world.start();
    assert_eq!(world.terminate(), 0);
}

#[test]
fn lock_file_made_by_root_belongs_to_the_database_owner() {
    const OWNER: u32 = 65_534;
    let world = empty().stopped().build(Backend::Sqlite);
    let TestDatabase::Sqlite(database) = &world.store else { panic!("no file") };
    assert!(run_to_end(world.command(&["migrate", "up"])).status.success());
    if chown(database, Some(OWNER), Some(OWNER)).is_err() {
        // Only root can give files away, and only root can lock others out so.
        eprintln!("SKIPPED: not root");
        return;
    }
    for lock in ["bot.db.migrate.lock", "bot.db.serve.lock"] {
        let lock = database.with_file_name(lock);
        let _gone = fs::remove_file(&lock);
    }
    assert!(run_to_end(world.command(&["migrate", "down", "--yes"])).status.success());
    for lock in ["bot.db.migrate.lock", "bot.db.serve.lock"] {
        assert_eq!(fs::metadata(database.with_file_name(lock)).unwrap().uid(), OWNER);
    }
}

const NEW: &str = "this database is new and empty";

#[rstest]
fn new_database_is_announced(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = empty().build_or_skip(backend) else { return };
    world.wait_for_log(&["WARN", NEW, "correct DATABASE_PATH or DATABASE_URL", "\"database\":\""]);
    world.restart();
    world.stranger().says("/start").hears("Степан");
    assert_eq!(world.logs().matches(NEW).count(), 1);
}

#[test]
fn shutdown_with_unreadable_outbox_does_not_report_it_empty() {
    let world = empty().build(Backend::Sqlite);
    world.stranger().says("/start").hears("Степан");
    wait_until("nothing is to be sent", || world.messages_that_are("pending") == 0);
    world.db(|conn| execute(conn, "ALTER TABLE outbox RENAME TO gone"));
    assert_eq!(world.terminate(), 0);
    world.wait_for_log(&[
        "stopped, but the leases of queued messages could not be released",
        "no such table: outbox",
    ]);
    assert!(!world.logs().contains("left_in_outbox"));
    world.db(|conn| execute(conn, "ALTER TABLE gone RENAME TO outbox"));
}
