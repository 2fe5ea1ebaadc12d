//! The cards of an order in the chat of an update: showing, refusing, claiming.

use teloxide::types::{InlineKeyboardMarkup, ReplyMarkup};

use super::day_plan;
use crate::bot::callback::ListPlace;
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::order_screen::{OrderScreen, ScreenChat, render_order};
use crate::bot::reply::Reply;
use crate::bot::view::text::plain_text;
use crate::bot::view::{keyboards, refusals};
use crate::db::order_messages::OrderMessageKind;
use crate::domain::ids::{ChatId, MessageId, OrderId};
use crate::domain::master::Master;
use crate::domain::order::Order;
use crate::domain::visibility::is_master_chat;
use crate::service::orders::OrderView;
use crate::service::{self, Refusal, orders};

/// Returns what a chat may see of an order now, on a card of this kind.
pub(super) fn order_screen(
    ctx: &mut UpdateContext<'_>,
    order: &Order,
    master: Option<&Master>,
    kind: OrderMessageKind,
    chat: ChatId,
) -> service::Result<OrderScreen> {
    let place = ScreenChat {
        chat,
        texts: ctx.texts_for_chat(chat)?,
        zone: ctx.settings.zone,
        map_url: &ctx.settings.map_url,
        is_announcement: false,
    };
    render_order(ctx.tx, place, order, master, kind)
}

/// Returns the card that announces an order to its master in a chat.
pub(super) fn announcement_screen(
    ctx: &mut UpdateContext<'_>,
    order: &Order,
    master: Option<&Master>,
    chat: ChatId,
) -> service::Result<OrderScreen> {
    let place = ScreenChat {
        chat,
        texts: ctx.texts_for_chat(chat)?,
        zone: ctx.settings.zone,
        map_url: &ctx.settings.map_url,
        is_announcement: true,
    };
    render_order(ctx.tx, place, order, master, OrderMessageKind::Master)
}

/// Shows an order that the user may see, in place of the list from which it was opened, with the way back to it.
pub(super) fn show_card_from(
    ctx: &mut UpdateContext<'_>,
    seen: &OrderView,
    wanted: OrderMessageKind,
    place: ListPlace,
) -> HandlerResult {
    let kind = card_kind(ctx, seen.master.as_ref(), wanted);
    let (order, chat) = (seen.order.id, ctx.chat);
    Ok(match order_screen(ctx, &seen.order, seen.master.as_ref(), kind, chat)? {
        OrderScreen::Card { html, markup } => {
            let markup = keyboards::with_way_back(ctx.texts, markup, place);
            show_about_order(ctx, order, kind, html, Some(markup))
        }
        OrderScreen::Gone(html) => ctx.show_screen(html, None),
    })
}

/// Shows an order that the user may see, in place of the pressed message.
pub(super) fn show_card(
    ctx: &mut UpdateContext<'_>,
    seen: &OrderView,
    wanted: OrderMessageKind,
) -> HandlerResult {
    let kind = card_kind(ctx, seen.master.as_ref(), wanted);
    let (order, chat) = (seen.order.id, ctx.chat);
    Ok(match order_screen(ctx, &seen.order, seen.master.as_ref(), kind, chat)? {
        OrderScreen::Card { html, markup } => show_about_order(ctx, order, kind, html, markup),
        // The user may see the order, but the group may not: the pressed card is replaced, too.
        OrderScreen::Gone(_) if ctx.chat.is_group() => {
            let notice = plain_text!(ctx.texts, "order-wrong-group", id = order);
            ctx.show_screen(notice.clone(), None).with_alert(notice)
        }
        OrderScreen::Gone(html) => ctx.show_screen(html, None),
    })
}

/// Shows the buttons that the staff's card does not have at first.
pub(super) fn show_more_actions(ctx: &mut UpdateContext<'_>, seen: &OrderView) -> HandlerResult {
    let (kind, chat) = (OrderMessageKind::Staff, ctx.chat);
    let more = keyboards::staff_card_more(ctx.texts, seen.order.id, seen.order.status, ctx.user.roles);
    Ok(match order_screen(ctx, &seen.order, seen.master.as_ref(), kind, chat)? {
        OrderScreen::Card { html, .. } => show_about_order(ctx, seen.order.id, kind, html, Some(more)),
        OrderScreen::Gone(html) => ctx.show_screen(html, None),
    })
}

/// Shows a text about an order in place of the pressed message, else as a new message, and keeps the message's id with
/// the order.
pub(super) fn show_about_order(
    ctx: &UpdateContext<'_>,
    order: OrderId,
    kind: OrderMessageKind,
    html: String,
    markup: Option<InlineKeyboardMarkup>,
) -> Reply {
    match ctx.pressed_message {
        Some(message) => Reply::none().edit_about_order(order, kind, ctx.place(), message, html, markup),
        None => {
            let markup = markup.map(ReplyMarkup::InlineKeyboard);
            Reply::none().send_about_order(order, kind, ctx.place(), html, markup)
        }
    }
}

