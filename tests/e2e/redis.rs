//! Dialogues in Redis: a server of its own for each test, which is killed and started again in the middle.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use redis::Commands;
use rstest::rstest;
use serde_json::Value;
use tempfile::TempDir;

use crate::dialogue::{ANSWERS, answers};
use crate::postgres_server::find_program;
use crate::texts::{key, text};
use crate::world::{Backend, DISPATCHER, World, WorldSetup, staffed, wait_until};

/// The key of the dispatcher's dialogue.
const KEY: &str = "botctl:424242:dialogue:1002:0:1002";
const PASSWORD: &str = "made-up-redis-password";

/// A server that writes everything to the disk before it answers.
pub struct RedisServer {
    program: PathBuf,
    arguments: Vec<String>,
    folder: TempDir,
    port: u16,
    child: Mutex<Option<Child>>,
}

impl RedisServer {
    /// Starts a server with these options; `None` when the test is skipped for want of the program.
    pub fn start_or_skip(arguments: &[&str]) -> Option<Self> {
        let program = find_program("redis-server")?;
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let folder = tempfile::tempdir().unwrap();
        let server = Self { program, arguments, folder, port, child: Mutex::default() };
        server.start();
        Some(server)
    }

    fn start(&self) {
        let folder = self.folder.path();
        let port = self.port.to_string();
        let child = Command::new(&self.program)
            .args(["--bind", "127.0.0.1", "--port", &port, "--dir", folder.to_str().unwrap()])
            .args(["--appendonly", "yes", "--appendfsync", "always", "--save", ""])
            .args(&self.arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        *self.child.lock().unwrap() = Some(child);
        wait_until("Redis accepts connections", || TcpStream::connect(("127.0.0.1", self.port)).is_ok());
        if self.arguments.is_empty() {
            wait_until("Redis has loaded its data", || {
                redis::cmd("PING").exec(&mut self.connection()).is_ok()
            });
        }
    }

    fn kill(&self) {
        let mut child = self.child.lock().unwrap().take().expect("it runs");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/3", self.port)
    }

    fn connection(&self) -> redis::Connection {
        redis::Client::open(self.url()).unwrap().get_connection().unwrap()
    }

    fn keys(&self) -> Vec<String> {
        self.connection().keys("*:dialogue:*").unwrap()
    }

    /// The value of the dispatcher's dialogue.
    fn value(&self) -> Option<Value> {
        let value: Option<String> = self.connection().get(KEY).unwrap();
        value.map(|value| serde_json::from_str(&value).unwrap())
    }

    /// How far the dispatcher's dialogue has come in Redis.
    fn version(&self) -> i64 {
        self.value().map_or(0, |value| value["version"].as_i64().unwrap())
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.lock().unwrap().take() {
            let _killed = child.kill();
            let _ended = child.wait();
        }
    }
}

fn with_redis(setup: WorldSetup, url: &str) -> WorldSetup {
    setup.with("USE_REDIS_STORAGE", "true").with("REDIS_URL", url).with("HTTP_LISTEN", "127.0.0.1:0")
}

/// Answers the questions after the first `answered`, and confirms.
fn finish_order(world: &World, answered: usize) {
    let dispatcher = world.dispatcher();
    for answer in &ANSWERS[answered..] {
        dispatcher.says(answer);
    }
    dispatcher.says(key::CONFIRM);
    let order = world.order(world.last_order());
    assert_eq!((order.description.as_str(), order.client_name.as_str()), (ANSWERS[1], ANSWERS[3]));
}

#[rstest]
fn dialogue_is_in_redis_only_and_survives_a_restart_of_the_bot(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(server) = RedisServer::start_or_skip(&[]) else { return };
    let Some(world) = with_redis(staffed(), &server.url()).build_or_skip(backend) else { return };
    assert_eq!(server.keys(), [""; 0]);
    answers(world.dispatcher(), 3);
    wait_until("the dialogue is in Redis only", || server.version() == 4 && world.dialogues() == 0);
    assert_eq!(server.keys(), [KEY]);
    let lifetime: i64 = server.connection().ttl(KEY).unwrap();
    assert!((86_000..=86_400).contains(&lifetime), "{lifetime}");
    world.dispatcher().says("/help");
    assert_eq!((server.version(), world.dialogues()), (4, 0), "what does not answer changes nothing");
    world.restart();
    finish_order(&world, 3);
    wait_until("an ended dialogue is nowhere", || server.keys().is_empty() && world.dialogues() == 0);
    assert_eq!(world.terminate(), 0);
}

#[rstest]
fn killed_redis_makes_updates_wait_and_loses_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(server) = RedisServer::start_or_skip(&[]) else { return };
    let Some(world) = with_redis(staffed(), &server.url()).build_or_skip(backend) else { return };
    answers(world.dispatcher(), 3);
    wait_until("the dialogue is in Redis", || server.version() == 4);
    server.kill();
    let waiting = world.sandbox.send_text(DISPATCHER, DISPATCHER, ANSWERS[3]).update_id;
    wait_until("readiness says so", || {
        let (status, causes, _) = world.readiness();
        status == 503 && causes == ["redis"]
    });
    world.wait_for_log(&["dialogue could not be read, retrying"]);
    assert_eq!(world.inbox_outcome(waiting), None);
    assert_eq!(world.unfinished(), 1);
    server.start();
    assert_eq!(world.wait_until_handled(waiting), "handled");
    wait_until("ready", || world.readiness().0 == 200);
    finish_order(&world, 4);
    let order = world.order(world.last_order());
    assert_eq!(order.client_name, ANSWERS[3]);
}

