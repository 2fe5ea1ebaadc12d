//! Messages of several parts: greetings, help, notices with money. HTML unless a function says plain.
//!
//! A message of one part has no function: the handler takes it from the locale files with `say!`.

use crate::bot::labels::Label;
use crate::bot::view::html::{QUESTION_ROOM, fit, fit_beside, shorten};
use crate::bot::view::text::{Texts, money, plain, say};
use crate::bot::view::words;
use crate::domain::ids::{OrderId, TelegramId};
use crate::domain::master::NewMaster;
use crate::domain::order::Closing;
use crate::domain::order::Order;
use crate::domain::role::Roles;
use crate::domain::user::User;

/// What `/start` answers, by the person's roles.
#[must_use]
pub fn greeting(texts: &Texts, user: &User) -> String {
    let name = user.display_name();
    if user.roles.is_unknown() {
        return say!(texts, "start-unknown", name = name, id = user.telegram_id);
    }
    let roles = words::roles(texts, user.roles);
    say!(texts, "start-known", name = name, count = user.roles.iter().count(), roles = roles)
}

/// What `/help` answers: a part for each role held.
#[must_use]
pub fn help(texts: &Texts, roles: Roles, person: TelegramId) -> String {
    if roles.is_unknown() {
        return say!(texts, "help-unknown", id = person);
    }
    let masters = Label::Masters.text(texts.locale());
    let mut parts = Vec::new();
    if roles.is_admin() {
        parts.push(say!(texts, "help-admin", masters = masters));
    }
    if roles.is_staff() {
        parts.push(say!(
            texts,
            "help-dispatcher",
            create = Label::CreateOrder.text(texts.locale()),
            orders = Label::AllOrders.text(texts.locale()),
            masters = masters,
        ));
    }
    if roles.is_master() {
        parts.push(say!(texts, "help-master", orders = Label::MyOrders.text(texts.locale())));
    }
    parts.push(say!(texts, "help-footer"));
    parts.join("\n\n")
}

/// The answer where a section is not there yet: says so, and what to use meanwhile.
#[must_use]
pub fn section_later(texts: &Texts, section: Label, roles: Roles) -> String {
    let locale = texts.locale();
    let name = section.text(locale);
    match section {
        Label::Users => {
            say!(texts, "section-later-users", section = name, masters = Label::Masters.text(locale))
        }
        Label::MyStatistics if roles.is_master() => {
            say!(texts, "section-later-master", section = name, orders = Label::MyOrders.text(locale))
        }
        _ if roles.is_staff() => {
            say!(texts, "section-later-staff", section = name, orders = Label::AllOrders.text(locale))
        }
        _ => say!(texts, "section-later", section = name),
    }
}

/// The master that the dialogue asks to confirm; leaves room in the message for the question.
#[must_use]
pub fn new_master(texts: &Texts, new: &NewMaster, name: &str) -> String {
    fit_beside(QUESTION_ROOM, |max| {
        say!(
            texts,
            "add-master-summary",
            name = shorten(name, max),
            id = new.telegram_id,
            phone = shorten(new.phone.as_str(), max),
            specialization = shorten(&new.specialization, max),
        )
    })
}

/// The settings.
#[must_use]
pub fn settings(texts: &Texts) -> String {
    say!(texts, "settings", language = words::language(texts))
}

/// The commands of Telegram's menu with their descriptions, plain: those for private chats.
#[must_use]
pub fn private_commands(texts: &Texts) -> Vec<(&'static str, String)> {
    vec![
        ("start", plain!(texts, "command-start")),
        ("help", plain!(texts, "command-help")),
        ("cancel", plain!(texts, "command-cancel")),
    ]
}

/// The commands of Telegram's menu with their descriptions, plain: those for groups.
#[must_use]
pub fn group_commands(texts: &Texts) -> Vec<(&'static str, String)> {
    vec![("order", plain!(texts, "command-order")), ("cancel", plain!(texts, "command-cancel"))]
}

