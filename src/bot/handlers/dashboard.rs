//! The message that shows an administrator the present day, in the settings.

use super::common;
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::dashboards::{DashboardSettings, begin_dashboard, end_dashboard};
use crate::bot::day_figures::read_day;
use crate::bot::view::text::plain_text;
use crate::db::dashboards;
use crate::service::Refusal;

/// Switches it on or off, and shows the settings as they are then.
pub(crate) fn switch_dashboard(ctx: &mut UpdateContext<'_>, is_on: bool) -> HandlerResult {
    if !ctx.user.roles.is_admin() {
        return Err(Refusal::NoRight);
    }
    let (user, zone) = (ctx.user.telegram_id, ctx.settings.zone);
    let change = match (dashboards::find_dashboard(ctx.tx, user)?, is_on) {
        (None, true) => {
            let day = read_day(ctx.tx, ctx.now, zone)?;
            let settings = DashboardSettings { locale: ctx.texts.locale(), zone, now: ctx.now };
            begin_dashboard(ctx.tx, ctx.texts, user, settings, &day)?
        }
        (Some(dashboard), false) => end_dashboard(ctx.tx, dashboard, ctx.texts)?,
        _ => return common::show_settings(ctx),
    };
    let toast = if is_on {
        plain_text!(ctx.texts, "dashboard-switched-on")
    } else {
        plain_text!(ctx.texts, "dashboard-switched-off")
    };
    Ok(common::show_settings(ctx)?.with_toast(toast).and(change))
}