#[test]
fn bot_that_is_stopped_while_redis_is_away_handles_the_update_at_the_next_start() {
    let Some(server) = RedisServer::start_or_skip(&[]) else { return };
    let world = with_redis(staffed(), &server.url()).build(Backend::Sqlite);
    answers(world.dispatcher(), 3);
    wait_until("the dialogue is in Redis", || server.version() == 4);
    server.kill();
    let waiting = world.sandbox.send_text(DISPATCHER, DISPATCHER, ANSWERS[3]).update_id;
    world.wait_for_log(&["dialogue could not be read, retrying"]);
    assert_eq!(world.terminate(), 0);
    // It starts without Redis, too.
    world.start();
    world.wait_for_log(&["Redis does not respond"]);
    server.start();
    assert_eq!(world.wait_until_handled(waiting), "handled");
    finish_order(&world, 4);
}

#[rstest]
fn crash_between_commit_and_redis_is_repaired_at_the_next_start(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(server) = RedisServer::start_or_skip(&[]) else { return };
    let Some(world) = with_redis(staffed(), &server.url()).build_or_skip(backend) else { return };
    answers(world.dispatcher(), 3);
    wait_until("the dialogue is in Redis only", || server.version() == 4 && world.dialogues() == 0);
    let before = server.value();
    // What reads goes on, what writes hangs.
    redis::cmd("CLIENT").arg("PAUSE").arg(60_000).arg("WRITE").exec(&mut server.connection()).unwrap();
    world.dispatcher().says(ANSWERS[3]);
    assert_eq!(world.dialogues(), 1, "the database has a copy");
    world.kill();
    // A server that never got the write.
    server.kill();
    server.start();
    assert_eq!(server.value(), before);
    world.start();
    wait_until("Redis has the copy, the database none", || server.version() == 5 && world.dialogues() == 0);
    finish_order(&world, 4);
}

#[test]
fn step_after_a_failed_write_goes_on_from_the_copy() {
    let Some(server) = RedisServer::start_or_skip(&[]) else { return };
    let world = with_redis(staffed(), &server.url()).build(Backend::Sqlite);
    answers(world.dispatcher(), 3);
    wait_until("the dialogue is in Redis only", || server.version() == 4 && world.dialogues() == 0);
    redis::cmd("CLIENT").arg("PAUSE").arg(60_000).arg("WRITE").exec(&mut server.connection()).unwrap();
    world.dispatcher().says(ANSWERS[3]);
    let waiting = world.sandbox.send_text(DISPATCHER, DISPATCHER, ANSWERS[4]).update_id;
    world.wait_for_log(&["dialogue could not be written, retrying later"]);
    assert_eq!((server.version(), world.dialogues()), (4, 1), "the database is a step ahead");
    redis::cmd("CLIENT").arg("UNPAUSE").exec(&mut server.connection()).unwrap();
    assert_eq!(world.wait_until_handled(waiting), "handled");
    world.dispatcher().sees(&text("order-ask-notes"));
    world.dispatcher().says(key::CANCEL);
    wait_until("the end is everywhere", || server.keys().is_empty() && world.dialogues() == 0);
    world.dispatcher().says(ANSWERS[5]);
    assert_eq!(world.dialogues(), 0);
    assert!(server.keys().is_empty());
}

#[test]
fn redis_out_of_memory_is_a_cause_and_a_foreign_value_is_replaced() {
    let Some(server) = RedisServer::start_or_skip(&[]) else { return };
    let world = with_redis(staffed(), &server.url()).build(Backend::Sqlite);
    redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg("1").exec(&mut server.connection()).unwrap();
    wait_until("readiness says so", || {
        let (status, causes, messages) = world.readiness();
        status == 503 && causes == ["redis"] && messages.contains("OOM")
    });
    redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg("0").exec(&mut server.connection()).unwrap();
    wait_until("ready", || world.readiness().0 == 200);
    let _: i64 = server.connection().rpush(KEY, "of another program").unwrap();
    world.dispatcher().says("/help");
    wait_until("it is deleted", || server.keys().is_empty());
    answers(world.dispatcher(), 1);
    wait_until("the dialogue is in Redis", || server.version() > 0);
}

