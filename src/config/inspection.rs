//! Inspecting a configuration that may be broken: what can be read of it, its problems, and each value as it may be shown.

use std::path::PathBuf;

use url::Url;

use super::backup::BackupConfig;
use super::database::{DatabaseConfig, DatabaseUrl};
use super::problem::{Origin, Problems};
use super::reader::{ConfigReader, parse_path};
use super::redis::RedisConfig;
use super::roles::RolesConfig;
use super::secret::Secret;
use super::sentry::{Dsn, SentryConfig};
use super::sources::Sources;
use super::telegram::TelegramConfig;
use super::variables::{self, Variable};
use super::webhook::WebhookConfig;
use super::{ServeConfig, ServeMode};
use crate::redact::{REDACTED, contains_token, mask_url};

/// All problems, and what can be read all the same.
#[derive(Debug)]
pub(crate) struct Inspection {
    /// Every problem that would keep `serve` from starting.
    pub problems: Problems,
    pub telegram: Option<TelegramConfig>,
    pub database: Option<DatabaseUrl>,
    pub backup: Option<BackupConfig>,
    pub backup_dir: Option<PathBuf>,
    pub log_dir: Option<PathBuf>,
    pub roles: Option<RolesConfig>,
    pub dsn: Dsn,
    pub sentry_proxy: Option<Secret<Url>>,
    pub redis: Option<RedisConfig>,
    /// `None` for polling, and when it cannot be read.
    pub webhook: Option<WebhookConfig>,
}

impl Inspection {
    /// Reads everything that can be read.
    #[must_use]
    pub(crate) fn new(sources: &Sources) -> Self {
        let mut all = ConfigReader::new(sources);
        let _config = ServeConfig::read(&mut all, ServeMode::Production);
        // Reads the same again in parts; their problems are reported already.
        let mut reader = ConfigReader::new(sources);
        Self {
            problems: all.into_problems(),
            telegram: TelegramConfig::read(&mut reader),
            database: DatabaseConfig::read(&mut reader).map(|database| database.url),
            backup: BackupConfig::read(&mut reader),
            backup_dir: reader.read_value("BACKUP_DIR", parse_path),
            log_dir: reader.read_value("LOG_DIR", parse_path),
            roles: RolesConfig::read(&mut reader),
            dsn: Dsn::read(&reader),
            sentry_proxy: SentryConfig::read(&mut reader).and_then(|sentry| sentry.proxy),
            redis: RedisConfig::read(&mut reader),
            webhook: WebhookConfig::read(&mut reader).flatten(),
        }
    }
}

/// A variable as it may be shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ShownVariable {
    pub name: &'static str,
    /// Its value without secrets; `None` when it is not set and there is no default.
    pub value: Option<String>,
    /// Where the value comes from.
    pub origin: Origin,
}

/// Every known variable with the value that counts.
pub(crate) fn effective_values(sources: &Sources) -> Vec<ShownVariable> {
    let show = |variable: &'static Variable| {
        let (text, origin) = match sources.get(variable.name) {
            Some(found) => (Some(found.text), found.origin),
            None => (variable.default, Origin::Default),
        };
        ShownVariable { name: variable.name, value: text.map(|text| redact_value(variable, text)), origin }
    };
    variables::all_variables().map(show).collect()
}

/// The value as it may be shown. What is malformed and may hold a secret is not shown at all.
fn redact_value(variable: &Variable, text: &str) -> String {
    let hidden = || REDACTED.to_owned();
    match variable.name {
        _ if text.is_empty() => String::new(),
        "DATABASE_URL" | "DATABASE_PATH" => match text.parse::<DatabaseUrl>() {
            Ok(DatabaseUrl::Sqlite(_)) if !contains_token(text) => mask_url(text),
            Ok(DatabaseUrl::Postgres(url)) => url.to_string(),
            _ => hidden(),
        },
        // The user's name is a secret of its own: a DSN's key, a Redis password without a name.
        "SENTRY_DSN" | "REDIS_URL" | "HTTPS_PROXY" | "HTTP_PROXY" | "ALL_PROXY" => {
            mask_credentials(text).unwrap_or_else(hidden)
        }
        // The path that Telegram calls may be a secret.
        "WEBHOOK_URL" => mask_url_path(text).unwrap_or_else(hidden),
        _ if variable.secret || contains_token(text) => hidden(),
        _ => mask_url(text),
    }
}

