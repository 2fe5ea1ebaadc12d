//! `serve --sandbox`: a local Telegram, people to play, and a database that goes with the process.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use std::{fs, io};

use serde::Deserialize;

use crate::cli::error::{CommandError, ExitCode};
use crate::cli::output::Output;
use crate::config::database::{self, DatabaseConfig, DatabaseUrl};
use crate::config::telegram::TelegramConfig;
use crate::config::{SecretString, ServeConfig, Sources};
use crate::domain::ids::TelegramId;
use telegram_sandbox::{PagePhone, Sandbox, SandboxOptions, TelegramUser};

/// Who is on the chat page.
const CAST: &str = include_str!("cast.json");
/// Any token will do: the sandbox believes everybody.
const TOKEN: &str = "1000:sandbox";

/// A running sandbox with everything that `serve` needs to live in it.
pub(super) struct Playground {
    pub(super) telegram: TelegramConfig,
    sandbox: Sandbox,
    database: DatabaseUrl,
    /// Where the temporary database is, if it is one; kept to be removed.
    _folder: Option<Folder>,
}

#[derive(Deserialize)]
struct Cast {
    people: Vec<Person>,
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Person {
    role: String,
    id: i64,
    first_name: String,
    last_name: Option<String>,
    username: Option<String>,
    appointed: Option<Appointment>,
}

#[derive(Clone, Copy, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Appointment {
    Admin,
    Dispatcher,
}

#[derive(Deserialize)]
struct Group {
    role: String,
    id: i64,
    title: String,
    members: Vec<i64>,
}

impl Playground {
    /// Starts the sandbox and returns the configuration with its people appointed.
    pub(super) async fn open(
        listen: SocketAddr,
        mut config: ServeConfig,
    ) -> Result<(Self, ServeConfig), CommandError> {
        let broken = |what: String| CommandError::new(ExitCode::Failed, what);
        let cast: Cast =
            serde_json::from_str(CAST).map_err(|error| broken(format!("the sandbox's cast: {error}")))?;
        for person in &cast.people {
            match person.appointed {
                Some(Appointment::Admin) => config.people.admins.insert(TelegramId(person.id)),
                Some(Appointment::Dispatcher) => config.people.dispatchers.insert(TelegramId(person.id)),
                None => false,
            };
        }
        // A named database knows the ids of earlier runs.
        let options = SandboxOptions { listen, phones: phones(cast), ..SandboxOptions::default() }
            .with_time_based_ids();
        let sandbox = Sandbox::start(options).await.map_err(|error| {
            broken(format!("the sandbox cannot listen on {listen}: {error}")).hint(
                "another one may be running; choose another address with --sandbox-listen 127.0.0.1:PORT",
            )
        })?;
        let api_url =
            sandbox.url().parse().map_err(|error| broken(format!("the sandbox's address: {error}")))?;
        let telegram = TelegramConfig { token: SecretString::new(TOKEN.to_owned()), api_url };
        let (database, folder) = match &config.database {
            Some(named) => (named.url.clone(), None),
            None => {
                let folder = Folder::create(&std::env::temp_dir())?;
                (DatabaseUrl::Sqlite(folder.0.join("bot_database.db")), Some(folder))
            }
        };
        Ok((Self { telegram, sandbox, database, _folder: folder }, config))
    }

    /// The named database, or the temporary one.
    pub(super) fn database(&self) -> DatabaseUrl {
        self.database.clone()
    }

    /// Where it is played.
    pub(super) fn chat_page(&self) -> String {
        self.sandbox.url()
    }
}

/// What others wait for may be in a database that was typed; one that was configured for the real bot is not played in.
pub(super) fn tell_where_it_plays(typed: Option<&DatabaseConfig>, sources: &Sources, output: Output) {
    match (typed, database::database_outside_flags(sources)) {
        (Some(DatabaseConfig { url }), _) if is_there(url) => output.warn(format_args!(
            "the sandbox plays in {url}: messages that wait there for others than its own people become dead letters"
        )),
        (None, Some((name, origin))) => output.note(format_args!(
            "the sandbox plays in a temporary database, not in that of {name} ({origin}); --database-url names one to play in"
        )),
        _ => {}
    }
}

/// Whether a database may hold what others wait for.
fn is_there(url: &DatabaseUrl) -> bool {
    match url {
        DatabaseUrl::Sqlite(path) => std::fs::metadata(path).is_ok_and(|file| file.len() > 0),
        DatabaseUrl::Postgres(_) => true,
    }
}

/// A folder of this process alone, which goes with it.
struct Folder(PathBuf);

impl Folder {
    /// Makes a folder that was not there: what an earlier process, or somebody else, has left under a name is not touched.
    fn create(parent: &Path) -> io::Result<Self> {
        const ATTEMPTS: u32 = 100;
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut failed = io::ErrorKind::AlreadyExists.into();
        for attempt in 0..ATTEMPTS {
            let number = since.as_nanos() + u128::from(attempt);
            let path = parent.join(format!("botctl-sandbox-{}-{number:x}", std::process::id()));
            match private_folder(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => failed = error,
                Err(error) => return Err(error),
            }
        }
        Err(failed)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

/// Makes a folder that nobody else may look into.
fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn phones(cast: Cast) -> Vec<PagePhone> {
    let people = cast.people.into_iter().map(|person| {
        let mut user = TelegramUser::new(person.id, person.first_name).with_language("ru");
        if let Some(last_name) = person.last_name {
            user = user.with_last_name(last_name);
        }
        if let Some(username) = person.username {
            user = user.with_username(username);
        }
        PagePhone::for_user(person.role, user)
    });
    let groups = cast
        .groups
        .into_iter()
        .map(|group| PagePhone::for_group(group.role, group.id, group.title, &group.members));
    people.chain(groups).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn each_temporary_folder_is_a_new_one_and_goes_with_its_owner() {
        let parent = tempfile::tempdir().unwrap();
        let (one, other) = (Folder::create(parent.path()).unwrap(), Folder::create(parent.path()).unwrap());
        assert_ne!(one.0, other.0);
        fs::write(one.0.join("bot_database.db"), "x").unwrap();
        drop(one);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
        assert!(private_folder(&other.0).is_err(), "a folder that is there is not taken over");
    }
}
