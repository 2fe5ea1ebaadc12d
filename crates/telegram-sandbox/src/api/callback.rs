//! answerCallbackQuery: each button press is answered once.

use super::params::CallParams;
use super::result::{MethodOutput, MethodResult};
use crate::api_error::ApiError;
use crate::calls::CallbackAnswer;
use crate::state::SandboxState;

/// Maximum length of an answer in characters.
const MAX_ANSWER: usize = 200;

pub(super) fn answer_callback_query(state: &mut SandboxState, params: &mut CallParams) -> MethodResult {
    let text = params.text("text").unwrap_or_default();
    if text.chars().count() > MAX_ANSWER {
        return Err(ApiError::bad_request("MESSAGE_TOO_LONG"));
    }
    let query_id = params.text("callback_query_id").unwrap_or_default();
    let Some(query) = state.take_query(&query_id) else {
        return Err(ApiError::bad_request(
            "query is too old and response timeout expired or query ID is invalid",
        ));
    };
    state.log_answer(CallbackAnswer {
        query_id,
        user_id: query.user_id,
        chat_id: query.chat_id,
        text,
        show_alert: params.flag("show_alert"),
        url: params.text("url").filter(|url| !url.is_empty()),
    });
    MethodOutput::ok_true()
}
