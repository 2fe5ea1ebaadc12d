//! Error reports to Sentry. No problem with the DSN, the network or the server affects the bot.
//!
//! Nothing personal leaves: every string that is sent is redacted, in the one place that all of it passes, and what Sentry
//! knows about machines and users is removed.

use std::sync::Arc;
use std::time::Duration;

use sentry::integrations::tracing::{BreadcrumbLayer, ErrorLayer, SpanLayer};
use sentry::protocol::{EnvelopeItem, Event, Transaction};
use sentry::transports::{UreqHttpTransport, UreqHttpTransportOptions};
use sentry::types::Dsn;
use sentry::{
    Client, ClientOptions, Envelope, Hub, SentryFutureExt, Transport, TransportFactory, TransportOptions,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tracing::{Level, Metadata};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use crate::redact::{PERSON_FIELDS, Redactor};

/// The share of updates that are traced although nothing went wrong.
const TRACES_SAMPLE_RATE: f32 = 0.1;
/// How long one report may take. Without a limit, a server that never answers would hold up all others.
const REPORT_TIMEOUT: Duration = Duration::from_secs(10);

/// The connection to Sentry.
#[derive(Debug)]
pub(super) struct SentryClient {
    client: Arc<Client>,
}

impl SentryClient {
    /// Reports go to this DSN from now on. Does not connect yet.
    pub(super) fn start(
        dsn: &str,
        environment: &str,
        proxy: Option<&str>,
        redactor: Arc<Redactor>,
    ) -> Result<Self, String> {
        let proxy =
            proxy.map(ureq::Proxy::new).transpose().map_err(|_| "not a proxy for reports".to_owned())?;
        let dsn: Dsn = dsn.parse().map_err(|_| "not a DSN".to_owned())?;
        let mut options = ClientOptions::new()
            .release(concat!("botctl@", env!("CARGO_PKG_VERSION")))
            .environment(environment.to_owned())
            .traces_sample_rate(TRACES_SAMPLE_RATE)
            .send_default_pii(false)
            // Symbols of a stack take up to seconds and tens of megabytes, and block all threads meanwhile. An error names
            // its place all the same.
            .attach_stacktrace(false)
            .default_integrations(false)
            .transport(RedactingTransportFactory { proxy, redactor });
        options.dsn = Some(dsn);
        let client = Arc::new(Client::from(options));
        Hub::main().bind_client(Some(Arc::clone(&client)));
        Ok(Self { client })
    }

    /// Sends what waits, for `timeout`; then nothing more is sent. Call it on a thread of its own, because it waits longer if
    /// the queue is full.
    pub(super) fn close(&self, timeout: Duration) {
        self.client.close(Some(timeout));
    }
}

/// Returns what Sentry takes from the log: an error is a report, earlier lines are its breadcrumbs, an update is a trace.
pub(super) fn layers<S>() -> [Box<dyn Layer<S> + Send + Sync>; 3]
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
{
    let is_ours = |meta: &Metadata<'_>| meta.target().starts_with("botctl");
    let course = filter_fn(move |meta| meta.is_span() && *meta.level() <= Level::INFO && is_ours(meta));
    let before = filter_fn(move |meta| {
        let level = *meta.level();
        meta.is_event() && (level == Level::WARN || (level == Level::INFO && is_ours(meta)))
    });
    let errors = filter_fn(|meta| meta.is_event() && *meta.level() == Level::ERROR);
    [
        Box::new(SpanLayer::new().with_filter(course)),
        Box::new(BreadcrumbLayer::new().with_filter(before)),
        Box::new(ErrorLayer::new().with_filter(errors)),
    ]
}

struct RedactingTransportFactory {
    proxy: Option<ureq::Proxy>,
    redactor: Arc<Redactor>,
}

impl TransportFactory for RedactingTransportFactory {
    fn create_transport_with_options(&self, options: TransportOptions) -> Arc<dyn Transport> {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(REPORT_TIMEOUT))
            .max_redirects(0)
            // The default asks the environment, also on the way to this machine.
            .proxy(self.proxy.clone())
            .build()
            .new_agent();
        let inner = UreqHttpTransportOptions::from(options).with_agent(agent).build();
        Arc::new(RedactingTransport { inner, redactor: Arc::clone(&self.redactor) })
    }
}

