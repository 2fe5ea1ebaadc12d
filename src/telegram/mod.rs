//! One call to the Bot API: JSON in, JSON out. Nothing here retries.
//!
//! The HTTP client has teloxide's settings. The calls are made here because payloads come from the outbox as JSON, results
//! are stored unchanged, and errors must distinguish what the courier treats differently.

use std::time::{Duration, Instant};

use reqwest::multipart::{Form, Part};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde_json::value::RawValue;
use teloxide::ApiError;
use teloxide::types::InlineKeyboardMarkup;
use url::Url;

use crate::config::Secret;
use crate::config::telegram::TelegramConfig;
use crate::redact::redact_quotes;

/// How long an ordinary call may take.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(15);

/// A call that waits to be made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Call {
    /// The method's name (Telegram Bot API).
    pub method: &'static str,
    /// Its parameters as JSON.
    pub payload: String,
}

/// The Bot API of one bot. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    client: reqwest::Client,
    /// Everything before the method's name; holds the token, so it is never shown.
    base: String,
}

/// A file that goes with a call.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Upload {
    /// The parameter that it is: `document` or `photo`.
    pub(crate) field: &'static str,
    /// Its name in the chat.
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// What the bot makes of a message right before it is sent.
#[derive(Clone, Debug)]
pub(crate) enum MadeContent {
    /// `caption` is HTML; a caption that the message has already is kept.
    File { upload: Upload, caption: String },
    /// HTML, and buttons that stand above those that the message has already.
    Text { html: String, markup: InlineKeyboardMarkup },
}

/// Why the content of a message could not be made.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum ContentError {
    /// Making it again can succeed: the database cannot be reached, the disk is full.
    #[error("its content cannot be made now: {0}")]
    Transient(String),
    /// It can never be made.
    #[error("its content cannot be made: {0}")]
    Permanent(String),
}

/// Why a call failed. Telegram's descriptions are without quotations, which may be a piece of a message.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CallError {
    /// Too many requests (429).
    #[error("Telegram asks to wait {} s", .0.as_secs())]
    RetryAfter(Duration),
    /// Telegram refused the call.
    #[error("{description}")]
    Refused {
        /// The HTTP-like code: 400, 401, 403, 404, 409.
        code: u16,
        /// Telegram's description.
        description: String,
        /// The kind of error that the description means.
        kind: ApiError,
        /// The group has become a supergroup with this id.
        moved_to: Option<i64>,
    },
    /// A server error (5xx), also one of a proxy.
    #[error("the server failed: {0}")]
    Server(String),
    /// No answer: no connection, a broken one, or none in time. The call may have been carried out.
    #[error("no answer: {0}")]
    Network(String),
}

impl CallError {
    /// The code of a refusal.
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    ok: bool,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    error_code: Option<u16>,
    description: Option<String>,
    parameters: Option<Parameters>,
}

#[derive(Default, Deserialize)]
struct Parameters {
    retry_after: Option<u64>,
    migrate_to_chat_id: Option<i64>,
}

impl Api {
    /// The Bot API at the configured address. Fails when no HTTP client can be set up.
    pub fn new(config: &TelegramConfig) -> Result<Self, CallError> {
        let server = config.api_url.as_str().trim_end_matches('/');
        let base = format!("{server}/bot{}/", config.token.expose());
        let client = http_client(config.proxy.as_ref());
        let client = client.map_err(|error| CallError::Network(error_with_cause(&error.without_url())))?;
        Ok(Self { client, base })
    }

    /// Makes a call and returns its result as JSON.
    ///
    /// # Errors
    /// See [`CallError`]; no error holds the token.
    pub async fn call(
        &self,
        method: &str,
        payload: String,
        timeout: Duration,
    ) -> Result<Box<RawValue>, CallError> {
        let request = self.post(method).header("content-type", "application/json").body(payload);
        send_request(method, request.timeout(timeout)).await
    }

    /// Makes a call with a file ("Sending files" in the Telegram Bot API).
    pub(crate) async fn upload(
        &self,
        method: &str,
        parameters: &serde_json::Map<String, serde_json::Value>,
        file: Upload,
        timeout: Duration,
    ) -> Result<Box<RawValue>, CallError> {
        let mut form = Form::new().part(file.field, Part::bytes(file.bytes).file_name(file.name));
        for (name, value) in parameters {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            form = form.text(name.clone(), text);
        }
        send_request(method, self.post(method).multipart(form).timeout(timeout)).await
    }

    fn post(&self, method: &str) -> reqwest::RequestBuilder {
        self.client.post(format!("{}{method}", self.base))
    }
}

/// Sends a request and counts the call.
async fn send_request(method: &str, request: reqwest::RequestBuilder) -> Result<Box<RawValue>, CallError> {
    let started = Instant::now();
    let result = read_response(request).await;
    count_call(method, result.as_ref().err(), started.elapsed());
    result
}

async fn read_response(request: reqwest::RequestBuilder) -> Result<Box<RawValue>, CallError> {
    let sent = request.send().await;
    // The address holds the token.
    let response = sent.map_err(|error| CallError::Network(error_with_cause(&error.without_url())))?;
    let status = response.status().as_u16();
    let body = response.bytes().await;
    let body = body.map_err(|error| CallError::Network(error_with_cause(&error.without_url())))?;
    parse_response(status, &body)
}

