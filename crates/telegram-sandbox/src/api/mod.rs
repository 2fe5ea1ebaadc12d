//! The Bot API: one function per method, in files by topic. Here are the table of methods and the path of a call through faults
//! and limits. Transport is in `server`, parameters are in `params`.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Instant, SystemTime};

use axum::body::Body;
use axum::http::{Response, StatusCode};

use crate::api_error::ApiError;
use crate::calls::{ApiCall, CallOutcome, CompletedCall};
use crate::faults::FaultKind;
use crate::hub::StateHub;
use crate::state::SandboxState;
use params::CallParams;
use result::{MethodOutput, MethodResult, to_response};

mod album;
mod callback;
mod chat;
mod commands;
mod edit;
mod files;
pub(super) mod params;
mod result;
mod send;
mod updates;
pub(super) mod webhook;
mod webhook_client;

/// How a method is executed.
#[derive(Clone, Copy)]
enum MethodKind {
    /// At once, under the lock of the state.
    Now(fn(&mut SandboxState, &mut CallParams) -> MethodResult),
    /// At once, and counted by the sending limits.
    Sends(fn(&mut SandboxState, &mut CallParams) -> MethodResult),
    /// Waits for updates.
    Poll,
}

const METHODS: [(&str, MethodKind); 34] = [
    ("getUpdates", MethodKind::Poll),
    ("sendMessage", MethodKind::Sends(send::send_message)),
    ("answerCallbackQuery", MethodKind::Now(callback::answer_callback_query)),
    ("editMessageText", MethodKind::Now(edit::edit_message_text)),
    ("editMessageReplyMarkup", MethodKind::Now(edit::edit_message_reply_markup)),
    ("editMessageCaption", MethodKind::Now(edit::edit_message_caption)),
    ("deleteMessage", MethodKind::Now(edit::delete_message)),
    ("deleteMessages", MethodKind::Now(edit::delete_messages)),
    ("pinChatMessage", MethodKind::Now(edit::pin_chat_message)),
    ("unpinChatMessage", MethodKind::Now(edit::unpin_chat_message)),
    ("sendDocument", MethodKind::Sends(send::send_document)),
    ("sendPhoto", MethodKind::Sends(send::send_photo)),
    ("sendVideo", MethodKind::Sends(send::send_video)),
    ("sendVoice", MethodKind::Sends(send::send_voice)),
    ("sendAudio", MethodKind::Sends(send::send_audio)),
    ("sendAnimation", MethodKind::Sends(send::send_animation)),
    ("sendVideoNote", MethodKind::Sends(send::send_video_note)),
    ("sendSticker", MethodKind::Sends(send::send_sticker)),
    ("sendMediaGroup", MethodKind::Sends(album::send_media_group)),
    ("sendChatAction", MethodKind::Now(send::send_chat_action)),
    ("getMe", MethodKind::Now(chat::get_me)),
    ("getChat", MethodKind::Now(chat::get_chat)),
    ("getChatMember", MethodKind::Now(chat::get_chat_member)),
    ("leaveChat", MethodKind::Now(chat::leave_chat)),
    ("getFile", MethodKind::Now(files::get_file)),
    ("setMyCommands", MethodKind::Now(commands::set_my_commands)),
    ("getMyCommands", MethodKind::Now(commands::get_my_commands)),
    ("deleteMyCommands", MethodKind::Now(commands::delete_my_commands)),
    ("setWebhook", MethodKind::Now(updates::set_webhook)),
    ("deleteWebhook", MethodKind::Now(updates::delete_webhook)),
    ("getWebhookInfo", MethodKind::Now(updates::get_webhook_info)),
    ("logOut", MethodKind::Now(|_, _| MethodOutput::ok_true())),
    ("close", MethodKind::Now(|_, _| MethodOutput::ok_true())),
    ("setChatMenuButton", MethodKind::Now(|_, _| MethodOutput::ok_true())),
];

