//! Error reports to Sentry. They are for the bot's good: whatever is the matter with the address, the network or the
//! server there, the bot does not notice.
//!
//! Nothing personal leaves: every string of everything that is sent goes through the last filter, in the one place that
//! all of it passes, and what Sentry knows of machines and people is taken out.

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

use super::phones::PEOPLE;
use super::redact::Redactor;

/// The share of updates whose course is reported although nothing went wrong.
const TRACES: f32 = 0.1;
/// How long one report may take. Without a limit, a server that takes a connection and never answers would hold up all
/// further ones.
const PATIENCE: Duration = Duration::from_secs(10);

/// The way to Sentry.
#[derive(Debug)]
pub(super) struct Reports {
    client: Arc<Client>,
}

impl Reports {
    /// Reports go to this address from now on. Tells nobody and tries nothing.
    ///
    /// # Errors
    /// When it is no address of a Sentry project.
    pub(super) fn start(dsn: &str, environment: &str, redactor: Arc<Redactor>) -> Result<Self, String> {
        let dsn: Dsn = dsn.parse().map_err(|_| "it is not the address of a project".to_owned())?;
        let mut options = ClientOptions::new()
            .release(concat!("botctl@", env!("CARGO_PKG_VERSION")))
            .environment(environment.to_owned())
            .traces_sample_rate(TRACES)
            .send_default_pii(false)
            // Finding the names of a stack takes up to seconds and tens of megabytes, and everybody would wait for it.
            // An error names its place all the same.
            .attach_stacktrace(false)
            .default_integrations(false)
            .transport(Filtered { redactor });
        options.dsn = Some(dsn);
        let client = Arc::new(Client::from(options));
        Hub::main().bind_client(Some(Arc::clone(&client)));
        Ok(Self { client })
    }

    /// Sends what waits, so long as that takes; then no more is sent. To be called on a thread of its own, because a
    /// full queue lets it wait longer.
    pub(super) fn finish(&self, patience: Duration) {
        self.client.close(Some(patience));
    }
}

/// What Sentry takes from the log: an error is a report, what was said before it goes along, an update is a trace.
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

/// Makes transports that let nothing personal through.
struct Filtered {
    redactor: Arc<Redactor>,
}

impl TransportFactory for Filtered {
    fn create_transport_with_options(&self, options: TransportOptions) -> Arc<dyn Transport> {
        let agent =
            ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).max_redirects(0).build().new_agent();
        let inner = UreqHttpTransportOptions::from(options).with_agent(agent).build();
        Arc::new(FilteredTransport { inner, redactor: Arc::clone(&self.redactor) })
    }
}

struct FilteredTransport {
    inner: UreqHttpTransport,
    redactor: Arc<Redactor>,
}

impl Transport for FilteredTransport {
    fn send_envelope(&self, envelope: Envelope) {
        let headers = envelope.headers().clone();
        let mut clean = Envelope::new().with_headers(headers);
        let mut is_empty = true;
        for item in envelope.into_items().filter_map(|item| self.clean(item)) {
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

impl FilteredTransport {
    /// The item as it may leave; `None` for what cannot be cleaned, which does not leave.
    fn clean(&self, item: EnvelopeItem) -> Option<EnvelopeItem> {
        match item {
            EnvelopeItem::Event(event) => {
                let event = Event { server_name: None, user: None, request: None, ..*event };
                Some(self.washed(&event)?.into())
            }
            EnvelopeItem::Transaction(transaction) => {
                let transaction =
                    Transaction { server_name: None, user: None, request: None, ..*transaction };
                Some(self.washed(&transaction)?.into())
            }
            // Counts of what was not sent.
            counts @ EnvelopeItem::ClientReport(_) => Some(counts),
            _ => None,
        }
    }

    fn washed<T: Serialize + DeserializeOwned>(&self, dirty: &T) -> Option<T> {
        let mut value = serde_json::to_value(dirty).ok()?;
        wash(&mut value, &self.redactor);
        serde_json::from_value(value).ok()
    }
}

/// Does something whose reports are to tell what was logged about it and nothing else.
pub async fn apart<F: Future>(job: F) -> F::Output {
    match Hub::main().client() {
        // Empty: a thread's own remembers what happened there before.
        Some(client) => job.bind_hub(Arc::new(Hub::new(Some(client), Arc::default()))).await,
        None => job.await,
    }
}

/// What Sentry is to understand, and no place for a secret even where one happens to read like it.
const MARKS: [&str; 7] = ["event_id", "trace_id", "span_id", "parent_span_id", "level", "type", "platform"];

/// Takes every string through the filter, and the numbers of people and chats out: what happened can be told without who
/// it was.
fn wash(value: &mut Value, redactor: &Redactor) {
    match value {
        Value::String(text) => {
            if let std::borrow::Cow::Owned(clean) = redactor.redact(text) {
                *text = clean;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| wash(item, redactor)),
        Value::Object(fields) => {
            for (name, mut field) in std::mem::take(fields) {
                if PEOPLE.contains(&name.as_str()) && is_whole(&field) {
                    continue;
                }
                if !MARKS.contains(&name.as_str()) {
                    wash(&mut field, redactor);
                }
                fields.insert(name, field);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn is_whole(value: &Value) -> bool {
    value.is_number() || value.as_str().is_some_and(|text| text.parse::<i64>().is_ok())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_report_tells_nothing_of_people_and_keeps_its_form_whatever_the_secret_is() {
        let redactor = Redactor::new(["message", "123456"]).unwrap();
        let mut report = serde_json::json!({
            "event_id": "0123456789abcdef0123456789abcdef", "level": "warning", "message": "a group moved",
            "data": { "from": -1_001_234_567_890_i64, "to": "-1001234567891", "chat": 1, "user": 2, "update": 123_456 },
            "error": "8 999 000 11 22 is 123456, no message",
        });
        wash(&mut report, &redactor);
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
