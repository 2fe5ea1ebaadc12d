//! Who hears of a step of an order, and which cards change with it.
//!
//! Whoever acted gets their card in place; the master who gets the order, the one who loses it and the dispatcher who
//! took it are told, each in their own language; every other card that is on somebody's screen is brought up to date
//! or, where the reader lost the right, reduced to a word.

use teloxide::types::ReplyMarkup;

use super::Handled;
use super::common::texts_of;
use super::order_card::{self, Screen};
use crate::bot::reply::Reply;
use crate::bot::turn::Turn;
use crate::bot::view::text::{Html, Texts, say};
use crate::bot::view::{cards, keyboards, messages};
use crate::db::order_messages::Kind;
use crate::domain::ids::{ChatId, MessageId};
use crate::domain::master::Master;
use crate::domain::order::Order;
use crate::domain::status::{Action, Status};
use crate::service::orders::{self, Transition};
use crate::service::people;

/// A step that was taken in a turn.
#[derive(Clone, Copy, Debug)]
pub struct Deed<'a> {
    /// The step.
    pub step: &'a Transition,
    /// Why, in the person's own words.
    pub reason: Option<&'a str>,
    /// The card on which the person acted, in the chat of the turn.
    pub card: Option<MessageId>,
    /// For whom that card is, when it is the message that was pressed.
    pub kind: Kind,
}

impl Deed<'_> {
    /// The master no longer has the order.
    fn takes_it_away(&self) -> bool {
        let loses =
            matches!(self.step.action, Action::Reassign | Action::TakeOff | Action::Decline | Action::Refuse);
        loses && self.step.former_master.is_some()
    }
}

/// Everybody's messages about a step.
pub fn announce(turn: &mut Turn<'_>, deed: Deed<'_>) -> Handled {
    let own = own_card(turn, &deed)?;
    let cards = other_cards(turn, &deed)?;
    let masters = masters_notices(turn, &deed)?;
    let dispatcher = dispatchers_notice(turn, &deed)?;
    Ok(own.and(cards).and(masters).and(dispatcher))
}

/// The card whose button took the step, in place.
fn own_card(turn: &mut Turn<'_>, deed: &Deed<'_>) -> Handled {
    let Some(message) = deed.card.filter(|_| is_pressed(turn, deed)) else { return Ok(Reply::none()) };
    let (order, chat) = (&deed.step.after, turn.chat);
    Ok(match order_card::screen(turn, order, deed.step.master.as_ref(), deed.kind, chat)? {
        Screen::Live { html, markup } => {
            Reply::none().edit_about(order.id, deed.kind, chat, message, html, markup)
        }
        Screen::Gone(html) => Reply::none().edit(chat, message, html, None),
    })
}

/// The step was taken by a button right under the card, and not in a dialogue that the button began.
fn is_pressed(turn: &Turn<'_>, deed: &Deed<'_>) -> bool {
    deed.card.is_some() && deed.card == turn.shown
}

/// The cards on other screens. Of each chat only the newest is kept current, older ones have been superseded; but
/// when the master loses the order, all of the master's go.
fn other_cards(turn: &mut Turn<'_>, deed: &Deed<'_>) -> Handled {
    let order = &deed.step.after;
    let mut reply = Reply::none();
    let mut current: Vec<(Kind, ChatId)> = Vec::new();
    for card in orders::cards(turn.tx, order.id)? {
        let is_own = card.chat == turn.chat && card.message.is_some() && card.message == deed.card;
        let is_newest = !current.contains(&(card.kind, card.chat));
        current.push((card.kind, card.chat));
        if is_own && is_pressed(turn, deed) {
            continue;
        }
        if card.kind == Kind::Master && deed.takes_it_away() {
            let texts = texts_of(turn, card.chat)?;
            reply = reply.retire(card.row, card.chat, last_word(texts, deed));
        } else if is_newest || is_own {
            reply = match order_card::screen(turn, order, deed.step.master.as_ref(), card.kind, card.chat)? {
                Screen::Live { html, markup } => reply.refresh(card.row, card.chat, html, markup),
                Screen::Gone(html) => reply.retire(card.row, card.chat, html),
            };
        }
    }
    Ok(reply)
}

