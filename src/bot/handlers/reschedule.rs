//! Moving a visit, and telling the master that the client waits.

use teloxide::types::ReplyMarkup;

use super::announce::{OrderEvent, announce_event};
use super::order_card;
use super::question::DialogueQuestion;
use crate::bot::callback::ButtonSource;
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::dialogue::{Dialogue, DialogueAnswer, DialogueNonce, RescheduleDraft, VisitSlot};
use crate::bot::reply::Reply;
use crate::bot::view::keyboards::{self, QuestionId};
use crate::bot::view::order_notices::address_master;
use crate::bot::view::text::{Texts, html_text, plain_text, toast_text};
use crate::bot::view::visits::{overlap_warning, visit_text};
use crate::bot::view::{order_notices, prompts};
use crate::db::order_messages::OrderMessageKind;
use crate::domain::ids::OrderId;
use crate::domain::order::Order;
use crate::domain::status::OrderAction;
use crate::domain::text;
use crate::domain::visit::{VisitWindow, is_past_visit, parse_visit};
use crate::service::orders::{self, VisitChoice};

/// Asks when the visit is to be.
pub(crate) fn begin_dialogue(ctx: &mut UpdateContext<'_>, order: OrderId) -> HandlerResult {
    if let Some(refusal) = order_card::refuse_outside_group(ctx, order)? {
        return Ok(refusal);
    }
    let (card, kind) = (ctx.pressed_message, OrderMessageKind::Master);
    let seen = match orders::check_action(ctx.tx, &ctx.user, order, OrderAction::Reschedule) {
        Ok(seen) => seen,
        Err(refusal) => return order_card::refuse_action(ctx, order, kind, card, refusal),
    };
    order_card::claim_card(ctx, order, kind)?;
    let draft = RescheduleDraft { order, card, nonce: Some(DialogueNonce::at(ctx.now)) };
    Ok(visit_question(ctx, draft, &seen.order).ask_first(ctx, Dialogue::Reschedule(draft)))
}

pub(crate) fn answer_step(
    ctx: &mut UpdateContext<'_>,
    draft: RescheduleDraft,
    answer: &DialogueAnswer,
) -> HandlerResult {
    if order_card::has_left_group(ctx, draft.order)? {
        let html = html_text!(ctx.texts, "order-wrong-group", id = draft.order);
        return Ok(ctx.show_screen(html, None).end_dialogue());
    }
    if *answer == DialogueAnswer::Repeat {
        let seen = orders::check_action(ctx.tx, &ctx.user, draft.order, OrderAction::Reschedule)?;
        return Ok(visit_question(ctx, draft, &seen.order).ask_first(ctx, Dialogue::Reschedule(draft)));
    }
    match read_visit(ctx, answer) {
        Ok(visit) => finish_dialogue(ctx, draft, &visit),
        Err(error) => match orders::check_action(ctx.tx, &ctx.user, draft.order, OrderAction::Reschedule) {
            Ok(seen) => {
                let question = visit_question(ctx, draft, &seen.order);
                Ok(question.ask_again(ctx, &error, Dialogue::Reschedule(draft)))
            }
            Err(refusal) => {
                let kind = OrderMessageKind::Master;
                Ok(order_card::refuse_action(ctx, draft.order, kind, draft.card, refusal)?.end_dialogue())
            }
        },
    }
}

/// Reads the new visit. The error is for the user.
fn read_visit(ctx: &UpdateContext<'_>, answer: &DialogueAnswer) -> Result<VisitChoice, String> {
    let zone = ctx.settings.zone;
    if let DialogueAnswer::Slot(slot) = answer {
        let window = VisitWindow::of_hours(slot.day, slot.from, slot.until, ctx.now, zone);
        let window = window.ok_or_else(|| html_text!(ctx.texts, "error-visit-past"))?;
        return Ok(VisitChoice { words: slot.words(), window: Some(window) });
    }
    if *answer == DialogueAnswer::Skip {
        return Err(html_text!(ctx.texts, "error-not-skippable"));
    }
    let typed = answer.text().ok_or_else(|| html_text!(ctx.texts, "content-not-supported"))?;
    let words = text::parse_scheduled_time(typed).map_err(|error| prompts::text_error(ctx.texts, error))?;
    if is_past_visit(&words, ctx.now, zone) {
        return Err(html_text!(ctx.texts, "error-visit-past"));
    }
    Ok(VisitChoice { window: parse_visit(&words, ctx.now, zone), words })
}

