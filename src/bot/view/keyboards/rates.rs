//! The keyboards of the rates in the settings.

use teloxide::types::InlineKeyboardMarkup;

use super::parts::{in_rows_of, inline_button};
use crate::bot::callback::{Callback, RatesButton};
use crate::bot::labels::Label;
use crate::bot::view::names;
use crate::bot::view::rates::rate_name;
use crate::bot::view::text::{Texts, plain_text};
use crate::domain::equipment::EquipmentType;
use crate::domain::ids::EquipmentTypeId;
use crate::domain::rates::RateField;

/// Telegram refuses a keyboard with more buttons; one leads back.
const MAX_TYPES: usize = 99;

/// Returns all types; those with rates of their own are marked.
pub(crate) fn rate_types(texts: &Texts, types: &[(EquipmentType, bool)]) -> InlineKeyboardMarkup {
    let buttons = types.iter().take(MAX_TYPES).map(|(kind, is_own)| {
        let name = names::equipment_name(texts, &kind.name);
        let text = if *is_own { format!("✏️ {name}") } else { name };
        inline_button(text, Callback::Rates(RatesButton::Show(Some(kind.id))))
    });
    let mut rows = in_rows_of(2, buttons);
    let all = Callback::Rates(RatesButton::Show(None));
    rows.push(vec![inline_button(Label::Back.text(texts.locale()), all)]);
    InlineKeyboardMarkup::new(rows)
}

/// Returns a button for each value, the way back, and what resets them.
pub(crate) fn rate_fields(
    texts: &Texts,
    kind: Option<EquipmentTypeId>,
    is_own: bool,
) -> InlineKeyboardMarkup {
    let rates_button = |text: String, button| inline_button(text, Callback::Rates(button));
    let fields =
        RateField::ALL.map(|field| rates_button(rate_name(texts, field), RatesButton::Change(kind, field)));
    let mut rows = in_rows_of(2, fields);
    if is_own {
        rows.push(vec![rates_button(plain_text!(texts, "button-rates-reset"), RatesButton::Reset(kind))]);
    }
    let back = Label::Back.text(texts.locale());
    if kind.is_some() {
        rows.push(vec![rates_button(back.to_owned(), RatesButton::ListTypes)]);
    } else {
        rows.push(vec![rates_button(plain_text!(texts, "button-rates-by-type"), RatesButton::ListTypes)]);
        rows.push(vec![inline_button(back, Callback::ShowSettings)]);
    }
    InlineKeyboardMarkup::new(rows)
}
