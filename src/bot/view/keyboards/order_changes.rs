//! The keyboards for what one can do with an order besides its steps.

use teloxide::types::{InlineKeyboardButton, InlineKeyboardMarkup};

use super::dialogue::{QuestionId, inline_step_rows};
use super::new_order::MAX_TYPES;
use super::parts::{button_names, in_rows_of, inline_button, page_row};
use crate::bot::callback::{ButtonSource, Callback, OrderButton, PageNumber};
use crate::bot::labels::Label;
use crate::bot::view::cards::CardExtras;
use crate::bot::view::names;
use crate::bot::view::order_changes::{corrected_name, field_name};
use crate::bot::view::paging::Paging;
use crate::bot::view::text::{Texts, plain_text};
use crate::domain::equipment::EquipmentType;
use crate::domain::ids::OrderId;
use crate::domain::master::Master;
use crate::domain::order::Order;
use crate::domain::order_change::{CorrectedField, OrderField};
use crate::domain::role::RoleSet;
use crate::domain::status::OrderStatus;

/// The most repeat visits that a card has buttons for.
const MAX_LINKS: usize = 6;

/// Returns a button for each field that can be edited, one for the visit, and the way back to the card.
pub(crate) fn edit_fields(texts: &Texts, order: OrderId) -> InlineKeyboardMarkup {
    let fields = OrderField::ALL.map(|field| {
        inline_button(field_name(texts, field), Callback::Order(OrderButton::EditField(order, field)))
    });
    let visit = Callback::RescheduleOrder(order, ButtonSource::OwnChat);
    let visit = inline_button(plain_text!(texts, "field-visit"), visit);
    let mut rows = in_rows_of(2, fields.into_iter().chain([visit]));
    rows.push(vec![inline_button(Label::Back.text(texts.locale()), Callback::ViewOrder(order))]);
    InlineKeyboardMarkup::new(rows)
}

/// Returns the buttons of a question for a new value: the types to choose from, removing the old one, keeping it.
pub(crate) fn edit_question(
    texts: &Texts,
    id: QuestionId,
    types: &[EquipmentType],
    can_remove: bool,
) -> InlineKeyboardMarkup {
    let offered = types.iter().filter(|kind| !kind.is_hidden).take(MAX_TYPES);
    let mut rows = in_rows_of(
        2,
        offered.map(|kind| {
            inline_button(names::equipment_name(texts, &kind.name), Callback::Equipment(kind.id, id.nonce))
        }),
    );
    if can_remove {
        let remove = plain_text!(texts, "button-remove-value");
        rows.push(vec![inline_button(remove, Callback::DialogSkip(id.step, id.nonce))]);
    }
    rows.push(vec![inline_button(plain_text!(texts, "button-keep"), Callback::DialogConfirm(id.nonce))]);
    InlineKeyboardMarkup::new(rows)
}

/// Returns the buttons after an edit: edit more, open the order.
pub(crate) fn edited(texts: &Texts, order: OrderId) -> InlineKeyboardMarkup {
    InlineKeyboardMarkup::new([[
        inline_button(plain_text!(texts, "button-edit-more"), Callback::Order(OrderButton::Edit(order))),
        inline_button(plain_text!(texts, "button-open-order"), Callback::ViewOrder(order)),
    ]])
}

/// Returns the button that keeps the old value.
pub(crate) fn keep_value(texts: &Texts, id: QuestionId) -> InlineKeyboardMarkup {
    InlineKeyboardMarkup::new([[inline_button(
        plain_text!(texts, "button-keep"),
        Callback::DialogConfirm(id.nonce),
    )]])
}

/// Returns the button that keeps the old value, and the one that cancels.
pub(crate) fn keep_or_cancel(texts: &Texts, id: QuestionId) -> InlineKeyboardMarkup {
    let mut rows =
        vec![vec![inline_button(plain_text!(texts, "button-keep"), Callback::DialogConfirm(id.nonce))]];
    rows.extend(inline_step_rows(texts, id, false, false));
    InlineKeyboardMarkup::new(rows)
}

/// Returns the button that opens an order for its master.
pub(crate) fn view_master_order(texts: &Texts, order: OrderId) -> InlineKeyboardMarkup {
    let open = plain_text!(texts, "button-open-order");
    InlineKeyboardMarkup::new([[inline_button(open, Callback::ViewOrderMaster(order))]])
}

/// Returns the pages of the comments, if there are several.
pub(crate) fn comment_pages(texts: &Texts, order: OrderId, paging: Paging) -> InlineKeyboardMarkup {
    let add = plain_text!(texts, "button-comment");
    let mut rows = vec![vec![inline_button(add, Callback::Order(OrderButton::Comment(order)))]];
    rows.extend(page_row(paging, |page| Callback::Order(OrderButton::ShowComments(order, page))));
    InlineKeyboardMarkup::new(rows)
}

/// Returns the pages of the history and the way back to the card.
pub(crate) fn history_pages(texts: &Texts, order: OrderId, paging: Paging) -> InlineKeyboardMarkup {
    let mut rows: Vec<_> =
        page_row(paging, |page| Callback::Order(OrderButton::ShowHistory(order, page))).into_iter().collect();
    rows.push(vec![inline_button(Label::Back.text(texts.locale()), Callback::ViewOrder(order))]);
    InlineKeyboardMarkup::new(rows)
}

/// Returns the button that confirms a deletion.
pub(crate) fn confirm_deletion(texts: &Texts, id: QuestionId) -> InlineKeyboardMarkup {
    let delete = plain_text!(texts, "button-delete");
    let mut rows = vec![vec![inline_button(delete, Callback::DialogConfirm(id.nonce))]];
    rows.extend(inline_step_rows(texts, id, true, false));
    InlineKeyboardMarkup::new(rows)
}

