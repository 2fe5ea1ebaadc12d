//! An order as a chat may see it: the one place that decides which card, which buttons and how much of the client.

use teloxide::types::{InlineKeyboardMarkup, ReplyMarkup};

use super::Handled;
use super::common::texts_of;
use crate::bot::callback::Source;
use crate::bot::reply::Reply;
use crate::bot::turn::Turn;
use crate::bot::view::text::{Texts, plain, say};
use crate::bot::view::{cards, keyboards, refusals};
use crate::db::order_messages::Kind;
use crate::domain::ids::{ChatId, MessageId, OrderId};
use crate::domain::master::Master;
use crate::domain::order::Order;
use crate::domain::status::Status;
use crate::domain::visibility;
use crate::service::orders::Seen;
use crate::service::{self, Refusal, orders, people};

/// What a chat may see of an order now.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Screen {
    /// A card with its buttons.
    Live {
        /// The text.
        html: String,
        /// The buttons, if anything can be done.
        markup: Option<InlineKeyboardMarkup>,
    },
    /// Nothing any more, and the word that says so.
    Gone(String),
}

/// What a chat may see of an order now, on a card of this kind.
pub fn screen(
    turn: &mut Turn<'_>,
    order: &Order,
    master: Option<&Master>,
    kind: Kind,
    chat: ChatId,
) -> service::Result<Screen> {
    let texts = texts_of(turn, chat)?;
    if kind == Kind::Master {
        let master = master.filter(|master| is_masters_place(order, master, chat));
        return Ok(master.map_or_else(
            || Screen::Gone(say!(texts, "card-moved-on", id = order.id)),
            |master| masters_screen(texts, order, master, chat),
        ));
    }
    let reader = match chat.person() {
        Some(person) => people::find(turn.tx, person)?,
        None => None,
    };
    Ok(match reader.filter(|reader| reader.roles.is_staff()) {
        Some(reader) => Screen::Live {
            html: cards::staff(texts, turn.settings.zone, order, master),
            markup: some(keyboards::staff_order(texts, order.id, order.status, reader.roles)),
        },
        None => Screen::Gone(refusals::refusal(texts, &Refusal::NoRight)),
    })
}

/// Shows an order to somebody who was found to be allowed to see it, in place of what they pressed.
pub fn show(turn: &mut Turn<'_>, seen: &Seen, wanted: Kind) -> Handled {
    let kind = kind_for(turn, seen.actor.is_assigned_master, wanted);
    let (order, chat) = (seen.order.id, turn.chat);
    Ok(match screen(turn, &seen.order, seen.master.as_ref(), kind, chat)? {
        Screen::Live { html, markup } => match turn.shown {
            Some(message) => Reply::none().edit_about(order, kind, chat, message, html, markup),
            None => {
                let markup = markup.map(ReplyMarkup::InlineKeyboard);
                Reply::none().say_about(order, kind, chat, html, markup)
            }
        },
        // Somebody who may see it asks in a group that may not: whatever stands there goes, too.
        Screen::Gone(_) if turn.chat.is_group() => {
            let word = plain!(turn.texts, "order-wrong-group", id = order);
            turn.show(word.clone(), None).alert(word)
        }
        Screen::Gone(html) => turn.show(html, None),
    })
}

