//! Updates by webhook: what is answered when, the order of a chat, and the way there and back to polling.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use botctl::testing::db::schema::{inbox, settings};
use botctl::testing::domain::OrderStatus;
use diesel::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};
use telegram_sandbox::{ApiCall, Fault, FaultKind};

use crate::world::{
    Backend, DISPATCHER, STRANGER, TIMEOUT, TestDatabase, World, WorldSetup, empty, execute, on_server,
    run_to_end, said, staffed, wait_until,
};

const SECRET: &str = "made-up_secret-of-the-tests";
const PATH: &str = "/updates/hidden-word";

/// The address on which the bot of a test receives updates.
#[derive(Clone, Copy)]
struct Endpoint(SocketAddr);

impl Endpoint {
    /// On a port that is free.
    fn choose() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap())
    }

    fn url(self) -> String {
        format!("http://{}{PATH}", self.0)
    }

    /// A world whose bot is called there.
    fn of(self, setup: WorldSetup) -> WorldSetup {
        setup
            .with("WEBHOOK_URL", &self.url())
            .with("WEBHOOK_LISTEN", &self.0.to_string())
            .with("WEBHOOK_SECRET", SECRET)
    }

    /// Sends a request and returns its answer; empty when the connection fails.
    fn send(self, head: &str, body: &[u8]) -> String {
        let mut answer = String::new();
        let Ok(mut stream) = TcpStream::connect(self.0) else { return answer };
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        let head =
            format!("{head}\r\nhost: bot\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
        // Refused requests may be answered before they are read.
        let _sent = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
        let _read = stream.read_to_string(&mut answer);
        answer
    }

    /// Delivers an update as Telegram does and returns the status.
    fn deliver(self, update: &Value) -> u16 {
        status(&self.send(&post(PATH, SECRET), update.to_string().as_bytes()))
    }
}

fn post(path: &str, secret: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nx-telegram-bot-api-secret-token: {secret}")
}

/// 0 when there was no answer.
fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
}

/// What somebody writes in the private chat.
fn written(update_id: i64, from: i64, text: &str) -> Value {
    json!({ "update_id": update_id, "message": { "message_id": update_id, "date": 1, "text": text,
        "chat": { "id": from, "type": "private" },
        "from": { "id": from, "is_bot": false, "first_name": "Made Up", "language_code": "ru" } } })
}

/// The ids of updates in the order in which they were handled.
fn handled_order(world: &World, updates: &[i64]) -> Vec<i64> {
    for update in updates {
        world.wait_until_handled(*update);
    }
    let lines = world.logs();
    let lines = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let handled = lines.filter(|line| !line["outcome"].is_null()).filter_map(|line| line["update"].as_i64());
    handled.filter(|update| updates.contains(update)).collect()
}

fn calls(world: &World, method: &str) -> Vec<ApiCall> {
    world.sandbox.api_calls().into_iter().filter(|call| call.method == method).collect()
}

fn everything_is_delivered(world: &World) {
    world.wait("everything to be delivered", |state| (state.pending_updates() == 0).then_some(()));
}

#[rstest]
fn orders_are_worked_on_by_webhook(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let endpoint = Endpoint::choose();
    let Some(world) = endpoint.of(staffed()).build_or_skip(backend) else { return };
    let order = world.order_in(OrderStatus::Closed);
    assert_eq!(world.status(order), OrderStatus::Closed);
    everything_is_delivered(&world);
    let set = &calls(&world, "setWebhook")[0].params;
    assert_eq!(set["url"], endpoint.url());
    assert_eq!(set["secret_token"], SECRET);
    assert_eq!(set["max_connections"], 40);
    assert_eq!(
        set["allowed_updates"],
        json!(["message", "edited_message", "callback_query", "my_chat_member"])
    );
    assert_eq!(world.terminate(), 0);
    // It is never deleted, and nothing is fetched.
    for method in ["getUpdates", "deleteWebhook"] {
        assert!(calls(&world, method).is_empty(), "{method}");
    }
    assert!(!world.logs().contains(SECRET) && !world.logs().contains("hidden-word"), "{}", world.logs());
}

