//! The bot's account, the Bot API server and the limits for traffic with it.

use std::fmt;
use std::num::NonZeroU32;
use std::path::Path;

use url::Url;

use super::plain_text::check_plain_text;
use super::problem::{Origin, Problems};
use super::proxy::{ProxyError, find_proxy};
use super::reader::{ConfigReader, ValueError, parse_number, parse_path};
use super::secret::{Secret, SecretString};
use super::sources::Sources;
use crate::redact::mask_url;

const TOKEN: &str = "BOT_TOKEN";
const TOKEN_FILE: &str = "BOT_TOKEN_FILE";
const API_URL: &str = "TELEGRAM_API_URL";
/// The host of Telegram's own Bot API server.
const TELEGRAM_HOST: &str = "api.telegram.org";
/// A token's second half on Telegram's own server has 35 characters; shorter ones are cut off or
/// made up.
const TOKEN_MIN: usize = 30;
/// A file longer than this holds something else than a token.
const TOKEN_FILE_MAX: u64 = 4096;

/// How to reach Telegram.
#[derive(Clone, Eq, PartialEq)]
pub struct TelegramConfig {
    /// The bot's token.
    pub token: SecretString,
    /// The Bot API server.
    pub api_url: Url,
    /// The proxy on the way there.
    pub proxy: Option<Secret<Url>>,
}

/// Limits for sending and for being flooded; `None` is unlimited.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct RateLimits {
    /// Messages a second overall. `None` turns every sending limit off, those of single chats
    /// included.
    pub send_per_second: Option<NonZeroU32>,
    /// Updates per person in ten seconds.
    pub flood_per_window: Option<NonZeroU32>,
}

/// Whether the Bot API server is Telegram's own.
pub(super) fn is_telegram_itself(sources: &Sources) -> bool {
    let given = sources.get(API_URL).map(|found| found.text).filter(|text| !text.is_empty());
    given.is_none_or(|url| Url::parse(url).is_ok_and(|url| url.host_str() == Some(TELEGRAM_HOST)))
}

impl TelegramConfig {
    /// Reads this concern alone.
    pub(crate) fn load(sources: &Sources) -> Result<Self, Problems> {
        ConfigReader::load(sources, Self::read)
    }

    pub(super) fn read(reader: &mut ConfigReader<'_>) -> Option<Self> {
        let api_url = reader.read_value(API_URL, parse_api_url);
        // A malformed URL is no reason to be strict: it would bring a second error about the token.
        let own_server = api_url.as_ref().is_none_or(|url| url.host_str() != Some(TELEGRAM_HOST));
        let token = read_token(reader, own_server);
        let proxy = api_url.as_ref().and_then(|url| read_proxy(reader, url));
        Some(Self { token: token?, api_url: api_url?, proxy: proxy? })
    }
}

impl TelegramConfig {
    /// Returns host and port of the proxy.
    pub(crate) fn shown_proxy(&self) -> Option<String> {
        let url = self.proxy.as_ref()?.expose();
        let port = url.port_or_known_default().map(|port| format!(":{port}")).unwrap_or_default();
        Some(format!("{}{port}", url.host_str()?))
    }
}

#[allow(clippy::option_option, reason = "as ConfigReader::read_optional")]
fn read_proxy(reader: &mut ConfigReader<'_>, api_url: &Url) -> Option<Option<Secret<Url>>> {
    match find_proxy(reader.sources(), api_url) {
        Ok(proxy) => Some(proxy),
        Err(ProxyError { variable, error }) => {
            let origin = reader.sources().get(variable).map_or(Origin::Default, |found| found.origin);
            reader.report_wrong(variable, origin, error);
            None
        }
    }
}

impl fmt::Debug for TelegramConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TelegramConfig")
            .field("token", &self.token)
            .field("api_url", &mask_url(self.api_url.as_str()))
            .field("proxy", &self.proxy)
            .finish()
    }
}

