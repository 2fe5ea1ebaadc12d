//! The closing dialogue: total, materials, review, where it matters whether it was out of the city, and the check of the split.
//! Then the order is closed and its money shared.

use super::announce::{OrderEvent, announce_event};
use super::question::{self, DialogueQuestion};
use super::{order_card, reasons};
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
use crate::service::{self, Refusal, orders, rates};

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
    let draft = match begun {
        Some(draft) => draft,
        None => ClosingDraft {
            order,
            card: ctx.pressed_message,
            total: None,
            materials: None,
            paid_before: seen.order.prepayment,
            has_review: None,
            out_of_city: None,
            asks_out_of_city: rates::rates_for_closing(ctx.tx, &ctx.user, order)?.asks_out_of_city(),
            shown_rates: None,
            nonce: Some(DialogueNonce::at(ctx.now)),
        },
    };
    ask_first(ctx, draft)
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
    let step = draft.step();
    match (step, answer) {
        (_, DialogueAnswer::Repeat) => return ask_first(ctx, draft),
        (CloseStep::Total, DialogueAnswer::Skip) if ctx.user.roles.is_staff() => {
            return close_order(ctx, &draft, None);
        }
        (_, DialogueAnswer::Back) => draft.step_back(),
        (CloseStep::Check, DialogueAnswer::Confirm) => return close_checked_order(ctx, draft),
        (CloseStep::Check, DialogueAnswer::ClientRefusal) => {
            let by_staff = ctx.user.roles.is_staff();
            let action = if by_staff { OrderAction::Refuse } else { OrderAction::ClientDecline };
            return reasons::begin_instead(ctx, action, draft.order, draft.card);
        }
        (CloseStep::Check, DialogueAnswer::Field(number)) => match CloseStep::from_number(*number) {
            Some(step) => draft.ask_again(step),
            None => return Ok(question::passed_step_alert(ctx)),
        },
        (CloseStep::Review, DialogueAnswer::Review(has_review)) => draft.has_review = Some(*has_review),
        (CloseStep::OutOfCity, DialogueAnswer::OutOfCity(answer)) => draft.out_of_city = Some(*answer),
        (
            _,
            DialogueAnswer::Review(_)
            | DialogueAnswer::OutOfCity(_)
            | DialogueAnswer::ClientRefusal
            | DialogueAnswer::Field(_),
        ) => return Ok(question::passed_step_alert(ctx)),
        (CloseStep::Review | CloseStep::OutOfCity | CloseStep::Check, answer) => {
            // Only a typed answer counts, not a forwarded message.
            let typed = if let DialogueAnswer::Text(text) = answer { parse_yes_no(text) } else { None };
            match (step, typed) {
                (CloseStep::Check, Some(true)) => return close_checked_order(ctx, draft),
                (CloseStep::Check, _) => {
                    let error = html_text!(ctx.texts, "error-close-check");
                    return ask_again(ctx, draft, &error);
                }
                (_, None) => {
                    let error = html_text!(ctx.texts, "error-yes-no");
                    return ask_again(ctx, draft, &error);
                }
                (CloseStep::OutOfCity, typed) => draft.out_of_city = typed,
                (_, typed) => draft.has_review = typed,
            }
        }
        (CloseStep::Materials, DialogueAnswer::Skip) => draft.materials = Some(Kopecks(0)),
        (_, DialogueAnswer::Skip) => {
            let error = html_text!(ctx.texts, "error-not-skippable");
            return ask_again(ctx, draft, &error);
        }
        (_, answer) => {
            if let Err(error) = apply_amount(ctx, &mut draft, answer) {
                return ask_again(ctx, draft, &error);
            }
        }
    }
    ask_step(ctx, draft, DialogueQuestion::ask_next)
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
        // Another total keeps the materials, unless they cannot be part of it any more.
        let kept = draft.materials.filter(|materials| *materials <= total);
        (draft.total, draft.materials) = (Some(total), materials.or(nothing).or(kept));
        return Ok(());
    };
    let materials = parse_materials(text).map_err(explain)?;
    if materials > total {
        return Err(prompts::materials_exceed(ctx.texts, materials, total));
    }
    draft.materials = Some(materials);
    Ok(())
}

