//! Dismissing a master: the question, and the open orders that are to be given to others first.

use super::masters::show_master;
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::role_notices::announce_role_change;
use crate::bot::view::keyboards;
use crate::bot::view::text::{html_text, plain_text, toast_text};
use crate::domain::ids::TelegramId;
use crate::domain::role::Role;
use crate::service::{Refusal, masters, orders, people};

/// Asks whether to dismiss a master; one with open orders is shown with them instead.
pub(crate) fn ask_dismissal(ctx: &mut UpdateContext<'_>, id: TelegramId) -> HandlerResult {
    if !ctx.user.roles.is_admin() {
        return Err(Refusal::NoRight);
    }
    let master = masters::view_master(ctx.tx, &ctx.user, id)?;
    if masters::count_open_orders(ctx.tx, &ctx.user, master.id)? > 0 {
        return show_open_orders(ctx, id);
    }
    let html = html_text!(ctx.texts, "dismissal-ask", name = &master.name);
    Ok(ctx.show_screen(html, Some(keyboards::confirm_dismissal(ctx.texts, id))))
}

/// Dismisses a master. An order that they got meanwhile is shown instead.
pub(crate) fn dismiss_master(ctx: &mut UpdateContext<'_>, id: TelegramId) -> HandlerResult {
    let before = masters::view_master(ctx.tx, &ctx.user, id)?;
    let done = match people::revoke_role(ctx.tx, &ctx.user, id, Role::Master, ctx.now) {
        Err(Refusal::MasterHasOpenOrders(_)) => return show_open_orders(ctx, id),
        done => done?,
    };
    let announced = announce_role_change(ctx, &done, Role::Master)?;
    let mut toast = plain_text!(ctx.texts, "master-dismissed-done", name = before.name.as_str());
    if before.work_chat.is_some() {
        toast = format!("{toast} {}", plain_text!(ctx.texts, "master-dismissed-group"));
    }
    Ok(show_master(ctx, id)?.and(announced).with_alert(toast_text(&toast)))
}

/// Shows the open orders of a master, each to be given to another one.
pub(crate) fn show_open_orders(ctx: &mut UpdateContext<'_>, id: TelegramId) -> HandlerResult {
    let master = masters::view_master(ctx.tx, &ctx.user, id)?;
    let open = orders::list_open_orders_of_master(ctx.tx, &ctx.user, master.id)?;
    let html = match open.len() {
        0 => html_text!(ctx.texts, "dismissal-no-orders", name = &master.name),
        count => html_text!(ctx.texts, "dismissal-orders", name = &master.name, count = count),
    };
    let markup = keyboards::orders_to_hand_over(ctx.texts, ctx.clock(), id, &open);
    Ok(ctx.show_screen(html, Some(markup)))
}
