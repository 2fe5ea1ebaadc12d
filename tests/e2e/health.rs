//! What monitors ask the running bot: does it live, is it ready, and if not, why.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use rstest::rstest;
use serde_json::{Value, json};
use telegram_sandbox::{Fault, FaultKind};

use crate::world::{Backend, STRANGER, TIMEOUT, World, WorldSetup, empty, execute, wait_until};

/// A bot with a listener for monitors on any free port.
pub fn monitored() -> WorldSetup {
    empty().with("HTTP_LISTEN", "127.0.0.1:0")
}

impl World {
    /// The address of the running bot's listener.
    pub fn monitor_address(&self) -> SocketAddr {
        self.wait_for_log(&["health and metrics are served"]);
        let logs = self.logs();
        let line = logs.lines().rfind(|line| line.contains("health and metrics are served")).unwrap();
        let line: Value = serde_json::from_str(line).unwrap();
        line["listen"].as_str().unwrap().parse().unwrap()
    }

    /// Asks the running bot's listener; the status and the body.
    pub fn monitor_get(&self, path: &str) -> (u16, String) {
        get(&format!("http://{}{path}", self.monitor_address()))
    }

    /// The status of `/readyz`, the causes, and the messages on one line.
    pub fn readiness(&self) -> (u16, Vec<String>, String) {
        let (status, body) = self.monitor_get("/readyz");
        let report: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(report["ready"], status == 200, "{report}");
        let causes = report["causes"].as_array().unwrap();
        let texts = |name: &str| {
            let text = |cause: &Value| cause[name].as_str().unwrap().to_owned();
            causes.iter().map(text).collect::<Vec<_>>()
        };
        (status, texts("cause"), texts("message").join("; "))
    }

    /// Waits until the bot is not ready for this cause alone, and asserts that it lives meanwhile.
    #[track_caller]
    fn becomes_unready(&self, cause: &str, message: &str) {
        wait_until(&format!("not ready: {message}"), || {
            let (status, causes, messages) = self.readiness();
            status == 503 && causes == [cause] && messages.contains(message)
        });
        for path in ["/livez", "/healthz"] {
            assert_eq!(self.monitor_get(path), (200, "ok\n".to_owned()));
        }
        let url = format!("http://{}", self.monitor_address());
        let said = self.ask(&["health", "--url", &url]).ends(1);
        assert!(said.err.contains(&format!("error: not ready: {message}")), "{said:?}");
    }

    #[track_caller]
    fn becomes_ready(&self) {
        wait_until("ready", || self.readiness().0 == 200);
    }
}

/// The status and the body.
pub fn get(url: &str) -> (u16, String) {
    let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT));
    let mut response = config.build().new_agent().get(url).call().unwrap();
    (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
}

#[rstest]
fn serving_bot_is_ready(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = monitored().build_or_skip(backend) else { return };
    let url = format!("http://{}", world.monitor_address());
    assert_eq!(world.monitor_get("/readyz"), (200, r#"{"ready":true,"causes":[]}"#.to_owned()));
    assert_eq!(world.monitor_get("/livez"), (200, "ok\n".to_owned()));
    assert_eq!(world.monitor_get("/").0, 404);
    assert_eq!(ureq::head(format!("{url}/readyz")).call().unwrap().status().as_u16(), 200);
    let refused = ureq::post(format!("{url}/readyz")).send_empty().unwrap_err();
    assert!(matches!(refused, ureq::Error::StatusCode(405)), "{refused}");
    let said = world.ask(&["health", "--url", &url]).ends(0);
    assert_eq!((&*said.out, &*said.err), ("ready\n", ""));
    let document = world.ask_json(&["health", "--url", &url], 0);
    let expected = json!({ "url": format!("{url}/readyz"), "ready": true, "causes": [] });
    assert_eq!(document["data"], expected);
    assert_eq!(world.terminate(), 0);
    assert!(world.ask(&["health", "--url", &url]).ends(4).err.contains("does not respond"));
}

#[test]
fn bot_is_not_ready_before_telegram_answers() {
    let world = monitored().stopped().build(Backend::Sqlite);
    world.allow_failed_calls();
    world.sandbox.add_fault(Fault::always(FaultKind::ServerError { code: 502 }).for_method("getMe"));
    world.spawn(&["serve"]);
    world.becomes_unready("intake", "Telegram has not answered yet");
    let url = format!("http://{}", world.monitor_address());
    let document = world.ask_json(&["health", "--url", &url], 1);
    assert_eq!(document["data"]["causes"][0]["cause"], "intake", "{document}");
    world.sandbox.clear_faults();
    world.becomes_ready();
    assert_eq!(world.terminate(), 0);
}

#[rstest]
fn bot_that_cannot_write_is_not_ready(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = monitored().build_or_skip(backend) else { return };
    // Nothing is read any more of what an earlier run left.
    world.stranger().says("/start");
    let lock = match backend {
        Backend::Sqlite => "BEGIN IMMEDIATE",
        Backend::Postgres => "BEGIN; LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE",
    };
    lock.split("; ").for_each(|statement| world.db(|conn| execute(conn, statement)));
    assert_eq!(world.readiness().0, 200, "nothing was to be written yet");
    let update = world.sandbox.send_text(STRANGER, STRANGER, "/help").update_id;
    world.becomes_unready("database", "nothing could be written to the database for");
    world.db(|conn| execute(conn, "ROLLBACK"));
    world.becomes_ready();
    assert_eq!(world.wait_until_handled(update), "handled");
}

#[rstest]
fn bot_on_a_foreign_schema_is_not_ready(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = monitored().build_or_skip(backend) else { return };
    let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000000')";
    world.db(|conn| execute(conn, newer));
    world.becomes_unready("schema", "the schema is not the one of this program");
    world.db(|conn| execute(conn, "DELETE FROM __diesel_schema_migrations WHERE version LIKE '9999%'"));
    world.becomes_ready();
}

#[rstest]
fn stopping_bot_lives_and_is_not_ready(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = monitored().build_or_skip(backend) else { return };
    world.allow_failed_calls();
    // An open connection of a monitor must not hold up the end.
    let mut kept = TcpStream::connect(world.monitor_address()).unwrap();
    kept.write_all(b"GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    kept.read_exact(&mut [0; 12]).unwrap();
    world.sandbox.add_fault(Fault::always(FaultKind::Hang { duration: None }).for_method("sendMessage"));
    let update = world.sandbox.send_text(STRANGER, STRANGER, "/start").update_id;
    world.wait_until_handled(update);
    world.signal("TERM");
    world.becomes_unready("stopping", "the bot is stopping");
    assert_eq!(world.monitor_get("/metrics").0, 200);
    let asked = Instant::now();
    world.signal_until_exit("TERM");
    assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
}

#[test]
fn idle_monitor_connection_does_not_hold_up_the_end() {
    let world = monitored().build(Backend::Sqlite);
    let mut kept = TcpStream::connect(world.monitor_address()).unwrap();
    kept.write_all(b"GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    kept.read_exact(&mut [0; 12]).unwrap();
    let asked = Instant::now();
    assert_eq!(world.terminate(), 0);
    assert!(asked.elapsed() < Duration::from_millis(2_500), "{:?}", asked.elapsed());
}

/// Forwards connections to a server until it is told to hold everything back.
pub struct Gate {
    address: SocketAddr,
    is_closed: Arc<(Mutex<bool>, Condvar)>,
}

impl Gate {
    pub fn new(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let gate = Self { address: listener.local_addr().unwrap(), is_closed: Arc::default() };
        let is_closed = Arc::clone(&gate.is_closed);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(server) else { continue };
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let is_closed = Arc::clone(&is_closed);
                    std::thread::spawn(move || forward(from, to, &is_closed));
                }
            }
        });
        gate
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn set_closed(&self, is_closed: bool) {
        *self.is_closed.0.lock().unwrap() = is_closed;
        self.is_closed.1.notify_all();
    }
}

fn forward(mut from: TcpStream, mut to: TcpStream, is_closed: &(Mutex<bool>, Condvar)) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let closed = is_closed.1.wait_while(is_closed.0.lock().unwrap(), |closed| *closed);
        drop(closed.unwrap());
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ended = to.shutdown(std::net::Shutdown::Write);
}