struct RedactingTransport {
    inner: UreqHttpTransport,
    redactor: Arc<Redactor>,
}

impl Transport for RedactingTransport {
    fn send_envelope(&self, envelope: Envelope) {
        let headers = envelope.headers().clone();
        let mut clean = Envelope::new().with_headers(headers);
        let mut is_empty = true;
        for item in envelope.into_items().filter_map(|item| self.redact_envelope_item(item)) {
            clean.add_item(item);
            is_empty = false;
        }
        if !is_empty {
            self.inner.send_envelope(clean);
        }
    }

    fn flush(&self, timeout: Duration) -> bool {
        self.inner.flush(timeout)
    }

    fn shutdown(&self, timeout: Duration) -> bool {
        self.inner.shutdown(timeout)
    }
}

impl RedactingTransport {
    /// Returns the item redacted; `None` for what cannot be, which is not sent.
    fn redact_envelope_item(&self, item: EnvelopeItem) -> Option<EnvelopeItem> {
        match item {
            EnvelopeItem::Event(event) => {
                let event = Event { server_name: None, user: None, request: None, ..*event };
                Some(self.redact_item(&event)?.into())
            }
            EnvelopeItem::Transaction(transaction) => {
                let transaction =
                    Transaction { server_name: None, user: None, request: None, ..*transaction };
                Some(self.redact_item(&transaction)?.into())
            }
            // Counts of what was not sent.
            counts @ EnvelopeItem::ClientReport(_) => Some(counts),
            _ => None,
        }
    }

    fn redact_item<T: Serialize + DeserializeOwned>(&self, dirty: &T) -> Option<T> {
        let mut value = serde_json::to_value(dirty).ok()?;
        redact_json(&mut value, &self.redactor);
        serde_json::from_value(value).ok()
    }
}

/// Runs a job whose reports have only its own breadcrumbs.
pub(crate) async fn with_isolated_hub<F: Future>(job: F) -> F::Output {
    match Hub::main().client() {
        // Empty: the hub of a thread remembers what happened there before.
        Some(client) => job.bind_hub(Arc::new(Hub::new(Some(client), Arc::default()))).await,
        None => job.await,
    }
}

/// Fields of the protocol, never redacted even if a secret happens to read like their value.
const PROTOCOL_FIELDS: [&str; 7] =
    ["event_id", "trace_id", "span_id", "parent_span_id", "level", "type", "platform"];

/// Redacts every string, and removes the ids of users and chats: a report needs what happened, not to whom.
fn redact_json(value: &mut Value, redactor: &Redactor) {
    match value {
        Value::String(text) => {
            if let std::borrow::Cow::Owned(clean) = redactor.redact(text) {
                *text = clean;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| redact_json(item, redactor)),
        Value::Object(fields) => {
            for (name, mut field) in std::mem::take(fields) {
                if PERSON_FIELDS.contains(&name.as_str()) && is_integer(&field) {
                    continue;
                }
                if !PROTOCOL_FIELDS.contains(&name.as_str()) {
                    redact_json(&mut field, redactor);
                }
                fields.insert(name, field);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn is_integer(value: &Value) -> bool {
    value.is_number() || value.as_str().is_some_and(|text| text.parse::<i64>().is_ok())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn reports_hold_no_ids_and_keep_their_form_with_any_secret() {
        let redactor = Redactor::for_log(["message", "123456"].map(str::to_owned));
        let mut report = serde_json::json!({
            "event_id": "0123456789abcdef0123456789abcdef", "level": "warning", "message": "a group moved",
            "data": { "from": -1_001_234_567_890_i64, "to": "-1001234567891", "chat": 1, "user": 2, "update": 123_456 },
            "error": "8 999 000 11 22 is 123456, no message",
        });
        redact_json(&mut report, &redactor);
        assert_eq!(
            report,
            serde_json::json!({
                "event_id": "0123456789abcdef0123456789abcdef", "level": "warning", "message": "a group moved",
                "data": { "update": 123_456 },
                "error": "[redacted] is [redacted], no [redacted]",
            })
        );
    }
}
