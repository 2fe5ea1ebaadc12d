//! Which handler an update belongs to.
//!
//! The order of precedence: a press means its button; a command or a label means itself, also in the middle of a
//! dialogue; everything else is an answer to the dialogue, if there is one. In a group the bot keeps silent unless it
//! is pressed, called by a command, or in a dialogue with the person.

use super::callback::{Callback, MasterFilter, Page};
use super::dialogue::Dialogue;
use super::handlers::reasons::Pending;
use super::handlers::{
    Answer, Handled, add_master, assignment, closing, common, masters, my_orders, new_order, orders,
    question, reasons, work_group,
};
use super::input::{Event, Input, Press};
use super::labels::Label;
use super::reply::Reply;
use super::turn::Turn;
use super::view::keyboards::Choice;
use super::view::refusals;
use super::view::text::plain;
use crate::db::dialogues::Key;
use crate::db::order_messages::Kind;
use crate::db::{self, AnyConnection, dialogues};
use crate::domain::status::Action;
use crate::logging::write::LogContext;

/// Whether this is people talking to each other in a group, which is none of the bot's business: nobody gets
/// registered for it. Cheap, since most messages of a group are this.
///
/// # Errors
/// When the database fails.
pub fn is_idle_talk(tx: &mut AnyConnection, input: &Input) -> db::Result<bool> {
    let may_concern_us = match &input.event {
        Event::Press(_) | Event::BotAdded { .. } => true,
        Event::Text(text) => text.starts_with('/'),
        Event::Contact { .. } | Event::Forwarded { .. } | Event::ChatPicked(_) | Event::OtherContent => false,
    };
    if may_concern_us || !input.chat.is_group() {
        return Ok(false);
    }
    let key = Key { chat: input.chat, person: input.person.telegram_id };
    Ok(dialogues::find(tx, key)?.is_none())
}

/// Hands an event to its handler, and notes in [`Turn::did`] what it was.
///
/// # Errors
/// The handler's refusal.
pub fn route(turn: &mut Turn<'_>, event: Event) -> Handled {
    match event {
        Event::Press(press) => pressed(turn, &press),
        Event::Text(text) => said(turn, text),
        Event::BotAdded { title } => {
            turn.did = "bot_added".into();
            work_group::bot_added(turn, &title)
        }
        Event::Contact { person, phone } => answered(turn, &Answer::Contact { person, phone }),
        Event::Forwarded { person, chat, text } => answered(turn, &Answer::Forwarded { person, chat, text }),
        Event::ChatPicked(chat) => answered(turn, &Answer::ChatPicked(chat)),
        Event::OtherContent => answered(turn, &Answer::OtherContent),
    }
}

/// A command, a label, or words.
fn said(turn: &mut Turn<'_>, text: String) -> Handled {
    let command = Command::read(&text, &turn.settings.username);
    if let Some(command) = &command {
        turn.did = command.name().into();
    }
    match command {
        Some(Command::Start) => return common::start(turn),
        Some(Command::Help) => return common::help(turn),
        Some(Command::Cancel) => return common::cancel(turn),
        Some(Command::Order(number)) => return orders::by_number(turn, number),
        Some(Command::SomebodyElses) => return Ok(Reply::none()),
        None => {}
    }
    match Label::recognise(&text) {
        Some(Label::Cancel) => {
            turn.did = Label::Cancel.name().into();
            common::cancel(turn)
        }
        Some(Label::Skip) => answered(turn, &Answer::Skip),
        Some(Label::Back) => answered(turn, &Answer::Back),
        Some(Label::Confirm) => answered(turn, &Answer::Confirm),
        // The menu belongs to private chats.
        Some(label) if !turn.chat.is_group() => {
            turn.did = format!("menu:{}", label.name()).into();
            let reply = section(turn, label)?;
            Ok(common::leaving(turn, reply))
        }
        _ => answered(turn, &Answer::Text(text)),
    }
}

/// A section of the main menu.
fn section(turn: &mut Turn<'_>, label: Label) -> Handled {
    let roles = turn.person.roles;
    let is_open = match label {
        Label::AllOrders | Label::CreateOrder | Label::Masters | Label::Reports => roles.is_staff(),
        Label::Users => roles.is_admin(),
        Label::MyOrders | Label::MyStatistics => roles.is_master(),
        _ => true,
    };
    if !is_open {
        return common::no_right(turn);
    }
    match label {
        Label::AllOrders => orders::overview(turn),
        Label::CreateOrder => new_order::begin(turn),
        Label::Masters => masters::menu(turn),
        Label::MyOrders => my_orders::list(turn, Page::FIRST),
        Label::Settings => common::settings(turn),
        Label::Information => common::information(turn),
        Label::Contact => common::contact(turn),
        Label::Reports | Label::Users | Label::MyStatistics => common::section_later(turn, label),
        // Keys of dialogues, which never come here.
        Label::Cancel | Label::Skip | Label::Confirm | Label::Back => common::unknown_text(turn),
    }
}

