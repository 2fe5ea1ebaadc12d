//! What an error report tells of the update it happened in: its course, and what was logged about it and nothing else.
//!
//! Numbers only. Without reports it costs nothing.

use std::sync::Arc;

use sentry::{Breadcrumb, Hub, SentryFutureExt};
use teloxide::types::Update;
use tracing::Span;

use super::input;

/// The traces of one update. Cheap to clone.
#[derive(Clone)]
pub(super) struct Trace {
    /// Where what is logged about the update is remembered; `None` when nobody wants to know.
    hub: Option<Arc<Hub>>,
    span: Span,
}

impl Trace {
    /// Begins the course of an update.
    pub(super) fn of(update: &Update) -> Self {
        let Some(client) = Hub::main().client() else { return Self { hub: None, span: Span::none() } };
        // Empty: a thread's own remembers what happened there before.
        let fresh = Arc::new(Hub::new(Some(client), Arc::default()));
        Hub::run(fresh, || {
            let span = tracing::info_span!(
                "update",
                update = update.id.0,
                kind = input::kind(update),
                outcome = tracing::field::Empty
            );
            let hub = span.in_scope(|| Arc::new(Hub::new_from_top(Hub::current())));
            hub.add_breadcrumb(Breadcrumb {
                category: Some("update".to_owned()),
                message: Some("taken from the inbox".to_owned()),
                data: [("update", update.id.0.into()), ("kind", input::kind(update).into())]
                    .map(|(name, value)| (name.to_owned(), value))
                    .into(),
                ..Breadcrumb::default()
            });
            Self { hub: Some(hub), span }
        })
    }

    /// Does a part of the update on any thread.
    pub(super) fn run<T>(&self, part: impl FnOnce() -> T) -> T {
        match &self.hub {
            Some(hub) => Hub::run(Arc::clone(hub), part),
            None => part(),
        }
    }

    /// Goes along with the update across threads.
    pub(super) async fn follow<F: Future>(&self, update: F) -> F::Output {
        match &self.hub {
            Some(hub) => update.bind_hub(Arc::clone(hub)).await,
            None => update.await,
        }
    }

    /// Notes how the update ended.
    pub(super) fn ended(&self, outcome: &'static str) {
        self.span.record("outcome", outcome);
    }
}
