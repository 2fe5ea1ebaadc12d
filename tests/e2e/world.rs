//! The world of a test: a Telegram of its own, a database of its own, the real program in a clean environment, and the
//! people who talk to it.
//!
//! Nothing here sleeps. An act is over when the program has logged the update (one line per update, after its
//! transaction is durable); a message has come when the sandbox has it; a process has ended when its pipes close.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use botctl::db::connection::{self, AnyConnection};
use diesel::RunQueryDsl;
use telegram_sandbox::{
    ApiCall, CallOutcome, CallbackAnswer, ChatMessage, Sandbox, SandboxOptions, SandboxState, TelegramUser,
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::book;

/// How long anything may take before the test gives up. Generous: nobody waits for it unless something is broken.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub const ADMIN: i64 = 1_001;
pub const DISPATCHER: i64 = 1_002;
pub const OTHER_DISPATCHER: i64 = 1_003;
pub const MASTER: i64 = 2_001;
pub const OTHER_MASTER: i64 = 2_002;
pub const STRANGER: i64 = 3_001;
pub const GROUP: i64 = -1_001_234_567_890;
/// The text of messages that the old bot left behind.
const OLD: &str = "Сообщение прежнего бота";
/// Shown to nobody, not in a log, not in an error.
pub const TOKEN: &str = "424242:made-up-token-of-the-tests_0000000000";

/// The databases that every test of the spine runs on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// The server on which tests make databases of their own.
static POSTGRES: LazyLock<Result<String, String>> = LazyLock::new(|| {
    let given = std::env::var("TEST_POSTGRES_URL");
    let url = given.unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
    let opened = connection::open_connection(&url.parse().expect("TEST_POSTGRES_URL is an address"));
    opened.map(|_| url).map_err(|error| error.to_string())
});

/// Tells whether there is a PostgreSQL server. Without one the test is skipped, loudly; where `CI` is set it fails.
pub fn has_postgres() -> bool {
    let Err(why) = &*POSTGRES else { return true };
    assert!(std::env::var_os("CI").is_none(), "no PostgreSQL to test on: {why}");
    // Past the capture of the test harness: a skipped test must be seen.
    let name = std::thread::current().name().unwrap_or_default().to_owned();
    let _written = writeln!(std::io::stderr(), "SKIPPED {name}: no PostgreSQL to test on ({why})");
    false
}

/// A database that goes with the test.
#[derive(Debug)]
pub enum Store {
    Sqlite(PathBuf),
    Postgres { server: String, name: String },
}

impl Store {
    pub fn new(backend: Backend, folder: &Path) -> Self {
        match backend {
            Backend::Sqlite => Self::Sqlite(folder.join("bot.db")),
            Backend::Postgres => {
                let server = POSTGRES.clone().expect("asked before");
                let name = format!("botctl_test_{:016x}", rand::random::<u64>());
                on_server(&server, &format!("CREATE DATABASE {name} TEMPLATE template0"));
                Self::Postgres { server, name }
            }
        }
    }

    /// What `DATABASE_URL` is set to.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(path) => path.display().to_string(),
            Self::Postgres { server, name } => {
                let mut url = url::Url::parse(server).unwrap();
                url.set_path(name);
                url.to_string()
            }
        }
    }

    /// A connection that may write.
    pub fn open(&self) -> AnyConnection {
        let mut conn = connection::open_connection(&self.url().parse().unwrap()).unwrap();
        connection::allow_writing(&mut conn).unwrap();
        conn
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Self::Postgres { server, name } = self {
            on_server(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

fn on_server(server: &str, statement: &str) {
    let mut conn = connection::open_connection(&server.parse().unwrap()).unwrap();
    execute(&mut conn, statement);
}

/// Runs a statement that has nothing to return.
pub fn execute(conn: &mut AnyConnection, statement: &str) {
    let query = diesel::sql_query(statement);
    let done = match conn {
        AnyConnection::Sqlite(c) => query.execute(c),
        AnyConnection::Pg(c) => query.execute(c),
    };
    done.unwrap_or_else(|error| panic!("{statement}: {error}"));
}

/// Runs a command to its end; one that does not come to it is killed, and the test fails.
pub fn run_to_end(mut command: Command) -> Output {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let id = child.id();
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || tell.send(child.wait_with_output()));
    told.recv_timeout(PATIENCE).map_or_else(
        |_| {
            let _killed = Command::new("/bin/sh").args(["-c", &format!("kill -KILL {id}")]).status();
            panic!("{command:?} did not end in {PATIENCE:?}")
        },
        |output| output.unwrap(),
    )
}

/// Asks until it is so. For what gives no event to wait for: locks and files of other processes.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::yield_now();
    }
}

