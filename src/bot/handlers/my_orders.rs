//! What a master does with their orders: the list, the card, the steps.

use super::announce::{Deed, announce};
use super::{Handled, closing, order_card, reasons};
use crate::bot::callback::{MasterStep, Page};
use crate::bot::turn::Turn;
use crate::bot::view::keyboards;
use crate::bot::view::lists::{self, Paging};
use crate::bot::view::text::{Texts, plain};
use crate::db::order_messages::Kind;
use crate::domain::ids::OrderId;
use crate::domain::status::{Action, Status};
use crate::service::orders::{self, Transition};

/// A page of the orders that the master has in hand.
pub fn list(turn: &mut Turn<'_>, page: Page) -> Handled {
    let mut wanted = page;
    loop {
        let (found, total) =
            orders::list_for_master(turn.tx, &turn.person, i64::from(wanted.0.saturating_sub(1)))?;
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
    match orders::see(turn.tx, &turn.person, order) {
        Ok(seen) => order_card::show(turn, &seen, Kind::Master),
        Err(refusal) => order_card::refused(turn, order, Kind::Master, turn.shown, refusal),
    }
}

/// A step that the master takes with a button. Declining and completing ask first.
pub fn step(turn: &mut Turn<'_>, step: MasterStep, order: OrderId) -> Handled {
    match step {
        MasterStep::Complete => closing::begin(turn, order, Kind::Master),
        MasterStep::Decline => reasons::begin_decline(turn, order),
        MasterStep::Accept | MasterStep::ArriveOnSite | MasterStep::LongRepair => {
            advance(turn, order, step.action())
        }
    }
}

fn advance(turn: &mut Turn<'_>, order: OrderId, action: Action) -> Handled {
    let card = turn.shown;
    match orders::advance(turn.tx, &turn.person, order, action, None, turn.now) {
        Ok(step) => {
            let toast = done(turn.texts, &step);
            let deed = Deed { step: &step, reason: None, card, kind: Kind::Master };
            Ok(announce(turn, deed)?.toast(toast))
        }
        Err(refusal) => order_card::refused(turn, order, Kind::Master, card, refusal),
    }
}

fn done(texts: &Texts, step: &Transition) -> String {
    let id = step.after.id;
    match (step.action, step.before.status) {
        (Action::Accept, _) => plain!(texts, "accepted-done", id = id),
        (Action::StartLongRepair, _) => plain!(texts, "long-repair-done", id = id),
        (_, Status::LongRepair) => plain!(texts, "back-on-site-done", id = id),
        _ => plain!(texts, "on-site-done", id = id),
    }
}
