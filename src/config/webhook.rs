//! How Telegram would reach the bot. Checked, and without effect so far.

use url::Url;

use super::reader::{Complaint, Reader};
use super::secret::{Secret, SecretString, shown};

/// Receiving updates by webhook.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WebhookConfig {
    /// The address that Telegram calls; its path may be a secret.
    pub url: Option<Secret<Url>>,
    /// Where the bot listens, `host:port`.
    pub listen: String,
    /// What Telegram sends along.
    pub secret: Option<SecretString>,
}

impl WebhookConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let url = reader.optional("WEBHOOK_URL", url);
        let listen = reader.value("WEBHOOK_LISTEN", listen);
        let secret = reader.optional("WEBHOOK_SECRET", |text| Ok(Secret::new(text.to_owned())));
        Some(Self { url: url?, listen: listen?, secret: secret? })
    }
}

/// Complaints do not quote it.
fn url(text: &str) -> Result<Secret<Url>, Complaint> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.map(Secret::new).ok_or_else(|| {
        Complaint::new("it is not the address of a web server", "write it as https://host/path, or remove it")
    })
}

fn listen(text: &str) -> Result<String, Complaint> {
    let is_place = |(host, port): (&str, &str)| !host.is_empty() && port.parse::<u16>().is_ok();
    if text.rsplit_once(':').is_some_and(is_place) {
        return Ok(text.to_owned());
    }
    let message = format!("{} is not a host and a port", shown(text));
    Err(Complaint::new(message, "write it as 127.0.0.1:8080"))
}
