//! What a user hears and sees when an administrator changes their roles.

use teloxide::types::ReplyMarkup;

use super::context::{HandlerResult, UpdateContext};
use super::notices;
use super::reply::Reply;
use super::view::text::html_text;
use super::view::{keyboards, names};
use crate::domain::role::Role;
use crate::service::role_changes::AppliedRoleChange;

/// Removes what the user may not see any more, tells them, and gives them the menus of their roles.
pub(super) fn announce_role_change(
    ctx: &mut UpdateContext<'_>,
    change: &AppliedRoleChange,
    role: Role,
) -> HandlerResult {
    if !change.is_change {
        return Ok(Reply::none());
    }
    notices::withdraw_screens(ctx.tx, ctx.settings.locale, change, ctx.now)?;
    let user = change.before.telegram_id;
    let texts = ctx.texts_for_chat(user.into())?;
    let name = names::role_name(texts, role);
    let html = match role {
        Role::Master if change.roles.is_master() => html_text!(texts, "notice-master-approved"),
        Role::Master => html_text!(texts, "notice-master-dismissed"),
        role if change.roles.has(role) => html_text!(texts, "notice-role-granted", role = name),
        _ => html_text!(texts, "notice-role-revoked", role = name),
    };
    let menu = ReplyMarkup::Keyboard(keyboards::main_menu(texts, change.roles));
    let notice = Reply::none().send_message(user.into(), html, Some(menu));
    Ok(notice.register_roles(user, change.roles))
}
