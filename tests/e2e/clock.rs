//! A clock that was years ahead and is right again: what it has left behind counts as now.

use std::fs;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use rstest::rstest;
use serde_json::{Value, json};
use telegram_sandbox::{Fault, FaultKind};

use crate::broken_host::compile_shim;
use crate::dialogue::{ANSWERS, answers};
use crate::texts::{first_line, text};
use crate::world::{Backend, DISPATCHER, STRANGER, World, WorldSetup, empty, execute, staffed};

/// The clock is read once a minute.
const PATIENCE: Duration = Duration::from_mins(2);

fn due_an_hour_ago(setup: WorldSetup) -> WorldSetup {
    let time = (Utc::now() - TimeDelta::hours(1)).format("%H:%M").to_string();
    setup.with("TIMEZONE", "UTC").with("BACKUP_TIME", &time).with("LOG_LEVEL", "DEBUG")
}

/// Leaves behind what a process that was killed in 2036 leaves.
fn live_in_2036(world: &World) {
    world.db(|conn| {
        execute(conn, &format!("INSERT INTO outbox (chat_id, method, payload, due_at, created_at) VALUES ({STRANGER}, 'sendMessage', '{{\"chat_id\":{STRANGER},\"text\":\"retried in 2036\"}}', '2036-01-01 10:00:00', '2026-01-01 10:00:00')"));
        execute(conn, &format!("INSERT INTO outbox (chat_id, method, payload, due_at, created_at, lease_owner, leased_until) VALUES ({DISPATCHER}, 'sendMessage', '{{\"chat_id\":{DISPATCHER},\"text\":\"leased in 2036\"}}', '2026-01-01 10:00:00', '2026-01-01 10:00:00', 7, '2036-01-01 10:00:00')"));
        execute(conn, "INSERT INTO inbox (update_id, payload, received_at) VALUES (1, '{\"update_id\":1}', '2036-01-01 10:00:00')");
        execute(conn, &format!("INSERT INTO dialogues (chat_id, user_id, version, state, updated_at, expires_at) VALUES ({STRANGER}, {STRANGER}, 1, '{{}}', '2036-01-01 10:00:00', '2036-01-02 10:00:00')"));
        execute(conn, "UPDATE job_runs SET started_at = '2036-01-01 10:00:00', finished_at = '2036-01-01 10:00:05', outcome = 'done' WHERE job = 'backup'");
    });
}

fn in_future(document: &Value) -> Value {
    document["data"]["future_times"].clone()
}

fn expiry_of_dialogue(world: &World) -> String {
    use botctl::testing::db::schema::dialogues;
    use diesel::prelude::*;
    let expires: chrono::NaiveDateTime =
        world.db(|conn| dialogues::table.select(dialogues::expires_at).get_result(conn)).unwrap();
    (expires - TimeDelta::hours(24) - Utc::now().naive_utc()).num_minutes().to_string()
}

#[rstest]
fn times_in_the_future_are_reported_and_count_as_now(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = due_an_hour_ago(staffed()).build_or_skip(backend) else { return };
    assert_eq!(world.terminate(), 0);
    live_in_2036(&world);
    let document = world.ask_json(&["status"], 3);
    let all = json!({ "messages": 1, "leases": 1, "updates": 1, "dialogues": 1, "jobs": 1 });
    assert_eq!(in_future(&document), all, "{document}");
    assert_ne!(document["data"]["last_update_at"].as_str().map(|at| &at[..4]), Some("2036"));
    let said = world.ask(&["status"]).ends(3);
    let list = "1 message, 1 lease, 1 update, 1 dialogue, 1 job";
    assert!(said.cells().contains(&format!("in the future {list}")), "{said:?}");
    assert!(said.err.contains(&format!("times in the database lie in the future: {list}")), "{said:?}");
    world.start();
    for chat in [STRANGER, DISPATCHER] {
        world.player(chat).sees("in 2036");
    }
    world.wait_for_log(&["scheduled backup was made"]);
    world.wait_for_log_times("job waits", 2);
    // The next minute may find nothing more.
    world.restart();
    let document = world.ask_json(&["status"], 0);
    let none = json!({ "messages": 0, "leases": 0, "updates": 0, "dialogues": 0, "jobs": 0 });
    assert_eq!(in_future(&document), none, "{document}");
    assert_eq!(expiry_of_dialogue(&world), "0", "minutes from a day after now");
}

/// A lease that another process holds now is not taken from it.
#[rstest]
fn times_of_a_clock_slightly_ahead_are_left_alone(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().with("BACKUP_TIME", "").build_or_skip(backend) else { return };
    assert_eq!(world.terminate(), 0);
    let soon = (Utc::now() + TimeDelta::minutes(3)).format("%Y-%m-%d %H:%M:%S").to_string();
    world.db(|conn| {
        execute(conn, &format!("INSERT INTO outbox (chat_id, method, payload, due_at, created_at, lease_owner, leased_until) VALUES (1, 'sendMessage', '{{}}', '{soon}', '{soon}', 7, '{soon}')"));
    });
    let document = world.ask_json(&["status"], 3);
    let none = json!({ "messages": 0, "leases": 0, "updates": 0, "dialogues": 0, "jobs": 0 });
    assert_eq!(in_future(&document), none, "{document}");
}

/// After a minute, in which a living process has renewed its leases with the right time.
#[test]
fn lease_of_another_process_from_2036_is_taken_over() {
    let Some(world) = staffed().with("BACKUP_TIME", "").build_or_skip(Backend::Postgres) else { return };
    assert_eq!(world.terminate(), 0);
    // A process that is not alone leaves leases to their owners.
    let _other = botctl::testing::db::acquire_serve_lock(&world.store.url().parse().unwrap()).unwrap();
    live_in_2036(&world);
    world.start();
    world.wait_for_log_within(PATIENCE, &["are set to now", "\"ends_leases\":true"]);
    world.dispatcher().sees("leased in 2036");
}

#[rstest]
fn bot_goes_on_when_its_clock_comes_back_from_2036(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let folder = tempfile::tempdir().unwrap();
    let Some(library) = compile_shim(folder.path()) else { return };
    let offset = folder.path().join("offset");
    fs::write(&offset, TimeDelta::days(3_650).num_seconds().to_string()).unwrap();
    let setup = due_an_hour_ago(empty())
        .with("LD_PRELOAD", library.to_str().unwrap())
        .with("CLOCK_OFFSET", offset.to_str().unwrap());
    let Some(world) = setup.build_or_skip(backend) else { return };
    world.allow_failed_calls();
    world.dispatcher().says("/start").hears("Дарья");
    answers(world.dispatcher(), 2);
    world.stranger().says("/start").hears(&STRANGER.to_string());
    world
        .sandbox
        .add_fault(Fault::times(FaultKind::TooManyRequests { retry_after: 3_600 }, 1).in_chat(STRANGER));
    world.stranger().says("/help");
    world.wait_for_log(&["Telegram asked to wait"]);
    fs::write(&offset, "0").unwrap();
    world.wait_for_log_within(PATIENCE, &["times in the future were found and are set to now"]);
    world.wait_for_log_within(PATIENCE, &["scheduled backup was made"]);
    // Sent by the next sweep, in the time that is right.
    world.stranger().hears(&STRANGER.to_string());
    world.dispatcher().says(ANSWERS[2]).hears(first_line(&text("order-ask-client-name")));
    let document = world.ask_json(&["status"], 0);
    assert_eq!(in_future(&document)["messages"], 0, "{document}");
    assert!(document["data"]["last_backup"]["created_at"].as_str().unwrap() < "2036", "{document}");
}
