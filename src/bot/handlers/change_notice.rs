//! Who is told of a change that is no step of an order, and which cards change with it.

use teloxide::types::{InlineKeyboardMarkup, ReplyMarkup};

use super::{day_plan, order_card};
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::order_screen::OrderScreen;
use crate::bot::reply::Reply;
use crate::bot::view::keyboards;
use crate::bot::view::order_notices::address_master;
use crate::bot::view::text::Texts;
use crate::db::order_messages::OrderMessageKind;
use crate::domain::ids::{ChatPlace, OrderId};
use crate::domain::master::Master;
use crate::domain::notice::NoticeKind;
use crate::domain::order::Order;
use crate::domain::user::User;
use crate::service::{self, Refusal, orders, users};

/// Which staff are told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum StaffAudience {
    /// Those in charge of the order.
    Responsible,
    /// They and the admins.
    WithAdmins,
}

/// Refreshes the newest card of an order in each chat and the day of its master.
pub(super) fn refresh_cards(
    ctx: &mut UpdateContext<'_>,
    order: &Order,
    master: Option<&Master>,
) -> HandlerResult {
    let cards = refresh_order_cards(ctx, order, master, CardRange::Newest)?;
    Ok(cards.and(day_plan::refresh_day(ctx, master)?))
}

/// Which of an order's cards in a chat are refreshed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum CardRange {
    /// The newest one; those that it superseded stay as they are.
    Newest,
    /// All, since they show what their reader may not see any more.
    All,
}

/// Refreshes the cards of an order, and replaces those that their chat may no longer see.
pub(super) fn refresh_order_cards(
    ctx: &mut UpdateContext<'_>,
    order: &Order,
    master: Option<&Master>,
    range: CardRange,
) -> HandlerResult {
    let mut reply = Reply::none();
    let mut current: Vec<(OrderMessageKind, ChatPlace)> = Vec::new();
    for card in orders::list_order_cards(ctx.tx, order.id)? {
        let is_newest = !current.contains(&(card.kind, card.place));
        current.push((card.kind, card.place));
        reply = match order_card::order_screen(ctx, order, master, card.kind, card.place.chat)? {
            OrderScreen::Gone(html) => reply.retire_card(card.row, card.place, html),
            OrderScreen::Card { html, markup } if is_newest || range == CardRange::All => {
                reply.refresh_card(card.row, card.place, html, markup)
            }
            OrderScreen::Card { .. } => reply,
        };
    }
    Ok(reply)
}

/// Refreshes the cards of the orders that are linked to this one by a repeat visit, which name it while it is not deleted.
pub(super) fn refresh_linked_cards(ctx: &mut UpdateContext<'_>, order: &Order) -> HandlerResult {
    let repeated = orders::find_repeated(ctx.tx, order)?;
    let repeats = orders::list_repeats(ctx.tx, order.id)?;
    let mut reply = Reply::none();
    for linked in repeated.into_iter().chain(repeats) {
        let Some((linked, master)) = orders::find_order_for_share(ctx.tx, linked)? else { continue };
        reply = reply.and(refresh_order_cards(ctx, &linked, master.as_ref(), CardRange::Newest)?);
    }
    Ok(reply)
}

/// Replaces every card of an order by a last word.
pub(super) fn retire_cards(
    ctx: &mut UpdateContext<'_>,
    order: OrderId,
    last_word: impl Fn(&Texts) -> String,
) -> HandlerResult {
    let mut reply = Reply::none();
    for card in orders::list_order_cards(ctx.tx, order)? {
        let texts = ctx.texts_for_chat(card.place.chat)?;
        reply = reply.retire_card(card.row, card.place, last_word(texts));
    }
    Ok(reply)
}

/// Returns where the order's master is told of what another user did, with the texts for it.
pub(super) fn master_reader(
    ctx: &mut UpdateContext<'_>,
    master: Option<&Master>,
) -> service::Result<Option<(ChatPlace, &'static Texts)>> {
    let Some(master) = master.filter(|master| {
        master.sees_orders() && master.telegram_id != ctx.user.telegram_id && master.place().chat != ctx.chat
    }) else {
        return Ok(None);
    };
    Ok(Some((master.place(), ctx.texts_for_chat(master.place().chat)?)))
}

/// Tells the master of an order what another user did, with a button that opens the order if it is still there.
pub(super) fn notify_master(
    ctx: &mut UpdateContext<'_>,
    order: OrderId,
    master: Option<&Master>,
    has_button: bool,
    notice: impl FnOnce(&Texts) -> String,
) -> HandlerResult {
    let (Some(master), Some((place, texts))) = (master, master_reader(ctx, master)?) else {
        return Ok(Reply::none());
    };
    let html = address_master(texts, master, notice(texts));
    let markup = has_button.then(|| ReplyMarkup::InlineKeyboard(keyboards::view_master_order(texts, order)));
    Ok(Reply::none().send_about_order(order, OrderMessageKind::Notice, place, html, markup))
}

/// Returns the staff who are told of what the user did, without the user and those who switched such notices off.
pub(super) fn staff_readers(
    ctx: &mut UpdateContext<'_>,
    order: &Order,
    audience: StaffAudience,
    kind: NoticeKind,
) -> service::Result<Vec<User>> {
    let mut readers = match audience {
        StaffAudience::Responsible => users::list_responsible_staff(ctx.tx, order)?,
        StaffAudience::WithAdmins => users::list_responsible_staff_and_admins(ctx.tx, order)?,
    };
    readers.retain(|reader| reader.telegram_id != ctx.user.telegram_id && reader.wants(kind));
    Ok(readers)
}

/// Tells staff what the user did.
pub(super) fn notify_staff(
    ctx: &mut UpdateContext<'_>,
    order: &Order,
    audience: StaffAudience,
    kind: NoticeKind,
    notice: impl Fn(&Texts, &User) -> (String, InlineKeyboardMarkup),
) -> HandlerResult {
    let mut reply = Reply::none();
    for reader in staff_readers(ctx, order, audience, kind)? {
        let (html, markup) = notice(Texts::of(ctx.locale_of(&reader)), &reader);
        let markup = (!markup.inline_keyboard.is_empty()).then_some(ReplyMarkup::InlineKeyboard(markup));
        let chat = reader.telegram_id.into();
        reply = reply.send_about_order(order.id, OrderMessageKind::Notice, chat, html, markup);
    }
    Ok(reply)
}

/// Ends a dialogue that makes no sense after a refusal.
pub(in crate::bot) fn end_refused(ctx: &UpdateContext<'_>, refusal: Refusal) -> HandlerResult {
    match refusal {
        Refusal::Database(_) => Err(refusal),
        refusal => Ok(ctx.refusal_reply(&refusal).end_dialogue()),
    }
}