/// The notice to the dispatcher that the master gave an order back.
#[must_use]
pub fn notice_declined(texts: &Texts, order: OrderId, master: &str, reason: Option<&str>) -> String {
    match reason {
        None => say!(texts, "notice-declined", id = order, master = master),
        Some(reason) => fit(|max| {
            let reason = shorten(reason, max);
            say!(texts, "notice-declined-reason", id = order, master = master, reason = reason)
        }),
    }
}

/// The notice to the master that staff gave the order up.
#[must_use]
pub fn notice_refused(texts: &Texts, order: OrderId, reason: Option<&str>) -> String {
    match reason {
        None => say!(texts, "notice-refused", id = order),
        Some(reason) => {
            fit(|max| say!(texts, "notice-refused-reason", id = order, reason = shorten(reason, max)))
        }
    }
}

/// The notice to the dispatcher that somebody else of the staff gave the order up.
#[must_use]
pub fn notice_refused_to_staff(texts: &Texts, order: OrderId, reason: Option<&str>) -> String {
    match reason {
        None => say!(texts, "notice-refused-staff", id = order),
        Some(reason) => {
            fit(|max| say!(texts, "notice-refused-staff-reason", id = order, reason = shorten(reason, max)))
        }
    }
}

/// The notice to the dispatcher that an order is closed, with the money as stored.
#[must_use]
pub fn notice_closed(texts: &Texts, order: &Order, master: Option<&str>) -> String {
    let title = match master {
        Some(master) => say!(texts, "notice-closed", id = order.id, master = master),
        None => say!(texts, "notice-closed-without-master", id = order.id),
    };
    let lines = order_money_lines(texts, order);
    if lines.is_empty() {
        return format!("{title}\n{}", say!(texts, "notice-closed-without-amounts"));
    }
    format!("{title}\n\n{}", lines.join("\n"))
}

/// What the closing dialogue ends with: that it is done, and the money with its shares.
#[must_use]
pub fn closed(texts: &Texts, order: OrderId, closing: &Closing, by_staff: bool) -> String {
    let lines = closing_lines(texts, closing);
    if lines.is_empty() {
        return say!(texts, "closed-without-amounts-done", id = order);
    }
    let done = if by_staff {
        say!(texts, "closed-done-staff", id = order)
    } else {
        say!(texts, "closed-done", id = order)
    };
    format!("{done}\n\n{}", lines.join("\n"))
}

/// The money of a closed order as stored, line by line; nothing when it was closed without amounts.
pub(super) fn order_money_lines(texts: &Texts, order: &Order) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(total) = order.total {
        lines.push(say!(texts, "money-total", amount = money(texts, total)));
    }
    if let Some(materials) = order.materials {
        lines.push(say!(texts, "money-materials", amount = money(texts, materials)));
    }
    let net = order.total.zip(order.materials).and_then(|(total, materials)| total.checked_sub(materials));
    if let Some(net) = net {
        lines.push(say!(texts, "money-net", amount = money(texts, net)));
    }
    if let Some(share) = order.master_share {
        lines.push(say!(texts, "money-master", amount = money(texts, share)));
    }
    if let Some(share) = order.company_share {
        lines.push(say!(texts, "money-company", amount = money(texts, share)));
    }
    if let Some(review) = order.has_review {
        lines.push(say!(texts, "money-review", answer = words::yes_no(texts, review)));
    }
    lines
}

fn closing_lines(texts: &Texts, closing: &Closing) -> Vec<String> {
    let Some(settlement) = closing.settlement() else {
        return Vec::new();
    };
    let split = settlement.split();
    vec![
        say!(texts, "money-total", amount = money(texts, settlement.total())),
        say!(texts, "money-materials", amount = money(texts, settlement.materials())),
        say!(texts, "money-net", amount = money(texts, split.net)),
        say!(texts, "money-master", amount = money(texts, split.master)),
        say!(texts, "money-company", amount = money(texts, split.company)),
        say!(texts, "money-review", answer = words::yes_no(texts, settlement.has_review())),
    ]
}

#[cfg(test)]
#[path = "messages_tests.rs"]
mod tests;
