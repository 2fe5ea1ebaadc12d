//! The visits of a day: `/today` and the key of the menu for masters, the day by master for staff.

use chrono::NaiveDate;

use super::common;
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::reply::Reply;
use crate::bot::view::text::html_text;
use crate::bot::view::{day_plan, keyboards};
use crate::db::dialogue_questions;
use crate::db::dialogues::DialogueKey;
use crate::domain::ids::MessageId;
use crate::domain::master::Master;
use crate::domain::visit::day_bounds;
use crate::service::{self, masters, order_lists};

/// Answers `/today`: what the user has to do as a master, the day by master for staff; both for who is both.
pub(crate) fn answer_today(ctx: &mut UpdateContext<'_>) -> HandlerResult {
    if masters::is_own_group(ctx.tx, &ctx.user, ctx.chat)? {
        return show_own_day(ctx);
    }
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
    let superseded = retire_days(ctx)?;
    let key = DialogueKey { place: ctx.place(), user: ctx.user.telegram_id };
    let row = dialogue_questions::insert_day_message(ctx.tx, key, ctx.pressed_message, ctx.now)?;
    let shown = ctx.show_screen(html, keyboards::own_day(ctx.texts, &day)).with_tracked_message(row);
    Ok(superseded.and(shown))
}

/// Whether a message of this chat shows the user's day.
pub(super) fn is_own_day(ctx: &mut UpdateContext<'_>, message: MessageId) -> service::Result<bool> {
    let place = ctx.place();
    let shown = dialogue_questions::list_day_messages(ctx.tx, ctx.user.telegram_id)?;
    Ok(shown.iter().any(|day| day.key.place == place && day.message == Some(message)))
}

/// Shows a day as it is now after a press in it that came too late.
pub(super) fn refresh_pressed_day(ctx: &mut UpdateContext<'_>, message: MessageId) -> HandlerResult {
    match show_own_day(ctx) {
        // Nothing of it is for the user any more.
        Err(service::Refusal::NoRight) => {
            let html = html_text!(ctx.texts, "my-day-withdrawn");
            Ok(Reply::none().edit_message(ctx.place(), message, html, None))
        }
        shown => shown,
    }
}

/// Replaces the earlier days of the user in this chat, whose clients would stay on the screen.
fn retire_days(ctx: &mut UpdateContext<'_>) -> HandlerResult {
    let mut reply = Reply::none();
    for day in dialogue_questions::list_day_messages(ctx.tx, ctx.user.telegram_id)? {
        if day.key.place != ctx.place() {
            continue;
        }
        if day.message.is_some() && day.message == ctx.pressed_message {
            dialogue_questions::delete_question(ctx.tx, day.id)?;
            continue;
        }
        dialogue_questions::end_day_message(ctx.tx, day.id)?;
        let html = html_text!(ctx.texts, "my-day-superseded");
        reply = reply.retire_tracked_message(day.id, day.key.place, html);
    }
    Ok(reply)
}

/// Shows on the day of a master, where it is on a screen, what has changed: an order was taken away, moved or edited. The pressed
/// message is replaced by other means.
pub(super) fn refresh_day(ctx: &mut UpdateContext<'_>, master: Option<&Master>) -> HandlerResult {
    let mut reply = Reply::none();
    let Some(master) = master else { return Ok(reply) };
    for shown in dialogue_questions::list_day_messages(ctx.tx, master.telegram_id)? {
        let place = shown.key.place;
        if place.chat == ctx.chat && shown.message.is_some() && shown.message == ctx.pressed_message {
            continue;
        }
        let texts = ctx.texts_for_chat(place.chat)?;
        if !master.sees_orders() || place.chat.is_group() && place.chat != master.chat() {
            dialogue_questions::end_day_message(ctx.tx, shown.id)?;
            reply = reply.retire_tracked_message(shown.id, place, html_text!(texts, "my-day-withdrawn"));
            continue;
        }
        let clock = ctx.clock();
        let (from, until) = day_bounds(clock.zone, clock.today()).unwrap_or((ctx.now, ctx.now));
        let day = order_lists::list_day_of_master(ctx.tx, master, from, until)?;
        let markup = keyboards::own_day(texts, &day).unwrap_or_default();
        reply = reply.replace_tracked_message(shown.id, place, day_plan::own_day(texts, clock, &day), markup);
    }
    Ok(reply)
}

/// Shows the visits of a day by master.
pub(crate) fn show_day(ctx: &mut UpdateContext<'_>, day: NaiveDate) -> HandlerResult {
    let clock = ctx.clock();
    let (from, until) = day_bounds(clock.zone, day).unwrap_or((ctx.now, ctx.now));
    let visits = order_lists::list_day(ctx.tx, &ctx.user, from, until)?;
    let html = day_plan::staff_day(ctx.texts, clock, day, &visits);
    Ok(ctx.show_screen(html, Some(keyboards::staff_day(ctx.texts, clock, day, &visits))))
}
