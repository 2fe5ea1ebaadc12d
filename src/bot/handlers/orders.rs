//! What staff do with orders: lists by status, unassigning, reopening; and `/order N` for staff and masters.

use super::announce::advance_order;
use super::{deletion, order_card};
use crate::bot::callback::{ListPlace, OrderFilter, PageNumber};
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::view::keyboards;
use crate::bot::view::lists;
use crate::bot::view::paging::Paging;
use crate::bot::view::text::{html_text, plain_text};
use crate::db::order_messages::OrderMessageKind;
use crate::domain::ids::OrderId;
use crate::domain::status::OrderAction;
use crate::domain::visibility::is_master_chat;
use crate::service::{Refusal, orders};

/// Shows the number of orders in each status, with a button for each list.
pub(crate) fn show_overview(ctx: &mut UpdateContext<'_>) -> HandlerResult {
    let counts = orders::count_orders_by_status(ctx.tx, &ctx.user)?;
    let total = counts.iter().map(|(_, count)| count).sum();
    let html = lists::orders_overview(ctx.texts, total);
    Ok(ctx.show_screen(html, Some(keyboards::order_filters(ctx.texts, &counts))))
}

/// Shows a page of a list.
pub(crate) fn list_orders(
    ctx: &mut UpdateContext<'_>,
    filter: OrderFilter,
    page: PageNumber,
) -> HandlerResult {
    let status = match filter {
        OrderFilter::All => None,
        OrderFilter::Status(status) => Some(status),
    };
    let (found, paging) =
        Paging::load(page, |page| orders::list_orders_for_staff(ctx.tx, &ctx.user, status, page))?;
    let html = lists::order_list(ctx.texts, filter, &found, paging);
    Ok(ctx.show_screen(html, Some(keyboards::order_list(ctx.texts, filter, &found, paging))))
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