impl RateLimits {
    pub(super) fn read(reader: &mut ConfigReader<'_>) -> Option<Self> {
        let send = reader.read_value("SEND_RATE_LIMIT", parse_number(0..=10_000));
        let flood = reader.read_value("FLOOD_LIMIT", parse_number(0..=10_000));
        Some(Self { send_per_second: NonZeroU32::new(send?), flood_per_window: NonZeroU32::new(flood?) })
    }
}

/// Returns the variable that gives the token: the one whose origin takes precedence.
pub(crate) fn token_variable(sources: &Sources) -> &'static str {
    let given = |name| sources.get(name).filter(|found| !found.text.is_empty());
    match (given(TOKEN), given(TOKEN_FILE)) {
        (None, Some(_)) => TOKEN_FILE,
        (Some(direct), Some(file)) if file.origin.takes_precedence_over(&direct.origin) => TOKEN_FILE,
        _ => TOKEN,
    }
}

fn read_token(reader: &mut ConfigReader<'_>, own_server: bool) -> Option<SecretString> {
    if let (Some(direct), Some(file)) = (reader.given(TOKEN), reader.given(TOKEN_FILE))
        && !direct.origin.takes_precedence_over(&file.origin)
        && !file.origin.takes_precedence_over(&direct.origin)
    {
        let message = format!("both {TOKEN} ({}) and {TOKEN_FILE} ({}) are set", direct.origin, file.origin);
        reader.report_wrong(TOKEN, direct.origin, ValueError::new(message, "remove one of the two"));
        return None;
    }
    let variable = token_variable(reader.sources());
    let Some(found) = reader.given(variable) else {
        reader.report_missing(TOKEN);
        return None;
    };
    reader.parse_value(variable, &found, |text| match variable {
        TOKEN_FILE => check_token(read_token_file(&parse_path(text)?)?.trim(), own_server),
        _ => check_token(text, own_server),
    })
}

fn read_token_file(path: &Path) -> Result<String, ValueError> {
    let hint = "name a readable file that holds the token and nothing else";
    let error = |why: String| ValueError::new(format!("{}: {why}", path.display()), hint);
    let facts = std::fs::metadata(path).map_err(|reason| error(reason.to_string()))?;
    if !facts.is_file() || facts.len() > TOKEN_FILE_MAX {
        return Err(error("not a small file".to_owned()));
    }
    let text = std::fs::read_to_string(path).map_err(|reason| error(reason.to_string()))?;
    // An editor's mark of the encoding.
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

/// Checks the form of a token. Errors never quote it.
fn check_token(token: &str, own_server: bool) -> Result<SecretString, ValueError> {
    check_plain_text(token)?;
    let (bot, secret) = token.split_once(':').unwrap_or((token, ""));
    let is_id = !bot.is_empty() && bot.bytes().all(|b| b.is_ascii_digit());
    let is_secret = if own_server {
        // It becomes a part of the address.
        !secret.is_empty()
            && !secret.contains(|c: char| c.is_whitespace() || c.is_control() || "/?#".contains(c))
    } else {
        secret.len() >= TOKEN_MIN
            && secret.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    };
    if is_id && is_secret {
        Ok(Secret::new(token.to_owned()))
    } else {
        let second = if own_server { "a secret" } else { "at least 30 letters and digits" };
        let message = format!("the value does not look like a bot token (digits, a colon, {second})");
        Err(ValueError::new(message, "copy the whole token from @BotFather, without quotes or spaces inside"))
    }
}

/// Parses the URL of a Bot API server. Errors do not quote it: it may hold a password.
fn parse_api_url(text: &str) -> Result<Url, ValueError> {
    let error = |message: &str| ValueError::new(message, "write it as https://host or http://host:port");
    let url = Url::parse(text).map_err(|reason| error(&format!("not a URL: {reason}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(error("the URL starts with neither http:// nor https://"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(error("the URL has a ? or # part, which the bot cannot use"));
    }
    Ok(url)
}
