//! Work groups that turn out to be out of reach once they are linked: the master gets their orders in the private chat again, and
//! the user who linked the group hears why.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use teloxide::types::ReplyMarkup;

use super::order_screen::{OrderScreen, ScreenChat, render_order, texts_of_chat};
use super::reply::Reply;
use super::resend::CardSettings;
use super::view::{keyboards, lists, messages};
use crate::db::order_messages::OrderMessageKind;
use crate::db::outbox::LeasedMessage;
use crate::db::{AnyConnection, masters, orders};
use crate::domain::ids::{ChatPlace, TelegramId, ThreadId};
use crate::domain::master::{Master, MasterFilter};
use crate::service::{self, masters as use_cases};

/// A link whose first message could not be delivered.
#[derive(Clone, Copy, Debug)]
pub(super) struct FailedLink {
    group: ChatPlace,
    linked_by: TelegramId,
}

impl FailedLink {
    /// Returns the link that a dead letter announces, if it does.
    pub(super) fn of_message(dead: &LeasedMessage) -> Option<Self> {
        #[derive(Deserialize)]
        struct LinkPayload {
            linked_by: i64,
            message_thread_id: Option<i64>,
        }
        let payload: LinkPayload = serde_json::from_str(&dead.payload).ok()?;
        let group = ChatPlace { chat: dead.chat, thread: payload.message_thread_id.map(ThreadId) };
        Some(Self { group, linked_by: TelegramId(payload.linked_by) })
    }
}

/// Unlinks the group or topic from its masters, sends their open orders to the private chats and notifies the user who linked it.
pub(super) fn undo_link(
    tx: &mut AnyConnection,
    settings: CardSettings<'_>,
    link: FailedLink,
    reason: &str,
    now: DateTime<Utc>,
) -> service::Result<()> {
    let texts = texts_of_chat(tx, link.linked_by.into(), settings.locale)?;
    let mut reply = Reply::none();
    for (master, _) in masters::list_masters(tx, MasterFilter::All)? {
        if master.work_chat.is_none() || master.place() != link.group {
            continue;
        }
        let group = lists::work_group_name(texts, &master);
        let html = messages::notice_link_failed(texts, &group, &master.name, link.group.chat, reason);
        let markup = keyboards::link_again(texts, master.telegram_id);
        let reader = link.linked_by.into();
        reply = reply.send_message(reader, html, Some(ReplyMarkup::InlineKeyboard(markup)));
        let master = use_cases::unlink_unreachable_group(tx, &master, link.linked_by, now)?;
        reply = reply.and(open_order_cards(tx, settings, &master)?);
    }
    reply.store_messages(tx, None, now)?;
    Ok(())
}

/// Sends a card of each open order to the chat where the master works now.
fn open_order_cards(
    tx: &mut AnyConnection,
    settings: CardSettings<'_>,
    master: &Master,
) -> service::Result<Reply> {
    let place = master.place();
    let screen_chat = ScreenChat {
        chat: place.chat,
        texts: texts_of_chat(tx, place.chat, settings.locale)?,
        zone: settings.zone,
        map_url: settings.map_url,
        is_announcement: true,
    };
    let mut reply = Reply::none();
    for id in masters::list_open_orders(tx, master.id)? {
        let Some(order) = orders::find_order(tx, id)? else { continue };
        let kind = OrderMessageKind::Master;
        if let OrderScreen::Card { html, markup } = render_order(tx, screen_chat, &order, Some(master), kind)?
        {
            let markup = markup.map(ReplyMarkup::InlineKeyboard);
            reply = reply.send_about_order(id, kind, place, html, markup);
        }
    }
    Ok(reply)
}
