//! `order_messages`: what the bot has shown of an order, and where, so that it can be edited later.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::{order_messages, orders};
use crate::db::time;
use crate::domain::ids::{ChatId, MasterId, MessageId, OrderId};

/// What a message about an order is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OrderMessageKind {
    /// A card with buttons for dispatchers and admins.
    Staff,
    /// A card with buttons for the master.
    Master,
    /// Anything else that mentions the order.
    Notice,
}

impl OrderMessageKind {
    /// The stored name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Master => "master",
            Self::Notice => "notice",
        }
    }
}

/// Announces a message that is about to be sent; its number is filled in when Telegram has it.
///
/// # Errors
/// When the database fails.
pub fn insert_order_message(
    conn: &mut AnyConnection,
    order: OrderId,
    chat: ChatId,
    kind: OrderMessageKind,
    now: DateTime<Utc>,
) -> Result<i64> {
    Ok(on_each!(conn, |c| diesel::insert_into(order_messages::table)
        .values((
            order_messages::order_id.eq(order.0),
            order_messages::chat_id.eq(chat.0),
            order_messages::kind.eq(kind.as_str()),
            order_messages::created_at.eq(time::to_stored(now)),
        ))
        .returning(order_messages::id)
        .get_result(c))?)
}

/// Remembers the number under which Telegram keeps the message.
///
/// # Errors
/// When the database fails.
pub fn update_message_id(conn: &mut AnyConnection, id: i64, message: MessageId) -> Result<()> {
    on_each!(conn, |c| diesel::update(order_messages::table.find(id))
        .set(order_messages::message_id.eq(message.0))
        .execute(c))?;
    Ok(())
}

/// The number of the message, once Telegram has it.
///
/// # Errors
/// When the database fails.
pub fn find_message_id(conn: &mut AnyConnection, id: i64) -> Result<Option<MessageId>> {
    let found: Option<Option<i32>> = on_each!(conn, |c| order_messages::table
        .find(id)
        .select(order_messages::message_id)
        .get_result(c)
        .optional())?;
    Ok(found.flatten().map(MessageId))
}

/// Which order a message is about, and what it is.
///
/// # Errors
/// When the database fails.
pub fn find_order_of_message(
    conn: &mut AnyConnection,
    row: i64,
) -> Result<Option<(OrderId, OrderMessageKind)>> {
    let found: Option<(i64, String)> = on_each!(conn, |c| order_messages::table
        .find(row)
        .select((order_messages::order_id, order_messages::kind))
        .get_result(c)
        .optional())?;
    let kind = |text: &str| {
        let all = [OrderMessageKind::Staff, OrderMessageKind::Master, OrderMessageKind::Notice];
        all.into_iter().find(|kind| kind.as_str() == text).unwrap_or(OrderMessageKind::Notice)
    };
    Ok(found.map(|(order, text)| (OrderId(order), kind(&text))))
}

/// A card of an order that may still be on somebody's screen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OrderCard {
    /// The row, to be named when the card is brought up to date.
    pub row: i64,
    /// Where it is.
    pub chat: ChatId,
    /// Its number, once Telegram has it.
    pub message: Option<MessageId>,
    /// For whom it is.
    pub kind: OrderMessageKind,
}

/// The cards of an order (not the notices), newest first.
///
/// # Errors
/// When the database fails.
pub fn list_order_cards(conn: &mut AnyConnection, order: OrderId) -> Result<Vec<OrderCard>> {
    let rows: Vec<(i64, i64, Option<i32>, String)> = on_each!(conn, |c| order_messages::table
        .filter(order_messages::order_id.eq(order.0))
        .filter(order_messages::kind.ne(OrderMessageKind::Notice.as_str()))
        .order(order_messages::id.desc())
        .select((
            order_messages::id,
            order_messages::chat_id,
            order_messages::message_id,
            order_messages::kind,
        ))
        .load(c))?;
    let card = |(row, chat, message, kind): (i64, i64, Option<i32>, String)| OrderCard {
        row,
        chat: ChatId(chat),
        message: message.map(MessageId),
        kind: if kind == OrderMessageKind::Staff.as_str() {
            OrderMessageKind::Staff
        } else {
            OrderMessageKind::Master
        },
    };
    Ok(rows.into_iter().map(card).collect())
}

/// The master's cards of all orders that are or were a master's at their end, outside of the chats named.
///
/// # Errors
/// When the database fails.
pub fn list_master_cards_outside(
    conn: &mut AnyConnection,
    master: MasterId,
    chats: [ChatId; 2],
) -> Result<Vec<(OrderId, OrderCard)>> {
    let rows: Vec<(i64, i64, i64, Option<i32>)> = on_each!(conn, |c| order_messages::table
        .inner_join(orders::table)
        .filter(orders::assigned_master_id.eq(master.0))
        .filter(order_messages::kind.eq(OrderMessageKind::Master.as_str()))
        .filter(order_messages::chat_id.ne_all(chats.map(|chat| chat.0)))
        .order(order_messages::id.desc())
        .select((orders::id, order_messages::id, order_messages::chat_id, order_messages::message_id))
        .load(c))?;
    let card = |(order, row, chat, message): (i64, i64, i64, Option<i32>)| {
        let message = message.map(MessageId);
        (OrderId(order), OrderCard { row, chat: ChatId(chat), message, kind: OrderMessageKind::Master })
    };
    Ok(rows.into_iter().map(card).collect())
}

/// Notes that a message on somebody's screen now shows this order and no other, and returns its row (made when
/// it had none: the old bot sent it).
///
/// # Errors
/// When the database fails.
pub fn claim_order_card(
    conn: &mut AnyConnection,
    order: OrderId,
    kind: OrderMessageKind,
    chat: ChatId,
    message: MessageId,
    now: DateTime<Utc>,
) -> Result<i64> {
    release_order_card(conn, chat, message)?;
    let known: Option<i64> = on_each!(conn, |c| order_messages::table
        .filter(order_messages::chat_id.eq(chat.0))
        .filter(order_messages::message_id.eq(message.0))
        .filter(order_messages::order_id.eq(order.0))
        .select(order_messages::id)
        .get_result(c)
        .optional())?;
    let Some(row) = known else {
        let row = insert_order_message(conn, order, chat, kind, now)?;
        update_message_id(conn, row, message)?;
        return Ok(row);
    };
    on_each!(conn, |c| diesel::update(order_messages::table.find(row))
        .set(order_messages::kind.eq(kind.as_str()))
        .execute(c))?;
    Ok(row)
}

/// Notes that a message shows something else now: it is nobody's card any more.
///
/// # Errors
/// When the database fails.
pub fn release_order_card(conn: &mut AnyConnection, chat: ChatId, message: MessageId) -> Result<()> {
    on_each!(conn, |c| diesel::update(
        order_messages::table
            .filter(order_messages::chat_id.eq(chat.0))
            .filter(order_messages::message_id.eq(message.0))
    )
    .set(order_messages::kind.eq(OrderMessageKind::Notice.as_str()))
    .execute(c))?;
    Ok(())
}

/// Notes that a card has said its last word: it is not brought up to date again.
///
/// # Errors
/// When the database fails.
pub fn retire_order_card(conn: &mut AnyConnection, row: i64) -> Result<()> {
    on_each!(conn, |c| diesel::update(order_messages::table.find(row))
        .set(order_messages::kind.eq(OrderMessageKind::Notice.as_str()))
        .execute(c))?;
    Ok(())
}
