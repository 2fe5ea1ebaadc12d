//! What users without a role write: the dispatchers get it, and one press makes an order of it.

use chrono::TimeDelta;
use teloxide::types::ReplyMarkup;

use super::{access_cards, common, pasted_order};
use crate::bot::assembly::join_parts;
use crate::bot::context::{EarlierAlbum, HandlerResult, UpdateContext};
use crate::bot::dialogue::{Dialogue, DialogueAnswer};
use crate::bot::incoming::{IncomingEvent, ReceivedUpdate};
use crate::bot::reply::Reply;
use crate::bot::view::text::{Texts, format_date_time, html_text, plain_text, toast_text};
use crate::bot::view::{access as view, keyboards};
use crate::db::dialogue_questions;
use crate::domain::ids::TelegramId;
use crate::domain::order::OrderFile;
use crate::domain::user::User;
use crate::service::{self, access, users};

/// Another dispatcher may take a message over after this time.
const TAKEOVER: TimeDelta = TimeDelta::minutes(15);

/// How long the others are shown who takes a message.
const KEPT: TimeDelta = TimeDelta::days(7);
const MESSAGE: &str = "message:";

/// Passes a message on to the dispatchers, at most one an hour, and tells the user so.
pub(crate) fn relay_message(ctx: &mut UpdateContext<'_>, answer: &DialogueAnswer) -> HandlerResult {
    let files = ctx.message.order_files();
    let text = message_text(answer);
    if text.is_none() && files.is_empty() {
        return Ok(common::unsupported_content(ctx));
    }
    let readers = users::list_dispatchers(ctx.tx)?;
    if readers.is_empty() {
        return Ok(common::unknown_text(ctx));
    }
    if let Some(earlier) = ctx.earlier_album.clone() {
        return relay_rest(ctx, &earlier, text, &files);
    }
    if let Some(next_at) = access::claim_relay(ctx.tx, &ctx.user, ctx.now)? {
        let time = format_date_time(ctx.texts, ctx.settings.zone, next_at);
        let html = html_text!(ctx.texts, "stranger-relayed-before", time = time);
        return Ok(ctx.send_message(with_contact(ctx, html), common::main_menu(ctx)));
    }
    ctx.action = "relay".into();
    let (about, since) = (ctx.user.telegram_id, ctx.now - KEPT);
    dialogue_questions::delete_tracked_messages(ctx.tx, about, MESSAGE, since)?;
    let html = with_contact(ctx, html_text!(ctx.texts, "stranger-relayed"));
    let mut reply = ctx.send_message(html, common::main_menu(ctx));
    for reader in readers {
        let texts = Texts::of(ctx.locale_of(&reader));
        let html = view::stranger_message(texts, &ctx.user, text, files.len(), None);
        let markup = Some(ReplyMarkup::InlineKeyboard(keyboards::take_message(texts, ctx.update_id)));
        let card = access_cards::insert_card(ctx, reader.telegram_id, &message_subject(ctx.update_id))?;
        reply = reply.send_message(reader.telegram_id.into(), html, markup).with_tracked_message(card);
        for file in &files {
            reply = reply.relay_file(reader.telegram_id.into(), file);
        }
    }
    Ok(reply)
}

/// Passes the rest of an album on to those who got its beginning.
fn relay_rest(
    ctx: &mut UpdateContext<'_>,
    earlier: &EarlierAlbum,
    caption: Option<&str>,
    files: &[OrderFile],
) -> HandlerResult {
    ctx.action = "relay".into();
    let mut reply = Reply::none();
    for update in &earlier.updates {
        let about = ctx.user.telegram_id;
        for card in access_cards::list_cards(ctx, about, &message_subject(*update))? {
            let place = card.key.place;
            if caption.is_some() {
                let texts = ctx.texts_for_chat(place.chat)?;
                let html = view::stranger_message(texts, &ctx.user, caption, files.len(), None);
                reply = reply.send_message(place, html, None);
            }
            reply = files.iter().fold(reply, |reply, file| reply.relay_file(place, file));
        }
    }
    Ok(reply)
}

