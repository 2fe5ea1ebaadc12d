//! Lists of orders and of masters, and the profile of one master, as HTML. A page always fits into one message.

use chrono_tz::Tz;

use crate::bot::callback::{MasterListFilter, OrderFilter};
use crate::bot::view::html::{escape_html, fit_fields, shorten_text};
use crate::bot::view::names;
use crate::bot::view::paging::Paging;
use crate::bot::view::text::{Texts, format_date, html_text, plain_text};
use crate::bot::view::visits::visit_text;
use crate::domain::ids::ChatPlace;
use crate::domain::master::Master;
use crate::domain::order::Order;

/// The most of one user field in a line of a list, in UTF-16 units.
const LINE_FIELD: usize = 60;

/// Renders the first screen of all orders, above the filters.
pub(crate) fn orders_overview(texts: &Texts, total: i64) -> String {
    html_text!(texts, "orders-overview", count = names::orders_count(texts, total))
}

/// Renders a page of orders for staff: number, equipment, address.
pub(crate) fn order_list(texts: &Texts, filter: OrderFilter, orders: &[Order], paging: Paging) -> String {
    let filter = names::order_filter_name(texts, filter);
    if orders.is_empty() {
        return html_text!(texts, "orders-empty", filter = filter);
    }
    let count = names::orders_count(texts, paging.total);
    let header = html_text!(texts, "orders-header", filter = filter, count = count);
    let lines = orders.iter().map(|order| staff_line(texts, order));
    list_page(texts, header, lines, paging)
}

/// Renders a page of a master's own orders, without the clients: unlike a card, a list on the screen is not refreshed when
/// an order moves to another master.
pub(crate) fn master_order_list(texts: &Texts, zone: Tz, orders: &[Order], paging: Paging) -> String {
    if orders.is_empty() {
        return html_text!(texts, "my-orders-empty");
    }
    let count = names::orders_count(texts, paging.total);
    let header = html_text!(texts, "my-orders-header", count = count);
    list_page(texts, header, orders.iter().map(|order| master_line(texts, zone, order)), paging)
}

pub(crate) fn masters_menu(texts: &Texts, total: usize, active: usize, pending: usize) -> String {
    html_text!(texts, "masters-menu", total = total, active = active, pending = pending)
}

/// Renders a page of masters, each with the number of active orders.
pub(crate) fn master_list(
    texts: &Texts,
    filter: MasterListFilter,
    masters: &[(Master, i64)],
    paging: Paging,
) -> String {
    if masters.is_empty() {
        return match filter {
            MasterListFilter::All => html_text!(texts, "masters-empty"),
            MasterListFilter::Pending => html_text!(texts, "masters-empty-pending"),
        };
    }
    let header = match filter {
        MasterListFilter::All => html_text!(texts, "masters-header-all", count = paging.total),
        MasterListFilter::Pending => html_text!(texts, "masters-header-pending", count = paging.total),
    };
    let lines = masters.iter().map(|(master, load)| {
        join_escaped(&[
            shorten_text(&master.name, LINE_FIELD),
            master_state(texts, master),
            names::active_orders(texts, *load),
            shorten_text(&master.specialization, LINE_FIELD),
        ])
    });
    list_page(texts, header, lines.map(|line| format!("👷 {line}")), paging)
}

/// Renders the profile of one master, for staff.
pub(crate) fn master_profile(texts: &Texts, zone: Tz, master: &Master, load: i64) -> String {
    fit_fields(|max| {
        let mut lines = vec![html_text!(texts, "master-title", name = shorten_text(&master.name, max))];
        if let Some(username) = &master.username {
            lines.push(html_text!(texts, "master-username", username = shorten_text(username, max)));
        }
        let specialization = shorten_text(&master.specialization, max);
        lines.push(html_text!(texts, "master-id", id = master.telegram_id));
        lines.push(html_text!(texts, "master-phone", phone = shorten_text(&master.phone, max)));
        lines.push(html_text!(texts, "master-specialization", specialization = specialization));
        lines.push(html_text!(texts, "master-state", state = master_state(texts, master)));
        lines.push(match master.work_chat {
            Some(_) => html_text!(texts, "master-group", group = work_group_name(texts, master)),
            None => html_text!(texts, "master-no-group"),
        });
        lines.push(html_text!(texts, "master-active-orders", load = names::active_orders(texts, load)));
        lines.push(html_text!(texts, "master-since", date = format_date(texts, zone, master.created_at)));
        lines.join("\n")
    })
}

/// Returns the title of a master's work group, else its id, with its topic.
pub(crate) fn work_group_name(texts: &Texts, master: &Master) -> String {
    let ChatPlace { chat, thread } = master.place();
    let group = match &master.work_chat_title {
        Some(title) => plain_text!(texts, "work-group-title", title = shorten_text(title, LINE_FIELD)),
        None => chat.to_string(),
    };
    match thread {
        Some(thread) => plain_text!(texts, "work-group-topic", group = group, topic = thread),
        None => group,
    }
}

fn master_state(texts: &Texts, master: &Master) -> String {
    match (master.sees_orders(), master.is_active) {
        (false, _) => plain_text!(texts, "master-state-pending"),
        (true, true) => plain_text!(texts, "master-state-active"),
        (true, false) => plain_text!(texts, "master-state-inactive"),
    }
}

fn staff_line(texts: &Texts, order: &Order) -> String {
    let rest =
        join_escaped(&[order_equipment(texts, order), shorten_text(&order.client_address, LINE_FIELD)]);
    format!("{} · {rest}", order_number(texts, order))
}

fn master_line(texts: &Texts, zone: Tz, order: &Order) -> String {
    let mut parts = vec![names::status_name(texts, order.status), order_equipment(texts, order)];
    if let Some(time) = visit_text(texts, zone, order.visit, order.scheduled_time.as_deref()) {
        parts.push(shorten_text(&time, LINE_FIELD));
    }
    format!("{} · {}", order_number(texts, order), join_escaped(&parts))
}

fn order_number(texts: &Texts, order: &Order) -> String {
    let number = html_text!(texts, "order-number", id = order.id);
    format!("{} <b>{number}</b>", names::status_emoji(order.status))
}

fn order_equipment(texts: &Texts, order: &Order) -> String {
    shorten_text(&names::equipment_name(texts, &order.equipment), LINE_FIELD)
}

/// Joins plain parts to one escaped line.
fn join_escaped(parts: &[String]) -> String {
    escape_html(&parts.join(" · "))
}

fn list_page(texts: &Texts, header: String, lines: impl Iterator<Item = String>, paging: Paging) -> String {
    let mut blocks = vec![header, lines.collect::<Vec<_>>().join("\n")];
    if paging.pages > 1 {
        blocks.push(html_text!(texts, "list-page", page = paging.page.0, pages = paging.pages));
    }
    blocks.join("\n\n")
}

#[cfg(test)]
#[path = "lists_tests.rs"]
mod tests;
