//! Who is notified of an order's event, and which cards change with it.
//!
//! The user who acted gets their card in place. The master who gets the order, the master who loses it and the
//! staff in charge are notified, each in their own language. Every other card on a screen is refreshed or, where its
//! reader lost the right to see the order, reduced to a notice.

use teloxide::types::ReplyMarkup;

use super::{day_plan, order_card};
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::order_screen::OrderScreen;
use crate::bot::questions;
use crate::bot::reply::Reply;
use crate::bot::view::order_notices::{
    address_master, notice_for_master, step_notice, visit_notice, with_reason,
};
use crate::bot::view::text::{Texts, html_text};
use crate::bot::view::{keyboards, messages};
use crate::db::order_messages::OrderMessageKind;
use crate::domain::ids::{ChatPlace, MessageId, OrderId};
use crate::domain::master::Master;
use crate::domain::notice::NoticeKind;
use crate::domain::order::Order;
use crate::domain::status::{OrderAction, OrderStatus};
use crate::service::orders::{self, OrderTransition};
use crate::service::users;

/// A transition of an order and the card on which the user acted.
#[derive(Clone, Copy, Debug)]
pub(super) struct OrderEvent<'a> {
    pub(super) step: &'a OrderTransition,
    /// The reason that the user gave.
    pub(super) reason: Option<&'a str>,
    /// The card on which the user acted, in the chat of the update.
    pub(super) card: Option<MessageId>,
    /// The kind of that card, when it is the pressed message.
    pub(super) kind: OrderMessageKind,
}

impl OrderEvent<'_> {
    /// Whether a master no longer has the order.
    fn removes_master(&self) -> bool {
        let removes = matches!(
            self.step.action,
            OrderAction::Reassign
                | OrderAction::TakeOff
                | OrderAction::Decline
                | OrderAction::HandBack
                | OrderAction::ClientDecline
                | OrderAction::Refuse
        );
        removes && self.step.former_master.is_some()
    }

    /// Whether staff gave the order to another master or to none, of which only its dispatcher hears.
    fn is_assignment(&self) -> bool {
        matches!(
            self.step.action,
            OrderAction::Assign | OrderAction::Reassign | OrderAction::TakeOff | OrderAction::Reopen
        )
    }

    /// Whether the pressed button is on the card itself, and not in a dialogue that the card began.
    fn is_on_pressed_card(&self, ctx: &UpdateContext<'_>) -> bool {
        self.card.is_some() && self.card == ctx.pressed_message
    }
}

/// Takes a step that needs no further answer and announces it.
pub(super) fn advance_order(
    ctx: &mut UpdateContext<'_>,
    order: OrderId,
    action: OrderAction,
    kind: OrderMessageKind,
    toast: impl FnOnce(&Texts, &OrderTransition) -> String,
) -> HandlerResult {
    let card = ctx.pressed_message;
    match orders::advance_order(ctx.tx, &ctx.user, order, action, None, ctx.now) {
        Ok(step) => {
            let toast = toast(ctx.texts, &step);
            let event = OrderEvent { step: &step, reason: None, card, kind };
            Ok(announce_event(ctx, event)?.with_toast(toast))
        }
        Err(refusal) => order_card::refuse_action(ctx, order, kind, card, refusal),
    }
}

/// Returns the messages to all who are concerned.
pub(super) fn announce_event(ctx: &mut UpdateContext<'_>, event: OrderEvent<'_>) -> HandlerResult {
    let own = own_card(ctx, &event)?;
    let cards = other_cards(ctx, &event)?;
    let masters = notify_masters(ctx, &event)?;
    let dispatchers = notify_dispatchers(ctx, &event)?;
    let pointless = questions::end_pointless_questions(ctx, event.step.after.id)?;
    let days = refresh_days(ctx, &event)?;
    Ok(own.and(cards).and(masters).and(dispatchers).and(pointless).and(days))
}