#[rstest]
fn update_that_was_answered_survives_a_kill(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    const SENDERS: i64 = 8;
    let endpoint = Endpoint::choose();
    let Some(world) = endpoint.of(empty()).build_or_skip(backend) else { return };
    // The sandbox does not know these users.
    world.allow_failed_calls();
    for round in 0..3_i64 {
        let accepted = AtomicUsize::new(0);
        let answered: Vec<i64> = std::thread::scope(|scope| {
            let senders: Vec<_> = (0..SENDERS)
                .map(|sender| {
                    let accepted = &accepted;
                    scope.spawn(move || {
                        let first = 1_000_000 + round * 100_000 + sender;
                        let ids = (0..).map(|number| first + number * SENDERS);
                        let is_accepted =
                            |id: &i64| endpoint.deliver(&written(*id, 7_000 + *id, "/start")) == 200;
                        ids.take_while(is_accepted)
                            .inspect(|_| {
                                accepted.fetch_add(1, Ordering::Relaxed);
                            })
                            .collect::<Vec<i64>>()
                    })
                })
                .collect();
            wait_until("some updates are accepted", || accepted.load(Ordering::Relaxed) >= 100);
            world.kill();
            senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect()
        });
        assert!(answered.len() >= 100);
        let stored: Vec<i64> = world
            .db(|conn| inbox::table.select(inbox::update_id).order(inbox::update_id).load(conn))
            .unwrap();
        let lost: Vec<_> = answered.iter().filter(|id| stored.binary_search(id).is_err()).collect();
        assert!(lost.is_empty(), "{lost:?} were answered and are gone");
        world.start();
    }
    wait_until("all is handled", || world.unfinished() == 0);
}

#[rstest]
fn update_without_an_answer_is_repeated_and_handled_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = Endpoint::choose().of(staffed()).build_or_skip(backend) else { return };
    let stranger = world.stranger();
    stranger.sees(&STRANGER.to_string());
    let before = stranger.count_texts();
    for fault in [FaultKind::DropBefore, FaultKind::DropAfter, FaultKind::DropAfter] {
        world.sandbox.add_fault(Fault::times(fault, 1).for_webhook().in_chat(STRANGER));
    }
    stranger.says("/help");
    everything_is_delivered(&world);
    wait_until("it is answered", || stranger.count_texts() == before + 1);
    assert!(world.sandbox.pending_faults().is_empty());
    stranger.assert_silent_since(before + 1);
}

#[rstest]
fn update_that_comes_many_times_at_once_is_handled_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let endpoint = Endpoint::choose();
    let Some(world) = endpoint.of(staffed()).build_or_skip(backend) else { return };
    let stranger = world.stranger();
    stranger.sees(&STRANGER.to_string());
    let before = stranger.count_texts();
    let update = written(50, STRANGER, "/help");
    std::thread::scope(|scope| {
        let deliveries: Vec<_> = (0..16).map(|_| scope.spawn(|| endpoint.deliver(&update))).collect();
        for delivery in deliveries {
            assert_eq!(delivery.join().unwrap(), 200);
        }
    });
    world.wait_until_handled(50);
    assert_eq!(endpoint.deliver(&update), 200);
    assert_eq!(endpoint.deliver(&written(51, STRANGER, "/start")), 200);
    assert_eq!(handled_order(&world, &[50, 51]), [50, 51]);
    wait_until("both are answered", || stranger.count_texts() == before + 2);
    stranger.assert_silent_since(before + 2);
}

#[rstest]
fn updates_of_a_chat_keep_the_order_of_their_ids(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let endpoint = Endpoint::choose();
    let Some(world) = endpoint.of(staffed()).build_or_skip(backend) else { return };
    let deliver = |id| assert_eq!(endpoint.deliver(&written(id, STRANGER, "/help")), 200);
    deliver(100);
    world.wait_until_handled(100);
    for id in [104, 102, 103, 102, 101] {
        deliver(id);
    }
    assert_eq!(handled_order(&world, &[100, 101, 102, 103, 104]), [100, 101, 102, 103, 104]);
    // A missing one is waited for, but not for long.
    let begun = Instant::now();
    deliver(107);
    deliver(106);
    assert_eq!(handled_order(&world, &[106, 107]), [106, 107]);
    assert!(begun.elapsed() >= Duration::from_secs(2), "{:?}", begun.elapsed());
    deliver(105);
    assert_eq!(handled_order(&world, &[105, 106, 107]), [106, 107, 105]);
    // After a quiet week Telegram may start over with lower numbers.
    deliver(-900_001);
    deliver(-900_002);
    assert_eq!(handled_order(&world, &[-900_001, -900_002]), [-900_002, -900_001]);
}

