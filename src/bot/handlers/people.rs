//! The users section of administrators: lists, the search, one user, their roles.

use teloxide::types::ReplyMarkup;

use super::common;
use crate::bot::callback::PageNumber;
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::dialogue::{Dialogue, DialogueAnswer};
use crate::bot::reply::Reply;
use crate::bot::role_notices::announce_role_change;
use crate::bot::view::paging::Paging;
use crate::bot::view::text::{html_text, plain_text, toast_text};
use crate::bot::view::{keyboards, names, people as view};
use crate::domain::ids::{SearchId, TelegramId};
use crate::domain::people_search::PeopleQuery;
use crate::domain::role::Role;
use crate::service::{Refusal, people};

/// Shows a page of the users with a role; `None` for all.
pub(crate) fn list_users(
    ctx: &mut UpdateContext<'_>,
    filter: Option<Role>,
    page: PageNumber,
) -> HandlerResult {
    let found = people::list_users(ctx.tx, &ctx.user, filter)?;
    let paging = Paging::of_rows(page, &found);
    let html = view::user_list(ctx.texts, filter, paging);
    let markup = keyboards::user_list(ctx.texts, filter, paging.slice(&found), paging);
    Ok(ctx.show_screen(html, Some(markup)))
}

pub(crate) fn show_user(ctx: &mut UpdateContext<'_>, id: TelegramId) -> HandlerResult {
    let seen = people::view_user(ctx.tx, &ctx.user, id)?;
    let configured = ctx.settings.appointed.roles_of(id);
    let html = view::user_card(ctx.texts, ctx.clock(), &seen, configured);
    Ok(ctx.show_screen(html, Some(keyboards::user_card(ctx.texts, &seen, ctx.user.telegram_id))))
}

pub(crate) fn grant_role(ctx: &mut UpdateContext<'_>, id: TelegramId, role: Role) -> HandlerResult {
    let done = people::grant_role(ctx.tx, &ctx.user, id, role, ctx.now)?;
    let announced = announce_role_change(ctx, &done, role)?;
    let name = names::role_name(ctx.texts, role);
    let toast = plain_text!(ctx.texts, "role-granted-done", role = name);
    Ok(show_user(ctx, id)?.and(announced).with_toast(toast_text(&toast)))
}

pub(crate) fn revoke_role(ctx: &mut UpdateContext<'_>, id: TelegramId, role: Role) -> HandlerResult {
    let done = people::revoke_role(ctx.tx, &ctx.user, id, role, ctx.now)?;
    let announced = announce_role_change(ctx, &done, role)?;
    let name = names::role_name(ctx.texts, role);
    let screen = show_user(ctx, id)?.and(announced);
    if ctx.settings.appointed.roles_of(id).has(role) {
        // It stays until it is read.
        let alert = plain_text!(ctx.texts, "role-revoked-configured", role = name);
        return Ok(screen.with_alert(toast_text(&alert)));
    }
    let toast = plain_text!(ctx.texts, "role-revoked-done", role = name);
    Ok(screen.with_toast(toast_text(&toast)))
}

/// Asks whom to search for.
pub(crate) fn ask_query(ctx: &UpdateContext<'_>) -> HandlerResult {
    if !ctx.user.roles.is_admin() {
        return Err(Refusal::NoRight);
    }
    let question = ctx.send_message(html_text!(ctx.texts, "users-ask-query"), common::main_menu(ctx));
    Ok(question.continue_dialogue(Dialogue::FindUser))
}

/// Searches for the answer to the question. A single user is shown at once.
pub(crate) fn answer_step(ctx: &mut UpdateContext<'_>, answer: &DialogueAnswer) -> HandlerResult {
    let (typed, query) = match answer {
        DialogueAnswer::Contact { person: Some(person), .. }
        | DialogueAnswer::Forwarded { person: Some(person), .. } => {
            (person.to_string(), Some(PeopleQuery::of_user(*person)))
        }
        DialogueAnswer::Contact { phone, .. } => (phone.clone(), PeopleQuery::parse(phone)),
        DialogueAnswer::Text(text) => (text.clone(), PeopleQuery::parse(text)),
        DialogueAnswer::Back | DialogueAnswer::Skip => return Ok(common::cancel_dialogue(ctx)),
        _ => (String::new(), None),
    };
    let Some(query) = query else {
        return Ok(ctx.send_message(html_text!(ctx.texts, "users-ask-query"), None));
    };
    let found = people::search_users(ctx.tx, &ctx.user, &query)?;
    if let [only] = found.as_slice() {
        return Ok(show_user(ctx, only.telegram_id)?.end_dialogue());
    }
    let paging = Paging::of_rows(PageNumber::FIRST, &found);
    let html = view::found_users(ctx.texts, &typed, paging);
    if found.is_empty() {
        // The next text is another try.
        return Ok(ctx.send_message(html, None).continue_dialogue(Dialogue::FindUser));
    }
    let id = people::record_search(ctx.tx, &ctx.user, &typed, ctx.now)?;
    let markup = keyboards::found_users(ctx.texts, id, paging.slice(&found), paging);
    Ok(ctx.send_message(html, Some(ReplyMarkup::InlineKeyboard(markup))).end_dialogue())
}

/// Shows another page of the users that were found.
pub(crate) fn show_found(ctx: &mut UpdateContext<'_>, id: SearchId, page: PageNumber) -> HandlerResult {
    let typed = people::find_search(ctx.tx, &ctx.user, id)?;
    let Some((typed, query)) = typed.and_then(|typed| PeopleQuery::parse(&typed).map(|query| (typed, query)))
    else {
        return Ok(Reply::none().with_alert(plain_text!(ctx.texts, "search-forgotten")));
    };
    let found = people::search_users(ctx.tx, &ctx.user, &query)?;
    let paging = Paging::of_rows(page, &found);
    let markup = keyboards::found_users(ctx.texts, id, paging.slice(&found), paging);
    Ok(ctx.show_screen(view::found_users(ctx.texts, &typed, paging), Some(markup)))
}
