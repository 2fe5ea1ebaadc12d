//! What is in memory: a lane per chat with its queue, and which rows are held. Nothing here sends or writes.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::delivery::Deferral;
use super::limits::RateState;
use super::{BATCH, CHAT_WINDOW, WINDOW};
use crate::db::outbox::LeasedMessage;
use crate::domain::ids::ChatId;

/// All lanes.
#[derive(Default)]
pub(super) struct ChatQueues {
    by_chat: HashMap<ChatId, ChatQueue>,
    /// The rows that are ours: queued, under way, or with an outcome that could not be recorded. Only their
    /// leases are renewed, and none of them is taken in again.
    held: HashSet<i64>,
    /// The last lease left something behind that a message leaving a lane makes room for.
    pub(super) more: bool,
    /// A lease failed in a way that leaves open whether it was committed.
    pub(super) unsure: bool,
    /// Lanes that have ended because their first message cannot go for a while; the pump gives them back.
    parked: Vec<DeferredQueue>,
    /// When a chat that was given back may be tried again.
    due: BTreeSet<Instant>,
    /// Since when the rows that were given back have been tried.
    tried_since: HashMap<i64, DateTime<Utc>>,
    /// The lanes at work and the calls that go past the outbox.
    pub(super) tasks: JoinSet<()>,
}

#[derive(Default)]
struct ChatQueue {
    queue: VecDeque<LeasedMessage>,
    runs: bool,
    gate: RateState,
}

/// A lane to be given back.
#[derive(Clone, Debug)]
pub(super) struct DeferredQueue {
    pub(super) chat: ChatId,
    /// The message that cannot go.
    pub(super) row: LeasedMessage,
    pub(super) parking: Deferral,
}

impl ChatQueues {
    /// How many rows may be leased, and the chats that have enough.
    pub(super) fn room(&mut self) -> (usize, Vec<ChatId>) {
        let full = self.by_chat.iter().filter(|(_, lane)| lane.queue.len() >= CHAT_WINDOW);
        let full: Vec<ChatId> = full.map(|(chat, _)| *chat).collect();
        let room = BATCH.min(WINDOW.saturating_sub(self.held.len()));
        self.more = room == 0 || !full.is_empty();
        (room, full)
    }

    /// Takes a row in unless it is here already. Returns the chat whose lane has to be started.
    pub(super) fn enqueue(&mut self, row: LeasedMessage) -> Option<ChatId> {
        if !self.held.insert(row.id) {
            return None;
        }
        let chat = row.chat;
        let lane = self.by_chat.entry(chat).or_default();
        lane.queue.push_back(row);
        (!std::mem::replace(&mut lane.runs, true)).then_some(chat)
    }

    /// The next message of a chat and since when it has been tried, if it has; without a message the lane has ended.
    pub(super) fn next_of(&mut self, chat: ChatId) -> Option<(LeasedMessage, Option<DateTime<Utc>>)> {
        let lane = self.by_chat.get_mut(&chat)?;
        let Some(row) = lane.queue.pop_front() else {
            lane.runs = false;
            if lane.gate.is_idle() {
                self.by_chat.remove(&chat);
            }
            return None;
        };
        let since = self.tried_since.remove(&row.id);
        Some((row, since))
    }

    /// The pace of a chat that has a lane.
    pub(super) fn gate(&mut self, chat: ChatId) -> &mut RateState {
        &mut self.by_chat.entry(chat).or_default().gate
    }

    /// A row is done with.
    pub(super) fn leave(&mut self, id: i64) {
        self.held.remove(&id);
    }

    /// The lane ends with this message in front. It counts as running until it is given back, so that nothing
    /// overtakes.
    pub(super) fn park(&mut self, chat: ChatId, row: LeasedMessage, parking: Deferral, since: DateTime<Utc>) {
        self.tried_since.insert(row.id, since);
        self.parked.push(DeferredQueue { chat, row, parking });
    }

