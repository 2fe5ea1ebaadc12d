//! The bot's commands, and the command menu that Telegram shows beside the text field.

use serde_json::{Value, json};

use super::view::messages;
use super::view::text::Texts;
use crate::domain::ids::{OrderId, TelegramId, parse_order_number};
use crate::domain::input::normalize_line;
use crate::domain::locale::Locale;
use crate::telegram::Call;

/// What commands begin with: a slash, or what a keyboard or a copied text makes of it.
const SLASHES: [char; 4] = ['/', '\u{ff0f}', '\u{2044}', '\u{2215}'];

/// A command (Telegram Bot API: Bots, commands).
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum BotCommand {
    Start,
    Help,
    Cancel,
    /// `/order` with the number behind it, if there is one.
    Order(Option<OrderId>),
    /// `/find` with what to search for, which may be empty.
    Find(String),
    Today,
    /// A command addressed to another bot.
    OtherBot,
    /// Looks like a command and is none.
    Unknown,
    /// The same, addressed to this bot by name.
    UnknownHere,
}

impl BotCommand {
    /// Returns its name for the log.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Start => "/start",
            Self::Help => "/help",
            Self::Cancel => "/cancel",
            Self::Order(_) => "/order",
            Self::Find(_) => "/find",
            Self::Today => "/today",
            Self::OtherBot => "another_bots_command",
            Self::Unknown | Self::UnknownHere => "unknown_command",
        }
    }

    /// Parses a command: a slash and a word. Behind another slash, or one with a space, only a known command or a word alone
    /// counts, as [`Self::Unknown`]; `/ 5th floor` and `/dev/null` are texts.
    pub(super) fn parse(text: &str, username: &str) -> Option<Self> {
        // Most texts have none and need no copy.
        if !text.contains(SLASHES) {
            return None;
        }
        let line = normalize_line(text);
        let typed = line.strip_prefix(SLASHES)?;
        let is_exact = line.starts_with('/') && !typed.starts_with(' ');
        let (word, rest) = typed.trim_start().split_once(' ').unwrap_or((typed.trim_start(), ""));
        let word = word.trim_end_matches(['.', ',', '!', '?', ':', ';', ')']).to_lowercase();
        let (name, bot) = word.split_once('@').map_or((word.as_str(), None), |(name, bot)| (name, Some(bot)));
        let known = Self::from_name(name, rest);
        if known.is_none() && !is_command_word(name) {
            return None;
        }
        match known {
            _ if !is_exact => (known.is_some() || rest.is_empty()).then_some(Self::Unknown),
            _ if bot.is_some_and(|bot| !bot.eq_ignore_ascii_case(username)) => Some(Self::OtherBot),
            None if bot.is_some() => Some(Self::UnknownHere),
            known => known.or(Some(Self::Unknown)),
        }
    }

    /// `/order_6` and `/order№6` have the number in the name.
    fn from_name(name: &str, rest: &str) -> Option<Self> {
        match name {
            "start" => Some(Self::Start),
            "help" => Some(Self::Help),
            "cancel" => Some(Self::Cancel),
            "today" => Some(Self::Today),
            "find" => Some(Self::Find(rest.to_owned())),
            _ => {
                let number =
                    name.strip_prefix("order").filter(|number| !number.starts_with(char::is_alphabetic))?;
                Some(Self::Order(parse_order_number(&format!("{number} {rest}"))))
            }
        }
    }
}

