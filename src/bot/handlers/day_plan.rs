//! The visits of a day: `/today` and the key of the menu for masters, the day by master for staff.

use chrono::NaiveDate;

use super::common;
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::reply::Reply;
use crate::bot::view::text::html_text;
use crate::bot::view::{day_plan, keyboards};
use crate::domain::visit::day_bounds;
use crate::service::{self, order_lists};

/// Answers `/today`: what the user has to do as a master, the day by master for staff; both for who is both.
pub(crate) fn answer_today(ctx: &mut UpdateContext<'_>) -> HandlerResult {
    if ctx.chat.is_group() {
        return Ok(ctx.send_message(html_text!(ctx.texts, "error-private-chat-only"), None));
    }
    let roles = ctx.user.roles;
    if !roles.is_staff() && !roles.is_master() {
        return Ok(common::refuse_section(ctx));
    }
    let today = ctx.clock().today();
    let mut reply = if roles.is_staff() { show_day(ctx, today)? } else { Reply::none() };
    if roles.is_master() {
        // A dispatcher whose approval as a master was withdrawn still has the day of the others.
        match show_own_day(ctx) {
            Err(service::Refusal::NoRight) if roles.is_staff() => {}
            own => reply = reply.and(own?),
        }
    }
    Ok(reply)
}

/// Shows what the user has to do today as a master.
pub(crate) fn show_own_day(ctx: &mut UpdateContext<'_>) -> HandlerResult {
    let clock = ctx.clock();
    let (from, until) = day_bounds(clock.zone, clock.today()).unwrap_or((ctx.now, ctx.now));
    let day = order_lists::list_own_day(ctx.tx, &ctx.user, from, until)?;
    let html = day_plan::own_day(ctx.texts, clock, &day);
    Ok(ctx.show_screen(html, keyboards::own_day(ctx.texts, &day)))
}

/// Shows the visits of a day by master.
pub(crate) fn show_day(ctx: &mut UpdateContext<'_>, day: NaiveDate) -> HandlerResult {
    let clock = ctx.clock();
    let (from, until) = day_bounds(clock.zone, day).unwrap_or((ctx.now, ctx.now));
    let visits = order_lists::list_day(ctx.tx, &ctx.user, from, until)?;
    let html = day_plan::staff_day(ctx.texts, clock, day, &visits);
    Ok(ctx.show_screen(html, Some(keyboards::staff_day(ctx.texts, clock, day, &visits))))
}