/// Refreshes the days of the masters who have or had the order.
fn refresh_days(ctx: &mut UpdateContext<'_>, event: &OrderEvent<'_>) -> HandlerResult {
    let (now, before) = (event.step.master.as_ref(), event.step.former_master.as_ref());
    let before = before.filter(|before| now.is_none_or(|now| now.id != before.id));
    let own = day_plan::refresh_day(ctx, now)?;
    Ok(own.and(day_plan::refresh_day(ctx, before)?))
}

/// Refreshes the card whose button was pressed, in place.
fn own_card(ctx: &mut UpdateContext<'_>, event: &OrderEvent<'_>) -> HandlerResult {
    let Some(message) = event.card.filter(|_| event.is_on_pressed_card(ctx)) else {
        return Ok(Reply::none());
    };
    // The step was pressed in the day, which goes on.
    if day_plan::is_own_day(ctx, message)? {
        return day_plan::show_own_day(ctx);
    }
    let (order, chat) = (&event.step.after, ctx.chat);
    let kind = order_card::card_kind(ctx, event.step.former_master.as_ref(), event.kind);
    Ok(match order_card::order_screen(ctx, order, event.step.master.as_ref(), kind, chat)? {
        OrderScreen::Card { html, markup } => {
            Reply::none().edit_about_order(order.id, kind, ctx.place(), message, html, markup)
        }
        OrderScreen::Gone(html) => Reply::none().edit_message(ctx.place(), message, html, None),
    })
}

/// Refreshes the cards on other screens. In each chat only the newest is kept current, older ones have been superseded;
/// but when the master loses the order, all of the master's are replaced.
fn other_cards(ctx: &mut UpdateContext<'_>, event: &OrderEvent<'_>) -> HandlerResult {
    let order = &event.step.after;
    let mut reply = Reply::none();
    let mut current: Vec<(OrderMessageKind, ChatPlace)> = Vec::new();
    for card in orders::list_order_cards(ctx.tx, order.id)? {
        let is_own = card.place.chat == ctx.chat && card.message.is_some() && card.message == event.card;
        let is_newest = !current.contains(&(card.kind, card.place));
        current.push((card.kind, card.place));
        if is_own && event.is_on_pressed_card(ctx) {
            continue;
        }
        if card.kind == OrderMessageKind::Master && event.removes_master() {
            let texts = ctx.texts_for_chat(card.place.chat)?;
            reply = reply.retire_card(card.row, card.place, final_card_text(texts, event));
        } else if is_newest || is_own {
            let master = event.step.master.as_ref();
            reply = match order_card::order_screen(ctx, order, master, card.kind, card.place.chat)? {
                OrderScreen::Card { html, markup } => reply.refresh_card(card.row, card.place, html, markup),
                OrderScreen::Gone(html) => reply.retire_card(card.row, card.place, html),
            };
        }
    }
    Ok(reply)
}

/// Returns what stays on the cards of a master who lost the order.
fn final_card_text(texts: &Texts, event: &OrderEvent<'_>) -> String {
    let id = event.step.after.id;
    match event.step.action {
        _ if event.step.for_master => html_text!(texts, "card-unassigned", id = id),
        OrderAction::Decline => html_text!(texts, "card-declined", id = id),
        OrderAction::HandBack => html_text!(texts, "card-handed-back", id = id),
        OrderAction::ClientDecline => html_text!(texts, "card-client-declined", id = id),
        OrderAction::Refuse => messages::notice_refused(texts, id, None),
        _ => html_text!(texts, "card-unassigned", id = id),
    }
}

