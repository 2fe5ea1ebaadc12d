//! Messages of several parts: greetings, help, notices with money. HTML unless a function says plain.
//!
//! A message of one part has no function: the handler takes it from the locale files with `html_text!`.

use chrono_tz::Tz;

use crate::bot::labels::Label;
use crate::bot::view::html::{QUESTION_ROOM, fit_fields, fit_fields_beside, shorten_text};
use crate::bot::view::names;
use crate::bot::view::text::{Html, Texts, format_money, html_text, plain_text};
use crate::bot::view::visits::visit_text;
use crate::domain::ids::{ChatId, OrderId, TelegramId};
use crate::domain::master::{Master, NewMaster};
use crate::domain::money::Kopecks;
use crate::domain::order::{Order, OrderClosing};
use crate::domain::phone::readable_phone;
use crate::domain::role::RoleSet;
use crate::domain::user::User;

/// The most of a field in a notice to staff, in UTF-16 units.
const NOTICE_FIELD: usize = 100;

/// Returns the answer to `/start`, by the user's roles.
pub(crate) fn start_greeting(texts: &Texts, user: &User) -> String {
    let name = user.display_name();
    if user.roles.is_unknown() {
        return html_text!(texts, "greeting-guest", name = name, id = user.telegram_id);
    }
    let roles = names::role_names(texts, user.roles);
    html_text!(texts, "greeting-user", name = name, count = user.roles.iter().count(), roles = roles)
}

/// Returns the answer to `/help`: a part for each role.
pub(crate) fn help_text(texts: &Texts, roles: RoleSet, person: TelegramId) -> String {
    if roles.is_unknown() {
        return html_text!(texts, "help-guest", id = person);
    }
    let masters = Label::Masters.text(texts.locale());
    let mut parts = Vec::new();
    if roles.is_admin() {
        parts.push(html_text!(
            texts,
            "help-admin",
            masters = masters,
            users = Label::Users.text(texts.locale()),
        ));
    }
    if roles.is_staff() {
        parts.push(html_text!(
            texts,
            "help-dispatcher",
            create = Label::CreateOrder.text(texts.locale()),
            orders = Label::AllOrders.text(texts.locale()),
            masters = masters,
        ));
    }
    if roles.is_master() {
        parts.push(html_text!(
            texts,
            "help-master",
            orders = Label::MyOrders.text(texts.locale()),
            settings = Label::Settings.text(texts.locale()),
        ));
    }
    parts.push(html_text!(texts, "help-footer"));
    parts.join("\n\n")
}

/// Returns the summary that the add-master dialogue asks to confirm; the question fits into the same message.
pub(crate) fn new_master(texts: &Texts, new: &NewMaster, name: &str) -> String {
    fit_fields_beside(QUESTION_ROOM, |max| {
        html_text!(
            texts,
            "add-master-summary",
            name = shorten_text(name, max),
            id = new.telegram_id,
            phone = shorten_text(&readable_phone(new.phone.as_str()), max),
            specialization = shorten_text(&new.specialization, max),
        )
    })
}

pub(crate) fn settings_text(texts: &Texts) -> String {
    html_text!(texts, "settings-menu", language = names::language_name(texts))
}

/// Returns the commands of Telegram's menu in private chats with their descriptions, plain.
pub(crate) fn private_commands(texts: &Texts) -> Vec<(&'static str, String)> {
    vec![
        ("start", plain_text!(texts, "command-start")),
        ("help", plain_text!(texts, "command-help")),
        ("cancel", plain_text!(texts, "command-cancel")),
    ]
}

/// Returns the commands of Telegram's menu for staff with their descriptions, plain.
pub(crate) fn role_commands(texts: &Texts) -> Vec<(&'static str, String)> {
    let mut commands = private_commands(texts);
    let found = [
        ("find", plain_text!(texts, "command-find")),
        ("today", plain_text!(texts, "command-today")),
        ("order", plain_text!(texts, "command-order")),
    ];
    commands.splice(2..2, found);
    commands
}

/// Returns the commands of Telegram's menu in groups with their descriptions, plain.
pub(crate) fn group_commands(texts: &Texts) -> Vec<(&'static str, String)> {
    vec![
        ("order", plain_text!(texts, "command-order")),
        ("today", plain_text!(texts, "command-today")),
        ("cancel", plain_text!(texts, "command-cancel")),
    ]
}

