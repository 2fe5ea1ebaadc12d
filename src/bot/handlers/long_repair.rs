//! The long-repair dialogue: until when, which parts, what the client paid in advance.

use chrono::{NaiveDate, TimeDelta};

use super::announce::{OrderEvent, announce_event};
use super::order_card;
use super::question::{self, DialogueQuestion};
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::dialogue::{Dialogue, DialogueAnswer, DialogueNonce, LongRepairDraft, LongRepairStep};
use crate::bot::reply::Reply;
use crate::bot::view::keyboards::{self, QuestionId};
use crate::bot::view::prompts;
use crate::bot::view::text::html_text;
use crate::bot::view::visits::day_text;
use crate::db::order_messages::OrderMessageKind;
use crate::domain::ids::OrderId;
use crate::domain::long_repair::{LongRepair, check_promised_date};
use crate::domain::money::{Kopecks, parse_amount};
use crate::domain::status::OrderAction;
use crate::domain::text;
use crate::domain::visit::parse_visit;
use crate::service::orders;

/// Asks for the day, if the user may begin a long repair now.
pub(crate) fn begin_dialogue(
    ctx: &mut UpdateContext<'_>,
    order: OrderId,
    kind: OrderMessageKind,
) -> HandlerResult {
    let card = ctx.pressed_message;
    let seen = match orders::check_action(ctx.tx, &ctx.user, order, OrderAction::StartLongRepair) {
        Ok(seen) => seen,
        Err(refusal) => return order_card::refuse_action(ctx, order, kind, card, refusal),
    };
    order_card::claim_card(ctx, order, kind)?;
    // The same button again: the answers so far stay, also of a dialogue that waits.
    let begun = ctx.dialogue.iter().chain(&ctx.waiting).find_map(|dialogue| match dialogue {
        Dialogue::LongRepair(draft) if draft.order == order => Some(draft.clone()),
        _ => None,
    });
    let draft = begun.unwrap_or_else(|| LongRepairDraft {
        order,
        card,
        promised: None,
        former_promise: None,
        parts: None,
        paid_before: seen.order.prepayment,
        is_past_parts: false,
        nonce: Some(DialogueNonce::at(ctx.now)),
    });
    Ok(step_question(ctx, &draft).ask_first(ctx, Dialogue::LongRepair(draft)))
}

pub(crate) fn answer_step(
    ctx: &mut UpdateContext<'_>,
    mut draft: LongRepairDraft,
    answer: &DialogueAnswer,
) -> HandlerResult {
    if order_card::has_left_group(ctx, draft.order)? {
        let html = html_text!(ctx.texts, "order-wrong-group", id = draft.order);
        return Ok(ctx.show_screen(html, None).end_dialogue());
    }
    let applied = match (draft.step(), answer) {
        (_, DialogueAnswer::Repeat) => {
            return Ok(step_question(ctx, &draft).ask_first(ctx, Dialogue::LongRepair(draft)));
        }
        (_, DialogueAnswer::Back) => {
            draft.step_back();
            Ok(())
        }
        (LongRepairStep::Date, DialogueAnswer::Skip) => Err(html_text!(ctx.texts, "error-not-skippable")),
        (LongRepairStep::Date, DialogueAnswer::Date(day)) => apply_date(ctx, &mut draft, *day),
        (_, DialogueAnswer::Date(_)) => return Ok(question::passed_step_alert(ctx)),
        (LongRepairStep::Parts, DialogueAnswer::Skip) => {
            draft.is_past_parts = true;
            Ok(())
        }
        (LongRepairStep::Prepayment, DialogueAnswer::Skip) => return finish_dialogue(ctx, &draft, None),
        (step, answer) => match answer.text() {
            None => Err(html_text!(ctx.texts, "content-not-supported")),
            Some(text) if step == LongRepairStep::Prepayment => match parse_amount(text) {
                Ok(paid) => return finish_dialogue(ctx, &draft, Some(paid)),
                Err(error) => Err(prompts::amount_error(ctx.texts, error)),
            },
            Some(text) => apply_text(ctx, &mut draft, text),
        },
    };
    Ok(match applied {
        Ok(()) => step_question(ctx, &draft).ask_next(ctx, Dialogue::LongRepair(draft)),
        Err(error) => ask_again(ctx, draft, &error),
    })
}

/// Stores a typed day or the parts in the draft. The error is for the user.
fn apply_text(ctx: &UpdateContext<'_>, draft: &mut LongRepairDraft, text: &str) -> Result<(), String> {
    if draft.step() == LongRepairStep::Parts {
        let parts = text::parse_parts(text).map_err(|error| prompts::text_error(ctx.texts, error))?;
        (draft.parts, draft.is_past_parts) = (Some(parts), true);
        return Ok(());
    }
    let window = parse_visit(text, ctx.now, ctx.settings.zone);
    let window = window.ok_or_else(|| html_text!(ctx.texts, "error-promised-date"))?;
    apply_date(ctx, draft, window.in_zone(ctx.settings.zone).0)
}

fn apply_date(ctx: &UpdateContext<'_>, draft: &mut LongRepairDraft, day: NaiveDate) -> Result<(), String> {
    let day = check_promised_date(day, ctx.today());
    draft.promised = Some(day.map_err(|error| prompts::promised_date_error(ctx.texts, error))?);
    Ok(())
}

fn step_question(ctx: &UpdateContext<'_>, draft: &LongRepairDraft) -> DialogueQuestion {
    let (step, today) = (draft.step(), ctx.today());
    let id = QuestionId { step: step.number(), nonce: draft.nonce };
    DialogueQuestion {
        html: prompts::long_repair_step(ctx.texts, draft, today),
        markup: match step {
            LongRepairStep::Date => {
                let days = [1, 3, 7, 14].map(|ahead| (ahead, today + TimeDelta::days(ahead)));
                keyboards::promised_dates(ctx.texts, id, &days, draft.former_promise)
            }
            LongRepairStep::Parts | LongRepairStep::Prepayment => {
                keyboards::step_buttons(ctx.texts, id, true, true)
            }
        },
    }
}

fn ask_again(ctx: &UpdateContext<'_>, draft: LongRepairDraft, error: &str) -> Reply {
    step_question(ctx, &draft).ask_again(ctx, error, Dialogue::LongRepair(draft))
}

fn finish_dialogue(
    ctx: &mut UpdateContext<'_>,
    draft: &LongRepairDraft,
    prepayment: Option<Kopecks>,
) -> HandlerResult {
    let Some(promised) = draft.promised else {
        return Ok(step_question(ctx, draft).ask_next(ctx, Dialogue::LongRepair(draft.clone())));
    };
    let (order, card, kind) = (draft.order, draft.card, OrderMessageKind::Master);
    let prepayment = prepayment.filter(|paid| *paid != Kopecks::ZERO);
    let repair = LongRepair { promised, parts: draft.parts.clone(), prepayment };
    let step = match orders::start_long_repair(ctx.tx, &ctx.user, order, &repair, ctx.now) {
        Ok(step) => step,
        Err(refusal) => {
            return Ok(order_card::refuse_action(ctx, order, kind, card, refusal)?.end_dialogue());
        }
    };
    let html = html_text!(ctx.texts, "long-repair-done", id = order, date = day_text(ctx.texts, promised));
    let done = ctx.show_screen(html, None).end_dialogue();
    Ok(done.and(announce_event(ctx, OrderEvent { step: &step, reason: None, card, kind })?))
}
