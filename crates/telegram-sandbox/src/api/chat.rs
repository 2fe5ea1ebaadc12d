//! getMe, getChat, getChatMember, leaveChat.

use serde_json::json;

use super::params::CallParams;
use super::result::{MethodOutput, MethodResult};
use crate::api_error::ApiError;
use crate::chat::{BotMembership, ChatKind};
use crate::feed::StateChange;
use crate::message::to_value;
use crate::state::SandboxState;

#[allow(clippy::unnecessary_wraps)] // every method has this shape
pub(super) fn get_me(state: &mut SandboxState, _: &mut CallParams) -> MethodResult {
    let mut me = to_value(&state.me);
    me["can_join_groups"] = true.into();
    me["can_read_all_group_messages"] = (!state.privacy_mode).into();
    for name in ["supports_inline_queries", "can_connect_to_business", "has_main_web_app"] {
        me[name] = false.into();
    }
    Ok(MethodOutput::new(me))
}

/// Returns `ChatFullInfo`.
pub(super) fn get_chat(state: &mut SandboxState, params: &mut CallParams) -> MethodResult {
    let id = params.chat_id()?;
    let chat = state.chats.get(&id).ok_or_else(|| ApiError::bad_request("chat not found"))?;
    match &chat.kind {
        ChatKind::Private { started: false, .. } => {
            return Err(ApiError::bad_request("chat not found"));
        }
        ChatKind::Private { .. } => {}
        ChatKind::Group { .. } => chat.check_writable()?,
    }
    let mut info = state.chat_json(id);
    info["accent_color_id"] = 0.into();
    info["max_reaction_count"] = 11.into();
    let no_gifts = ["unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription"];
    info["accepted_gift_types"] = no_gifts.iter().map(|name| ((*name).to_owned(), json!(false))).collect();
    if chat.is_group() {
        info["permissions"] =
            json!({ "can_send_messages": true, "can_send_documents": true, "can_send_photos": true });
    }
    Ok(MethodOutput::new(info))
}

pub(super) fn get_chat_member(state: &mut SandboxState, params: &mut CallParams) -> MethodResult {
    let chat = state.writable_chat(params.chat_id()?)?;
    let found = params.int("user_id").and_then(|id| state.find_user(id));
    let user = found.ok_or_else(|| ApiError::bad_request("PARTICIPANT_ID_INVALID"))?;
    let inside = user.id == state.me.id || chat.has_user(user.id);
    Ok(MethodOutput::new(json!({ "user": user, "status": if inside { "member" } else { "left" } })))
}

pub(super) fn leave_chat(state: &mut SandboxState, params: &mut CallParams) -> MethodResult {
    let chat = params.chat_id()?;
    if !state.writable_chat(chat)?.is_group() {
        return Err(ApiError::bad_request("chat member status can't be changed in private chats"));
    }
    state.set_membership(chat, BotMembership::Never);
    state.feed.push_change(StateChange::Chat);
    MethodOutput::ok_true()
}
