//! The closing dialogue: total, materials, review; then the order is closed and its money shared.

use super::announce::{Deed, announce};
use super::question::{self, Question};
use super::{Answer, Handled, order_card};
use crate::bot::dialogue::{ClosingDraft, Dialogue, Nonce};
use crate::bot::reply::Reply;
use crate::bot::turn::Turn;
use crate::bot::view::keyboards::{self, Place};
use crate::bot::view::messages;
use crate::bot::view::prompts::{self, CloseStep};
use crate::bot::view::text::say;
use crate::db::order_messages::OrderMessageKind;
use crate::domain::answer::parse_yes_no;
use crate::domain::ids::OrderId;
use crate::domain::money::parse_amount;
use crate::domain::order::OrderClosing;
use crate::domain::status::OrderAction;
use crate::service::orders;

/// Starts the dialogue, if the person may close the order as it stands.
pub fn begin(turn: &mut Turn<'_>, order: OrderId, kind: OrderMessageKind) -> Handled {
    let seen = match orders::check_action(turn.tx, &turn.person, order, OrderAction::Close) {
        Ok(seen) => seen,
        Err(refusal) => return order_card::refused(turn, order, kind, turn.shown, refusal),
    };
    let is_masters_place = |master| order_card::is_masters_place(&seen.order, master, turn.chat);
    if turn.chat.is_group() && !seen.master.as_ref().is_some_and(is_masters_place) {
        // An old card in a group that has nothing to do with the order any more; its money is not for all to read.
        return order_card::show(turn, &seen, kind);
    }
    order_card::claim(turn, order, kind)?;
    let draft = match &turn.dialogue {
        // The button again: the answers so far stay.
        Some(Dialogue::Close(begun)) if begun.order == order => begun.clone(),
        _ => ClosingDraft {
            order,
            card: turn.shown,
            total: None,
            materials: None,
            nonce: Some(Nonce::at(turn.now)),
        },
    };
    Ok(question(turn, &draft).begin(turn, Dialogue::Close(draft)))
}

/// Takes the answer to the present step.
pub fn answer(turn: &mut Turn<'_>, mut draft: ClosingDraft, answer: &Answer) -> Handled {
    if order_card::has_left_group(turn, draft.order)? {
        return Ok(turn.show(say!(turn.texts, "order-wrong-group", id = draft.order), None).end());
    }
    match (step(&draft), answer) {
        (_, Answer::Back) => {
            if draft.materials.take().is_none() {
                draft.total = None;
            }
        }
        (CloseStep::Total, Answer::Skip) if turn.person.roles.is_staff() => {
            return close(turn, &draft, OrderClosing::WithoutAmounts);
        }
        (CloseStep::Review, Answer::Review(has_review)) => return settle(turn, draft, *has_review),
        (CloseStep::Review, Answer::Text(text)) => match parse_yes_no(text) {
            Some(has_review) => return settle(turn, draft, has_review),
            None => return Ok(again(turn, draft, &say!(turn.texts, "error-yes-no"))),
        },
        (_, Answer::Review(_)) => return Ok(question::step_passed(turn)),
        (CloseStep::Review, _) => return Ok(again(turn, draft, &say!(turn.texts, "error-yes-no"))),
        (_, Answer::Skip) => return Ok(again(turn, draft, &say!(turn.texts, "error-not-skippable"))),
        (step, answer) => {
            if let Err(wrong) = take_amount(turn, &mut draft, step, answer) {
                return Ok(again(turn, draft, &wrong));
            }
        }
    }
    Ok(question(turn, &draft).ask(turn, Dialogue::Close(draft)))
}

/// The present step: the first that has no answer.
#[must_use]
pub fn step(draft: &ClosingDraft) -> CloseStep {
    match (draft.total, draft.materials) {
        (None, _) => CloseStep::Total,
        (Some(_), None) => CloseStep::Materials,
        (Some(_), Some(_)) => CloseStep::Review,
    }
}

/// The number of the present step, from 1.
#[must_use]
pub fn number(draft: &ClosingDraft) -> u8 {
    step(draft) as u8 + 1
}

fn take_amount(
    turn: &Turn<'_>,
    draft: &mut ClosingDraft,
    step: CloseStep,
    answer: &Answer,
) -> Result<(), String> {
    let words = answer.words().ok_or_else(|| say!(turn.texts, "unsupported-content"))?;
    let amount = parse_amount(words).map_err(|error| prompts::amount_error(turn.texts, error))?;
    match (step, draft.total) {
        (CloseStep::Materials, Some(total)) if amount > total => {
            return Err(prompts::materials_exceed(turn.texts, amount, total));
        }
        (CloseStep::Materials, _) => draft.materials = Some(amount),
        _ => draft.total = Some(amount),
    }
    Ok(())
}

fn question(turn: &Turn<'_>, draft: &ClosingDraft) -> Question {
    let (step, by_staff) = (step(draft), turn.person.roles.is_staff());
    let place = Place { step: number(draft), nonce: draft.nonce };
    Question {
        html: prompts::close_step(turn.texts, step, draft.order, by_staff),
        markup: match step {
            CloseStep::Total => keyboards::step_buttons(turn.texts, place, false, by_staff),
            CloseStep::Materials => keyboards::step_buttons(turn.texts, place, true, false),
            CloseStep::Review => keyboards::review(turn.texts, place),
        },
    }
}

fn again(turn: &Turn<'_>, draft: ClosingDraft, wrong: &str) -> Reply {
    question(turn, &draft).again(turn, wrong, Dialogue::Close(draft))
}

fn settle(turn: &mut Turn<'_>, draft: ClosingDraft, has_review: bool) -> Handled {
    let (Some(total), Some(materials)) = (draft.total, draft.materials) else {
        return Ok(question(turn, &draft).ask(turn, Dialogue::Close(draft)));
    };
    match OrderClosing::settle(total, materials, has_review) {
        Ok(closing) => close(turn, &draft, closing),
        Err(_) => {
            let wrong = prompts::materials_exceed(turn.texts, materials, total);
            Ok(again(turn, ClosingDraft { materials: None, ..draft }, &wrong))
        }
    }
}

fn close(turn: &mut Turn<'_>, draft: &ClosingDraft, closing: OrderClosing) -> Handled {
    let step = match orders::close_order(turn.tx, &turn.person, draft.order, closing, turn.now) {
        Ok(step) => step,
        Err(refusal) => {
            return Ok(
                order_card::refused(turn, draft.order, OrderMessageKind::Staff, draft.card, refusal)?.end()
            );
        }
    };
    let by_staff = turn.person.roles.is_staff();
    let done = turn.show(messages::closed(turn.texts, draft.order, &closing, by_staff), None).end();
    let deed = Deed { step: &step, reason: None, card: draft.card, kind: OrderMessageKind::Staff };
    Ok(done.and(announce(turn, deed)?))
}