/// An answer to the dialogue, if there is one.
fn answered(turn: &mut Turn<'_>, answer: &Answer) -> Handled {
    // A press is named after its button.
    if !turn.is_press {
        turn.did = match (&turn.dialogue, present_step(turn)) {
            (Some(dialogue), Some(step)) => format!("{}:{step}", dialogue.name()).into(),
            _ => answer.name().into(),
        };
    }
    match turn.dialogue.clone() {
        Some(dialogue) => continued(turn, dialogue, answer),
        None if turn.is_press => Ok(Reply::none().alert(refusals::stale_button(turn.texts))),
        None if turn.chat.is_group() => Ok(Reply::none()),
        None => match answer {
            Answer::OtherContent => common::unsupported_content(turn),
            _ => common::unknown_text(turn),
        },
    }
}

fn continued(turn: &mut Turn<'_>, dialogue: Dialogue, answer: &Answer) -> Handled {
    match dialogue {
        Dialogue::NewOrder(draft) => new_order::answer(turn, draft, answer),
        Dialogue::Close(draft) => closing::answer(turn, draft, answer),
        Dialogue::Decline { order, card, nonce } => {
            reasons::answer(turn, Pending { action: Action::Decline, order, card, nonce }, answer)
        }
        Dialogue::Refuse { order, card, nonce } => {
            reasons::answer(turn, Pending { action: Action::Refuse, order, card, nonce }, answer)
        }
        Dialogue::AddMaster(draft) => add_master::answer(turn, draft, answer),
        Dialogue::WorkChat { master } => work_group::answer(turn, master, answer),
    }
}

/// A pressed button.
fn pressed(turn: &mut Turn<'_>, press: &Press) -> Handled {
    let callback = match Callback::parse(&press.data) {
        Ok(callback) => callback,
        Err(error) => {
            turn.did = "unknown_button".into();
            let update = LogContext::current().update;
            let (user, chat) = (turn.person.telegram_id.0, turn.chat.0);
            tracing::info!(update, user, chat, %error, "unknown button");
            return Ok(Reply::none().toast(refusals::malformed_button(turn.texts)));
        }
    };
    turn.did = callback.verb().into();
    if turn.chat.is_group() && !works_in_groups(callback) {
        return Ok(Reply::none().alert(plain!(turn.texts, "button-only-private")));
    }
    match callback {
        Callback::NoOrders | Callback::CurrentPage => Ok(Reply::none()),
        Callback::Cancel(nonce) => common::cancel_pressed(turn, nonce),
        Callback::Language(locale) => common::language(turn, locale),
        Callback::Report(_)
        | Callback::Period(_)
        | Callback::BackToReports
        | Callback::Download(_)
        | Callback::DownloadPeriod(_) => common::section_later(turn, Label::Reports),
        callback => match answer_of(turn, callback) {
            Some(Ok(answer)) => answered(turn, &answer),
            Some(Err(passed)) => Ok(passed),
            None => pressed_on_screen(turn, callback),
        },
    }
}

/// Everybody in a group reads what the bot shows there, so only what belongs to an order of the group's master works.
fn works_in_groups(callback: Callback) -> bool {
    matches!(
        callback,
        Callback::Step { .. }
            | Callback::ViewOrder(_)
            | Callback::ViewOrderMaster(_)
            | Callback::Review(..)
            | Callback::DialogBack(..)
            | Callback::DialogSkip(..)
            | Callback::DialogConfirm(_)
            | Callback::Cancel(_)
            | Callback::NoOrders
            | Callback::CurrentPage
    )
}

/// The answer to a dialogue that a button stands for; the error is for a button of a step or a dialogue that is over.
fn answer_of(turn: &Turn<'_>, callback: Callback) -> Option<Result<Answer, Reply>> {
    let dialogue = turn.dialogue.as_ref();
    let present = dialogue.and_then(Dialogue::nonce);
    let is_adding = matches!(dialogue, Some(Dialogue::AddMaster(_)));
    // Two buttons are also the old bot's, which had no nonces: those mean the present dialogue.
    let (answer, is_of_present, step) = match callback {
        Callback::Equipment(kind) => {
            (Answer::Equipment(kind), matches!(dialogue, Some(Dialogue::NewOrder(_))), None)
        }
        Callback::ConfirmAddMaster(nonce) => {
            (Answer::Confirm, is_adding && (nonce.is_none() || nonce == present), None)
        }
        Callback::ConfirmOrder(nonce) => {
            let is_new_order = matches!(dialogue, Some(Dialogue::NewOrder(_)));
            (Answer::Confirm, is_new_order && nonce == present, None)
        }
        Callback::Review(review, nonce) => {
            let is_closing = matches!(dialogue, Some(Dialogue::Close(_)));
            (Answer::Review(review), is_closing && nonce == present, None)
        }
        Callback::DialogConfirm(nonce) => (Answer::Confirm, nonce == present, None),
        Callback::DialogBack(step, nonce) => (Answer::Back, nonce == present, Some(step)),
        Callback::DialogSkip(step, nonce) => (Answer::Skip, nonce == present, Some(step)),
        _ => return None,
    };
    let is_over = step.is_some() && dialogue.is_some() && step != present_step(turn);
    Some(if !is_of_present {
        Err(Reply::none().alert(refusals::stale_button(turn.texts)))
    } else if is_over {
        Err(question::step_passed(turn))
    } else {
        Ok(answer)
    })
}

