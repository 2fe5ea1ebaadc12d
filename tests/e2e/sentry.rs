//! Reports of errors: what a Sentry server receives, and that the bot works without one.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use botctl::testing::config::{Dsn, Secret};
use serde_json::Value;
use telegram_sandbox::{Fault, FaultKind};

use crate::database_rows::{ADDRESS, CLIENT, NOTES, PHONE, STORED_PHONE};
use crate::logging::{in_a_process_of_its_own, start_in_this_process};
use crate::texts::key;
use crate::world::{
    Backend, DISPATCHER, STRANGER, TIMEOUT, TOKEN, World, empty, execute, has_postgres, staffed, wait_until,
};

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// A server that takes reports.
struct Server {
    address: SocketAddr,
    received: Arc<(Mutex<Vec<String>>, Condvar)>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::<(Mutex<Vec<String>>, Condvar)>::default();
        let all = Arc::clone(&received);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let all = Arc::clone(&all);
                std::thread::spawn(move || while take_one(&stream, &all).is_some() {});
            }
        });
        Self { address, received }
    }

    fn dsn(&self) -> String {
        format!("http://{KEY}@{}/42", self.address)
    }

    /// Everything received so far, as it came.
    fn everything(&self) -> String {
        self.received.0.lock().unwrap_or_else(PoisonError::into_inner).join("\n")
    }

    /// Waits until so many errors are reported.
    fn events(&self, count: usize) -> Vec<Value> {
        let deadline = Instant::now() + TIMEOUT;
        let mut received = self.received.0.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let events: Vec<Value> = received.iter().flat_map(|envelope| items(envelope, "event")).collect();
            if events.len() >= count {
                return events;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{count} reports were expected, these came: {received:#?}");
            received = self.received.1.wait_timeout(received, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Takes a request and answers it; `None` when there are no more.
fn take_one(stream: &TcpStream, all: &(Mutex<Vec<String>>, Condvar)) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut headers = BTreeMap::new();
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    assert!(line.starts_with("POST /api/42/envelope/"), "{line}");
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    assert!(headers["x-sentry-auth"].contains(KEY));
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    reader.read_exact(&mut body).ok()?;
    all.0.lock().unwrap_or_else(PoisonError::into_inner).push(String::from_utf8(body).unwrap());
    all.1.notify_all();
    let mut stream = stream;
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-type: application/json\r\n\r\n{}").ok()
}

/// The items of one kind in an envelope: a line of headers, then for each item a line about it and the item.
fn items(envelope: &str, kind: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut rest = envelope.split_once('\n').unwrap().1;
    while let Some((header, after)) = rest.split_once('\n') {
        let header: Value = serde_json::from_str(header).unwrap();
        let length = usize::try_from(header["length"].as_u64().unwrap()).unwrap();
        if header["type"] == kind {
            found.push(serde_json::from_str(&after[..length]).unwrap());
        }
        rest = after[length..].trim_start_matches('\n');
    }
    found
}

/// What was logged before an error.
fn crumbs(event: &Value) -> &[Value] {
    match &event["breadcrumbs"] {
        Value::Object(crumbs) => crumbs["values"].as_array().unwrap(),
        crumbs => crumbs.as_array().unwrap(),
    }
}

/// Makes the next update of a person fail, with something in its error that must not be there.
fn poison(world: &World, person: i64) {
    let value = format!("8 (999) 000-11-22 {TOKEN}");
    world
        .db(|conn| execute(conn, &format!("UPDATE users SET role = '{value}' WHERE telegram_id = {person}")));
}

fn cure(world: &World, person: i64) {
    world
        .db(|conn| execute(conn, &format!("UPDATE users SET role = 'UNKNOWN' WHERE telegram_id = {person}")));
}

/// Makes an update fail.
fn poison_and_say(world: &World) {
    world.stranger().says("/start");
    poison(world, STRANGER);
    let sent = world.sandbox.send_text(STRANGER, STRANGER, "/start");
    assert_eq!(world.wait_until_handled(sent.update_id), "failed");
}

fn an_error_is_reported(backend: Backend) {
    let sentry = Server::start();
    let world = staffed().with("SENTRY_DSN", &sentry.dsn()).with("ENVIRONMENT", "testing").build(backend);
    for answer in [
        key::CREATE,
        "Сантехника",
        "течёт кран",
        PHONE,
        CLIENT,
        ADDRESS,
        NOTES,
        "завтра после 15",
        key::CONFIRM,
    ] {
        world.dispatcher().says(answer);
    }
    assert_eq!(world.order(world.last_order()).client_name, CLIENT);
    poison(&world, STRANGER);
    let sent = world.sandbox.send_text(STRANGER, STRANGER, &format!("Я {CLIENT}, {ADDRESS}, {PHONE}"));
    assert_eq!(world.wait_until_handled(sent.update_id), "failed");
    let events = sentry.events(1);
    cure(&world, STRANGER);
    assert_eq!(world.terminate(), 0);

    let event = &events[0];
    assert_eq!(event["release"], concat!("botctl@", env!("CARGO_PKG_VERSION")));
    assert_eq!(event["environment"], "testing");
    // An error is what is meant where nothing is said.
    assert!(event.get("level").is_none_or(|level| level == "error"), "{event:#}");
    assert_eq!(event["message"], "update cannot be handled");
    let fields = event["contexts"].to_string();
    assert!(
        fields.contains("users.role holds a value that cannot be read: [redacted] [redacted]"),
        "{event:#}"
    );
    // Who it was and where stays in the log.
    for name in ["user", "chat"] {
        assert!(event["contexts"]["Rust Tracing Fields"].get(name).is_none(), "{event:#}");
    }
    let crumbs = crumbs(event);
    // Of the many updates before it there is no trace.
    assert_eq!(crumbs.len(), 1, "{event:#}");
    assert_eq!(crumbs[0]["data"]["update"], sent.update_id);

    let everything = sentry.everything();
    let secrets = [
        "000-11-22",
        "9990001122",
        PHONE,
        CLIENT,
        "Клара",
        ADDRESS,
        NOTES,
        "Степан",
        "Алла",
        "Админова",
        "darya_made_up",
        TOKEN,
        "made-up-token",
        "server_name",
    ];
    for secret in secrets {
        assert!(!everything.contains(secret), "{secret:?} was sent");
    }
    for secret in [PHONE, STORED_PHONE, CLIENT, TOKEN, KEY] {
        assert!(!world.logs().contains(secret), "{secret:?} is in the log");
    }
}

#[test]
fn error_report_has_context_without_personal_data_sqlite() {
    an_error_is_reported(Backend::Sqlite);
}

#[test]
fn error_report_has_context_without_personal_data_postgres() {
    if has_postgres() {
        an_error_is_reported(Backend::Postgres);
    }
}

/// Makes three updates fail whose reports go there, and ends the bot.
fn fails_thrice_and_ends(dsn: &str) {
    let world = staffed().with("SENTRY_DSN", dsn).build(Backend::Sqlite);
    poison(&world, STRANGER);
    for _ in 0..3 {
        assert_eq!(world.stranger().says_with_outcome("/start"), "failed");
    }
    cure(&world, STRANGER);
    world.stranger().says("/start").hears("Степан");
    assert_eq!(world.terminate(), 0);
}

#[test]
fn reports_to_this_machine_take_no_proxy() {
    let (sentry, proxy) = (Server::start(), TcpListener::bind("127.0.0.1:0").unwrap());
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let mut world = empty().with("SENTRY_DSN", &sentry.dsn());
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        world = world.with(name, &address);
    }
    let world = world.build(Backend::Sqlite);
    poison_and_say(&world);
    assert_eq!(sentry.events(1).len(), 1);
    proxy.set_nonblocking(true).unwrap();
    assert!(proxy.accept().is_err(), "the proxy was asked");
}

#[test]
fn reports_to_other_machines_take_the_proxy() {
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = proxy.local_addr().unwrap().to_string();
    let world = empty().with("SENTRY_DSN", "http://key@sentry.example.org/42").with("http_proxy", &address);
    let world = world.build(Backend::Sqlite);
    poison_and_say(&world);
    let mut asked = String::new();
    BufReader::new(proxy.accept().unwrap().0).read_line(&mut asked).unwrap();
    // A tunnel, or the request itself.
    assert!(asked.contains("sentry.example.org"), "{asked}");
}

#[test]
fn unreachable_sentry_does_no_harm() {
    fails_thrice_and_ends(&format!("http://{KEY}@127.0.0.1:1/42"));
}

#[test]
fn silent_sentry_does_not_delay_shutdown() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    fails_thrice_and_ends(&format!("http://{KEY}@{}/42", silent.local_addr().unwrap()));
    // A report is given up after ten seconds, and then the next one comes. There was none: the bot has ended before.
    silent.set_nonblocking(true).unwrap();
    let calls = std::iter::from_fn(|| silent.accept().ok()).count();
    assert_eq!(calls, 1);
}

#[test]
fn delivery_report_has_no_context_of_other_deliveries() {
    let sentry = Server::start();
    let world = staffed().with("SENTRY_DSN", &sentry.dsn()).build(Backend::Sqlite);
    world.allow_failed_calls();
    wait_until("every user is greeted", || world.messages_that_are("pending") == 0);
    world.sandbox.add_fault(Fault::always(FaultKind::ServerError { code: 500 }).for_method("sendMessage"));
    for person in [DISPATCHER, STRANGER] {
        world.player(person).says("/help");
        world.wait_for_log(&["message was not delivered, retrying", &format!("\"chat\":{person},")]);
    }
    // What succeeds at its first try has no course that could be told.
    wait_until("nothing else is to be delivered", || world.messages_that_are("pending") == 2);
    world.db(|conn| {
        execute(
            conn,
            "CREATE TRIGGER refuse BEFORE UPDATE ON outbox WHEN NEW.state = 'sent'
             BEGIN SELECT RAISE(ABORT, 'this is nonsense'); END",
        );
    });
    world.sandbox.clear_faults();
    let events = sentry.events(2);
    world.db(|conn| execute(conn, "DROP TRIGGER refuse"));
    assert_eq!(world.terminate(), 0);
    for event in &events {
        assert_eq!(event["message"], "database refused a write", "{event:#}");
        let own = &event["contexts"]["Rust Tracing Fields"]["outbox"];
        let crumbs = crumbs(event);
        assert!(own.is_i64() && !crumbs.is_empty(), "{event:#}");
        assert!(crumbs.iter().all(|crumb| crumb["data"]["outbox"] == *own), "{event:#}");
    }
}

#[test]
fn malformed_dsn_is_reported_without_its_key_and_the_bot_runs() {
    for dsn in [format!("https:{KEY}"), format!("https://{KEY}@127.0.0.1:1/project")] {
        let world = empty().with("SENTRY_DSN", &dsn).build(Backend::Sqlite);
        world.wait_for_log(&["WARN", "SENTRY_DSN", "errors are not reported"]);
        world.stranger().says("/start").hears("Степан");
        assert_eq!(world.terminate(), 0);
        assert!(!world.logs().contains(KEY));
    }
}

const ADDRESS_OF_SERVER: &str = "BOTCTL_TEST_DSN";

#[test]
#[ignore = "a part of the next one"]
fn panics_once() {
    let folder = tempfile::tempdir().unwrap();
    let dsn = std::env::var(ADDRESS_OF_SERVER).unwrap().parse().unwrap();
    let log = start_in_this_process(Path::new(folder.path()), Dsn::At(Secret::new(dsn)));
    let words = format!("{CLIENT} {PHONE}");
    assert!(std::thread::spawn(move || assert!(words.is_empty(), "{words}")).join().is_err());
    log.finish(Duration::from_secs(20));
}

#[test]
fn panic_is_reported_once_without_delaying_shutdown() {
    let sentry = Server::start();
    let output = in_a_process_of_its_own("sentry::panics_once", &[(ADDRESS_OF_SERVER, &sentry.dsn())]);
    assert!(output.status.success(), "{}", crate::world::said(&output));
    let events = sentry.events(1);
    assert_eq!((events.len(), &events[0]["message"]), (1, &"panicked".into()));
    let everything = sentry.everything();
    assert!(
        everything.contains("tests/e2e/sentry.rs")
            && !everything.contains("Клара")
            && !everything.contains(PHONE)
            && !everything.contains(STORED_PHONE)
    );
}
