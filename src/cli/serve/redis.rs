//! Opens the Redis in which dialogues are kept, if one is configured.

use crate::bot::redis_dialogues::RedisDialogues;
use crate::cli::error::CommandError;
use crate::cli::exit_code::ExitCode;
use crate::config::ServeConfig;
use crate::config::telegram::TelegramConfig;
use crate::db::{self, Database, dialogues};

/// A server that does not respond is waited for; one that rejects the password is an error.
pub(super) async fn open_dialogues(
    config: &ServeConfig,
    telegram: &TelegramConfig,
    db: &Database,
) -> Result<Option<RedisDialogues>, CommandError> {
    let Some(url) = config.redis.dialogue_server() else {
        let deleted: db::Result<()> = db.write(dialogues::delete_ended).await;
        return Ok(deleted.map(|()| None)?);
    };
    let bot = telegram.token.expose().split(':').next().and_then(|id| id.parse().ok()).unwrap_or_default();
    let redis = RedisDialogues::new(url, bot).map_err(|error| {
        CommandError::new(ExitCode::Refused, format!("REDIS_URL cannot be used: {error}"))
            .hint("write it as redis://user:password@host:6379/0, or as rediss:// for TLS")
    })?;
    let server = redis.address();
    match redis.check_server().await {
        Ok(()) => tracing::info!(server, "dialogues are kept in Redis"),
        Err(error) if error.is_login_failure() => {
            return Err(CommandError::new(ExitCode::Refused, format!("{server}: {error}"))
                .hint("correct the user and the password in REDIS_URL"));
        }
        Err(error) => {
            tracing::error!(server, %error, "Redis does not respond; updates wait until it does");
        }
    }
    Ok(Some(redis))
}
