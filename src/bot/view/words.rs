//! Names of statuses, roles, kinds of equipment and list filters in the reader's language. Plain text, no HTML.

use crate::bot::callback::OrderFilter;
use crate::bot::view::text::{Texts, plain};
use crate::domain::equipment::EquipmentType;
use crate::domain::role::{Role, RoleSet};
use crate::domain::status::OrderStatus;

/// A status, as a card says it.
#[must_use]
pub fn status(texts: &Texts, status: OrderStatus) -> String {
    match status {
        OrderStatus::New => plain!(texts, "status-new"),
        OrderStatus::Assigned => plain!(texts, "status-assigned"),
        OrderStatus::Accepted => plain!(texts, "status-accepted"),
        OrderStatus::OnSite => plain!(texts, "status-on-site"),
        OrderStatus::LongRepair => plain!(texts, "status-long-repair"),
        OrderStatus::Closed => plain!(texts, "status-closed"),
        OrderStatus::Refused => plain!(texts, "status-refused"),
    }
}

/// The sign of a status in cards and lists.
#[must_use]
pub fn status_emoji(status: OrderStatus) -> &'static str {
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

/// What a list shows, as its button and its header say it.
#[must_use]
pub fn order_filter(texts: &Texts, filter: OrderFilter) -> String {
    let OrderFilter::Status(status) = filter else {
        return plain!(texts, "filter-all");
    };
    match status {
        OrderStatus::New => plain!(texts, "filter-new"),
        OrderStatus::Assigned => plain!(texts, "filter-assigned"),
        OrderStatus::Accepted => plain!(texts, "filter-accepted"),
        OrderStatus::OnSite => plain!(texts, "filter-on-site"),
        OrderStatus::LongRepair => plain!(texts, "filter-long-repair"),
        OrderStatus::Closed => plain!(texts, "filter-closed"),
        OrderStatus::Refused => plain!(texts, "filter-refused"),
    }
}

/// A role.
#[must_use]
pub fn role(texts: &Texts, role: Role) -> String {
    match role {
        Role::Admin => plain!(texts, "role-admin"),
        Role::Dispatcher => plain!(texts, "role-dispatcher"),
        Role::Master => plain!(texts, "role-master"),
        Role::Unknown => plain!(texts, "role-unknown"),
    }
}

/// All the roles of a person, in one line.
#[must_use]
pub fn roles(texts: &Texts, roles: RoleSet) -> String {
    roles.iter().map(|each| role(texts, each)).collect::<Vec<_>>().join(", ")
}

/// A kind of equipment.
#[must_use]
pub fn equipment(texts: &Texts, equipment: EquipmentType) -> String {
    match equipment {
        EquipmentType::WashingMachine => plain!(texts, "equipment-washing-machine"),
        EquipmentType::Oven => plain!(texts, "equipment-oven"),
        EquipmentType::Dishwasher => plain!(texts, "equipment-dishwasher"),
        EquipmentType::CoffeeMachine => plain!(texts, "equipment-coffee-machine"),
        EquipmentType::Plumbing => plain!(texts, "equipment-plumbing"),
        EquipmentType::Electrics => plain!(texts, "equipment-electrics"),
        EquipmentType::WaterHeater => plain!(texts, "equipment-water-heater"),
        EquipmentType::Television => plain!(texts, "equipment-television"),
    }
}

/// A kind of equipment as stored; one that is none of ours is shown as it is.
#[must_use]
pub fn stored_equipment(texts: &Texts, stored: &str) -> String {
    stored.parse().map_or_else(|_| stored.to_owned(), |known| equipment(texts, known))
}

/// How many orders a master has in hand: how many are active, in the right plural.
#[must_use]
pub fn load(texts: &Texts, active_orders: i64) -> String {
    plain!(texts, "master-load", count = active_orders)
}

/// A number of orders, in the right plural.
#[must_use]
pub fn orders_count(texts: &Texts, count: i64) -> String {
    plain!(texts, "orders-count", count = count)
}

/// Yes or no.
#[must_use]
pub fn yes_no(texts: &Texts, answer: bool) -> String {
    if answer { plain!(texts, "yes") } else { plain!(texts, "no") }
}

/// A language, called as its speakers call it.
#[must_use]
pub fn language(texts: &Texts) -> String {
    plain!(texts, "language-name")
}