/// Returns the button under a deleted order.
pub(crate) fn restore_order(texts: &Texts, order: OrderId) -> InlineKeyboardMarkup {
    let restore = plain_text!(texts, "button-restore");
    InlineKeyboardMarkup::new([[inline_button(restore, Callback::Order(OrderButton::Restore(order)))]])
}

/// Returns what can be corrected in a closed order.
pub(crate) fn corrections(texts: &Texts, order: &Order) -> InlineKeyboardMarkup {
    let id = order.id;
    let buttons = CorrectedField::ALL.map(|field| {
        let name = corrected_name(texts, field);
        let (text, button) = match field {
            CorrectedField::Total | CorrectedField::Materials => (name, OrderButton::CorrectField(id, field)),
            CorrectedField::Review => {
                let right = !order.has_review.unwrap_or_default();
                let text = if right {
                    plain_text!(texts, "button-review-was-left")
                } else {
                    plain_text!(texts, "button-review-was-not-left")
                };
                (text, OrderButton::CorrectReview(id, right))
            }
            CorrectedField::Master => (name, OrderButton::CorrectMasters(id, PageNumber::FIRST)),
        };
        inline_button(text, Callback::Order(button))
    });
    let mut rows = in_rows_of(2, buttons);
    rows.push(vec![inline_button(Label::Back.text(texts.locale()), Callback::ViewOrder(id))]);
    InlineKeyboardMarkup::new(rows)
}

/// Returns the masters to choose the right one from. `masters` is the whole list.
pub(crate) fn correct_master_choice(
    texts: &Texts,
    order: OrderId,
    masters: &[(Master, i64)],
    page: PageNumber,
) -> InlineKeyboardMarkup {
    let paging = Paging::of_rows(page, masters);
    let names = button_names(masters);
    let row = |((master, _), name): (&(Master, i64), &String)| {
        vec![inline_button(name, Callback::Order(OrderButton::CorrectMaster(order, master.id)))]
    };
    let mut rows: Vec<_> = paging.slice(masters).iter().zip(paging.slice(&names)).map(row).collect();
    rows.extend(page_row(paging, |page| Callback::Order(OrderButton::CorrectMasters(order, page))));
    let back = Callback::Order(OrderButton::Correct(order));
    rows.push(vec![inline_button(Label::Back.text(texts.locale()), back)]);
    InlineKeyboardMarkup::new(rows)
}

/// Returns the buttons for what staff can do with an order besides its steps.
pub(crate) fn staff_extra_buttons(
    texts: &Texts,
    order: OrderId,
    status: OrderStatus,
    roles: RoleSet,
) -> Vec<InlineKeyboardButton> {
    let mut buttons = Vec::new();
    let mut add = |text: String, button: OrderButton| {
        buttons.push(inline_button(text, Callback::Order(button)));
    };
    if status.is_open() {
        add(plain_text!(texts, "button-edit"), OrderButton::Edit(order));
    }
    if status == OrderStatus::Closed {
        add(plain_text!(texts, "button-repeat"), OrderButton::Repeat(order));
        if roles.is_admin() {
            add(plain_text!(texts, "button-correct"), OrderButton::Correct(order));
        }
    }
    add(plain_text!(texts, "button-comment"), OrderButton::Comment(order));
    add(plain_text!(texts, "button-history"), OrderButton::ShowHistory(order, PageNumber::FIRST));
    if roles.is_admin() {
        add(plain_text!(texts, "button-delete"), OrderButton::Delete(order));
    }
    buttons
}

/// Adds the buttons that show the comments and the linked visits to the staff's card, above its last row.
pub(crate) fn with_staff_extras(
    texts: &Texts,
    order: &Order,
    extras: &CardExtras,
    mut buttons: InlineKeyboardMarkup,
) -> InlineKeyboardMarkup {
    let linked = extras.repeat_of.iter().chain(extras.repeats.iter().take(MAX_LINKS));
    let links = linked.map(|id| {
        let number = plain_text!(texts, "order-number", id = *id);
        inline_button(format!("🔁 {number}"), Callback::ViewOrder(*id))
    });
    let rows = &mut buttons.inline_keyboard;
    let last = rows.len().saturating_sub(1);
    let added = comments_button(texts, order.id, extras).map(|button| vec![button]);
    rows.splice(last..last, added.into_iter().chain(in_rows_of(3, links)));
    buttons
}

/// Adds the buttons for comments to the master's card.
pub(crate) fn with_master_extras(
    texts: &Texts,
    order: &Order,
    extras: &CardExtras,
    mut buttons: InlineKeyboardMarkup,
) -> InlineKeyboardMarkup {
    let can_comment = order.status.has_master() && order.status != OrderStatus::Assigned;
    let comment = can_comment.then(|| {
        let add = plain_text!(texts, "button-comment");
        inline_button(add, Callback::Order(OrderButton::Comment(order.id)))
    });
    let row: Vec<_> = comment.into_iter().chain(comments_button(texts, order.id, extras)).collect();
    if !row.is_empty() {
        buttons.inline_keyboard.push(row);
    }
    buttons
}

fn comments_button(texts: &Texts, order: OrderId, extras: &CardExtras) -> Option<InlineKeyboardButton> {
    let count = extras.files + extras.comments;
    let show = OrderButton::ShowComments(order, PageNumber::FIRST);
    let text = || plain_text!(texts, "button-comments", count = count);
    (count > 0).then(|| inline_button(text(), Callback::Order(show)))
}