/// The number of the step at which the person is.
fn present_step(turn: &Turn<'_>) -> Option<u8> {
    turn.dialogue.as_ref().map(|dialogue| match dialogue {
        Dialogue::NewOrder(draft) => new_order::number(draft),
        Dialogue::Close(draft) => closing::number(draft),
        Dialogue::AddMaster(draft) => add_master::number(draft),
        Dialogue::Decline { .. } | Dialogue::Refuse { .. } | Dialogue::WorkChat { .. } => 1,
    })
}

/// A button of a list or a card.
fn pressed_on_screen(turn: &mut Turn<'_>, callback: Callback) -> Handled {
    match callback {
        Callback::AssignMaster(order) => assignment::choose(turn, order, Choice::Assign, Page::FIRST),
        Callback::AssignPage(order, page) => assignment::choose(turn, order, Choice::Assign, page),
        Callback::SelectMaster(order, master) => assignment::pick(turn, order, Choice::Assign, master),
        Callback::ReassignMaster(order) => assignment::choose(turn, order, Choice::Reassign, Page::FIRST),
        Callback::ReassignPage(order, page) => assignment::choose(turn, order, Choice::Reassign, page),
        Callback::SelectNewMaster(order, master) => assignment::pick(turn, order, Choice::Reassign, master),
        Callback::UnassignMaster(order) => orders::take_off(turn, order),
        Callback::ViewOrder(order) => orders::view(turn, order),
        Callback::ViewOrderMaster(order) => my_orders::view(turn, order),
        Callback::FilterOrders(filter) => orders::list(turn, filter, Page::FIRST),
        Callback::OrdersPage(filter, page) => orders::list(turn, filter, page),
        Callback::MyOrdersPage(page) => my_orders::list(turn, page),
        Callback::BackToOrders => orders::overview(turn),
        Callback::CloseOrder(order) => closing::begin(turn, order, Kind::Staff),
        Callback::RefuseOrder(order) => reasons::begin_refuse(turn, order),
        Callback::ReopenOrder(order) => orders::reopen(turn, order),
        Callback::Step { step, order, .. } => my_orders::step(turn, step, order),
        Callback::ListAllMasters => masters::list(turn, MasterFilter::All, Page::FIRST),
        Callback::ListPendingMasters => masters::list(turn, MasterFilter::Pending, Page::FIRST),
        Callback::MastersPage(filter, page) => masters::list(turn, filter, page),
        Callback::AddMaster => add_master::begin(turn),
        Callback::BackToMasters => masters::menu(turn),
        Callback::Master(command, id) => masters::command(turn, command, id),
        Callback::WorkGroup(master, group) => work_group::pick(turn, master, group),
        // Handled before: housekeeping, later sections, answers to dialogues.
        Callback::NoOrders
        | Callback::CurrentPage
        | Callback::Cancel(_)
        | Callback::Language(_)
        | Callback::Report(_)
        | Callback::Period(_)
        | Callback::BackToReports
        | Callback::Download(_)
        | Callback::DownloadPeriod(_)
        | Callback::Equipment(_)
        | Callback::ConfirmOrder(_)
        | Callback::ConfirmAddMaster(_)
        | Callback::Review(..)
        | Callback::DialogConfirm(_)
        | Callback::DialogBack(..)
        | Callback::DialogSkip(..) => Ok(Reply::none().alert(refusals::stale_button(turn.texts))),
    }
}

/// A command of ours (Telegram Bot API: Bots, commands).
#[derive(Debug, Eq, PartialEq)]
enum Command<'a> {
    Start,
    Help,
    Cancel,
    /// With what follows it.
    Order(&'a str),
    /// It names another bot.
    SomebodyElses,
}

impl<'a> Command<'a> {
    /// What the log calls it.
    fn name(&self) -> &'static str {
        match self {
            Self::Start => "/start",
            Self::Help => "/help",
            Self::Cancel => "/cancel",
            Self::Order(_) => "/order",
            Self::SomebodyElses => "another_bots_command",
        }
    }

    /// The command that a text is. A text that only begins with a slash is a text.
    fn read(text: &'a str, username: &str) -> Option<Self> {
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let word = word.strip_prefix('/')?;
        let (name, bot) = word.split_once('@').map_or((word, None), |(name, bot)| (name, Some(bot)));
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !is_name {
            return None;
        }
        if bot.is_some_and(|bot| !bot.eq_ignore_ascii_case(username)) {
            return Some(Self::SomebodyElses);
        }
        match name.to_ascii_lowercase().as_str() {
            "start" => Some(Self::Start),
            "help" => Some(Self::Help),
            "cancel" => Some(Self::Cancel),
            "order" => Some(Self::Order(rest)),
            _ => None,
        }
    }
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
