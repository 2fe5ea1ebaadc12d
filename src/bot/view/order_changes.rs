//! What happened to an order besides its steps: edits, corrections, comments, its history, its deletion. HTML unless a
//! function says plain.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::bot::view::cards::repair_lines;
use crate::bot::view::html::{fit_fields, shorten_text};
use crate::bot::view::messages::order_money_lines;
use crate::bot::view::names;
use crate::bot::view::paging::Paging;
use crate::bot::view::text::{Html, Texts, format_date_time, format_money, html_text, plain_text};
use crate::bot::view::visits::{day_text, moment_text};
use crate::domain::cleared_values::{AmountField, ClearedValues, ClearedVisit};
use crate::domain::ids::OrderId;
use crate::domain::long_repair::LongRepair;
use crate::domain::money::Kopecks;
use crate::domain::order::Order;
use crate::domain::order_change::{CorrectedField, DELETED, OrderField, REPEATED, RESTORED};
use crate::domain::phone::readable_phone;
use crate::service::comments::CommentEntry;
use crate::service::deletion::DeletedOrder;
use crate::service::order_history::{HistoryEntry, HistoryEvent};
use crate::service::orders::CLIENT_WAITING;

/// The longest caption of a file, in UTF-16 units (Telegram Bot API: sendPhoto).
const MAX_CAPTION: usize = 1024;

/// Returns the name of a field, plain.
pub(crate) fn field_name(texts: &Texts, field: OrderField) -> String {
    match field {
        OrderField::Equipment => plain_text!(texts, "field-equipment"),
        OrderField::Description => plain_text!(texts, "field-description"),
        OrderField::ClientName => plain_text!(texts, "field-client-name"),
        OrderField::Address => plain_text!(texts, "field-address"),
        OrderField::Phone => plain_text!(texts, "field-phone"),
        OrderField::Notes => plain_text!(texts, "field-notes"),
    }
}

/// Asks for the new value of a field and shows the old one.
pub(crate) fn edit_question(texts: &Texts, order: OrderId, field: OrderField, old: &str) -> String {
    let name = field_name(texts, field);
    fit_fields(|max| {
        let old = shorten_text(&shown_value(texts, field.as_str(), old), max);
        match field {
            _ if old.is_empty() => html_text!(texts, "edit-ask-first", id = order, field = &name),
            OrderField::Equipment => {
                html_text!(texts, "edit-ask-choice", id = order, field = &name, old = old)
            }
            _ => html_text!(texts, "edit-ask", id = order, field = &name, old = old),
        }
    })
}

/// Tells who edited a field what became of it.
pub(crate) fn edit_done(texts: &Texts, order: OrderId, field: OrderField, old: &str, new: &str) -> String {
    let name = field_name(texts, field);
    fit_fields(|max| {
        let change = change_text(texts, field.as_str(), Some(old), Some(new), max);
        html_text!(texts, "edit-done", id = order, field = &name, change = Html(change))
    })
}

/// Notifies the master that a field was edited. What belongs to the client is only on the card, which leaves their chat with
/// the order.
pub(crate) fn notice_edited(texts: &Texts, order: OrderId, field: OrderField, new: &str) -> String {
    let name = field_name(texts, field);
    match field {
        OrderField::Equipment | OrderField::Description => fit_fields(|max| {
            let new = shorten_text(&shown_value(texts, field.as_str(), new), max);
            html_text!(texts, "notice-edited-value", id = order, field = &name, new = new)
        }),
        _ => html_text!(texts, "notice-edited", id = order, field = &name),
    }
}

/// Renders what a closed order says of its money and master, above the buttons to correct it.
pub(crate) fn correction_menu(texts: &Texts, order: &Order, master: Option<&str>) -> String {
    let mut lines = vec![html_text!(texts, "correct-title", id = order.id)];
    lines.extend(order_money_lines(texts, order));
    lines.push(match master {
        Some(master) => html_text!(texts, "card-master", master = master),
        None => html_text!(texts, "card-no-master"),
    });
    lines.join("\n")
}

/// Returns the name of what is corrected, plain.
pub(crate) fn corrected_name(texts: &Texts, field: CorrectedField) -> String {
    stored_field_name(texts, field.as_str())
}

