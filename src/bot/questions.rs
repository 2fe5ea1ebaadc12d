//! The questions on screens: their buttons go when they are answered, and a step of another user ends those that it makes
//! pointless.

use chrono::{DateTime, TimeDelta, Utc};

use super::context::UpdateContext;
use super::dialogue::Dialogue;
use super::dialogue_store::{self, StoredDialogue};
use super::order_screen::texts_of_chat;
use super::reply::{NextDialogue, Reply};
use super::view::cards;
use super::view::text::{Html, html_text};
use crate::db::dialogue_questions::{self, OpenQuestion};
use crate::db::dialogues::DialogueKey;
use crate::db::{self, AnyConnection};
use crate::domain::ids::OrderId;
use crate::domain::locale::Locale;
use crate::domain::status::OrderAction;
use crate::domain::user::User;
use crate::service::{self, Refusal, orders, users};

/// A dialogue that is older has expired, and so have its questions.
const MAX_AGE: TimeDelta = TimeDelta::hours(24);

/// Closes the questions that the next step of a user's `active` dialogue answers or ends, and stores the one that it asks.
/// Returns the question that the dialogue waits for.
pub(super) fn settle_questions(
    tx: &mut AnyConnection,
    key: DialogueKey,
    stored: &StoredDialogue,
    (active, next): (Option<&Dialogue>, &NextDialogue),
    reply: &mut Reply,
    now: DateTime<Utc>,
) -> db::Result<Option<i64>> {
    let asked = reply.asked_question();
    let dialogue = match next {
        NextDialogue::Continue(dialogue) => Some(dialogue.as_ref()),
        NextDialogue::End => None,
        NextDialogue::Keep if stored.is_lost() => None,
        NextDialogue::Leave if stored.dialogue().is_some_and(|left| !left.stays_open_when_left()) => None,
        NextDialogue::Keep | NextDialogue::Leave => return Ok(stored.question),
    };
    let goes_on =
        dialogue.is_some_and(|next| stored.dialogue().is_some_and(|old| old.is_same_dialogue(next)));
    if asked.is_none() && goes_on {
        return Ok(stored.question);
    }
    // The dialogue that is open beside the one whose button was pressed.
    let is_beside = |open: &Dialogue| active.is_some_and(|active| !active.is_same_dialogue(open));
    let kept = stored.question.filter(|_| dialogue.is_none() && stored.dialogue().is_some_and(is_beside));
    let mut reused = None;
    for question in dialogue_questions::list_open_questions(tx, key)? {
        match asked {
            _ if kept == Some(question.id) => {}
            // The next question takes its place on the screen.
            Some(Some(pressed)) if question.message == Some(pressed) => reused = Some(question.id),
            _ => close_question(tx, reply, &question)?,
        }
    }
    let (Some(message), Some(dialogue)) = (asked, dialogue) else { return Ok(None) };
    let id = match reused {
        Some(id) => id,
        None => {
            let subject = dialogue.order_action().map(|(order, action)| (order, action.name()));
            dialogue_questions::insert_question(tx, key, subject, message, now)?
        }
    };
    reply.mark_question(id);
    Ok(Some(id))
}

/// Closes a question and removes its buttons, unless the reply replaces its message anyway.
fn close_question(tx: &mut AnyConnection, reply: &mut Reply, question: &OpenQuestion) -> db::Result<()> {
    dialogue_questions::close_question(tx, question.id)?;
    if question.message.is_some_and(|message| reply.edits(question.key.place.chat, message)) {
        return dialogue_questions::delete_question(tx, question.id);
    }
    reply.remove_buttons(question.id, question.key.place);
    Ok(())
}

