//! How Telegram reaches the bot, when it does not poll.

use url::Url;

use super::reader::{ConfigReader, ValueError};
use super::secret::{Secret, SecretString, quote_value};
use super::telegram::is_telegram_itself;
use super::{Problems, Sources};

/// The ports to which Telegram delivers (Telegram Bot API: setWebhook).
const PORTS: [u16; 4] = [443, 80, 88, 8443];
/// The longest secret (Telegram Bot API: setWebhook).
const SECRET_MAX: usize = 256;

/// Receiving updates by webhook.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct WebhookConfig {
    /// The address that Telegram calls; its path may be a secret.
    pub url: Secret<Url>,
    /// Where the bot listens, `host:port`.
    pub listen: String,
    /// What Telegram sends along; `None` to make one up.
    pub secret: Option<SecretString>,
}

impl WebhookConfig {
    /// Reads the webhook alone; `None` when the bot polls.
    pub(crate) fn load(sources: &Sources) -> Result<Option<Self>, Problems> {
        ConfigReader::load(sources, Self::read)
    }

    #[allow(clippy::option_option, reason = "as ConfigReader::read_optional")]
    pub(super) fn read(reader: &mut ConfigReader<'_>) -> Option<Option<Self>> {
        let is_telegram = is_telegram_itself(reader.sources());
        let url = reader.read_optional("WEBHOOK_URL", |text| parse_webhook_url(text, is_telegram));
        let listen = reader.read_value("WEBHOOK_LISTEN", parse_listen_address);
        let secret = reader.read_optional("WEBHOOK_SECRET", parse_webhook_secret);
        let (url, listen, secret) = (url?, listen?, secret?);
        Some(url.map(|url| Self { url, listen, secret }))
    }
}

/// Errors do not quote it. A Bot API server of one's own delivers to any address.
fn parse_webhook_url(text: &str, is_telegram: bool) -> Result<Secret<Url>, ValueError> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let Some(url) = url.filter(|url| url.fragment().is_none()) else {
        return Err(ValueError::new(
            "not the URL of a web server",
            "write it as https://host/path, or remove it",
        ));
    };
    if is_telegram && url.scheme() != "https" {
        return Err(ValueError::new(
            "Telegram delivers to https:// only",
            "write it as https://host/path and let a proxy with a certificate pass the requests on to WEBHOOK_LISTEN",
        ));
    }
    if is_telegram && !url.port_or_known_default().is_some_and(|port| PORTS.contains(&port)) {
        return Err(ValueError::new(
            "Telegram delivers to the ports 443, 80, 88 and 8443 only",
            "leave the port out, and let the proxy pass the requests on to WEBHOOK_LISTEN",
        ));
    }
    Ok(Secret::new(url))
}

fn parse_listen_address(text: &str) -> Result<String, ValueError> {
    let is_place = |(host, port): (&str, &str)| !host.is_empty() && port.parse::<u16>().is_ok();
    if text.rsplit_once(':').is_some_and(is_place) {
        return Ok(text.to_owned());
    }
    let message = format!("{} is not a host and a port", quote_value(text));
    Err(ValueError::new(message, "write it as 127.0.0.1:8080"))
}

/// Errors do not quote it.
fn parse_webhook_secret(text: &str) -> Result<SecretString, ValueError> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if text.len() <= SECRET_MAX && text.bytes().all(is_allowed) {
        return Ok(Secret::new(text.to_owned()));
    }
    Err(ValueError::new(
        "Telegram accepts no such secret",
        "use up to 256 of A-Z, a-z, 0-9, _ and -, or remove it and let the bot make one up",
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn load(variables: &[(&'static str, &str)]) -> Result<Option<WebhookConfig>, Problems> {
        let given = variables.iter().map(|(name, value)| (*name, (*value).to_owned()));
        WebhookConfig::load(&Sources::without_env_file(given))
    }

    fn problem(variables: &[(&'static str, &str)]) -> String {
        load(variables).unwrap_err().to_string()
    }

    #[test]
    fn bot_polls_without_an_url() {
        assert_eq!(load(&[]).unwrap(), None);
        assert_eq!(load(&[("WEBHOOK_URL", ""), ("WEBHOOK_SECRET", "x")]).unwrap(), None);
        let config = load(&[("WEBHOOK_URL", "https://bot.example.org/x")]).unwrap().unwrap();
        assert_eq!((config.listen.as_str(), config.secret), ("127.0.0.1:8080", None));
    }

    #[test]
    fn telegram_needs_https_and_one_of_its_ports() {
        for good in ["https://h/x", "https://h:80", "https://h:88/", "https://h:8443/x?y"] {
            assert!(load(&[("WEBHOOK_URL", good)]).is_ok(), "{good}");
        }
        assert!(problem(&[("WEBHOOK_URL", "http://h/hunter2")]).contains("https:// only"));
        assert!(problem(&[("WEBHOOK_URL", "https://h:8080/hunter2")]).contains("443, 80, 88 and 8443"));
        for wrong in ["https://h/#hunter2", "hunter2", "ftp://h/hunter2", "https://"] {
            let shown = problem(&[("WEBHOOK_URL", wrong)]);
            assert!(shown.contains("not the URL") && !shown.contains("hunter2"), "{shown}");
        }
        // A server of one's own delivers anywhere.
        let own = ("TELEGRAM_API_URL", "http://127.0.0.1:8081");
        assert!(load(&[own, ("WEBHOOK_URL", "http://127.0.0.1:9000/x")]).is_ok());
    }

    #[test]
    fn secret_is_one_that_telegram_accepts() {
        let secret = |text: &str| load(&[("WEBHOOK_URL", "https://h"), ("WEBHOOK_SECRET", text)]);
        assert_eq!(secret("a_B-9").unwrap().unwrap().secret.unwrap().expose(), "a_B-9");
        assert!(secret(&"x".repeat(SECRET_MAX)).is_ok());
        for wrong in ["with space", "ключ", "a.b", &"x".repeat(SECRET_MAX + 1)] {
            let shown = secret(wrong).unwrap_err().to_string();
            assert!(shown.contains("no such secret") && !shown.contains(wrong), "{shown}");
        }
    }
}
