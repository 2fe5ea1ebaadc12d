//! The new-order dialogue: type, description, phone, name, address, notes, time, confirmation.

use super::order_answers::{apply_answer, take_client};
use super::order_creation::create_order;
use super::order_question::{confirmation_page, step_question};
use super::pasted_order::ask_for_client;
use super::question;
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::dialogue::{Dialogue, DialogueAnswer, DialogueNonce, DraftFile, OrderDraft, OrderStep};
use crate::bot::labels::Label;
use crate::bot::reply::Reply;
use crate::bot::view::text::{html_text, plain_text};
use crate::domain::ids::SearchId;
use crate::service::{Refusal, search};

/// What a client shows or tells the fault with; a sticker is none of it.
const KEPT_KINDS: [&str; 5] = ["photo", "video", "video_note", "document", "voice"];

pub(crate) fn begin_dialogue(ctx: &mut UpdateContext<'_>) -> HandlerResult {
    if !ctx.user.roles.is_staff() {
        return Err(Refusal::NoRight);
    }
    if let Some(draft) = unfinished_draft(ctx) {
        let cancel = Label::Cancel.text(ctx.texts.locale());
        let notice = html_text!(ctx.texts, "order-draft-unfinished", cancel = cancel);
        let question = step_question(ctx, &draft)?.with_notice(Some(notice));
        return Ok(question.ask_first(ctx, Dialogue::NewOrder(draft)));
    }
    let draft = OrderDraft { nonce: Some(DialogueNonce::at(ctx.now)), ..OrderDraft::default() };
    Ok(step_question(ctx, &draft)?.ask_first(ctx, Dialogue::NewOrder(draft)))
}

/// Begins a draft with the phone for which a search found nothing. A draft that is there already goes on.
pub(crate) fn begin_with_searched(ctx: &mut UpdateContext<'_>, search: SearchId) -> HandlerResult {
    if !ctx.user.roles.is_staff() {
        return Err(Refusal::NoRight);
    }
    let Some(query) = search::find_search(ctx.tx, &ctx.user, search)? else {
        return Ok(Reply::none().with_alert(plain_text!(ctx.texts, "search-forgotten")));
    };
    match ctx.settings.phones.parse(&query.text) {
        Ok(phone) if unfinished_draft(ctx).is_none() => ask_for_client(ctx, phone, None),
        _ => begin_dialogue(ctx),
    }
}

/// Returns the draft that is open or waits; one without any answer is none.
fn unfinished_draft(ctx: &UpdateContext<'_>) -> Option<OrderDraft> {
    let drafts = ctx.dialogue.iter().chain(ctx.waiting.iter().rev());
    let mut drafts = drafts.filter_map(|dialogue| match dialogue {
        Dialogue::NewOrder(draft) => Some(draft.clone()),
        _ => None,
    });
    drafts.next().filter(|draft| *draft != OrderDraft { nonce: draft.nonce, ..OrderDraft::default() })
}

pub(crate) fn answer_step(
    ctx: &mut UpdateContext<'_>,
    mut draft: OrderDraft,
    answer: &DialogueAnswer,
) -> HandlerResult {
    if !ctx.user.roles.is_staff() {
        return Ok(ctx.refusal_reply(&Refusal::NoRight).end_dialogue());
    }
    let step = draft.step();
    let is_confirmation = step == OrderStep::Confirmation;
    match answer {
        DialogueAnswer::Back if draft.is_correction => draft.end_revisit(),
        DialogueAnswer::Back => draft.step_back(),
        DialogueAnswer::Repeat => {
            return Ok(step_question(ctx, &draft)?.ask_first(ctx, Dialogue::NewOrder(draft)));
        }
        DialogueAnswer::Keep if draft.revisited.is_some() => draft.end_revisit(),
        DialogueAnswer::Field(number) if is_confirmation => {
            OrderStep::from_number(*number).filter(|step| draft.revisit(*step));
        }
        DialogueAnswer::Confirm if is_confirmation => return create_order(ctx, draft, None),
        DialogueAnswer::CreateAssigned(master) if is_confirmation => {
            return create_order(ctx, draft, Some(*master));
        }
        DialogueAnswer::Masters(page) if is_confirmation => {
            return Ok(confirmation_page(ctx, &draft, *page)?.ask_next(ctx, Dialogue::NewOrder(draft)));
        }
        DialogueAnswer::TakeClient(order) if matches!(step, OrderStep::ClientName | OrderStep::Address) => {
            if !take_client(ctx, &mut draft, *order)? {
                return Ok(ctx.stale_button_alert());
            }
        }
        DialogueAnswer::Equipment(_) | DialogueAnswer::OldEquipment(_) if step == OrderStep::Equipment => {
            return answer_field(ctx, draft, step, answer);
        }
        DialogueAnswer::Keep
        | DialogueAnswer::Field(_)
        | DialogueAnswer::CreateAssigned(_)
        | DialogueAnswer::Masters(_)
        | DialogueAnswer::TakeClient(_)
        | DialogueAnswer::Equipment(_)
        | DialogueAnswer::OldEquipment(_) => return Ok(question::passed_step_alert(ctx)),
        answer => return answer_field(ctx, draft, step, answer),
    }
    Ok(step_question(ctx, &draft)?.ask_next(ctx, Dialogue::NewOrder(draft)))
}

/// Stores the answer to a step and asks the next one, or the same one again below the error.
fn answer_field(
    ctx: &mut UpdateContext<'_>,
    mut draft: OrderDraft,
    step: OrderStep,
    answer: &DialogueAnswer,
) -> HandlerResult {
    match apply_answer(ctx, &mut draft, step, answer)? {
        Ok(notice) => {
            draft.end_revisit();
            if !ctx.is_edit {
                draft.remove_files(step);
            }
            draft.add_files(ctx.message.files_of_step(step.number()));
            let question = step_question(ctx, &draft)?.with_notice(notice);
            Ok(question.ask_next(ctx, Dialogue::NewOrder(draft)))
        }
        Err(mut error) => {
            let kept = files_without_answer(ctx, step, answer);
            if !kept.is_empty() {
                draft.add_files(kept);
                let is_text_lost = step == OrderStep::Confirmation && answer.text().is_some();
                error = if is_text_lost {
                    format!("{}\n{error}", html_text!(ctx.texts, "order-file-kept"))
                } else {
                    html_text!(ctx.texts, "order-file-kept")
                };
            }
            Ok(step_question(ctx, &draft)?.ask_again(ctx, &error, Dialogue::NewOrder(draft)))
        }
    }
}

/// Returns the files that are kept although their message is no answer: those without a text, and those at the confirmation,
/// where no text is asked for.
fn files_without_answer(ctx: &UpdateContext<'_>, step: OrderStep, answer: &DialogueAnswer) -> Vec<DraftFile> {
    let mut files = ctx.message.files_of_step(OrderStep::Confirmation.number());
    let is_kept = step == OrderStep::Confirmation || answer.text().is_none();
    files.retain(|file| is_kept && KEPT_KINDS.contains(&file.file.kind.as_str()));
    files
}
