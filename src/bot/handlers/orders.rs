//! What staff do with orders: lists by status, unassigning, reopening; and `/order N` for staff and masters.

use super::announce::advance_order;
use super::{deletion, order_card};
use crate::bot::callback::{ListPlace, OrderFilter, OrderListFilter, PageNumber};
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::reply::Reply;
use crate::bot::view::keyboards;
use crate::bot::view::lists;
use crate::bot::view::paging::Paging;
use crate::bot::view::text::{html_text, plain_text};
use crate::db::order_messages::OrderMessageKind;
use crate::domain::ids::OrderId;
use crate::domain::master::MasterFilter;
use crate::domain::order::OrderListQuery;
use crate::domain::status::OrderAction;
use crate::domain::visibility::is_master_chat;
use crate::domain::visit::day_bounds;
use crate::service::{Refusal, masters, order_lists, orders};

/// Shows the number of orders in each status, with a button for each list.
pub(crate) fn show_overview(ctx: &mut UpdateContext<'_>) -> HandlerResult {
    let counts = order_lists::count_orders(ctx.tx, &ctx.user)?;
    let total = counts.iter().map(|(_, count)| count).sum();
    let html = lists::orders_overview(ctx.texts, total);
    let today = ctx.clock().today();
    Ok(ctx.show_screen(html, Some(keyboards::order_filters(ctx.texts, &counts, today))))
}

/// Shows a page of the list that a button of an earlier version means.
pub(crate) fn list_by_status(
    ctx: &mut UpdateContext<'_>,
    filter: OrderFilter,
    page: PageNumber,
) -> HandlerResult {
    let status = match filter {
        OrderFilter::All => None,
        OrderFilter::Status(status) => Some(status),
    };
    list_orders(ctx, OrderListFilter { status, ..OrderListFilter::default() }, page)
}

/// Shows a page of a list.
pub(crate) fn list_orders(
    ctx: &mut UpdateContext<'_>,
    filter: OrderListFilter,
    page: PageNumber,
) -> HandlerResult {
    let clock = ctx.clock();
    let visit = filter.day.and_then(|day| day_bounds(clock.zone, day));
    let query = OrderListQuery { status: filter.status, master: filter.master, visit };
    let (rows, paging) =
        Paging::load(page, |page| order_lists::list_orders_page(ctx.tx, &ctx.user, &query, page))?;
    let master = match filter.master {
        Some(id) => masters::find_master(ctx.tx, &ctx.user, id)?.map(|master| master.name),
        None => None,
    };
    let html = lists::order_list(ctx.texts, clock, filter, master.as_deref(), paging);
    Ok(ctx.show_screen(html, Some(keyboards::order_list(ctx.texts, clock, filter, &rows, paging))))
}

/// Asks for the day of the visits that a list shows.
pub(crate) fn pick_day(ctx: &UpdateContext<'_>, filter: OrderListFilter) -> Reply {
    let html = html_text!(ctx.texts, "orders-pick-day");
    ctx.show_screen(html, Some(keyboards::day_choice(ctx.texts, ctx.clock(), filter)))
}

/// Asks for the master whose orders a list shows.
pub(crate) fn pick_master(
    ctx: &mut UpdateContext<'_>,
    filter: OrderListFilter,
    page: PageNumber,
) -> HandlerResult {
    let all = masters::list_masters(ctx.tx, &ctx.user, MasterFilter::All)?;
    let html = html_text!(ctx.texts, "orders-pick-master");
    Ok(ctx.show_screen(html, Some(keyboards::master_filter(ctx.texts, filter, &all, page))))
}

/// Shows the card of an order, or why the user may not see it.
pub(crate) fn show_order(
    ctx: &mut UpdateContext<'_>,
    order: OrderId,
    kind: OrderMessageKind,
) -> HandlerResult {
    match orders::view_order(ctx.tx, &ctx.user, order) {
        Ok(seen) => order_card::show_card(ctx, &seen, kind),
        Err(Refusal::NoSuchOrder) => show_deleted_or_refuse(ctx, order),
        Err(refusal) => order_card::refuse_action(ctx, order, kind, ctx.pressed_message, refusal),
    }
}