/// Asks for the right amount and shows the present one.
pub(crate) fn correction_question(texts: &Texts, order: &Order, field: CorrectedField) -> String {
    let present = match field {
        CorrectedField::Materials => order.materials,
        _ => order.total,
    };
    let name = corrected_name(texts, field);
    match present {
        Some(amount) => {
            html_text!(texts, "edit-ask", id = order.id, field = name, old = format_money(texts, amount))
        }
        None => html_text!(texts, "edit-ask-first", id = order.id, field = name),
    }
}

/// Notifies of the corrected money or master of a closed order.
pub(crate) fn notice_corrected(
    texts: &Texts,
    before: &Order,
    after: &Order,
    masters: [Option<&str>; 2],
) -> String {
    let kopecks = |amount: Option<Kopecks>| amount.map(|amount| amount.0.to_string());
    let review = |order: &Order| order.has_review.map(|review| review.to_string());
    let [former, present] = masters.map(|name| name.map(str::to_owned));
    let values = [
        ("total", kopecks(before.total), kopecks(after.total)),
        ("materials", kopecks(before.materials), kopecks(after.materials)),
        ("review", review(before), review(after)),
        ("master", former, present),
        ("master_share", kopecks(before.master_share), kopecks(after.master_share)),
        ("company_share", kopecks(before.company_share), kopecks(after.company_share)),
    ];
    let mut lines = vec![html_text!(texts, "notice-corrected", id = after.id)];
    for (field, old, new) in values {
        if old != new {
            let change = change_text(texts, field, old.as_deref(), new.as_deref(), 200);
            let name = stored_field_name(texts, field);
            lines.push(html_text!(texts, "history-change", field = name, change = Html(change)));
        }
    }
    lines.join("\n")
}

/// Notifies of a comment or of files.
pub(crate) fn notice_comment(
    texts: &Texts,
    order: OrderId,
    author: &str,
    text: Option<&str>,
    files: usize,
) -> String {
    match text {
        Some(text) => fit_fields(|max| {
            let (author, text) = (shorten_text(author, max), shorten_text(text, max));
            html_text!(texts, "notice-comment", id = order, author = author, text = text)
        }),
        None => html_text!(texts, "notice-files", id = order, author = author, count = files),
    }
}

/// Whether a text fits below a file.
pub(crate) fn fits_caption(html: &str) -> bool {
    crate::bot::view::html::utf16_len(html) <= MAX_CAPTION
}

/// Renders a page of the comments of an order; their files follow in messages of their own.
pub(crate) fn comment_page(
    texts: &Texts,
    zone: Tz,
    order: OrderId,
    entries: &[CommentEntry],
    paging: Paging,
) -> String {
    fit_fields(|max| {
        let mut blocks = vec![html_text!(texts, "comments-title", id = order, count = paging.total)];
        for entry in entries {
            let mut lines = vec![author_line(texts, zone, entry.at, entry.author.as_deref())];
            lines.extend(entry.text.as_deref().map(|text| escape_shortened(text, max)));
            if !entry.files.is_empty() {
                lines.push(html_text!(texts, "card-files", count = entry.files.len()));
            }
            blocks.push(lines.join("\n"));
        }
        blocks.extend(page_line(texts, paging));
        blocks.join("\n\n")
    })
}

/// Returns the caption of a stored file: who sent it and when.
pub(crate) fn file_caption(texts: &Texts, zone: Tz, order: OrderId, entry: &CommentEntry) -> String {
    let line = author_line(texts, zone, entry.at, entry.author.as_deref());
    html_text!(texts, "comment-file", id = order, author = Html(line))
}

/// Renders a page of the history of an order, newest first.
pub(crate) fn history_page(
    texts: &Texts,
    zone: Tz,
    order: OrderId,
    entries: &[HistoryEntry],
    paging: Paging,
) -> String {
    fit_fields(|max| {
        let mut blocks = vec![html_text!(texts, "history-title", id = order)];
        for entry in entries {
            let line = author_line(texts, zone, entry.at, entry.by.as_deref());
            blocks.push(format!("{line}\n{}", event_text(texts, zone, &entry.event, max)));
        }
        blocks.extend(page_line(texts, paging));
        blocks.join("\n\n")
    })
}