/// Answers a refused action and refreshes the card on which it was tried: its buttons may be outdated, and the chat may
/// have lost the right to see it.
pub(super) fn refuse_action(
    ctx: &mut UpdateContext<'_>,
    id: OrderId,
    wanted: OrderMessageKind,
    card: Option<MessageId>,
    refusal: Refusal,
) -> HandlerResult {
    if matches!(refusal, Refusal::Database(_)) {
        return Err(refusal);
    }
    let Some((order, master)) = orders::find_order_for_share(ctx.tx, id)? else {
        return Ok(ctx.refusal_reply(&refusal));
    };
    let (kind, chat) = (card_kind(ctx, master.as_ref(), wanted), ctx.chat);
    let screen = order_screen(ctx, &order, master.as_ref(), kind, chat)?;
    let has_no_right = matches!(refusal, Refusal::NoRight);
    let is_stranger = has_no_right && !orders::has_had_order(ctx.tx, &ctx.user, id)?;
    let reply = match &screen {
        // A former master of the order learns that it moved on.
        OrderScreen::Gone(notice) if has_no_right && !is_stranger => ctx.notify_user(notice.clone()),
        _ => ctx.refusal_reply(&refusal),
    };
    let Some(message) = card else { return Ok(reply) };
    if day_plan::is_own_day(ctx, message)? {
        return Ok(reply.and(day_plan::refresh_pressed_day(ctx, message)?));
    }
    Ok(match screen {
        OrderScreen::Gone(_) if is_stranger && !ctx.chat.is_group() => {
            let html = refusals::refusal_text(ctx.texts, &refusal);
            reply.and(Reply::none().edit_message(ctx.place(), message, html, None))
        }
        // A stranger's press in the master's group says nothing about the card.
        OrderScreen::Card { .. } if has_no_right => reply,
        OrderScreen::Card { html, markup } => {
            reply.and(Reply::none().edit_about_order(id, kind, ctx.place(), message, html, markup))
        }
        OrderScreen::Gone(html) => reply.and(Reply::none().edit_message(ctx.place(), message, html, None)),
    })
}

/// Answers staff who press a button of an order in a group that must not see it (any more); `None` where they may act.
pub(super) fn refuse_outside_group(
    ctx: &mut UpdateContext<'_>,
    order: OrderId,
) -> service::Result<Option<Reply>> {
    if !ctx.chat.is_group() || !ctx.user.roles.is_staff() {
        return Ok(None);
    }
    let seen = orders::view_order(ctx.tx, &ctx.user, order)?;
    if seen.actor.is_assigned_master || is_master_chat(&seen.order, seen.master.as_ref(), ctx.chat) {
        return Ok(None);
    }
    show_card(ctx, &seen, OrderMessageKind::Master).map(Some)
}

/// Whether a dialogue about an order runs in a group that is no longer the work group of the order's master.
pub(super) fn has_left_group(ctx: &mut UpdateContext<'_>, order: OrderId) -> service::Result<bool> {
    if !ctx.chat.is_group() {
        return Ok(false);
    }
    let Some((order, master)) = orders::find_order_for_share(ctx.tx, order)? else { return Ok(true) };
    // An order that is over is refused by the use case, with a better text.
    Ok(order.status.is_open() && !is_master_chat(&order, master.as_ref(), ctx.chat))
}

/// Stores that the message whose button began a dialogue is a card of the order, so that it is refreshed when the
/// dialogue ends. The old bot's cards are not stored yet.
pub(super) fn claim_card(
    ctx: &mut UpdateContext<'_>,
    id: OrderId,
    wanted: OrderMessageKind,
) -> service::Result<()> {
    let Some(message) = ctx.pressed_message else { return Ok(()) };
    if day_plan::is_own_day(ctx, message)? {
        return Ok(());
    }
    let Some((_, master)) = orders::find_order_for_share(ctx.tx, id)? else { return Ok(()) };
    let kind = card_kind(ctx, master.as_ref(), wanted);
    orders::claim_order_card(ctx.tx, id, kind, ctx.place(), message, ctx.now)
}

/// Returns which card a user gets. In a group it is always the master's, because all members can see it.
pub(super) fn card_kind(
    ctx: &UpdateContext<'_>,
    master: Option<&Master>,
    wanted: OrderMessageKind,
) -> OrderMessageKind {
    let is_staff = ctx.user.roles.is_staff();
    let is_assigned_master = master.is_some_and(|master| master.telegram_id == ctx.user.telegram_id);
    match wanted {
        _ if ctx.chat.is_group() || !is_staff => OrderMessageKind::Master,
        OrderMessageKind::Master if is_assigned_master => OrderMessageKind::Master,
        _ => OrderMessageKind::Staff,
    }
}