    /// The lanes to be given back, and the rows behind the first one of each.
    pub(super) fn parked(&self) -> Vec<(DeferredQueue, Vec<i64>)> {
        let behind = |parked: &DeferredQueue| {
            let lane = self.by_chat.get(&parked.chat);
            lane.map(|lane| lane.queue.iter().map(|row| row.id).collect()).unwrap_or_default()
        };
        self.parked.iter().map(|parked| (parked.clone(), behind(parked))).collect()
    }

    /// The database has this lane's rows back.
    pub(super) fn given_back(&mut self, chat: ChatId) {
        let Some(at) = self.parked.iter().position(|parked| parked.chat == chat) else { return };
        let parked = self.parked.swap_remove(at);
        self.held.remove(&parked.row.id);
        if let Deferral::Until { wake_at, .. } = parked.parking {
            self.due.insert(wake_at);
        }
        if let Some(lane) = self.by_chat.get_mut(&chat) {
            for row in std::mem::take(&mut lane.queue) {
                self.held.remove(&row.id);
            }
            lane.runs = false;
            if lane.gate.is_idle() {
                self.by_chat.remove(&chat);
            }
        }
    }

    /// When the pump has to look again for chats that were given back.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.due.first().copied()
    }

    /// Forgets the waits that are over: what is due now is about to be looked for.
    pub(super) fn forget_due(&mut self) {
        let now = Instant::now();
        self.due.retain(|at| *at > now);
    }

    /// The rows that are ours.
    pub(super) fn held(&self) -> Vec<i64> {
        self.held.iter().copied().collect()
    }

    /// Forgets lanes that have nothing to remember, and messages that another process has taken over.
    pub(super) fn tidy(&mut self, now: DateTime<Utc>, longest: TimeDelta) {
        self.by_chat.retain(|_, lane| lane.runs || !lane.gate.is_idle());
        self.tried_since.retain(|_, since| now - *since < longest);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn row(id: i64, chat: i64) -> LeasedMessage {
        LeasedMessage {
            id,
            chat: ChatId(chat),
            method: "sendMessage".to_owned(),
            payload: "{}".to_owned(),
            order_message: None,
            attempts: 0,
            due_at: DateTime::UNIX_EPOCH,
            expires_at: None,
        }
    }

    #[test]
    fn a_row_is_taken_in_once_until_it_has_left() {
        let mut lanes = ChatQueues::default();
        assert_eq!(lanes.enqueue(row(1, 7)), Some(ChatId(7)));
        assert_eq!(lanes.enqueue(row(1, 7)), None);
        assert_eq!(lanes.next_of(ChatId(7)).unwrap().0.id, 1);
        assert_eq!(lanes.enqueue(row(1, 7)), None, "under way");
        assert!(lanes.next_of(ChatId(7)).is_none());
        assert_eq!(lanes.held(), [1]);
        lanes.leave(1);
        assert_eq!(lanes.enqueue(row(1, 7)), Some(ChatId(7)));
    }

    #[test]
    fn a_lane_that_was_given_back_leaves_nothing_behind() {
        let mut lanes = ChatQueues::default();
        for id in 1..=3 {
            lanes.enqueue(row(id, 7));
        }
        let (first, _) = lanes.next_of(ChatId(7)).unwrap();
        let wake_at = Instant::now() + std::time::Duration::from_mins(1);
        let parking = Deferral::Until { reason: String::new(), due_at: Utc::now(), wake_at };
        lanes.park(ChatId(7), first, parking, Utc::now());
        assert_eq!(lanes.enqueue(row(4, 7)), None, "nobody overtakes while it is being given back");
        assert_eq!(lanes.parked()[0].1, [2, 3, 4]);
        lanes.given_back(ChatId(7));
        assert!(lanes.held().is_empty() && lanes.parked().is_empty() && lanes.by_chat.is_empty());
        assert_eq!(lanes.next_due(), Some(wake_at));
    }
}
