//! The group in which a master works: choosing it, and moving the master's cards there.

use teloxide::types::ReplyMarkup;

use super::announce::new_card;
use super::common::{self, texts_of};
use super::{Answer, Handled};
use crate::bot::dialogue::Dialogue;
use crate::bot::input::Migration;
use crate::bot::reply::Reply;
use crate::bot::turn::Turn;
use crate::bot::view::text::{Texts, say};
use crate::bot::view::{cards, keyboards};
use crate::db::AnyConnection;
use crate::domain::ids::{ChatId, TelegramId};
use crate::domain::master::{Master, MasterFilter};
use crate::logging::write::LogContext;
use crate::service::masters::{self, Change};
use crate::service::{self, Refusal, chats, orders};

/// Asks which group it shall be.
pub fn begin(turn: &mut Turn<'_>, id: TelegramId) -> Handled {
    let master = masters::see(turn.tx, &turn.person, id)?;
    let asked = ask(turn, &master, None);
    let left = match &turn.dialogue {
        Some(left) if !left.is_about_the_same(&Dialogue::WorkChat { master: id }) => {
            turn.say(common::left(turn.texts, left), None)
        }
        _ => Reply::none(),
    };
    Ok(left.and(asked))
}

/// Takes the group, however it is named; skipping means the private chat.
pub fn answer(turn: &mut Turn<'_>, id: TelegramId, answer: &Answer) -> Handled {
    let master = match masters::see(turn.tx, &turn.person, id) {
        Ok(master) => master,
        Err(Refusal::Database(error)) => return Err(error.into()),
        Err(refusal) => return Ok(turn.refused(&refusal).end()),
    };
    let group = match answer {
        Answer::Skip => return set(turn, &master, None),
        Answer::ChatPicked(chat) | Answer::Forwarded { chat: Some(chat), .. } => Some(*chat),
        Answer::Text(typed) => typed.trim().replace('\u{2212}', "-").parse().ok().map(ChatId),
        _ => None,
    };
    match group.filter(|group| group.is_group()) {
        Some(group) => set(turn, &master, Some(group)),
        None => Ok(ask(turn, &master, Some(say!(turn.texts, "work-group-not-a-group")))),
    }
}

/// Staff added the bot to a group: in their private chat they are offered the masters to pick from.
pub fn bot_added(turn: &mut Turn<'_>, title: &str) -> Handled {
    if !turn.person.roles.is_staff() {
        return Ok(Reply::none());
    }
    let masters = masters::list(turn.tx, &turn.person, MasterFilter::TakesOrders)?;
    if masters.is_empty() {
        return Ok(Reply::none());
    }
    let chat = turn.person.telegram_id.into();
    let texts = Texts::of(turn.locale_of(&turn.person));
    let html = say!(texts, "work-group-whose", group = title);
    let markup = ReplyMarkup::InlineKeyboard(keyboards::whose_group(texts, turn.chat, &masters));
    Ok(Reply::none().say(chat, html, Some(markup)))
}

/// A group became a supergroup: its work goes on there. Nobody asked for it and nobody is answered.
///
/// # Errors
/// When the database fails.
pub fn moved(tx: &mut AnyConnection, Migration { from, to }: Migration) -> service::Result<()> {
    let LogContext { update, chat, .. } = LogContext::current();
    tracing::info!(update, chat, from = from.0, to = to.0, "a group became a supergroup");
    chats::moved(tx, from, to)
}

/// The master was picked for the group that the bot was added to.
pub fn pick(turn: &mut Turn<'_>, id: TelegramId, group: ChatId) -> Handled {
    let master = masters::see(turn.tx, &turn.person, id)?;
    set(turn, &master, Some(group))
}

fn ask(turn: &Turn<'_>, master: &Master, wrong: Option<String>) -> Reply {
    let question = say!(turn.texts, "work-group-ask", name = &master.name);
    let html = wrong.map_or(question.clone(), |wrong| format!("{wrong}\n\n{question}"));
    let markup = ReplyMarkup::Keyboard(keyboards::pick_group(turn.texts));
    turn.say(html, Some(markup)).go(Dialogue::WorkChat { master: master.telegram_id })
}

/// Sets the group (or none), tells it, and moves the cards of what the master has in hand. Ends the dialogue that
/// asked for it, if one did; the menu takes the place of its keyboard.
fn set(turn: &mut Turn<'_>, master: &Master, group: Option<ChatId>) -> Handled {
    let change = Change::WorkChat(group);
    let (before, after) = masters::change(turn.tx, &turn.person, master.telegram_id, change, turn.now)?;
    let master = after.unwrap_or(before.clone());
    let html = match group {
        Some(group) => say!(turn.texts, "work-group-set", name = &master.name, group = group),
        None => say!(turn.texts, "work-group-cleared", name = &master.name),
    };
    let question = Dialogue::WorkChat { master: master.telegram_id };
    let was_asked = turn.dialogue.as_ref().is_some_and(|open| open.is_about_the_same(&question));
    let mut reply = if was_asked { turn.say(html, common::menu(turn)).end() } else { turn.show(html, None) };
    if before == master {
        return Ok(reply);
    }
    if let Some(group) = group {
        let texts = texts_of(turn, group)?;
        let mention = cards::mention(master.telegram_id, &master.name);
        reply = reply.say(group, say!(texts, "work-group-linked", master = mention), None);
    }
    Ok(reply.and(move_cards(turn, &master)?))
}

/// The old group sees nothing any more, of closed orders neither, and the new place gets a card of each order in hand.
fn move_cards(turn: &mut Turn<'_>, master: &Master) -> Handled {
    let mut reply = Reply::none();
    for (order, card) in orders::cards_elsewhere(turn.tx, &turn.person, master)? {
        let texts = texts_of(turn, card.chat)?;
        reply = reply.retire(card.row, card.chat, say!(texts, "order-wrong-group", id = order));
    }
    for order in orders::in_hand(turn.tx, &turn.person, master.id)? {
        reply = reply.and(new_card(turn, &order, master)?);
    }
    Ok(reply)
}
