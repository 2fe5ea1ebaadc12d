//! The closing dialogue: total, materials, review. Then the order is closed and its money shared.

use super::announce::{OrderEvent, announce_event};
use super::order_card;
use super::question::{self, DialogueQuestion};
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::dialogue::{CloseStep, ClosingDraft, Dialogue, DialogueAnswer, DialogueNonce};
use crate::bot::reply::Reply;
use crate::bot::view::keyboards::{self, QuestionId};
use crate::bot::view::messages;
use crate::bot::view::prompts;
use crate::bot::view::text::html_text;
use crate::db::order_messages::OrderMessageKind;
use crate::domain::answer::parse_yes_no;
use crate::domain::ids::OrderId;
use crate::domain::money::{Kopecks, parse_materials, parse_total};
use crate::domain::rates::ClosingAmounts;
use crate::domain::status::OrderAction;
use crate::domain::visibility::is_master_chat;
use crate::service::{Refusal, orders, rates};

/// Asks for the total, if the user may close the order now.
pub(crate) fn begin_dialogue(
    ctx: &mut UpdateContext<'_>,
    order: OrderId,
    kind: OrderMessageKind,
) -> HandlerResult {
    let seen = match orders::check_action(ctx.tx, &ctx.user, order, OrderAction::Close) {
        Ok(seen) => seen,
        Err(refusal) => return order_card::refuse_action(ctx, order, kind, ctx.pressed_message, refusal),
    };
    if ctx.chat.is_group() && !is_master_chat(&seen.order, seen.master.as_ref(), ctx.chat) {
        // An old card in a group that has nothing to do with the order any more and must not see its money.
        return order_card::show_card(ctx, &seen, kind);
    }
    order_card::claim_card(ctx, order, kind)?;
    // The same button again: the answers so far stay, also of a dialogue that waits.
    let begun = ctx.dialogue.iter().chain(&ctx.waiting).find_map(|dialogue| match dialogue {
        Dialogue::Close(draft) if draft.order == order => Some(draft.clone()),
        _ => None,
    });
    let draft = begun.unwrap_or_else(|| ClosingDraft {
        order,
        card: ctx.pressed_message,
        total: None,
        materials: None,
        paid_before: seen.order.prepayment,
        nonce: Some(DialogueNonce::at(ctx.now)),
    });
    Ok(step_question(ctx, &draft).ask_first(ctx, Dialogue::Close(draft)))
}

pub(crate) fn answer_step(
    ctx: &mut UpdateContext<'_>,
    mut draft: ClosingDraft,
    answer: &DialogueAnswer,
) -> HandlerResult {
    if order_card::has_left_group(ctx, draft.order)? {
        let html = html_text!(ctx.texts, "order-wrong-group", id = draft.order);
        return Ok(ctx.show_screen(html, None).end_dialogue());
    }
    match (draft.step(), answer) {
        (_, DialogueAnswer::Back) => draft.step_back(),
        (_, DialogueAnswer::Repeat) => {
            return Ok(step_question(ctx, &draft).ask_first(ctx, Dialogue::Close(draft)));
        }
        (CloseStep::Total, DialogueAnswer::Skip) if ctx.user.roles.is_staff() => {
            return close_order(ctx, &draft, None);
        }
        (CloseStep::Review, DialogueAnswer::Review(has_review)) => {
            return settle_order(ctx, draft, *has_review);
        }
        (_, DialogueAnswer::Review(_)) => return Ok(question::passed_step_alert(ctx)),
        (CloseStep::Review, answer) => {
            // Only a typed answer counts, not a forwarded message.
            let typed = if let DialogueAnswer::Text(text) = answer { parse_yes_no(text) } else { None };
            return match typed {
                Some(has_review) => settle_order(ctx, draft, has_review),
                None => Ok(ask_again(ctx, draft, &html_text!(ctx.texts, "error-yes-no"))),
            };
        }
        (CloseStep::Materials, DialogueAnswer::Skip) => draft.materials = Some(Kopecks(0)),
        (_, DialogueAnswer::Skip) => {
            return Ok(ask_again(ctx, draft, &html_text!(ctx.texts, "error-not-skippable")));
        }
        (_, answer) => {
            if let Err(error) = apply_amount(ctx, &mut draft, answer) {
                return Ok(ask_again(ctx, draft, &error));
            }
        }
    }
    Ok(step_question(ctx, &draft).ask_next(ctx, Dialogue::Close(draft)))
}

