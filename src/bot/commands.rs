//! The bot's commands, and the command menu that Telegram shows beside the text field.

use serde_json::{Value, json};

use super::view::messages;
use super::view::text::Texts;
use crate::config::roles::RolesConfig;
use crate::domain::locale::Locale;
use crate::telegram::Call;

/// A command (Telegram Bot API: Bots, commands).
#[derive(Debug, Eq, PartialEq)]
pub(super) enum BotCommand<'a> {
    Start,
    Help,
    Cancel,
    /// `/order` with the text that follows it.
    Order(&'a str),
    /// A command addressed to another bot.
    OtherBot,
}

impl<'a> BotCommand<'a> {
    /// Returns its name for the log.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Start => "/start",
            Self::Help => "/help",
            Self::Cancel => "/cancel",
            Self::Order(_) => "/order",
            Self::OtherBot => "another_bots_command",
        }
    }

    /// Parses a command. A text that only begins with a slash is not one.
    pub(super) fn parse(text: &'a str, username: &str) -> Option<Self> {
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let word = word.strip_prefix('/')?;
        let (name, bot) = word.split_once('@').map_or((word, None), |(name, bot)| (name, Some(bot)));
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !is_name {
            return None;
        }
        if bot.is_some_and(|bot| !bot.eq_ignore_ascii_case(username)) {
            return Some(Self::OtherBot);
        }
        match name.to_ascii_lowercase().as_str() {
            "start" => Some(Self::Start),
            "help" => Some(Self::Help),
            "cancel" => Some(Self::Cancel),
            "order" => Some(Self::Order(rest)),
            _ => None,
        }
    }
}

/// Returns the calls that register the command menu: for all private chats, for groups, and with `/order` for
/// configured staff; in the bot's language by default, and in each language for users whose Telegram has it.
pub(crate) fn command_menus(configured: &RolesConfig, locale: Locale) -> Vec<Call> {
    let mut calls = Vec::new();
    for (texts, language) in std::iter::once((Texts::of(locale), None))
        .chain(Locale::ALL.map(|other| (Texts::of(other), Some(other.as_str()))))
    {
        let private = messages::private_commands(texts);
        let group = messages::group_commands(texts);
        calls.push(menu_call(&private, &json!({ "type": "all_private_chats" }), language));
        calls.push(menu_call(&group, &json!({ "type": "all_group_chats" }), language));
        let find = group.iter().filter(|(name, _)| !private.iter().any(|(known, _)| known == name));
        let staff: Vec<_> = private.iter().chain(find).cloned().collect();
        for (person, _) in configured.all_roles() {
            calls.push(menu_call(&staff, &json!({ "type": "chat", "chat_id": person.0 }), language));
        }
    }
    calls
}

fn menu_call(commands: &[(&'static str, String)], scope: &Value, language: Option<&str>) -> Call {
    let commands: Vec<Value> =
        commands.iter().map(|(name, about)| json!({ "command": name, "description": about })).collect();
    let payload =
        json!({ "commands": commands, "scope": scope, "language_code": language.unwrap_or_default() });
    Call { method: "setMyCommands", payload: payload.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_commands_with_and_without_the_bots_name() {
        let parse = |text| BotCommand::parse(text, "test_bot");
        assert_eq!(parse("/start"), Some(BotCommand::Start));
        assert_eq!(parse("/Help@Test_Bot"), Some(BotCommand::Help));
        assert_eq!(parse("/order@test_bot 12"), Some(BotCommand::Order("12")));
        assert_eq!(parse("/order"), Some(BotCommand::Order("")));
        assert_eq!(parse("/order@other_bot 12"), Some(BotCommand::OtherBot));
        for text in ["/* a comment */", "/", "/unknown", "start", "/ start", "//start", "/стоп"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