/// What is left on the cards of a master who lost the order.
fn last_word(texts: &Texts, deed: &Deed<'_>) -> String {
    let id = deed.step.after.id;
    match deed.step.action {
        Action::Decline => say!(texts, "card-declined", id = id),
        Action::Refuse => messages::notice_refused(texts, id, None),
        _ => say!(texts, "card-moved-on", id = id),
    }
}

/// To the master who gets the order a card with buttons, to the one who loses it a word.
fn masters_notices(turn: &mut Turn<'_>, deed: &Deed<'_>) -> Handled {
    let Transition { action, after: order, former_master, master, .. } = deed.step;
    let mut reply = Reply::none();
    let told = match action {
        Action::Close => master.as_ref(),
        _ if deed.takes_it_away() => former_master.as_ref(),
        _ => None,
    };
    if let Some(told) = told.filter(|told| told.telegram_id != turn.person.telegram_id) {
        let texts = texts_of(turn, told.chat())?;
        let html = match action {
            Action::Reassign => say!(texts, "notice-moved", id = order.id),
            Action::TakeOff => say!(texts, "notice-taken-off", id = order.id),
            Action::Refuse => messages::notice_refused(texts, order.id, deed.reason),
            _ => say!(texts, "notice-closed-by-staff", id = order.id),
        };
        let html = to_master(texts, told, html);
        reply = reply.say_about(order.id, Kind::Notice, told.chat(), html, None);
    }
    if let (Status::Assigned, Some(master)) = (order.status, master) {
        reply = reply.and(new_card(turn, order, master)?);
    }
    Ok(reply)
}

/// The master's card as a new message, where the master works.
pub fn new_card(turn: &mut Turn<'_>, order: &Order, master: &Master) -> Handled {
    let chat = master.chat();
    Ok(match order_card::screen(turn, order, Some(master), Kind::Master, chat)? {
        Screen::Live { html, markup } => {
            let markup = markup.map(ReplyMarkup::InlineKeyboard);
            Reply::none().say_about(order.id, Kind::Master, chat, html, markup)
        }
        Screen::Gone(_) => Reply::none(),
    })
}

/// In a group a notice names the master it is for.
#[must_use]
pub fn to_master(texts: &Texts, master: &Master, html: String) -> String {
    if master.work_chat.is_none() {
        return html;
    }
    let mention = cards::mention(master.telegram_id, &master.name);
    say!(texts, "group-notice", person = mention, notice = Html(html))
}

/// To the dispatcher who took the order, unless the step is their own or they are no dispatcher any more.
fn dispatchers_notice(turn: &mut Turn<'_>, deed: &Deed<'_>) -> Handled {
    let order = &deed.step.after;
    let Some(dispatcher) = order.dispatcher.filter(|id| *id != turn.person.telegram_id) else {
        return Ok(Reply::none());
    };
    let Some(dispatcher) = people::find(turn.tx, dispatcher)?.filter(|person| person.roles.is_staff()) else {
        return Ok(Reply::none());
    };
    let texts = Texts::of(turn.locale_of(&dispatcher));
    let Some(html) = dispatchers_text(texts, deed) else { return Ok(Reply::none()) };
    let markup = Some(ReplyMarkup::InlineKeyboard(keyboards::view_order(texts, order.id)));
    Ok(Reply::none().say_about(order.id, Kind::Notice, dispatcher.telegram_id.into(), html, markup))
}

fn dispatchers_text(texts: &Texts, deed: &Deed<'_>) -> Option<String> {
    let Transition { action, before, after, former_master, master } = deed.step;
    let (id, name) =
        (after.id, master.as_ref().or(former_master.as_ref()).map(|master| master.name.as_str()));
    let master = name.unwrap_or_default();
    Some(match action {
        Action::Accept => say!(texts, "notice-accepted", id = id, master = master),
        Action::Decline => messages::notice_declined(texts, id, master, deed.reason),
        Action::ArriveOnSite if before.status == Status::LongRepair => {
            say!(texts, "notice-back-on-site", id = id, master = master)
        }
        Action::ArriveOnSite => say!(texts, "notice-on-site", id = id, master = master),
        Action::StartLongRepair => say!(texts, "notice-long-repair", id = id, master = master),
        Action::Close => messages::notice_closed(texts, after, name),
        Action::Refuse => messages::notice_refused_to_staff(texts, id, deed.reason),
        Action::Assign | Action::Reassign | Action::TakeOff | Action::Reopen => return None,
    })
}

#[cfg(test)]
#[path = "announce_tests.rs"]
mod tests;
