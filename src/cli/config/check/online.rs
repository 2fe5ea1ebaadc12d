//! Checks services over the network, concurrently and with timeouts: Telegram, PostgreSQL, Redis, the Sentry host.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::data;
use super::finding::{CheckState, Finding};
use super::webhook::check_webhook;
use crate::bot::redis_dialogues::RedisDialogues;
use crate::bot::webhook::WebhookInfo;
use crate::config::database::DatabaseUrl;
use crate::config::redis::RedisConfig;
use crate::config::sentry::Dsn;
use crate::config::telegram::token_variable;
use crate::config::{Inspection, Sources};
use crate::telegram::{Api, CallError, http_client};

/// The timeout of each check.
const TIMEOUT: Duration = Duration::from_secs(10);
const NETWORK: &str = "check the network connection of this machine, and the address";

pub(super) fn check_services(sources: &Sources, inspection: &Inspection) -> Vec<Finding> {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return vec![Finding::new(
                "network",
                CheckState::Unreachable,
                format!("no services could be contacted: {error}"),
            )];
        }
    };
    let found = runtime.block_on(async {
        let (telegram, database, redis, sentry) = tokio::join!(
            check_telegram(inspection, sources),
            check_database(inspection.database.as_ref(), sources),
            check_redis(inspection.redis.as_ref(), sources),
            sentry_host(inspection, sources),
        );
        telegram.into_iter().chain(database).chain(redis).chain(sentry).collect()
    });
    // A server that drops packets may still block a thread.
    runtime.shutdown_background();
    found
}

/// The bot's own account (Telegram Bot API: getMe).
#[derive(Deserialize)]
struct BotAccount {
    username: String,
}

async fn check_telegram(inspection: &Inspection, sources: &Sources) -> Vec<Finding> {
    const API: &str = "TELEGRAM_API_URL";
    let Some(config) = &inspection.telegram else {
        return vec![Finding::new("telegram", CheckState::Skip, "not checked: its settings are invalid")];
    };
    let (me, webhook) = match Api::new(config) {
        Ok(api) => tokio::join!(call_method::<BotAccount>(&api, "getMe"), WebhookInfo::load(&api)),
        Err(error) => (Err(error.clone()), Err(error)),
    };
    let me = match me {
        Ok(me) => Finding::new("telegram", CheckState::Ok, format!("the bot is @{}", me.username))
            .with_variable(API, sources),
        Err(CallError::Refused { code: 401 | 404, description, .. }) => {
            let message = format!("Telegram rejected the token: {description}");
            return vec![
                Finding::new("telegram", CheckState::Failed, message).with_variable(token_variable(sources), sources).hint(
                    "copy the token from @BotFather again; with TELEGRAM_API_URL set, check that address too",
                ),
            ];
        }
        Err(error) => {
            let message = format!("Telegram is unreachable: {error}");
            return vec![
                Finding::new("telegram", CheckState::Unreachable, message)
                    .with_variable(API, sources)
                    .hint(NETWORK),
            ];
        }
    };
    let webhook = match webhook {
        Ok(info) => check_webhook(&info, inspection.webhook.as_ref(), sources),
        Err(error) => {
            vec![
                Finding::new("webhook", CheckState::Unreachable, format!("cannot read its state: {error}"))
                    .hint(NETWORK),
            ]
        }
    };
    [me].into_iter().chain(webhook).collect()
}

async fn call_method<T: DeserializeOwned>(api: &Api, method: &str) -> Result<T, CallError> {
    let answer = api.call(method, "{}".to_owned(), TIMEOUT).await?;
    serde_json::from_str(answer.get())
        .map_err(|error| CallError::Server(format!("invalid response to {method}: {error}")))
}

/// Checks PostgreSQL; `data` has checked a SQLite file already.
async fn check_database(url: Option<&DatabaseUrl>, sources: &Sources) -> Option<Finding> {
    let url = url.filter(|url| !url.is_sqlite())?.clone();
    let address = url.to_string();
    let looked = tokio::task::spawn_blocking(move || data::check_schema(&url));
    let finding = match timeout(TIMEOUT, looked).await {
        Ok(Ok(finding)) => finding,
        Ok(Err(_)) => {
            Finding::new("database", CheckState::Unreachable, format!("{address} could not be checked"))
        }
        Err(_) => {
            let message = format!("{address} did not respond within {} s", TIMEOUT.as_secs());
            Finding::new("database", CheckState::Unreachable, message).hint(NETWORK)
        }
    };
    Some(finding.with_variable("DATABASE_URL", sources))
}

/// Checks that Redis accepts the password and writes, if dialogues are stored there.
async fn check_redis(config: Option<&RedisConfig>, sources: &Sources) -> Option<Finding> {
    // `values` reports a malformed one.
    let url = config?.dialogue_server()?;
    let finding =
        |state, message: String| Finding::new("redis", state, message).with_variable("REDIS_URL", sources);
    let redis = match RedisDialogues::new(url, 0) {
        Ok(redis) => redis,
        Err(error) => return Some(finding(CheckState::Failed, error.to_string())),
    };
    let server = redis.address();
    Some(match redis.check_server().await {
        Ok(()) => finding(CheckState::Ok, format!("{server} responds")),
        Err(error) if error.is_login_failure() => finding(CheckState::Failed, format!("{server}: {error}"))
            .hint("correct the user and the password in REDIS_URL"),
        Err(error) => finding(CheckState::Unreachable, format!("{server}: {error}")).hint(NETWORK),
    })
}

/// Checks that the host of the DSN responds, without sending a report.
async fn sentry_host(inspection: &Inspection, sources: &Sources) -> Option<Finding> {
    // `values` reports a malformed one.
    let Dsn::At(dsn) = &inspection.dsn else { return None };
    let dsn = dsn.expose();
    let host = format!("{}://{}:{}/", dsn.scheme(), dsn.host_str()?, dsn.port_or_known_default()?);
    let finding = |state, message: String| {
        Finding::new("sentry_host", state, message).with_variable("SENTRY_DSN", sources)
    };
    let answered = match http_client(inspection.sentry_proxy.as_ref()) {
        Ok(client) => client.get(&host).timeout(TIMEOUT).send().await.map(|_| ()),
        Err(error) => Err(error),
    };
    Some(match answered {
        Ok(()) => finding(CheckState::Ok, format!("{host} responds")),
        Err(error) => {
            let why = crate::telegram::error_with_cause(&error.without_url());
            finding(CheckState::Unreachable, format!("{host} does not respond: {why}"))
                .hint("the bot runs without it; error reports are lost meanwhile")
        }
    })
}
