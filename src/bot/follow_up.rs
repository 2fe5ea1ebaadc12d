//! Messages about an answer that was given before: an edit corrects it; the rest of a cut text and the photos of an album
//! may come after the part that was taken as the answer.

use super::assembly;
use super::context::{HandlerResult, UpdateContext};
use super::dialogue::{Dialogue, DialogueAnswer, LastAnswer, OrderStep, digest_text};
use super::handlers::{comments, common};
use super::incoming::{IncomingEvent, IncomingUpdate};
use super::reply::{NextDialogue, Reply};
use super::router;
use super::view::text::html_text;
use crate::db::{self, AnyConnection};
use crate::service::{self, orders};

/// What a message has to do with the last answer.
enum FollowUp {
    /// Nothing.
    None,
    /// Edits it. The dialogue is as it was when that answer was given.
    Correction(Box<Dialogue>),
    /// Edits it without a change of its text.
    Unchanged,
    /// Edits another message.
    OtherEdit,
    /// Belongs to its album.
    LatePhoto,
    /// Is the rest of its text.
    LateRest,
}

/// Whether an edit means nothing to the bot: a live location that moved, or a message between members of a group.
pub(super) fn is_ignorable_edit(tx: &mut AnyConnection, input: &IncomingUpdate) -> db::Result<bool> {
    Ok(event_text(&input.event).is_none() || router::is_group_chatter(tx, input)?)
}

/// Runs the handler of an event and notes in [`UpdateContext::last_answer`] which message answered the dialogue.
pub(super) fn handle_event(ctx: &mut UpdateContext<'_>, event: IncomingEvent) -> HandlerResult {
    let text_digest = digest_text(event_text(&event));
    match find_follow_up(ctx, &event, &text_digest) {
        FollowUp::None => {}
        FollowUp::Correction(dialogue) => ctx.dialogue = Some(*dialogue),
        FollowUp::Unchanged => return Ok(Reply::none()),
        FollowUp::OtherEdit => return Ok(refuse_edit(ctx)),
        // Of an album that replies to an order's card: a comment like the photos before it.
        FollowUp::LatePhoto if replies_to_order(ctx)? => {}
        // Of an album that a user without a role sent to the company.
        FollowUp::LatePhoto if ctx.dialogue.is_none() && ctx.user.roles.is_unknown() => {}
        FollowUp::LatePhoto => {
            return match comments::take_late_files(ctx)? {
                Some(comment) => Ok(comment),
                None => Ok(keep_late_photo(ctx)),
            };
        }
        FollowUp::LateRest => return Ok(refuse_rest(ctx)),
    }
    let reply = router::route_event(ctx, event)?;
    ctx.last_answer = next_last_answer(ctx, &reply, text_digest);
    Ok(common::offer_continuation(ctx, reply))
}

fn event_text(event: &IncomingEvent) -> Option<&str> {
    match event {
        IncomingEvent::Text(text) => Some(text),
        IncomingEvent::Answer(answer) => answer.text(),
        IncomingEvent::Press(_) | IncomingEvent::BotAdded { .. } => None,
    }
}

fn find_follow_up(ctx: &UpdateContext<'_>, event: &IncomingEvent, text_digest: &str) -> FollowUp {
    let (last, open) = (ctx.last_answer.as_ref(), ctx.dialogue.as_ref());
    if ctx.is_edit {
        let is_it = |last: &&LastAnswer| ctx.message.ids.iter().any(|id| last.messages.contains(id));
        let Some(last) = last.filter(is_it) else { return FollowUp::OtherEdit };
        if last.text_digest == text_digest {
            return FollowUp::Unchanged;
        }
        let asked = open.and_then(|open| open.at_step(last.step));
        return asked.map_or(FollowUp::OtherEdit, |asked| FollowUp::Correction(Box::new(asked)));
    }
    let (Some(last), Some(open)) = (last, open) else {
        let is_late = open.is_none()
            && ctx.earlier_album.is_some()
            && *event == IncomingEvent::Answer(DialogueAnswer::OtherContent);
        return if is_late { FollowUp::LatePhoto } else { FollowUp::None };
    };
    let step = open.step_number();
    if !last.is_followed_by(&ctx.message.ids, &ctx.message.marks, step) {
        return FollowUp::None;
    }
    let is_accepted = step != last.step;
    match event {
        // The caption of an album whose other photos had none answers the question.
        IncomingEvent::Answer(answer) if ctx.message.marks.media_group.is_some() => match answer.text() {
            Some(_) if is_accepted => FollowUp::LateRest,
            Some(_) => FollowUp::None,
            None => FollowUp::LatePhoto,
        },
        event if assembly::is_plain_text(event) => FollowUp::LateRest,
        _ => FollowUp::None,
    }
}