#[rstest]
fn press_does_not_overtake_the_message_before_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = Endpoint::choose().of(staffed()).build_or_skip(backend) else { return };
    everything_is_delivered(&world);
    let slow = FaultKind::Hang { duration: Some(Duration::from_millis(500)) };
    world.sandbox.add_fault(Fault::times(slow, 1).for_webhook().in_chat(STRANGER));
    let message = world.sandbox.send_text(STRANGER, STRANGER, "/help").update_id;
    let press = world.sandbox.press_button(STRANGER, STRANGER, 1, "no_orders").update_id;
    // It is there first, on a connection of its own.
    world.wait("the press to be delivered", |state| (state.pending_updates() == 1).then_some(()));
    assert_eq!(handled_order(&world, &[message, press]), [message, press]);
}

#[test]
fn requests_that_are_no_updates_are_refused() {
    let endpoint = Endpoint::choose();
    let world = endpoint.of(empty()).build(Backend::Sqlite);
    let update = written(60, STRANGER, "/start").to_string();
    let huge = vec![b' '; (1 << 20) + 1];
    let refused: [(&str, &str, &[u8], u16); 11] = [
        (&post("/updates", SECRET), "another path", update.as_bytes(), 404),
        (&post("/", "x"), "another path and secret", update.as_bytes(), 404),
        (&format!("GET {PATH} HTTP/1.1"), "another method", b"", 405),
        (&format!("POST {PATH} HTTP/1.1"), "no secret", update.as_bytes(), 401),
        (&post(PATH, "made-up_secret-of-the-test"), "a part of the secret", update.as_bytes(), 401),
        (&post(PATH, "Made-up_secret-of-the-tests"), "another secret", update.as_bytes(), 401),
        (&post(PATH, SECRET), "no JSON", b"update", 400),
        (&post(PATH, SECRET), "nothing", b"", 400),
        (&post(PATH, SECRET), "no id", b"{\"message\":{}}", 400),
        (&post(PATH, SECRET), "no UTF-8", b"{\"update_id\":60,\"x\":\"\xff\"}", 400),
        (&post(PATH, SECRET), "too much", &huge, 413),
    ];
    for (head, what, body, expected) in refused {
        let answer = endpoint.send(head, body);
        assert_eq!(status(&answer), expected, "{what}: {answer}");
        assert_eq!(answer.to_lowercase().contains("allow: post"), expected == 405, "{what}: {answer}");
    }
    world.wait_for_log(&["request with a wrong secret was refused"]);
    assert_eq!(world.count_rows("inbox"), 0);
    // What has an id is kept, whatever else it says.
    assert_eq!(endpoint.deliver(&json!({ "update_id": 61, "message": 5 })), 200);
    assert_eq!(world.wait_until_handled(61), "unreadable");
    assert_eq!(world.inbox_outcome(61).as_deref(), Some("unreadable"));
    // The query belongs to no path.
    let answer = endpoint
        .send(&post(&format!("{PATH}?x=1"), SECRET), written(62, STRANGER, "/start").to_string().as_bytes());
    assert_eq!(status(&answer), 200);
    world.wait_until_handled(62);
}

#[test]
fn slow_request_is_given_up() {
    let endpoint = Endpoint::choose();
    let _world = endpoint.of(empty()).build(Backend::Sqlite);
    let mut stream = TcpStream::connect(endpoint.0).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    let head = format!("{}\r\nhost: bot\r\ncontent-length: 100\r\n\r\n{{", post(PATH, SECRET));
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert_eq!(status(&answer), 408, "{answer}");
}

