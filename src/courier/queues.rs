//! The messages in memory: a queue per chat, and the set of leased rows. Nothing here sends or writes.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::limits::RateState;
use crate::db::outbox::LeasedMessage;
use crate::domain::ids::ChatId;

/// The most messages in memory; the rest waits in the database.
const WINDOW_SIZE: usize = 1024;
/// The most messages of one chat in memory, so that a slow chat does not fill the window.
pub(super) const CHAT_WINDOW_SIZE: usize = 16;
/// The most rows leased at a time.
const BATCH_SIZE: usize = 256;

/// What a deferred message waits for.
#[derive(Clone, Debug)]
pub(super) enum Deferral {
    Until {
        reason: String,
        due_at: DateTime<Utc>,
        /// `due_at` for a timer.
        wake_at: Instant,
    },
    /// The group has become this supergroup; all messages of the chat go there.
    MovedTo(ChatId),
}

#[derive(Default)]
pub(super) struct ChatQueues {
    by_chat: HashMap<ChatId, ChatQueue>,
    /// The rows that are queued, being sent, or sent with an outcome that could not be recorded. Only their leases are
    /// renewed, and none of them is enqueued again.
    leased_ids: HashSet<i64>,
    /// The last lease left messages behind for lack of capacity.
    pub(super) has_more: bool,
    /// The last lease failed and may have been committed.
    pub(super) lease_unknown: bool,
    /// Queues whose first message has to wait for long; the pump releases their rows.
    deferred: Vec<DeferredQueue>,
    /// Chats that have turned out to be channels.
    channels: HashSet<ChatId>,
    /// When released queues are due again.
    retry_times: BTreeSet<Instant>,
    /// When the first attempt at each released row was made.
    first_attempts: HashMap<i64, Instant>,
    /// The running queues, and calls outside of the outbox.
    pub(super) tasks: JoinSet<()>,
}

#[derive(Default)]
struct ChatQueue {
    messages: VecDeque<LeasedMessage>,
    is_running: bool,
    rate: RateState,
}

/// A queue whose rows are to be released.
#[derive(Clone, Debug)]
pub(super) struct DeferredQueue {
    pub(super) chat: ChatId,
    pub(super) row: LeasedMessage,
    pub(super) deferral: Deferral,
}

impl ChatQueues {
    /// Returns how many rows may be leased, and the chats whose queues are full.
    pub(super) fn lease_capacity(&mut self) -> (usize, Vec<ChatId>) {
        let full = self.by_chat.iter().filter(|(_, queue)| queue.messages.len() >= CHAT_WINDOW_SIZE);
        let full: Vec<ChatId> = full.map(|(chat, _)| *chat).collect();
        let capacity = BATCH_SIZE.min(WINDOW_SIZE.saturating_sub(self.leased_ids.len()));
        self.has_more = capacity == 0 || !full.is_empty();
        (capacity, full)
    }

    /// Enqueues a row unless it is in memory already. Returns the chat if its queue has to be started.
    pub(super) fn enqueue_message(&mut self, row: LeasedMessage) -> Option<ChatId> {
        if !self.leased_ids.insert(row.id) {
            return None;
        }
        let chat = row.chat;
        let queue = self.by_chat.entry(chat).or_default();
        queue.messages.push_back(row);
        (!std::mem::replace(&mut queue.is_running, true)).then_some(chat)
    }

    /// Returns the next message of a chat and the time of its first attempt, if any; `None` ends the queue.
    pub(super) fn next_message(&mut self, chat: ChatId) -> Option<(LeasedMessage, Option<Instant>)> {
        let queue = self.by_chat.get_mut(&chat)?;
        let Some(row) = queue.messages.pop_front() else {
            queue.is_running = false;
            if queue.rate.is_idle() {
                self.by_chat.remove(&chat);
            }
            return None;
        };
        let since = self.first_attempts.remove(&row.id);
        Some((row, since))
    }

    pub(super) fn chat_rate(&mut self, chat: ChatId) -> &mut RateState {
        &mut self.by_chat.entry(chat).or_default().rate
    }

    pub(super) fn mark_channel(&mut self, chat: ChatId) {
        self.channels.insert(chat);
    }