/// What a command wrote, on both channels.
pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// How a world is set up.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    env: Vec<(String, String)>,
    staffed: bool,
    stopped: bool,
    dispatchers: Vec<i64>,
}

/// Everybody exists, nobody has written yet, the bot runs.
pub fn empty() -> Setup {
    Setup::default()
}

/// Everybody has pressed /start, and both masters are in the team.
pub fn staffed() -> Setup {
    Setup { staffed: true, ..Setup::default() }
}

impl Setup {
    /// With another variable of the environment.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With more dispatchers.
    pub fn dispatchers(mut self, more: impl IntoIterator<Item = i64>) -> Self {
        self.dispatchers.extend(more);
        self
    }

    /// With the bot not running, and without a database.
    pub fn stopped(mut self) -> Self {
        self.stopped = true;
        self
    }

    /// Builds the world on this database, or returns `None` when the test is skipped for want of a PostgreSQL server.
    pub fn build_or_skip(self, backend: Backend) -> Option<World> {
        (backend == Backend::Sqlite || has_postgres()).then(|| self.build(backend))
    }

    pub fn build(self, backend: Backend) -> World {
        let (staffed, stopped) = (self.staffed, self.stopped);
        let world = World::new(backend, self);
        if stopped {
            return world;
        }
        world.start();
        if staffed {
            for player in [world.admin(), world.dispatcher(), world.other_dispatcher()] {
                player.says("/start");
            }
            for player in [world.master(), world.other_master(), world.stranger()] {
                player.says("/start");
            }
            world.make_master(MASTER);
            world.make_master(OTHER_MASTER);
        }
        world
    }
}

/// Everything that a test plays with.
pub struct World {
    pub sandbox: Sandbox,
    pub store: Store,
    runtime: Runtime,
    folder: TempDir,
    env: Vec<(String, String)>,
    log: Arc<Log>,
    bot: Mutex<Option<Running>>,
    conn: Mutex<Option<AnyConnection>>,
    /// Messages and how often each had been edited when the last act began.
    mark: Mutex<HashMap<(i64, i64), u32>>,
    expects_failed_calls: AtomicBool,
}

struct Running {
    child: Child,
    readers: Vec<JoinHandle<()>>,
}

/// What the program wrote, all its runs together.
#[derive(Default)]
struct Log {
    state: Mutex<Lines>,
    grew: Condvar,
}

#[derive(Default)]
struct Lines {
    lines: Vec<String>,
    /// Pipes that were closed, two for each run.
    closed: usize,
}

