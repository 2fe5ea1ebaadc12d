//! `serve --sandbox`: a local Telegram, users to play, and a temporary database.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use std::{fs, io};

use serde::Deserialize;

use super::demo;
use crate::cli::error::CommandError;
use crate::cli::exit_code::ExitCode;
use crate::cli::output::Output;
use crate::config::database::{self, DatabaseConfig, DatabaseUrl};
use crate::config::telegram::TelegramConfig;
use crate::config::{SecretString, ServeConfig, Sources};
use crate::db::{Database, time};
use crate::domain::ids::TelegramId;
use crate::service::{Refusal, users};
use telegram_sandbox::{PagePhone, Sandbox, SandboxClock, SandboxOptions, TelegramUser};

/// The users and groups of the chat page.
const USERS: &str = include_str!("sandbox_users.json");

/// A running sandbox with the settings that `serve` needs for it.
pub(super) struct LocalSandbox {
    pub(super) telegram: TelegramConfig,
    sandbox: Sandbox,
    /// The users who have a phone on the page.
    private_phones: Vec<i64>,
    database: DatabaseUrl,
    /// Removed on drop; `None` when the database was chosen by the user.
    _temp_dir: Option<TempDir>,
}

#[derive(Deserialize)]
struct SandboxUsers {
    users: Vec<SandboxUser>,
    groups: Vec<SandboxGroup>,
}

#[derive(Deserialize)]
struct SandboxUser {
    label: String,
    id: i64,
    first_name: String,
    last_name: Option<String>,
    username: Option<String>,
    role: Option<SandboxRole>,
}

#[derive(Clone, Copy, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
enum SandboxRole {
    Admin,
    Dispatcher,
}

#[derive(Deserialize)]
struct SandboxGroup {
    label: String,
    id: i64,
    title: String,
    members: Vec<i64>,
}

impl LocalSandbox {
    /// Starts the sandbox and adds the roles of its users to the configuration.
    pub(super) async fn start(
        listen: SocketAddr,
        mut config: ServeConfig,
    ) -> Result<(Self, ServeConfig), CommandError> {
        let failed = |message: String| CommandError::new(ExitCode::Failed, message);
        let users: SandboxUsers = serde_json::from_str(USERS)
            .map_err(|error| failed(format!("invalid sandbox_users.json: {error}")))?;
        for user in &users.users {
            match user.role {
                Some(SandboxRole::Admin) => config.roles.admins.insert(TelegramId(user.id)),
                Some(SandboxRole::Dispatcher) => config.roles.dispatchers.insert(TelegramId(user.id)),
                None => false,
            };
        }
        let private_phones = users.users.iter().map(|user| user.id).collect();
        // Unknown to other programs of this machine, which could read and answer the updates otherwise.
        let token = format!("1000:{:032x}", rand::random::<u128>());
        let clock = SandboxClock::in_zone(config.schedule.timezone.name());
        let bot_clock = clock.clone();
        time::run_ahead(move || bot_clock.ahead());
        let options = SandboxOptions {
            listen,
            clock: Some(clock),
            token: Some(token.clone()),
            phones: page_phones(users),
            ..SandboxOptions::default()
        };
        // A kept database has the ids of earlier runs.
        let options = options.with_time_based_ids();
        let sandbox = Sandbox::start(options).await.map_err(|error| {
            failed(format!("failed to listen on {listen}: {error}")).hint(
                "another sandbox may be running; choose another address with --sandbox-listen 127.0.0.1:PORT",
            )
        })?;
        let api_url =
            sandbox.url().parse().map_err(|error| failed(format!("invalid sandbox URL: {error}")))?;
        let telegram = TelegramConfig { token: SecretString::new(token), api_url, proxy: None };
        let (database, temp_dir) = match &config.database {
            Some(chosen) => (chosen.url.clone(), None),
            None => {
                let temp_dir = TempDir::create(&std::env::temp_dir())?;
                (DatabaseUrl::Sqlite(temp_dir.0.join("bot_database.db")), Some(temp_dir))
            }
        };
        Ok((Self { telegram, sandbox, private_phones, database, _temp_dir: temp_dir }, config))
    }

