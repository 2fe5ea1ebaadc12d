//! The masters section: its first screen, the lists, one master and what can be done with them.

use teloxide::types::ReplyMarkup;

use super::common::{self, texts_of};
use super::{Handled, work_group};
use crate::bot::callback::{MasterCommand, MasterFilter, Page};
use crate::bot::labels::Label;
use crate::bot::reply::Reply;
use crate::bot::turn::Turn;
use crate::bot::view::keyboards;
use crate::bot::view::lists::{self, Paging};
use crate::bot::view::text::{Texts, plain, say, toast};
use crate::domain::ids::TelegramId;
use crate::domain::master::{self, Master};
use crate::service::masters::{self, Change};
use crate::service::people;

/// The first screen of the section.
pub fn menu(turn: &mut Turn<'_>) -> Handled {
    let all = masters::list(turn.tx, &turn.person, master::MasterFilter::All)?;
    let working = all.iter().filter(|(master, _)| master.takes_orders()).count();
    let pending = all.iter().filter(|(master, _)| !master.is_approved).count();
    let html = lists::masters_menu(turn.texts, all.len(), working, pending);
    Ok(turn.show(html, Some(keyboards::masters_menu(turn.texts))))
}

/// A page of a list.
pub fn list(turn: &mut Turn<'_>, filter: MasterFilter, page: Page) -> Handled {
    let wanted = match filter {
        MasterFilter::All => master::MasterFilter::All,
        MasterFilter::Pending => master::MasterFilter::Pending,
    };
    let found = masters::list(turn.tx, &turn.person, wanted)?;
    let paging = Paging::new(page, i64::try_from(found.len()).unwrap_or(i64::MAX));
    let shown = paging.slice(&found);
    let html = lists::masters(turn.texts, filter, shown, paging);
    Ok(turn.show(html, Some(keyboards::masters(turn.texts, filter, shown, paging))))
}

/// A button of one master.
pub fn command(turn: &mut Turn<'_>, command: MasterCommand, id: TelegramId) -> Handled {
    match command {
        MasterCommand::Manage => manage(turn, id),
        MasterCommand::Approve => change(turn, id, Change::Approve),
        MasterCommand::Reject => change(turn, id, Change::Reject),
        MasterCommand::Activate => change(turn, id, Change::Activate),
        MasterCommand::Deactivate => change(turn, id, Change::Deactivate),
        MasterCommand::SetWorkChat => work_group::begin(turn, id),
        MasterCommand::Stats => {
            masters::see(turn.tx, &turn.person, id)?;
            common::section_later(turn, Label::Reports)
        }
    }
}

/// The card of one master, in place of what was pressed.
pub fn manage(turn: &mut Turn<'_>, id: TelegramId) -> Handled {
    let master = masters::see(turn.tx, &turn.person, id)?;
    let load = masters::load(turn.tx, &turn.person, master.id)?;
    let html = lists::master_card(turn.texts, turn.settings.zone, &master, load);
    let markup = keyboards::manage_master(turn.texts, &master, turn.person.roles);
    Ok(turn.show(html, Some(markup)))
}

fn change(turn: &mut Turn<'_>, id: TelegramId, change: Change) -> Handled {
    let (before, after) = masters::change(turn.tx, &turn.person, id, change, turn.now)?;
    let told = if after.as_ref() == Some(&before) { Reply::none() } else { tell(turn, &before, change)? };
    let screen = match after {
        Some(_) => manage(turn, id)?,
        None => list(turn, MasterFilter::Pending, Page::FIRST)?,
    };
    let done = done(turn.texts, &before, change);
    Ok(screen.and(told).toast(toast(&done)))
}

/// Tells the master, with the menu that is theirs from now on.
fn tell(turn: &mut Turn<'_>, master: &Master, change: Change) -> Handled {
    let chat = master.telegram_id.into();
    let texts = texts_of(turn, chat)?;
    let html = match change {
        Change::Approve => say!(texts, "notice-master-approved"),
        Change::Reject => say!(texts, "notice-master-rejected"),
        Change::Activate => say!(texts, "notice-master-activated"),
        Change::Deactivate => say!(texts, "notice-master-deactivated"),
        Change::WorkChat(_) => return Ok(Reply::none()),
    };
    let markup = people::find(turn.tx, master.telegram_id)?
        .map(|person| ReplyMarkup::Keyboard(keyboards::main_menu(texts, person.roles)));
    Ok(Reply::none().say(chat, html, markup))
}

fn done(texts: &Texts, master: &Master, change: Change) -> String {
    let name = &master.name;
    match change {
        Change::Approve => plain!(texts, "master-approved-done", name = name),
        Change::Reject => plain!(texts, "master-rejected-done", name = name),
        Change::Activate => plain!(texts, "master-activated-done", name = name),
        Change::Deactivate => plain!(texts, "master-deactivated-done", name = name),
        Change::WorkChat(_) => String::new(),
    }
}
