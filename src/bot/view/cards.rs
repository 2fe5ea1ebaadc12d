//! The cards of one order: for staff, for the master, for the work group, and the draft to confirm.
//!
//! A card always fits into one message: long user fields are shortened, never tags. The caller decides with the
//! visibility rules how much of the client a master's card shows.

use chrono_tz::Tz;

use crate::bot::dialogue::OrderDraft;
use crate::bot::view::html::{QUESTION_ROOM, escape_html, fit_fields, fit_fields_beside, shorten_text};
use crate::bot::view::messages::order_money_lines;
use crate::bot::view::names;
use crate::bot::view::text::{Html, Texts, format_date_time, format_money, html_text, plain_text};
use crate::bot::view::visits::{day_text, visit_text};
use crate::domain::ids::{OrderId, TelegramId};
use crate::domain::master::Master;
use crate::domain::money::Kopecks;
use crate::domain::order::{NewOrder, Order};
use crate::domain::phone::readable_phone;
use crate::domain::status::OrderStatus;
use crate::domain::visibility::ClientDetails;

/// What a card tells of an order besides its own fields.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct CardExtras {
    pub(crate) files: usize,
    pub(crate) comments: usize,
    /// The order whose repeat visit it is, unless that was deleted.
    pub(crate) repeat_of: Option<OrderId>,
    /// The repeat visits of the order.
    pub(crate) repeats: Vec<OrderId>,
    /// Why a master declined it or gave it back; shown to staff.
    pub(crate) reason: Option<String>,
    /// The address on a map.
    pub(crate) map_link: Option<String>,
}

/// The longest part of an address in a link, in characters.
const LINKED_ADDRESS: usize = 200;

/// Returns the link to an address on a map.
pub(crate) fn map_link(map_url: &str, address: &str) -> String {
    let address: String = address.chars().take(LINKED_ADDRESS).collect();
    format!("{map_url}{}", url::form_urlencoded::byte_serialize(address.as_bytes()).collect::<String>())
}

/// Renders everything about an order, for staff.
pub(crate) fn staff_card(
    texts: &Texts,
    zone: Tz,
    order: &Order,
    master: Option<&Master>,
    extras: &CardExtras,
) -> String {
    fit_fields(|max| {
        let mut lines = work_lines(texts, zone, order, extras, max);
        lines.extend(client_lines(texts, order, ClientDetails::Full, extras, max));
        lines.push(String::new());
        lines.push(match master {
            Some(master) => html_text!(texts, "card-master", master = shorten_text(&master.name, max)),
            None => html_text!(texts, "card-no-master"),
        });
        if let Some(reason) = &extras.reason {
            lines.push(html_text!(texts, "card-reason", reason = shorten_text(reason, max)));
        }
        lines.extend(money_lines(texts, order));
        let created = format_date_time(texts, zone, order.created_at);
        lines.push(html_text!(texts, "card-created", date = created));
        if order.updated_at > order.created_at {
            let updated = format_date_time(texts, zone, order.updated_at);
            lines.push(html_text!(texts, "card-updated", date = updated));
        }
        lines.join("\n")
    })
}

/// Renders an order for its master, with as much of the client as `details` allows. `named` is set in groups. The card
/// tells when hidden details will show.
pub(crate) fn master_card(
    texts: &Texts,
    zone: Tz,
    order: &Order,
    named: Option<&Master>,
    details: ClientDetails,
    extras: &CardExtras,
) -> String {
    fit_fields(|max| {
        let mut lines = master_lines(texts, zone, order, details, extras, max);
        if let Some(master) = named {
            let mention = mention_user(master.telegram_id, &shorten_text(&master.name, max));
            lines.insert(1, html_text!(texts, "card-master", master = mention));
        }
        lines.join("\n")
    })
}

/// Renders the assignment message, which mentions the master in a group.
pub(crate) fn assignment_card(
    texts: &Texts,
    zone: Tz,
    order: &Order,
    master: &Master,
    details: ClientDetails,
    in_group: bool,
    extras: &CardExtras,
) -> String {
    fit_fields(|max| {
        let header = if in_group {
            let mention = mention_user(master.telegram_id, &shorten_text(&master.name, max));
            html_text!(texts, "notice-assigned-group", id = order.id, master = mention)
        } else {
            html_text!(texts, "notice-assigned", id = order.id)
        };
        format!("{header}\n\n{}", master_lines(texts, zone, order, details, extras, max).join("\n"))
    })
}

