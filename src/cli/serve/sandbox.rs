//! `serve --sandbox`: a local Telegram, people to play, and a database that goes with the process.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

use crate::cli::exit::{Code, Failure};
use crate::config::database::DatabaseUrl;
use crate::config::telegram::TelegramConfig;
use crate::config::{SecretString, ServeConfig};
use crate::domain::ids::TelegramId;
use crate::sandbox::{CastMember, Options, Sandbox, User};

/// Who is on the chat page.
const CAST: &str = include_str!("cast.json");
/// Any token will do: the sandbox believes everybody.
const TOKEN: &str = "1000:sandbox";

/// A running sandbox with everything that `serve` needs to live in it.
pub(super) struct Playground {
    pub(super) telegram: TelegramConfig,
    sandbox: Sandbox,
    folder: PathBuf,
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
    ) -> Result<(Self, ServeConfig), Failure> {
        let broken = |what: String| Failure::new(Code::Failed, what);
        let cast: Cast =
            serde_json::from_str(CAST).map_err(|error| broken(format!("the sandbox's cast: {error}")))?;
        for person in &cast.people {
            match person.appointed {
                Some(Appointment::Admin) => config.people.admins.insert(TelegramId(person.id)),
                Some(Appointment::Dispatcher) => config.people.dispatchers.insert(TelegramId(person.id)),
                None => false,
            };
        }
        let options = Options { listen, cast: members(cast), ..Options::default() };
        let sandbox = Sandbox::start(options).await.map_err(|error| {
            broken(format!("the sandbox cannot listen on {listen}: {error}")).cure(
                "another one may be running; choose another address with --sandbox-listen 127.0.0.1:PORT",
            )
        })?;
        let api_url =
            sandbox.url().parse().map_err(|error| broken(format!("the sandbox's address: {error}")))?;
        let telegram = TelegramConfig { token: SecretString::new(TOKEN.to_owned()), api_url };
        let folder = std::env::temp_dir().join(format!("botctl-sandbox-{}", std::process::id()));
        if config.database.is_none() {
            fs::create_dir_all(&folder)?;
        }
        Ok((Self { telegram, sandbox, folder }, config))
    }

    /// The temporary database.
    pub(super) fn database(&self) -> DatabaseUrl {
        DatabaseUrl::Sqlite(self.folder.join("bot_database.db"))
    }

    /// Tells whoever started it where to go.
    pub(super) fn greet(&self) {
        println!("The chat page is at {} (Ctrl-C ends it)", self.sandbox.url());
    }
}

/// The temporary database goes with the sandbox.
impl Drop for Playground {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.folder);
    }
}

fn members(cast: Cast) -> Vec<CastMember> {
    let people = cast.people.into_iter().map(|person| {
        let mut user = User::new(person.id, person.first_name).with_language("ru");
        if let Some(last_name) = person.last_name {
            user = user.with_last_name(last_name);
        }
        if let Some(username) = person.username {
            user = user.with_username(username);
        }
        CastMember::person(person.role, user)
    });
    let groups = cast
        .groups
        .into_iter()
        .map(|group| CastMember::group(group.role, group.id, group.title, &group.members));
    people.chain(groups).collect()
}
