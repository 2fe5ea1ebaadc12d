//! What an order's step is called where others hear of it: the staff in charge, the master in whose place staff acted.

use crate::bot::view::cards::{long_repair_details, mention_user};
use chrono_tz::Tz;

use crate::bot::view::html::{fit_fields, shorten_text};
use crate::bot::view::text::{Html, Texts, html_text};
use crate::bot::view::visits::{day_text, visit_text};
use crate::bot::view::{messages, names};
use crate::domain::master::Master;
use crate::domain::order::Order;
use crate::domain::phone::readable_phone;
use crate::domain::status::{OrderAction, OrderStatus};
use crate::service::orders::OrderTransition;

/// Mentions the master in a notice to a group.
pub(crate) fn address_master(texts: &Texts, master: &Master, html: String) -> String {
    if master.work_chat.is_none() {
        return html;
    }
    let mention = mention_user(master.telegram_id, &master.name);
    html_text!(texts, "group-notice", person = mention, notice = Html(html))
}

/// Notifies the staff in charge of a step. `person` is the member of staff who took it.
pub(crate) fn step_notice(
    texts: &Texts,
    zone: Tz,
    step: &OrderTransition,
    reason: Option<&str>,
    person: &str,
) -> String {
    if step.action == OrderAction::Reschedule {
        return visit_notice(texts, zone, &step.before, &step.after, person);
    }
    let notice = match assignment_notice(texts, step, person) {
        Some(notice) => return notice,
        None => progress_notice(texts, step, reason),
    };
    if !step.for_master {
        return notice;
    }
    format!("{notice}\n{}", html_text!(texts, "notice-by-staff", person = person))
}

/// Notifies the master that staff took a step in their place.
pub(crate) fn notice_for_master(texts: &Texts, step: &OrderTransition, person: &str) -> String {
    let status = match step.action {
        OrderAction::Decline | OrderAction::HandBack => html_text!(texts, "notice-for-master-declined"),
        _ => names::status_name(texts, step.after.status),
    };
    html_text!(texts, "notice-for-master", id = step.after.id, status = status, person = person)
}

/// Adds the reason below a notice.
pub(crate) fn with_reason(texts: &Texts, notice: &str, reason: Option<&str>) -> String {
    let Some(reason) = reason else { return notice.to_owned() };
    fit_fields(|max| {
        format!("{notice}\n{}", html_text!(texts, "notice-reason", reason = shorten_text(reason, max)))
    })
}

/// Notifies the dispatcher of an order of what another member of staff did with its master.
fn assignment_notice(texts: &Texts, step: &OrderTransition, person: &str) -> Option<String> {
    let id = step.after.id;
    let (master, former) = (master_name(step.master.as_ref()), master_name(step.former_master.as_ref()));
    Some(match step.action {
        OrderAction::Assign => {
            html_text!(texts, "notice-assigned-staff", id = id, master = master, person = person)
        }
        OrderAction::Reassign => {
            html_text!(texts, "notice-reassigned-staff", id = id, master = master, person = person)
        }
        OrderAction::TakeOff => {
            html_text!(texts, "notice-unassigned-staff", id = id, master = former, person = person)
        }
        OrderAction::Reopen => html_text!(texts, "notice-reopened-staff", id = id, person = person),
        _ => return None,
    })
}

fn progress_notice(texts: &Texts, step: &OrderTransition, reason: Option<&str>) -> String {
    let id = step.after.id;
    let master = step.master.as_ref().or(step.former_master.as_ref());
    let name = master_name(master);
    let was_long_repair = step.before.status == OrderStatus::LongRepair;
    let notice = match step.action {
        OrderAction::Accept => html_text!(texts, "notice-accepted", id = id, master = name),
        OrderAction::Decline => html_text!(texts, "notice-declined", id = id, master = name),
        OrderAction::HandBack => html_text!(texts, "notice-handed-back", id = id, master = name),
        OrderAction::ArriveOnSite if was_long_repair => {
            html_text!(texts, "notice-back-on-site", id = id, master = name)
        }
        OrderAction::ArriveOnSite => html_text!(texts, "notice-on-site", id = id, master = name),
        OrderAction::StartLongRepair => long_repair_notice(texts, &step.after, name),
        OrderAction::ClientDecline => html_text!(texts, "notice-client-declined", id = id, master = name),
        OrderAction::Close => {
            messages::notice_closed(texts, &step.after, master.map(|one| one.name.as_str()))
        }
        _ => html_text!(texts, "notice-refused-staff", id = id),
    };
    with_reason(texts, &notice, reason)
}

fn long_repair_notice(texts: &Texts, order: &Order, master: &str) -> String {
    let title = match order.promised_date {
        Some(day) => {
            let date = day_text(texts, day);
            html_text!(texts, "notice-long-repair-until", id = order.id, date = date, master = master)
        }
        None => html_text!(texts, "notice-long-repair", id = order.id, master = master),
    };
    fit_fields(|max| [vec![title.clone()], long_repair_details(texts, order, max)].concat().join("\n"))
}

fn master_name(master: Option<&Master>) -> &str {
    master.map_or("", |master| master.name.as_str())
}

/// Tells the other side that a visit was moved.
pub(crate) fn visit_notice(texts: &Texts, zone: Tz, before: &Order, after: &Order, person: &str) -> String {
    let visit = |order: &Order| visit_text(texts, zone, order.visit, order.scheduled_time.as_deref());
    let (old, new) = (visit(before), visit(after).unwrap_or_default());
    fit_fields(|max| {
        let new = shorten_text(&new, max);
        let mut lines = vec![html_text!(texts, "notice-rescheduled", id = after.id, visit = new)];
        if let Some(old) = &old {
            lines.push(html_text!(texts, "notice-rescheduled-from", visit = shorten_text(old, max)));
        }
        lines.push(html_text!(texts, "notice-rescheduled-by", person = shorten_text(person, max)));
        lines.join("\n")
    })
}

/// Tells the master that the client waits, with the phone once they have accepted.
pub(crate) fn waiting_notice(texts: &Texts, order: &Order) -> String {
    if order.status == OrderStatus::Assigned {
        return html_text!(texts, "notice-client-waiting", id = order.id);
    }
    let phone = readable_phone(&order.client_phone);
    html_text!(texts, "notice-client-waiting-phone", id = order.id, phone = phone)
}