#[test]
fn database_that_does_not_answer_is_a_cause_and_metrics_answer_all_the_same() {
    let Some(world) = monitored().stopped().build_or_skip(Backend::Postgres) else { return };
    let mut url = url::Url::parse(&world.store.url()).unwrap();
    let server = (url.host_str().unwrap(), url.port().unwrap_or(5432));
    let gate = Gate::new(std::net::ToSocketAddrs::to_socket_addrs(&server).unwrap().next().unwrap());
    url.set_ip_host(gate.address().ip()).unwrap();
    url.set_port(Some(gate.address().port())).unwrap();
    let mut command = world.command(&["serve", "--migrate"]);
    command.env("DATABASE_URL", url.as_str());
    world.spawn_command(command);
    world.becomes_ready();
    assert!(world.monitor_get("/metrics").1.contains("botctl_orders{status=\"NEW\"} 0\n"));
    gate.set_closed(true);
    let update = world.sandbox.send_text(STRANGER, STRANGER, "/start").update_id;
    wait_until("the silence is noticed", || {
        let (status, causes, messages) = world.readiness();
        status == 503 && causes.contains(&"database".to_owned()) && messages.contains("does not answer")
    });
    for _ in 0..20 {
        let asked = Instant::now();
        let (status, body) = world.monitor_get("/metrics");
        assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
        assert!(status == 200 && body.contains("botctl_orders{status=\"NEW\"} 0\n"), "{body}");
    }
    gate.set_closed(false);
    world.becomes_ready();
    assert_eq!(world.wait_until_handled(update), "handled");
    assert_eq!(world.terminate(), 0);
}

#[test]
fn taken_port_is_named_with_a_hint() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    for (name, value) in
        [("HTTP_LISTEN", address.to_string()), ("PROMETHEUS_PORT", address.port().to_string())]
    {
        let world = empty().with(name, &value).stopped().build(Backend::Sqlite);
        let said = world.ask(&["serve"]).ends(1);
        let log = format!("{}{}", said.out, said.err);
        for part in
            [&format!("failed to listen on {address}: "), "hint: another program uses this port", name]
        {
            assert!(log.contains(part), "{part}: {log}");
        }
    }
}

#[test]
fn health_command_finds_the_configured_listener() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let world = empty().with("HTTP_LISTEN", &format!("0.0.0.0:{free}")).build(Backend::Sqlite);
    world.ask(&["health"]).ends(0);
    let mut command = world.command(&["health"]);
    command.env_remove("HTTP_LISTEN").env("PROMETHEUS_PORT", free.to_string());
    assert!(command.status().unwrap().success());
    command.env_remove("PROMETHEUS_PORT");
    let said = crate::command::Said::from(crate::world::run_to_end(command)).ends(2);
    assert!(said.err.contains("hint: set HTTP_LISTEN"), "{said:?}");
    let other = world.sandbox.url();
    let said = world.ask(&["health", "--url", &other]).ends(1);
    assert!(said.err.contains("is not a listener of botctl (HTTP 404)"), "{said:?}");
    world.ask(&["health", "--url", "127.0.0.1:9090"]).ends(2);
}