/// Notifies the master that staff refused the order.
pub(crate) fn notice_refused(texts: &Texts, order: OrderId, reason: Option<&str>) -> String {
    match reason {
        None => html_text!(texts, "notice-refused", id = order),
        Some(reason) => fit_fields(|max| {
            html_text!(texts, "notice-refused-reason", id = order, reason = shorten_text(reason, max))
        }),
    }
}

/// Notifies staff that the master's card was not delivered, with the reason in Telegram's words.
pub(crate) fn notice_undelivered(texts: &Texts, order: OrderId, chat: ChatId, reason: &str) -> String {
    fit_fields(|max| {
        let reason = undelivered_reason(texts, chat, reason, max);
        html_text!(texts, "notice-undelivered", id = order, reason = Html(reason))
    })
}

/// Notifies the user who linked a work group that it cannot be written to, with the reason in Telegram's words.
pub(crate) fn notice_link_failed(
    texts: &Texts,
    group: &str,
    master: &str,
    chat: ChatId,
    reason: &str,
) -> String {
    fit_fields(|max| {
        let reason = Html(undelivered_reason(texts, chat, reason, max));
        let (group, name) = (shorten_text(group, max), shorten_text(master, max));
        html_text!(texts, "notice-link-failed", group = group, name = name, reason = reason)
    })
}

/// Notifies who booked a hand-over that its master could not be asked about it.
pub(crate) fn notice_unasked_hand_over(
    texts: &Texts,
    master: &str,
    amount: Kopecks,
    chat: ChatId,
    reason: &str,
) -> String {
    let amount = format_money(texts, amount);
    fit_fields(|max| {
        let reason = Html(undelivered_reason(texts, chat, reason, max));
        let name = shorten_text(master, max);
        html_text!(texts, "notice-unasked-hand-over", name = name, amount = &amount, reason = reason)
    })
}

/// Says why Telegram refused a message; quotes a reason that is not known.
fn undelivered_reason(texts: &Texts, chat: ChatId, reason: &str, max: usize) -> String {
    let words = reason.to_lowercase();
    let says = |part: &str| words.contains(part);
    if says("blocked by the user") {
        html_text!(texts, "undelivered-blocked")
    } else if says("user is deactivated") {
        html_text!(texts, "undelivered-deactivated")
    } else if says("initiate conversation") {
        html_text!(texts, "undelivered-not-started")
    } else if says("kicked") || says("is not a member") {
        html_text!(texts, "undelivered-removed")
    } else if says("chat not found") || says("group chat was deleted") || says("peer_id_invalid") {
        if chat.is_group() {
            html_text!(texts, "undelivered-no-group")
        } else {
            html_text!(texts, "undelivered-not-started")
        }
    } else if says("is a channel") {
        html_text!(texts, "undelivered-channel")
    } else if says("topic_closed") {
        html_text!(texts, "undelivered-topic-closed")
    } else if says("thread not found") || says("topic_deleted") {
        html_text!(texts, "undelivered-no-topic")
    } else if says("chat_write_forbidden") || says("not enough rights") || says("have no rights") {
        html_text!(texts, "undelivered-no-rights")
    } else if says("chat_restricted") || says("chat_send_plain_forbidden") {
        html_text!(texts, "undelivered-restricted")
    } else if reason.starts_with("no answer") || reason.starts_with("the server failed") {
        html_text!(texts, "undelivered-unreachable")
    } else {
        html_text!(texts, "undelivered-other", reason = shorten_text(reason, max))
    }
}

/// Notifies the dispatcher that an order is closed, with the money as stored.
pub(crate) fn notice_closed(texts: &Texts, order: &Order, master: Option<&str>) -> String {
    let title = match master {
        Some(master) => html_text!(texts, "notice-closed", id = order.id, master = master),
        None => html_text!(texts, "notice-closed-without-master", id = order.id),
    };
    let lines = order_money_lines(texts, order);
    if lines.is_empty() {
        return format!("{title}\n{}", html_text!(texts, "notice-closed-without-amounts"));
    }
    format!("{title}\n\n{}", lines.join("\n"))
}