/// Ends the dialogues of others whose answers can have no effect any more after a change of an order, each with a sentence.
pub(super) fn end_pointless_questions(ctx: &mut UpdateContext<'_>, order: OrderId) -> service::Result<Reply> {
    let mut reply = Reply::none();
    for question in dialogue_questions::list_questions_about_order(ctx.tx, order)? {
        if question.key == (DialogueKey { place: ctx.place(), user: ctx.user.telegram_id }) {
            // A button of the card was pressed in the middle of the user's own dialogue.
            let is_beside = ctx.is_press && ctx.pressed_message != question.message;
            if is_beside && !is_meaningful(ctx.tx, &question, order)? {
                reply = reply.end_dialogue();
            }
            continue;
        }
        if question.created_at + MAX_AGE <= ctx.now || is_meaningful(ctx.tx, &question, order)? {
            continue;
        }
        close_question(ctx.tx, &mut reply, &question)?;
        let (place, user) = (question.key.place, question.key.user);
        let texts = ctx.texts_for_chat(place.chat)?;
        let mut html = html_text!(texts, "dialogue-pointless", id = order);
        if place.chat.is_group() {
            let name = users::find_user(ctx.tx, user)?.map(|user| user.display_name()).unwrap_or_default();
            let person = cards::mention_user(user, &name);
            html = html_text!(texts, "group-notice", person = person, notice = Html(html));
        }
        reply = reply.send_message(place, html, None);
    }
    Ok(reply)
}

/// Ends the dialogues that a user may not go on with after a change of their roles, each with a sentence. A dialogue without
/// a question is ended by its next answer.
pub(super) fn end_forbidden_questions(
    tx: &mut AnyConnection,
    locale: Locale,
    user: &User,
    now: DateTime<Utc>,
) -> service::Result<Reply> {
    let mut reply = Reply::none();
    for question in dialogue_questions::list_questions_to_user(tx, user.telegram_id)? {
        // Those that are about no action of an order are for staff.
        let is_allowed = match question.order {
            Some(order) => is_meaningful(tx, &question, order)?,
            None => user.roles.is_staff() || asks_for_comment(tx, &question, user, now)?,
        };
        if is_allowed {
            continue;
        }
        close_question(tx, &mut reply, &question)?;
        let place = question.key.place;
        if question.created_at + MAX_AGE > now {
            let texts = texts_of_chat(tx, place.chat, locale)?;
            let mut html = html_text!(texts, "dialogue-forbidden");
            if place.chat.is_group() {
                let person = cards::mention_user(user.telegram_id, &user.display_name());
                html = html_text!(texts, "group-notice", person = person, notice = Html(html));
            }
            reply = reply.send_message(place, html, None);
        }
    }
    Ok(reply)
}

/// Whether a question asks for a comment on an order that the user may see, whichever of their roles they lost.
fn asks_for_comment(
    tx: &mut AnyConnection,
    question: &OpenQuestion,
    user: &User,
    now: DateTime<Utc>,
) -> service::Result<bool> {
    let stored = dialogue_store::load_dialogue(tx, question.key, now)?;
    let asked = stored.dialogue().filter(|_| stored.question == Some(question.id));
    let Some(Dialogue::Comment(draft)) = asked else { return Ok(false) };
    match orders::view_order(tx, user, draft.order) {
        Ok(_) => Ok(true),
        Err(Refusal::Database(error)) => Err(error.into()),
        Err(_) => Ok(false),
    }
}

/// Whether the user could still take the action about which they are asked.
fn is_meaningful(tx: &mut AnyConnection, question: &OpenQuestion, order: OrderId) -> service::Result<bool> {
    let action = question.action.as_deref().and_then(OrderAction::from_name);
    let (Some(action), Some(user)) = (action, users::find_user(tx, question.key.user)?) else {
        return Ok(true);
    };
    match orders::check_action(tx, &user, order, action) {
        Ok(_) => Ok(true),
        Err(Refusal::Database(error)) => Err(error.into()),
        Err(_) => Ok(false),
    }
}

impl Dialogue {
    /// Returns the order that it is about, and the action that its last answer takes.
    pub(super) fn order_action(&self) -> Option<(OrderId, OrderAction)> {
        match self {
            Self::Close(draft) => Some((draft.order, OrderAction::Close)),
            Self::Decline(draft) => Some((draft.order, OrderAction::Decline)),
            Self::HandBack(draft) => Some((draft.order, OrderAction::HandBack)),
            Self::ClientDecline(draft) => Some((draft.order, OrderAction::ClientDecline)),
            Self::Refuse(draft) => Some((draft.order, OrderAction::Refuse)),
            Self::LongRepair(draft) => Some((draft.order, OrderAction::StartLongRepair)),
            Self::Reschedule(draft) => Some((draft.order, OrderAction::Reschedule)),
            _ => None,
        }
    }
}

#[cfg(test)]
#[path = "questions_tests.rs"]
mod tests;