/// The answer to a step that was refused, with the card on which it was tried brought up to date: its buttons may be
/// those of yesterday, and whoever looks at it may have lost the right to.
pub fn refused(
    turn: &mut Turn<'_>,
    id: OrderId,
    wanted: Kind,
    card: Option<MessageId>,
    refusal: Refusal,
) -> Handled {
    if matches!(refusal, Refusal::Database(_)) {
        return Err(refusal);
    }
    let Some((order, master)) = orders::present(turn.tx, id)? else { return Ok(turn.refused(&refusal)) };
    let is_assigned = master.as_ref().is_some_and(|master| master.telegram_id == turn.person.telegram_id);
    let (kind, chat) = (kind_for(turn, is_assigned, wanted), turn.chat);
    let screen = screen(turn, &order, master.as_ref(), kind, chat)?;
    let has_no_right = matches!(refusal, Refusal::NoRight);
    let reply = match &screen {
        // To a master who had the order yesterday that is the reason.
        Screen::Gone(word) if has_no_right && turn.person.roles.is_master() => turn.tell(word.clone()),
        _ => turn.refused(&refusal),
    };
    let Some(message) = card else { return Ok(reply) };
    Ok(match screen {
        // A stranger's press in the master's group says nothing about the card.
        Screen::Live { .. } if has_no_right => reply,
        Screen::Live { html, markup } => {
            reply.and(Reply::none().edit_about(id, kind, chat, message, html, markup))
        }
        Screen::Gone(html) => reply.and(Reply::none().edit(chat, message, html, None)),
    })
}

/// Whether the order's master works in this chat on it: their private chat or their work group, while the order is
/// theirs.
#[must_use]
pub fn is_masters_place(order: &Order, master: &Master, chat: ChatId) -> bool {
    let is_theirs = order.status.has_master() || order.status == Status::Closed;
    is_theirs && (chat == master.chat() || chat == ChatId::from(master.telegram_id))
}

/// Whether a dialogue about an order goes on in a group where the order's master does not work any more.
pub fn has_left_group(turn: &mut Turn<'_>, order: OrderId) -> service::Result<bool> {
    if !turn.chat.is_group() {
        return Ok(false);
    }
    let Some((order, master)) = orders::present(turn.tx, order)? else { return Ok(true) };
    // Whoever goes on with one that is over hears from the use case that it is.
    Ok(order.status.is_open() && !master.is_some_and(|master| is_masters_place(&order, &master, turn.chat)))
}

/// The master's card with its buttons, for a chat that was found to be the master's place.
fn masters_screen(texts: &Texts, order: &Order, master: &Master, chat: ChatId) -> Screen {
    let details = visibility::for_master(order.status);
    let source = if chat.is_group() || order.status == Status::Assigned {
        Source::Assignment
    } else {
        Source::OwnChat
    };
    let html = if order.status == Status::Assigned {
        cards::assignment(texts, order, master, details, chat.is_group())
    } else {
        cards::master(texts, order, chat.is_group().then_some(master), details)
    };
    Screen::Live { html, markup: some(keyboards::master_order(texts, order.id, order.status, source)) }
}

/// Which card a person gets: everybody reads along in a group, so there it is always the master's.
fn kind_for(turn: &Turn<'_>, is_assigned_master: bool, wanted: Kind) -> Kind {
    let is_staff = turn.person.roles.is_staff();
    match wanted {
        _ if turn.chat.is_group() || !is_staff => Kind::Master,
        Kind::Master if is_assigned_master => Kind::Master,
        _ => Kind::Staff,
    }
}

/// A keyboard without keys is none.
fn some(markup: InlineKeyboardMarkup) -> Option<InlineKeyboardMarkup> {
    let is_empty = markup.inline_keyboard.iter().all(Vec::is_empty);
    (!is_empty).then_some(markup)
}

/// Remembers that the message whose button began a dialogue is a card of the order, so that it can be brought up to
/// date when the dialogue ends: one that the old bot sent is not known yet.
pub fn claim(turn: &mut Turn<'_>, id: OrderId, wanted: Kind) -> service::Result<()> {
    let Some(message) = turn.shown else { return Ok(()) };
    let Some((_, master)) = orders::present(turn.tx, id)? else { return Ok(()) };
    let is_assigned = master.is_some_and(|master| master.telegram_id == turn.person.telegram_id);
    let kind = kind_for(turn, is_assigned, wanted);
    orders::claim_card(turn.tx, id, kind, turn.chat, message, turn.now)
}
