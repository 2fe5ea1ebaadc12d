//! What an error report contains about the update in which the error happened: the log events of this update and no
//! other; and the ids that the log adds to a panic.
//!
//! Ids only, no texts. Costs next to nothing while reports are off.

use std::sync::Arc;

use sentry::{Breadcrumb, Hub, SentryFutureExt};
use tracing::Span;

use super::incoming::ReceivedUpdate;
use crate::logging::write::LogContext;

/// The log context and the report scope of one update. Cheap to clone.
#[derive(Clone)]
pub(super) struct UpdateTrace {
    /// Collects the log events of the update; `None` when reports are off.
    hub: Option<Arc<Hub>>,
    span: Span,
    context: LogContext,
}

impl UpdateTrace {
    pub(super) fn begin(update: &ReceivedUpdate) -> Self {
        let context = LogContext { update: Some(update.id), user: update.user, chat: update.chat };
        let Some(client) = Hub::main().client() else {
            return Self { hub: None, span: Span::none(), context };
        };
        // A new hub: a thread's own has events of other updates.
        let fresh = Arc::new(Hub::new(Some(client), Arc::default()));
        Hub::run(fresh, || {
            let span = tracing::info_span!(
                "update",
                update = update.id,
                kind = update.kind,
                outcome = tracing::field::Empty
            );
            let hub = span.in_scope(|| Arc::new(Hub::new_from_top(Hub::current())));
            hub.add_breadcrumb(Breadcrumb {
                category: Some("update".to_owned()),
                message: Some("taken from the inbox".to_owned()),
                data: [("update", update.id.into()), ("kind", update.kind.into())]
                    .map(|(name, value)| (name.to_owned(), value))
                    .into(),
                ..Breadcrumb::default()
            });
            Self { hub: Some(hub), span, context }
        })
    }

    /// Runs a part of the update on any thread.
    pub(super) fn in_scope<T>(&self, part: impl FnOnce() -> T) -> T {
        self.context.scope(|| match &self.hub {
            Some(hub) => Hub::run(Arc::clone(hub), part),
            None => part(),
        })
    }

    /// Runs a future of the update, across threads.
    pub(super) async fn follow<F: Future>(&self, update: F) -> F::Output {
        match &self.hub {
            Some(hub) => update.bind_hub(Arc::clone(hub)).await,
            None => update.await,
        }
    }

    pub(super) fn record_outcome(&self, outcome: &'static str) {
        self.span.record("outcome", outcome);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]
    use super::*;

    #[test]
    fn a_panic_is_logged_with_its_update_only() {
        let update = serde_json::json!({ "update_id": 17, "message": {
            "message_id": 1, "date": 0, "text": "x",
            "chat": { "id": -19, "type": "supergroup", "title": "x" },
            "from": { "id": 18, "is_bot": false, "first_name": "x" },
        } });
        let trace = UpdateTrace::begin(&ReceivedUpdate::parse(17, &update.to_string()));
        let context = LogContext { update: Some(17), user: Some(18), chat: Some(-19) };
        assert_eq!(trace.in_scope(LogContext::current), context);
        let died = std::panic::catch_unwind(|| context.scope(|| panic!("as it may")));
        assert!(died.is_err());
        assert_eq!(LogContext::current(), LogContext::default());
    }
}
