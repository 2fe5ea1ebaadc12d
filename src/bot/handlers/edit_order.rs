//! Editing an open order: its fields, one question for the new value, and who is told.

use super::change_notice::{self, end_refused};
use super::question::DialogueQuestion;
use super::{common, order_answers, order_card};
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::dialogue::{Dialogue, DialogueAnswer, DialogueNonce, EditDraft};
use crate::bot::reply::Reply;
use crate::bot::view::keyboards::{self, QuestionId};
use crate::bot::view::text::html_text;
use crate::bot::view::{order_changes as view, prompts};
use crate::db::order_messages::OrderMessageKind;
use crate::domain::ids::OrderId;
use crate::domain::order::Order;
use crate::domain::order_change::OrderField;
use crate::domain::text;
use crate::service::order_changes::{self, ChangedOrder, field_value};
use crate::service::{self, equipment};

/// Shows the fields of an order, each with its button.
pub(crate) fn show_fields(ctx: &mut UpdateContext<'_>, order: OrderId) -> HandlerResult {
    match order_changes::check_edit(ctx.tx, &ctx.user, order) {
        Ok(_) => Ok(fields_screen(ctx, order)),
        Err(refusal) => {
            let card = ctx.pressed_message;
            order_card::refuse_action(ctx, order, OrderMessageKind::Staff, card, refusal)
        }
    }
}

/// Asks for the new value of a field.
pub(crate) fn begin_dialogue(
    ctx: &mut UpdateContext<'_>,
    order: OrderId,
    field: OrderField,
) -> HandlerResult {
    let seen = match order_changes::check_edit(ctx.tx, &ctx.user, order) {
        Ok(seen) => seen,
        Err(refusal) => {
            let card = ctx.pressed_message;
            return order_card::refuse_action(ctx, order, OrderMessageKind::Staff, card, refusal);
        }
    };
    let draft = EditDraft { order, field, nonce: Some(DialogueNonce::at(ctx.now)) };
    let dialogue = Dialogue::EditOrder(draft);
    let notice = common::keyboard_notice(ctx);
    Ok(notice.and(value_question(ctx, &seen.order, draft)?.ask_next(ctx, dialogue)))
}

pub(crate) fn answer_step(
    ctx: &mut UpdateContext<'_>,
    draft: EditDraft,
    answer: &DialogueAnswer,
) -> HandlerResult {
    let EditDraft { order, field, .. } = draft;
    if *answer == DialogueAnswer::Repeat {
        return match order_changes::check_edit(ctx.tx, &ctx.user, order) {
            Ok(seen) => {
                Ok(value_question(ctx, &seen.order, draft)?.ask_first(ctx, Dialogue::EditOrder(draft)))
            }
            Err(refusal) => end_refused(ctx, refusal),
        };
    }
    if matches!(answer, DialogueAnswer::Confirm | DialogueAnswer::Keep | DialogueAnswer::Back) {
        return Ok(fields_screen(ctx, order).end_dialogue());
    }
    let value = match parse_value(ctx, field, answer)? {
        Ok(value) => value,
        Err(error) => {
            let seen = match order_changes::check_edit(ctx.tx, &ctx.user, order) {
                Ok(seen) => seen,
                Err(refusal) => return end_refused(ctx, refusal),
            };
            let question = value_question(ctx, &seen.order, draft)?;
            return Ok(question.ask_again(ctx, &error, Dialogue::EditOrder(draft)));
        }
    };
    match order_changes::edit_order(ctx.tx, &ctx.user, order, field, &value, ctx.now) {
        Ok(Some(changed)) => announce_edit(ctx, field, &changed),
        Ok(None) => {
            let html = html_text!(ctx.texts, "edit-unchanged", id = order);
            Ok(ctx.show_screen(html, Some(keyboards::edited(ctx.texts, order))).end_dialogue())
        }
        Err(refusal) => end_refused(ctx, refusal),
    }
}

fn fields_screen(ctx: &UpdateContext<'_>, order: OrderId) -> Reply {
    let html = html_text!(ctx.texts, "edit-menu", id = order);
    ctx.show_screen(html, Some(keyboards::edit_fields(ctx.texts, order)))
}

fn value_question(
    ctx: &mut UpdateContext<'_>,
    order: &Order,
    draft: EditDraft,
) -> service::Result<DialogueQuestion> {
    let old = field_value(order, draft.field);
    let id = QuestionId { step: 1, nonce: draft.nonce };
    let types = match draft.field {
        OrderField::Equipment => equipment::list_equipment(ctx.tx, &ctx.user, ctx.now)?,
        _ => Vec::new(),
    };
    let can_remove = draft.field == OrderField::Notes && !old.is_empty();
    Ok(DialogueQuestion {
        html: view::edit_question(ctx.texts, order.id, draft.field, old),
        markup: keyboards::edit_question(ctx.texts, id, &types, can_remove),
    })
}

/// Returns the new value; the inner error is for the user.
fn parse_value(
    ctx: &mut UpdateContext<'_>,
    field: OrderField,
    answer: &DialogueAnswer,
) -> service::Result<Result<String, String>> {
    let texts = ctx.texts;
    if field == OrderField::Equipment {
        let chosen = order_answers::choose_equipment(ctx, answer)?;
        return Ok(chosen.map(|kind| kind.name).ok_or_else(|| html_text!(texts, "error-equipment")));
    }
    let input = match (field, answer) {
        (OrderField::Notes, DialogueAnswer::Skip) => return Ok(Ok(String::new())),
        (OrderField::Phone, DialogueAnswer::Contact { phone, .. }) => Some(phone.as_str()),
        (_, answer) => answer.text(),
    };
    Ok(match input {
        Some(input) => parse_text(ctx, field, input),
        None => Err(html_text!(texts, "content-not-supported")),
    })
}

fn parse_text(ctx: &UpdateContext<'_>, field: OrderField, input: &str) -> Result<String, String> {
    let (texts, settings) = (ctx.texts, ctx.settings);
    let parsed = match field {
        OrderField::Phone => {
            let phone = settings.phones.parse(input).map_err(|_| prompts::phone_error(texts))?;
            return Ok(phone.into_string());
        }
        OrderField::Equipment | OrderField::Description => {
            text::parse_description(input, settings.max_description)
        }
        OrderField::ClientName => text::parse_client_name(input),
        OrderField::Address => text::parse_address(input),
        OrderField::Notes => text::parse_notes(input, settings.max_notes),
    };
    parsed.map_err(|error| prompts::text_error(texts, error))
}

fn announce_edit(ctx: &mut UpdateContext<'_>, field: OrderField, changed: &ChangedOrder) -> HandlerResult {
    let ChangedOrder { before, after, master, .. } = changed;
    let (old, new) = (field_value(before, field), field_value(after, field));
    let html = view::edit_done(ctx.texts, after.id, field, old, new);
    let done = ctx.show_screen(html, Some(keyboards::edited(ctx.texts, after.id))).end_dialogue();
    let cards = change_notice::refresh_cards(ctx, after, master.as_ref())?;
    let told = change_notice::notify_master(ctx, after.id, master.as_ref(), true, |texts| {
        view::notice_edited(texts, after.id, field, new)
    })?;
    Ok(done.and(cards).and(told))
}
