//! Users without a role ask for one, and administrators decide.

use teloxide::types::ReplyMarkup;

use super::{access_cards, add_master, common};
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::reply::Reply;
use crate::bot::view::text::{Texts, format_date_time, html_text, plain_text, toast_text};
use crate::bot::view::{access as view, keyboards};
use crate::domain::access::{AccessDecision, AccessRequest};
use crate::domain::ids::AccessRequestId;
use crate::domain::role::Role;
use crate::domain::user::User;
use crate::service::access::{self, AccessAnswer};
use crate::service::users;

/// Asks the administrators to give the user a role.
pub(crate) fn ask_access(ctx: &mut UpdateContext<'_>) -> HandlerResult {
    if !ctx.user.roles.is_unknown() {
        let html = html_text!(ctx.texts, "access-exists");
        return Ok(ctx.send_message(html, common::main_menu(ctx)));
    }
    let admins = users::list_users_with_role(ctx.tx, Role::Admin)?;
    if admins.is_empty() {
        return Ok(ctx.notify_user(plain_text!(ctx.texts, "access-no-admins")));
    }
    let request = match access::ask_access(ctx.tx, &ctx.user, ctx.now)? {
        AccessAnswer::Asked(request) => request,
        AccessAnswer::Waiting => return Ok(ctx.notify_user(plain_text!(ctx.texts, "access-waiting"))),
        AccessAnswer::Rejected { again_at } => {
            let time = format_date_time(ctx.texts, ctx.settings.zone, again_at);
            return Ok(ctx.notify_user(plain_text!(ctx.texts, "access-rejected-lately", time = time)));
        }
    };
    let mut reply = ctx.notify_user(plain_text!(ctx.texts, "access-asked"));
    for admin in admins {
        let texts = Texts::of(ctx.locale_of(&admin));
        let html = view::access_request(texts, &ctx.user);
        let markup = Some(ReplyMarkup::InlineKeyboard(keyboards::decide_access(texts, request)));
        let card =
            access_cards::insert_card(ctx, admin.telegram_id, &access_cards::request_subject(request))?;
        reply = reply.send_message(admin.telegram_id.into(), html, markup).with_tracked_message(card);
    }
    Ok(reply)
}

/// Decides a request. A master needs a phone and a trade first, which the dialogue for new masters asks for.
pub(crate) fn decide_request(
    ctx: &mut UpdateContext<'_>,
    decision: AccessDecision,
    id: AccessRequestId,
) -> HandlerResult {
    let (request, applicant) = access::view_request(ctx.tx, &ctx.user, id)?;
    if request.decision.is_some() {
        return show_decision(ctx, &request, &applicant);
    }
    if decision == AccessDecision::Master {
        return add_master::begin_with_person(ctx, applicant.telegram_id);
    }
    let Some(applicant) = access::decide_request(ctx.tx, &ctx.user, id, decision, ctx.now)? else {
        let (request, applicant) = access::view_request(ctx.tx, &ctx.user, id)?;
        return show_decision(ctx, &request, &applicant);
    };
    let cards = access_cards::retire_request_cards(ctx, &applicant, Some(decision))?;
    let chat = applicant.telegram_id.into();
    let texts = ctx.texts_for_chat(chat)?;
    let html = match decision {
        AccessDecision::Dispatcher => html_text!(texts, "notice-access-dispatcher"),
        _ => html_text!(texts, "notice-access-rejected"),
    };
    let menu = ReplyMarkup::Keyboard(keyboards::main_menu(texts, applicant.roles));
    let own = view::decided_request(ctx.texts, &applicant, Some(decision), &ctx.user.display_name());
    let reply = ctx.show_screen(own, None).and(cards).send_message(chat.into(), html, Some(menu));
    Ok(if applicant.roles.is_unknown() { reply } else { reply.register_role(applicant.telegram_id) })
}

/// Shows what was decided before, and by whom.
fn show_decision(ctx: &mut UpdateContext<'_>, request: &AccessRequest, applicant: &User) -> HandlerResult {
    let by = match request.decided_by {
        Some(by) => users::find_user(ctx.tx, by)?.map(|user| user.display_name()),
        None => None,
    };
    let by = by.unwrap_or_default();
    let html = view::decided_request(ctx.texts, applicant, request.decision, &by);
    let alert = plain_text!(ctx.texts, "access-decided-before", person = by);
    Ok(Reply::none().and(ctx.show_screen(html, None)).with_alert(toast_text(&alert)))
}
