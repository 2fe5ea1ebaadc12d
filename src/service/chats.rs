//! Changes of chats on Telegram's side.

use super::Result;
use crate::db::{AnyConnection, chats};
use crate::domain::ids::ChatId;

/// Moves everything from a group to the supergroup that it became. Telegram reports this twice; the second call changes
/// nothing. Needs no right: the change has happened already.
pub(crate) fn move_chat(tx: &mut AnyConnection, from: ChatId, to: ChatId) -> Result<()> {
    Ok(chats::move_chat(tx, from, to)?)
}
