//! Methods that ask who and where: getMe, getChat, getChatMember; and leaveChat.

use serde_json::json;

use super::params::Params;
use super::{Answer, ApiError, Done};
use crate::chats::{ChatKind, Standing};
use crate::feed::Change;
use crate::message::as_value;
use crate::state::State;

/// getMe.
#[allow(clippy::unnecessary_wraps)] // every method has this shape
pub(super) fn me(state: &mut State, _: &mut Params) -> Answer {
    let mut me = as_value(&state.me);
    me["can_join_groups"] = true.into();
    me["can_read_all_group_messages"] = (!state.privacy_mode).into();
    for name in ["supports_inline_queries", "can_connect_to_business", "has_main_web_app"] {
        me[name] = false.into();
    }
    Ok(Done::new(me))
}

/// getChat ("Telegram Bot API: `ChatFullInfo`").
pub(super) fn chat(state: &mut State, params: &mut Params) -> Answer {
    let id = params.chat_id()?;
    let chat = state.chats.get(&id).ok_or_else(|| ApiError::bad_request("chat not found"))?;
    match &chat.kind {
        ChatKind::Private { started: false, .. } => {
            return Err(ApiError::bad_request("chat not found"));
        }
        ChatKind::Private { .. } => {}
        ChatKind::Group { .. } => chat.check_reachable()?,
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
    Ok(Done::new(info))
}

/// getChatMember.
pub(super) fn member(state: &mut State, params: &mut Params) -> Answer {
    let chat = state.reachable(params.chat_id()?)?;
    let found = params.int("user_id").and_then(|id| state.user(id));
    let user = found.ok_or_else(|| ApiError::bad_request("PARTICIPANT_ID_INVALID"))?;
    let inside = user.id == state.me.id || chat.has_person(user.id);
    Ok(Done::new(json!({ "user": user, "status": if inside { "member" } else { "left" } })))
}

/// leaveChat.
pub(super) fn leave(state: &mut State, params: &mut Params) -> Answer {
    let chat = params.chat_id()?;
    if !state.reachable(chat)?.is_group() {
        return Err(ApiError::bad_request("chat member status can't be changed in private chats"));
    }
    state.set_standing(chat, Standing::Never);
    state.feed.push(Change::Chat);
    Done::yes()
}