impl Log {
    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn drain(self: Arc<Self>, pipe: impl std::io::Read + Send + 'static) -> JoinHandle<()> {
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                self.lock().lines.push(line);
                self.grew.notify_all();
            }
            self.lock().closed += 1;
            self.grew.notify_all();
        })
    }

    /// Waits until `look` finds something; `None` when it does not in time.
    fn wait<T>(&self, patience: Duration, mut look: impl FnMut(&Lines) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + patience;
        let mut state = self.lock();
        loop {
            if let Some(found) = look(&state) {
                return Some(found);
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            state = self.grew.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl World {
    fn new(backend: Backend, setup: Setup) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["cwd", "home"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let sandbox = runtime.block_on(Sandbox::start(SandboxOptions::default())).unwrap();
        let named = |id, first: &str, last: &str| {
            TelegramUser::new(id, first).with_last_name(last).with_language("ru")
        };
        sandbox.add_user(named(ADMIN, "Алла", "Админова"));
        sandbox.add_user(named(DISPATCHER, "Дарья", "Диспетчерова").with_username("darya_made_up"));
        sandbox.add_user(named(OTHER_DISPATCHER, "Денис", "Дежурный"));
        sandbox.add_user(named(MASTER, "Михаил", "Мастеров"));
        sandbox.add_user(named(OTHER_MASTER, "Матвей", "Другой"));
        sandbox.add_user(named(STRANGER, "Степан", "Посторонний"));
        sandbox.add_group(GROUP, "Рабочая группа", &[ADMIN, MASTER, OTHER_MASTER, STRANGER]);
        let dispatchers: Vec<String> = [DISPATCHER, OTHER_DISPATCHER]
            .into_iter()
            .chain(setup.dispatchers)
            .map(|id| id.to_string())
            .collect();
        let store = Store::new(backend, folder.path());
        let mut env: Vec<(String, String)> = [
            ("BOT_TOKEN", TOKEN.to_owned()),
            ("TELEGRAM_API_URL", sandbox.url()),
            ("DATABASE_URL", store.url()),
            ("ADMIN_IDS", ADMIN.to_string()),
            ("DISPATCHER_IDS", dispatchers.join(",")),
            ("SEND_RATE_LIMIT", "0".to_owned()),
            ("FLOOD_LIMIT", "0".to_owned()),
            ("LOG_FORMAT", "json".to_owned()),
            ("LOG_LEVEL", "INFO".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        env.extend(setup.env);
        Self {
            sandbox,
            store,
            runtime,
            folder,
            env,
            log: Arc::default(),
            bot: Mutex::default(),
            conn: Mutex::default(),
            mark: Mutex::default(),
            expects_failed_calls: AtomicBool::new(false),
        }
    }

    // ---- the program -----------------------------------------------------------------------------------------------

    /// The program with these arguments, in the clean environment of this world.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_botctl"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path().join("home"))
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .current_dir(self.cwd())
            .stdin(Stdio::null());
        command
    }

    pub fn cwd(&self) -> PathBuf {
        self.folder.path().join("cwd")
    }

    /// Starts the bot and returns when it serves.
    pub fn start(&self) {
        let lines = self.log.lock().lines.len();
        self.spawn(&["serve"]);
        let serving = self.log.wait(PATIENCE, |log| {
            let serves = log.lines[lines..].iter().any(|line| line.contains("\"message\":\"serving\""));
            (serves || log.closed > 0 && log.closed % 2 == 0).then_some(serves)
        });
        assert_eq!(serving, Some(true), "the bot did not start:\n{}", self.logs_from(lines));
    }

    /// Starts the program and does not wait for anything.
    pub fn spawn(&self, arguments: &[&str]) {
        let mut bot = self.bot.lock().unwrap();
        assert!(bot.is_none(), "the bot runs already");
        self.log.lock().closed = 0;
        let mut child = self
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let readers = vec![
            Arc::clone(&self.log).drain(child.stdout.take().unwrap()),
            Arc::clone(&self.log).drain(child.stderr.take().unwrap()),
        ];
        *bot = Some(Running { child, readers });
    }

    /// The power fails.
    pub fn kill9(&self) {
        let mut bot = self.bot.lock().unwrap().take().expect("the bot runs");
        bot.child.kill().unwrap();
        let status = bot.child.wait().unwrap();
        assert_eq!(status.code(), None, "it ended by itself before the kill");
        bot.readers.drain(..).for_each(|reader| reader.join().unwrap());
    }

    /// Asks the bot to stop, waits until it has, and returns its exit code.
    pub fn terminate(&self) -> i32 {
        self.signal("TERM");
        self.exit_code(PATIENCE)
    }

    /// The number of the bot's process.
    pub fn pid(&self) -> u32 {
        self.bot.lock().unwrap().as_ref().expect("the bot runs").child.id()
    }

    pub fn signal(&self, name: &str) {
        let done =
            Command::new("/bin/sh").args(["-c", &format!("kill -{name} {}", self.pid())]).status().unwrap();
        assert!(done.success());
    }

    /// Signals until the bot has ended, as somebody does who cannot wait: what comes right after a first signal is the same
    /// request.
    pub fn insists(&self, name: &str) -> i32 {
        let deadline = Instant::now() + PATIENCE;
        let has_ended = || {
            let ended = self.log.wait(Duration::from_millis(100), |log| (log.closed == 2).then_some(()));
            ended.is_some()
        };
        self.signal(name);
        while !has_ended() && Instant::now() < deadline {
            self.signal(name);
        }
        self.exit_code(PATIENCE)
    }

    /// Waits until the bot has ended.
    pub fn exit_code(&self, patience: Duration) -> i32 {
        let ended = self.log.wait(patience, |log| (log.closed == 2).then_some(()));
        assert!(ended.is_some(), "the bot did not end in {patience:?}");
        let mut bot = self.bot.lock().unwrap().take().expect("the bot runs");
        bot.readers.drain(..).for_each(|reader| reader.join().unwrap());
        let status: ExitStatus = bot.child.wait().unwrap();
        status.code().unwrap_or_else(|| panic!("ended by a signal: {status}"))
    }

    /// Stops in order and starts again.
    pub fn restart(&self) {
        assert_eq!(self.terminate(), 0);
        self.start();
    }

    /// Everything the program wrote.
    pub fn logs(&self) -> String {
        self.logs_from(0)
    }

    fn logs_from(&self, line: usize) -> String {
        self.log.lock().lines[line..].join("\n")
    }

    /// Waits until the program has written a line with all of these in it.
    pub fn logged(&self, parts: &[&str]) -> String {
        self.logged_within(PATIENCE, parts)
    }

    /// The same with another patience.
    pub fn logged_within(&self, patience: Duration, parts: &[&str]) -> String {
        let found = self.log.wait(patience, |log| {
            log.lines.iter().find(|line| parts.iter().all(|part| line.contains(part))).cloned()
        });
        found.unwrap_or_else(|| panic!("the program did not log {parts:?}"))
    }

    /// Waits until the program has written so many lines with this in them.
    pub fn logged_times(&self, part: &str, times: usize) {
        let found = self.log.wait(PATIENCE, |log| {
            (log.lines.iter().filter(|line| line.contains(part)).count() >= times).then_some(())
        });
        assert!(found.is_some(), "the program did not log {part:?} {times} times:\n{}", self.logs());
    }

    /// Waits until an update is handled and returns how it ended.
    pub fn handled(&self, update: i64) -> String {
        assert_ne!(update, 0, "the bot is not told of this");
        let id = format!("\"update\":{update},");
        let outcome = self.log.wait(PATIENCE, |log| {
            let line =
                log.lines.iter().rev().find(|line| line.contains(&id) && line.contains("\"outcome\""))?;
            let line: serde_json::Value = serde_json::from_str(line).ok()?;
            line["outcome"].as_str().map(str::to_owned)
        });
        outcome.unwrap_or_else(|| panic!("update {update} was not handled"))
    }

    // ---- Telegram --------------------------------------------------------------------------------------------------

    /// Waits until the sandbox is in some state.
    pub fn wait<T>(&self, what: &str, look: impl FnMut(&SandboxState) -> Option<T>) -> T {
        let found = self.runtime.block_on(self.sandbox.wait_for(PATIENCE, look));
        found.unwrap_or_else(|error| panic!("{what}: {error}"))
    }

    /// Some calls of the bot fail in this test, by fault or on purpose.
    pub fn expects_failed_calls(&self) {
        self.expects_failed_calls.store(true, Ordering::Relaxed);
    }

    /// Everything the bot ever sent to a chat, as text: first versions and edits.
    pub fn said_to(&self, chat: i64) -> Vec<String> {
        let is_saying = |call: &&ApiCall| {
            ["sendMessage", "editMessageText"].contains(&call.method.as_str())
                && call.params["chat_id"] == chat
        };
        // A message is in its chat a moment before its call is in the log.
        self.wait("the log of calls", |state| {
            let shown: usize = state
                .iter_messages(chat)
                .filter(|message| message.from_bot)
                .map(|message| 1 + usize::try_from(message.edits).unwrap())
                .sum();
            let refused = |call: &&ApiCall| matches!(call.outcome, CallOutcome::Error { .. });
            let logged = state.api_calls().iter().filter(is_saying).filter(|call| !refused(call)).count();
            (logged >= shown).then_some(())
        });
        let calls = self.sandbox.api_calls();
        let done = calls.iter().filter(is_saying).filter(|call| call.outcome == CallOutcome::Ok);
        done.filter_map(|call| call.params["text"].as_str())
            .filter(|text| *text != OLD)
            .map(book::seen)
            .collect()
    }

    /// A method of the Bot API called by somebody else who has the token.
    pub fn intruder_calls(&self, method: &str, payload: &str) -> String {
        use std::io::Read;
        let mut stream = std::net::TcpStream::connect(self.sandbox.local_addr()).unwrap();
        let head = format!(
            "POST /bot{TOKEN}/{method} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{payload}",
            self.sandbox.local_addr(),
            payload.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Leaves a message with this button in a chat, as the old bot did. Returns its number.
    pub fn old_message(&self, chat: i64, data: &str) -> i64 {
        // Some data of these tests no bot could have sent.
        let shown = if data.is_empty() || data.len() > 64 { "no_orders" } else { data };
        let button = serde_json::json!({ "text": "…", "callback_data": shown });
        let message = serde_json::json!({ "chat_id": chat, "text": OLD, "reply_markup": { "inline_keyboard": [[button]] } });
        let answer = self.intruder_calls("sendMessage", &message.to_string());
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        let body: serde_json::Value =
            serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"));
        body["result"]["message_id"].as_i64().unwrap_or_else(|| panic!("{answer}"))
    }

    fn begin_act(&self) {
        let mut mark = self.mark.lock().unwrap();
        mark.clear();
        self.sandbox.read_state(|state| {
            for chat in [ADMIN, DISPATCHER, OTHER_DISPATCHER, MASTER, OTHER_MASTER, STRANGER, GROUP] {
                mark.extend(state.iter_messages(chat).map(|message| ((chat, message.id), message.edits)));
            }
        });
    }

    fn is_news(mark: &HashMap<(i64, i64), u32>, message: &ChatMessage) -> bool {
        message.from_bot
            && mark.get(&(message.chat_id, message.id)).is_none_or(|edits| *edits < message.edits)
    }

    // ---- the database ----------------------------------------------------------------------------------------------

    /// Looks into the database, or changes it behind the bot's back.
    pub fn db<T>(&self, job: impl FnOnce(&mut AnyConnection) -> T) -> T {
        let mut conn = self.conn.lock().unwrap_or_else(PoisonError::into_inner);
        job(conn.get_or_insert_with(|| self.store.open()))
    }

    /// Lets go of the connection of [`World::db`], for whoever must have the file alone.
    pub fn close_db(&self) {
        *self.conn.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    // ---- people ----------------------------------------------------------------------------------------------------

    pub fn player(&self, id: i64) -> Player<'_> {
        Player { world: self, id, chat: id }
    }

    pub fn admin(&self) -> Player<'_> {
        self.player(ADMIN)
    }

    pub fn dispatcher(&self) -> Player<'_> {
        self.player(DISPATCHER)
    }

    pub fn other_dispatcher(&self) -> Player<'_> {
        self.player(OTHER_DISPATCHER)
    }

    pub fn master(&self) -> Player<'_> {
        self.player(MASTER)
    }

    pub fn other_master(&self) -> Player<'_> {
        self.player(OTHER_MASTER)
    }

    pub fn stranger(&self) -> Player<'_> {
        self.player(STRANGER)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(mut bot) = self.bot.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            let _killed = bot.child.kill();
            let _ended = bot.child.wait();
            bot.readers.drain(..).for_each(|reader| drop(reader.join()));
        }
        let failed: Vec<_> =
            self.sandbox.api_calls().into_iter().filter(|call| call.outcome != CallOutcome::Ok).collect();
        self.runtime.block_on(self.sandbox.stop());
        *self.conn.get_mut().unwrap_or_else(PoisonError::into_inner) = None;
        if std::thread::panicking() {
            let log = self.log.lock();
            let from = log.lines.len().saturating_sub(60);
            eprintln!("the program's last lines:\n{}", log.lines[from..].join("\n"));
            for call in failed.iter().rev().take(5) {
                eprintln!("failed call: {} {:?} {}", call.method, call.outcome, call.params);
            }
            return;
        }
        assert!(!self.log.lock().lines.iter().any(|line| line.contains(TOKEN)), "the token is in the log");
        if !self.expects_failed_calls.load(Ordering::Relaxed) {
            // The last poll is cut off, and people who have not written yet have no command menu. An edit that changes
            // nothing is refused and harmless. Everything else must have worked.
            let is_harmless = |call: &&ApiCall| {
                let is_same = |outcome: &CallOutcome| matches!(outcome, CallOutcome::Error { description, .. } if description.contains("message is not modified"));
                ["getUpdates", "setMyCommands"].contains(&call.method.as_str()) || is_same(&call.outcome)
            };
            if let Some(call) = failed.iter().find(|call| !is_harmless(call)) {
                panic!("a call of the bot failed: {} {:?} {}", call.method, call.outcome, call.params);
            }
        }
    }
}