/// Returns the question of the present step. The check also shows the split by the rates that hold now.
fn step_question(ctx: &mut UpdateContext<'_>, draft: &mut ClosingDraft) -> service::Result<DialogueQuestion> {
    let (step, by_staff) = (draft.step(), ctx.user.roles.is_staff());
    let id = QuestionId { step: step.number(), nonce: draft.nonce };
    let html = prompts::close_step(ctx.texts, draft, by_staff);
    let markup = match step {
        CloseStep::Total => keyboards::step_buttons(ctx.texts, id, false, by_staff),
        CloseStep::Materials => keyboards::materials_choice(ctx.texts, id),
        CloseStep::Review => keyboards::review_choice(ctx.texts, id),
        CloseStep::OutOfCity => keyboards::out_of_city_choice(ctx.texts, id),
        CloseStep::Check => {
            let rates = rates::rates_for_closing(ctx.tx, &ctx.user, draft.order)?;
            let closing = rates::settle_amounts(draft.amounts(), rates)?;
            draft.shown_rates = Some(rates);
            let may_be_refusal = draft.amounts().is_some_and(|amounts| amounts.may_be_refusal());
            return Ok(DialogueQuestion {
                html: messages::closing_check(ctx.texts, &html, &closing),
                markup: keyboards::closing_check(ctx.texts, id, draft.asks_out_of_city, may_be_refusal),
            });
        }
    };
    Ok(DialogueQuestion { html, markup })
}

fn ask_first(ctx: &mut UpdateContext<'_>, draft: ClosingDraft) -> HandlerResult {
    ask_step(ctx, draft, DialogueQuestion::ask_first)
}

fn ask_again(ctx: &mut UpdateContext<'_>, draft: ClosingDraft, error: &str) -> HandlerResult {
    ask_step(ctx, draft, |question, ctx, dialogue| question.ask_again(ctx, error, dialogue))
}

/// Asks the present step, or ends the dialogue if the order has left the user meanwhile.
fn ask_step(
    ctx: &mut UpdateContext<'_>,
    mut draft: ClosingDraft,
    ask: impl FnOnce(DialogueQuestion, &UpdateContext<'_>, Dialogue) -> Reply,
) -> HandlerResult {
    match step_question(ctx, &mut draft) {
        Ok(question) => Ok(ask(question, ctx, Dialogue::Close(draft))),
        Err(refusal) => {
            let ClosingDraft { order, card, .. } = draft;
            let kind = OrderMessageKind::Staff;
            Ok(order_card::refuse_action(ctx, order, kind, card, refusal)?.end_dialogue())
        }
    }
}

/// Closes the order as it was shown. If the rates have changed since, the split is shown again.
fn close_checked_order(ctx: &mut UpdateContext<'_>, draft: ClosingDraft) -> HandlerResult {
    let rates = rates::rates_for_closing(ctx.tx, &ctx.user, draft.order);
    if rates.is_ok_and(|rates| draft.shown_rates != Some(rates)) {
        let error = html_text!(ctx.texts, "close-rates-changed");
        return ask_again(ctx, draft, &error);
    }
    let amounts = draft.amounts();
    close_order(ctx, &draft, amounts)
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
            return ask_again(ctx, ClosingDraft { materials: None, ..draft.clone() }, &error);
        }
        Err(refusal) => {
            return Ok(order_card::refuse_action(ctx, order, kind, card, refusal)?.end_dialogue());
        }
    };
    let html = messages::closing_done(ctx.texts, order, &closing, ctx.user.roles.is_staff());
    let done = ctx.show_screen(html, None).end_dialogue();
    Ok(done.and(announce_event(ctx, OrderEvent { step: &step, reason: None, card, kind })?))
}