/// Renders the card that the new-order dialogue asks to confirm; the question fits into the same message.
pub(crate) fn draft_card(texts: &Texts, zone: Tz, order: &NewOrder, files: usize) -> String {
    fit_fields_beside(QUESTION_ROOM, |max| {
        let not_set = plain_text!(texts, "value-not-set");
        let visit = visit_text(texts, zone, order.visit, order.scheduled_time.as_deref());
        let optional = |text: &Option<String>| shorten_text(text.as_deref().unwrap_or(&not_set), max);
        let mut lines = vec![
            html_text!(texts, "order-creation-title"),
            html_text!(
                texts,
                "card-equipment",
                equipment = names::equipment_name(texts, &order.equipment.name)
            ),
            html_text!(texts, "card-description", description = shorten_text(&order.description, max)),
            String::new(),
            html_text!(texts, "card-client", name = shorten_text(&order.client_name, max)),
            html_text!(texts, "card-address", address = shorten_text(&order.client_address, max)),
            html_text!(texts, "card-phone", phone = shorten_text(&readable_phone(&order.client_phone), max)),
            html_text!(texts, "card-notes", notes = optional(&order.notes)),
            html_text!(texts, "card-time", time = optional(&visit)),
        ];
        if order.scheduled_time.is_some() && order.visit.is_none() {
            lines.push(html_text!(texts, "visit-not-understood"));
        }
        lines.extend((files > 0).then(|| html_text!(texts, "card-files", count = files)));
        lines.join("\n")
    })
}

/// Tells that a message was recognised as a whole.
pub(crate) fn draft_recognised(texts: &Texts) -> String {
    html_text!(texts, "order-recognised-all")
}

/// Renders the answers that a draft has, above the question for the next one.
pub(crate) fn partial_draft(texts: &Texts, zone: Tz, draft: &OrderDraft) -> String {
    fit_fields_beside(QUESTION_ROOM, |max| {
        let shown = |text: &Option<String>| text.as_deref().map(|text| shorten_text(text, max));
        let equipment = draft.equipment.as_ref().map(|kind| names::equipment_name(texts, &kind.name));
        let words = draft.scheduled_time.clone().flatten();
        let visit = visit_text(texts, zone, draft.visit, words.as_deref());
        let lines = [
            Some(html_text!(texts, "order-recognised")),
            shown(&equipment).map(|equipment| html_text!(texts, "card-equipment", equipment = equipment)),
            shown(&draft.description)
                .map(|description| html_text!(texts, "card-description", description = description)),
            shown(&draft.client_name).map(|name| html_text!(texts, "card-client", name = name)),
            shown(&draft.client_address).map(|address| html_text!(texts, "card-address", address = address)),
            shown(&draft.client_phone.as_deref().map(readable_phone))
                .map(|phone| html_text!(texts, "card-phone", phone = phone)),
            shown(&draft.notes.clone().flatten()).map(|notes| html_text!(texts, "card-notes", notes = notes)),
            shown(&visit).map(|visit| html_text!(texts, "card-time", time = visit)),
            (!draft.files.is_empty()).then(|| html_text!(texts, "card-files", count = draft.files.len())),
        ];
        lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
    })
}

/// Returns a link that notifies the user (Telegram Bot API: Formatting options, inline mention).
pub(crate) fn mention_user(person: TelegramId, name: &str) -> Html {
    Html(format!("<a href=\"tg://user?id={person}\">{}</a>", escape_html(name)))
}

fn master_lines(
    texts: &Texts,
    zone: Tz,
    order: &Order,
    details: ClientDetails,
    extras: &CardExtras,
    max: usize,
) -> Vec<String> {
    let mut lines = work_lines(texts, zone, order, extras, max);
    lines.extend(client_lines(texts, order, details, extras, max));
    lines.extend(money_lines(texts, order));
    lines
}

/// Returns the job without the client.
fn work_lines(texts: &Texts, zone: Tz, order: &Order, extras: &CardExtras, max: usize) -> Vec<String> {
    let equipment = names::equipment_name(texts, &order.equipment);
    let mut lines = vec![
        html_text!(
            texts,
            "card-title",
            emoji = names::status_emoji(order.status),
            id = order.id,
            status = names::status_name(texts, order.status),
        ),
        html_text!(texts, "card-equipment", equipment = shorten_text(&equipment, max)),
        html_text!(texts, "card-description", description = shorten_text(&order.description, max)),
    ];
    if let Some(time) = visit_text(texts, zone, order.visit, order.scheduled_time.as_deref()) {
        lines.push(html_text!(texts, "card-time", time = shorten_text(&time, max)));
    }
    if order.status.is_open() {
        lines.extend(
            order.promised_date.map(|day| html_text!(texts, "card-promised", date = day_text(texts, day))),
        );
        lines.extend(long_repair_details(texts, order, max));
    } else if order.status == OrderStatus::Refused {
        // The client's money is to be given back.
        lines.extend(repair_lines(texts, None, order.prepayment, max));
    }
    if let Some(reason) = order.refuse_reason.as_deref().filter(|_| order.status == OrderStatus::Refused) {
        lines.push(html_text!(texts, "card-refuse-reason", reason = shorten_text(reason, max)));
    }
    lines.extend(extra_lines(texts, extras));
    lines
}

