//! Deleting an order, with a reason and a confirmation, and restoring it.

use teloxide::types::InlineKeyboardMarkup;

use super::announce::new_master_card;
use super::change_notice::{self, StaffAudience, end_refused};
use super::question::{self, DialogueQuestion};
use super::{day_plan, order_card};
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::dialogue::{DeletionDraft, Dialogue, DialogueAnswer, DialogueNonce};
use crate::bot::questions;
use crate::bot::reply::Reply;
use crate::bot::view::keyboards::{self, QuestionId};
use crate::bot::view::text::{html_text, plain_text};
use crate::bot::view::{order_changes as view, prompts};
use crate::db::order_messages::OrderMessageKind;
use crate::domain::ids::OrderId;
use crate::domain::master::Master;
use crate::domain::notice::NoticeKind;
use crate::domain::status::OrderStatus;
use crate::domain::text;
use crate::service::orders::OrderView;
use crate::service::{self, Refusal, deletion};

/// Asks for the reason of a deletion.
pub(crate) fn begin_dialogue(ctx: &mut UpdateContext<'_>, order: OrderId) -> HandlerResult {
    if let Err(refusal) = deletion::check_deletion(ctx.tx, &ctx.user, order) {
        let card = ctx.pressed_message;
        return order_card::refuse_action(ctx, order, OrderMessageKind::Staff, card, refusal);
    }
    order_card::claim_card(ctx, order, OrderMessageKind::Staff)?;
    let draft = DeletionDraft { order, reason: None, nonce: Some(DialogueNonce::at(ctx.now)) };
    Ok(step_question(ctx, &draft).ask_first(ctx, Dialogue::DeleteOrder(draft)))
}

pub(crate) fn answer_step(
    ctx: &mut UpdateContext<'_>,
    mut draft: DeletionDraft,
    answer: &DialogueAnswer,
) -> HandlerResult {
    if *answer == DialogueAnswer::Repeat {
        return Ok(step_question(ctx, &draft).ask_first(ctx, Dialogue::DeleteOrder(draft)));
    }
    match (&draft.reason, answer) {
        (Some(reason), DialogueAnswer::Confirm) => return delete_order(ctx, draft.order, reason),
        (Some(_), DialogueAnswer::Back) => {
            draft.reason = None;
            return Ok(step_question(ctx, &draft).ask_next(ctx, Dialogue::DeleteOrder(draft)));
        }
        (None, DialogueAnswer::Confirm) => return Ok(question::passed_step_alert(ctx)),
        _ => {}
    }
    let input = answer.text().ok_or_else(|| html_text!(ctx.texts, "content-not-supported"));
    let parsed = input.and_then(|input| {
        text::parse_needed_reason(input).map_err(|error| prompts::text_error(ctx.texts, error))
    });
    match parsed {
        Ok(reason) => {
            draft.reason = Some(reason);
            Ok(step_question(ctx, &draft).ask_next(ctx, Dialogue::DeleteOrder(draft)))
        }
        Err(error) => Ok(step_question(ctx, &draft).ask_again(ctx, &error, Dialogue::DeleteOrder(draft))),
    }
}

/// Restores a deleted order and shows it in place of the button.
pub(crate) fn restore_order(ctx: &mut UpdateContext<'_>, order: OrderId) -> HandlerResult {
    let seen = deletion::restore_order(ctx.tx, &ctx.user, order, ctx.now)?;
    let OrderView { order, master, .. } = &seen;
    let is_closed = order.status == OrderStatus::Closed;
    let toast = plain_text!(ctx.texts, "restored-done", id = order.id);
    let shown = order_card::show_card(ctx, &seen, OrderMessageKind::Staff)?.with_toast(toast);
    let told = change_notice::notify_master(ctx, order.id, concerned_master(&seen), is_closed, |texts| {
        html_text!(texts, "notice-restored", id = order.id)
    })?;
    let card = match master.as_ref().filter(|_| order.status.has_master()) {
        Some(master) => new_master_card(ctx, order, master)?,
        None => Reply::none(),
    };
    let audience = StaffAudience::WithAdmins;
    let staff = change_notice::notify_staff(ctx, order, audience, NoticeKind::Deleted, |texts, _| {
        (html_text!(texts, "notice-restored", id = order.id), keyboards::open_order(texts, order.id))
    })?;
    let linked = change_notice::refresh_linked_cards(ctx, order)?;
    Ok(shown.and(told).and(card).and(staff).and(linked))
}

