//! `order_messages`: the messages that show an order, so that they can be edited later.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::{order_messages, orders};
use crate::db::time;
use crate::domain::ids::{ChatId, ChatPlace, MasterId, MessageId, OrderId, ThreadId};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum OrderMessageKind {
    /// A card with buttons for dispatchers and admins.
    Staff,
    /// A card with buttons for the master.
    Master,
    /// Any other message about the order; never edited.
    Notice,
}

impl OrderMessageKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Master => "master",
            Self::Notice => "notice",
        }
    }

    fn from_stored(text: &str) -> Self {
        match text {
            "staff" => Self::Staff,
            "master" => Self::Master,
            _ => Self::Notice,
        }
    }
}

/// Inserts a message that is about to be sent; [`update_message_id`] follows its delivery.
pub(crate) fn insert_order_message(
    conn: &mut AnyConnection,
    order: OrderId,
    place: ChatPlace,
    kind: OrderMessageKind,
    now: DateTime<Utc>,
) -> Result<i64> {
    Ok(on_each!(conn, |c| diesel::insert_into(order_messages::table)
        .values((
            order_messages::order_id.eq(order.0),
            order_messages::chat_id.eq(place.chat.0),
            order_messages::thread_id.eq(place.thread.map(|thread| thread.0)),
            order_messages::kind.eq(kind.as_str()),
            order_messages::created_at.eq(time::to_stored(now)),
        ))
        .returning(order_messages::id)
        .get_result(c))?)
}

pub(crate) fn update_message_id(conn: &mut AnyConnection, id: i64, message: MessageId) -> Result<()> {
    on_each!(conn, |c| diesel::update(order_messages::table.find(id))
        .set(order_messages::message_id.eq(message.0))
        .execute(c))?;
    Ok(())
}

/// Returns the id of a delivered message.
pub(crate) fn find_message_id(conn: &mut AnyConnection, id: i64) -> Result<Option<MessageId>> {
    let found: Option<Option<i32>> = on_each!(conn, |c| order_messages::table
        .find(id)
        .select(order_messages::message_id)
        .get_result(c)
        .optional())?;
    Ok(found.flatten().map(MessageId))
}

/// Returns the topic of a message about an order.
pub(crate) fn find_message_thread(
    conn: &mut AnyConnection,
    chat: ChatId,
    message: MessageId,
) -> Result<Option<ThreadId>> {
    let thread: Option<Option<i64>> = on_each!(conn, |c| order_messages::table
        .filter(order_messages::chat_id.eq(chat.0))
        .filter(order_messages::message_id.eq(message.0))
        .order(order_messages::id.desc())
        .select(order_messages::thread_id)
        .first(c)
        .optional())?;
    Ok(thread.flatten().map(ThreadId))
}

/// Returns the order that a message in a chat is about, and whether the message is its card now. One that showed several is
/// about the one whose card it is, else the last one.
pub(crate) fn find_order_in_chat(
    conn: &mut AnyConnection,
    chat: ChatId,
    message: MessageId,
) -> Result<Option<(OrderId, bool)>> {
    let rows: Vec<(i64, String)> = on_each!(conn, |c| order_messages::table
        .filter(order_messages::chat_id.eq(chat.0))
        .filter(order_messages::message_id.eq(message.0))
        .order(order_messages::id.desc())
        .select((order_messages::order_id, order_messages::kind))
        .load(c))?;
    let card = rows.iter().find(|(_, kind)| kind != OrderMessageKind::Notice.as_str());
    Ok(card.or(rows.first()).map(|(order, _)| (OrderId(*order), card.is_some())))
}

pub(crate) fn find_order_of_message(
    conn: &mut AnyConnection,
    row: i64,
) -> Result<Option<(OrderId, OrderMessageKind)>> {
    let found: Option<(i64, String)> = on_each!(conn, |c| order_messages::table
        .find(row)
        .select((order_messages::order_id, order_messages::kind))
        .get_result(c)
        .optional())?;
    Ok(found.map(|(order, kind)| (OrderId(order), OrderMessageKind::from_stored(&kind))))
}

/// A message with buttons that shows an order and follows its changes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct OrderCard {
    /// The id in `order_messages`.
    pub row: i64,
    pub place: ChatPlace,
    /// `None` until it is delivered.
    pub message: Option<MessageId>,
    pub kind: OrderMessageKind,
}

/// Order, row, chat, topic, message and kind.
type CardRow = (i64, i64, i64, Option<i64>, Option<i32>, String);

