//! What staff have on their screens about a user without a role, so that all of them see what one of them did.
//!
//! The messages are rows of `dialogue_questions` under the user whom they are about.

use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::reply::Reply;
use crate::bot::view::access as view;
use crate::db::dialogue_questions::{self, OpenQuestion};
use crate::db::dialogues::DialogueKey;
use crate::domain::access::AccessDecision;
use crate::domain::ids::{AccessRequestId, ChatId, TelegramId};
use crate::domain::user::User;
use crate::service;

const REQUEST: &str = "access:";

/// Names a request in the rows.
pub(super) fn request_subject(request: AccessRequestId) -> String {
    format!("{REQUEST}{request}")
}

/// Inserts the row of a message to a member of staff about the present user.
pub(super) fn insert_card(
    ctx: &mut UpdateContext<'_>,
    reader: TelegramId,
    subject: &str,
) -> service::Result<i64> {
    let key = DialogueKey { place: ChatId::from(reader).into(), user: ctx.user.telegram_id };
    Ok(dialogue_questions::insert_tracked_message(ctx.tx, key, subject, ctx.now)?)
}

/// Returns the messages to staff about a user whose subject begins like this.
pub(super) fn list_cards(
    ctx: &mut UpdateContext<'_>,
    about: TelegramId,
    subject: &str,
) -> service::Result<Vec<OpenQuestion>> {
    let mut cards = dialogue_questions::list_tracked_messages(ctx.tx, about)?;
    cards.retain(|card| card.action.as_deref().is_some_and(|action| action.starts_with(subject)));
    Ok(cards)
}

/// Replaces the cards of a user's requests by what the present user decided, but for the pressed one.
pub(super) fn retire_request_cards(
    ctx: &mut UpdateContext<'_>,
    applicant: &User,
    decision: Option<AccessDecision>,
) -> HandlerResult {
    let mut reply = Reply::none();
    for card in list_cards(ctx, applicant.telegram_id, REQUEST)? {
        dialogue_questions::close_question(ctx.tx, card.id)?;
        let place = card.key.place;
        if place.chat == ctx.chat && card.message.is_some() && card.message == ctx.pressed_message {
            dialogue_questions::delete_question(ctx.tx, card.id)?;
            continue;
        }
        let texts = ctx.texts_for_chat(place.chat)?;
        let html = view::decided_request(texts, applicant, decision, &ctx.user.display_name());
        reply = reply.retire_tracked_message(card.id, place, html);
    }
    Ok(reply)
}
