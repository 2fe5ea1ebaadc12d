//! Lists of orders and of masters, and the card of one master. HTML; a page always fits into one message.

use chrono_tz::Tz;

use crate::bot::callback::{MasterFilter, OrderFilter, Page};
use crate::bot::view::html::{escape_html, fit, shorten};
use crate::bot::view::text::{Texts, date, plain, say};
use crate::bot::view::words;
use crate::domain::master::Master;
use crate::domain::order::Order;

/// How many rows a page has.
pub const PAGE_SIZE: i64 = 10;
const PAGE_ROWS: usize = 10;

/// The most of one user field in a line of a list, in UTF-16 units.
const LINE_FIELD: usize = 60;

/// Where one is in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    /// The page shown, within `1..=pages`.
    pub page: Page,
    /// How many pages there are, at least 1.
    pub pages: u32,
    /// How many rows the whole list has.
    pub total: i64,
}

impl Paging {
    /// The wanted page of a list with `total` rows; the nearest one when there is no such page.
    #[must_use]
    pub fn new(wanted: Page, total: i64) -> Self {
        let pages = total.max(1).div_euclid(PAGE_SIZE) + i64::from(total.max(1) % PAGE_SIZE != 0);
        let pages = u32::try_from(pages).unwrap_or(u32::MAX);
        Self { page: Page(wanted.0.clamp(1, pages)), pages, total }
    }

    /// How many rows come before this page.
    #[must_use]
    pub fn offset(self) -> i64 {
        (i64::from(self.page.0) - 1) * PAGE_SIZE
    }

    /// The rows of this page, of a list that is at hand as a whole.
    #[must_use]
    pub fn slice<T>(self, rows: &[T]) -> &[T] {
        let start = usize::try_from(self.offset()).unwrap_or(usize::MAX).min(rows.len());
        let end = start.saturating_add(PAGE_ROWS).min(rows.len());
        rows.get(start..end).unwrap_or_default()
    }
}

/// The first screen of all orders, above the filters.
#[must_use]
pub fn orders_overview(texts: &Texts, total: i64) -> String {
    say!(texts, "orders-overview", count = words::orders_count(texts, total))
}

/// A page of orders for staff: number, equipment, address.
#[must_use]
pub fn orders(texts: &Texts, filter: OrderFilter, orders: &[Order], paging: Paging) -> String {
    let filter = words::order_filter(texts, filter);
    if orders.is_empty() {
        return say!(texts, "orders-empty", filter = filter);
    }
    let count = words::orders_count(texts, paging.total);
    let header = say!(texts, "orders-header", filter = filter, count = count);
    let lines = orders.iter().map(|order| staff_line(texts, order));
    page(texts, header, lines, paging)
}

/// A page of a master's own orders, without a word about the clients: unlike a card, a list stays on the screen as it
/// is when an order goes to somebody else.
#[must_use]
pub fn my_orders(texts: &Texts, orders: &[Order], paging: Paging) -> String {
    if orders.is_empty() {
        return say!(texts, "my-orders-empty");
    }
    let count = words::orders_count(texts, paging.total);
    let header = say!(texts, "my-orders-header", count = count);
    page(texts, header, orders.iter().map(|order| master_line(texts, order)), paging)
}

/// The first screen of the masters section.
#[must_use]
pub fn masters_menu(texts: &Texts, total: usize, active: usize, pending: usize) -> String {
    say!(texts, "masters-menu", total = total, active = active, pending = pending)
}

/// A page of masters, each with the number of orders in hand.
#[must_use]
pub fn masters(texts: &Texts, filter: MasterFilter, masters: &[(Master, i64)], paging: Paging) -> String {
    if masters.is_empty() {
        return match filter {
            MasterFilter::All => say!(texts, "masters-empty"),
            MasterFilter::Pending => say!(texts, "masters-empty-pending"),
        };
    }
    let header = match filter {
        MasterFilter::All => say!(texts, "masters-header-all", count = paging.total),
        MasterFilter::Pending => say!(texts, "masters-header-pending", count = paging.total),
    };
    let lines = masters.iter().map(|(master, load)| {
        joined(&[
            shorten(&master.name, LINE_FIELD),
            state(texts, master),
            words::load(texts, *load),
            shorten(&master.specialization, LINE_FIELD),
        ])
    });
    page(texts, header, lines.map(|line| format!("👷 {line}")), paging)
}

/// The card of one master, for staff.
#[must_use]
pub fn master_card(texts: &Texts, zone: Tz, master: &Master, load: i64) -> String {
    fit(|max| {
        let mut lines = vec![say!(texts, "master-title", name = shorten(&master.name, max))];
        if let Some(username) = &master.username {
            lines.push(say!(texts, "master-username", username = shorten(username, max)));
        }
        let specialization = shorten(&master.specialization, max);
        lines.push(say!(texts, "master-id", id = master.telegram_id));
        lines.push(say!(texts, "master-phone", phone = shorten(&master.phone, max)));
        lines.push(say!(texts, "master-specialization", specialization = specialization));
        lines.push(say!(texts, "master-state", state = state(texts, master)));
        lines.push(match master.work_chat {
            Some(chat) => say!(texts, "master-group", chat = chat),
            None => say!(texts, "master-no-group"),
        });
        lines.push(say!(texts, "master-active-orders", load = words::load(texts, load)));
        lines.push(say!(texts, "master-since", date = date(texts, zone, master.created_at)));
        lines.join("\n")
    })
}

fn state(texts: &Texts, master: &Master) -> String {
    match (master.is_approved, master.is_active) {
        (false, _) => plain!(texts, "master-state-pending"),
        (true, true) => plain!(texts, "master-state-active"),
        (true, false) => plain!(texts, "master-state-inactive"),
    }
}

fn staff_line(texts: &Texts, order: &Order) -> String {
    let rest = joined(&[equipment(texts, order), shorten(&order.client_address, LINE_FIELD)]);
    format!("{} · {rest}", number(texts, order))
}

fn master_line(texts: &Texts, order: &Order) -> String {
    let mut parts = vec![words::status(texts, order.status), equipment(texts, order)];
    if let Some(time) = &order.scheduled_time {
        parts.push(shorten(time, LINE_FIELD));
    }
    format!("{} · {}", number(texts, order), joined(&parts))
}

fn number(texts: &Texts, order: &Order) -> String {
    let number = say!(texts, "order-number", id = order.id);
    format!("{} <b>{number}</b>", words::status_emoji(order.status))
}

fn equipment(texts: &Texts, order: &Order) -> String {
    shorten(&words::stored_equipment(texts, &order.equipment), LINE_FIELD)
}

/// Plain parts of one line, escaped.
fn joined(parts: &[String]) -> String {
    escape_html(&parts.join(" · "))
}

fn page(texts: &Texts, header: String, lines: impl Iterator<Item = String>, paging: Paging) -> String {
    let mut blocks = vec![header, lines.collect::<Vec<_>>().join("\n")];
    if paging.pages > 1 {
        blocks.push(say!(texts, "list-page", page = paging.page.0, pages = paging.pages));
    }
    blocks.join("\n\n")
}

#[cfg(test)]
#[path = "lists_tests.rs"]
mod tests;
