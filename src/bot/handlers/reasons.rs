//! Steps that ask for a reason: declining an order, handing it back, the client declining (a master), refusing it (staff).

use super::announce::{OrderEvent, announce_event};
use super::order_card;
use super::question::DialogueQuestion;
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::dialogue::{Dialogue, DialogueAnswer, DialogueNonce, ReasonDraft};
use crate::bot::view::keyboards::{self, QuestionId};
use crate::bot::view::prompts;
use crate::bot::view::text::html_text;
use crate::db::order_messages::OrderMessageKind;
use crate::domain::ids::{MessageId, OrderId};
use crate::domain::status::OrderAction;
use crate::domain::text;
use crate::service::orders;

/// Asks for the reason of an action.
pub(crate) fn begin_dialogue(
    ctx: &mut UpdateContext<'_>,
    action: OrderAction,
    order: OrderId,
) -> HandlerResult {
    let (card, kind) = (ctx.pressed_message, card_kind(action));
    let seen = match orders::check_action(ctx.tx, &ctx.user, order, action) {
        Ok(seen) => seen,
        Err(refusal) => return order_card::refuse_action(ctx, order, kind, card, refusal),
    };
    let for_master = seen.actor.acts_for_master(action);
    let draft = ReasonDraft { order, card, for_master, nonce: Some(DialogueNonce::at(ctx.now)) };
    order_card::claim_card(ctx, order, kind)?;
    Ok(reason_question(ctx, action, draft).ask_first(ctx, dialogue(action, draft)))
}

/// Asks for the reason in place of the question of another dialogue about the order, whose card stays the same.
pub(crate) fn begin_instead(
    ctx: &mut UpdateContext<'_>,
    action: OrderAction,
    order: OrderId,
    card: Option<MessageId>,
) -> HandlerResult {
    let seen = match orders::check_action(ctx.tx, &ctx.user, order, action) {
        Ok(seen) => seen,
        Err(refusal) => {
            return Ok(
                order_card::refuse_action(ctx, order, card_kind(action), card, refusal)?.end_dialogue()
            );
        }
    };
    let for_master = seen.actor.acts_for_master(action);
    let draft = ReasonDraft { order, card, for_master, nonce: Some(DialogueNonce::at(ctx.now)) };
    Ok(reason_question(ctx, action, draft).ask_next(ctx, dialogue(action, draft)))
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
    let parse = if action.needs_reason() { text::parse_needed_reason } else { text::parse_reason };
    let error = match answer {
        DialogueAnswer::Repeat => {
            return Ok(reason_question(ctx, action, draft).ask_first(ctx, dialogue(action, draft)));
        }
        DialogueAnswer::Skip if action.needs_reason() => html_text!(ctx.texts, "error-not-skippable"),
        DialogueAnswer::Skip => return finish_dialogue(ctx, action, draft, None),
        answer => match answer.text().map(parse) {
            Some(Ok(reason)) => return finish_dialogue(ctx, action, draft, Some(&reason)),
            Some(Err(error)) => prompts::text_error(ctx.texts, error),
            None => html_text!(ctx.texts, "content-not-supported"),
        },
    };
    Ok(reason_question(ctx, action, draft).ask_again(ctx, &error, dialogue(action, draft)))
}

fn card_kind(action: OrderAction) -> OrderMessageKind {
    if action.is_of_master() { OrderMessageKind::Master } else { OrderMessageKind::Staff }
}

fn dialogue(action: OrderAction, draft: ReasonDraft) -> Dialogue {
    match action {
        OrderAction::Decline => Dialogue::Decline(draft),
        OrderAction::HandBack => Dialogue::HandBack(draft),
        OrderAction::ClientDecline => Dialogue::ClientDecline(draft),
        _ => Dialogue::Refuse(draft),
    }
}

fn reason_question(ctx: &UpdateContext<'_>, action: OrderAction, draft: ReasonDraft) -> DialogueQuestion {
    let id = QuestionId { step: 1, nonce: draft.nonce };
    DialogueQuestion {
        html: prompts::reason_question(ctx.texts, action, draft.order, draft.for_master),
        markup: keyboards::step_buttons(ctx.texts, id, false, !action.needs_reason()),
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
        OrderAction::Decline | OrderAction::HandBack if step.for_master => {
            html_text!(ctx.texts, "declined-for-master-done", id = order)
        }
        OrderAction::Decline => html_text!(ctx.texts, "declined-done", id = order),
        OrderAction::HandBack => html_text!(ctx.texts, "handed-back-done", id = order),
        OrderAction::ClientDecline => html_text!(ctx.texts, "client-declined-done", id = order),
        _ => html_text!(ctx.texts, "refused-done", id = order),
    };
    let done = ctx.show_screen(done, None).end_dialogue();
    Ok(done.and(announce_event(ctx, OrderEvent { step: &step, reason, card, kind })?))
}
