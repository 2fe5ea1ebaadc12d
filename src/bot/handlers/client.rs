//! All orders of a client, who is known by the phone.

use crate::bot::callback::PageNumber;
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::view::keyboards;
use crate::bot::view::lists;
use crate::bot::view::paging::Paging;
use crate::domain::ids::OrderId;
use crate::service::order_lists;

/// Shows the orders that have the phone of this one in a new message; what they were opened from stays.
pub(crate) fn open_orders(ctx: &mut UpdateContext<'_>, order: OrderId) -> HandlerResult {
    ctx.pressed_message = None;
    show_orders(ctx, order, PageNumber::FIRST)
}

/// Shows a page of the orders that have the phone of this one.
pub(crate) fn show_orders(ctx: &mut UpdateContext<'_>, order: OrderId, page: PageNumber) -> HandlerResult {
    let mut wanted = page;
    loop {
        let start = i64::from(wanted.0.saturating_sub(1));
        let found = order_lists::list_client_orders(ctx.tx, &ctx.user, order, start)?;
        let paging = Paging::new(wanted, found.total);
        if paging.page == wanted {
            let html = lists::client_orders(ctx.texts, &found, paging);
            return Ok(
                ctx.show_screen(html, Some(keyboards::client_orders(ctx.texts, ctx.clock(), &found, paging)))
            );
        }
        wanted = paging.page;
    }
}