/// Shows the card of an order with the buttons that it does not have at first.
pub(crate) fn show_more(ctx: &mut UpdateContext<'_>, order: OrderId) -> HandlerResult {
    match orders::view_order(ctx.tx, &ctx.user, order) {
        Ok(seen) => order_card::show_more_actions(ctx, &seen),
        Err(refusal) => {
            order_card::refuse_action(ctx, order, OrderMessageKind::Staff, ctx.pressed_message, refusal)
        }
    }
}

/// Shows the card of an order in a new message; what it was opened from stays.
pub(crate) fn open_order(ctx: &mut UpdateContext<'_>, order: OrderId) -> HandlerResult {
    let seen = orders::view_order(ctx.tx, &ctx.user, order)?;
    ctx.pressed_message = None;
    order_card::show_card(ctx, &seen, OrderMessageKind::Staff)
}

/// The same for its master. A notice about an order that is theirs no longer is replaced by the refusal.
pub(crate) fn open_own_order(ctx: &mut UpdateContext<'_>, order: OrderId) -> HandlerResult {
    if orders::view_order(ctx.tx, &ctx.user, order).is_ok() {
        ctx.pressed_message = None;
    }
    show_order(ctx, order, OrderMessageKind::Master)
}

/// Shows the card of an order that was pressed in a list.
pub(crate) fn show_order_from(
    ctx: &mut UpdateContext<'_>,
    order: OrderId,
    place: ListPlace,
) -> HandlerResult {
    let kind = match place {
        ListPlace::MyOrders(_) | ListPlace::MyClosed(_) | ListPlace::MyDay => OrderMessageKind::Master,
        _ => OrderMessageKind::Staff,
    };
    match orders::view_order(ctx.tx, &ctx.user, order) {
        Ok(seen) => order_card::show_card_from(ctx, &seen, kind, place),
        Err(refusal @ Refusal::Database(_)) => Err(refusal),
        // The list stays.
        Err(refusal) => Ok(ctx.refusal_reply(&refusal)),
    }
}

/// Answers `/order N`; `None` asks for the number. A group is shown only the orders of its own master.
pub(crate) fn show_by_number(ctx: &mut UpdateContext<'_>, number: Option<OrderId>) -> HandlerResult {
    let Some(order) = number else {
        return Ok(ctx.send_message(html_text!(ctx.texts, "order-usage"), None));
    };
    let seen = match orders::view_order(ctx.tx, &ctx.user, order) {
        Err(Refusal::NoSuchOrder) => return show_deleted_or_refuse(ctx, order),
        seen => seen?,
    };
    if ctx.chat.is_group() && !is_master_chat(&seen.order, seen.master.as_ref(), ctx.chat) {
        return Ok(ctx.send_message(html_text!(ctx.texts, "order-wrong-group", id = order), None));
    }
    order_card::show_card(ctx, &seen, OrderMessageKind::Staff)
}

/// Shows a deleted order to an admin.
fn show_deleted_or_refuse(ctx: &mut UpdateContext<'_>, order: OrderId) -> HandlerResult {
    deletion::show_deleted(ctx, order)?.ok_or(Refusal::NoSuchOrder)
}

pub(crate) fn unassign_master(ctx: &mut UpdateContext<'_>, order: OrderId) -> HandlerResult {
    advance_order(ctx, order, OrderAction::TakeOff, OrderMessageKind::Staff, |texts, _| {
        plain_text!(texts, "unassigned-done", id = order)
    })
}

pub(crate) fn reopen_order(ctx: &mut UpdateContext<'_>, order: OrderId) -> HandlerResult {
    advance_order(ctx, order, OrderAction::Reopen, OrderMessageKind::Staff, |texts, _| {
        plain_text!(texts, "reopened-done", id = order)
    })
}
