//! Handing an order to a master: the list to choose from, assigning, reassigning.

use super::announce::{Deed, announce};
use super::{Handled, order_card};
use crate::bot::callback::Page;
use crate::bot::labels::Label;
use crate::bot::turn::Turn;
use crate::bot::view::keyboards::{self, Choice};
use crate::bot::view::text::{plain, say, toast};
use crate::db::order_messages::Kind;
use crate::domain::ids::{MasterId, OrderId};
use crate::domain::master::MasterFilter;
use crate::domain::status::Action;
use crate::service::{masters, orders};

/// The masters to choose from, with the orders that each has in hand.
pub fn choose(turn: &mut Turn<'_>, order: OrderId, choice: Choice, page: Page) -> Handled {
    let seen = match orders::check(turn.tx, &turn.person, order, action(choice)) {
        Ok(seen) => seen,
        Err(refusal) => return order_card::refused(turn, order, Kind::Staff, turn.shown, refusal),
    };
    let mut free = masters::list(turn.tx, &turn.person, MasterFilter::TakesOrders)?;
    free.retain(|(master, _)| Some(master.id) != seen.order.assigned_master || choice == Choice::Assign);
    let section = Label::Masters.text(turn.texts.locale());
    let html = match (choice, free.is_empty()) {
        (Choice::Assign, false) => say!(turn.texts, "assign-choose", id = order),
        (Choice::Reassign, false) => say!(turn.texts, "reassign-choose", id = order),
        (Choice::Assign, true) => say!(turn.texts, "assign-none", id = order, masters = section),
        (Choice::Reassign, true) => say!(turn.texts, "reassign-none", id = order),
    };
    Ok(turn.show(html, Some(keyboards::choose_master(turn.texts, choice, order, &free, page))))
}

/// Hands the order to the master who was chosen.
pub fn pick(turn: &mut Turn<'_>, order: OrderId, choice: Choice, master: MasterId) -> Handled {
    let card = turn.shown;
    let step = orders::assign(turn.tx, &turn.person, order, action(choice), master, turn.now);
    let step = match step {
        Ok(step) => step,
        Err(refusal) => return order_card::refused(turn, order, Kind::Staff, card, refusal),
    };
    let name = step.master.as_ref().map_or("", |master| master.name.as_str());
    let done = match choice {
        Choice::Assign => plain!(turn.texts, "assigned-done", id = order, master = name),
        Choice::Reassign => plain!(turn.texts, "reassigned-done", id = order, master = name),
    };
    let deed = Deed { step: &step, reason: None, card, kind: Kind::Staff };
    Ok(announce(turn, deed)?.toast(toast(&done)))
}

fn action(choice: Choice) -> Action {
    match choice {
        Choice::Assign => Action::Assign,
        Choice::Reassign => Action::Reassign,
    }
}