    /// The chosen database or the temporary one.
    pub(super) fn database_url(&self) -> DatabaseUrl {
        self.database.clone()
    }

    /// Starts the chats anew of those who have used the bot in this database: the sandbox keeps no messages, and Telegram
    /// refuses the bot's messages in chats that were not started. The bot's answer brings the keyboard back.
    pub(super) async fn resume_chats(&self, db: &Database) -> Result<(), CommandError> {
        demo::add_company(db, &self.sandbox).await?;
        let phones = self.private_phones.clone();
        let known = db.read(move |conn| {
            let known = phones.into_iter().filter_map(|id| {
                users::find_user(conn, TelegramId(id)).map(|user| user.map(|_| id)).transpose()
            });
            known.collect::<Result<Vec<i64>, Refusal>>()
        });
        let known = known.await.map_err(|refusal| CommandError::new(ExitCode::Failed, refusal))?;
        for id in known {
            self.sandbox.send_text(id, id, "/start");
        }
        Ok(())
    }

    pub(super) fn chat_page_url(&self) -> String {
        self.sandbox.url()
    }
}

/// Warns of queued messages in a database chosen by flag, and notes that the configured database is not used.
pub(super) fn announce_database(chosen: Option<&DatabaseConfig>, sources: &Sources, output: Output) {
    match (chosen, database::database_outside_flags(sources)) {
        (Some(DatabaseConfig { url }), _) if may_have_data(url) => output.warn(format_args!(
            "the sandbox uses {url}: messages queued there for users outside of the sandbox become dead letters"
        )),
        (None, Some((name, origin))) => output.note(format_args!(
            "the sandbox uses a temporary database, not the one of {name} ({origin}); choose one with --database-url"
        )),
        _ => {}
    }
}

/// Notes that a configured webhook is not used: it is that of the real bot.
pub(super) fn announce_polling(sources: &Sources, output: Output) {
    if let Some(found) = sources.get("WEBHOOK_URL").filter(|found| !found.text.is_empty()) {
        output.note(format_args!("the sandbox is polled; WEBHOOK_URL ({}) is not used", found.origin));
    }
}

fn may_have_data(url: &DatabaseUrl) -> bool {
    match url {
        DatabaseUrl::Sqlite(path) => std::fs::metadata(path).is_ok_and(|file| file.len() > 0),
        DatabaseUrl::Postgres(_) => true,
    }
}

/// A private directory that is removed on drop.
struct TempDir(PathBuf);

impl TempDir {
    /// Creates a new directory; an existing one of another process or user is never reused.
    fn create(parent: &Path) -> io::Result<Self> {
        const ATTEMPTS: u32 = 100;
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut failed = io::ErrorKind::AlreadyExists.into();
        for attempt in 0..ATTEMPTS {
            let number = since.as_nanos() + u128::from(attempt);
            let path = parent.join(format!("botctl-sandbox-{}-{number:x}", std::process::id()));
            match create_private_dir(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => failed = error,
                Err(error) => return Err(error),
            }
        }
        Err(failed)
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _removed = fs::remove_dir_all(&self.0);
    }
}

/// Creates a directory that other users cannot read.
fn create_private_dir(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn page_phones(users: SandboxUsers) -> Vec<PagePhone> {
    let page_users =
        users.users.into_iter().map(|SandboxUser { label, id, first_name, last_name, username, .. }| {
            let mut user = TelegramUser::new(id, first_name).with_language("ru");
            if let Some(last_name) = last_name {
                user = user.with_last_name(last_name);
            }
            if let Some(username) = username {
                user = user.with_username(username);
            }
            PagePhone::for_user(label, user)
        });
    let groups = users
        .groups
        .into_iter()
        .map(|group| PagePhone::for_group(group.label, group.id, group.title, &group.members));
    page_users.chain(groups).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn each_temporary_directory_is_new_and_removed_on_drop() {
        let parent = tempfile::tempdir().unwrap();
        let (one, other) = (TempDir::create(parent.path()).unwrap(), TempDir::create(parent.path()).unwrap());
        assert_ne!(one.0, other.0);
        fs::write(one.0.join("bot_database.db"), "x").unwrap();
        drop(one);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
        assert!(create_private_dir(&other.0).is_err(), "an existing directory is not reused");
    }
}
