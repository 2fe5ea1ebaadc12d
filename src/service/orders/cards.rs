//! The messages that show an order.

use chrono::{DateTime, Utc};

use super::super::{Result, require_staff};
use crate::db::AnyConnection;
use crate::db::order_messages::{self, OrderCard, OrderMessageKind};
use crate::domain::ids::{ChatId, ChatPlace, MessageId, OrderId};
use crate::domain::master::Master;
use crate::domain::user::User;

/// Returns the cards of an order, newest first.
pub(crate) fn list_order_cards(tx: &mut AnyConnection, id: OrderId) -> Result<Vec<OrderCard>> {
    Ok(order_messages::list_order_cards(tx, id)?)
}

/// Returns the cards of a master's orders, also of closed ones, in chats where the master does not work now, for staff.
pub(crate) fn list_master_cards_elsewhere(
    tx: &mut AnyConnection,
    user: &User,
    master: &Master,
) -> Result<Vec<(OrderId, OrderCard)>> {
    require_staff(user)?;
    let places = [master.place(), master.telegram_id.into()];
    Ok(order_messages::list_master_cards_outside(tx, master.id, &places)?)
}

/// Records that an existing message is a card of the order, also one that the old bot sent.
pub(crate) fn claim_order_card(
    tx: &mut AnyConnection,
    id: OrderId,
    kind: OrderMessageKind,
    place: ChatPlace,
    message: MessageId,
    now: DateTime<Utc>,
) -> Result<()> {
    order_messages::claim_order_card(tx, id, kind, place, message, now)?;
    Ok(())
}

/// Returns the order that a message in a chat is about, and whether the message is its card now. Checks no right.
pub(crate) fn find_order_of_message(
    tx: &mut AnyConnection,
    chat: ChatId,
    message: MessageId,
) -> Result<Option<(OrderId, bool)>> {
    Ok(order_messages::find_order_in_chat(tx, chat, message)?)
}