/// Whether a message outside of a dialogue replies to one about an order.
fn replies_to_order(ctx: &mut UpdateContext<'_>) -> service::Result<bool> {
    let Some(replied) = ctx.message.replied_message().filter(|_| ctx.dialogue.is_none()) else {
        return Ok(false);
    };
    Ok(orders::find_order_of_message(ctx.tx, ctx.chat, replied)?.is_some())
}

/// Tells the user that only the last answer can be corrected.
fn refuse_edit(ctx: &mut UpdateContext<'_>) -> Reply {
    ctx.action = "edit".into();
    if ctx.chat.is_group() {
        return Reply::none();
    }
    ctx.send_message(html_text!(ctx.texts, "edit-too-late"), None)
}

/// Keeps a photo whose album was the answer already. Where the caption was refused, the photo is, too, but not at the
/// confirmation, which keeps files of any caption.
fn keep_late_photo(ctx: &mut UpdateContext<'_>) -> Reply {
    ctx.action = "album".into();
    let Some((mut open, last)) = ctx.dialogue.clone().zip(ctx.last_answer.as_ref()) else {
        return Reply::none();
    };
    if let Dialogue::NewOrder(draft) = &mut open {
        if draft.step().number() != last.step {
            draft.add_files(ctx.message.files_of_step(last.step));
        } else if draft.step() == OrderStep::Confirmation || last.text_digest == digest_text(None) {
            draft.add_files(ctx.message.files_of_step(OrderStep::Confirmation.number()));
        }
    }
    extend_last_answer(ctx);
    Reply::none().continue_dialogue(open)
}

/// Makes neither part of a text the answer.
fn refuse_rest(ctx: &mut UpdateContext<'_>) -> Reply {
    ctx.action = "rest".into();
    let html = html_text!(ctx.texts, "text-rest-late");
    let reply = ctx.send_message(html, None);
    let asked = ctx.dialogue.as_ref().zip(ctx.last_answer.as_ref());
    let asked = asked.and_then(|(open, last)| open.at_step(last.step)).or_else(|| ctx.dialogue.clone());
    extend_last_answer(ctx);
    match asked {
        Some(asked) => reply.continue_dialogue(asked),
        None => reply,
    }
}

fn extend_last_answer(ctx: &mut UpdateContext<'_>) {
    if let Some(last) = &mut ctx.last_answer {
        last.messages.extend(&ctx.message.ids);
        last.marks = ctx.message.marks.clone();
    }
}

/// Returns the last answer once the handler has run: this message, unless it went back or only pressed a button.
fn next_last_answer(ctx: &mut UpdateContext<'_>, reply: &Reply, text_digest: String) -> Option<LastAnswer> {
    let NextDialogue::Continue(next) = &reply.dialogue else { return ctx.last_answer.take() };
    let open = ctx.dialogue.as_ref().filter(|open| open.is_same_dialogue(next))?;
    let step = open.step_number();
    if ctx.message.ids.is_empty() || next.step_number() < step {
        return ctx.last_answer.take();
    }
    match ctx.last_answer.take() {
        // The other photos of the album are still there.
        Some(edited) if ctx.is_edit => Some(LastAnswer { step, text_digest, ..edited }),
        _ => {
            let (messages, marks) = (ctx.message.ids.clone(), ctx.message.marks.clone());
            Some(LastAnswer { step, messages, marks, text_digest })
        }
    }
}

#[cfg(test)]
#[path = "follow_up_tests.rs"]
mod tests;
