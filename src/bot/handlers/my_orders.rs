//! What a master does with their orders: the list, the card, the steps.

use super::announce::{Deed, announce};
use super::{Handled, closing, order_card, reasons};
use crate::bot::callback::{MasterStep, Page};
use crate::bot::turn::Turn;
use crate::bot::view::keyboards;
use crate::bot::view::lists::{self, Paging};
use crate::bot::view::text::{Texts, plain};
use crate::db::order_messages::OrderMessageKind;
use crate::domain::ids::OrderId;
use crate::domain::status::{OrderAction, OrderStatus};
use crate::service::orders::{self, OrderTransition};

/// A page of the orders that the master has in hand.
pub fn list(turn: &mut Turn<'_>, page: Page) -> Handled {
    let mut wanted = page;
    loop {
        let (found, total) =
            orders::list_open_orders_of_caller(turn.tx, &turn.person, i64::from(wanted.0.saturating_sub(1)))?;
        let paging = Paging::new(wanted, total);
        if paging.page == wanted {
            let html = lists::my_orders(turn.texts, &found, paging);
            return Ok(turn.show(html, Some(keyboards::my_orders(turn.texts, &found, paging))));
        }
        // The list got shorter since the button was shown.
        wanted = paging.page;
    }
}

/// The master's card of an order.
pub fn view(turn: &mut Turn<'_>, order: OrderId) -> Handled {
    match orders::view_order(turn.tx, &turn.person, order) {
        Ok(seen) => order_card::show(turn, &seen, OrderMessageKind::Master),
        Err(refusal) => order_card::refused(turn, order, OrderMessageKind::Master, turn.shown, refusal),
    }
}

/// A step that the master takes with a button. Declining and completing ask first.
pub fn step(turn: &mut Turn<'_>, step: MasterStep, order: OrderId) -> Handled {
    match step {
        MasterStep::Complete => closing::begin(turn, order, OrderMessageKind::Master),
        MasterStep::Decline => reasons::begin_decline(turn, order),
        MasterStep::Accept | MasterStep::ArriveOnSite | MasterStep::LongRepair => {
            advance(turn, order, step.action())
        }
    }
}

fn advance(turn: &mut Turn<'_>, order: OrderId, action: OrderAction) -> Handled {
    let card = turn.shown;
    match orders::advance_order(turn.tx, &turn.person, order, action, None, turn.now) {
        Ok(step) => {
            let toast = done(turn.texts, &step);
            let deed = Deed { step: &step, reason: None, card, kind: OrderMessageKind::Master };
            Ok(announce(turn, deed)?.toast(toast))
        }
        Err(refusal) => order_card::refused(turn, order, OrderMessageKind::Master, card, refusal),
    }
}

fn done(texts: &Texts, step: &OrderTransition) -> String {
    let id = step.after.id;
    match (step.action, step.before.status) {
        (OrderAction::Accept, _) => plain!(texts, "accepted-done", id = id),
        (OrderAction::StartLongRepair, _) => plain!(texts, "long-repair-done", id = id),
        (_, OrderStatus::LongRepair) => plain!(texts, "back-on-site-done", id = id),
        _ => plain!(texts, "on-site-done", id = id),
    }
}