/// Notifies the master who loses the order or in whose place staff acted, and sends a card to the master who gets it.
fn notify_masters(ctx: &mut UpdateContext<'_>, event: &OrderEvent<'_>) -> HandlerResult {
    let OrderTransition { action, after: order, former_master, master, .. } = event.step;
    let mut reply = Reply::none();
    let reader = match action {
        OrderAction::Close => master.as_ref(),
        OrderAction::Reschedule => master.as_ref().filter(|_| order.status.has_master()),
        _ if event.step.for_master => former_master.as_ref(),
        _ if event.removes_master() => former_master.as_ref(),
        _ => None,
    };
    if let Some(reader) = reader.filter(|reader| reader.telegram_id != ctx.user.telegram_id) {
        let texts = ctx.texts_for_chat(reader.chat())?;
        let html = match action {
            _ if event.step.for_master => {
                let notice = notice_for_master(texts, event.step, &ctx.user.display_name());
                with_reason(texts, &notice, event.reason)
            }
            OrderAction::Reschedule => {
                let person = ctx.user.display_name();
                visit_notice(texts, ctx.settings.zone, &event.step.before, order, &person)
            }
            OrderAction::Reassign => html_text!(texts, "notice-reassigned", id = order.id),
            OrderAction::TakeOff => html_text!(texts, "notice-unassigned", id = order.id),
            OrderAction::Refuse => messages::notice_refused(texts, order.id, event.reason),
            _ => html_text!(texts, "notice-closed-by-staff", id = order.id),
        };
        let html = address_master(texts, reader, html);
        reply = reply.send_about_order(order.id, OrderMessageKind::Notice, reader.place(), html, None);
    }
    let is_new = matches!(action, OrderAction::Assign | OrderAction::Reassign);
    if let Some(master) = master.as_ref().filter(|_| is_new) {
        reply = reply.and(new_master_card(ctx, order, master)?);
    }
    Ok(reply)
}

/// Sends the master's card as a new message, to the chat in which the master works.
pub(super) fn new_master_card(ctx: &mut UpdateContext<'_>, order: &Order, master: &Master) -> HandlerResult {
    let place = master.place();
    Ok(match order_card::announcement_screen(ctx, order, Some(master), place.chat)? {
        OrderScreen::Card { html, markup } => {
            let markup = markup.map(ReplyMarkup::InlineKeyboard);
            Reply::none().send_about_order(order.id, OrderMessageKind::Master, place, html, markup)
        }
        OrderScreen::Gone(_) => Reply::none(),
    })
}

/// Notifies the staff in charge, of a closed order also the admins; not the user who acted.
fn notify_dispatchers(ctx: &mut UpdateContext<'_>, event: &OrderEvent<'_>) -> HandlerResult {
    let order = &event.step.after;
    let mut reply = Reply::none();
    let person = ctx.user.display_name();
    let kind = notice_kind(event.step.action);
    let readers = if kind == Some(NoticeKind::Closed) {
        users::list_responsible_staff_and_admins(ctx.tx, order)?
    } else {
        users::list_responsible_staff(ctx.tx, order)?
    };
    for reader in readers {
        let is_own = Some(reader.telegram_id) == order.dispatcher;
        let is_muted = kind.is_some_and(|kind| !reader.wants(kind));
        if reader.telegram_id == ctx.user.telegram_id || is_muted || event.is_assignment() && !is_own {
            continue;
        }
        let texts = Texts::of(ctx.locale_of(&reader));
        let html = step_notice(texts, ctx.settings.zone, event.step, event.reason, &person);
        let has_no_master = order.status == OrderStatus::New;
        let buttons = if has_no_master { keyboards::order_freed } else { keyboards::open_order };
        let markup = Some(ReplyMarkup::InlineKeyboard(buttons(texts, order.id)));
        let chat = reader.telegram_id.into();
        reply = reply.send_about_order(order.id, OrderMessageKind::Notice, chat, html, markup);
    }
    Ok(reply)
}

/// Returns the kind of notice of a step; `None` for those that are always sent.
fn notice_kind(action: OrderAction) -> Option<NoticeKind> {
    match action {
        OrderAction::Accept | OrderAction::ArriveOnSite | OrderAction::StartLongRepair => {
            Some(NoticeKind::Progress)
        }
        OrderAction::Close => Some(NoticeKind::Closed),
        _ => None,
    }
}

#[cfg(test)]
#[path = "announce_tests.rs"]
mod tests;
