//! How Telegram would reach the bot. Checked, but not supported yet.

use url::Url;

use super::reader::{ConfigReader, ValueError};
use super::secret::{Secret, SecretString, quote_value};

/// Receiving updates by webhook.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct WebhookConfig {
    /// The address that Telegram calls; its path may be a secret.
    pub url: Option<Secret<Url>>,
    /// Where the bot listens, `host:port`.
    pub listen: String,
    /// What Telegram sends along.
    pub secret: Option<SecretString>,
}

impl WebhookConfig {
    pub(super) fn read(reader: &mut ConfigReader<'_>) -> Option<Self> {
        let url = reader.read_optional("WEBHOOK_URL", parse_webhook_url);
        let listen = reader.read_value("WEBHOOK_LISTEN", parse_listen_address);
        let secret = reader.read_optional("WEBHOOK_SECRET", |text| Ok(Secret::new(text.to_owned())));
        Some(Self { url: url?, listen: listen?, secret: secret? })
    }
}

/// Errors do not quote it.
fn parse_webhook_url(text: &str) -> Result<Secret<Url>, ValueError> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.map(Secret::new).ok_or_else(|| {
        ValueError::new("not the URL of a web server", "write it as https://host/path, or remove it")
    })
}

fn parse_listen_address(text: &str) -> Result<String, ValueError> {
    let is_place = |(host, port): (&str, &str)| !host.is_empty() && port.parse::<u16>().is_ok();
    if text.rsplit_once(':').is_some_and(is_place) {
        return Ok(text.to_owned());
    }
    let message = format!("{} is not a host and a port", quote_value(text));
    Err(ValueError::new(message, "write it as 127.0.0.1:8080"))
}
