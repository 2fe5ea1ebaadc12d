//! The keyboards of lists whose rows are orders, and the way back to them.

use teloxide::types::InlineKeyboardMarkup;

use super::parts::{ButtonRows, inline_button, page_row};
use crate::bot::callback::{Callback, ListPlace};
use crate::bot::view::order_rows::found_row;
use crate::bot::view::paging::Paging;
use crate::bot::view::text::{Texts, plain_text};
use crate::domain::ids::{OrderId, SearchId};
use crate::domain::order::Order;
use crate::domain::visibility::ClientDetails;

/// Returns the orders of a page of what was found, the page row and a new search.
pub(crate) fn found_orders(
    texts: &Texts,
    search: SearchId,
    orders: &[(Order, ClientDetails)],
    paging: Paging,
) -> InlineKeyboardMarkup {
    let place = ListPlace::Search(search, paging.page);
    let rows = orders.iter().map(|(order, details)| (order.id, found_row(texts, order, *details)));
    let mut rows = open_rows(rows, place);
    rows.extend(page_row(paging, |page| Callback::ShowList(ListPlace::Search(search, page))));
    rows.push(vec![inline_button(plain_text!(texts, "button-search-new"), Callback::SearchNew)]);
    InlineKeyboardMarkup::new(rows)
}

/// Returns a button for each order, which opens it with the way back to this list.
fn open_rows(rows: impl IntoIterator<Item = (OrderId, String)>, place: ListPlace) -> ButtonRows {
    let button = |(order, text)| vec![inline_button(text, Callback::OpenFrom(order, place))];
    rows.into_iter().map(button).collect()
}

/// Replaces the way back from a card to all orders by the one to the list from which it was opened.
pub(crate) fn with_way_back(
    texts: &Texts,
    card: Option<InlineKeyboardMarkup>,
    place: ListPlace,
) -> InlineKeyboardMarkup {
    let default = inline_button("", Callback::BackToOrders).kind;
    let mut rows = card.map(|card| card.inline_keyboard).unwrap_or_default();
    for row in &mut rows {
        row.retain(|button| button.kind != default);
    }
    rows.retain(|row| !row.is_empty());
    rows.push(vec![inline_button(plain_text!(texts, "button-back-to-list"), Callback::ShowList(place))]);
    InlineKeyboardMarkup::new(rows)
}
