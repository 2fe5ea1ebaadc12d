//! The webhook as Telegram has it: setting it and reading its state.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::reception::ALLOWED_UPDATES;
use crate::config::webhook::WebhookConfig;
use crate::config::{Secret, SecretString};
use crate::db::{self, AnyConnection, settings};
use crate::redact::redact_quotes;
use crate::telegram::{Api, CALL_TIMEOUT, CallError};

/// How many connections Telegram may open at once: its default (Telegram Bot API: setWebhook).
const MAX_CONNECTIONS: u32 = 40;

/// What Telegram is told.
#[derive(Clone, Debug)]
pub(crate) struct WebhookRegistration {
    /// Its path may be a secret.
    pub(crate) url: Secret<Url>,
    pub(crate) secret: SecretString,
}

/// How updates are delivered (Telegram Bot API: `WebhookInfo`).
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct WebhookInfo {
    /// Empty when no webhook is set.
    pub(crate) url: String,
    pub(crate) pending_update_count: u64,
    pub(crate) ip_address: Option<String>,
    /// Seconds since 1970. Telegram forgets an error only when the webhook is set anew.
    pub(crate) last_error_date: Option<i64>,
    pub(crate) last_error_message: Option<String>,
    pub(crate) max_connections: Option<u32>,
    pub(crate) allowed_updates: Option<Vec<String>>,
}

impl WebhookRegistration {
    /// The configured webhook. A secret that is not configured is made up once and stored.
    pub(crate) fn load(
        tx: &mut AnyConnection,
        config: &WebhookConfig,
        now: DateTime<Utc>,
    ) -> db::Result<Self> {
        let secret = match &config.secret {
            Some(secret) => secret.clone(),
            None => {
                let made_up = format!("{:032x}", rand::random::<u128>());
                Secret::new(settings::get_webhook_secret(tx, &made_up, now)?)
            }
        };
        Ok(Self { url: config.url.clone(), secret })
    }

    /// Sets the webhook. Pending updates stay.
    pub(crate) async fn register(&self, api: &Api) -> Result<(), CallError> {
        let payload = json!({
            "url": self.url.expose().as_str(),
            "secret_token": self.secret.expose(),
            "max_connections": MAX_CONNECTIONS,
            "allowed_updates": ALLOWED_UPDATES,
        });
        api.call("setWebhook", payload.to_string(), CALL_TIMEOUT).await.map(drop)
    }
}

/// Deletes the webhook, which would disable polling. Pending updates stay.
pub(crate) async fn delete_webhook(api: &Api) -> Result<(), CallError> {
    api.call("deleteWebhook", "{}".to_owned(), CALL_TIMEOUT).await.map(drop)
}

impl WebhookInfo {
    pub(crate) async fn load(api: &Api) -> Result<Self, CallError> {
        let result = api.call("getWebhookInfo", "{}".to_owned(), CALL_TIMEOUT).await?;
        serde_json::from_str(result.get()).map_err(|error| {
            let error = redact_quotes(&error.to_string());
            CallError::Server(format!("invalid response to getWebhookInfo: {error}"))
        })
    }

    /// Whether Telegram delivers to this URL.
    pub(crate) fn delivers_to(&self, url: &Url) -> bool {
        Url::parse(&self.url).is_ok_and(|set| set == *url)
    }
}

/// Returns the hint for an error that Telegram reports about its deliveries (tdlib/telegram-bot-api: `WebhookActor`).
pub(crate) fn delivery_hint(error: &str) -> &'static str {
    let error = error.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| error.contains(word));
    if has(&["ssl", "certificate"]) {
        "the proxy needs a certificate of a public authority for the host of WEBHOOK_URL, not expired, with the whole chain \
         (fullchain.pem)"
    } else if has(&["resolve"]) {
        "the host of WEBHOOK_URL has no DNS record: check its spelling and its A record"
    } else if has(&["reserved", "ipv6"]) {
        "WEBHOOK_URL must lead to a public IPv4 address"
    } else if has(&["connection refused"]) {
        "nothing listens at WEBHOOK_URL: start the proxy, and check its port and the firewall"
    } else if has(&["read timeout"]) {
        "the bot or its proxy answers too late: see `botctl logs tail --level warn`"
    } else if has(&["timed out", "timeout"]) {
        "no packet comes through: check the firewall and the address of WEBHOOK_URL"
    } else if has(&["401"]) {
        "the secret at Telegram is not that of the bot: run `botctl webhook set`"
    } else if has(&["404", "405", "301", "302", "307", "308"]) {
        "the proxy must pass the path of WEBHOOK_URL on to WEBHOOK_LISTEN as it is, without a redirect"
    } else if has(&["413"]) {
        "the proxy must accept bodies of 1 MB (nginx: client_max_body_size)"
    } else if has(&["502", "503", "504"]) {
        "the proxy does not reach the bot, or the bot cannot store updates: check that `botctl serve` runs and \
         WEBHOOK_LISTEN, then see `botctl logs tail --level warn`"
    } else {
        "see the log of the proxy, then `botctl logs tail --level warn`"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_of_a_delivery_has_its_hint() {
        for (error, hint) in [
            ("SSL error {error:0A000086:SSL routines::certificate verify failed}", "fullchain"),
            ("Failed to resolve host: Name or service not known", "DNS"),
            ("IP address 10.0.0.1 is reserved", "public IPv4"),
            ("Connection refused", "start the proxy"),
            ("Connection timed out", "firewall"),
            ("Read timeout expired", "too late"),
            ("Wrong response from the webhook: 401 Unauthorized", "botctl webhook set"),
            ("Wrong response from the webhook: 404 Not Found", "path of WEBHOOK_URL"),
            ("Wrong response from the webhook: 413 Request Entity Too Large", "client_max_body_size"),
            ("Wrong response from the webhook: 502 Bad Gateway", "botctl serve"),
            ("Webhook connection closed", "log of the proxy"),
        ] {
            assert!(delivery_hint(error).contains(hint), "{error}");
        }
    }

    #[test]
    fn url_at_telegram_is_compared_as_an_url() {
        let delivers = |set: &str, configured: &str| {
            let info = WebhookInfo { url: set.to_owned(), ..WebhookInfo::default() };
            Url::parse(configured).is_ok_and(|url| info.delivers_to(&url))
        };
        assert!(delivers("https://Bot.example.org", "https://bot.example.org:443/"));
        assert!(!delivers("https://bot.example.org/a", "https://bot.example.org/b"));
        assert!(!delivers("", "https://bot.example.org/b"));
    }
}
