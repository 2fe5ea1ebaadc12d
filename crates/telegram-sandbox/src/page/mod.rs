//! The chat page, several phones side by side in a browser: routes and assets.
//!
//! | request under `/sandbox/api` | body | response |
//! |---|---|---|
//! | `GET state` | | everything: bot, users, phones, messages, menus, faults, `seq` |
//! | `GET events?after=SEQ` | | waits up to 25 s: `{"seq", "changes": […]}`, or `{"seq", "reset": true}` when the page must reload `state` |
//! | `POST send` | `as, chat, text, reply_to?` | `{"update_id", "message_id"}` |
//! | `POST press` | `as, chat, message, data` | `{"update_id", "query_id"}` |
//! | `POST file?as&chat&kind&name&caption?&reply_to?&album?` | the content, as `application/octet-stream` | as `send` |
//! | `POST edit` | `as, chat, message, text` | `{"update_id"}` |
//! | `POST contact` | `as, chat, phone, of?, reply_to?` | as `send` |
//! | `POST location` | `as, chat, latitude, longitude, reply_to?` | as `send` |
//! | `POST share` | `as, chat, request, users?, shared_chat?` | as `send` |
//! | `POST forward` | `as, chat, message, to, as_group?` | as `send` |
//! | `POST group` | `as, chat, with_bot` | `{"update_id"}` |
//! | `POST block` | `user, blocked` | `{"update_id"}` |
//! | `GET faults`, `POST faults`, `DELETE faults` | a fault: `kind, retry_after?, code?, for_ms?, method?, chat?, times?` | the list |
//! | `POST clock` | `seconds`, at most 31 days: moves the clock forward | `{"now", "time_zone"}`, Unix seconds; 404 without a clock |
//! | `GET file/ID` | | content of a file |
//!
//! Requests that change something need `content-type: application/json`, or `application/octet-stream` for a file. That no foreign page uses the sandbox through the
//! user's browser is checked for all routes (`host_guard`).

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{get, post};

use crate::context::ServerContext;

mod content;
mod requests;
mod snapshot;
mod trusted;

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

pub(super) fn routes() -> Router<ServerContext> {
    Router::new()
        .route("/", get(|| async { asset_response("text/html; charset=utf-8", include_str!("index.html")) }))
        .route(
            "/style.css",
            get(|| async { asset_response("text/css; charset=utf-8", include_str!("style.css")) }),
        )
        .route(
            "/app.js",
            get(|| async { asset_response("text/javascript; charset=utf-8", include_str!("app.js")) }),
        )
        .route(
            "/phone.js",
            get(|| async { asset_response("text/javascript; charset=utf-8", include_str!("phone.js")) }),
        )
        .route(
            "/attach.js",
            get(|| async { asset_response("text/javascript; charset=utf-8", include_str!("attach.js")) }),
        )
        .route(
            "/render.js",
            get(|| async { asset_response("text/javascript; charset=utf-8", include_str!("render.js")) }),
        )
        .route("/sandbox/api/state", get(snapshot::full_state))
        .route("/sandbox/api/events", get(snapshot::wait_for_changes))
        .route("/sandbox/api/send", post(requests::send_text))
        .route("/sandbox/api/press", post(requests::press_button))
        .route("/sandbox/api/file", post(content::send_file))
        .route("/sandbox/api/edit", post(content::edit_message))
        .route("/sandbox/api/location", post(content::share_location))
        .route("/sandbox/api/contact", post(requests::share_contact))
        .route("/sandbox/api/share", post(requests::share_selection))
        .route("/sandbox/api/forward", post(requests::forward_message))
        .route("/sandbox/api/group", post(requests::set_bot_in_group))
        .route("/sandbox/api/block", post(requests::set_blocked))
        .route("/sandbox/api/clock", post(requests::advance_clock))
        .route(
            "/sandbox/api/faults",
            get(requests::list_faults).post(requests::add_fault).delete(requests::clear_faults),
        )
        .route("/sandbox/api/file/{id}", get(requests::download_file))
}

fn asset_response(kind: &'static str, content: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, content)
}
