//! `status`: one screen, and whether the operator is needed.

use std::collections::{BTreeMap, BTreeSet};

use botctl::testing::domain::OrderStatus;
use chrono::{DateTime, TimeDelta, Utc};
use rstest::rstest;
use serde_json::{Value, json};

use crate::world::{Backend, World, empty, execute, staffed};

fn needs(document: &Value) -> BTreeSet<String> {
    let list = document["data"]["attention"].as_array().unwrap();
    list.iter().map(|one| one["message"].as_str().unwrap().to_owned()).collect()
}

fn needs_now(world: &World, code: i32) -> Vec<String> {
    needs(&world.ask_json(&["status"], code)).into_iter().collect()
}

/// The scheduled jobs besides the backup.
const OTHER_JOBS: usize = 8;

#[rstest]
fn healthy_bot_has_no_problems(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().with("BACKUP_TIME", "").build_or_skip(backend) else { return };
    for status in [OrderStatus::New, OrderStatus::New, OrderStatus::OnSite, OrderStatus::Closed] {
        world.order_in(status);
    }
    world.db(|conn| execute(conn, "INSERT INTO job_runs (job, started_at, finished_at, outcome) VALUES ('backup', '2026-01-01 10:00:00', '2026-01-01 10:00:05', 'done')"));
    // What is still being sent is not what this is about.
    world.stranger().says("/help").hears("3001");
    let said = world.ask(&["status"]).ends(0);
    let url: botctl::testing::config::DatabaseUrl = world.store.url().parse().unwrap();
    let mut lines = said.cells();
    assert!(lines[1].starts_with(&format!("database {url}, ")) && lines[1].ends_with('B'), "{said:?}");
    for (at, name) in [(4, "last poll "), (5, "last update ")] {
        assert!(lines[at].starts_with(name) && lines[at].ends_with(" ago"), "{said:?}");
    }
    lines.drain(1..2);
    lines.drain(3..5);
    assert!(lines[7].starts_with("outbox "), "{said:?}");
    lines.remove(7);
    let others = |line: &String| line.starts_with("job ") && !line.starts_with("job backup ");
    assert_eq!(lines.iter().filter(|line| others(line)).count(), OTHER_JOBS);
    assert!(lines.iter().filter(|line| others(line)).all(|line| line.contains(", next at 20")), "{said:?}");
    lines.retain(|line| !others(line));
    assert_eq!(
        lines,
        [
            format!("botctl {}", env!("CARGO_PKG_VERSION")),
            "schema current".to_owned(),
            "serve running".to_owned(),
            "users ADMIN 1, DISPATCHER 2, MASTER 2, UNKNOWN 1, 6 in total".to_owned(),
            "masters 2 available".to_owned(),
            "orders NEW 2, ASSIGNED 0, ACCEPTED 0, ONSITE 1, DR 0, CLOSED 1, REFUSED 0".to_owned(),
            "inbox 0 waiting".to_owned(),
            "dead letters 0".to_owned(),
            "balances 0.00 RUB owed by masters".to_owned(),
            "last backup none".to_owned(),
            // None is scheduled here.
            "job backup at 2026-01-01 10:00:00 UTC: done".to_owned(),
        ]
    );
    let document = world.ask_json(&["status"], 0);
    let data = &document["data"];
    assert_eq!(data["orders"]["NEW"], 2);
    assert_eq!(data["users"], json!({ "ADMIN": 1, "DISPATCHER": 2, "MASTER": 2, "UNKNOWN": 1 }));
    assert_eq!(
        (&data["schema"], &data["serve_running"], &data["attention"]),
        (&json!("current"), &json!(true), &json!([]))
    );
    assert_eq!(data["inbox"], json!({ "count": 0, "oldest_at": null }));
    assert!(data["database"]["bytes"].as_u64().unwrap() > 1_000 && data["last_update_at"].is_string());
    assert_eq!((&data["jobs"][0]["outcome"], &data["jobs"][0]["error"]), (&json!("done"), &Value::Null));
    let next_runs: BTreeMap<&str, Option<&str>> = data["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| (job["job"].as_str().unwrap(), job["next_at"].as_str()))
        .collect();
    assert_eq!((next_runs.len(), next_runs["backup"]), (OTHER_JOBS + 1, None));
    let next: DateTime<Utc> = next_runs["daily_summary"].unwrap().parse().unwrap();
    assert!(next > Utc::now() && next <= Utc::now() + TimeDelta::days(1), "{next}");
    assert_eq!(data["last_backup"], Value::Null);
}

#[rstest]
fn problems_are_listed_with_hints(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    assert_eq!(needs_now(&world, 3), ["no backup in the last 26 hours"]);
    world.db(|conn| {
        execute(conn, "INSERT INTO inbox (update_id, payload, received_at) VALUES (1, '{}', '2026-01-01 10:00:00')");
        execute(conn, "INSERT INTO outbox (chat_id, method, payload, state, due_at, created_at) VALUES (1, 'sendMessage', '{}', 'dead', '2026-01-01 10:00:00', '2026-01-01 10:00:00')");
    });
    let stuck = needs_now(&world, 3);
    assert_eq!(stuck[0], "1 dead letter");
    assert!(
        stuck[1].starts_with("an update has been waiting for ") && stuck[1].ends_with(" weeks"),
        "{stuck:?}"
    );
    assert_eq!(stuck.len(), 3);
    world.kill();
    let said = world.ask(&["status"]).ends(3);
    // Without a bot an update cannot but wait.
    assert_eq!(
        said.err.lines().collect::<Vec<_>>(),
        [
            "error: serve is not running",
            "  hint: start `botctl serve`",
            "error: 1 dead letter",
            "  hint: see `botctl outbox list --dead`; then `botctl outbox retry --all`, or `botctl outbox drop ID`",
            "error: no backup in the last 26 hours",
            "  hint: run `botctl backup`",
        ]
    );
    // A document has a place for each of them.
    let document = world.ask_json(&["status"], 3);
    assert_eq!(document["data"]["attention"].as_array().unwrap().len(), 3);
    assert_eq!(
        document["error"]["message"],
        "serve is not running; 1 dead letter; no backup in the last 26 hours"
    );
    assert!(said.out.contains("inbox         1 waiting, the oldest for "), "{said:?}");
    assert!(said.out.contains("dead letters  1\n"), "{said:?}");
}

#[rstest]
fn stalled_delivery_is_reported(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().with("BACKUP_TIME", "").build_or_skip(backend) else { return };
    assert_eq!(needs_now(&world, 0), [""; 0]);
    world.db(|conn| {
        let message = "INSERT INTO outbox (chat_id, method, payload, attempts, due_at, created_at) VALUES (1, 'sendMessage', '{}'";
        // One that Telegram does not take, one whose time has not come.
        let later = (Utc::now() + TimeDelta::hours(12)).format("%Y-%m-%d %H:%M:%S").to_string();
        execute(conn, &format!("{message}, 3, '{later}', '2026-01-01 10:00:00')"));
        execute(conn, &format!("{message}, 0, '{later}', '2025-01-01 10:00:00')"));
        execute(conn, "UPDATE job_runs SET finished_at = '2026-01-02 10:00:00', started_at = '2026-01-01 10:00:00' WHERE job = 'poll'");
        execute(conn, "INSERT INTO job_runs (job, started_at, finished_at, outcome) VALUES ('a', '2026-01-01 10:00:00', '2026-01-01 10:00:05', 'failed: disk is full'), ('b', '2026-01-01 10:00:00', NULL, NULL)");
    });
    let needs = needs_now(&world, 3);
    let expected = [
        "Telegram has not responded for ",
        "a message has been waiting for ",
        "the job a failed: disk is full",
        "the job b was started ",
    ];
    assert_eq!(needs.len(), expected.len(), "{needs:?}");
    assert!(needs.iter().zip(expected).all(|(need, begin)| need.starts_with(begin)), "{needs:?}");
    assert_eq!(world.terminate(), 0);
    // Without a bot neither is a sign of anything.
    let needs = needs_now(&world, 3);
    assert!(!needs.iter().any(|need| need.contains("Telegram") || need.contains("a message")), "{needs:?}");
}

#[rstest]
fn later_backup_clears_a_failed_one(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let made = world.ask(&["backup"]);
    assert_eq!(made.code, 0, "{made:?}");
    world.db(|conn| execute(conn, "UPDATE job_runs SET started_at = '2026-01-01 10:00:00', outcome = 'failed: disk is full' WHERE job = 'backup'"));
    assert_eq!(needs_now(&world, 0), [""; 0]);
    std::fs::rename(world.cwd().join("backups"), world.cwd().join("elsewhere")).unwrap();
    std::fs::write(world.cwd().join("backups"), "in the way").unwrap();
    let needs = needs_now(&world, 3);
    assert!(needs.contains(&"the job backup failed: disk is full".to_owned()), "{needs:?}");
    assert!(needs.iter().any(|need| need.starts_with("cannot read the backups: ")), "{needs:?}");
}

#[rstest]
fn status_changes_nothing_and_needs_a_database(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    let sqlite = matches!(world.store, crate::world::TestDatabase::Sqlite(_));
    let folder = world.cwd().parent().unwrap().to_owned();
    let files = || {
        let entries = std::fs::read_dir(&folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect::<BTreeSet<_>>()
    };
    let before = files();
    let document = world.ask_json(&["status"], if sqlite { 4 } else { 3 });
    if !sqlite {
        assert_eq!(document["data"]["schema"], "empty");
    }
    assert_eq!(files(), before);
    world.ask(&["migrate", "up"]).ends(0);
    let before = files();
    // There is no data to lose yet: no backup is asked for.
    assert_eq!(needs_now(&world, 3), ["serve is not running"]);
    assert_eq!(files(), before);
}

#[rstest]
fn foreign_schema_is_reported_and_nothing_counted(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.terminate();
    world.db(|conn| execute(conn, "INSERT INTO __diesel_schema_migrations (version, run_on) VALUES ('29990101000000', '2026-01-01 10:00:00')"));
    let document = world.ask_json(&["status"], 3);
    assert_eq!(document["data"]["schema"], "newer");
    assert!(
        document["data"].get("users").is_none()
            && document["error"]["message"].as_str().unwrap().contains("newer"),
        "{document}"
    );
    let said = world.ask(&["status"]).ends(3);
    assert!(said.out.contains("schema        newer\n") && said.err.contains("newer botctl"), "{said:?}");
}

/// Looking at whether `serve` runs must not keep one from starting.
#[test]
fn status_takes_no_lock() {
    let world = staffed().build(crate::world::Backend::Sqlite);
    world.terminate();
    let url = world.store.url().parse().unwrap();
    let mut conn = world.store.open();
    assert!(!botctl::testing::db::is_served(&url, &mut conn).unwrap());
    let lock = botctl::testing::db::acquire_serve_lock(&url).unwrap();
    assert!(botctl::testing::db::is_served(&url, &mut conn).unwrap());
    drop(lock);
    world.start();
}

#[rstest]
fn recent_backup_is_healthy(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let made = world.ask(&["backup", "--json"]);
    if made.code != 0 && !matches!(world.store, crate::world::TestDatabase::Sqlite(_)) {
        // No client of PostgreSQL on this machine: what is asked for is asked for all the same.
        assert_eq!(needs_now(&world, 3), ["no backup in the last 26 hours"]);
        return;
    }
    assert_eq!(made.code, 0, "{made:?}");
    let document = world.ask_json(&["status"], 0);
    assert!(
        document["data"]["last_backup"]["file"].as_str().unwrap().starts_with("bot_database_"),
        "{document}"
    );
    let said = world.ask(&["status"]).ends(0);
    assert!(
        said.cells()
            .iter()
            .any(|line| line.starts_with("last backup ") && line.contains(" ago, bot_database_")),
        "{said:?}"
    );
    // An old one is not.
    let file = world
        .cwd()
        .join("backups")
        .join(document["data"]["last_backup"]["file"].as_str().unwrap().to_owned() + ".json");
    let manifest = std::fs::read_to_string(&file).unwrap();
    let mut manifest: Value = serde_json::from_str(&manifest).unwrap();
    manifest["created_at"] = json!("2026-01-01T10:00:00Z");
    std::fs::write(&file, manifest.to_string()).unwrap();
    assert_eq!(needs_now(&world, 3), ["no backup in the last 26 hours"]);
}