#[test]
fn user_is_told_after_half_a_minute_once() {
    let Some(server) = RedisServer::start_or_skip(&[]) else { return };
    let world = with_redis(staffed(), &server.url()).build(Backend::Sqlite);
    let told =
        || world.texts_sent_to(DISPATCHER).iter().filter(|said| **said == text("notice-delay")).count();
    server.kill();
    let waiting = world.sandbox.send_text(DISPATCHER, DISPATCHER, "/help").update_id;
    world.wait_for_log_within(Duration::from_mins(1), &["an update waits for Redis; its sender was told"]);
    wait_until("the word comes", || told() == 1);
    server.start();
    assert_eq!(world.wait_until_handled(waiting), "handled");
    world.dispatcher().says("/help");
    assert_eq!(told(), 1);
}

#[rstest]
fn dialogues_of_the_database_move_to_redis(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(server) = RedisServer::start_or_skip(&[]) else { return };
    let Some(world) = staffed().build_or_skip(backend) else { return };
    answers(world.dispatcher(), 3);
    assert_eq!(world.dialogues(), 1);
    assert_eq!(world.terminate(), 0);
    let mut command = world.command(&["serve"]);
    command.env("USE_REDIS_STORAGE", "true").env("REDIS_URL", server.url());
    world.spawn_command(command);
    wait_until("it is in Redis only", || server.version() == 4 && world.dialogues() == 0);
    finish_order(&world, 3);
}

#[test]
fn wrong_password_is_refused_and_never_shown() {
    let Some(server) = RedisServer::start_or_skip(&["--requirepass", PASSWORD]) else { return };
    let world = staffed().stopped().with("USE_REDIS_STORAGE", "true").build(Backend::Sqlite);
    world.ask(&["migrate", "up"]).ends(0);
    let serve = |user: &str| {
        let mut command = world.command(&["serve"]);
        command.env("REDIS_URL", format!("redis://{user}127.0.0.1:{}/3", server.port));
        command
    };
    for user in ["", ":another-word@", "nobody:another-word@"] {
        let said = crate::command::Said::from(crate::world::run_to_end(serve(user))).ends(3);
        let all = format!("{}{}", said.out, said.err);
        assert!(all.contains("hint: correct the user and the password in REDIS_URL"), "{user}: {all}");
        assert!(!all.contains("another-word"), "{all}");
    }
    world.spawn_command(serve(&format!(":{PASSWORD}@")));
    world.wait_for_log(&["dialogues are kept in Redis"]);
    world.wait_for_log(&["\"message\":\"serving\""]);
    assert_eq!(world.terminate(), 0);
    assert!(!world.logs().contains(PASSWORD));
}

#[test]
fn missing_address_is_named() {
    let world = staffed().stopped().with("USE_REDIS_STORAGE", "true").build(Backend::Sqlite);
    let said = world.ask(&["serve"]).ends(2);
    assert!(said.err.contains("REDIS_URL: required but not set"), "{said:?}");
}

/// Makes a certificate for 127.0.0.1 that signs itself.
fn make_certificate(folder: &Path) -> Option<(PathBuf, PathBuf)> {
    let (key, certificate) = (folder.join("key.pem"), folder.join("certificate.pem"));
    let made = Command::new(find_program("openssl")?)
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
        .args(["-days", "2", "-subj", "/CN=redis", "-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout"])
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Some((key, certificate))
}

#[test]
fn tls_is_spoken_and_an_unknown_certificate_refused() {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, certificate)) = make_certificate(folder.path()) else { return };
    let (key, path) = (key.display().to_string(), certificate.display().to_string());
    let tls_port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let options = ["--tls-port", &tls_port, "--tls-cert-file", &path, "--tls-key-file", &key];
    let options = [&options[..], &["--tls-ca-cert-file", &path, "--tls-auth-clients", "no"]].concat();
    let Some(_server) = RedisServer::start_or_skip(&options) else { return };
    let world = staffed().stopped().build(Backend::Sqlite);
    world.ask(&["migrate", "up"]).ends(0);
    let serve = || {
        let mut command = world.command(&["serve"]);
        command.env("USE_REDIS_STORAGE", "true").env("REDIS_URL", format!("rediss://127.0.0.1:{tls_port}"));
        command
    };
    let mut trusting = serve();
    trusting.env("SSL_CERT_FILE", &certificate);
    world.spawn_command(trusting);
    world.wait_for_log(&["dialogues are kept in Redis"]);
    world.kill();
    fs::write(folder.path().join("none.pem"), "").unwrap();
    let mut strict = serve();
    strict.env("SSL_CERT_FILE", folder.path().join("none.pem"));
    world.spawn_command(strict);
    world.wait_for_log(&["Redis does not respond"]);
}
