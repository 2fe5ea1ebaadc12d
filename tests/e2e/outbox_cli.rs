//! `outbox list|retry|drop`: what becomes of messages that were given up.

use rstest::rstest;
use serde_json::json;

use botctl::testing::domain::OrderStatus;

use crate::texts::about;
use crate::world::{Backend, MASTER, OTHER_MASTER, STRANGER, World, empty, execute, staffed, wait_until};

/// The client's data in the payloads of these tests.
const SECRET: &str = "Клара Клиентова";

/// Puts a message into the outbox behind the bot's back and returns its number.
fn put(world: &World, chat: i64, state: &str, error: &str, due: &str) -> i64 {
    use botctl::testing::db::schema::outbox::dsl::{id, outbox};
    use diesel::prelude::*;
    let payload = json!({ "chat_id": chat, "text": format!("{SECRET} {state} {error}") });
    world.db(|conn| {
        execute(
            conn,
            &format!(
                "INSERT INTO outbox (chat_id, method, payload, state, attempts, due_at, created_at, last_error, expires_at)
                 VALUES ({chat}, 'sendMessage', '{payload}', '{state}', 3, '{due}', '2026-01-01 10:00:00', '{error}',
                         '2026-01-02 10:00:00')"
            ),
        );
        outbox.select(diesel::dsl::max(id)).get_result::<Option<i64>>(conn).unwrap().unwrap()
    })
}

/// (state, attempts) of a message; nothing when it is gone.
fn state_of(world: &World, number: i64) -> Option<(String, i32)> {
    use botctl::testing::db::schema::outbox::dsl::{attempts, outbox, state};
    use diesel::prelude::*;
    world.db(|conn| outbox.find(number).select((state, attempts)).first(conn).optional()).unwrap()
}

const LONG_AGO: &str = "2026-01-01 10:00:00";

#[rstest]
fn outbox_list_shows_waiting_and_dead_messages_without_their_text(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.terminate();
    let dead = put(&world, MASTER, "dead", "Bad Request: unsupported tag \"Клара\" at 5\u{1b}[2J", LONG_AGO);
    let waiting =
        put(&world, STRANGER, "pending", "Too Many Requests for +7 999 000-11-22", "2999-01-01 10:00:00");
    let said = world.ask(&["outbox", "list"]).ends(0);
    assert!(
        !said.out.contains("Клара") && !said.out.contains('\u{1b}') && !said.out.contains("000-11"),
        "{said:?}"
    );
    let cells = said.cells();
    assert_eq!(cells.len(), 3, "{said:?}");
    assert_eq!(cells[0], "ID CHAT METHOD STATE TRIES DUE AGE LAST ERROR");
    assert!(cells[1].starts_with(&format!("{dead} 2001 sendMessage dead 3 - ")), "{cells:?}");
    assert!(
        cells[1].contains(" weeks ")
            && cells[1].ends_with("Bad Request: unsupported tag \"…\" at 5\u{fffd}[2J"),
        "{cells:?}"
    );
    assert!(cells[2].starts_with(&format!("{waiting} 3001 sendMessage pending 3 in ")), "{cells:?}");

    let numbers = |arguments: &[&str]| {
        let document = world.ask_json(&[&["outbox", "list"], arguments].concat(), 0);
        let text = document.to_string();
        assert!(!text.contains("Клара") && !text.contains("000-11"), "{text}");
        let data = &document["data"];
        let ids: Vec<i64> =
            data["messages"].as_array().unwrap().iter().map(|one| one["id"].as_i64().unwrap()).collect();
        (ids, data["total"].as_i64().unwrap())
    };
    assert_eq!(numbers(&[]), (vec![dead, waiting], 2));
    assert_eq!(numbers(&["--dead"]), (vec![dead], 1));
    assert_eq!(numbers(&["--pending"]), (vec![waiting], 1));
    assert_eq!(numbers(&["--chat", "3001"]), (vec![waiting], 1));
    assert_eq!(numbers(&["--chat", "-3001"]), (vec![], 0));
    assert_eq!(numbers(&["--limit", "1"]), (vec![dead], 2));
    let mut one = world.ask_json(&["outbox", "list", "--dead"], 0)["data"]["messages"][0].take();
    assert!(one["age_seconds"].take().as_i64().unwrap() > 0);
    assert_eq!(
        one,
        json!({
            "id": dead, "chat_id": MASTER, "method": "sendMessage", "state": "dead", "attempts": 3,
            "due_at": "2026-01-01T10:00:00Z", "created_at": "2026-01-01T10:00:00Z", "age_seconds": null,
            "last_error": "Bad Request: unsupported tag \"…\" at 5\u{1b}[2J",
        })
    );
    world.ask(&["outbox", "list", "--dead", "--pending"]).ends(2);
    assert_eq!(world.ask(&["outbox", "list", "--chat", "5"]).ends(0).out, "");
}

