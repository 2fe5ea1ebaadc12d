//! What masters do with their orders: the list and the steps, which staff can take in their place.

use super::announce::advance_order;
use super::{closing, long_repair, order_card, reasons};
use crate::bot::callback::{ButtonSource, MasterStep, PageNumber};
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::view::paging::Paging;
use crate::bot::view::text::{Texts, plain_text};
use crate::bot::view::{keyboards, lists, names};
use crate::db::order_messages::OrderMessageKind;
use crate::domain::ids::OrderId;
use crate::domain::status::{OrderAction, OrderStatus};
use crate::service::order_lists;
use crate::service::orders::{self, OrderTransition};

/// Shows a page of the master's open orders.
pub(crate) fn list_orders(ctx: &mut UpdateContext<'_>, page: PageNumber) -> HandlerResult {
    let (found, paging) =
        Paging::load(page, |page| orders::list_open_orders_of_caller(ctx.tx, &ctx.user, page))?;
    let html = lists::own_order_list(ctx.texts, paging);
    Ok(ctx.show_screen(html, Some(keyboards::own_order_list(ctx.texts, ctx.clock(), &found, paging))))
}

/// Shows a page of the master's closed orders.
pub(crate) fn list_closed_orders(ctx: &mut UpdateContext<'_>, page: PageNumber) -> HandlerResult {
    let (found, paging) =
        Paging::load(page, |page| order_lists::list_own_closed_orders(ctx.tx, &ctx.user, page))?;
    let html = lists::own_closed_list(ctx.texts, paging);
    Ok(ctx.show_screen(html, Some(keyboards::own_closed_list(ctx.texts, ctx.clock(), &found, paging))))
}

/// Takes the step of a pressed button. Some ask first.
pub(crate) fn take_step(
    ctx: &mut UpdateContext<'_>,
    step: MasterStep,
    order: OrderId,
    source: ButtonSource,
) -> HandlerResult {
    if let Some(refusal) = order_card::refuse_outside_group(ctx, order)? {
        return Ok(refusal);
    }
    let kind = match source {
        ButtonSource::StaffCard => OrderMessageKind::Staff,
        ButtonSource::OwnChat | ButtonSource::Assignment => OrderMessageKind::Master,
    };
    match step {
        MasterStep::Complete => closing::begin_dialogue(ctx, order, kind),
        MasterStep::Decline | MasterStep::HandBack | MasterStep::ClientDecline => {
            reasons::begin_dialogue(ctx, step.action(), order)
        }
        MasterStep::LongRepair => long_repair::begin_dialogue(ctx, order, kind),
        MasterStep::Accept | MasterStep::ArriveOnSite => {
            advance_order(ctx, order, step.action(), kind, step_toast)
        }
    }
}

fn step_toast(texts: &Texts, step: &OrderTransition) -> String {
    let id = step.after.id;
    if step.for_master {
        let status = names::status_name(texts, step.after.status);
        return plain_text!(texts, "for-master-done", id = id, status = status);
    }
    match (step.action, step.before.status) {
        (OrderAction::Accept, _) => plain_text!(texts, "accepted-done", id = id),
        (_, OrderStatus::LongRepair) => plain_text!(texts, "back-on-site-done", id = id),
        _ => plain_text!(texts, "on-site-done", id = id),
    }
}