fn mask_credentials(text: &str) -> Option<String> {
    let mut url = Url::parse(text).ok().filter(Url::has_host)?;
    if !url.username().is_empty() || url.password().is_some() {
        url.set_password(None).ok()?;
        url.set_username("***").ok()?;
    }
    url.set_query(None);
    url.set_fragment(None);
    Some(url.to_string())
}

/// Returns scheme and host of an address.
pub(crate) fn mask_url_path(text: &str) -> Option<String> {
    let mut url = Url::parse(&mask_credentials(text)?).ok()?;
    let path = if matches!(url.path(), "" | "/") { "" } else { "/***" };
    url.set_path("");
    Some(format!("{}{path}", url.as_str().trim_end_matches('/')))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn redacted(name: &str, text: &str) -> String {
        redact_value(variables::find_variable(name).unwrap(), text)
    }

    #[test]
    fn no_value_is_shown_with_a_secret_in_it() {
        for (name, text, expected) in [
            ("BOT_TOKEN", "1:hunter2", REDACTED),
            ("WEBHOOK_SECRET", "hunter2", REDACTED),
            ("BOT_TOKEN_FILE", "123:hunter2hunter2hunter2hunter2", REDACTED),
            ("DATABASE_URL", "postgres://bot:hunter2@db/x", "postgresql://bot:***@db/x"),
            ("DATABASE_URL", "host=db password=hunter2", REDACTED),
            ("DATABASE_URL", "mysql://bot:hunter2@db/x", REDACTED),
            ("DATABASE_URL", "sqlite:///srv/bot.db", "sqlite:///srv/bot.db"),
            ("DATABASE_PATH", "bot:hunter2@db", REDACTED),
            ("DATABASE_PATH", "bot.db", "bot.db"),
            ("SENTRY_DSN", "https://hunter2@sentry.example.org/1", "https://***@sentry.example.org/1"),
            ("SENTRY_DSN", "https://a:hunter2@sentry.example.org/1", "https://***@sentry.example.org/1"),
            ("SENTRY_DSN", "hunter2", REDACTED),
            ("SENTRY_DSN", "", ""),
            ("REDIS_URL", "redis://hunter2@cache:6379/0", "redis://***@cache:6379/0"),
            ("ALL_PROXY", "socks5h://bot:hunter2@h:1080", "socks5h://***@h:1080"),
            ("HTTP_PROXY", "bot:hunter2@h:3128", REDACTED),
            ("REDIS_URL", "redis://:hunter2@cache", "redis://***@cache"),
            ("REDIS_URL", "redis://cache:6379/0", "redis://cache:6379/0"),
            ("TELEGRAM_API_URL", "http://a:hunter2@127.0.0.1", "http://a:***@127.0.0.1"),
            ("TIMEZONE", "Mars/Base", "Mars/Base"),
            ("LOG_LEVEL", "https://hunter2@sentry.example.org/1", "https://***@sentry.example.org/1"),
            ("WEBHOOK_URL", "https://h/hook/hunter2", "https://h/***"),
            ("WEBHOOK_URL", "https://hunter2@h:8443/?hunter2#hunter2", "https://***@h:8443"),
            ("WEBHOOK_URL", "https://h", "https://h"),
            ("WEBHOOK_URL", "h/hunter2", REDACTED),
            ("WEBHOOK_URL", "mailto:hunter2@h", REDACTED),
        ] {
            assert_eq!(redacted(name, text), expected, "{name}={text}");
        }
    }

    #[test]
    fn one_broken_value_does_not_hide_the_others() {
        let sources = Sources::gather_with(
            Some(std::path::Path::new("/dev/null")),
            [("LOG_LEVEL", "LOUD"), ("LOG_DIR", "elsewhere"), ("DATABASE_PATH", "bot.db")],
            [],
        )
        .unwrap();
        let inspection = Inspection::new(&sources);
        assert_eq!(inspection.log_dir, Some(PathBuf::from("elsewhere")));
        assert_eq!(inspection.database, Some(DatabaseUrl::Sqlite("bot.db".into())));
        // The level, and the token that is not there.
        assert_eq!(inspection.problems.len(), 2, "{}", inspection.problems);
        let log_dir = effective_values(&sources).into_iter().find(|shown| shown.name == "LOG_DIR").unwrap();
        assert_eq!(
            (log_dir.value.as_deref(), log_dir.origin.to_string()),
            (Some("elsewhere"), "flag --log-dir".to_owned())
        );
    }
}
