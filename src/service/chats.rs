//! Chats, as Telegram changes them under people's feet.

use super::Result;
use crate::db::{AnyConnection, chats};
use crate::domain::ids::ChatId;

/// A group became a supergroup: everything that went to the old chat goes to the new one. Telegram says so twice, and
/// the second time changes nothing. Nobody's right is asked: it has happened already.
///
/// # Errors
/// When the database fails.
pub fn move_chat(tx: &mut AnyConnection, from: ChatId, to: ChatId) -> Result<()> {
    Ok(chats::move_chat(tx, from, to)?)
}
