//! What staff do with orders: lists by status, the card, taking a master off, reopening; and `/order N` for everybody.

use super::announce::{Deed, announce};
use super::{Handled, order_card};
use crate::bot::callback::{OrderFilter, Page};
use crate::bot::turn::Turn;
use crate::bot::view::keyboards;
use crate::bot::view::lists::{self, Paging};
use crate::bot::view::text::{plain, say};
use crate::db::order_messages::OrderMessageKind;
use crate::domain::ids::OrderId;
use crate::domain::status::OrderAction;
use crate::service::orders;

/// How many orders stand where, with the way into each list.
pub fn overview(turn: &mut Turn<'_>) -> Handled {
    let counts = orders::count_orders_by_status(turn.tx, &turn.person)?;
    let total = counts.iter().map(|(_, count)| count).sum();
    let html = lists::orders_overview(turn.texts, total);
    Ok(turn.show(html, Some(keyboards::order_filters(turn.texts, &counts))))
}

/// A page of a list.
pub fn list(turn: &mut Turn<'_>, filter: OrderFilter, page: Page) -> Handled {
    let status = match filter {
        OrderFilter::All => None,
        OrderFilter::Status(status) => Some(status),
    };
    let mut wanted = page;
    loop {
        let offset = i64::from(wanted.0.saturating_sub(1));
        let (found, total) = orders::list_orders_for_staff(turn.tx, &turn.person, status, offset)?;
        let paging = Paging::new(wanted, total);
        if paging.page == wanted {
            let html = lists::orders(turn.texts, filter, &found, paging);
            return Ok(turn.show(html, Some(keyboards::orders(turn.texts, filter, &found, paging))));
        }
        // The list got shorter since the button was shown.
        wanted = paging.page;
    }
}

/// The card of an order.
pub fn view(turn: &mut Turn<'_>, order: OrderId) -> Handled {
    match orders::view_order(turn.tx, &turn.person, order) {
        Ok(seen) => order_card::show(turn, &seen, OrderMessageKind::Staff),
        Err(refusal) => order_card::refused(turn, order, OrderMessageKind::Staff, turn.shown, refusal),
    }
}

/// `/order N`: the card for staff or for the master. A group is shown only what its own master works on.
pub fn by_number(turn: &mut Turn<'_>, number: &str) -> Handled {
    let Ok(order) = number.trim().trim_start_matches(['#', '№']).parse::<OrderId>() else {
        return Ok(turn.say(say!(turn.texts, "order-usage"), None));
    };
    let seen = orders::view_order(turn.tx, &turn.person, order)?;
    let chat = turn.chat;
    let is_shown_here = |master| order_card::is_masters_place(&seen.order, master, chat);
    if chat.is_group() && !seen.master.as_ref().is_some_and(is_shown_here) {
        return Ok(turn.say(say!(turn.texts, "order-wrong-group", id = order), None));
    }
    order_card::show(turn, &seen, OrderMessageKind::Staff)
}

/// Takes the master off.
pub fn take_off(turn: &mut Turn<'_>, order: OrderId) -> Handled {
    let done = plain!(turn.texts, "taken-off-done", id = order);
    at_once(turn, order, OrderAction::TakeOff, done)
}

/// Takes a refused order up again.
pub fn reopen(turn: &mut Turn<'_>, order: OrderId) -> Handled {
    let done = plain!(turn.texts, "reopened-done", id = order);
    at_once(turn, order, OrderAction::Reopen, done)
}

fn at_once(turn: &mut Turn<'_>, order: OrderId, action: OrderAction, done: String) -> Handled {
    let card = turn.shown;
    match orders::advance_order(turn.tx, &turn.person, order, action, None, turn.now) {
        Ok(step) => {
            let deed = Deed { step: &step, reason: None, card, kind: OrderMessageKind::Staff };
            Ok(announce(turn, deed)?.toast(done))
        }
        Err(refusal) => order_card::refused(turn, order, OrderMessageKind::Staff, card, refusal),
    }
}