/// A person in a chat: their private one, unless said otherwise.
#[derive(Clone, Copy)]
pub struct Player<'w> {
    pub world: &'w World,
    pub id: i64,
    pub chat: i64,
}

/// What somebody who pressed a button got for it.
#[derive(Clone, Debug)]
pub struct Toast {
    pub text: String,
    pub outcome: String,
}

impl Toast {
    /// Whether the person was told that they have no right: in so many words, or, to a master, that the order is not
    /// theirs.
    pub fn turns_away(&self, order: i64) -> bool {
        self.text == book::text("refusal-no-right") || self.text == book::about("card-unassigned", order)
    }
}

impl Player<'_> {
    /// The same person in the work group.
    pub fn in_group(self) -> Self {
        Self { chat: GROUP, ..self }
    }

    /// Writes something, and waits until the bot has handled it.
    pub fn says(self, text: &str) -> Self {
        self.says_with_outcome(text);
        self
    }

    /// The same; how the update ended.
    pub fn says_with_outcome(self, text: &str) -> String {
        self.world.begin_act();
        let sent = self.world.sandbox.send_text(self.id, self.chat, text);
        self.world.handled(sent.update_id)
    }

    /// Does something else with the sandbox that makes an update, and waits until the bot has handled it.
    pub fn acts(self, act: impl FnOnce(&Sandbox) -> i64) -> Self {
        self.world.begin_act();
        let update = act(&self.world.sandbox);
        self.world.handled(update);
        self
    }

    /// Waits for something new from the bot, a message or an edit, with this in it.
    pub fn hears(self, part: &str) -> ChatMessage {
        self.hears_all(&[part])
    }

    /// Waits for something new from the bot that has all of these in it.
    pub fn hears_all(self, parts: &[&str]) -> ChatMessage {
        let mark = self.world.mark.lock().unwrap().clone();
        let found = self.world.runtime.block_on(self.world.sandbox.wait_for(PATIENCE, |state| {
            let has_all = |message: &ChatMessage| parts.iter().all(|part| message.text.contains(part));
            state
                .iter_messages(self.chat)
                .rev()
                .find(|message| World::is_news(&mark, message) && has_all(message))
                .cloned()
        }));
        found.unwrap_or_else(|_| {
            panic!("{} did not hear {parts:?}; the chat:\n{}", self.id, self.transcript())
        })
    }

    /// Presses the newest button with this callback data, or with it as the beginning before a further `:`; waits for
    /// the button to come and for the answer.
    pub fn presses(self, data: &str) -> Toast {
        self.presses_where(data, |_, offered| is_button(offered, data))
    }

    /// Presses the newest button with this on it.
    pub fn presses_label(self, label: &str) -> Toast {
        self.presses_where(label, |text, _| text.contains(label))
    }

    fn presses_where(self, what: &str, wanted: impl Fn(&str, &str) -> bool) -> Toast {
        let (message, data) = self.finds_where(what, wanted);
        self.presses_on(message, &data)
    }

    /// Waits for a button as [`Player::presses`] does; the message under which it is, and its data.
    pub fn finds(self, data: &str) -> (i64, String) {
        self.finds_where(data, |_, offered| is_button(offered, data))
    }

    fn finds_where(self, what: &str, wanted: impl Fn(&str, &str) -> bool) -> (i64, String) {
        let offer = |state: &SandboxState| {
            let live =
                state.iter_messages(self.chat).rev().filter(|message| message.from_bot && !message.deleted);
            live.flat_map(|message| message.buttons().map(move |button| (message.id, button))).find_map(
                |(id, button)| {
                    let data = button.data.as_ref()?;
                    wanted(&button.label, data).then(|| (id, data.clone()))
                },
            )
        };
        let found = self.world.runtime.block_on(self.world.sandbox.wait_for(PATIENCE, offer));
        found.unwrap_or_else(|_| {
            panic!("{} is offered no {what:?}; the chat:\n{}", self.id, self.transcript())
        })
    }

    /// Presses a button under a message that the old bot left in the chat.
    pub fn presses_old(self, data: &str) -> Toast {
        let message = self.world.old_message(self.chat, data);
        self.presses_on(message, data)
    }

    /// Presses a button with any data under some message.
    pub fn presses_on(self, message: i64, data: &str) -> Toast {
        self.world.begin_act();
        let pressed = self.world.sandbox.press_button(self.id, self.chat, message, data);
        let outcome = self.world.handled(pressed.update_id);
        let CallbackAnswer { text, .. } =
            self.world.wait("an answer to the press", |state| state.answer_to(&pressed.query_id).cloned());
        Toast { text, outcome }
    }

    /// Callback data of all buttons that are on live messages now.
    pub fn buttons(self) -> Vec<String> {
        let messages = self.world.sandbox.messages(self.chat);
        let live = messages.iter().filter(|message| message.from_bot && !message.deleted);
        live.flat_map(|message| message.buttons().filter_map(|button| button.data.clone())).collect()
    }

    /// The keys under the composer, once the bot has shown some.
    pub fn menu(self) -> Vec<String> {
        let messages = self.world.sandbox.messages(self.chat);
        let keyboard = messages.iter().rev().find_map(|message| message.reply_keyboard());
        keyboard
            .into_iter()
            .flat_map(|keyboard| keyboard.rows.iter().flatten())
            .map(|key| key.label.clone())
            .collect()
    }

    /// Waits until a message has this in it and returns it, old or new.
    pub fn sees(self, part: &str) -> ChatMessage {
        let found = self.world.runtime.block_on(self.world.sandbox.wait_for(PATIENCE, |state| {
            state
                .iter_messages(self.chat)
                .rev()
                .find(|message| message.from_bot && message.text.contains(part))
                .cloned()
        }));
        found
            .unwrap_or_else(|_| panic!("{} does not see {part:?}; the chat:\n{}", self.id, self.transcript()))
    }

    /// How many calls of the bot went to this chat.
    pub fn heard(self) -> usize {
        self.world.said_to(self.chat).len()
    }

    /// Nothing was said here since there were `before` messages and edits. The chat's order is kept, so once the
    /// answer to another word is there, everything from before would be too.
    pub fn heard_nothing_since(self, before: usize) {
        let help = match self.id {
            STRANGER => book::text_with("help-guest", &[("id", &STRANGER.to_string())]),
            _ => book::text("help-footer"),
        };
        self.says("/help").hears(&help);
        let said = self.world.said_to(self.chat);
        assert_eq!(said.len(), before + 1, "{} heard more: {:#?}", self.id, &said[before..]);
    }

    /// The latest messages of the chat, for the words of a failed test.
    pub fn transcript(self) -> String {
        use std::fmt::Write as _;
        let messages = self.world.sandbox.messages(self.chat);
        let mut text = String::new();
        for message in &messages[messages.len().saturating_sub(12)..] {
            let ChatMessage { id, from, edits, .. } = message;
            let (said, buttons) = (&message.text, message.buttons().collect::<Vec<_>>());
            let _written = writeln!(text, "[{id} from {from}, {edits} edits] {said}\n  {buttons:?}");
        }
        text
    }
}

/// Whether callback data is the wanted one, or begins with it before a further `:`.
fn is_button(offered: &str, wanted: &str) -> bool {
    offered.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}
