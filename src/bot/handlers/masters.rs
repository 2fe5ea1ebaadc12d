//! The masters section: its first screen, the lists, and the actions on one master.

use teloxide::types::ReplyMarkup;

use super::work_group;
use crate::bot::callback::{MasterCommand, MasterListFilter, PageNumber};
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::reply::Reply;
use crate::bot::view::keyboards;
use crate::bot::view::lists;
use crate::bot::view::paging::Paging;
use crate::bot::view::text::{Texts, html_text, plain_text, toast_text};
use crate::domain::ids::TelegramId;
use crate::domain::master::{Master, MasterFilter};
use crate::service::masters::{self, MasterChange};
use crate::service::users;

/// Shows the first screen of the section.
pub(crate) fn show_menu(ctx: &mut UpdateContext<'_>) -> HandlerResult {
    let all = masters::list_masters(ctx.tx, &ctx.user, MasterFilter::All)?;
    let working = all.iter().filter(|(master, _)| master.takes_orders(ctx.now)).count();
    let pending = all.iter().filter(|(master, _)| master.is_pending()).count();
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
    let html = lists::master_list(ctx.texts, ctx.clock(), filter, rows, paging);
    Ok(ctx.show_screen(html, Some(keyboards::master_list(ctx.texts, filter, rows, paging))))
}

pub(crate) fn run_command(
    ctx: &mut UpdateContext<'_>,
    command: MasterCommand,
    id: TelegramId,
) -> HandlerResult {
    match command {
        // The router knows the handlers of the others.
        MasterCommand::Manage
        | MasterCommand::AskDismissal
        | MasterCommand::Dismiss
        | MasterCommand::ShowOpenOrders
        | MasterCommand::Stats
        | MasterCommand::OldReport
        | MasterCommand::AskDayOff => show_master(ctx, id),
        MasterCommand::Approve => change_master(ctx, id, MasterChange::Approve),
        MasterCommand::Reject => change_master(ctx, id, MasterChange::Reject),
        MasterCommand::Activate => change_master(ctx, id, MasterChange::Activate),
        MasterCommand::Deactivate => change_master(ctx, id, MasterChange::Deactivate),
        MasterCommand::MakeSenior => change_master(ctx, id, MasterChange::Senior(true)),
        MasterCommand::RemoveSenior => change_master(ctx, id, MasterChange::Senior(false)),
        MasterCommand::SetWorkChat => work_group::begin_dialogue(ctx, id),
    }
}

pub(super) fn show_master(ctx: &mut UpdateContext<'_>, id: TelegramId) -> HandlerResult {
    let master = masters::view_master(ctx.tx, &ctx.user, id)?;
    let load = masters::count_open_orders(ctx.tx, &ctx.user, master.id)?;
    let html = lists::master_profile(ctx.texts, ctx.clock(), &master, load);
    let markup = keyboards::manage_master(ctx.texts, ctx.now, &master, ctx.user.roles);
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
        MasterChange::Senior(true) => html_text!(texts, "notice-master-senior"),
        MasterChange::Senior(false) => html_text!(texts, "notice-master-not-senior"),
        MasterChange::WorkChat(_) => return Ok(Reply::none()),
    };
    let Some(user) = users::find_user(ctx.tx, master.telegram_id)? else { return Ok(Reply::none()) };
    let menu = ReplyMarkup::Keyboard(keyboards::main_menu(texts, user.roles));
    let notice = Reply::none().send_message(chat.into(), html, Some(menu));
    if !matches!(change, MasterChange::Approve | MasterChange::Reject) {
        return Ok(notice);
    }
    Ok(notice.register_roles(user.telegram_id, user.roles).and(notify_adder(ctx, master, change)?))
}

/// Tells the dispatcher who added a master what an administrator decided.
fn notify_adder(ctx: &mut UpdateContext<'_>, master: &Master, change: MasterChange) -> HandlerResult {
    let adder = match master.added_by.filter(|adder| *adder != ctx.user.telegram_id && master.is_pending()) {
        Some(adder) => users::find_user(ctx.tx, adder)?.filter(|adder| adder.roles.is_staff()),
        None => None,
    };
    let Some(adder) = adder else { return Ok(Reply::none()) };
    let texts = Texts::of(ctx.locale_of(&adder));
    let (html, markup) = match change {
        MasterChange::Reject => (html_text!(texts, "notice-added-rejected", name = &master.name), None),
        _ => {
            let html = html_text!(texts, "notice-added-approved", name = &master.name);
            (html, Some(ReplyMarkup::InlineKeyboard(keyboards::open_master(texts, master.telegram_id))))
        }
    };
    Ok(Reply::none().send_message(adder.telegram_id.into(), html, markup))
}

fn change_toast(texts: &Texts, master: &Master, change: MasterChange) -> String {
    let name = &master.name;
    match change {
        MasterChange::Approve => plain_text!(texts, "master-approved-done", name = name),
        MasterChange::Reject => plain_text!(texts, "master-rejected-done", name = name),
        MasterChange::Activate => plain_text!(texts, "master-activated-done", name = name),
        MasterChange::Deactivate => plain_text!(texts, "master-deactivated-done", name = name),
        MasterChange::Senior(true) => plain_text!(texts, "master-senior-done", name = name),
        MasterChange::Senior(false) => plain_text!(texts, "master-not-senior-done", name = name),
        MasterChange::WorkChat(_) => String::new(),
    }
}