fn is_command_word(word: &str) -> bool {
    word.starts_with(char::is_alphabetic) && word.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// Returns the calls that register the command menu for all private chats and for groups; in the bot's language by default,
/// and in each language for users whose Telegram has it.
pub(crate) fn general_menus(locale: Locale) -> Vec<Call> {
    let mut calls = Vec::new();
    for (texts, language) in menu_languages(locale) {
        let private = messages::private_commands(texts);
        let group = messages::group_commands(texts);
        calls.push(menu_call(&private, &json!({ "type": "all_private_chats" }), language));
        calls.push(menu_call(&group, &json!({ "type": "all_group_chats" }), language));
    }
    calls
}

/// Returns the calls that register the command menu of a user with a role: with the search and the visits of the day.
pub(crate) fn role_menus(user: TelegramId, locale: Locale) -> Vec<Call> {
    let scope = json!({ "type": "chat", "chat_id": user.0 });
    let menu = |(texts, language)| menu_call(&messages::role_commands(texts), &scope, language);
    menu_languages(locale).map(menu).collect()
}

/// Returns the calls that give a user without a role any more the general command menu.
pub(crate) fn removed_menus(user: TelegramId, locale: Locale) -> Vec<Call> {
    let scope = json!({ "type": "chat", "chat_id": user.0 });
    let removal = |language: Option<&str>| {
        json!({ "scope": scope, "language_code": language.unwrap_or_default() }).to_string()
    };
    let call = |(_, language)| Call { method: "deleteMyCommands", payload: removal(language) };
    menu_languages(locale).map(call).collect()
}

fn menu_languages(locale: Locale) -> impl Iterator<Item = (&'static Texts, Option<&'static str>)> {
    let each = Locale::ALL.map(|other| (Texts::of(other), Some(other.as_str())));
    std::iter::once((Texts::of(locale), None)).chain(each)
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
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Option<BotCommand> {
        BotCommand::parse(text, "test_bot")
    }

    #[test]
    fn parses_commands_with_and_without_the_bots_name() {
        assert_eq!(parse("/start"), Some(BotCommand::Start));
        assert_eq!(parse("/start ref_12"), Some(BotCommand::Start));
        assert_eq!(parse("/Help@Test_Bot"), Some(BotCommand::Help));
        assert_eq!(parse("/order@test_bot 12"), Some(BotCommand::Order(Some(OrderId(12)))));
        assert_eq!(parse("/find Бaумана 70"), Some(BotCommand::Find("Бaумана 70".to_owned())));
        assert_eq!(parse("/FIND"), Some(BotCommand::Find(String::new())));
        assert_eq!(parse("/order"), Some(BotCommand::Order(None)));
        assert_eq!(parse("/order@other_bot 12"), Some(BotCommand::OtherBot));
        assert_eq!(parse("/weather@other_bot"), Some(BotCommand::OtherBot));
        assert_eq!(parse("/weather@test_bot"), Some(BotCommand::UnknownHere));
        for text in ["\u{200b}/cancel", " /CANCEL\u{a0}", "/cancel.", "/can\u{ad}cel!", "/cancel please"] {
            assert_eq!(parse(text), Some(BotCommand::Cancel), "{text:?}");
        }
    }

    #[test]
    fn an_orders_number_is_read_in_every_form() {
        for text in [
            "/order 6",
            "/order  6",
            "/order №6",
            "/order №\u{a0}6",
            "/order #6.",
            "/order_6",
            "/order6",
            "/order№6",
            "/order№ 6",
            "/order_6@test_bot",
            "/ORDER\n６",
        ] {
            assert_eq!(parse(text), Some(BotCommand::Order(Some(OrderId(6)))), "{text:?}");
        }
        for text in ["/order six", "/order 6 7", "/order_6 7", "/order_"] {
            assert_eq!(parse(text), Some(BotCommand::Order(None)), "{text:?}");
        }
    }

    #[test]
    fn what_looks_like_a_command_is_unknown_and_other_texts_are_none() {
        for text in [
            "/foo",
            "/foo bar baz",
            "/cancle",
            "/orders 5",
            "/отмена",
            "/ cancel",
            "/ foo",
            "／cancel",
            "/ order 6",
        ] {
            assert_eq!(parse(text), Some(BotCommand::Unknown), "{text:?}");
        }
        for text in [
            "/* a comment */",
            "/",
            "start",
            "//start",
            "/ 5 этаж",
            "/ кухня течёт",
            "/dev/null",
            "/5",
            "и/или",
            "",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn only_texts_with_a_slash_are_commands(text in "\\PC{0,20}|[/\u{ff0f}] ?(order|cancel|foo)?[_№#@ .0-9\u{200b}a-zа-я]{0,10}") {
            if parse(&text).is_some() {
                prop_assert!(normalize_line(&text).starts_with(SLASHES), "{text:?}");
            }
        }
    }
}
