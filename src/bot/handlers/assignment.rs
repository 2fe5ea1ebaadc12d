//! Assigning and reassigning an order: the list of masters and the choice.

use super::announce::{OrderEvent, announce_event};
use super::{dismissal, order_card};
use crate::bot::callback::{Callback, MasterCommand, PageNumber};
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::labels::Label;
use crate::bot::view::keyboards::{self, AssignmentKind};
use crate::bot::view::names;
use crate::bot::view::text::{html_text, plain_text, toast_text};
use crate::bot::view::visits::overlap_warning;
use crate::db::order_messages::OrderMessageKind;
use crate::domain::ids::{MasterId, OrderId};
use crate::domain::order::Order;
use crate::domain::visit::day_bounds;
use crate::service::{self, masters, order_lists, orders};

/// Shows the masters to choose from, with the number of active orders of each.
pub(crate) fn choose_master(
    ctx: &mut UpdateContext<'_>,
    order: OrderId,
    kind: AssignmentKind,
    page: PageNumber,
) -> HandlerResult {
    let card = ctx.pressed_message;
    let seen = match orders::check_action(ctx.tx, &ctx.user, order, kind.action()) {
        Ok(seen) => seen,
        Err(refusal) => return order_card::refuse_action(ctx, order, OrderMessageKind::Staff, card, refusal),
    };
    let trade = names::equipment_names(&seen.order.equipment);
    let mut free = masters::rank_masters(ctx.tx, &ctx.user, &trade, ctx.now)?;
    let visits = count_visits_of_day(ctx, &seen.order)?;
    if kind != AssignmentKind::Assign {
        free.retain(|(master, _)| Some(master.id) != seen.order.assigned_master);
    }
    let section = Label::Masters.text(ctx.texts.locale());
    let html = match (kind, free.is_empty()) {
        (AssignmentKind::Assign, false) => html_text!(ctx.texts, "assign-ask-master", id = order),
        (AssignmentKind::Reassign | AssignmentKind::HandOver, false) => {
            html_text!(ctx.texts, "reassign-ask-master", id = order)
        }
        (AssignmentKind::Assign, true) => {
            html_text!(ctx.texts, "assign-no-masters", id = order, masters = section)
        }
        (AssignmentKind::Reassign | AssignmentKind::HandOver, true) => {
            html_text!(ctx.texts, "reassign-no-masters", id = order)
        }
    };
    let back = seen.master.filter(|_| kind == AssignmentKind::HandOver);
    let back = back.map(|master| Callback::Master(MasterCommand::ShowOpenOrders, master.telegram_id));
    let markup = keyboards::master_choice(ctx.texts, kind, order, &free, &visits, page, back);
    Ok(ctx.show_screen(html, Some(markup)))
}

/// Returns how many visits each master has on the day of the order's visit, or today.
fn count_visits_of_day(ctx: &mut UpdateContext<'_>, order: &Order) -> service::Result<Vec<(MasterId, i64)>> {
    let clock = ctx.clock();
    let day = order.visit.map_or(clock.today(), |visit| visit.in_zone(clock.zone).0);
    match day_bounds(clock.zone, day) {
        Some((from, until)) => order_lists::count_visits_by_master(ctx.tx, &ctx.user, from, until),
        None => Ok(Vec::new()),
    }
}

pub(crate) fn assign_master(
    ctx: &mut UpdateContext<'_>,
    order: OrderId,
    kind: AssignmentKind,
    master: MasterId,
) -> HandlerResult {
    let is_hand_over = kind == AssignmentKind::HandOver;
    let card = ctx.pressed_message.filter(|_| !is_hand_over);
    let step = match orders::assign_order(ctx.tx, &ctx.user, order, kind.action(), master, ctx.now) {
        Ok(step) => step,
        Err(refusal) => return order_card::refuse_action(ctx, order, OrderMessageKind::Staff, card, refusal),
    };
    let name = step.master.as_ref().map_or("", |master| master.name.as_str());
    let done = match kind {
        AssignmentKind::Assign => plain_text!(ctx.texts, "assigned-done", id = order, master = name),
        _ => plain_text!(ctx.texts, "reassigned-done", id = order, master = name),
    };
    let event = OrderEvent { step: &step, reason: None, card, kind: OrderMessageKind::Staff };
    let mut reply = announce_event(ctx, event)?;
    if let Some(former) = step.former_master.as_ref().filter(|_| is_hand_over) {
        // The next one of their orders.
        reply = dismissal::show_open_orders(ctx, former.telegram_id)?.and(reply);
    }
    let others = orders::list_overlapping_visits(ctx.tx, &step.after)?;
    Ok(match overlap_warning(ctx.texts, ctx.settings.zone, &others) {
        // It stays until it is read.
        Some(warning) => reply.with_alert(toast_text(&format!("{done} {warning}"))),
        None => reply.with_toast(toast_text(&done)),
    })
}
