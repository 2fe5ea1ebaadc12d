//! The users of the bot and their roles, as HTML.

use crate::bot::view::html::{fit_fields, shorten_text};
use crate::bot::view::lists::master_state;
use crate::bot::view::names;
use crate::bot::view::paging::Paging;
use crate::bot::view::text::{Texts, format_date, html_text};
use crate::bot::view::visits::LocalClock;
use crate::domain::phone::readable_phone;
use crate::domain::role::{Role, RoleSet};
use crate::service::people::UserView;

/// The most of what was searched for, in UTF-16 units.
const QUERY: usize = 60;

/// Renders the header of a page of users.
pub(crate) fn user_list(texts: &Texts, filter: Option<Role>, paging: Paging) -> String {
    let name = names::role_filter_name(texts, filter);
    if paging.total == 0 {
        return html_text!(texts, "users-empty", filter = name);
    }
    with_page_line(texts, html_text!(texts, "users-header", filter = name, count = paging.total), paging)
}

/// Renders the header of a page of the users that were found.
pub(crate) fn found_users(texts: &Texts, typed: &str, paging: Paging) -> String {
    let query = shorten_text(typed, QUERY);
    if paging.total == 0 {
        return html_text!(texts, "users-nothing-found", query = query);
    }
    with_page_line(texts, html_text!(texts, "users-found", query = query, count = paging.total), paging)
}

fn with_page_line(texts: &Texts, header: String, paging: Paging) -> String {
    if paging.pages <= 1 {
        return header;
    }
    format!("{header}\n{}", html_text!(texts, "list-page", page = paging.page.0, pages = paging.pages))
}

/// Renders one user for an administrator. `configured` are the roles that the configuration grants them again.
pub(crate) fn user_card(texts: &Texts, clock: LocalClock, seen: &UserView, configured: RoleSet) -> String {
    let UserView { user, master, orders } = seen;
    fit_fields(|max| {
        let mut lines = vec![html_text!(texts, "user-title", name = shorten_text(&user.display_name(), max))];
        if let Some(username) = &user.username {
            lines.push(html_text!(texts, "master-username", username = shorten_text(username, max)));
        }
        lines.push(html_text!(texts, "master-id", id = user.telegram_id));
        lines.push(html_text!(
            texts,
            "user-roles",
            count = user.roles.iter().count(),
            roles = names::role_names(texts, user.roles)
        ));
        if !configured.is_unknown() {
            lines.push(html_text!(texts, "user-configured", roles = names::role_names(texts, configured)));
        }
        lines.push(html_text!(texts, "user-since", date = format_date(texts, clock.zone, user.created_at)));
        if user.roles.is_staff() || orders.created > 0 {
            lines.push(html_text!(texts, "user-created-orders", count = orders.created));
        }
        if let Some(master) = master {
            let specialization = shorten_text(&master.specialization, max);
            lines.push(String::new());
            lines.push(html_text!(texts, "user-as-master", state = master_state(texts, clock, master)));
            if master.is_senior {
                lines.push(html_text!(texts, "master-senior"));
            }
            lines.push(html_text!(
                texts,
                "master-phone",
                phone = shorten_text(&readable_phone(&master.phone), max)
            ));
            lines.push(html_text!(texts, "master-specialization", specialization = specialization));
            lines.push(html_text!(
                texts,
                "user-master-orders",
                load = names::active_orders(texts, orders.active),
                closed = orders.closed
            ));
        }
        lines.join("\n")
    })
}
