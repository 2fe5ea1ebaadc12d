//! The masters section: its first screen, the lists, and the actions on one master.

use super::{common, work_group};
use crate::bot::callback::{MasterCommand, MasterListFilter, PageNumber};
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::labels::Label;
use crate::bot::reply::Reply;
use crate::bot::view::keyboards;
use crate::bot::view::lists;
use crate::bot::view::paging::Paging;
use crate::bot::view::text::{Texts, html_text, plain_text, toast_text};
use crate::domain::ids::TelegramId;
use crate::domain::master::{Master, MasterFilter};
use crate::service::masters::{self, MasterChange};

/// Shows the first screen of the section.
pub(crate) fn show_menu(ctx: &mut UpdateContext<'_>) -> HandlerResult {
    let all = masters::list_masters(ctx.tx, &ctx.user, MasterFilter::All)?;
    let working = all.iter().filter(|(master, _)| master.takes_orders(ctx.now)).count();
    let pending = all.iter().filter(|(master, _)| !master.sees_orders()).count();
    let html = lists::masters_menu(ctx.texts, all.len(), working, pending);
    Ok(ctx.show_screen(html, Some(keyboards::masters_menu(ctx.texts))))
}

/// Shows a page of a list.
pub(crate) fn list_masters(
    ctx: &mut UpdateContext<'_>,
    filter: MasterListFilter,
    page: PageNumber,
) -> HandlerResult {
    let wanted = match filter {
        MasterListFilter::All => MasterFilter::All,
        MasterListFilter::Pending => MasterFilter::Pending,
    };
    let found = masters::list_masters(ctx.tx, &ctx.user, wanted)?;
    let paging = Paging::of_rows(page, &found);
    let rows = paging.slice(&found);
    let html = lists::master_list(ctx.texts, filter, rows, paging);
    Ok(ctx.show_screen(html, Some(keyboards::master_list(ctx.texts, filter, rows, paging))))
}

pub(crate) fn run_command(
    ctx: &mut UpdateContext<'_>,
    command: MasterCommand,
    id: TelegramId,
) -> HandlerResult {
    match command {
        MasterCommand::Manage => show_master(ctx, id),
        MasterCommand::Approve => change_master(ctx, id, MasterChange::Approve),
        MasterCommand::Reject => change_master(ctx, id, MasterChange::Reject),
        MasterCommand::Activate => change_master(ctx, id, MasterChange::Activate),
        MasterCommand::Deactivate => change_master(ctx, id, MasterChange::Deactivate),
        MasterCommand::SetWorkChat => work_group::begin_dialogue(ctx, id),
        MasterCommand::Stats => {
            masters::view_master(ctx.tx, &ctx.user, id)?;
            Ok(common::section_unavailable(ctx, Label::Reports))
        }
    }
}

fn show_master(ctx: &mut UpdateContext<'_>, id: TelegramId) -> HandlerResult {
    let master = masters::view_master(ctx.tx, &ctx.user, id)?;
    let load = masters::count_open_orders(ctx.tx, &ctx.user, master.id)?;
    let html = lists::master_profile(ctx.texts, ctx.settings.zone, &master, load);
    let markup = keyboards::manage_master(ctx.texts, &master, ctx.user.roles);
    Ok(ctx.show_screen(html, Some(markup)))
}

fn change_master(ctx: &mut UpdateContext<'_>, id: TelegramId, change: MasterChange) -> HandlerResult {
    let (before, after) = masters::change_master(ctx.tx, &ctx.user, id, change, ctx.now)?;
    let is_unchanged = after.as_ref() == Some(&before);
    let notice = if is_unchanged { Reply::none() } else { notify_master(ctx, &before, change)? };
    let screen = match after {
        Some(_) => show_master(ctx, id)?,
        None => list_masters(ctx, MasterListFilter::Pending, PageNumber::FIRST)?,
    };
    let toast = change_toast(ctx.texts, &before, change);
    Ok(screen.and(notice).with_toast(toast_text(&toast)))
}

/// Notifies the master, with the menu that they have from now on.
fn notify_master(ctx: &mut UpdateContext<'_>, master: &Master, change: MasterChange) -> HandlerResult {
    let chat = master.telegram_id.into();
    let texts = ctx.texts_for_chat(chat)?;
    let html = match change {
        MasterChange::Approve => html_text!(texts, "notice-master-approved"),
        MasterChange::Reject => html_text!(texts, "notice-master-rejected"),
        MasterChange::Activate => html_text!(texts, "notice-master-activated"),
        MasterChange::Deactivate => html_text!(texts, "notice-master-deactivated"),
        MasterChange::WorkChat(_) => return Ok(Reply::none()),
    };
    let menu = common::menu_of_master(ctx, texts, master)?;
    let reply = Reply::none().send_message(chat.into(), html, menu);
    Ok(if change == MasterChange::Approve { reply.register_role(master.telegram_id) } else { reply })
}

fn change_toast(texts: &Texts, master: &Master, change: MasterChange) -> String {
    let name = &master.name;
    match change {
        MasterChange::Approve => plain_text!(texts, "master-approved-done", name = name),
        MasterChange::Reject => plain_text!(texts, "master-rejected-done", name = name),
        MasterChange::Activate => plain_text!(texts, "master-activated-done", name = name),
        MasterChange::Deactivate => plain_text!(texts, "master-deactivated-done", name = name),
        MasterChange::WorkChat(_) => String::new(),
    }
}
