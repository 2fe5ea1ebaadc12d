//! Who has to be asked over the network: Telegram, PostgreSQL, Redis, the Sentry host. All at once, each for a bounded
//! time.

use std::io;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

use super::{Finding, State, data};
use crate::config::database::DatabaseUrl;
use crate::config::redis::RedisConfig;
use crate::config::sentry::Dsn;
use crate::config::telegram::{TelegramConfig, token_variable};
use crate::config::{Inspection, Sources};
use crate::telegram::{Api, CallError};

/// How long each of them may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many updates do not pile up while a bot runs.
const MANY_UPDATES: u64 = 100;
const NETWORK: &str = "see whether this machine reaches the network, and whether the address is right";

pub(super) fn look(sources: &Sources, inspection: &Inspection) -> Vec<Finding> {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return vec![Finding::new("network", State::Away, format!("nobody could be asked: {error}"))];
        }
    };
    let found = runtime.block_on(async {
        let (telegram, database, redis, sentry) = tokio::join!(
            telegram(inspection.telegram.as_ref(), sources),
            database(inspection.database.as_ref(), sources),
            redis(inspection.redis.as_ref(), sources),
            sentry_host(&inspection.dsn, sources),
        );
        telegram.into_iter().chain(database).chain(redis).chain(sentry).collect()
    });
    // A server that swallows packets may still hold a thread.
    runtime.shutdown_background();
    found
}

/// The bot's own account (Telegram Bot API: getMe).
#[derive(Deserialize)]
struct Me {
    username: String,
}

/// How updates are delivered (Telegram Bot API: getWebhookInfo).
#[derive(Deserialize)]
struct Webhook {
    url: String,
    pending_update_count: u64,
    last_error_message: Option<String>,
}

async fn telegram(config: Option<&TelegramConfig>, sources: &Sources) -> Vec<Finding> {
    const API: &str = "TELEGRAM_API_URL";
    let Some(config) = config else {
        return vec![Finding::new("telegram", State::Skip, "not asked, because its settings are wrong")];
    };
    let api = Api::new(config);
    let (me, webhook) = tokio::join!(ask::<Me>(&api, "getMe"), ask::<Webhook>(&api, "getWebhookInfo"));
    let me = match me {
        Ok(me) => {
            Finding::new("telegram", State::Ok, format!("the bot is @{}", me.username)).of(API, sources)
        }
        Err(CallError::Refused { code: 401 | 404, description, .. }) => {
            let message = format!("Telegram does not accept the token: {description}");
            return vec![
                Finding::new("telegram", State::Wrong, message).of(token_variable(sources), sources).hint(
                    "copy the token from @BotFather again; with TELEGRAM_API_URL set, check that address too",
                ),
            ];
        }
        Err(error) => {
            let message = format!("Telegram cannot be asked: {error}");
            return vec![Finding::new("telegram", State::Away, message).of(API, sources).hint(NETWORK)];
        }
    };
    let webhook = match webhook {
        Ok(webhook) => delivery(&webhook),
        Err(error) => {
            vec![
                Finding::new("webhook", State::Away, format!("its state cannot be asked: {error}"))
                    .hint(NETWORK),
            ]
        }
    };
    [me].into_iter().chain(webhook).collect()
}

fn delivery(webhook: &Webhook) -> Vec<Finding> {
    let waiting = webhook.pending_update_count;
    let updates = if waiting >= MANY_UPDATES {
        Finding::new("updates", State::Warn, format!("{waiting} updates wait to be fetched"))
            .hint("start the bot; if it runs, see its log for what keeps it from fetching them")
    } else {
        Finding::new("updates", State::Ok, format!("{waiting} updates wait to be fetched"))
    };
    if webhook.url.is_empty() {
        return vec![Finding::new("webhook", State::Ok, "none is set, updates can be fetched"), updates];
    }
    // A path may hold the token.
    let host = Url::parse(&webhook.url).ok().and_then(|url| url.host_str().map(str::to_owned));
    let host = host.unwrap_or_else(|| "an address that cannot be read".to_owned());
    let failed = webhook.last_error_message.as_ref().map(|error| format!(", and it fails: {error}"));
    let message = format!("updates go to {host}{}", failed.unwrap_or_default());
    let hint =
        "stop the other program that uses this token; `botctl serve` removes the webhook when it starts";
    vec![Finding::new("webhook", State::Warn, message).hint(hint), updates]
}