/// Renders a deleted order, for admins.
pub(crate) fn deleted_card(texts: &Texts, zone: Tz, deleted: &DeletedOrder) -> String {
    let order = &deleted.order;
    fit_fields(|max| {
        let equipment = names::equipment_name(texts, &order.equipment);
        let mut lines = vec![
            html_text!(texts, "deleted-title", id = order.id),
            html_text!(texts, "card-equipment", equipment = shorten_text(&equipment, max)),
            html_text!(texts, "card-description", description = shorten_text(&order.description, max)),
            html_text!(texts, "card-client", name = shorten_text(&order.client_name, max)),
            html_text!(texts, "card-address", address = shorten_text(&order.client_address, max)),
        ];
        if let Some(at) = order.deleted_at {
            lines.push(html_text!(texts, "deleted-when", date = format_date_time(texts, zone, at)));
        }
        if let Some(reason) = deleted.deletion.as_ref().and_then(|deletion| deletion.new.as_deref()) {
            lines.push(html_text!(texts, "deleted-reason", reason = shorten_text(reason, max)));
        }
        lines.join("\n")
    })
}

/// Returns a notice with a reason that a user typed.
pub(crate) fn notice_deleted(texts: &Texts, order: OrderId, reason: &str) -> String {
    fit_fields(|max| {
        html_text!(texts, "notice-deleted-reason", id = order, reason = shorten_text(reason, max))
    })
}

fn page_line(texts: &Texts, paging: Paging) -> Option<String> {
    let many = paging.pages > 1;
    many.then(|| html_text!(texts, "list-page", page = paging.page.0, pages = paging.pages))
}

fn author_line(texts: &Texts, zone: Tz, at: DateTime<Utc>, author: Option<&str>) -> String {
    let date = format_date_time(texts, zone, at);
    match author {
        Some(author) => html_text!(texts, "history-author", date = date, author = shorten_text(author, 60)),
        None => html_text!(texts, "history-date", date = date),
    }
}

fn event_text(texts: &Texts, zone: Tz, event: &HistoryEvent, max: usize) -> String {
    match event {
        HistoryEvent::Status { from, to, master, for_master, repair, cleared, note } => {
            let to = stored_status_name(texts, to);
            let mut text = match from {
                Some(from) => {
                    html_text!(texts, "history-status", from = stored_status_name(texts, from), to = to)
                }
                None => html_text!(texts, "history-created"),
            };
            if let Some(master) = master {
                text = format!("{text}\n{}", html_text!(texts, "card-master", master = master));
            }
            if let Some(master) = for_master {
                text = format!("{text}\n{}", html_text!(texts, "history-for-master", master = master));
            }
            if let Some(LongRepair { promised, parts, prepayment }) = repair {
                let date = day_text(texts, *promised);
                let mut lines = vec![text, html_text!(texts, "card-promised", date = date)];
                lines.extend(repair_lines(texts, parts.as_deref(), *prepayment, max));
                text = lines.join("\n");
            }
            if let Some(cleared) = cleared {
                text = format!("{text}\n{}", cleared_line(texts, zone, cleared, max));
            }
            if let Some(note) = note {
                let note = shorten_text(note, max);
                text = format!("{text}\n{}", html_text!(texts, "history-note", note = note));
            }
            text
        }
        HistoryEvent::Change { field, new, .. } if field == DELETED => {
            let reason = shorten_text(new.as_deref().unwrap_or_default(), max);
            html_text!(texts, "history-deleted", reason = reason)
        }
        HistoryEvent::Change { field, .. } if field == CLIENT_WAITING => {
            html_text!(texts, "history-client-waiting")
        }
        HistoryEvent::Change { field, .. } if field == RESTORED => html_text!(texts, "history-restored"),
        HistoryEvent::Change { field, new, .. } if field == REPEATED => {
            html_text!(texts, "history-repeated", id = new.as_deref().unwrap_or_default())
        }
        HistoryEvent::Change { field, old, new } => {
            let change = change_text(texts, field, old.as_deref(), new.as_deref(), max);
            let name = stored_field_name(texts, field);
            html_text!(texts, "history-change", field = name, change = Html(change))
        }
        HistoryEvent::Comment { text } => {
            html_text!(texts, "history-comment", text = shorten_text(text, max))
        }
        HistoryEvent::Files { count } => html_text!(texts, "card-files", count = *count),
    }
}