/// Stores the total or the materials in the draft. The error is for the user.
fn apply_amount(
    ctx: &UpdateContext<'_>,
    draft: &mut ClosingDraft,
    answer: &DialogueAnswer,
) -> Result<(), String> {
    let text = answer.text().ok_or_else(|| html_text!(ctx.texts, "content-not-supported"))?;
    let explain = |error| prompts::amount_error(ctx.texts, error);
    let Some(total) = draft.total else {
        let (total, materials) = parse_total(text).map_err(explain)?;
        // Nothing paid, nothing spent of it.
        let nothing = (total == Kopecks::ZERO).then_some(Kopecks::ZERO);
        (draft.total, draft.materials) = (Some(total), materials.or(nothing));
        return Ok(());
    };
    let materials = parse_materials(text).map_err(explain)?;
    if materials > total {
        return Err(prompts::materials_exceed(ctx.texts, materials, total));
    }
    draft.materials = Some(materials);
    Ok(())
}

fn step_question(ctx: &UpdateContext<'_>, draft: &ClosingDraft) -> DialogueQuestion {
    let (step, by_staff) = (draft.step(), ctx.user.roles.is_staff());
    let id = QuestionId { step: step.number(), nonce: draft.nonce };
    DialogueQuestion {
        html: prompts::close_step(ctx.texts, draft, by_staff),
        markup: match step {
            CloseStep::Total => keyboards::step_buttons(ctx.texts, id, false, by_staff),
            CloseStep::Materials => keyboards::materials_choice(ctx.texts, id),
            CloseStep::Review => keyboards::review_choice(ctx.texts, id),
        },
    }
}

fn ask_again(ctx: &UpdateContext<'_>, draft: ClosingDraft, error: &str) -> Reply {
    step_question(ctx, &draft).ask_again(ctx, error, Dialogue::Close(draft))
}

fn settle_order(ctx: &mut UpdateContext<'_>, draft: ClosingDraft, has_review: bool) -> HandlerResult {
    let (Some(total), Some(materials)) = (draft.total, draft.materials) else {
        return Ok(step_question(ctx, &draft).ask_next(ctx, Dialogue::Close(draft)));
    };
    let amounts = ClosingAmounts { total, materials, has_review, out_of_city: None };
    close_order(ctx, &draft, Some(amounts))
}

/// Closes the order by the rates that hold now; without amounts for staff only.
fn close_order(
    ctx: &mut UpdateContext<'_>,
    draft: &ClosingDraft,
    amounts: Option<ClosingAmounts>,
) -> HandlerResult {
    let (order, card, kind) = (draft.order, draft.card, OrderMessageKind::Staff);
    let closed = rates::rates_for_closing(ctx.tx, &ctx.user, order).and_then(|rates| {
        let closing = rates::settle_amounts(amounts, rates)?;
        let step = orders::close_order(ctx.tx, &ctx.user, order, closing, ctx.now)?;
        Ok((step, closing))
    });
    let (step, closing) = match closed {
        Ok(closed) => closed,
        Err(Refusal::MaterialsExceedTotal { materials, total }) => {
            let error = prompts::materials_exceed(ctx.texts, materials, total);
            return Ok(ask_again(ctx, ClosingDraft { materials: None, ..draft.clone() }, &error));
        }
        Err(refusal) => {
            return Ok(order_card::refuse_action(ctx, order, kind, card, refusal)?.end_dialogue());
        }
    };
    let html = messages::closing_done(ctx.texts, order, &closing, ctx.user.roles.is_staff());
    let done = ctx.show_screen(html, None).end_dialogue();
    Ok(done.and(announce_event(ctx, OrderEvent { step: &step, reason: None, card, kind })?))
}
