//! The day off of a master: staff or the master themselves say when it ends.

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc, Weekday};
use teloxide::types::ReplyMarkup;

use super::masters::show_master;
use super::question::DialogueQuestion;
use crate::bot::callback::DayOffChoice;
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::dialogue::{DayOffDraft, Dialogue, DialogueAnswer, DialogueNonce};
use crate::bot::reply::Reply;
use crate::bot::view::keyboards::{self, QuestionId};
use crate::bot::view::text::{Texts, html_text, plain_text};
use crate::bot::view::visits::moment_text;
use crate::domain::ids::TelegramId;
use crate::domain::master::Master;
use crate::domain::visit::{day_bounds, parse_visit};
use crate::service::{Refusal, masters, users};

/// Asks until when a master has a day off.
pub(crate) fn begin_dialogue(ctx: &mut UpdateContext<'_>, id: TelegramId) -> HandlerResult {
    let master = masters::view_for_day_off(ctx.tx, &ctx.user, id)?;
    if !master.sees_orders() {
        return Err(Refusal::MasterTakesNoOrders);
    }
    let draft = DayOffDraft { master: id, nonce: Some(DialogueNonce::at(ctx.now)) };
    Ok(day_off_question(ctx, draft, &master).ask_first(ctx, Dialogue::DayOff(draft)))
}

/// Takes the day on which the master works again, as it was typed.
pub(crate) fn answer_step(
    ctx: &mut UpdateContext<'_>,
    draft: DayOffDraft,
    answer: &DialogueAnswer,
) -> HandlerResult {
    let master = match masters::view_for_day_off(ctx.tx, &ctx.user, draft.master) {
        Ok(master) => master,
        Err(Refusal::Database(error)) => return Err(error.into()),
        Err(refusal) => return Ok(ctx.refusal_reply(&refusal).end_dialogue()),
    };
    let question = day_off_question(ctx, draft, &master);
    let error = match answer {
        DialogueAnswer::Repeat => return Ok(question.ask_first(ctx, Dialogue::DayOff(draft))),
        DialogueAnswer::Skip => html_text!(ctx.texts, "error-not-skippable"),
        answer => match answer.text() {
            Some(typed) => {
                let window = parse_visit(typed, ctx.now, ctx.settings.zone);
                match window.map(|window| window.from).filter(|until| *until > ctx.now) {
                    Some(until) => return Ok(set_day_off(ctx, draft.master, Some(until))?.end_dialogue()),
                    None => html_text!(ctx.texts, "day-off-not-understood"),
                }
            }
            None => html_text!(ctx.texts, "content-not-supported"),
        },
    };
    Ok(question.ask_again(ctx, &error, Dialogue::DayOff(draft)))
}

/// Takes the end that a button offers, or ends the day off.
pub(crate) fn choose_end(ctx: &mut UpdateContext<'_>, id: TelegramId, choice: DayOffChoice) -> HandlerResult {
    let until = match first_working_day(ctx.today(), choice) {
        Some(day) => day_bounds(ctx.settings.zone, day).map(|(begin, _)| begin),
        None => None,
    };
    let reply = set_day_off(ctx, id, until)?;
    let is_asked = matches!(&ctx.dialogue, Some(Dialogue::DayOff(draft)) if draft.master == id);
    Ok(if is_asked { reply.end_dialogue() } else { reply })
}

/// Returns the day on which a master works again; `None` when the day off is over.
fn first_working_day(today: NaiveDate, choice: DayOffChoice) -> Option<NaiveDate> {
    let days = match choice {
        DayOffChoice::Today => 1,
        DayOffChoice::Tomorrow => 2,
        DayOffChoice::Monday => u64::from(7 - today.weekday().days_since(Weekday::Mon)),
        DayOffChoice::Week => 7,
        DayOffChoice::Over => return None,
    };
    today.checked_add_days(Days::new(days))
}

fn set_day_off(ctx: &mut UpdateContext<'_>, id: TelegramId, until: Option<DateTime<Utc>>) -> HandlerResult {
    let (before, after) = masters::set_day_off(ctx.tx, &ctx.user, id, until, ctx.now)?;
    let is_own = id == ctx.user.telegram_id;
    let notices = if before == after { Reply::none() } else { notify_others(ctx, &after)? };
    let html = day_off_text(ctx, ctx.texts, &after, is_own);
    if !is_own && ctx.is_press {
        let toast = plain_text!(ctx.texts, "day-off-done");
        return Ok(show_master(ctx, id)?.and(notices).with_toast(toast));
    }
    Ok(ctx.show_screen(html, Some(keyboards::day_off_set(ctx.texts, &after, ctx.now))).and(notices))
}

/// Returns until when a master has a day off, for the master or for staff.
fn day_off_text(ctx: &UpdateContext<'_>, texts: &Texts, master: &Master, is_own: bool) -> String {
    let name = &master.name;
    match (master.day_off(ctx.now).map(|until| moment_text(texts, ctx.settings.zone, until)), is_own) {
        (Some(until), true) => html_text!(texts, "day-off-own", until = until),
        (None, true) => html_text!(texts, "day-off-own-over"),
        (Some(until), false) => html_text!(texts, "day-off-of-master", name = name, until = until),
        (None, false) => html_text!(texts, "day-off-of-master-over", name = name),
    }
}

/// Tells the dispatchers what the master decided, or the master what staff did.
fn notify_others(ctx: &mut UpdateContext<'_>, master: &Master) -> HandlerResult {
    if master.telegram_id != ctx.user.telegram_id {
        let texts = ctx.texts_for_chat(master.telegram_id.into())?;
        let html = day_off_text(ctx, texts, master, true);
        return Ok(Reply::none().send_message(master.telegram_id.into(), html, None));
    }
    let mut reply = Reply::none();
    for reader in users::list_dispatchers(ctx.tx)? {
        if reader.telegram_id == ctx.user.telegram_id {
            continue;
        }
        let texts = Texts::of(ctx.locale_of(&reader));
        let html = day_off_text(ctx, texts, master, false);
        let markup = keyboards::open_master(texts, master.telegram_id);
        let markup = Some(ReplyMarkup::InlineKeyboard(markup));
        reply = reply.send_message(reader.telegram_id.into(), html, markup);
    }
    Ok(reply)
}

fn day_off_question(ctx: &UpdateContext<'_>, draft: DayOffDraft, master: &Master) -> DialogueQuestion {
    let present = master
        .day_off(ctx.now)
        .map(|_| day_off_text(ctx, ctx.texts, master, draft.master == ctx.user.telegram_id));
    let id = QuestionId { step: 1, nonce: draft.nonce };
    let html = if draft.master == ctx.user.telegram_id {
        html_text!(ctx.texts, "day-off-ask-own")
    } else {
        html_text!(ctx.texts, "day-off-ask", name = &master.name)
    };
    let markup = keyboards::day_off_choice(ctx.texts, draft.master, master.day_off(ctx.now).is_some(), id);
    DialogueQuestion { html, markup }.with_notice(present)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn monday_is_the_next_one_also_on_a_monday() {
        for (today, expected) in
            [("2026-11-28", "2026-11-30"), ("2026-11-29", "2026-11-30"), ("2026-11-30", "2026-12-07")]
        {
            let found = first_working_day(today.parse().unwrap(), DayOffChoice::Monday);
            assert_eq!(found, Some(expected.parse().unwrap()), "{today}");
        }
        let saturday = "2026-11-28".parse().unwrap();
        let week = first_working_day(saturday, DayOffChoice::Week);
        assert_eq!(week, Some("2026-12-05".parse().unwrap()));
    }
}
