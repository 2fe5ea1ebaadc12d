//! What keyboards are made of.

use teloxide::types::{InlineKeyboardButton, KeyboardButton, KeyboardMarkup};

use crate::bot::callback::{Callback, PageNumber};
use crate::bot::labels::Label;
use crate::bot::view::html::shorten_text;
use crate::bot::view::paging::Paging;
use crate::bot::view::text::Texts;
use crate::domain::master::Master;

/// The most of a name on a button, in UTF-16 units; phones cut longer ones anyway.
const BUTTON_NAME: usize = 40;

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

pub(super) fn button_name(master: &Master) -> String {
    shorten_text(&master.name, BUTTON_NAME)
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
