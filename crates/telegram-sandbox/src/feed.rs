//! The feed of changes for the chat page: a ring buffer of what changed; the page then receives the current state of it.

use std::collections::VecDeque;

use crate::calls::CallbackAnswer;

/// Size of the ring buffer; a page that is further behind reloads everything.
const CAPACITY: usize = 4_096;

/// A change that the page shows.
#[derive(Clone, Debug)]
pub(crate) enum StateChange {
    /// Chat and message: new, edited or deleted.
    Message(i64, i64),
    /// A chat or user: new, blocked, the bot joined or left.
    Chat,
    Answer(Box<CallbackAnswer>),
    /// The bot is typing in this chat.
    Action(i64),
    /// Command menus.
    Commands,
    FaultQueue,
    /// The clock was moved.
    Clock,
}

/// The latest changes, numbered from 1.
#[derive(Debug, Default)]
pub(crate) struct ChangeFeed {
    changes: VecDeque<StateChange>,
    last: u64,
}

impl ChangeFeed {
    pub(crate) fn push_change(&mut self, change: StateChange) {
        if self.changes.len() == CAPACITY {
            self.changes.pop_front();
        }
        self.changes.push_back(change);
        self.last += 1;
    }

    /// Number of the latest change.
    pub(crate) fn last_number(&self) -> u64 {
        self.last
    }

    /// The changes after a number. `None` when some are no longer stored or the number is from an earlier run.
    pub(crate) fn changes_after(&self, number: u64) -> Option<impl Iterator<Item = &StateChange>> {
        let behind = usize::try_from(self.last.checked_sub(number)?).ok()?;
        let skip = self.changes.len().checked_sub(behind)?;
        Some(self.changes.iter().skip(skip))
    }
}
