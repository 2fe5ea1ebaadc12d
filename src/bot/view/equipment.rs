//! A type of equipment in the settings, as HTML.

use crate::bot::view::html::shorten_text;
use crate::bot::view::names;
use crate::bot::view::text::{Texts, html_text, plain_text};
use crate::domain::equipment::EquipmentType;

/// The most of a name, in UTF-16 units.
const NAME: usize = 200;

/// Renders one type with its place in the list.
pub(crate) fn equipment_screen(texts: &Texts, kind: &EquipmentType, place: usize, total: usize) -> String {
    let state = if kind.is_hidden {
        plain_text!(texts, "equipment-state-hidden")
    } else {
        plain_text!(texts, "equipment-state-offered")
    };
    let name = shorten_text(&names::equipment_name(texts, &kind.name), NAME);
    html_text!(texts, "equipment-screen", name = name, state = state, place = place, total = total)
}