    pub(super) fn is_channel(&self, chat: ChatId) -> bool {
        self.channels.contains(&chat)
    }

    pub(super) fn remove_message(&mut self, id: i64) {
        self.leased_ids.remove(&id);
    }

    /// Stops a queue before this message. It counts as running until its rows are released, so that no later message
    /// overtakes.
    pub(super) fn defer_queue(
        &mut self,
        chat: ChatId,
        row: LeasedMessage,
        deferral: Deferral,
        since: Instant,
    ) {
        self.first_attempts.insert(row.id, since);
        self.deferred.push(DeferredQueue { chat, row, deferral });
    }

    /// Returns the queues to be released, each with the ids behind its first row.
    pub(super) fn deferred_queues(&self) -> Vec<(DeferredQueue, Vec<i64>)> {
        let behind = |deferred: &DeferredQueue| {
            let queue = self.by_chat.get(&deferred.chat);
            queue.map(|queue| queue.messages.iter().map(|row| row.id).collect()).unwrap_or_default()
        };
        self.deferred.iter().map(|deferred| (deferred.clone(), behind(deferred))).collect()
    }

    pub(super) fn remove_deferred(&mut self, chat: ChatId) {
        let Some(at) = self.deferred.iter().position(|deferred| deferred.chat == chat) else { return };
        let deferred = self.deferred.swap_remove(at);
        self.leased_ids.remove(&deferred.row.id);
        if let Deferral::Until { wake_at, .. } = deferred.deferral {
            self.retry_times.insert(wake_at);
        }
        if let Some(queue) = self.by_chat.get_mut(&chat) {
            for row in std::mem::take(&mut queue.messages) {
                self.leased_ids.remove(&row.id);
            }
            queue.is_running = false;
            if queue.rate.is_idle() {
                self.by_chat.remove(&chat);
            }
        }
    }

    pub(super) fn next_retry_time(&self) -> Option<Instant> {
        self.retry_times.first().copied()
    }

    pub(super) fn remove_past_retry_times(&mut self) {
        let now = Instant::now();
        self.retry_times.retain(|at| *at > now);
    }

    pub(super) fn leased_ids(&self) -> Vec<i64> {
        self.leased_ids.iter().copied().collect()
    }

    /// Forgets idle queues, and first attempts older than `max_age`, whose rows another process has leased.
    pub(super) fn remove_idle(&mut self, now: Instant, max_age: Duration) {
        self.by_chat.retain(|_, queue| queue.is_running || !queue.rate.is_idle());
        self.first_attempts.retain(|_, since| now.duration_since(*since) < max_age);
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
    fn a_row_is_enqueued_once_until_it_is_finished() {
        let mut queues = ChatQueues::default();
        assert_eq!(queues.enqueue_message(row(1, 7)), Some(ChatId(7)));
        assert_eq!(queues.enqueue_message(row(1, 7)), None);
        assert_eq!(queues.next_message(ChatId(7)).unwrap().0.id, 1);
        assert_eq!(queues.enqueue_message(row(1, 7)), None, "being sent");
        assert!(queues.next_message(ChatId(7)).is_none());
        assert_eq!(queues.leased_ids(), [1]);
        queues.remove_message(1);
        assert_eq!(queues.enqueue_message(row(1, 7)), Some(ChatId(7)));
    }

    #[test]
    fn a_released_queue_leaves_nothing_in_memory() {
        let mut queues = ChatQueues::default();
        for id in 1..=3 {
            queues.enqueue_message(row(id, 7));
        }
        let (first, _) = queues.next_message(ChatId(7)).unwrap();
        let wake_at = Instant::now() + std::time::Duration::from_mins(1);
        let deferral = Deferral::Until { reason: String::new(), due_at: Utc::now(), wake_at };
        queues.defer_queue(ChatId(7), first, deferral, Instant::now());
        assert_eq!(queues.enqueue_message(row(4, 7)), None, "nothing overtakes before the release");
        assert_eq!(queues.deferred_queues()[0].1, [2, 3, 4]);
        queues.remove_deferred(ChatId(7));
        assert!(
            queues.leased_ids().is_empty()
                && queues.deferred_queues().is_empty()
                && queues.by_chat.is_empty()
        );
        assert_eq!(queues.next_retry_time(), Some(wake_at));
    }
}
