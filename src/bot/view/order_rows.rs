//! One order in one line, as on the buttons of a list.

use crate::bot::view::html::shorten_text;
use crate::bot::view::names;
use crate::bot::view::text::{Texts, plain_text};
use crate::domain::address::street_and_house;
use crate::domain::order::Order;
use crate::domain::visibility::ClientDetails;

/// The most of a street or a name, in UTF-16 units: a phone shows about 40 on a button.
const ROW_FIELD: usize = 20;

/// Returns `🆕 №250 · 70 Main Street · Anna`, with as much of the client as the reader may see.
pub(crate) fn found_row(texts: &Texts, order: &Order, details: ClientDetails) -> String {
    let mut parts = vec![numbered(texts, order)];
    parts.push(street_or_equipment(texts, order, details));
    if details.shows_address() {
        parts.push(shorten_text(&order.client_name, ROW_FIELD));
    }
    parts.join(" · ")
}

/// Returns status and number.
pub(crate) fn numbered(texts: &Texts, order: &Order) -> String {
    format!("{} {}", names::status_emoji(order.status), plain_text!(texts, "order-number", id = order.id))
}

/// Returns where the order is, or what it is about where the reader may not see the address.
pub(crate) fn street_or_equipment(texts: &Texts, order: &Order, details: ClientDetails) -> String {
    if details.shows_address() {
        shorten_text(&street_and_house(&order.client_address), ROW_FIELD)
    } else {
        shorten_text(&names::equipment_name(texts, &order.equipment), ROW_FIELD)
    }
}
