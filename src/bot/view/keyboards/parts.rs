//! What keyboards are made of.

use std::collections::HashMap;

use teloxide::types::{InlineKeyboardButton, KeyboardButton, KeyboardMarkup};

use crate::bot::callback::{Callback, PageNumber};
use crate::bot::labels::Label;
use crate::bot::view::html::shorten_text;
use crate::bot::view::paging::Paging;
use crate::bot::view::text::Texts;
use crate::domain::input::fold_words;
use crate::domain::master::Master;

/// The most of a name on a button, in UTF-16 units; phones cut longer ones anyway.
const BUTTON_NAME: usize = 40;

/// The most of what stands behind a name, in UTF-16 units.
const BUTTON_DETAIL: usize = 24;

pub(super) type ButtonRows = Vec<Vec<InlineKeyboardButton>>;

pub(super) fn inline_button(text: impl Into<String>, callback: Callback) -> InlineKeyboardButton {
    InlineKeyboardButton::callback(text, callback.encode())
}

pub(super) fn in_rows_of(
    width: usize,
    buttons: impl IntoIterator<Item = InlineKeyboardButton>,
) -> ButtonRows {
    let mut rows = ButtonRows::new();
    for next in buttons {
        match rows.last_mut() {
            Some(row) if row.len() < width => row.push(next),
            _ => rows.push(vec![next]),
        }
    }
    rows
}

/// Returns a name for the button of each master. Masters of one name get the first detail that tells them apart.
pub(super) fn button_names(masters: &[(Master, i64)]) -> Vec<String> {
    let candidates: Vec<_> = masters.iter().map(|(master, _)| possible_names(master)).collect();
    let mut counts: HashMap<String, usize> = HashMap::new();
    for name in candidates.iter().flatten() {
        *counts.entry(fold_words(name)).or_default() += 1;
    }
    let is_unique = |name: &&String| counts.get(&fold_words(name)) == Some(&1);
    let unique_name = |names: &[String; 4]| names.iter().find(is_unique).unwrap_or(&names[3]).clone();
    candidates.iter().map(unique_name).collect()
}

/// Returns the name alone, and with specialization, last digits of the phone, and number.
fn possible_names(master: &Master) -> [String; 4] {
    let name = shorten_text(&master.name, BUTTON_NAME);
    let specialization = shorten_text(&master.specialization, BUTTON_DETAIL);
    let phone: Vec<char> = master.phone.chars().collect();
    let ending: String = phone[phone.len().saturating_sub(4)..].iter().collect();
    [
        name.clone(),
        format!("{name} · {specialization}"),
        format!("{name} · …{ending}"),
        format!("{name} · №{}", master.id),
    ]
}

/// Returns back, the page number and forward; `None` when everything is on one page.
pub(super) fn page_row(
    paging: Paging,
    to: impl Fn(PageNumber) -> Callback,
) -> Option<Vec<InlineKeyboardButton>> {
    if paging.pages <= 1 {
        return None;
    }
    let PageNumber(page) = paging.page;
    let mut row = Vec::new();
    if page > 1 {
        row.push(inline_button("◀️", to(PageNumber(page - 1))));
    }
    row.push(inline_button(format!("{page} / {}", paging.pages), Callback::CurrentPage));
    if page < paging.pages {
        row.push(inline_button("▶️", to(PageNumber(page + 1))));
    }
    Some(row)
}

pub(super) fn reply_keyboard(texts: &Texts, rows: impl IntoIterator<Item = Vec<Label>>) -> KeyboardMarkup {
    let key = |label: Label| KeyboardButton::new(label.text(texts.locale()));
    let rows = rows.into_iter().map(|row| row.into_iter().map(key).collect::<Vec<_>>());
    KeyboardMarkup::new(rows).resize_keyboard()
}
