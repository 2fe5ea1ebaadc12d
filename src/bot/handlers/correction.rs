//! Correcting a closed order: its money and its master, for admins.

use super::change_notice::{self, StaffAudience, end_refused};
use super::question::DialogueQuestion;
use super::{common, order_card};
use crate::bot::callback::PageNumber;
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::dialogue::{CorrectionDraft, Dialogue, DialogueAnswer, DialogueNonce};
use crate::bot::reply::Reply;
use crate::bot::view::keyboards::{self, QuestionId};
use crate::bot::view::text::{html_text, plain_text};
use crate::bot::view::{order_changes as view, prompts, refusals};
use crate::db::order_messages::OrderMessageKind;
use crate::domain::ids::{MasterId, OrderId};
use crate::domain::master::{Master, MasterFilter};
use crate::domain::money::parse_amount;
use crate::domain::notice::NoticeKind;
use crate::domain::order::Order;
use crate::domain::order_change::CorrectedField;
use crate::service::order_changes::{self, ChangedOrder, Correction};
use crate::service::orders::OrderView;
use crate::service::{Refusal, masters};

/// Shows what can be corrected.
pub(crate) fn show_menu(ctx: &mut UpdateContext<'_>, order: OrderId) -> HandlerResult {
    match order_changes::check_correction(ctx.tx, &ctx.user, order) {
        Ok(seen) => Ok(menu_screen(ctx, &seen.order, seen.master.as_ref())),
        Err(refusal) => refuse(ctx, order, refusal),
    }
}

/// Asks for the right amount.
pub(crate) fn begin_dialogue(
    ctx: &mut UpdateContext<'_>,
    order: OrderId,
    field: CorrectedField,
) -> HandlerResult {
    let seen = match order_changes::check_correction(ctx.tx, &ctx.user, order) {
        Ok(seen) => seen,
        Err(refusal) => return refuse(ctx, order, refusal),
    };
    match field {
        CorrectedField::Total | CorrectedField::Materials => {
            let draft = CorrectionDraft { order, field, nonce: Some(DialogueNonce::at(ctx.now)) };
            let dialogue = Dialogue::CorrectOrder(draft);
            let notice = common::keyboard_notice(ctx);
            Ok(notice.and(amount_question(ctx, &seen.order, draft).ask_next(ctx, dialogue)))
        }
        CorrectedField::Review => Ok(menu_screen(ctx, &seen.order, seen.master.as_ref())),
        CorrectedField::Master => choose_master(ctx, order, PageNumber::FIRST),
    }
}

pub(crate) fn answer_step(
    ctx: &mut UpdateContext<'_>,
    draft: CorrectionDraft,
    answer: &DialogueAnswer,
) -> HandlerResult {
    let seen = match order_changes::check_correction(ctx.tx, &ctx.user, draft.order) {
        Ok(seen) => seen,
        Err(refusal) => return end_refused(ctx, refusal),
    };
    if *answer == DialogueAnswer::Repeat {
        let question = amount_question(ctx, &seen.order, draft);
        return Ok(question.ask_first(ctx, Dialogue::CorrectOrder(draft)));
    }
    if matches!(answer, DialogueAnswer::Confirm | DialogueAnswer::Back) {
        return Ok(menu_screen(ctx, &seen.order, seen.master.as_ref()).end_dialogue());
    }
    let input = answer.text().ok_or_else(|| html_text!(ctx.texts, "content-not-supported"));
    let amount =
        input.and_then(|input| parse_amount(input).map_err(|error| prompts::amount_error(ctx.texts, error)));
    let correction = amount.map(|amount| match draft.field {
        CorrectedField::Materials => Correction::Materials(amount),
        _ => Correction::Total(amount),
    });
    let error = match correction {
        Err(error) => error,
        Ok(correction) => {
            match order_changes::correct_order(ctx.tx, &ctx.user, draft.order, correction, ctx.now) {
                Ok(changed) => return Ok(announce_correction(ctx, &seen, changed)?.end_dialogue()),
                Err(refusal @ (Refusal::MaterialsExceedTotal { .. } | Refusal::AmountsMissing)) => {
                    refusals::refusal_text(ctx.texts, &refusal)
                }
                Err(refusal) => return end_refused(ctx, refusal),
            }
        }
    };
    let question = amount_question(ctx, &seen.order, draft);
    Ok(question.ask_again(ctx, &error, Dialogue::CorrectOrder(draft)))
}