/// The columns of a [`CardRow`].
macro_rules! card_columns {
    () => {
        (
            order_messages::order_id,
            order_messages::id,
            order_messages::chat_id,
            order_messages::thread_id,
            order_messages::message_id,
            order_messages::kind,
        )
    };
}

fn card_from_row((order, row, chat, thread, message, kind): CardRow) -> (OrderId, OrderCard) {
    let place = ChatPlace { chat: ChatId(chat), thread: thread.map(ThreadId) };
    let kind = OrderMessageKind::from_stored(&kind);
    (OrderId(order), OrderCard { row, place, message: message.map(MessageId), kind })
}

/// Returns the cards of an order (not the notices), newest first.
pub(crate) fn list_order_cards(conn: &mut AnyConnection, order: OrderId) -> Result<Vec<OrderCard>> {
    let rows: Vec<CardRow> = on_each!(conn, |c| order_messages::table
        .filter(order_messages::order_id.eq(order.0))
        .filter(order_messages::kind.ne(OrderMessageKind::Notice.as_str()))
        .order(order_messages::id.desc())
        .select(card_columns!())
        .load(c))?;
    Ok(rows.into_iter().map(|row| card_from_row(row).1).collect())
}

/// Returns the cards of a kind in a chat, newest first.
pub(crate) fn list_cards_in_chat(
    conn: &mut AnyConnection,
    chat: ChatId,
    kind: OrderMessageKind,
) -> Result<Vec<(OrderId, OrderCard)>> {
    let rows: Vec<CardRow> = on_each!(conn, |c| order_messages::table
        .filter(order_messages::chat_id.eq(chat.0))
        .filter(order_messages::kind.eq(kind.as_str()))
        .order(order_messages::id.desc())
        .select(card_columns!())
        .load(c))?;
    Ok(rows.into_iter().map(card_from_row).collect())
}

/// Returns the master cards of all orders that are or last were this master's, except in the given places, newest first.
pub(crate) fn list_master_cards_outside(
    conn: &mut AnyConnection,
    master: MasterId,
    places: &[ChatPlace],
) -> Result<Vec<(OrderId, OrderCard)>> {
    let rows: Vec<CardRow> = on_each!(conn, |c| order_messages::table
        .inner_join(orders::table)
        .filter(orders::assigned_master_id.eq(master.0))
        .filter(orders::deleted_at.is_null())
        .filter(order_messages::kind.eq(OrderMessageKind::Master.as_str()))
        .order(order_messages::id.desc())
        .select(card_columns!())
        .load(c))?;
    Ok(rows.into_iter().map(card_from_row).filter(|(_, card)| !places.contains(&card.place)).collect())
}

/// Records that an existing message now shows this order and no other, and returns its row. Inserts one for a message of
/// the old bot.
pub(crate) fn claim_order_card(
    conn: &mut AnyConnection,
    order: OrderId,
    kind: OrderMessageKind,
    place: ChatPlace,
    message: MessageId,
    now: DateTime<Utc>,
) -> Result<i64> {
    release_order_card(conn, place.chat, message)?;
    let existing: Option<i64> = on_each!(conn, |c| order_messages::table
        .filter(order_messages::chat_id.eq(place.chat.0))
        .filter(order_messages::message_id.eq(message.0))
        .filter(order_messages::order_id.eq(order.0))
        .select(order_messages::id)
        .get_result(c)
        .optional())?;
    let Some(row) = existing else {
        let row = insert_order_message(conn, order, place, kind, now)?;
        update_message_id(conn, row, message)?;
        return Ok(row);
    };
    on_each!(conn, |c| diesel::update(order_messages::table.find(row))
        .set(order_messages::kind.eq(kind.as_str()))
        .execute(c))?;
    Ok(row)
}

/// Records that a message shows something else now and is no card any more.
pub(crate) fn release_order_card(conn: &mut AnyConnection, chat: ChatId, message: MessageId) -> Result<()> {
    on_each!(conn, |c| diesel::update(
        order_messages::table
            .filter(order_messages::chat_id.eq(chat.0))
            .filter(order_messages::message_id.eq(message.0))
    )
    .set(order_messages::kind.eq(OrderMessageKind::Notice.as_str()))
    .execute(c))?;
    Ok(())
}

pub(crate) fn retire_order_card(conn: &mut AnyConnection, row: i64) -> Result<()> {
    on_each!(conn, |c| diesel::update(order_messages::table.find(row))
        .set(order_messages::kind.eq(OrderMessageKind::Notice.as_str()))
        .execute(c))?;
    Ok(())
}
