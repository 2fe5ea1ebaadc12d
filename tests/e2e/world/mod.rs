//! The world of a test: a Telegram of its own, a database of its own, the real program in a clean environment, and the
//! people who talk to it.
//!
//! Nothing here sleeps. An act is over when the program has logged the update (one line per update, after its
//! transaction is durable); a message has come when the sandbox has it; a process has ended when its pipes close.

mod chat;
mod database;
mod process;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use botctl::testing::db::AnyConnection;
use telegram_sandbox::{ApiCall, CallOutcome, Sandbox, SandboxOptions, TelegramUser};
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub use chat::{ChatUser, Toast};
pub use database::{TestDatabase, execute, has_postgres, on_server};
use process::{Log, Running};
pub use process::{run_to_end, said, wait_until};

/// How long a step may take before the test gives up. Generous, since only a failing test waits that long.
pub const TIMEOUT: Duration = Duration::from_mins(1);

pub const ADMIN: i64 = 1_001;
pub const DISPATCHER: i64 = 1_002;
pub const OTHER_DISPATCHER: i64 = 1_003;
pub const MASTER: i64 = 2_001;
pub const OTHER_MASTER: i64 = 2_002;
pub const STRANGER: i64 = 3_001;
pub const GROUP: i64 = -1_001_234_567_890;
/// Must appear in no log and no error.
pub const TOKEN: &str = "424242:made-up-token-of-the-tests_0000000000";

/// The databases that every test of the spine runs on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// How a world is set up.
#[derive(Clone, Debug, Default)]
pub struct WorldSetup {
    env: Vec<(String, String)>,
    staffed: bool,
    stopped: bool,
    dispatchers: Vec<i64>,
}

/// All users exist, none has written yet, the bot runs.
pub fn empty() -> WorldSetup {
    WorldSetup::default()
}

/// All users have pressed /start, and both masters are approved.
pub fn staffed() -> WorldSetup {
    WorldSetup { staffed: true, ..WorldSetup::default() }
}

impl WorldSetup {
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
    pub store: TestDatabase,
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

impl World {
    fn new(backend: Backend, setup: WorldSetup) -> Self {
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
        let store = TestDatabase::new(backend, folder.path());
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
            // Seldom, so that no test is disturbed by what is due at a full hour.
            ("REMINDER_INTERVAL", "10080".to_owned()),
            ("SLA_CHECK_INTERVAL", "10080".to_owned()),
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

    pub fn player(&self, id: i64) -> ChatUser<'_> {
        ChatUser { world: self, id, chat: id }
    }

    pub fn admin(&self) -> ChatUser<'_> {
        self.player(ADMIN)
    }

    pub fn dispatcher(&self) -> ChatUser<'_> {
        self.player(DISPATCHER)
    }

    pub fn other_dispatcher(&self) -> ChatUser<'_> {
        self.player(OTHER_DISPATCHER)
    }

    pub fn master(&self) -> ChatUser<'_> {
        self.player(MASTER)
    }

    pub fn other_master(&self) -> ChatUser<'_> {
        self.player(OTHER_MASTER)
    }

    pub fn stranger(&self) -> ChatUser<'_> {
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
                ["getUpdates", "setMyCommands", "deleteMyCommands"].contains(&call.method.as_str())
                    || is_same(&call.outcome)
            };
            if let Some(call) = failed.iter().find(|call| !is_harmless(call)) {
                panic!("a call of the bot failed: {} {:?} {}", call.method, call.outcome, call.params);
            }
        }
    }
}