/// Returns the parts and the prepayment of a long repair, as far as they are known.
pub(super) fn long_repair_details(texts: &Texts, order: &Order, max: usize) -> Vec<String> {
    repair_lines(texts, order.parts.as_deref(), order.prepayment, max)
}

pub(super) fn repair_lines(
    texts: &Texts,
    parts: Option<&str>,
    prepayment: Option<Kopecks>,
    max: usize,
) -> Vec<String> {
    let parts = parts.map(|parts| html_text!(texts, "card-parts", parts = shorten_text(parts, max)));
    let prepayment = prepayment.map(|paid| format_money(texts, paid));
    let prepayment = prepayment.map(|paid| html_text!(texts, "card-prepayment", amount = paid));
    parts.into_iter().chain(prepayment).collect()
}

/// Returns the links to other visits and the number of files and comments.
fn extra_lines(texts: &Texts, extras: &CardExtras) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(repeated) = extras.repeat_of {
        lines.push(html_text!(texts, "card-repeat-of", id = repeated));
    }
    if !extras.repeats.is_empty() {
        let numbers = extras.repeats.iter().map(|id| plain_text!(texts, "order-number", id = *id));
        let numbers = numbers.collect::<Vec<_>>().join(", ");
        lines.push(html_text!(texts, "card-repeats", numbers = shorten_text(&numbers, 100)));
    }
    let files = (extras.files > 0).then(|| html_text!(texts, "card-files", count = extras.files));
    let comments = (extras.comments > 0).then(|| html_text!(texts, "card-comments", count = extras.comments));
    let counts: Vec<_> = files.into_iter().chain(comments).collect();
    if !counts.is_empty() {
        lines.push(counts.join(" · "));
    }
    lines
}

fn client_lines(
    texts: &Texts,
    order: &Order,
    details: ClientDetails,
    extras: &CardExtras,
    max: usize,
) -> Vec<String> {
    let mut lines = vec![String::new()];
    if details.shows_address() {
        lines.push(html_text!(texts, "card-client", name = shorten_text(&order.client_name, max)));
        lines.push(html_text!(texts, "card-address", address = linked_address(order, extras, max)));
    }
    if details.shows_phone() {
        lines.push(html_text!(
            texts,
            "card-phone",
            phone = shorten_text(&readable_phone(&order.client_phone), max)
        ));
    }
    // Notes contain door codes and whom to ring, so they are shown with the address. The old bot stored empty ones.
    let has_some = |notes: &&str| !notes.trim().is_empty() && details.shows_address();
    if let Some(notes) = order.notes.as_deref().filter(has_some) {
        lines.push(html_text!(texts, "card-notes", notes = shorten_text(notes, max)));
    }
    // Only where the next step of the master shows more.
    match (details, order.status) {
        (ClientDetails::Hidden, OrderStatus::Assigned) => lines.push(html_text!(texts, "card-hidden-client")),
        (ClientDetails::NameAndAddress, OrderStatus::Assigned | OrderStatus::Accepted) => {
            lines.push(html_text!(texts, "card-hidden-phone"));
        }
        _ => {}
    }
    if lines.len() == 1 { Vec::new() } else { lines }
}

/// Returns the address as a link. Telegram shows the text alone where it takes no link.
fn linked_address(order: &Order, extras: &CardExtras, max: usize) -> Html {
    let address = escape_html(&shorten_text(&order.client_address, max));
    match &extras.map_link {
        Some(link) => Html(format!("<a href=\"{}\">{address}</a>", escape_html(link))),
        None => Html(address),
    }
}

fn money_lines(texts: &Texts, order: &Order) -> Vec<String> {
    let mut lines = Vec::new();
    if order.status == OrderStatus::Closed {
        let money = order_money_lines(texts, order);
        if !money.is_empty() {
            lines.push(String::new());
            lines.extend(money);
        }
    }
    lines
}

#[cfg(test)]
#[path = "cards_tests.rs"]
mod tests;