/// Shows a deleted order to an admin, in a private chat; `None` where there is none to show.
pub(super) fn show_deleted(ctx: &mut UpdateContext<'_>, order: OrderId) -> service::Result<Option<Reply>> {
    if ctx.chat.is_group() || !ctx.user.roles.is_admin() {
        return Ok(None);
    }
    let Some(deleted) = deletion::view_deleted_order(ctx.tx, &ctx.user, order)? else { return Ok(None) };
    let html = view::deleted_card(ctx.texts, ctx.settings.zone, &deleted);
    Ok(Some(ctx.show_screen(html, Some(keyboards::restore_order(ctx.texts, order)))))
}

/// Returns the master who works on the order, or whose money it is.
fn concerned_master(seen: &OrderView) -> Option<&Master> {
    let status = seen.order.status;
    seen.master.as_ref().filter(|_| status.has_master() || status == OrderStatus::Closed)
}

fn step_question(ctx: &UpdateContext<'_>, draft: &DeletionDraft) -> DialogueQuestion {
    let id = QuestionId { step: draft.step_number(), nonce: draft.nonce };
    match &draft.reason {
        None => DialogueQuestion {
            html: html_text!(ctx.texts, "delete-ask-reason", id = draft.order),
            markup: keyboards::step_buttons(ctx.texts, id, false, false),
        },
        Some(reason) => DialogueQuestion {
            html: html_text!(ctx.texts, "delete-confirm", id = draft.order, reason = reason),
            markup: keyboards::confirm_deletion(ctx.texts, id),
        },
    }
}

fn delete_order(ctx: &mut UpdateContext<'_>, id: OrderId, reason: &str) -> HandlerResult {
    let seen = match deletion::delete_order(ctx.tx, &ctx.user, id, reason, ctx.now) {
        Ok(seen) => seen,
        Err(Refusal::NoSuchOrder) => {
            return match show_deleted(ctx, id)? {
                Some(shown) => Ok(shown.end_dialogue()),
                None => end_refused(ctx, Refusal::NoSuchOrder),
            };
        }
        Err(refusal) => return end_refused(ctx, refusal),
    };
    let html = html_text!(ctx.texts, "deleted-done", id = id);
    let done = ctx.show_screen(html, Some(keyboards::restore_order(ctx.texts, id))).end_dialogue();
    let cards = change_notice::retire_cards(ctx, id, |texts| html_text!(texts, "card-deleted", id = id))?;
    let is_closed = seen.order.status == OrderStatus::Closed;
    let told = change_notice::notify_master(ctx, id, concerned_master(&seen), false, |texts| {
        if is_closed {
            html_text!(texts, "notice-deleted-closed", id = id)
        } else {
            html_text!(texts, "notice-deleted", id = id)
        }
    })?;
    let audience = StaffAudience::WithAdmins;
    let staff =
        change_notice::notify_staff(ctx, &seen.order, audience, NoticeKind::Deleted, |texts, reader| {
            let restore = if reader.roles.is_admin() {
                keyboards::restore_order(texts, id)
            } else {
                InlineKeyboardMarkup::default()
            };
            (view::notice_deleted(texts, id, reason), restore)
        })?;
    let day = day_plan::refresh_day(ctx, concerned_master(&seen))?;
    let pointless = questions::end_pointless_questions(ctx, id)?;
    let linked = change_notice::refresh_linked_cards(ctx, &seen.order)?;
    Ok(done.and(cards).and(told).and(staff).and(day).and(pointless).and(linked))
}