/// Answers one call. Setting `cut` closes the connection instead of writing the response.
pub(super) async fn answer_call(
    hub: &StateHub,
    name: &str,
    mut params: CallParams,
    cut: &Arc<AtomicBool>,
) -> Response<Body> {
    let (began, at) = (Instant::now(), SystemTime::now());
    let Some((method, run)) = METHODS.iter().find(|(method, _)| method.eq_ignore_ascii_case(name)).copied()
    else {
        let answer = Err(ApiError::not_found());
        record_call(hub, name, params, at, began, &answer, true);
        return to_response(answer);
    };
    let chat_id = params.chat_id().ok();
    let fault = hub.lock_state().faults.take_matching(method, chat_id);
    if fault.is_some() {
        hub.update_state(|state| state.feed.push_change(crate::feed::StateChange::FaultQueue));
    }
    let answer = match fault {
        Some(FaultKind::DropBefore) => {
            record_call(hub, method, params, at, began, &MethodOutput::ok_true(), false);
            return cut_off(cut);
        }
        Some(FaultKind::Hang { duration: None }) => {
            record_call(hub, method, params, at, began, &MethodOutput::ok_true(), false);
            hub.wait_until_stopped().await;
            return cut_off(cut);
        }
        Some(FaultKind::Hang { duration: Some(duration) }) => {
            tokio::select! {
                () = tokio::time::sleep(duration) => {}
                () = hub.wait_until_stopped() => {}
            }
            run_method(hub, run, &mut params).await
        }
        Some(FaultKind::TooManyRequests { retry_after }) => Err(ApiError::too_many_requests(retry_after)),
        Some(FaultKind::Blocked) => Err(ApiError::forbidden("bot was blocked by the user")),
        Some(FaultKind::Refused { code, ref description }) => Err(ApiError::new(code, description.clone())),
        Some(FaultKind::ServerError { code }) => Err(ApiError::new(
            code,
            StatusCode::from_u16(code)
                .ok()
                .and_then(|code| code.canonical_reason())
                .unwrap_or("Error")
                .to_owned(),
        )),
        Some(FaultKind::DropAfter) | None => run_method(hub, run, &mut params).await,
    };
    let dropped = matches!(fault, Some(FaultKind::DropAfter));
    record_call(hub, method, params, at, began, &answer, !dropped);
    hub.notify_subscribers(|| CompletedCall {
        method,
        chat_id,
        message_id: answer.as_ref().ok().and_then(|done| done.message_id),
        ok: answer.is_ok(),
        at: Instant::now(),
    });
    if dropped { cut_off(cut) } else { to_response(answer) }
}

async fn run_method(hub: &StateHub, run: MethodKind, params: &mut CallParams) -> MethodResult {
    match run {
        MethodKind::Poll => updates::get_updates(hub, params).await,
        MethodKind::Now(method) => hub.update_state(|state| method(state, params)),
        MethodKind::Sends(method) => hub.update_state(|state| {
            if let (Some(limits), Ok(chat)) = (&mut state.limits, params.chat_id()) {
                limits.count_message(chat, Instant::now()).map_err(ApiError::too_many_requests)?;
            }
            method(state, params)
        }),
    }
}

fn record_call(
    hub: &StateHub,
    method: &str,
    params: CallParams,
    at: SystemTime,
    began: Instant,
    answer: &MethodResult,
    answered: bool,
) {
    let outcome = match answer {
        _ if !answered => CallOutcome::NoAnswer,
        Ok(_) => CallOutcome::Ok,
        Err(error) => CallOutcome::Error { code: error.code, description: error.description.clone() },
    };
    hub.update_state(|state| {
        let number = state.next_call_number();
        if state.logs_calls() {
            let (method, params) = (method.to_owned(), params.into_log());
            state.log_call(ApiCall { number, method, params, outcome, at, took: began.elapsed() });
        }
    });
}

/// A response that is never written: the connection is closed instead.
fn cut_off(cut: &Arc<AtomicBool>) -> Response<Body> {
    cut.store(true, std::sync::atomic::Ordering::Release);
    Response::new(Body::empty())
}

pub(super) use files::file_response;
pub(super) use result::{bad_request_response, unauthorized_response};
