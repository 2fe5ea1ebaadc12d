//! One order in one line, as on the buttons of a list.

use chrono::{DateTime, TimeDelta, Utc};

use crate::bot::view::html::{shorten_text, utf16_len};
use crate::bot::view::names;
use crate::bot::view::text::{Texts, format_money, plain_text};
use crate::bot::view::visits::{LocalClock, short_date, short_visit};
use crate::domain::address::{split_house, street_and_house};
use crate::domain::order::Order;
use crate::domain::visibility::ClientDetails;
use crate::service::order_lists::ListedOrder;

/// The most of a street or a name, in UTF-16 units: a phone shows about 40 on a button.
const ROW_FIELD: usize = 20;
/// The most of a master's name, in UTF-16 units.
const ROW_NAME: usize = 12;

/// Returns `🆕 №250 · 70 Main Street · Anna`, with the client for staff only, as in [`own_row`].
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
        shorten_street(&street_and_house(&order.client_address))
    } else {
        shorten_text(&names::equipment_name(texts, &order.equipment), ROW_FIELD)
    }
}

/// Shortens the street and keeps the house, without which a master finds nothing.
fn shorten_street(address: &str) -> String {
    match split_house(address) {
        Some((street, house)) if utf16_len(house) < ROW_FIELD / 2 => {
            format!("{} {house}", shorten_text(street, ROW_FIELD - utf16_len(house) - 1))
        }
        _ => shorten_text(address, ROW_FIELD),
    }
}

/// Returns `№250 · Fri 15:00 · 70 Main Street · Egor` for a list of staff: with the master, else with how long the order
/// waits. `shows_status` is for lists of several statuses.
pub(crate) fn staff_row(
    texts: &Texts,
    clock: LocalClock,
    listed: &ListedOrder,
    shows_status: bool,
) -> String {
    let ListedOrder { order, master } = listed;
    let number =
        if shows_status { numbered(texts, order) } else { plain_text!(texts, "order-number", id = order.id) };
    let mut parts = vec![number];
    parts.extend(order.visit.map(|visit| short_visit(texts, clock, visit)));
    parts.push(street_or_equipment(texts, order, ClientDetails::Full));
    match master {
        Some(master) => parts.push(shorten_text(&master.name, ROW_NAME)),
        None if order.status.is_open() => parts.push(age_text(texts, order.created_at, clock.now)),
        None => {}
    }
    parts.join(" · ")
}

/// Returns `📨 №250 · Fri 15:00 · Oven` for the master's own list, without the client: unlike a card, a list on the screen
/// is not refreshed when an order moves to another master.
pub(crate) fn own_row(texts: &Texts, clock: LocalClock, order: &Order) -> String {
    let mut parts = vec![numbered(texts, order)];
    parts.extend(order.visit.map(|visit| short_visit(texts, clock, visit)));
    parts.push(street_or_equipment(texts, order, ClientDetails::Hidden));
    parts.join(" · ")
}

/// Returns `🏁 №250 · 24.11 · 5 400 ₽` for the master's closed orders: when it was closed, and the master's share.
pub(crate) fn closed_row(texts: &Texts, clock: LocalClock, order: &Order) -> String {
    let mut parts = vec![numbered(texts, order)];
    let closed = order.closed_at.unwrap_or(order.updated_at);
    parts.push(short_date(texts, closed.with_timezone(&clock.zone).date_naive()));
    parts.push(street_or_equipment(texts, order, ClientDetails::Hidden));
    parts.extend(order.master_share.map(|share| format_money(texts, share)));
    parts.join(" · ")
}

/// Returns how long ago a moment was: `5 min`, `3 h`, `2 d`.
pub(crate) fn age_text(texts: &Texts, since: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let age = (now - since).max(TimeDelta::zero());
    if age < TimeDelta::hours(1) {
        plain_text!(texts, "age-minutes", count = age.num_minutes())
    } else if age < TimeDelta::days(2) {
        plain_text!(texts, "age-hours", count = age.num_hours())
    } else {
        plain_text!(texts, "age-days", count = age.num_days())
    }
}
