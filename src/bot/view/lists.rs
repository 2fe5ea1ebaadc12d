//! Lists of orders and of masters, and the profile of one master, as HTML. A page always fits into one message.

use crate::bot::callback::{MasterListFilter, OrderFilter, OrderListFilter};
use crate::bot::view::html::{escape_html, fit_fields, shorten_text};
use crate::bot::view::names;
use crate::bot::view::paging::Paging;
use crate::bot::view::text::{Texts, format_date, format_money, html_text, plain_text};
use crate::bot::view::visits::{LocalClock, day_name, moment_text};
use crate::domain::ids::ChatPlace;
use crate::domain::master::Master;
use crate::domain::phone::readable_phone;
use crate::service::order_lists::ClientOrders;

/// The most of one user field in a line of a list, in UTF-16 units.
const LINE_FIELD: usize = 60;

/// Renders the first screen of all orders, above the filters.
pub(crate) fn orders_overview(texts: &Texts, total: i64) -> String {
    html_text!(texts, "orders-overview", count = names::listed_orders(texts, total))
}

/// Renders the header of a page of orders for staff, above the buttons of the orders.
pub(crate) fn order_list(
    texts: &Texts,
    clock: LocalClock,
    filter: OrderListFilter,
    master: Option<&str>,
    paging: Paging,
) -> String {
    let status = filter.status.map_or(OrderFilter::All, OrderFilter::Status);
    let mut names = vec![names::order_filter_name(texts, status)];
    names.extend(filter.day.map(|day| day_name(texts, clock, day)));
    names.extend(master.map(|name| shorten_text(name, LINE_FIELD)));
    let filter = names.join(" · ");
    if paging.total == 0 {
        return html_text!(texts, "orders-empty", filter = filter);
    }
    let count = names::listed_orders(texts, paging.total);
    list_header(texts, html_text!(texts, "orders-header", filter = filter, count = count), paging)
}

/// Renders the header of a page of a master's own open orders.
pub(crate) fn own_order_list(texts: &Texts, paging: Paging) -> String {
    if paging.total == 0 {
        return html_text!(texts, "my-orders-empty");
    }
    let count = names::orders_count(texts, paging.total);
    list_header(texts, html_text!(texts, "my-orders-header", count = count), paging)
}

/// Renders the header of a page of a master's own closed orders.
pub(crate) fn own_closed_list(texts: &Texts, paging: Paging) -> String {
    if paging.total == 0 {
        return html_text!(texts, "my-closed-empty");
    }
    let count = names::listed_orders(texts, paging.total);
    list_header(texts, html_text!(texts, "my-closed-header", count = count), paging)
}

/// Renders who a client is and what they paid, above the buttons of their orders.
pub(crate) fn client_orders(texts: &Texts, found: &ClientOrders, paging: Paging) -> String {
    let name = shorten_text(&found.order.client_name, LINE_FIELD);
    let phone = shorten_text(&readable_phone(&found.order.client_phone), LINE_FIELD);
    let count = names::listed_orders(texts, found.total);
    let mut html = html_text!(texts, "client-header", name = name, phone = phone, count = count);
    if let (paid @ 1.., sum) = found.paid {
        let sum = format_money(texts, sum);
        html = format!("{html}\n{}", html_text!(texts, "client-paid", sum = sum, count = paid));
    }
    list_header(texts, html, paging)
}

pub(crate) fn masters_menu(texts: &Texts, total: usize, active: usize, pending: usize) -> String {
    html_text!(texts, "masters-menu", total = total, active = active, pending = pending)
}

/// Renders a page of masters, each with the number of active orders.
pub(crate) fn master_list(
    texts: &Texts,
    clock: LocalClock,
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
            name_with_rank(master, LINE_FIELD),
            master_state(texts, clock, master),
            names::active_orders(texts, *load),
            shorten_text(&master.specialization, LINE_FIELD),
        ])
    });
    list_page(texts, header, lines.map(|line| format!("👷 {line}")), paging)
}

/// Renders the profile of one master, for staff.
pub(crate) fn master_profile(texts: &Texts, clock: LocalClock, master: &Master, load: i64) -> String {
    fit_fields(|max| {
        let mut lines = vec![html_text!(texts, "master-title", name = name_with_rank(master, max))];
        if let Some(username) = &master.username {
            lines.push(html_text!(texts, "master-username", username = shorten_text(username, max)));
        }
        let specialization = shorten_text(&master.specialization, max);
        lines.push(html_text!(texts, "master-id", id = master.telegram_id));
        lines.push(html_text!(
            texts,
            "master-phone",
            phone = shorten_text(&readable_phone(&master.phone), max)
        ));
        lines.push(html_text!(texts, "master-specialization", specialization = specialization));
        lines.push(html_text!(texts, "master-state", state = master_state(texts, clock, master)));
        if master.is_senior {
            lines.push(html_text!(texts, "master-senior"));
        }
        lines.push(match master.work_chat {
            Some(_) => html_text!(texts, "master-group", group = work_group_name(texts, master)),
            None => html_text!(texts, "master-no-group"),
        });
        lines.push(html_text!(texts, "master-active-orders", load = names::active_orders(texts, load)));
        lines.push(html_text!(
            texts,
            "master-since",
            date = format_date(texts, clock.zone, master.created_at)
        ));
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

/// Returns whether a master takes orders, with the end of a day off.
pub(crate) fn master_state(texts: &Texts, clock: LocalClock, master: &Master) -> String {
    let state = match (master.sees_orders(), master.is_active) {
        (false, true) => return plain_text!(texts, "master-state-pending"),
        (false, false) => return plain_text!(texts, "master-state-dismissed"),
        (true, true) => plain_text!(texts, "master-state-active"),
        (true, false) => plain_text!(texts, "master-state-inactive"),
    };
    match master.day_off(clock.now) {
        Some(until) if master.is_active => {
            plain_text!(texts, "master-state-day-off", until = moment_text(texts, clock.zone, until))
        }
        _ => state,
    }
}

/// Returns a master's name, with a star when they are a senior master.
fn name_with_rank(master: &Master, max: usize) -> String {
    let name = shorten_text(&master.name, max);
    if master.is_senior { format!("{name} ⭐") } else { name }
}

/// Joins plain parts to one escaped line.
fn join_escaped(parts: &[String]) -> String {
    escape_html(&parts.join(" · "))
}

fn list_header(texts: &Texts, header: String, paging: Paging) -> String {
    if paging.pages <= 1 {
        return header;
    }
    let page = html_text!(texts, "list-page", page = paging.page.0, pages = paging.pages);
    format!("{header}\n\n{page}")
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
