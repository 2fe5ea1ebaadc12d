//! What masters owe: the overview and one balance.

use super::common;
use crate::bot::callback::PageNumber;
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::view::keyboards;
use crate::bot::view::paging::Paging;
use crate::bot::view::settlement as view;
use crate::domain::ids::MasterId;
use crate::service::{masters, settlement};

/// Shows who owes what.
pub(crate) fn show_overview(ctx: &mut UpdateContext<'_>, page: PageNumber) -> HandlerResult {
    let lines = settlement::list_balances(ctx.tx, &ctx.user)?;
    let paging = Paging::of_rows(page, &lines);
    let html = view::overview(ctx.texts, &lines, paging);
    Ok(ctx.show_screen(html, Some(keyboards::settlement_overview(ctx.texts, &lines, paging))))
}

/// Shows what a master owes.
pub(crate) fn show_balance(ctx: &mut UpdateContext<'_>, master: MasterId) -> HandlerResult {
    let seen = settlement::view_balance(ctx.tx, &ctx.user, master)?;
    let by_staff = ctx.user.roles.is_staff();
    let html = view::balance(ctx.texts, ctx.settings.zone, &seen, !by_staff);
    Ok(ctx.show_screen(html, Some(keyboards::balance(ctx.texts, &seen, by_staff))))
}

/// Shows masters what they owe.
pub(crate) fn show_own_balance(ctx: &mut UpdateContext<'_>) -> HandlerResult {
    let Some(master) = masters::find_own_profile(ctx.tx, &ctx.user)? else {
        return Ok(common::refuse_section(ctx));
    };
    let seen = settlement::view_balance(ctx.tx, &ctx.user, master.id)?;
    let html = view::balance(ctx.texts, ctx.settings.zone, &seen, true);
    Ok(ctx.show_screen(html, Some(keyboards::balance(ctx.texts, &seen, false))))
}
