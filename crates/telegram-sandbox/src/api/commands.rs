//! Command menus: setMyCommands, getMyCommands, deleteMyCommands, and the menu that a user sees
//! ("Telegram Bot API: Determining list of commands").

use serde_json::{Value, json};

use super::params::CallParams;
use super::result::{MethodOutput, MethodResult};
use crate::api_error::ApiError;
use crate::feed::StateChange;
use crate::state::{BotCommand, SandboxState};

pub(super) fn set_my_commands(state: &mut SandboxState, params: &mut CallParams) -> MethodResult {
    let key = menu_key(state, params)?;
    let wrong = || ApiError::bad_request("can't parse commands JSON object");
    let value = params.parse_json("commands").map_err(|()| wrong())?.unwrap_or_default();
    let commands: Vec<BotCommand> = serde_json::from_value(value).map_err(|_| wrong())?;
    if commands.len() > 100 {
        return Err(ApiError::bad_request("BOT_COMMANDS_TOO_MUCH"));
    }
    for command in &commands {
        let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if command.command.is_empty() || command.command.len() > 32 || !command.command.bytes().all(letters) {
            return Err(ApiError::bad_request("BOT_COMMAND_INVALID"));
        }
        if command.description.is_empty() || command.description.chars().count() > 256 {
            return Err(ApiError::bad_request("BOT_COMMAND_DESCRIPTION_INVALID"));
        }
    }
    if commands.is_empty() {
        state.commands.remove(&key);
    } else {
        state.commands.insert(key, commands);
    }
    state.feed.push_change(StateChange::Commands);
    MethodOutput::ok_true()
}

pub(super) fn get_my_commands(state: &mut SandboxState, params: &mut CallParams) -> MethodResult {
    let key = menu_key(state, params)?;
    let commands = state.commands.get(&key).map(Vec::as_slice).unwrap_or_default();
    Ok(MethodOutput::new(json!(commands)))
}

pub(super) fn delete_my_commands(state: &mut SandboxState, params: &mut CallParams) -> MethodResult {
    let key = menu_key(state, params)?;
    state.commands.remove(&key);
    state.feed.push_change(StateChange::Commands);
    MethodOutput::ok_true()
}

/// Scope (as JSON) and language.
fn menu_key(state: &SandboxState, params: &CallParams) -> Result<(String, String), ApiError> {
    let wrong = || ApiError::bad_request("can't parse BotCommandScope JSON object");
    let scope =
        params.parse_json("scope").map_err(|()| wrong())?.unwrap_or_else(|| json!({ "type": "default" }));
    let kind = scope.get("type").and_then(Value::as_str).ok_or_else(wrong)?;
    let number = |name: &str| {
        let value = scope.get(name);
        value.and_then(Value::as_i64).or_else(|| value.and_then(Value::as_str)?.parse().ok())
    };
    let chat = || {
        let id = number("chat_id").ok_or_else(|| ApiError::bad_request("chat not found"))?;
        // Telegram accepts a menu only for a chat that the bot knows.
        state.writable_chat(id).map(|_| id).map_err(|_| ApiError::bad_request("chat not found"))
    };
    let scope = match kind {
        "default" | "all_private_chats" | "all_group_chats" | "all_chat_administrators" => {
            json!({ "type": kind })
        }
        "chat" | "chat_administrators" => json!({ "type": kind, "chat_id": chat()? }),
        "chat_member" => {
            let user = number("user_id").ok_or_else(|| ApiError::bad_request("invalid user_id specified"))?;
            json!({ "type": kind, "chat_id": chat()?, "user_id": user })
        }
        _ => return Err(ApiError::bad_request("unsupported type specified")),
    };
    Ok((scope.to_string(), params.text("language_code").unwrap_or_default()))
}

impl SandboxState {
    /// The menu that a user sees in a chat: of the narrowest scope, in the user's language if there is one.
    pub(crate) fn commands_for(&self, chat: i64, user: i64) -> &[BotCommand] {
        let wide = if chat < 0 { "all_group_chats" } else { "all_private_chats" };
        let scopes = [
            json!({ "type": "chat_member", "chat_id": chat, "user_id": user }),
            json!({ "type": "chat", "chat_id": chat }),
            json!({ "type": wide }),
            json!({ "type": "default" }),
        ];
        let language = self.find_user(user).and_then(|user| user.language_code.clone()).unwrap_or_default();
        for scope in scopes {
            for language in [language.as_str(), ""] {
                if let Some(commands) = self.commands.get(&(scope.to_string(), language.to_owned())) {
                    return commands;
                }
            }
        }
        &[]
    }
}
