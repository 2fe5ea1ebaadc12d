//! Which kinds of notices a member of staff gets, in the settings.

use super::dashboard;
use crate::bot::callback::NoticeButton;
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::view::keyboards;
use crate::bot::view::text::html_text;
use crate::service::{Refusal, users};

/// Shows the kinds, or switches one and shows them as they are then.
pub(crate) fn run_command(ctx: &mut UpdateContext<'_>, button: NoticeButton) -> HandlerResult {
    match button {
        NoticeButton::Dashboard(is_on) => return dashboard::switch_dashboard(ctx, is_on),
        NoticeButton::ShowKinds if !ctx.user.roles.is_staff() => return Err(Refusal::NoRight),
        NoticeButton::ShowKinds => {}
        NoticeButton::Switch(kind, is_on) => {
            ctx.user = users::mute_notices(ctx.tx, &ctx.user, kind, !is_on)?;
        }
    }
    let html = html_text!(ctx.texts, "notices-menu");
    Ok(ctx.show_screen(html, Some(keyboards::notice_switches(ctx.texts, &ctx.user.muted))))
}