/// Lists what a reopened order lost.
fn cleared_line(texts: &Texts, zone: Tz, cleared: &ClearedValues, max: usize) -> String {
    let amount = |(field, kopecks): &(AmountField, Kopecks)| {
        let name = match field {
            AmountField::Total => plain_text!(texts, "field-total"),
            AmountField::Materials => plain_text!(texts, "field-materials"),
            AmountField::MasterShare => plain_text!(texts, "field-master-share"),
            AmountField::CompanyShare => plain_text!(texts, "field-company-share"),
            AmountField::Prepayment => plain_text!(texts, "field-prepayment"),
        };
        format!("{name} {}", format_money(texts, *kopecks))
    };
    let review = cleared.has_review.then(|| plain_text!(texts, "field-review"));
    let visit = cleared.visit.as_ref().map(|visit| {
        let when = match visit {
            ClearedVisit::Moment(from) => moment_text(texts, zone, *from),
            ClearedVisit::Words(words) => shorten_text(words, max),
        };
        format!("{} {when}", plain_text!(texts, "field-visit"))
    });
    let values: Vec<_> = cleared.amounts.iter().map(amount).chain(review).chain(visit).collect();
    html_text!(texts, "history-cleared", values = values.join(" · "))
}

/// Returns the old and the new value of a field, each as far as there is one.
fn change_text(texts: &Texts, field: &str, old: Option<&str>, new: Option<&str>, max: usize) -> String {
    let shown = |value: Option<&str>| {
        let value = value.filter(|value| !value.is_empty())?;
        Some(shorten_text(&shown_value(texts, field, value), max))
    };
    match (shown(old), shown(new)) {
        (Some(old), Some(new)) => html_text!(texts, "change-values", old = old, new = new),
        (None, Some(new)) => html_text!(texts, "change-added", new = new),
        (Some(old), None) => html_text!(texts, "change-removed", old = old),
        (None, None) => String::new(),
    }
}

/// Returns a stored value as the reader knows it, plain.
fn shown_value(texts: &Texts, field: &str, value: &str) -> String {
    match field {
        "equipment" => names::equipment_name(texts, value),
        _ if field == OrderField::Phone.as_str() => readable_phone(value),
        "review" => names::yes_no(texts, value == "true"),
        "total" | "materials" | "master_share" | "company_share" => match value.parse() {
            Ok(kopecks) => format_money(texts, Kopecks(kopecks)),
            Err(_) => value.to_owned(),
        },
        _ => value.to_owned(),
    }
}

/// Returns the name of a field in `order_changes`, plain; an unknown one is shown as it is.
fn stored_field_name(texts: &Texts, field: &str) -> String {
    if let Some(known) = OrderField::ALL.into_iter().find(|known| known.as_str() == field) {
        return field_name(texts, known);
    }
    match field {
        "total" => plain_text!(texts, "field-total"),
        "materials" => plain_text!(texts, "field-materials"),
        "review" => plain_text!(texts, "field-review"),
        "master" => plain_text!(texts, "field-master"),
        "master_share" => plain_text!(texts, "field-master-share"),
        "company_share" => plain_text!(texts, "field-company-share"),
        "visit" => plain_text!(texts, "field-visit"),
        "promised_date" => plain_text!(texts, "field-promised"),
        other => other.to_owned(),
    }
}

fn stored_status_name(texts: &Texts, stored: &str) -> String {
    stored.parse().map_or_else(|_| stored.to_owned(), |status| names::status_name(texts, status))
}

fn escape_shortened(text: &str, max: usize) -> String {
    crate::bot::view::html::escape_html(&shorten_text(text, max))
}

/// Asks what is broken this time and shows what was broken before.
pub(crate) fn repeat_question(texts: &Texts, order: &Order) -> String {
    fit_fields(|max| {
        let description = shorten_text(&order.description, max);
        html_text!(texts, "repeat-ask", id = order.id, description = description)
    })
}
