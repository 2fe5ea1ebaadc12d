//! Typed configuration, one file per concern, from flags, the environment, an env file and defaults, in this order.
//!
//! Every problem is reported at once, with the variable, where its value came from and a hint. A malformed value is an
//! error and never a silent default. Secrets print as `[redacted]`, URLs with the password masked.
//!
//! | file | what |
//! |---|---|
//! | [`sources`] | where values come from; [`env_file`] reads the file |
//! | `typos` | misspelt names and ambiguous values; `edit_distance` compares words |
//! | `plain_text` | quotation marks and hidden characters, which no value may have |
//! | `proxy` | which requests go through a proxy |
//! | [`reader`] | how a concern reads its variables and reports problems |
//! | [`problem`] | problems, warnings, origins and how they are listed |
//! | [`variables`] | the table of all variables; `env.example` comes from it |
//! | [`inspection`] | what can be read of a broken configuration; each value as it may be shown |
//! | [`secret`] | values that must not show |
//! | `secrets` | the secrets of a configuration |
//! | [`postgres_url`] | the form of a `PostgreSQL` URL, so that no password ends up in libpq's errors |
//! | the others | one concern each |
//!
//! Nothing here connects to anything or writes anything.

pub(crate) mod backup;
pub(crate) mod database;
mod edit_distance;
pub(crate) mod env_file;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
pub(crate) mod http;
pub(crate) mod inspection;
pub(crate) mod limits;
pub(crate) mod locale;
pub(crate) mod logging;
pub(crate) mod map;
mod plain_text;
pub(crate) mod postgres_url;
pub(crate) mod problem;
mod proxy;
pub(crate) mod reader;
pub(crate) mod redis;
pub(crate) mod roles;
pub(crate) mod schedule;
pub(crate) mod secret;
mod secrets;
pub(crate) mod sentry;
pub(crate) mod shutdown;
pub(crate) mod sources;
pub(crate) mod telegram;
mod typos;
pub(crate) mod variables;
pub(crate) mod webhook;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

pub(crate) use inspection::Inspection;
pub(crate) use problem::{Origin, Problem, ProblemKind, Problems, Warning, WarningKind};
pub(crate) use secret::SecretUrl;
pub use secret::{Secret, SecretString};
pub(crate) use secrets::{configured_secrets, output_redactor, private_variables};
pub(crate) use sources::{DEFAULT_ENV_FILE, Sources};

use backup::BackupConfig;
use database::DatabaseConfig;
use http::HttpConfig;
use limits::InputLimits;
use locale::Locale;
use logging::LoggingConfig;
use reader::ConfigReader;
use redis::RedisConfig;
use roles::RolesConfig;
use schedule::ScheduleConfig;
use sentry::SentryConfig;
use shutdown::ShutdownConfig;
use telegram::{RateLimits, TelegramConfig};
use webhook::WebhookConfig;

/// Whether `serve` talks to Telegram or to a sandbox.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ServeMode {
    /// A local Bot API server inside the process: no token, no network, and no database unless the command line names
    /// one.
    Sandbox,
    /// Telegram itself.
    Production,
}

/// Everything that `serve` needs.
#[derive(Clone, Debug)]
pub(crate) struct ServeConfig {
    /// How to reach Telegram; `None` exactly in the sandbox, which brings its own.
    pub telegram: Option<TelegramConfig>,
    /// Which database; `None` only in the sandbox, when none was named: then a temporary one.
    pub database: Option<DatabaseConfig>,
    pub rates: RateLimits,
    pub roles: RolesConfig,
    pub limits: InputLimits,
    /// The language of users who have not chosen one.
    pub locale: Locale,
    /// The beginning of the links to a map.
    pub map_url: String,
    pub schedule: ScheduleConfig,
    pub backup: BackupConfig,
    pub shutdown: ShutdownConfig,
    pub logging: LoggingConfig,
    /// The folder of the log files; `None` only in the sandbox, when none was named: then there are none.
    pub log_dir: Option<PathBuf>,
    pub sentry: SentryConfig,
    /// How updates arrive; `None` for polling, and in the sandbox.
    pub webhook: Option<WebhookConfig>,
    pub redis: RedisConfig,
    pub http: HttpConfig,
}

impl ServeConfig {
    /// Reads the whole configuration.
    ///
    /// The sandbox ignores a `.env` that is merely in the working directory: it describes the real bot, and made-up users
    /// must not get into its database, logs and backups. It also ignores a database that the environment or an env file
    /// names; one to play in is named on the command line. It never uses Redis.
    pub(crate) fn load(sources: &Sources, mode: ServeMode) -> Result<Self, Problems> {
        match mode {
            ServeMode::Production => ConfigReader::load(sources, |reader| Self::read(reader, mode)),
            ServeMode::Sandbox => {
                let named = sources.without_unnamed_env_file();
                ConfigReader::load(&named, |reader| Self::read(reader, mode))
            }
        }
    }

    fn read(reader: &mut ConfigReader<'_>, mode: ServeMode) -> Option<Self> {
        // All of them first, so that every problem is reported; only then `?`.
        let telegram = match mode {
            ServeMode::Sandbox => Some(None),
            ServeMode::Production => TelegramConfig::read(reader).map(Some),
        };
        let database = match mode {
            ServeMode::Sandbox if !database::is_flag_set(reader.sources()) => Some(None),
            ServeMode::Sandbox | ServeMode::Production => DatabaseConfig::read(reader).map(Some),
        };
        let rates = RateLimits::read(reader);
        let roles = RolesConfig::read(reader);
        let limits = InputLimits::read(reader);
        let locale = locale::read(reader);
        let map_url = map::read(reader);
        let schedule = ScheduleConfig::read(reader);
        let backup = BackupConfig::read(reader);
        let shutdown = ShutdownConfig::read(reader);
        let logging = LoggingConfig::read(reader);
        let sentry = SentryConfig::read(reader);
        let webhook = match mode {
            ServeMode::Sandbox => Some(None),
            ServeMode::Production => WebhookConfig::read(reader),
        };
        // Made-up users must not get into it.
        let redis = match mode {
            ServeMode::Sandbox => Some(RedisConfig::default()),
            ServeMode::Production => RedisConfig::read(reader),
        };
        let http = HttpConfig::read(reader);
        let log_dir = match (mode, &logging) {
            (ServeMode::Sandbox, _) if reader.given("LOG_DIR").is_none() => None,
            (_, logging) => logging.as_ref().map(|logging| logging.dir.clone()),
        };
        Some(Self {
            telegram: telegram?,
            database: database?,
            rates: rates?,
            roles: roles?,
            limits: limits?,
            locale: locale?,
            map_url: map_url?,
            schedule: schedule?,
            backup: backup?,
            shutdown: shutdown?,
            logging: logging?,
            log_dir,
            sentry: sentry?,
            webhook: webhook?,
            redis: redis?,
            http: http?,
        })
    }
}
