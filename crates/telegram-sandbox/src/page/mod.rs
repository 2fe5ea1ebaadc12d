//! The chat page: several phones side by side in a browser. Here its routes and assets; the page is plain HTML, CSS and script.
//!
//! | request under `/sandbox/api` | body | answer |
//! |---|---|---|
//! | `GET state` | | everything: bot, people, phones, messages, menus, faults, `seq` |
//! | `GET events?after=SEQ` | | waits up to 25 s: `{"seq", "changes": […]}`, or `{"seq", "reset": true}` when the page must load `state` again |
//! | `POST send` | `as, chat, text, reply_to?` | `{"update_id", "message_id"}` |
//! | `POST press` | `as, chat, message, data` | `{"update_id", "query_id"}` |
//! | `POST contact` | `as, chat, phone, of?` | as `send` |
//! | `POST share` | `as, chat, request, users?, shared_chat?` | as `send` |
//! | `POST forward` | `as, chat, message, to, as_group?` | as `send` |
//! | `POST group` | `as, chat, with_bot` | `{"update_id"}` |
//! | `POST block` | `user, blocked` | `{"update_id"}` |
//! | `GET faults`, `POST faults`, `DELETE faults` | a fault: `kind, retry_after?, code?, for_ms?, method?, chat?, times?` | the list |
//! | `GET file/ID` | | content of a file |
//!
//! What changes anything demands `content-type: application/json`, and everything demands a host name of this machine, so that a
//! page from elsewhere cannot drive the sandbox through somebody's browser.

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{get, post};

use super::server::Shared;
pub(super) use guard::Guard;

mod acts;
mod guard;
mod snapshot;

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

/// Routes of the page and its API.
pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/", get(|| async { asset("text/html; charset=utf-8", include_str!("index.html")) }))
        .route("/style.css", get(|| async { asset("text/css; charset=utf-8", include_str!("style.css")) }))
        .route("/app.js", get(|| async { asset("text/javascript; charset=utf-8", include_str!("app.js")) }))
        .route(
            "/phone.js",
            get(|| async { asset("text/javascript; charset=utf-8", include_str!("phone.js")) }),
        )
        .route(
            "/render.js",
            get(|| async { asset("text/javascript; charset=utf-8", include_str!("render.js")) }),
        )
        .route("/sandbox/api/state", get(snapshot::state))
        .route("/sandbox/api/events", get(snapshot::events))
        .route("/sandbox/api/send", post(acts::send))
        .route("/sandbox/api/press", post(acts::press))
        .route("/sandbox/api/contact", post(acts::contact))
        .route("/sandbox/api/share", post(acts::share))
        .route("/sandbox/api/forward", post(acts::forward))
        .route("/sandbox/api/group", post(acts::group))
        .route("/sandbox/api/block", post(acts::block))
        .route("/sandbox/api/faults", get(acts::faults).post(acts::add_fault).delete(acts::clear_faults))
        .route("/sandbox/api/file/{id}", get(acts::file))
}

fn asset(kind: &'static str, content: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, content)
}