fn visit_question(ctx: &UpdateContext<'_>, draft: RescheduleDraft, order: &Order) -> DialogueQuestion {
    let (today, zone) = (ctx.today(), ctx.settings.zone);
    let days = [Some(today), today.succ_opt()].into_iter().flatten();
    let slots = days.flat_map(|day| VisitSlot::HOURS.map(|(from, until)| VisitSlot { day, from, until }));
    let is_ahead =
        |slot: &VisitSlot| VisitWindow::of_hours(slot.day, slot.from, slot.until, ctx.now, zone).is_some();
    let slots: Vec<_> = slots.filter(is_ahead).collect();
    let present = visit_text(ctx.texts, zone, order.visit, order.scheduled_time.as_deref());
    DialogueQuestion {
        html: prompts::visit_question(ctx.texts, order.id, present.as_deref()),
        markup: keyboards::visit_slots(ctx.texts, QuestionId { step: 1, nonce: draft.nonce }, today, &slots),
    }
}

fn finish_dialogue(
    ctx: &mut UpdateContext<'_>,
    draft: RescheduleDraft,
    visit: &VisitChoice,
) -> HandlerResult {
    let RescheduleDraft { order, card, .. } = draft;
    let (zone, stored) = (ctx.settings.zone, Texts::of(ctx.settings.locale));
    let describe = |window, words: Option<&str>| visit_text(stored, zone, window, words);
    let step = match orders::reschedule_order(ctx.tx, &ctx.user, order, visit, describe, ctx.now) {
        Ok(step) => step,
        Err(refusal) => {
            let kind = OrderMessageKind::Master;
            return Ok(order_card::refuse_action(ctx, order, kind, card, refusal)?.end_dialogue());
        }
    };
    let shown = visit_text(ctx.texts, zone, visit.window, Some(&visit.words)).unwrap_or_default();
    let mut lines = vec![html_text!(ctx.texts, "rescheduled-done", id = order, visit = shown)];
    if visit.window.is_none() {
        lines.push(html_text!(ctx.texts, "visit-not-understood"));
    }
    if ctx.user.roles.is_staff() {
        let others = orders::list_overlapping_visits(ctx.tx, &step.after)?;
        lines.extend(overlap_warning(ctx.texts, zone, &others));
    }
    let done = ctx.show_screen(lines.join("\n"), None).end_dialogue();
    let event = OrderEvent { step: &step, reason: None, card, kind: OrderMessageKind::Master };
    Ok(done.and(announce_event(ctx, event)?))
}

/// Tells the master at once that the client waits.
pub(crate) fn remind_of_client(ctx: &mut UpdateContext<'_>, order: OrderId) -> HandlerResult {
    let card = ctx.pressed_message;
    let seen = match orders::record_waiting_client(ctx.tx, &ctx.user, order, ctx.now) {
        Ok(seen) => seen,
        Err(refusal) => {
            return order_card::refuse_action(ctx, order, OrderMessageKind::Staff, card, refusal);
        }
    };
    let Some(master) = &seen.master else { return Ok(Reply::none()) };
    let place = master.place();
    let texts = ctx.texts_for_chat(place.chat)?;
    let html = order_notices::waiting_notice(texts, &seen.order);
    let html = address_master(texts, master, html);
    let source = if place.chat.is_group() { ButtonSource::Assignment } else { ButtonSource::OwnChat };
    let markup = keyboards::master_card(texts, order, seen.order.status, source);
    let markup = Some(ReplyMarkup::InlineKeyboard(markup));
    let done = plain_text!(ctx.texts, "client-waiting-done", master = master.name.as_str());
    // As a card, which goes when the master loses the order, since it shows the phone.
    let reply = Reply::none().send_about_order(order, OrderMessageKind::Master, place, html, markup);
    Ok(reply.with_toast(toast_text(&done)))
}
