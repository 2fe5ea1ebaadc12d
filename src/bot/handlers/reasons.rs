//! Declining an order (a master) and refusing one (staff), with an optional reason.

use super::announce::{OrderEvent, announce_event};
use super::order_card;
use super::question::DialogueQuestion;
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::dialogue::{Dialogue, DialogueAnswer, DialogueNonce, ReasonDraft};
use crate::bot::view::keyboards::{self, QuestionId};
use crate::bot::view::prompts;
use crate::bot::view::text::html_text;
use crate::db::order_messages::OrderMessageKind;
use crate::domain::ids::OrderId;
use crate::domain::status::OrderAction;
use crate::domain::text;
use crate::service::orders;

/// Asks for the reason of [`OrderAction::Decline`] or [`OrderAction::Refuse`].
pub(crate) fn begin_dialogue(
    ctx: &mut UpdateContext<'_>,
    action: OrderAction,
    order: OrderId,
) -> HandlerResult {
    let draft = ReasonDraft { order, card: ctx.pressed_message, nonce: Some(DialogueNonce::at(ctx.now)) };
    if let Err(refusal) = orders::check_action(ctx.tx, &ctx.user, order, action) {
        return order_card::refuse_action(ctx, order, card_kind(action), draft.card, refusal);
    }
    order_card::claim_card(ctx, order, card_kind(action))?;
    Ok(reason_question(ctx, action, draft).ask_first(ctx, dialogue(action, draft)))
}

pub(crate) fn answer_step(
    ctx: &mut UpdateContext<'_>,
    action: OrderAction,
    draft: ReasonDraft,
    answer: &DialogueAnswer,
) -> HandlerResult {
    if order_card::has_left_group(ctx, draft.order)? {
        let html = html_text!(ctx.texts, "order-wrong-group", id = draft.order);
        return Ok(ctx.show_screen(html, None).end_dialogue());
    }
    let error = match answer {
        DialogueAnswer::Skip => return finish_dialogue(ctx, action, draft, None),
        answer => match answer.text().map(text::parse_reason) {
            Some(Ok(reason)) => return finish_dialogue(ctx, action, draft, Some(&reason)),
            Some(Err(error)) => prompts::text_error(ctx.texts, error),
            None => html_text!(ctx.texts, "content-not-supported"),
        },
    };
    Ok(reason_question(ctx, action, draft).ask_again(ctx, &error, dialogue(action, draft)))
}

fn card_kind(action: OrderAction) -> OrderMessageKind {
    if action == OrderAction::Decline { OrderMessageKind::Master } else { OrderMessageKind::Staff }
}

fn dialogue(action: OrderAction, draft: ReasonDraft) -> Dialogue {
    if action == OrderAction::Decline { Dialogue::Decline(draft) } else { Dialogue::Refuse(draft) }
}

fn reason_question(ctx: &UpdateContext<'_>, action: OrderAction, draft: ReasonDraft) -> DialogueQuestion {
    let id = QuestionId { step: 1, nonce: draft.nonce };
    DialogueQuestion {
        html: match action {
            OrderAction::Decline => html_text!(ctx.texts, "decline-ask-reason", id = draft.order),
            _ => html_text!(ctx.texts, "refuse-ask-reason", id = draft.order),
        },
        markup: keyboards::step_buttons(ctx.texts, id, false, true),
    }
}

fn finish_dialogue(
    ctx: &mut UpdateContext<'_>,
    action: OrderAction,
    draft: ReasonDraft,
    reason: Option<&str>,
) -> HandlerResult {
    let ReasonDraft { order, card, .. } = draft;
    let kind = card_kind(action);
    let step = match orders::advance_order(ctx.tx, &ctx.user, order, action, reason, ctx.now) {
        Ok(step) => step,
        Err(refusal) => {
            return Ok(order_card::refuse_action(ctx, order, kind, card, refusal)?.end_dialogue());
        }
    };
    let done = match action {
        OrderAction::Decline => html_text!(ctx.texts, "declined-done", id = order),
        _ => html_text!(ctx.texts, "refused-done", id = order),
    };
    let done = ctx.show_screen(done, None).end_dialogue();
    Ok(done.and(announce_event(ctx, OrderEvent { step: &step, reason, card, kind })?))
}
