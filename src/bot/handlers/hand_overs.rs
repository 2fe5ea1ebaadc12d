//! What masters say about the cash that staff booked, and who hears of it.

use teloxide::types::ReplyMarkup;

use super::balances::show_balance;
use super::change_notice::end_refused;
use super::question::DialogueQuestion;
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::dialogue::{Dialogue, DialogueAnswer, DialogueNonce, DisputeDraft};
use crate::bot::reply::Reply;
use crate::bot::view::keyboards::{self, QuestionId};
use crate::bot::view::text::{Texts, html_text, plain_text};
use crate::bot::view::{prompts, settlement as view};
use crate::domain::hand_over::{HandOver, HandOverState};
use crate::domain::ids::HandOverId;
use crate::domain::notice::NoticeKind;
use crate::domain::role::Role;
use crate::domain::text::parse_needed_reason;
use crate::service::settlement::{self, HandOverStep};
use crate::service::users;

/// Takes the master's confirmation.
pub(crate) fn confirm(ctx: &mut UpdateContext<'_>, id: HandOverId) -> HandlerResult {
    let step = settlement::confirm_hand_over(ctx.tx, &ctx.user, id, ctx.now)?;
    let done = ctx.show_screen(view::answered_by_master(ctx.texts, &step), None);
    Ok(done.and(notify_staff(ctx, &step)?))
}

/// Asks the master what is wrong.
pub(crate) fn begin_dispute(ctx: &mut UpdateContext<'_>, id: HandOverId) -> HandlerResult {
    let hand_over = settlement::check_dispute(ctx.tx, &ctx.user, id)?;
    let draft = DisputeDraft { hand_over: id, nonce: Some(DialogueNonce::at(ctx.now)) };
    Ok(dispute_question(ctx, draft, &hand_over).ask_first(ctx, Dialogue::DisputeHandOver(draft)))
}

pub(crate) fn answer_step(
    ctx: &mut UpdateContext<'_>,
    draft: DisputeDraft,
    answer: &DialogueAnswer,
) -> HandlerResult {
    let hand_over = match settlement::check_dispute(ctx.tx, &ctx.user, draft.hand_over) {
        Ok(hand_over) => hand_over,
        Err(refusal) => return end_refused(ctx, refusal),
    };
    let question = dispute_question(ctx, draft, &hand_over);
    let error = match answer {
        DialogueAnswer::Repeat => return Ok(question.ask_first(ctx, Dialogue::DisputeHandOver(draft))),
        DialogueAnswer::Skip => html_text!(ctx.texts, "error-not-skippable"),
        answer => match answer.text().map(parse_needed_reason) {
            Some(Ok(reason)) => return dispute(ctx, draft.hand_over, &reason),
            Some(Err(error)) => prompts::text_error(ctx.texts, error),
            None => html_text!(ctx.texts, "content-not-supported"),
        },
    };
    Ok(question.ask_again(ctx, &error, Dialogue::DisputeHandOver(draft)))
}

fn dispute(ctx: &mut UpdateContext<'_>, id: HandOverId, reason: &str) -> HandlerResult {
    match settlement::dispute_hand_over(ctx.tx, &ctx.user, id, reason, ctx.now) {
        Ok(step) => {
            let done = ctx.show_screen(view::answered_by_master(ctx.texts, &step), None).end_dialogue();
            Ok(done.and(notify_staff(ctx, &step)?))
        }
        Err(refusal) => end_refused(ctx, refusal),
    }
}

fn dispute_question(ctx: &UpdateContext<'_>, draft: DisputeDraft, hand_over: &HandOver) -> DialogueQuestion {
    let id = QuestionId { step: 1, nonce: draft.nonce };
    DialogueQuestion {
        html: view::dispute_question(ctx.texts, hand_over),
        markup: keyboards::step_buttons(ctx.texts, id, false, false),
    }
}

/// Takes a hand-over back, for staff, and tells the master.
pub(crate) fn reverse(ctx: &mut UpdateContext<'_>, id: HandOverId) -> HandlerResult {
    let step = settlement::reverse_hand_over(ctx.tx, &ctx.user, id, ctx.now)?;
    let toast = plain_text!(ctx.texts, "hand-over-reversed");
    let screen = show_balance(ctx, step.master.id)?.with_toast(toast);
    let master = step.master.telegram_id.into();
    let texts = ctx.texts_for_chat(master)?;
    let told = Reply::none().send_message(master.into(), view::reversed_for_master(texts, &step), None);
    Ok(screen.and(told).and(notify_staff(ctx, &step)?))
}

/// Asks the master whether the booked cash is right, and tells the admins.
pub(super) fn announce_booking(ctx: &mut UpdateContext<'_>, step: &HandOverStep) -> HandlerResult {
    let master = step.master.telegram_id.into();
    let texts = ctx.texts_for_chat(master)?;
    let markup = keyboards::answer_hand_over(texts, step.hand_over.id);
    let html = view::booked_for_master(texts, step);
    let asked = Reply::none().send_message(master.into(), html, Some(ReplyMarkup::InlineKeyboard(markup)));
    Ok(asked.and(notify_staff(ctx, step)?))
}

/// Tells who booked the cash, who is to act on a dispute, and the admins who want to know.
fn notify_staff(ctx: &mut UpdateContext<'_>, step: &HandOverStep) -> HandlerResult {
    let mut readers = users::list_users_with_role(ctx.tx, Role::Admin)?;
    readers.retain(|admin| admin.wants(NoticeKind::HandOver));
    let booker = users::find_user(ctx.tx, step.hand_over.by)?.filter(|user| user.roles.is_staff());
    let is_answer = matches!(step.hand_over.state, HandOverState::Confirmed | HandOverState::Disputed);
    readers.extend(booker.filter(|_| is_answer));
    readers.sort_by_key(|reader| reader.telegram_id);
    readers.dedup_by_key(|reader| reader.telegram_id);
    let mut reply = Reply::none();
    // The master hears of the booking in a message of their own.
    let others = [ctx.user.telegram_id, step.master.telegram_id];
    for reader in readers.iter().filter(|reader| !others.contains(&reader.telegram_id)) {
        let texts = Texts::of(ctx.locale_of(reader));
        let markup = keyboards::hand_over_notice(texts, &step.hand_over);
        let markup = Some(ReplyMarkup::InlineKeyboard(markup));
        reply = reply.send_message(reader.telegram_id.into(), view::notice(texts, step), markup);
    }
    Ok(reply)
}