async fn ask<T: DeserializeOwned>(api: &Api, method: &str) -> Result<T, CallError> {
    let answer = api.call(method, "{}".to_owned(), PATIENCE).await?;
    serde_json::from_str(answer.get())
        .map_err(|error| CallError::Server(format!("{method} makes no sense: {error}")))
}

/// A server; a file has been looked at already.
async fn database(url: Option<&DatabaseUrl>, sources: &Sources) -> Option<Finding> {
    let url = url.filter(|url| !url.is_sqlite())?.clone();
    let address = url.to_string();
    let looked = tokio::task::spawn_blocking(move || data::schema(&url));
    let finding = match timeout(PATIENCE, looked).await {
        Ok(Ok(finding)) => finding,
        Ok(Err(_)) => Finding::new("database", State::Away, format!("{address} could not be asked")),
        Err(_) => {
            let message = format!("{address} does not answer within {} s", PATIENCE.as_secs());
            Finding::new("database", State::Away, message).hint(NETWORK)
        }
    };
    Some(finding.of("DATABASE_URL", sources))
}

/// Whether Redis answers a PING, where dialogues are to be kept in it.
async fn redis(config: Option<&RedisConfig>, sources: &Sources) -> Option<Finding> {
    // A malformed one is complained about already.
    let url = config.filter(|redis| redis.is_used)?.url.as_ref()?.expose();
    let host = url.host_str()?;
    let finding = |state, message: String| Finding::new("redis", state, message).of("REDIS_URL", sources);
    let port = url.port().unwrap_or(6379);
    let answered = timeout(PATIENCE, ping(host, port, url.scheme() == "rediss")).await;
    Some(match answered.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
        Ok(()) => finding(State::Ok, format!("Redis answers at {host}:{port}")),
        Err(error) => finding(State::Away, format!("Redis at {host}:{port}: {error}")).hint(NETWORK),
    })
}

/// Over TLS only the connection is tried. That a password is wanted is an answer too.
async fn ping(host: &str, port: u16, is_tls: bool) -> io::Result<()> {
    let mut stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
    if is_tls {
        return Ok(());
    }
    stream.write_all(b"PING\r\n").await?;
    let mut answer = [0; 64];
    let length = stream.read(&mut answer).await?;
    if answer[..length].starts_with(b"+PONG") || answer[..length].starts_with(b"-") {
        Ok(())
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidData, "what answers is no Redis"))
    }
}

/// Whether the host of the DSN answers at all; nothing is reported to it.
async fn sentry_host(dsn: &Dsn, sources: &Sources) -> Option<Finding> {
    // A malformed one is complained about already.
    let Dsn::At(dsn) = dsn else { return None };
    let dsn = dsn.expose();
    let host = format!("{}://{}:{}/", dsn.scheme(), dsn.host_str()?, dsn.port_or_known_default()?);
    let finding =
        |state, message: String| Finding::new("sentry_host", state, message).of("SENTRY_DSN", sources);
    let client = teloxide::net::default_reqwest_settings().timeout(PATIENCE).build();
    let answered = match client {
        Ok(client) => client.get(&host).send().await.map(|_| ()),
        Err(error) => Err(error),
    };
    Some(match answered {
        Ok(()) => finding(State::Ok, format!("{host} answers")),
        Err(error) => {
            let why = crate::telegram::error_with_cause(&error.without_url());
            finding(State::Away, format!("{host} does not answer: {why}"))
                .hint("the bot runs without it; error reports are lost until it answers")
        }
    })
}
