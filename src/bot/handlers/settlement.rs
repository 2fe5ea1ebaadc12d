//! The dialogue by which staff book the cash that a master gave.

use super::change_notice::end_refused;
use super::hand_overs;
use super::question::{DialogueQuestion, passed_step_alert};
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::dialogue::{Dialogue, DialogueAnswer, DialogueNonce, TakeCashDraft};
use crate::bot::view::keyboards::{self, QuestionId};
use crate::bot::view::text::html_text;
use crate::bot::view::{prompts, settlement as view};
use crate::domain::hand_over::NewHandOver;
use crate::domain::ids::MasterId;
use crate::domain::money::{Kopecks, parse_amount};
use crate::domain::text::parse_reason;
use crate::service::Refusal;
use crate::service::settlement::{self, MasterBalance};

/// Asks staff how much a master gave.
pub(crate) fn begin_dialogue(ctx: &mut UpdateContext<'_>, master: MasterId) -> HandlerResult {
    if !ctx.user.roles.is_staff() {
        return Err(Refusal::NoRight);
    }
    let seen = settlement::view_balance(ctx.tx, &ctx.user, master)?;
    let nonce = Some(DialogueNonce::at(ctx.now));
    let draft = TakeCashDraft { master, balance: seen.balance, amount: None, nonce };
    Ok(cash_question(ctx, draft, &seen).ask_first(ctx, Dialogue::TakeCash(draft)))
}

pub(crate) fn answer_step(
    ctx: &mut UpdateContext<'_>,
    mut draft: TakeCashDraft,
    answer: &DialogueAnswer,
) -> HandlerResult {
    let seen = match settlement::view_balance(ctx.tx, &ctx.user, draft.master) {
        Ok(seen) => seen,
        Err(refusal) => return end_refused(ctx, refusal),
    };
    let unclear = || html_text!(ctx.texts, "content-not-supported");
    let error = match (draft.amount, answer) {
        (_, DialogueAnswer::Repeat) => {
            return Ok(cash_question(ctx, draft, &seen).ask_first(ctx, Dialogue::TakeCash(draft)));
        }
        (Some(_), DialogueAnswer::Back) => {
            draft.amount = None;
            return Ok(cash_question(ctx, draft, &seen).ask_next(ctx, Dialogue::TakeCash(draft)));
        }
        // A second tap on the button of the amount.
        (Some(_), DialogueAnswer::Confirm) => return Ok(passed_step_alert(ctx)),
        (Some(_), DialogueAnswer::Skip) => return book_cash(ctx, draft, None),
        (Some(_), answer) => match answer.text().map(parse_reason) {
            Some(Ok(note)) => return book_cash(ctx, draft, Some(note)),
            Some(Err(error)) => prompts::text_error(ctx.texts, error),
            None => unclear(),
        },
        // The button for all that is owed, as it was shown.
        (None, DialogueAnswer::Confirm) if draft.balance > Kopecks::ZERO => {
            draft.amount = Some(draft.balance);
            return Ok(cash_question(ctx, draft, &seen).ask_next(ctx, Dialogue::TakeCash(draft)));
        }
        (None, answer) => match answer.text().map(parse_amount) {
            Some(Ok(Kopecks::ZERO)) => html_text!(ctx.texts, "error-cash-zero"),
            Some(Ok(amount)) => {
                draft.amount = Some(amount);
                return Ok(cash_question(ctx, draft, &seen).ask_next(ctx, Dialogue::TakeCash(draft)));
            }
            Some(Err(error)) => prompts::amount_error(ctx.texts, error),
            None => unclear(),
        },
    };
    Ok(cash_question(ctx, draft, &seen).ask_again(ctx, &error, Dialogue::TakeCash(draft)))
}

/// Books the cash, unless the balance is another one meanwhile: then the amount is asked for again.
fn book_cash(ctx: &mut UpdateContext<'_>, mut draft: TakeCashDraft, note: Option<String>) -> HandlerResult {
    let new = NewHandOver {
        master: draft.master,
        amount: draft.amount.unwrap_or_default(),
        note,
        seen_balance: draft.balance,
    };
    match settlement::book_hand_over(ctx.tx, &ctx.user, &new, ctx.now) {
        Ok(step) => {
            let html = view::booked(ctx.texts, &step);
            let markup = keyboards::open_balance(ctx.texts, step.master.id);
            let done = ctx.show_screen(html, Some(markup)).end_dialogue();
            Ok(done.and(hand_overs::announce_booking(ctx, &step)?))
        }
        Err(Refusal::BalanceChanged) => {
            let seen = settlement::view_balance(ctx.tx, &ctx.user, draft.master)?;
            (draft.amount, draft.balance) = (None, seen.balance);
            let error = html_text!(ctx.texts, "refusal-balance-changed");
            Ok(cash_question(ctx, draft, &seen).ask_again(ctx, &error, Dialogue::TakeCash(draft)))
        }
        Err(refusal) => end_refused(ctx, refusal),
    }
}

fn cash_question(ctx: &UpdateContext<'_>, draft: TakeCashDraft, seen: &MasterBalance) -> DialogueQuestion {
    let id = QuestionId { step: draft.step_number(), nonce: draft.nonce };
    DialogueQuestion {
        html: view::cash_question(ctx.texts, &seen.master, draft.balance, draft.amount),
        markup: match draft.amount {
            None => keyboards::cash_amount(ctx.texts, id, draft.balance),
            Some(_) => keyboards::step_buttons(ctx.texts, id, true, true),
        },
    }
}
