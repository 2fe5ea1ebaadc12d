//! The Bot API: one function per method, grouped by what they are about; here the table of methods, the way of a call through
//! faults and limits, and the answer. Transport is in `server`, parameters in `params`.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Instant, SystemTime};

use axum::body::Body;
use axum::http::{Response, StatusCode, header};
use serde_json::json;

use super::faults::FaultKind;
use super::observe::{BotCall, Call, Hub, Outcome};
use super::state::State;
use params::Params;

mod callback;
mod chat;
mod commands;
mod edit;
mod files;
pub(super) mod params;
mod send;
mod updates;
pub(super) mod webhook;

/// A refusal: `{"ok":false,…}`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code} {description}")]
pub(super) struct ApiError {
    pub code: u16,
    pub description: String,
    pub retry_after: Option<u32>,
}

impl ApiError {
    fn new(code: u16, description: String) -> Self {
        Self { code, description, retry_after: None }
    }

    pub(super) fn bad_request(what: impl AsRef<str>) -> Self {
        Self::new(400, format!("Bad Request: {}", what.as_ref()))
    }

    pub(super) fn forbidden(what: impl AsRef<str>) -> Self {
        Self::new(403, format!("Forbidden: {}", what.as_ref()))
    }

    pub(super) fn conflict(what: &str) -> Self {
        Self::new(409, format!("Conflict: {what}"))
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized".to_owned())
    }

    pub(super) fn not_found() -> Self {
        Self::new(404, "Not Found".to_owned())
    }

    fn too_many_requests(retry_after: u32) -> Self {
        let description = format!("Too Many Requests: retry after {retry_after}");
        Self { code: 429, description, retry_after: Some(retry_after) }
    }

    fn json(&self) -> String {
        let mut body = json!({ "ok": false, "error_code": self.code, "description": self.description });
        if let Some(retry_after) = self.retry_after {
            body["parameters"] = json!({ "retry_after": retry_after });
        }
        body.to_string()
    }
}

/// What a method did: the JSON of `result`, and the message concerned.
pub(super) struct Done {
    json: String,
    message_id: Option<i64>,
}

impl Done {
    fn new(result: impl std::fmt::Display) -> Self {
        Self { json: result.to_string(), message_id: None }
    }

    /// `true`, the result of methods that only do something.
    #[allow(clippy::unnecessary_wraps)] // every method has this shape
    fn yes() -> Result<Self, ApiError> {
        Ok(Self::new("true"))
    }
}

type Answer = Result<Done, ApiError>;

/// How a method runs.
#[derive(Clone, Copy)]
enum Run {
    /// At once, under the lock.
    Now(fn(&mut State, &mut Params) -> Answer),
    /// The same, and it counts against the sending limits.
    Sends(fn(&mut State, &mut Params) -> Answer),
    /// Waits for updates.
    Poll,
}

const METHODS: [(&str, Run); 25] = [
    ("getUpdates", Run::Poll),
    ("sendMessage", Run::Sends(send::message)),
    ("answerCallbackQuery", Run::Now(callback::answer)),
    ("editMessageText", Run::Now(edit::text)),
    ("editMessageReplyMarkup", Run::Now(edit::reply_markup)),
    ("editMessageCaption", Run::Now(edit::caption)),
    ("deleteMessage", Run::Now(edit::delete)),
    ("deleteMessages", Run::Now(edit::delete_many)),
    ("sendDocument", Run::Sends(send::document)),
    ("sendPhoto", Run::Sends(send::photo)),
    ("sendChatAction", Run::Now(send::chat_action)),
    ("getMe", Run::Now(chat::me)),
    ("getChat", Run::Now(chat::chat)),
    ("getChatMember", Run::Now(chat::member)),
    ("leaveChat", Run::Now(chat::leave)),
    ("getFile", Run::Now(files::get)),
    ("setMyCommands", Run::Now(commands::set)),
    ("getMyCommands", Run::Now(commands::get)),
    ("deleteMyCommands", Run::Now(commands::delete)),
    ("setWebhook", Run::Now(updates::set_webhook)),
    ("deleteWebhook", Run::Now(updates::delete_webhook)),
    ("getWebhookInfo", Run::Now(updates::webhook_info)),
    ("logOut", Run::Now(|_, _| Done::yes())),
    ("close", Run::Now(|_, _| Done::yes())),
    ("setChatMenuButton", Run::Now(|_, _| Done::yes())),
];