#[rstest]
fn database_that_is_away_makes_telegram_come_again(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let endpoint = Endpoint::choose();
    let Some(world) = endpoint.of(empty()).build_or_skip(backend) else { return };
    world.stranger().says("/start");
    world.db(|conn| execute(conn, "ALTER TABLE inbox RENAME TO gone"));
    let answer = endpoint.send(&post(PATH, SECRET), written(70, STRANGER, "/start").to_string().as_bytes());
    assert!(status(&answer) == 503 && answer.to_lowercase().contains("retry-after: 1\r\n"), "{answer}");
    let sent = world.sandbox.send_text(STRANGER, STRANGER, "/help").update_id;
    world.wait_for_log_times("storing updates failed; Telegram keeps them", 2);
    world.db(|conn| execute(conn, "ALTER TABLE gone RENAME TO inbox"));
    assert_eq!(world.wait_until_handled(sent), "handled");
    everything_is_delivered(&world);
}

/// A server that fails over or runs out of room takes no writes; one that restarts takes no connections.
#[rstest]
fn server_that_takes_no_writes_or_connections_makes_telegram_come_again(
    #[values(
        ("SET default_transaction_read_only = on", "RESET default_transaction_read_only"),
        ("ALLOW_CONNECTIONS false", "ALLOW_CONNECTIONS true")
    )]
    (refuse, allow): (&str, &str),
) {
    let endpoint = Endpoint::choose();
    let Some(world) = endpoint.of(empty()).build_or_skip(Backend::Postgres) else { return };
    let TestDatabase::Postgres { server, name } = &world.store else { panic!("asked for PostgreSQL") };
    world.stranger().says("/start");
    world.close_db();
    on_server(server, &format!("ALTER DATABASE {name} {refuse}"));
    // Connections keep what they began with.
    let sessions = format!("FROM pg_stat_activity WHERE datname = '{name}'");
    on_server(server, &format!("SELECT pg_terminate_backend(pid) {sessions}"));
    let answer = endpoint.send(&post(PATH, SECRET), written(70, STRANGER, "/start").to_string().as_bytes());
    assert!(status(&answer) == 503 && answer.to_lowercase().contains("retry-after: 1\r\n"), "{answer}");
    let sent = world.sandbox.send_text(STRANGER, STRANGER, "/help").update_id;
    world.wait_for_log_times("storing updates failed; Telegram keeps them", 2);
    on_server(server, &format!("ALTER DATABASE {name} {allow}"));
    on_server(server, &format!("SELECT pg_terminate_backend(pid) {sessions}"));
    assert_eq!(world.wait_until_handled(sent), "handled");
    everything_is_delivered(&world);
}

#[rstest]
fn bot_that_stops_makes_telegram_come_again(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let endpoint = Endpoint::choose();
    let Some(world) = endpoint.of(staffed()).build_or_skip(backend) else { return };
    world.allow_failed_calls();
    world.sandbox.add_fault(
        Fault::always(FaultKind::Hang { duration: None }).for_method("sendMessage").in_chat(DISPATCHER),
    );
    world.dispatcher().says("/help");
    world.signal("TERM");
    world.wait_for_log(&["graceful shutdown started"]);
    let answer = endpoint.send(&post(PATH, SECRET), written(80, STRANGER, "/start").to_string().as_bytes());
    assert!(status(&answer) == 503 && answer.to_lowercase().contains("retry-after: 1\r\n"), "{answer}");
    let sent = world.sandbox.send_text(STRANGER, STRANGER, "/help").update_id;
    assert_eq!(world.signal_until_exit("TERM"), 1);
    world.sandbox.clear_faults();
    world.start();
    assert_eq!(world.wait_until_handled(sent), "handled");
}

#[test]
fn idle_connection_does_not_hold_up_the_stop() {
    let endpoint = Endpoint::choose();
    let world = endpoint.of(empty()).build(Backend::Sqlite);
    let mut idle = TcpStream::connect(endpoint.0).unwrap();
    idle.write_all(b"POST ").unwrap();
    assert_eq!(world.terminate(), 0);
    assert_eq!(idle.read(&mut [0; 8]).unwrap_or_default(), 0);
    // Nothing else had the database open: it was closed in time.
    let TestDatabase::Sqlite(path) = &world.store else { panic!("asked for SQLite") };
    let log = path.with_extension("db-wal");
    assert_eq!(std::fs::metadata(log).map_or(0, |file| file.len()), 0);
}