#[rstest]
fn retried_dead_letter_is_sent_in_order(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    // Long expired: a retry asks for it to be sent all the same.
    let first = put(&world, STRANGER, "dead", "first", LONG_AGO);
    let second = put(&world, STRANGER, "dead", "second", LONG_AGO);
    let other = put(&world, MASTER, "dead", "other", LONG_AGO);
    let (a, b) = (first.to_string(), second.to_string());
    let document = world.ask_json(&["outbox", "retry", &b, &a, &a], 0);
    assert_eq!(document["data"], json!({ "ids": [first, second], "skipped": [], "serve_running": true }));
    world.stranger().sees("dead second");
    let said = world.texts_sent_to(STRANGER);
    let place =
        |part: &str| said.iter().position(|text| text.contains(part)).unwrap_or_else(|| panic!("{said:#?}"));
    assert!(place("dead first") < place("dead second"));
    assert_eq!(state_of(&world, other), Some(("dead".to_owned(), 3)));
    assert!(world.audit().contains(&(None, "operator.outbox_retry".to_owned())));
    let rest = world.ask(&["outbox", "retry", "--all"]).ends(0);
    assert_eq!(rest.out, "1 message queued again\n");
    world.master().sees("dead other");
    // It has left the list of the dead for good once the bot has written that down.
    world.terminate();
    assert_eq!(state_of(&world, other), Some(("sent".to_owned(), 1)));
    assert_eq!(
        world.ask(&["outbox", "retry", "--all"]).ends(0).out,
        "nothing to do: there are no dead letters\n"
    );
}

/// The ids of the dead letters, oldest first.
fn dead_ids(world: &World) -> Vec<i64> {
    use botctl::testing::db::schema::outbox::dsl::{id, outbox, state};
    use diesel::prelude::*;
    world.db(|conn| outbox.filter(state.eq("dead")).order(id).select(id).load(conn)).unwrap()
}

/// A world in which the card of a new order did not reach the master.
fn with_dead_card(backend: Backend) -> Option<(World, i64)> {
    let world = staffed().build_or_skip(backend)?;
    world.allow_failed_calls();
    let order = world.order_in(OrderStatus::New);
    let master = world.master_id(MASTER);
    world.sandbox.block_bot(MASTER);
    world.dispatcher().presses_old(&format!("select_master_for_order:{order}:{master}"));
    wait_until("the card is dead", || dead_ids(&world).len() == 1);
    Some((world, order))
}

#[rstest]
fn retried_card_is_rendered_anew(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some((world, order)) = with_dead_card(backend) else { return };
    world.db(|conn| {
        execute(conn, &format!("UPDATE orders SET description = 'Новое описание' WHERE id = {order}"));
    });
    world.sandbox.unblock_bot(MASTER);
    let said = world.ask(&["outbox", "retry", "--all"]).ends(0);
    assert_eq!(said.out, "1 message queued again\n");
    world.master().hears("Новое описание");
    world.master().presses(&format!("group_accept_order:{order}"));
    assert_eq!(world.status(order), OrderStatus::Accepted);
}

#[rstest]
fn retry_skips_what_is_outdated(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some((world, order)) = with_dead_card(backend) else { return };
    let other = world.master_id(OTHER_MASTER);
    world.dispatcher().presses_old(&format!("select_new_master_for_order:{order}:{other}"));
    // The log is ahead of the database.
    wait_until("both are dead", || dead_ids(&world).len() == 2);
    world.sandbox.unblock_bot(MASTER);
    let before = world.master().count_texts();
    let [card, notice] = dead_ids(&world)[..] else { panic!("{:?}", dead_ids(&world)) };
    let document = world.ask_json(&["outbox", "retry", "--all"], 0);
    // That the order moved on is still so; that there is a new one is not.
    assert_eq!(document["data"], json!({ "ids": [notice], "skipped": [card], "serve_running": true }));
    world.master().hears(&about("notice-reassigned", order));
    assert_eq!(world.master().count_texts(), before + 1);
    assert_eq!(state_of(&world, card).unwrap().0, "skipped");
    assert!(world.audit().contains(&(None, "operator.outbox_skip".to_owned())));
    assert_eq!(dead_ids(&world), [0; 0]);
}

