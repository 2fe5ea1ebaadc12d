//! What is known of a client by the phone, as HTML for staff.

use chrono_tz::Tz;

use crate::bot::view::html::shorten_text;
use crate::bot::view::names;
use crate::bot::view::text::{Texts, format_date, html_text};
use crate::domain::order::Order;
use crate::service::orders::KnownClient;

/// The most of a client's field, in UTF-16 units.
const CLIENT_FIELD: usize = 100;

/// Tells who the client is, how many orders they had, and the last one; an open order is a warning.
pub(crate) fn known_client(texts: &Texts, zone: Tz, client: &KnownClient) -> String {
    let last = &client.last;
    let known = html_text!(
        texts,
        "client-known",
        name = shorten_text(&last.client_name, CLIENT_FIELD),
        address = shorten_text(&last.client_address, CLIENT_FIELD),
        count = client.orders,
        id = last.id,
        date = format_date(texts, zone, last.created_at),
        status = names::status_name(texts, last.status),
    );
    match &client.open {
        Some(open) => format!("{known}\n{}", open_order_warning(texts, open)),
        None => known,
    }
}

/// Warns that a client has an open order already.
pub(crate) fn open_order_warning(texts: &Texts, open: &Order) -> String {
    html_text!(
        texts,
        "client-open-order",
        id = open.id,
        equipment = shorten_text(&names::equipment_name(texts, &open.equipment), CLIENT_FIELD),
        status = names::status_name(texts, open.status),
    )
}