/// Answers one call. `cut` closes the connection when it is set before the answer is written.
pub(super) async fn call(hub: &Hub, name: &str, mut params: Params, cut: &Arc<AtomicBool>) -> Response<Body> {
    let (began, at) = (Instant::now(), SystemTime::now());
    let Some((method, run)) = METHODS.iter().find(|(method, _)| method.eq_ignore_ascii_case(name)).copied()
    else {
        let answer = Err(ApiError::not_found());
        record(hub, name, params, at, began, &answer, true);
        return respond(answer);
    };
    let chat_id = params.chat_id().ok();
    let fault = hub.lock().faults.take(method, chat_id);
    if fault.is_some() {
        hub.change(|state| state.feed.push(super::feed::Change::Faults));
    }
    let answer = match fault {
        Some(FaultKind::DropBefore) => {
            record(hub, method, params, at, began, &Done::yes(), false);
            return cut_off(cut);
        }
        Some(FaultKind::Hang { duration: None }) => {
            record(hub, method, params, at, began, &Done::yes(), false);
            hub.stopped().await;
            return cut_off(cut);
        }
        Some(FaultKind::Hang { duration: Some(duration) }) => {
            tokio::select! {
                () = tokio::time::sleep(duration) => {}
                () = hub.stopped() => {}
            }
            perform(hub, run, &mut params).await
        }
        Some(FaultKind::TooManyRequests { retry_after }) => Err(ApiError::too_many_requests(retry_after)),
        Some(FaultKind::Blocked) => Err(ApiError::forbidden("bot was blocked by the user")),
        Some(FaultKind::ServerError { code }) => Err(ApiError::new(
            code,
            StatusCode::from_u16(code)
                .ok()
                .and_then(|code| code.canonical_reason())
                .unwrap_or("Error")
                .to_owned(),
        )),
        Some(FaultKind::DropAfter) | None => perform(hub, run, &mut params).await,
    };
    let dropped = matches!(fault, Some(FaultKind::DropAfter));
    record(hub, method, params, at, began, &answer, !dropped);
    hub.tell(|| BotCall {
        method,
        chat_id,
        message_id: answer.as_ref().ok().and_then(|done| done.message_id),
        ok: answer.is_ok(),
        at: Instant::now(),
    });
    if dropped { cut_off(cut) } else { respond(answer) }
}

async fn perform(hub: &Hub, run: Run, params: &mut Params) -> Answer {
    match run {
        Run::Poll => updates::get_updates(hub, params).await,
        Run::Now(method) => hub.change(|state| method(state, params)),
        Run::Sends(method) => hub.change(|state| {
            if let (Some(limits), Ok(chat)) = (&mut state.limits, params.chat_id()) {
                limits.count(chat, Instant::now()).map_err(ApiError::too_many_requests)?;
            }
            method(state, params)
        }),
    }
}

fn record(
    hub: &Hub,
    method: &str,
    params: Params,
    at: SystemTime,
    began: Instant,
    answer: &Answer,
    answered: bool,
) {
    let outcome = match answer {
        _ if !answered => Outcome::NoAnswer,
        Ok(_) => Outcome::Ok,
        Err(error) => Outcome::Error { code: error.code, description: error.description.clone() },
    };
    hub.change(|state| {
        let number = state.count_call();
        if state.logs_calls() {
            let (method, params) = (method.to_owned(), params.into_log());
            state.keep_call(Call { number, method, params, outcome, at, took: began.elapsed() });
        }
    });
}

fn respond(answer: Answer) -> Response<Body> {
    let (code, kind, body) = match answer {
        Ok(done) => (200, "application/json", format!("{{\"ok\":true,\"result\":{}}}", done.json)),
        // Telegram's front servers answer in HTML, the Bot API server itself in JSON.
        Err(error) if error.code > 500 => {
            let line = format!("{} {}", error.code, error.description);
            (
                error.code,
                "text/html",
                format!("<html><head><title>{line}</title></head><body><h1>{line}</h1></body></html>"),
            )
        }
        Err(error) => (error.code, "application/json", error.json()),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    response
}

/// An answer that never leaves: the connection is closed when it is about to be written.
fn cut_off(cut: &Arc<AtomicBool>) -> Response<Body> {
    cut.store(true, std::sync::atomic::Ordering::Release);
    Response::new(Body::empty())
}

/// The answer to a call with a wrong token.
pub(super) fn unauthorized() -> Response<Body> {
    respond(Err(ApiError::unauthorized()))
}

/// The answer to a call whose parameters cannot be read.
pub(super) fn unreadable(what: &str) -> Response<Body> {
    respond(Err(ApiError::bad_request(what)))
}

pub(super) use files::download;
