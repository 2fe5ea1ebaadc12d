//! The command menu that Telegram shows beside the text field.

use serde_json::{Value, json};

use super::view::messages;
use super::view::text::Texts;
use crate::config::people::PeopleConfig;
use crate::domain::locale::Locale;
use crate::telegram::Call;

/// The calls that register the command menu: for everybody, for groups, and with `/order` for staff in their
/// private chats; in the bot's own language for all and in the others for people whose Telegram speaks them.
#[must_use]
pub fn menus(people: &PeopleConfig, locale: Locale) -> Vec<Call> {
    let mut calls = Vec::new();
    for (texts, language) in std::iter::once((Texts::of(locale), None))
        .chain(Locale::ALL.map(|other| (Texts::of(other), Some(other.as_str()))))
    {
        let private = messages::private_commands(texts);
        let group = messages::group_commands(texts);
        calls.push(menu(&private, &json!({ "type": "all_private_chats" }), language));
        calls.push(menu(&group, &json!({ "type": "all_group_chats" }), language));
        let find = group.iter().filter(|(name, _)| !private.iter().any(|(known, _)| known == name));
        let staff: Vec<_> = private.iter().chain(find).cloned().collect();
        for (person, _) in people.all_roles() {
            calls.push(menu(&staff, &json!({ "type": "chat", "chat_id": person.0 }), language));
        }
    }
    calls
}

fn menu(commands: &[(&'static str, String)], scope: &Value, language: Option<&str>) -> Call {
    let commands: Vec<Value> =
        commands.iter().map(|(name, about)| json!({ "command": name, "description": about })).collect();
    let payload =
        json!({ "commands": commands, "scope": scope, "language_code": language.unwrap_or_default() });
    Call { method: "setMyCommands", payload: payload.to_string() }
}