#[rstest]
fn retry_sends_a_revoked_master_nothing(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some((world, _)) = with_dead_card(backend) else { return };
    world.sandbox.unblock_bot(MASTER);
    world.db(|conn| {
        execute(conn, &format!("UPDATE masters SET is_approved = false WHERE telegram_id = {MASTER}"));
    });
    let before = world.master().count_texts();
    let said = world.ask(&["outbox", "retry", "--all"]).ends(0);
    assert_eq!(said.out, "0 messages queued again, 1 outdated message skipped\n");
    world.master().assert_silent_since(before);
}

#[rstest]
fn retried_dead_letter_waits_for_a_running_bot(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.terminate();
    let dead = put(&world, STRANGER, "dead", "later", LONG_AGO);
    let said = world.ask(&["outbox", "retry", &dead.to_string()]).ends(0);
    assert!(said.err.contains("not running"), "{said:?}");
    assert_eq!(state_of(&world, dead), Some(("pending".to_owned(), 0)));
    world.start();
    world.stranger().sees("dead later");
}

#[rstest]
fn one_unknown_dead_letter_id_rejects_the_whole_command(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.terminate();
    let dead = put(&world, MASTER, "dead", "x", LONG_AGO);
    let waiting = put(&world, MASTER, "pending", "y", "2999-01-01 10:00:00");
    let skipped = put(&world, MASTER, "skipped", "the card is gone", LONG_AGO);
    let (d, w, s) = (dead.to_string(), waiting.to_string(), skipped.to_string());
    for command in [&["outbox", "retry"][..], &["outbox", "drop", "--yes"]] {
        let said = world.ask(&[command, &[&d, &w, "999999"]].concat()).ends(1);
        assert!(
            said.err.contains(&format!("not dead letters: {w} (pending), 999999 (no such message)")),
            "{said:?}"
        );
        assert!(said.err.contains("hint: "), "{said:?}");
        let document = world.ask_json(&[command, &[&d, &w]].concat(), 1);
        assert_eq!(document["data"], json!({ "not_dead": [{ "id": waiting, "state": "pending" }] }));
        let document = world.ask_json(&[command, &[&s]].concat(), 1);
        assert_eq!(document["data"], json!({ "not_dead": [{ "id": skipped, "state": "skipped" }] }));
        assert_eq!(state_of(&world, dead), Some(("dead".to_owned(), 3)));
    }
    for wrong in [
        &["outbox", "retry"][..],
        &["outbox", "drop"],
        &["outbox", "retry", "--all", "1"],
        &["outbox", "drop", "x"],
    ] {
        world.ask(wrong).ends(2);
    }
}

#[rstest]
fn dropping_asks_for_confirmation_and_is_audited(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.terminate();
    let (one, two) = (put(&world, MASTER, "dead", "x", LONG_AGO), put(&world, MASTER, "dead", "y", LONG_AGO));
    let asked = world.ask(&["outbox", "drop", "--all"]).ends(6);
    assert!(asked.err.contains("2 messages would be deleted") && asked.err.contains("--yes"), "{asked:?}");
    assert_eq!(world.ask_json(&["outbox", "drop", "--all"], 6)["error"]["kind"], "needs_confirmation");
    assert!(state_of(&world, one).is_some());
    assert_eq!(world.ask(&["outbox", "drop", &one.to_string(), "--yes"]).ends(0).out, "deleted 1 message\n");
    assert_eq!((state_of(&world, one), state_of(&world, two).is_some()), (None, true));
    assert_eq!(world.ask_json(&["outbox", "drop", "--all", "--yes"], 0)["data"], json!({ "ids": [two] }));
    assert_eq!(world.messages_that_are("dead"), 0);
    assert_eq!(
        world.audit().iter().filter(|(who, what)| who.is_none() && what == "operator.outbox_drop").count(),
        2
    );
    assert_eq!(
        world.ask(&["outbox", "drop", "--all"]).ends(0).out,
        "nothing to do: there are no dead letters\n"
    );
}

#[rstest]
fn missing_database_lists_no_messages(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    let code = if matches!(world.store, crate::world::TestDatabase::Sqlite(_)) { 4 } else { 3 };
    for command in
        [&["outbox", "list"][..], &["outbox", "retry", "--all"], &["outbox", "drop", "--all", "--yes"]]
    {
        world.ask_json(command, code);
    }
}