#[rstest]
fn switching_between_polling_and_webhook_loses_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = Endpoint::choose().of(staffed()).build_or_skip(backend) else { return };
    let stranger = world.stranger();
    stranger.sees(&STRANGER.to_string());
    let before = stranger.count_texts();
    assert_eq!(world.terminate(), 0);
    let by_webhook = world.sandbox.send_text(STRANGER, STRANGER, "/help").update_id;
    let mut polling = world.command(&["serve"]);
    polling.env_remove("WEBHOOK_URL");
    world.spawn_command(polling);
    assert_eq!(world.wait_until_handled(by_webhook), "handled");
    everything_is_delivered(&world);
    assert_eq!(world.terminate(), 0);
    let by_polling = world.sandbox.send_text(STRANGER, STRANGER, "/help").update_id;
    world.start();
    assert_eq!(world.wait_until_handled(by_polling), "handled");
    everything_is_delivered(&world);
    wait_until("both are answered", || stranger.count_texts() == before + 2);
    stranger.assert_silent_since(before + 2);
    for call in calls(&world, "setWebhook").into_iter().chain(calls(&world, "deleteWebhook")) {
        assert_eq!(call.params.get("drop_pending_updates"), None);
    }
}

#[rstest]
fn secret_that_is_not_configured_is_made_up_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let endpoint = Endpoint::choose();
    let Some(world) = endpoint.of(empty()).with("WEBHOOK_SECRET", "").build_or_skip(backend) else { return };
    world.stranger().says("/start");
    world.restart();
    world.stranger().says("/help");
    let set = calls(&world, "setWebhook");
    let secrets: Vec<_> = set.iter().map(|call| call.params["secret_token"].as_str().unwrap()).collect();
    assert_eq!(secrets.len(), 2);
    assert_eq!(secrets[0], secrets[1]);
    assert!(secrets[0].len() == 32 && secrets[0].bytes().all(|byte| byte.is_ascii_hexdigit()), "{secrets:?}");
    let stored: Vec<(String, String)> =
        world.db(|conn| settings::table.select((settings::name, settings::value)).load(conn)).unwrap();
    assert_eq!(stored, [("webhook_secret".to_owned(), secrets[0].to_owned())]);
    assert_eq!(endpoint.deliver(&written(90, STRANGER, "/start")), 401);
    assert!(!world.logs().contains(secrets[0]));
}

#[test]
fn taken_port_is_an_error_before_telegram_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = Endpoint(taken.local_addr().unwrap());
    let world = endpoint.of(empty()).stopped().build(Backend::Sqlite);
    let output = run_to_end(world.command(&["serve"]));
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let said = said(&output);
    for part in [
        "failed to listen on",
        &endpoint.0.to_string(),
        "hint: another program uses this port",
        "WEBHOOK_LISTEN",
    ] {
        assert!(said.contains(part), "{said}");
    }
    assert!(calls(&world, "setWebhook").is_empty());
}

#[test]
fn webhook_that_telegram_refuses_is_an_error_with_a_hint() {
    let world = Endpoint::choose().of(empty()).stopped().build(Backend::Sqlite);
    world.allow_failed_calls();
    let refused = |description: &str| FaultKind::Refused { code: 400, description: description.to_owned() };
    let no_name = "Bad Request: bad webhook: Failed to resolve host: Name or service not known";
    world.sandbox.add_fault(Fault::times(refused(no_name), 1).for_method("setWebhook"));
    let bad = "Bad Request: bad webhook: IP address 127.0.0.1 is reserved";
    world.sandbox.add_fault(Fault::times(refused(bad), 1).for_method("setWebhook"));
    // The first may pass, the second does not.
    let output = run_to_end(world.command(&["serve"]));
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    let said = said(&output);
    assert!(said.contains("Telegram refused the webhook") && said.contains("is reserved"), "{said}");
    assert!(said.contains("hint: correct WEBHOOK_URL"), "{said}");
    assert_eq!(calls(&world, "setWebhook").len(), 2);
}

#[test]
fn webhook_that_another_process_changed_is_set_again() {
    let endpoint = Endpoint::choose();
    let world = endpoint.of(empty()).build(Backend::Sqlite);
    assert!(world.call_bot_api("deleteWebhook", "{}").contains("\"ok\":true"));
    let sent = world.sandbox.send_text(STRANGER, STRANGER, "/start").update_id;
    world.wait_for_log_within(
        2 * TIMEOUT,
        &["ERROR", "another process has changed the webhook; it was set again"],
    );
    assert_eq!(world.wait_until_handled(sent), "handled");
    // A failing delivery is reported, with a hint.
    world.sandbox.fail_webhook("SSL error {certificate verify failed}");
    world.wait_for_log_within(
        2 * TIMEOUT,
        &["ERROR", "Telegram cannot deliver updates", "certificate verify failed", "fullchain"],
    );
}

