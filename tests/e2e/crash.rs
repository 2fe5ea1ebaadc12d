//! Power cuts and orderly stops in the middle of the work.

use std::collections::HashSet;

use botctl::testing::db::schema::{orders, users};
use diesel::prelude::*;
use rand::Rng;
use rstest::rstest;

use crate::dialogue::ANSWERS;
use crate::texts::{first_line, key, text};
use crate::world::{Backend, DISPATCHER, STRANGER, TIMEOUT, TestDatabase, World, empty, execute, staffed};
use std::time::Duration;
use telegram_sandbox::{Fault, FaultKind};

const CREW: std::ops::Range<i64> = 6_000..6_030;

/// Lets the bot make some calls and cuts the power, several times.
fn cut_the_power(world: &World, cuts: u32, calls_between: std::ops::Range<u64>) {
    for _ in 0..cuts {
        let more = rand::rng().random_range(calls_between.clone());
        let target = world.sandbox.read_state(telegram_sandbox::SandboxState::call_count) + more;
        world.wait("the bot to work", |state| (state.call_count() >= target).then_some(()));
        world.kill();
        world.start();
    }
}

/// Everything was handled, and everything that was decided has been delivered.
fn nothing_is_left(world: &World) {
    // What is stored is confirmed by the poll after it, which a stop does not wait for.
    world.wait("everything to be confirmed", |state| (state.pending_updates() == 0).then_some(()));
    assert_eq!(world.terminate(), 0);
    assert_eq!(
        (world.unfinished(), world.messages_that_are("pending"), world.messages_that_are("dead")),
        (0, 0, 0)
    );
    world.start();
}

#[rstest]
fn dialogues_of_thirty_dispatchers_survive_four_power_cuts(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().dispatchers(CREW).build_or_skip(backend) else { return };
    for line in std::iter::once(key::CREATE).chain(ANSWERS).chain([key::CONFIRM]) {
        for dispatcher in CREW {
            world.sandbox.send_text(dispatcher, dispatcher, line);
        }
    }
    cut_the_power(&world, 4, 5..70);
    let created = text("order-created");
    let created = created.split_whitespace().last().unwrap();
    for dispatcher in CREW {
        world.wait("the last answer", |state| {
            state
                .iter_messages(dispatcher)
                .any(|message| message.from_bot && message.text.contains(created))
                .then_some(())
        });
    }
    nothing_is_left(&world);
    // Exactly once in the database …
    let mut taken_by: Vec<Option<i64>> =
        world.db(|conn| orders::table.select(orders::dispatcher_id).load(conn)).unwrap();
    taken_by.sort();
    assert_eq!(taken_by, CREW.map(Some).collect::<Vec<_>>());
    for order in world.orders() {
        assert_eq!(world.way(order), ["→NEW"]);
        assert_eq!(world.order(order).notes.as_deref(), Some(ANSWERS[5]));
    }
    assert_eq!(world.audit().len(), CREW.count());
    assert_eq!(world.dialogues(), 0);
    // … and at least once on the screens: each question in its order.
    for dispatcher in CREW {
        let said = world.texts_sent_to(dispatcher);
        let mut questions = [
            "order-ask-equipment",
            "order-ask-phone",
            "order-ask-client-name",
            "order-ask-address",
            "order-ask-notes",
            "order-ask-time",
            "order-ask-confirmation-alone",
        ]
        .map(text)
        .into_iter()
        .peekable();
        for line in &said {
            if questions.peek().is_some_and(|question| line.contains(first_line(question))) {
                questions.next();
            }
        }
        assert_eq!(questions.next(), None, "{dispatcher} did not hear: {said:#?}");
    }
}

#[rstest]
fn shutdown_finishes_running_updates_and_the_next_start_handles_the_rest(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().build_or_skip(backend) else { return };
    let people = 7_000..7_150;
    let updates: Vec<i64> =
        people.clone().map(|id| world.sandbox.send_text(id, id, "/start").update_id).collect();
    world.wait_until_handled(updates[0]);
    assert_eq!(world.terminate(), 0);
    assert_eq!(world.messages_that_are("pending"), 0);
    world.start();
    for id in people.clone() {
        world.wait("a greeting", |state| state.last_from_bot(id).map(|_| ()));
    }
    nothing_is_left(&world);
    let known: HashSet<i64> = world
        .db(|conn| users::table.select(users::telegram_id).load::<i64>(conn))
        .unwrap()
        .into_iter()
        .collect();
    assert_eq!(known, people.clone().collect());
    for id in people {
        assert_eq!(world.texts_sent_to(id).len(), 1, "{id} was greeted more than once, without a crash");
    }
}