/// Tells the other staff that an order was created, without the client.
pub(crate) fn notice_created(
    texts: &Texts,
    zone: Tz,
    order: &Order,
    by: &str,
    master: Option<&Master>,
) -> String {
    let equipment = names::equipment_name(texts, &order.equipment);
    let mut parts = vec![shorten_text(&equipment, NOTICE_FIELD)];
    let visit = visit_text(texts, zone, order.visit, order.scheduled_time.as_deref());
    parts.extend(visit.map(|visit| shorten_text(&visit, NOTICE_FIELD)));
    let about = parts.join(" · ");
    let by = shorten_text(by, NOTICE_FIELD);
    match master {
        Some(master) => {
            let master = shorten_text(&master.name, NOTICE_FIELD);
            html_text!(
                texts,
                "notice-created-assigned",
                id = order.id,
                about = about,
                by = by,
                master = master
            )
        }
        None => html_text!(texts, "notice-created", id = order.id, about = about, by = by),
    }
}

/// Returns the end of the closing dialogue: the money with its shares.
pub(crate) fn closing_done(texts: &Texts, order: OrderId, closing: &OrderClosing, by_staff: bool) -> String {
    let lines = closing_lines(texts, closing);
    if lines.is_empty() {
        return html_text!(texts, "closed-without-amounts-done", id = order);
    }
    let done = if by_staff {
        html_text!(texts, "closed-done-staff", id = order)
    } else {
        html_text!(texts, "closed-done", id = order)
    };
    format!("{done}\n\n{}", lines.join("\n"))
}

/// Returns the split of a closing that is not saved yet, below its question.
pub(crate) fn closing_check(texts: &Texts, question: &str, closing: &OrderClosing) -> String {
    let lines = closing_lines(texts, closing).join("\n");
    let may_be_refusal = closing.settlement().is_some_and(|settled| settled.amounts().may_be_refusal());
    if may_be_refusal {
        let refusal = html_text!(texts, "close-ask-refusal");
        format!("{question}\n\n{lines}\n\n{refusal}")
    } else {
        format!("{question}\n\n{lines}")
    }
}

/// Returns the money of a closed order as stored, line by line; empty when it was closed without amounts.
pub(super) fn order_money_lines(texts: &Texts, order: &Order) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(total) = order.total {
        lines.push(html_text!(texts, "money-total", amount = format_money(texts, total)));
    }
    if let Some(materials) = order.materials {
        lines.push(html_text!(texts, "money-materials", amount = format_money(texts, materials)));
    }
    let net = order.total.zip(order.materials).and_then(|(total, materials)| total.checked_sub(materials));
    if let Some(net) = net {
        lines.push(html_text!(texts, "money-net", amount = format_money(texts, net)));
    }
    if let Some(share) = order.master_share {
        lines.push(html_text!(texts, "money-master", amount = format_money(texts, share)));
    }
    if let Some(share) = order.company_share {
        lines.push(html_text!(texts, "money-company", amount = format_money(texts, share)));
    }
    if let Some(review) = order.has_review {
        lines.push(html_text!(texts, "money-review", answer = names::yes_no(texts, review)));
    }
    lines
}

fn closing_lines(texts: &Texts, closing: &OrderClosing) -> Vec<String> {
    let Some(settlement) = closing.settlement() else {
        return Vec::new();
    };
    let (amounts, split) = (settlement.amounts(), settlement.split());
    let mut lines = vec![
        html_text!(texts, "money-total", amount = format_money(texts, amounts.total)),
        html_text!(texts, "money-materials", amount = format_money(texts, amounts.materials)),
        html_text!(texts, "money-net", amount = format_money(texts, split.net)),
        html_text!(texts, "money-master", amount = format_money(texts, split.master)),
        html_text!(texts, "money-company", amount = format_money(texts, split.company)),
        html_text!(texts, "money-review", answer = names::yes_no(texts, amounts.has_review)),
    ];
    lines.extend(
        amounts
            .out_of_city
            .map(|answer| html_text!(texts, "money-out-of-city", answer = names::yes_no(texts, answer))),
    );
    lines
}

#[cfg(test)]
#[path = "messages_tests.rs"]
mod tests;
