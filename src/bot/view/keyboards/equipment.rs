//! The keyboards of the types of equipment in the settings.

use teloxide::types::InlineKeyboardMarkup;

use super::parts::{in_rows_of, inline_button};
use crate::bot::callback::{Callback, EquipmentCommand};
use crate::bot::labels::Label;
use crate::bot::view::names;
use crate::bot::view::text::{Texts, plain_text};
use crate::domain::equipment::EquipmentType;

/// Telegram refuses a keyboard with more buttons; one adds a type, one leads back.
const MAX_TYPES: usize = 98;

/// Returns all types, hidden ones marked, and the button that adds one.
pub(crate) fn equipment_list(texts: &Texts, types: &[EquipmentType]) -> InlineKeyboardMarkup {
    let buttons = types.iter().take(MAX_TYPES).map(|kind| {
        let name = names::equipment_name(texts, &kind.name);
        let text = if kind.is_hidden { format!("🙈 {name}") } else { name };
        inline_button(text, Callback::EquipmentType(EquipmentCommand::Manage, kind.id))
    });
    let mut rows = in_rows_of(2, buttons);
    rows.push(vec![inline_button(plain_text!(texts, "button-equipment-add"), Callback::AddEquipment)]);
    rows.push(vec![inline_button(Label::Back.text(texts.locale()), Callback::ShowSettings)]);
    InlineKeyboardMarkup::new(rows)
}

/// Returns what can be done with a type.
pub(crate) fn manage_equipment(texts: &Texts, kind: &EquipmentType) -> InlineKeyboardMarkup {
    let command_button =
        |text: String, command| inline_button(text, Callback::EquipmentType(command, kind.id));
    let visibility = if kind.is_hidden {
        command_button(plain_text!(texts, "button-equipment-show"), EquipmentCommand::Show)
    } else {
        command_button(plain_text!(texts, "button-equipment-hide"), EquipmentCommand::Hide)
    };
    InlineKeyboardMarkup::new([
        vec![
            command_button(plain_text!(texts, "button-equipment-rename"), EquipmentCommand::Rename),
            visibility,
        ],
        vec![
            command_button(plain_text!(texts, "button-equipment-up"), EquipmentCommand::Up),
            command_button(plain_text!(texts, "button-equipment-down"), EquipmentCommand::Down),
        ],
        vec![inline_button(plain_text!(texts, "button-equipment-types"), Callback::EquipmentTypes)],
    ])
}