#[rstest]
fn updates_of_a_chat_keep_their_order_across_a_restart(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.locks_out("/start first");
    let first = world.sandbox.send_text(STRANGER, STRANGER, "/start first").update_id;
    world.wait_for_log(&[&format!("\"update\":{first},"), "retrying"]);
    let second = world.sandbox.send_text(STRANGER, STRANGER, "/help").update_id;
    // What is confirmed has its place behind the first.
    world.wait("both to be confirmed", |state| (state.pending_updates() == 0).then_some(()));
    assert_eq!(world.terminate(), 0);
    assert_eq!(world.unfinished(), 2, "the second was handled before the first");
    world.lets_in();
    world.start();
    assert_eq!(
        (world.wait_until_handled(first), world.wait_until_handled(second)),
        ("handled".to_owned(), "handled".to_owned())
    );
    let logs = world.logs();
    let place = |update: i64| {
        let is_it =
            |line: &str| line.contains(&format!("\"update\":{update},")) && line.contains("\"outcome\"");
        logs.lines().position(is_it)
    };
    assert!(place(first) < place(second), "{logs}");
}

#[rstest]
fn shutdown_waits_for_a_slow_telegram(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let stranger = world.stranger();
    stranger.sees(&STRANGER.to_string());
    let heard = stranger.count_texts();
    let slow = FaultKind::Hang { duration: Some(Duration::from_millis(1_500)) };
    world.sandbox.add_fault(Fault::times(slow, 1).for_method("sendMessage").in_chat(STRANGER));
    stranger.says("/help");
    stranger.says("/start");
    assert_eq!(world.terminate(), 0);
    assert_eq!(world.messages_that_are("pending"), 0);
    assert_eq!(stranger.count_texts(), heard + 2);
    world.start();
}

#[rstest]
fn shutdown_abandons_a_hanging_call_and_delivers_after_restart(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().with("SHUTDOWN_GRACE", "1").build_or_skip(backend) else { return };
    world.allow_failed_calls();
    world.sandbox.add_fault(
        Fault::always(FaultKind::Hang { duration: None }).for_method("sendMessage").in_chat(DISPATCHER),
    );
    world.dispatcher().says("/help");
    assert_eq!(world.terminate(), 0);
    assert_eq!(world.messages_that_are("pending"), 1);
    world.sandbox.clear_faults();
    world.start();
    world.dispatcher().sees(&text("help-footer"));
}

#[rstest]
fn second_signal_exits_at_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.allow_failed_calls();
    world.sandbox.add_fault(
        Fault::always(FaultKind::Hang { duration: None }).for_method("sendMessage").in_chat(DISPATCHER),
    );
    world.dispatcher().says("/help");
    world.signal("INT");
    world.wait_for_log(&["graceful shutdown started"]);
    assert_eq!(world.signal_until_exit("TERM"), 1);
    world.sandbox.clear_faults();
    world.start();
    world.dispatcher().sees(&text("help-footer"));
}

#[test]
fn duplicated_signal_is_one_request() {
    let world = staffed().build(Backend::Sqlite);
    // Something to finish, which takes a while.
    world.sandbox.add_fault(
        Fault::times(FaultKind::Hang { duration: Some(Duration::from_secs(1)) }, 1).for_method("sendMessage"),
    );
    world.sandbox.send_text(DISPATCHER, DISPATCHER, "/help");
    world.signal("TERM");
    world.signal("TERM");
    assert_eq!(world.exit_code(TIMEOUT), 0);
}

#[test]
fn second_signal_does_not_wait_for_closing_the_database() {
    let world = staffed().build(Backend::Sqlite);
    // An open reader keeps the write-ahead log from being checkpointed.
    world.db(|conn| {
        execute(conn, "BEGIN");
        users::table.count().get_result::<i64>(conn).unwrap();
    });
    world.stranger().says("/help");
    world.signal("TERM");
    world.wait_for_log(&["\"stopped\""]);
    assert_eq!(world.signal_until_exit("TERM"), 1);
    world.wait_for_log(&["stopped immediately by a second signal"]);
}

#[test]
fn shutdown_leaves_the_whole_database_in_one_file() {
    let world = empty().build(Backend::Sqlite);
    world.stranger().says("/start").hears("Степан");
    assert_eq!(world.terminate(), 0);
    let TestDatabase::Sqlite(path) = &world.store else { panic!("asked for SQLite") };
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    assert_eq!(std::fs::metadata(log).map_or(0, |file| file.len()), 0);
    world.start();
}
