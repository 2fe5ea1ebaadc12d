//! Typed configuration, one file per concern, from flags, the environment, an env file and
//! defaults, in this order.
//!
//! Every problem is reported at once, with the variable, where its value came from and what to do
//! about it. A malformed value is an error and never a silent default. Secrets print as
//! `[redacted]`, addresses with the password masked.
//!
//! | file | what |
//! |---|---|
//! | [`sources`] | where values come from; [`env_file`] reads the file, [`suspicious`](Sources::suspicious) finds misspelt names |
//! | [`reader`] | how a concern reads its variables and complains |
//! | [`problem`] | problems, warnings, origins and how they are listed |
//! | [`known`] | the table of all variables; `env.example` comes from it |
//! | [`survey`] | looking at a configuration that may be broken: what can be read, each value as it may be shown |
//! | [`secret`] | values that must not show |
//! | [`hidden`] | the secrets of a configuration, and what has the form of one, taken out of any text |
//! | [`postgres_url`] | the form of a `PostgreSQL` address, so that no password ends up in libpq's complaints |
//! | the others | one concern each |
//!
//! Nothing here connects to anything or writes anything. Imports the domain only.

pub mod backup;
pub mod database;
pub mod env_file;
mod forms;
pub mod hidden;
pub mod known;
pub mod limits;
pub mod locale;
pub mod logging;
pub mod metrics;
pub mod people;
pub mod postgres_url;
pub mod problem;
pub mod reader;
pub mod redis;
pub mod schedule;
pub mod secret;
pub mod sentry;
pub mod shutdown;
pub mod sources;
pub mod survey;
mod suspicious;
pub mod telegram;
pub mod webhook;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

pub use hidden::Hidden;
pub use known::env_example;
pub use problem::{Origin, Problem, ProblemKind, Problems, Warning, WarningKind};
pub use secret::{Secret, SecretString, SecretUrl};
pub use sources::Sources;
pub use survey::Survey;

use backup::BackupConfig;
use database::DatabaseConfig;
use limits::InputLimits;
use locale::Locale;
use logging::LoggingConfig;
use metrics::MetricsConfig;
use people::PeopleConfig;
use reader::Reader;
use redis::RedisConfig;
use schedule::ScheduleConfig;
use sentry::SentryConfig;
use shutdown::ShutdownConfig;
use telegram::{RateLimits, TelegramConfig};
use webhook::WebhookConfig;

/// Whether `serve` talks to Telegram or to a Telegram of its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// A local Telegram inside the process: no token, no network, and no database unless the command
    /// line names one.
    Sandbox,
    /// The real thing.
    Production,
}

/// Everything that `serve` needs.
#[derive(Clone, Debug)]
pub struct ServeConfig {
    /// How to reach Telegram; `None` exactly in the sandbox, which brings its own.
    pub telegram: Option<TelegramConfig>,
    /// Which database; `None` only in the sandbox, when none was named: then a temporary one.
    pub database: Option<DatabaseConfig>,
    /// Limits for traffic.
    pub rates: RateLimits,
    /// Who gets a role.
    pub people: PeopleConfig,
    /// Limits for what people type.
    pub limits: InputLimits,
    /// The language of people who have not chosen one.
    pub locale: Locale,
    /// When jobs run.
    pub schedule: ScheduleConfig,
    /// Backups.
    pub backup: BackupConfig,
    /// How to stop.
    pub shutdown: ShutdownConfig,
    /// Logging.
    pub logging: LoggingConfig,
    /// The folder of the log files; `None` only in the sandbox, when none was named: then there are none.
    pub log_dir: Option<PathBuf>,
    /// Error reports.
    pub sentry: SentryConfig,
    /// Being called by Telegram.
    pub webhook: WebhookConfig,
    /// Redis.
    pub redis: RedisConfig,
    /// Numbers for a monitor.
    pub metrics: MetricsConfig,
}

impl ServeConfig {
    /// Reads everything.
    ///
    /// In the sandbox, a `.env` that merely lies in the working directory does not count: it
    /// describes the real bot, and made-up people must not get into its database, nor
    /// played-through days into its logs and backups. Nor does a database that the environment or a
    /// named env file names: one to play in is named on the command line.
    ///
    /// # Errors
    /// Every problem of every concern.
    pub fn load(sources: &Sources, mode: Mode) -> Result<Self, Problems> {
        match mode {
            Mode::Production => Reader::load(sources, |reader| Self::read(reader, mode)),
            Mode::Sandbox => {
                let named = sources.without_unnamed_env_file();
                Reader::load(&named, |reader| Self::read(reader, mode))
            }
        }
    }

    fn read(reader: &mut Reader<'_>, mode: Mode) -> Option<Self> {
        // All of them first, so that each leaves its problems behind; only then the question marks.
        let telegram = match mode {
            Mode::Sandbox => Some(None),
            Mode::Production => TelegramConfig::read(reader).map(Some),
        };
        let database = match mode {
            Mode::Sandbox if !database::is_typed(reader.sources()) => Some(None),
            Mode::Sandbox | Mode::Production => DatabaseConfig::read(reader).map(Some),
        };
        let rates = RateLimits::read(reader);
        let people = PeopleConfig::read(reader);
        let limits = InputLimits::read(reader);
        let locale = locale::read(reader);
        let schedule = ScheduleConfig::read(reader);
        let backup = BackupConfig::read(reader);
        let shutdown = ShutdownConfig::read(reader);
        let logging = LoggingConfig::read(reader);
        let sentry = SentryConfig::read(reader);
        let webhook = WebhookConfig::read(reader);
        let redis = RedisConfig::read(reader);
        let metrics = MetricsConfig::read(reader);
        let log_dir = match (mode, &logging) {
            (Mode::Sandbox, _) if reader.given("LOG_DIR").is_none() => None,
            (_, logging) => logging.as_ref().map(|logging| logging.dir.clone()),
        };
        Some(Self {
            telegram: telegram?,
            database: database?,
            rates: rates?,
            people: people?,
            limits: limits?,
            locale: locale?,
            schedule: schedule?,
            backup: backup?,
            shutdown: shutdown?,
            logging: logging?,
            log_dir,
            sentry: sentry?,
            webhook: webhook?,
            redis: redis?,
            metrics: metrics?,
        })
    }
}
