//! A repeat visit: a new order for the client of a closed one.

use super::change_notice::{self, end_refused};
use super::question::DialogueQuestion;
use super::{order_card, order_creation};
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::dialogue::{Dialogue, DialogueAnswer, DialogueNonce, OrderQuestion};
use crate::bot::view::keyboards::{self, QuestionId};
use crate::bot::view::text::html_text;
use crate::bot::view::{order_changes as view, prompts};
use crate::db::order_messages::OrderMessageKind;
use crate::domain::ids::OrderId;
use crate::domain::order::Order;
use crate::domain::text;
use crate::service::repeat_visit;

/// Asks what is broken this time.
pub(crate) fn begin_dialogue(ctx: &mut UpdateContext<'_>, order: OrderId) -> HandlerResult {
    let seen = match repeat_visit::check_repeat(ctx.tx, &ctx.user, order) {
        Ok(seen) => seen,
        Err(refusal) => {
            let card = ctx.pressed_message;
            return order_card::refuse_action(ctx, order, OrderMessageKind::Staff, card, refusal);
        }
    };
    order_card::claim_card(ctx, order, OrderMessageKind::Staff)?;
    let draft = OrderQuestion { order, nonce: Some(DialogueNonce::at(ctx.now)) };
    Ok(description_question(ctx, &seen.order, draft).ask_first(ctx, Dialogue::RepeatOrder(draft)))
}

pub(crate) fn answer_step(
    ctx: &mut UpdateContext<'_>,
    draft: OrderQuestion,
    answer: &DialogueAnswer,
) -> HandlerResult {
    let closed = match repeat_visit::check_repeat(ctx.tx, &ctx.user, draft.order) {
        Ok(seen) => seen.order,
        Err(refusal) => return end_refused(ctx, refusal),
    };
    if *answer == DialogueAnswer::Repeat {
        let question = description_question(ctx, &closed, draft);
        return Ok(question.ask_first(ctx, Dialogue::RepeatOrder(draft)));
    }
    let parsed = match (answer, answer.text()) {
        (DialogueAnswer::Confirm, _) => Ok(closed.description.clone()),
        (_, Some(input)) => text::parse_description(input, ctx.settings.max_description)
            .map_err(|error| prompts::text_error(ctx.texts, error)),
        (_, None) => Err(html_text!(ctx.texts, "content-not-supported")),
    };
    match parsed {
        Ok(description) => create_repeat(ctx, draft.order, &description),
        Err(error) => {
            let question = description_question(ctx, &closed, draft);
            Ok(question.ask_again(ctx, &error, Dialogue::RepeatOrder(draft)))
        }
    }
}

fn description_question(ctx: &UpdateContext<'_>, order: &Order, draft: OrderQuestion) -> DialogueQuestion {
    let id = QuestionId { step: 1, nonce: draft.nonce };
    DialogueQuestion {
        html: view::repeat_question(ctx.texts, order),
        markup: keyboards::keep_or_cancel(ctx.texts, id),
    }
}

fn create_repeat(ctx: &mut UpdateContext<'_>, of: OrderId, description: &str) -> HandlerResult {
    let (closed, made) = match repeat_visit::repeat_order(ctx.tx, &ctx.user, of, description, ctx.now) {
        Ok(both) => both,
        Err(refusal) => return end_refused(ctx, refusal),
    };
    let card = order_card::show_card(ctx, &made, OrderMessageKind::Staff)?.end_dialogue();
    let linked = change_notice::refresh_cards(ctx, &closed.order, closed.master.as_ref())?;
    let notified = order_creation::notify_staff(ctx, &made.order, None)?;
    Ok(card.and(linked).and(notified))
}
