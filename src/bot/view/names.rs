//! Names of statuses, roles, equipment and list filters in the reader's language, as plain text.

use crate::bot::callback::OrderFilter;
use crate::bot::view::text::{Texts, plain_text};
use crate::domain::equipment::translation_key;
use crate::domain::locale::Locale;
use crate::domain::notice::NoticeKind;
use crate::domain::role::{Role, RoleSet};
use crate::domain::status::OrderStatus;
use crate::service::order_lists::MAX_LISTED;

pub(crate) fn status_name(texts: &Texts, status: OrderStatus) -> String {
    match status {
        OrderStatus::New => plain_text!(texts, "status-new"),
        OrderStatus::Assigned => plain_text!(texts, "status-assigned"),
        OrderStatus::Accepted => plain_text!(texts, "status-accepted"),
        OrderStatus::OnSite => plain_text!(texts, "status-on-site"),
        OrderStatus::LongRepair => plain_text!(texts, "status-long-repair"),
        OrderStatus::Closed => plain_text!(texts, "status-closed"),
        OrderStatus::Refused => plain_text!(texts, "status-refused"),
    }
}

pub(crate) fn status_emoji(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::New => "🆕",
        OrderStatus::Assigned => "📨",
        OrderStatus::Accepted => "👍",
        OrderStatus::OnSite => "📍",
        OrderStatus::LongRepair => "⏳",
        OrderStatus::Closed => "🏁",
        OrderStatus::Refused => "🚫",
    }
}

/// Returns the name of a filter for its button and the header of its list.
pub(crate) fn order_filter_name(texts: &Texts, filter: OrderFilter) -> String {
    let OrderFilter::Status(status) = filter else {
        return plain_text!(texts, "filter-all");
    };
    match status {
        OrderStatus::New => plain_text!(texts, "filter-new"),
        OrderStatus::Assigned => plain_text!(texts, "filter-assigned"),
        OrderStatus::Accepted => plain_text!(texts, "filter-accepted"),
        OrderStatus::OnSite => plain_text!(texts, "filter-on-site"),
        OrderStatus::LongRepair => plain_text!(texts, "filter-long-repair"),
        OrderStatus::Closed => plain_text!(texts, "filter-closed"),
        OrderStatus::Refused => plain_text!(texts, "filter-refused"),
    }
}

/// Returns the name of a kind of notices for the settings.
pub(crate) fn notice_kind_name(texts: &Texts, kind: NoticeKind) -> String {
    match kind {
        NoticeKind::Created => plain_text!(texts, "notice-kind-created"),
        NoticeKind::Progress => plain_text!(texts, "notice-kind-progress"),
        NoticeKind::Closed => plain_text!(texts, "notice-kind-closed"),
        NoticeKind::Comment => plain_text!(texts, "notice-kind-comment"),
        NoticeKind::Corrected => plain_text!(texts, "notice-kind-corrected"),
        NoticeKind::Deleted => plain_text!(texts, "notice-kind-deleted"),
        NoticeKind::HandOver => plain_text!(texts, "notice-kind-hand-over"),
    }
}

pub(crate) fn role_name(texts: &Texts, role: Role) -> String {
    match role {
        Role::Admin => plain_text!(texts, "role-admin"),
        Role::Dispatcher => plain_text!(texts, "role-dispatcher"),
        Role::Master => plain_text!(texts, "role-master"),
        Role::Unknown => plain_text!(texts, "role-guest"),
    }
}

/// Returns the name of a list of users; `None` for all.
pub(crate) fn role_filter_name(texts: &Texts, filter: Option<Role>) -> String {
    match filter {
        None => plain_text!(texts, "users-all"),
        Some(Role::Admin) => plain_text!(texts, "users-admins"),
        Some(Role::Dispatcher) => plain_text!(texts, "users-dispatchers"),
        Some(Role::Master) => plain_text!(texts, "users-masters"),
        Some(Role::Unknown) => plain_text!(texts, "users-guests"),
    }
}

/// Returns all roles of a user in one line.
pub(crate) fn role_names(texts: &Texts, roles: RoleSet) -> String {
    roles.iter().map(|each| role_name(texts, each)).collect::<Vec<_>>().join(", ")
}

/// Returns the name of equipment as stored, translated where it is one of the first types.
pub(crate) fn equipment_name(texts: &Texts, stored: &str) -> String {
    match translation_key(stored).unwrap_or_default() {
        "washing-machine" => plain_text!(texts, "equipment-washing-machine"),
        "dryer" => plain_text!(texts, "equipment-dryer"),
        "oven" => plain_text!(texts, "equipment-oven"),
        "dishwasher" => plain_text!(texts, "equipment-dishwasher"),
        "coffee-machine" => plain_text!(texts, "equipment-coffee-machine"),
        "refrigerator" => plain_text!(texts, "equipment-refrigerator"),
        "plumbing" => plain_text!(texts, "equipment-plumbing"),
        "electrical" => plain_text!(texts, "equipment-electrical"),
        "water-heater" => plain_text!(texts, "equipment-water-heater"),
        "television" => plain_text!(texts, "equipment-television"),
        "other" => plain_text!(texts, "equipment-other"),
        _ => stored.to_owned(),
    }
}

/// Returns a stored name of equipment and its translations.
pub(crate) fn equipment_names(stored: &str) -> Vec<String> {
    let translated = Locale::ALL.into_iter().map(|locale| equipment_name(Texts::of(locale), stored));
    std::iter::once(stored.to_owned()).chain(translated).collect()
}

/// Returns a number of active orders with the right plural.
pub(crate) fn active_orders(texts: &Texts, active_orders: i64) -> String {
    plain_text!(texts, "master-load", count = active_orders)
}

/// Returns a number of orders with the right plural.
pub(crate) fn orders_count(texts: &Texts, count: i64) -> String {
    plain_text!(texts, "orders-count", count = count)
}

/// Returns the number of orders of a list, which is not counted further than lists go.
pub(crate) fn listed_number(count: i64) -> String {
    if count < MAX_LISTED { count.to_string() } else { format!("{MAX_LISTED}+") }
}

/// Returns the number of orders of a list with the right plural.
pub(crate) fn listed_orders(texts: &Texts, count: i64) -> String {
    if count < MAX_LISTED {
        orders_count(texts, count)
    } else {
        plain_text!(texts, "orders-count-more", count = listed_number(count))
    }
}

pub(crate) fn yes_no(texts: &Texts, answer: bool) -> String {
    if answer { plain_text!(texts, "review-given") } else { plain_text!(texts, "review-missing") }
}

pub(crate) fn language_name(texts: &Texts) -> String {
    plain_text!(texts, "language-name")
}