/// Corrects whether there is a review.
pub(crate) fn correct_review(ctx: &mut UpdateContext<'_>, order: OrderId, has_review: bool) -> HandlerResult {
    apply_correction(ctx, order, Correction::Review(has_review))
}

/// Shows the masters to choose the right one from.
pub(crate) fn choose_master(ctx: &mut UpdateContext<'_>, order: OrderId, page: PageNumber) -> HandlerResult {
    let seen = match order_changes::check_correction(ctx.tx, &ctx.user, order) {
        Ok(seen) => seen,
        Err(refusal) => return refuse(ctx, order, refusal),
    };
    let mut others = masters::list_masters(ctx.tx, &ctx.user, MasterFilter::All)?;
    others.retain(|(master, _)| Some(master.id) != seen.order.assigned_master);
    let html = html_text!(ctx.texts, "correct-ask-master", id = order);
    Ok(ctx.show_screen(html, Some(keyboards::correct_master_choice(ctx.texts, order, &others, page))))
}

pub(crate) fn correct_master(ctx: &mut UpdateContext<'_>, order: OrderId, master: MasterId) -> HandlerResult {
    apply_correction(ctx, order, Correction::Master(master))
}

fn apply_correction(ctx: &mut UpdateContext<'_>, order: OrderId, correction: Correction) -> HandlerResult {
    let seen = match order_changes::check_correction(ctx.tx, &ctx.user, order) {
        Ok(seen) => seen,
        Err(refusal) => return refuse(ctx, order, refusal),
    };
    let changed = order_changes::correct_order(ctx.tx, &ctx.user, order, correction, ctx.now)?;
    announce_correction(ctx, &seen, changed)
}

fn refuse(ctx: &mut UpdateContext<'_>, order: OrderId, refusal: Refusal) -> HandlerResult {
    let card = ctx.pressed_message;
    order_card::refuse_action(ctx, order, OrderMessageKind::Staff, card, refusal)
}

fn menu_screen(ctx: &UpdateContext<'_>, order: &Order, master: Option<&Master>) -> Reply {
    let html = view::correction_menu(ctx.texts, order, master.map(|master| master.name.as_str()));
    ctx.show_screen(html, Some(keyboards::corrections(ctx.texts, order)))
}

fn amount_question(ctx: &UpdateContext<'_>, order: &Order, draft: CorrectionDraft) -> DialogueQuestion {
    let id = QuestionId { step: 1, nonce: draft.nonce };
    DialogueQuestion {
        html: view::correction_question(ctx.texts, order, draft.field),
        markup: keyboards::keep_value(ctx.texts, id),
    }
}

/// Shows the order as it is now, and tells both masters and the staff what changed.
fn announce_correction(
    ctx: &mut UpdateContext<'_>,
    seen: &OrderView,
    changed: Option<ChangedOrder>,
) -> HandlerResult {
    let Some(ChangedOrder { before, after, former_master, master }) = changed else {
        let same = plain_text!(ctx.texts, "edit-unchanged", id = seen.order.id);
        let menu = menu_screen(ctx, &seen.order, seen.master.as_ref());
        return Ok(if ctx.is_press { menu.with_toast(same) } else { menu });
    };
    let names = [&former_master, &master].map(|master| master.as_ref().map(|master| master.name.as_str()));
    let notice = |texts: &_| view::notice_corrected(texts, &before, &after, names);
    let menu = menu_screen(ctx, &after, master.as_ref());
    let cards = change_notice::refresh_cards(ctx, &after, master.as_ref())?;
    let mut told = change_notice::notify_master(ctx, after.id, master.as_ref(), true, notice)?;
    if before.assigned_master != after.assigned_master {
        let former = former_master.as_ref();
        told = told.and(change_notice::notify_master(ctx, after.id, former, false, |texts| {
            html_text!(texts, "notice-not-master-of-record", id = after.id)
        })?);
    }
    let audience = StaffAudience::WithAdmins;
    let staff = change_notice::notify_staff(ctx, &after, audience, NoticeKind::Corrected, |texts, _| {
        (notice(texts), keyboards::open_order(texts, after.id))
    })?;
    Ok(menu.and(cards).and(told).and(staff))
}
