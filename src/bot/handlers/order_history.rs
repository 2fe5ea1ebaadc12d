//! The history of an order, page by page.

use super::order_card;
use crate::bot::callback::PageNumber;
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::view::keyboards;
use crate::bot::view::order_changes as view;
use crate::bot::view::paging::Paging;
use crate::db::order_messages::OrderMessageKind;
use crate::domain::ids::OrderId;
use crate::service::order_history;

pub(crate) fn show_history(ctx: &mut UpdateContext<'_>, order: OrderId, page: PageNumber) -> HandlerResult {
    let entries = match order_history::list_history(ctx.tx, &ctx.user, order) {
        Ok((_, entries)) => entries,
        Err(refusal) => {
            let card = ctx.pressed_message;
            return order_card::refuse_action(ctx, order, OrderMessageKind::Staff, card, refusal);
        }
    };
    let paging = Paging::of_rows(page, &entries);
    let html = view::history_page(ctx.texts, ctx.settings.zone, order, paging.slice(&entries), paging);
    Ok(ctx.show_screen(html, Some(keyboards::history_pages(ctx.texts, order, paging))))
}
