//! What masters do with their orders: the list and the steps.

use super::announce::advance_order;
use super::{closing, reasons};
use crate::bot::callback::{MasterStep, PageNumber};
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::view::keyboards;
use crate::bot::view::lists;
use crate::bot::view::paging::Paging;
use crate::bot::view::text::{Texts, plain_text};
use crate::db::order_messages::OrderMessageKind;
use crate::domain::ids::OrderId;
use crate::domain::status::{OrderAction, OrderStatus};
use crate::service::orders::{self, OrderTransition};

/// Shows a page of the master's open orders.
pub(crate) fn list_orders(ctx: &mut UpdateContext<'_>, page: PageNumber) -> HandlerResult {
    let (found, paging) =
        Paging::load(page, |page| orders::list_open_orders_of_caller(ctx.tx, &ctx.user, page))?;
    let html = lists::master_order_list(ctx.texts, ctx.settings.zone, &found, paging);
    Ok(ctx.show_screen(html, Some(keyboards::master_order_list(ctx.texts, &found, paging))))
}

/// Takes the step of a pressed button. Declining and completing ask first.
pub(crate) fn take_step(ctx: &mut UpdateContext<'_>, step: MasterStep, order: OrderId) -> HandlerResult {
    match step {
        MasterStep::Complete => closing::begin_dialogue(ctx, order, OrderMessageKind::Master),
        MasterStep::Decline => reasons::begin_dialogue(ctx, OrderAction::Decline, order),
        MasterStep::Accept | MasterStep::ArriveOnSite | MasterStep::LongRepair => {
            advance_order(ctx, order, step.action(), OrderMessageKind::Master, step_toast)
        }
    }
}

fn step_toast(texts: &Texts, step: &OrderTransition) -> String {
    let id = step.after.id;
    match (step.action, step.before.status) {
        (OrderAction::Accept, _) => plain_text!(texts, "accepted-done", id = id),
        (OrderAction::StartLongRepair, _) => plain_text!(texts, "long-repair-done", id = id),
        (_, OrderStatus::LongRepair) => plain_text!(texts, "back-on-site-done", id = id),
        _ => plain_text!(texts, "on-site-done", id = id),
    }
}