/// Returns a stored message, with all of its album.
fn load_message(ctx: &mut UpdateContext<'_>, update_id: i64) -> service::Result<Option<ReceivedUpdate>> {
    let Some(stored) = access::find_message(ctx.tx, &ctx.user, update_id)? else { return Ok(None) };
    let first = ReceivedUpdate::parse(stored.update_id, &stored.payload);
    let album = first.input().and_then(|input| {
        let album = input.message.as_ref()?.marks.media_group.clone()?;
        Some((input.chat, album))
    });
    let Some((chat, album)) = album else { return Ok(Some(first)) };
    let later = access::list_later_messages(ctx.tx, &ctx.user, update_id, &album)?;
    let later = later.iter().map(|stored| ReceivedUpdate::parse(stored.update_id, &stored.payload));
    let rest = later.filter(|received| received.album_part(chat, &album).is_some());
    Ok(join_parts(std::iter::once(first).chain(rest)))
}

/// Begins a draft from a message of a stranger. The others see who did.
pub(crate) fn take_message(ctx: &mut UpdateContext<'_>, update_id: i64) -> HandlerResult {
    let received = load_message(ctx, update_id)?;
    let Some(input) = received.as_ref().and_then(ReceivedUpdate::input) else {
        return Ok(Reply::none().with_alert(plain_text!(ctx.texts, "stranger-message-gone")));
    };
    let stranger = users::find_user(ctx.tx, input.sender.telegram_id)?;
    let (Some(stranger), Some(details)) = (stranger, input.message.as_ref()) else {
        return Ok(Reply::none().with_alert(plain_text!(ctx.texts, "stranger-message-gone")));
    };
    let mut drafts = ctx.dialogue.iter().chain(&ctx.waiting);
    if drafts.any(|open| matches!(open, Dialogue::NewOrder(_))) {
        return Ok(Reply::none().with_alert(plain_text!(ctx.texts, "stranger-message-draft-open")));
    }
    let text = match &input.event {
        IncomingEvent::Text(text) => Some(text.as_str()),
        IncomingEvent::Answer(answer) => message_text(answer),
        _ => None,
    };
    let text = text.map(str::to_owned).unwrap_or_default();
    let details = details.clone();
    let others = match claim_message(ctx, update_id, &stranger, (&text, details.files.len()))? {
        Ok(others) => others,
        Err(taker) => {
            let alert = plain_text!(ctx.texts, "stranger-message-taken", person = taker);
            return Ok(Reply::none().with_alert(toast_text(&alert)));
        }
    };
    Ok(pasted_order::begin_draft_from(ctx, &text, &details)?.and(others))
}

/// Notes that the user took a message, and shows it to the others. The error is the name of who took it a moment ago.
fn claim_message(
    ctx: &mut UpdateContext<'_>,
    update_id: i64,
    stranger: &User,
    (text, files): (&str, usize),
) -> service::Result<Result<Reply, String>> {
    let subject = message_subject(update_id);
    let cards = access_cards::list_cards(ctx, stranger.telegram_id, &subject)?;
    for card in &cards {
        let taker = card.action.as_deref().and_then(|action| taker_of(action, &subject));
        let is_lately = card.created_at + TAKEOVER > ctx.now;
        if let Some(taker) = taker.filter(|taker| *taker != ctx.user.telegram_id && is_lately) {
            let taker = users::find_user(ctx.tx, taker)?;
            return Ok(Err(taker.map(|user| user.display_name()).unwrap_or_default()));
        }
    }
    let person = ctx.user.display_name();
    let taken = format!("{subject}{}", ctx.user.telegram_id);
    let mut reply = Reply::none();
    for card in cards {
        dialogue_questions::update_subject(ctx.tx, &card, &taken, ctx.now)?;
        let place = card.key.place;
        if place.chat != ctx.chat {
            let texts = ctx.texts_for_chat(place.chat)?;
            let text = Some(text).filter(|text| !text.is_empty());
            let html = view::stranger_message(texts, stranger, text, files, Some(&person));
            let markup = keyboards::take_message(texts, update_id);
            reply = reply.replace_tracked_message(card.id, place, html, markup);
        }
    }
    Ok(Ok(reply))
}

/// Names a message in the rows; behind it stands who took it.
fn message_subject(update_id: i64) -> String {
    format!("{MESSAGE}{update_id}:")
}

fn taker_of(action: &str, subject: &str) -> Option<TelegramId> {
    action.strip_prefix(subject)?.parse().ok()
}

fn message_text(answer: &DialogueAnswer) -> Option<&str> {
    match answer {
        DialogueAnswer::Contact { phone, .. } => Some(phone.as_str()),
        answer => answer.text(),
    }
}

/// Adds the company's phone, if it is known.
fn with_contact(ctx: &UpdateContext<'_>, html: String) -> String {
    match common::contact_line(ctx) {
        Some(contact) => format!("{html}\n\n{contact}"),
        None => html,
    }
}