#[test]
fn webhook_mode_needs_an_url_and_is_not_for_the_sandbox() {
    let endpoint = Endpoint::choose();
    let world = endpoint.of(empty()).stopped().build(Backend::Sqlite);
    let mut without_url = world.command(&["serve", "--webhook"]);
    without_url.env_remove("WEBHOOK_URL");
    let output = run_to_end(without_url);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("WEBHOOK_URL: required but not set"), "{}", said(&output));
    let output = run_to_end(world.command(&["serve", "--webhook", "--sandbox"]));
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    world.spawn(&["serve", "--sandbox", "--sandbox-listen", "127.0.0.1:0"]);
    world.wait_for_log(&["the sandbox is polled; WEBHOOK_URL (environment) is not used"]);
    world.wait_for_log(&["\"message\":\"serving\""]);
    assert!(TcpStream::connect(endpoint.0).is_err());
    assert_eq!(world.terminate(), 0);
    world.spawn(&["serve", "--webhook"]);
    let sent = world.sandbox.send_text(STRANGER, STRANGER, "/start").update_id;
    assert_eq!(world.wait_until_handled(sent), "handled");
}

/// Runs a command to its end and returns its document.
fn document(world: &World, arguments: &[&str], code: i32) -> Value {
    let mut arguments = arguments.to_vec();
    arguments.push("--json");
    let output = run_to_end(world.command(&arguments));
    let said = said(&output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(!said.contains("hidden-word") && !said.contains(SECRET), "{said}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}

#[rstest]
fn operator_inspects_sets_and_deletes_the_webhook(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let endpoint = Endpoint::choose();
    let Some(world) = endpoint.of(empty()).build_or_skip(backend) else { return };
    assert_eq!(world.terminate(), 0);
    let masked = format!("http://{}/***", endpoint.0);
    let info = &document(&world, &["webhook", "info"], 0)["data"];
    assert_eq!((&info["url"], &info["as_configured"]), (&json!(masked), &json!(true)));
    assert_eq!((&info["pending_updates"], &info["last_error"]), (&json!(0), &Value::Null));
    world.sandbox.send_text(STRANGER, STRANGER, "/start");
    wait_until("the delivery has failed", || {
        let info = &document(&world, &["webhook", "info"], 0)["data"];
        assert_eq!(info["pending_updates"], 1);
        info["last_error"]["hint"].as_str().is_some_and(|hint| hint.contains("start the proxy"))
    });
    let text = said(&run_to_end(world.command(&["webhook", "info"])));
    assert!(text.contains("(as configured)") && text.contains("ago)") && text.contains("hint: "), "{text}");

    let deleted = &document(&world, &["webhook", "delete"], 0)["data"];
    assert_eq!((&deleted["deleted"], &deleted["pending_updates"]), (&json!(true), &json!(1)));
    assert_eq!(document(&world, &["webhook", "delete"], 0)["data"]["deleted"], false);
    let info = &document(&world, &["webhook", "info"], 0)["data"];
    assert_eq!((&info["url"], &info["as_configured"]), (&Value::Null, &json!(false)));

    let set = &document(&world, &["webhook", "set"], 0)["data"];
    assert_eq!((&set["url"], &set["serve_running"]), (&json!(masked), &json!(false)));
    assert_eq!(calls(&world, "setWebhook").last().unwrap().params["secret_token"], SECRET);
    // The update was pending all the time.
    world.start();
    world.stranger().sees(&STRANGER.to_string());
    assert_eq!(document(&world, &["webhook", "set"], 0)["data"]["serve_running"], true);
}

#[test]
fn failing_webhook_commands_have_their_codes() {
    let world = Endpoint::choose().of(empty()).stopped().build(Backend::Sqlite);
    let run = |arguments: &[&str], name: &str, value: &str| {
        let mut command = world.command(arguments);
        command.env(name, value);
        let output = run_to_end(command);
        (output.status.code().unwrap(), said(&output))
    };
    let (code, said) = run(&["webhook", "set"], "WEBHOOK_URL", "");
    assert!(code == 2 && said.contains("WEBHOOK_URL: required but not set"), "{code} {said}");
    for command in ["info", "delete"] {
        let (code, said) = run(&["webhook", command], "TELEGRAM_API_URL", "http://127.0.0.1:1");
        assert!(
            code == 4 && said.contains("Telegram is unreachable") && said.contains("hint: "),
            "{code} {said}"
        );
    }
    // There is no database to keep a secret in.
    let (code, said) = run(&["webhook", "set"], "WEBHOOK_SECRET", "");
    assert!(code == 4 && said.contains("there is no database"), "{code} {said}");
    world.allow_failed_calls();
    let gone = FaultKind::Refused { code: 401, description: "Unauthorized".to_owned() };
    world.sandbox.add_fault(Fault::times(gone, 1).for_method("getWebhookInfo"));
    assert_eq!(document(&world, &["webhook", "info"], 3)["error"]["kind"], "refused");
}

#[test]
fn online_check_compares_the_webhook_with_the_configuration() {
    let endpoint = Endpoint::choose();
    let world = endpoint.of(empty()).build(Backend::Sqlite);
    let finding = |name: &str| {
        let checked = document(&world, &["config", "check", "--online"], 0);
        let checks = checked["data"]["checks"].as_array().unwrap();
        let found = checks.iter().find(|check| check["name"] == name).cloned().unwrap_or_default();
        ["state", "variable", "message", "hint"]
            .map(|field| found[field].as_str().unwrap_or_default().to_owned())
    };
    let [state, variable, message, _] = finding("webhook");
    assert_eq!(
        (&*state, &*variable, &*message),
        ("ok", "WEBHOOK_URL", "Telegram delivers updates to 127.0.0.1")
    );
    assert_eq!(finding("delivery")[0], "");
    world.sandbox.fail_webhook("SSL error {certificate has expired}");
    let [state, _, message, hint] = finding("delivery");
    assert!(state == "warn" && message.ends_with("SSL error {certificate has expired}"), "{state} {message}");
    assert!(hint.contains("not expired"), "{hint}");
    assert_eq!(world.terminate(), 0);
    let other = format!("{{\"url\":\"http://{}/hidden-word-too\"}}", endpoint.0);
    assert!(world.call_bot_api("setWebhook", &other).contains("\"ok\":true"));
    assert!(finding("webhook")[2].contains("another path of 127.0.0.1"));
    assert!(world.call_bot_api("deleteWebhook", "{}").contains("\"ok\":true"));
    let [state, _, message, hint] = finding("webhook");
    assert!(state == "warn" && message.contains("does not deliver to 127.0.0.1 yet"), "{state} {message}");
    assert!(hint.contains("botctl webhook set"), "{hint}");
}

#[test]
fn secret_that_telegram_does_not_know_is_set_anew() {
    let endpoint = Endpoint::choose();
    let world = endpoint.of(empty()).build(Backend::Sqlite);
    let wrong = json!({ "url": endpoint.url(), "secret_token": "wrong" }).to_string();
    assert!(world.call_bot_api("setWebhook", &wrong).contains("\"ok\":true"));
    let sent = world.sandbox.send_text(STRANGER, STRANGER, "/start").update_id;
    world.wait_for_log(&["request with a wrong secret was refused"]);
    let info = || document(&world, &["webhook", "info"], 0)["data"]["last_error"].clone();
    wait_until("Telegram reports it", || !info().is_null());
    assert!(info()["hint"].as_str().unwrap().contains("botctl webhook set"), "{}", info());
    document(&world, &["webhook", "set"], 0);
    assert_eq!(world.wait_until_handled(sent), "handled");
}

#[test]
fn poller_that_meets_a_webhook_says_so() {
    let world = empty().build(Backend::Sqlite);
    let set = world.call_bot_api("setWebhook", "{\"url\":\"http://127.0.0.1:9/x\"}");
    assert!(set.contains("\"ok\":true"), "{set}");
    world.wait_for_log(&["ERROR", "another process has set a webhook for this token"]);
    assert!(world.call_bot_api("deleteWebhook", "{}").contains("\"ok\":true"));
    world.stranger().says("/start").hears("Степан");
}
