//! The feed of changes for the chat page: a short ring that names what changed; the page is then given the present state of it.

use std::collections::VecDeque;

use crate::calls::CallbackAnswer;

/// Changes that the ring holds; a page that is further behind loads everything again.
const KEEP: usize = 4_096;

/// What changed.
#[derive(Clone, Debug)]
pub(crate) enum StateChange {
    /// Chat and message: new, edited or deleted.
    Message(i64, i64),
    /// A chat or person: new, blocked, the bot came or went.
    Chat,
    Answer(Box<CallbackAnswer>),
    /// The bot is typing in this chat.
    Action(i64),
    /// Command menus.
    Commands,
    FaultQueue,
}

/// The latest changes, numbered from 1.
#[derive(Debug, Default)]
pub(crate) struct ChangeFeed {
    changes: VecDeque<StateChange>,
    last: u64,
}

impl ChangeFeed {
    pub(crate) fn push_change(&mut self, change: StateChange) {
        if self.changes.len() == KEEP {
            self.changes.pop_front();
        }
        self.changes.push_back(change);
        self.last += 1;
    }

    /// Number of the latest change.
    pub(crate) fn last_number(&self) -> u64 {
        self.last
    }

    /// Changes after this number, `None` when some of them are forgotten or the number is from another life.
    pub(crate) fn changes_after(&self, number: u64) -> Option<impl Iterator<Item = &StateChange>> {
        let behind = usize::try_from(self.last.checked_sub(number)?).ok()?;
        let skip = self.changes.len().checked_sub(behind)?;
        Some(self.changes.iter().skip(skip))
    }
}
