//! Dialogues in Redis: one key per chat, topic and user, which Redis forgets when the dialogue expires.
//!
//! The database keeps a copy of each change from its commit until Redis has it; see `dialogue_checkout`. A copy counts more
//! than what Redis has, so neither a crash nor a failing Redis loses a step.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ErrorKind, RedisError, RedisResult};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::Mutex;
use url::Url;

use crate::config::Secret;
use crate::db::dialogues::{self, DialogueKey, StoredDialogue};
use crate::db::{self, Database, time};

/// How long Redis may take to accept a connection, and to answer.
const TIMEOUT: Duration = Duration::from_secs(2);
/// The number of dialogues that can be written at a time.
const WRITE_TURNS: usize = 64;

/// Why a dialogue was not read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RedisDialogueError {
    #[error("Redis: {0}")]
    Redis(#[from] RedisError),
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl RedisDialogueError {
    /// Whether the server rejected the user or the password, or wants one.
    pub(crate) fn is_login_failure(&self) -> bool {
        let Self::Redis(error) = self else { return false };
        // Where the address names a database, the client keeps no code but this text.
        let wants_password = |detail: &str| detail.contains("Authentication required");
        error.kind() == ErrorKind::AuthenticationFailed
            || matches!(error.code(), Some("WRONGPASS" | "NOAUTH" | "NOPERM"))
            || error.detail().is_some_and(wants_password)
    }
}

/// The dialogues of one bot. Clones share the connection.
#[derive(Clone)]
pub(crate) struct RedisDialogues(Arc<RedisState>);

struct RedisState {
    client: Client,
    /// `redis://host:6379/0`, without the password.
    address: String,
    /// Several bots may share a server.
    bot: i64,
    /// `None` until the first command, and after one that failed.
    connection: Mutex<Option<MultiplexedConnection>>,
    /// Two tasks must not write the same dialogue at the same time: the older one could be the last.
    write_turns: [Mutex<()>; WRITE_TURNS],
    is_reported: AtomicBool,
}

/// The value of a key.
#[derive(Deserialize, Serialize)]
struct RedisValue {
    version: i64,
    expires_at: DateTime<Utc>,
    /// As in the database.
    dialogue: Box<RawValue>,
}

impl RedisDialogues {
    /// Connects with the first command. `bot` is the bot's id.
    pub(crate) fn new(url: &Secret<Url>, bot: i64) -> RedisResult<Self> {
        let mut shown = url.expose().clone();
        let _cleared = shown.set_username("").and_then(|()| shown.set_password(None));
        Ok(Self(Arc::new(RedisState {
            client: Client::open(url.expose().as_str())?,
            address: shown.to_string(),
            bot,
            connection: Mutex::default(),
            write_turns: std::array::from_fn(|_| Mutex::default()),
            is_reported: AtomicBool::new(false),
        })))
    }

    pub(crate) fn address(&self) -> &str {
        &self.0.address
    }

    /// Checks that Redis answers, accepts the password and writes: its disk may be full, or it may be a replica.
    pub(crate) async fn check_server(&self) -> Result<(), RedisDialogueError> {
        let probe = format!("botctl:{}:probe", self.0.bot);
        self.run_command::<()>(redis::cmd("SET").arg(probe).arg(1).arg("PX").arg(1)).await?;
        self.0.is_reported.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Records a failure and returns whether it is the first since Redis last wrote something.
    pub(super) fn report_once(&self) -> bool {
        !self.0.is_reported.swap(true, Ordering::Relaxed)
    }

    pub(super) async fn find_dialogue(
        &self,
        key: DialogueKey,
    ) -> Result<Option<StoredDialogue>, RedisDialogueError> {
        match self.run_command::<Option<Vec<u8>>>(redis::cmd("GET").arg(self.key_name(key))).await {
            Ok(value) => Ok(value.map(|value| stored_dialogue(&value))),
            // Another program has put something else there.
            Err(error) if error.code() == Some("WRONGTYPE") => Ok(Some(stored_dialogue(b""))),
            Err(error) => Err(error.into()),
        }
    }

    /// Brings Redis to the copy that the database has of a dialogue, if there is one, and deletes the copy.
    pub(super) async fn flush_dialogue(
        &self,
        db: &Database,
        key: DialogueKey,
    ) -> Result<(), RedisDialogueError> {
        let _turn = self.write_turn(key).lock().await;
        let copy = db.read(move |conn| dialogues::find_dialogue(conn, key)).await?;
        let Some(copy) = copy else { return Ok(()) };
        self.run_command::<()>(&self.write_command(key, &copy, time::now())).await?;
        self.0.is_reported.store(false, Ordering::Relaxed);
        // A newer copy stays.
        db.write(move |tx| dialogues::delete_version(tx, key, copy.version)).await?;
        Ok(())
    }

    /// Flushes every copy; those that fail stay. Returns how many were flushed.
    pub(super) async fn flush_all(&self, db: &Database) -> Result<usize, RedisDialogueError> {
        let keys: Vec<DialogueKey> = db.read(dialogues::list_keys).await?;
        for key in &keys {
            self.flush_dialogue(db, *key).await?;
        }
        Ok(keys.len())
    }

    fn write_turn(&self, key: DialogueKey) -> &Mutex<()> {
        let mut hasher = DefaultHasher::new();
        self.key_name(key).hash(&mut hasher);
        let turn = usize::try_from(hasher.finish() % WRITE_TURNS as u64).unwrap_or_default();
        &self.0.write_turns[turn]
    }

    fn key_name(&self, key: DialogueKey) -> String {
        let thread = key.place.thread.map_or(0, |thread| thread.0);
        format!("botctl:{}:dialogue:{}:{thread}:{}", self.0.bot, key.place.chat.0, key.user.0)
    }

    /// Returns the command after which Redis has what the copy says.
    fn write_command(&self, key: DialogueKey, copy: &StoredDialogue, now: DateTime<Utc>) -> redis::Cmd {
        let lifetime = (copy.expires_at - now).num_milliseconds();
        let value = redis_value(copy).filter(|_| lifetime > 0 && !copy.has_ended());
        let mut command = redis::cmd(if value.is_some() { "SET" } else { "DEL" });
        command.arg(self.key_name(key));
        if let Some(value) = value {
            command.arg(value).arg("PX").arg(lifetime);
        }
        command
    }

    async fn run_command<T: redis::FromRedisValue>(&self, command: &redis::Cmd) -> RedisResult<T> {
        let mut connection = self.connection().await?;
        let result = command.query_async(&mut connection).await;
        if result.is_err() {
            // Whatever is wrong with it, a new one costs little.
            *self.0.connection.lock().await = None;
        }
        result
    }

    async fn connection(&self) -> RedisResult<MultiplexedConnection> {
        let mut current = self.0.connection.lock().await;
        if let Some(connection) = &*current {
            return Ok(connection.clone());
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT));
        let connection = self.0.client.get_multiplexed_async_connection_with_config(&config).await?;
        *current = Some(connection.clone());
        Ok(connection)
    }
}

fn redis_value(copy: &StoredDialogue) -> Option<String> {
    // A state that is no JSON is unreadable as a text, too.
    let dialogue = RawValue::from_string(copy.state.clone()).or_else(|_| to_raw_value(&copy.state)).ok()?;
    let value = RedisValue { version: copy.version, expires_at: copy.expires_at, dialogue };
    serde_json::to_string(&value).ok()
}

/// Reads a value. One of another program is a dialogue that cannot be read, of which its user is told.
fn stored_dialogue(value: &[u8]) -> StoredDialogue {
    match serde_json::from_slice::<RedisValue>(value) {
        Ok(RedisValue { version, expires_at, dialogue }) => {
            StoredDialogue { version, state: dialogue.get().to_owned(), expires_at }
        }
        Err(_) => StoredDialogue {
            version: 0,
            state: "unreadable".to_owned(),
            expires_at: time::now() + TimeDelta::days(1),
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::domain::ids::{ChatId, ChatPlace, TelegramId, ThreadId};

    const NOW: &str = "2026-11-22T10:00:00Z";

    fn command_text(state: &str, expires_at: &str) -> String {
        let url = Secret::new("redis://user:made-up@localhost:6379/3".parse().unwrap());
        let dialogues = RedisDialogues::new(&url, 4242).unwrap();
        assert_eq!(dialogues.address(), "redis://localhost:6379/3");
        let place = ChatPlace { chat: ChatId(-5), thread: Some(ThreadId(7)) };
        let key = DialogueKey { place, user: TelegramId(9) };
        let copy =
            StoredDialogue { version: 3, state: state.to_owned(), expires_at: expires_at.parse().unwrap() };
        let command = dialogues.write_command(key, &copy, NOW.parse().unwrap());
        let words = command.args_iter().filter_map(|word| match word {
            redis::Arg::Simple(word) => Some(String::from_utf8(word.to_vec()).unwrap()),
            _ => None,
        });
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn copy_is_written_with_its_expiry_and_an_ended_one_deleted() {
        let value = r#"{"version":3,"expires_at":"2026-11-22T10:00:05Z","dialogue":{"step":1}}"#;
        assert_eq!(
            command_text(r#"{"step":1}"#, "2026-11-22T10:00:05Z"),
            format!("SET botctl:4242:dialogue:-5:7:9 {value} PX 5000")
        );
        let deleted = "DEL botctl:4242:dialogue:-5:7:9";
        assert_eq!(command_text(r#"{"step":1}"#, NOW), deleted);
        assert_eq!(command_text(dialogues::ENDED, "2026-11-23T10:00:00Z"), deleted);
        assert!(command_text("no JSON", "2026-11-23T10:00:00Z").contains(r#""dialogue":"no JSON""#));
    }

    #[test]
    fn value_is_read_back_and_a_foreign_one_is_unreadable() {
        let expires_at = NOW.parse().unwrap();
        let copy = StoredDialogue { version: 3, state: r#"{"a": 1}"#.to_owned(), expires_at };
        assert_eq!(stored_dialogue(redis_value(&copy).unwrap().as_bytes()), copy);
        for foreign in ["", "x", "{}", "\u{0}"] {
            assert_eq!(stored_dialogue(foreign.as_bytes()).state, "unreadable", "{foreign}");
        }
    }
}