fn count_call(method: &str, error: Option<&CallError>, took: Duration) {
    let result = match error {
        None => "ok",
        Some(CallError::RetryAfter(_)) => "rate_limited",
        Some(CallError::Refused { .. }) => "refused",
        Some(CallError::Server(_)) => "server_error",
        Some(CallError::Network(_)) => "network_error",
    };
    metrics::counter!("botctl_api_calls_total", "method" => method.to_owned(), "result" => result)
        .increment(1);
    if let Some(CallError::RetryAfter(_)) = error {
        metrics::counter!("botctl_rate_limited_total").increment(1);
    }
    // A poll takes as long as nothing happens.
    if method != "getUpdates" {
        metrics::histogram!("botctl_api_call_duration_seconds").record(took);
    }
}

/// Builds an HTTP client that uses this proxy and no other.
pub(crate) fn http_client(proxy: Option<&Secret<Url>>) -> reqwest::Result<reqwest::Client> {
    // reqwest would read the variables of proxies itself and ask them also on the way to this machine.
    let direct = teloxide::net::default_reqwest_settings().no_proxy();
    let builder = match proxy {
        Some(proxy) => direct.proxy(reqwest::Proxy::all(proxy.expose().clone())?),
        None => direct,
    };
    builder.build()
}

/// Adds the innermost reason, which is the clearest: "connection refused" and not just "error sending request".
pub(crate) fn error_with_cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let (outer, inner) = (error.to_string(), innermost.to_string());
    if outer == inner { outer } else { format!("{outer}: {inner}") }
}

fn parse_response(status: u16, body: &[u8]) -> Result<Box<RawValue>, CallError> {
    let Ok(envelope) = serde_json::from_slice::<Envelope<'_>>(body) else {
        return Err(CallError::Server(format!("HTTP {status} without an answer of the Bot API")));
    };
    if let (true, Some(result)) = (envelope.ok, envelope.result) {
        return Ok(result.to_owned());
    }
    let code = envelope.error_code.unwrap_or(status);
    let full_description = envelope.description.unwrap_or_else(|| format!("HTTP {status}"));
    let description = redact_quotes(&full_description);
    let parameters = envelope.parameters.unwrap_or_default();
    Err(match (code, parameters.retry_after) {
        (_, Some(seconds)) => CallError::RetryAfter(Duration::from_secs(seconds)),
        (429, None) => CallError::RetryAfter(Duration::from_secs(1)),
        (500.., _) => CallError::Server(description),
        _ => CallError::Refused {
            code,
            kind: known_kind(&full_description).unwrap_or_else(|| ApiError::Unknown(description.clone())),
            description,
            moved_to: parameters.migrate_to_chat_id,
        },
    })
}

/// Returns the kind of error that a description means, if teloxide knows it.
fn known_kind(description: &str) -> Option<ApiError> {
    let description: serde::de::value::StrDeserializer<'_, serde::de::value::Error> =
        description.into_deserializer();
    ApiError::deserialize(description).ok().filter(|kind| !matches!(kind, ApiError::Unknown(_)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn error(status: u16, body: &str) -> CallError {
        parse_response(status, body.as_bytes()).unwrap_err()
    }

    #[test]
    fn a_result_is_returned_as_it_came() {
        let result = parse_response(200, br#"{"ok":true,"result":{"message_id":7, "x": "\u044f"}}"#).unwrap();
        assert_eq!(result.get(), r#"{"message_id":7, "x": "\u044f"}"#);
    }

    #[test]
    fn kinds_of_failure_are_told_apart() {
        let flood = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7","parameters":{"retry_after":7}}"#;
        assert!(matches!(error(429, flood), CallError::RetryAfter(d) if d.as_secs() == 7));
        let blocked =
            r#"{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}"#;
        assert!(matches!(
            error(403, blocked),
            CallError::Refused { code: 403, kind: ApiError::BotBlocked, .. }
        ));
        assert!(matches!(error(502, "<html>Bad Gateway</html>"), CallError::Server(_)));
        let internal = r#"{"ok":false,"error_code":500,"description":"Internal Server Error"}"#;
        assert!(matches!(error(500, internal), CallError::Server(text) if text == "Internal Server Error"));
        let moved = r#"{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-1001}}"#;
        assert!(matches!(error(400, moved), CallError::Refused { moved_to: Some(-1001), .. }));
    }

    #[test]
    fn no_error_holds_what_telegram_quotes() {
        for code in [400, 401, 404, 409, 500] {
            let words = r#"Unsupported start tag \"Иван 9\" at byte offset 5, +79990001122"#;
            let body = format!(r#"{{"ok":false,"error_code":{code},"description":"{words}"}}"#);
            let error = error(code, &body);
            let shown = format!("{error} {error:?}");
            assert!(
                shown.contains("offset 5") && !shown.contains("Иван") && !shown.contains("0001122"),
                "{shown}"
            );
        }
    }
}
