//! Finds the dialogue that an answer belongs to, or what else a message may mean.

use super::context::{HandlerResult, UpdateContext};
use super::dialogue::{Dialogue, DialogueAnswer};
use super::handlers::{
    add_master, change_notice, closing, comments, common, correction, day_off, deletion, edit_order,
    equipment, hand_overs, long_repair, new_order, pasted_order, people, rates, reasons, repeat_visit,
    reports, reschedule, search, settlement, stranger_messages, work_group,
};
use super::reply::Reply;
use crate::db::dialogues::DialogueKey;
use crate::db::{self, dialogue_questions};
use crate::domain::search::is_digits;
use crate::domain::status::OrderAction;
use crate::service::orders;

/// Handles an answer to the open dialogue, if there is one.
pub(super) fn on_answer(ctx: &mut UpdateContext<'_>, answer: &DialogueAnswer) -> HandlerResult {
    // The action of a press is its button.
    if !ctx.is_press {
        ctx.action = match &ctx.dialogue {
            Some(dialogue) => format!("{}:{}", dialogue.name(), dialogue.step_number()).into(),
            None => answer.name().into(),
        };
    }
    match ctx.dialogue.clone() {
        Some(dialogue) if is_between_members(ctx, &dialogue, answer)? => Ok(Reply::none()),
        Some(dialogue) => continue_dialogue(ctx, dialogue, answer),
        None if ctx.is_press => Ok(ctx.stale_button_alert()),
        // The user is told that the dialogue is over.
        None if ctx.chat.is_group() || ctx.has_lost_dialogue => Ok(Reply::none()),
        // It was on its way when the question was withdrawn.
        None if ctx.has_ended_dialogue => Ok(common::no_question(ctx)),
        None => match answer {
            answer if is_message(answer) && ctx.user.roles.is_unknown() && !ctx.is_edit => {
                stranger_messages::relay_message(ctx, answer)
            }
            DialogueAnswer::OtherContent => Ok(common::unsupported_content(ctx)),
            DialogueAnswer::Skip | DialogueAnswer::Back | DialogueAnswer::Confirm => {
                Ok(common::no_question(ctx))
            }
            DialogueAnswer::Text(text) if is_digits(text) => search::find_orders(ctx, text),
            answer => {
                if let Some(draft) = pasted_order::begin_draft(ctx, answer)? {
                    return Ok(draft);
                }
                let found = match answer {
                    DialogueAnswer::Text(text) if !ctx.is_edit => search::find_mentioned(ctx, text)?,
                    _ => None,
                };
                Ok(found.unwrap_or_else(|| common::unknown_text(ctx)))
            }
        },
    }
}

/// Whether an answer is what a user wrote or sent, and no key of a dialogue.
fn is_message(answer: &DialogueAnswer) -> bool {
    matches!(
        answer,
        DialogueAnswer::Text(_)
            | DialogueAnswer::Forwarded { .. }
            | DialogueAnswer::Contact { .. }
            | DialogueAnswer::OtherContent
    )
}

/// Whether a message is probably not the answer to the bot's question but was said to the other members of a group: it
/// neither replies to the question nor is an amount, a yes or a no where one is asked for.
fn is_between_members(
    ctx: &mut UpdateContext<'_>,
    dialogue: &Dialogue,
    answer: &DialogueAnswer,
) -> db::Result<bool> {
    if !ctx.chat.is_group() || ctx.is_press {
        return Ok(false);
    }
    match answer {
        DialogueAnswer::Skip | DialogueAnswer::Back | DialogueAnswer::Confirm => Ok(false),
        answer if answer.text().is_some_and(|text| dialogue.recognizes(text)) => Ok(false),
        _ => Ok(!replies_to_question(ctx)?),
    }
}

/// Whether the message replies to the question to its sender. An edit of the last answer replies to the last question, and
/// a question that was just sent is not known by its number yet.
fn replies_to_question(ctx: &mut UpdateContext<'_>) -> db::Result<bool> {
    if !ctx.replies_to_bot() {
        return Ok(false);
    }
    let key = DialogueKey { place: ctx.place(), user: ctx.user.telegram_id };
    let open = dialogue_questions::list_open_questions(ctx.tx, key)?;
    let replied = ctx.message.replied_message();
    let may_be_replied =
        open.iter().any(|question| question.message.is_none_or(|sent| Some(sent) == replied));
    Ok(ctx.is_edit || open.is_empty() || may_be_replied)
}

fn continue_dialogue(
    ctx: &mut UpdateContext<'_>,
    dialogue: Dialogue,
    answer: &DialogueAnswer,
) -> HandlerResult {
    if !dialogue.is_allowed_for(ctx.user.roles) {
        return Ok(common::end_forbidden_dialogue(ctx));
    }
    // While it waited, another user's step may have made it pointless.
    if *answer == DialogueAnswer::Repeat
        && let Some((order, action)) = dialogue.order_action()
        && let Err(refusal) = orders::check_action(ctx.tx, &ctx.user, order, action)
    {
        return change_notice::end_refused(ctx, refusal);
    }
    match dialogue {
        Dialogue::FindUser => people::answer_step(ctx, answer),
        Dialogue::DayOff(draft) => day_off::answer_step(ctx, draft, answer),
        Dialogue::NewOrder(draft) => new_order::answer_step(ctx, draft, answer),
        Dialogue::Close(draft) => closing::answer_step(ctx, draft, answer),
        Dialogue::Decline(draft) => reasons::answer_step(ctx, OrderAction::Decline, draft, answer),
        Dialogue::HandBack(draft) => reasons::answer_step(ctx, OrderAction::HandBack, draft, answer),
        Dialogue::ClientDecline(draft) => {
            reasons::answer_step(ctx, OrderAction::ClientDecline, draft, answer)
        }
        Dialogue::Refuse(draft) => reasons::answer_step(ctx, OrderAction::Refuse, draft, answer),
        Dialogue::LongRepair(draft) => long_repair::answer_step(ctx, draft, answer),
        Dialogue::Reschedule(draft) => reschedule::answer_step(ctx, draft, answer),
        Dialogue::ChangeRate(draft) => rates::answer_step(ctx, draft, answer),
        Dialogue::EquipmentName(draft) => equipment::answer_step(ctx, draft, answer),
        Dialogue::AddMaster(draft) => add_master::answer_step(ctx, draft, answer),
        Dialogue::Search => search::answer_step(ctx, answer),
        Dialogue::EditOrder(draft) => edit_order::answer_step(ctx, draft, answer),
        Dialogue::Comment(draft) => comments::answer_step(ctx, draft, answer),
        Dialogue::DeleteOrder(draft) => deletion::answer_step(ctx, draft, answer),
        Dialogue::RepeatOrder(draft) => repeat_visit::answer_step(ctx, draft, answer),
        Dialogue::CorrectOrder(draft) => correction::answer_step(ctx, draft, answer),
        Dialogue::ReportDates(draft) => reports::answer_step(ctx, draft, answer),
        Dialogue::TakeCash(draft) => settlement::answer_step(ctx, draft, answer),
        Dialogue::DisputeHandOver(draft) => hand_overs::answer_step(ctx, draft, answer),
        Dialogue::WorkChat { master } => work_group::answer_step(ctx, master, answer),
    }
}
