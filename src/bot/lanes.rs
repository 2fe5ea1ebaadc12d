//! The updates of each chat, one after the other, with the parts of one message put together.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio_util::sync::CancellationToken;

use super::assembly;
use super::incoming::ReceivedUpdate;

/// An update with the permit that it holds until it is finished, with any outcome.
pub(super) struct QueuedUpdate {
    pub(super) update: ReceivedUpdate,
    pub(super) permit: OwnedSemaphorePermit,
}

/// The lanes of all chats with updates in progress.
pub(super) struct ChatLanes {
    state: Mutex<LaneState>,
    /// Cancelled when the program stops: no update begins any more.
    stopping: CancellationToken,
}

#[derive(Default)]
struct LaneState {
    by_chat: HashMap<i64, ChatLane>,
    /// The ids of the updates in progress or waiting: Telegram may send one again meanwhile.
    update_ids: HashSet<i64>,
}

#[derive(Default)]
struct ChatLane {
    /// The updates that wait for the one in progress.
    queue: VecDeque<QueuedUpdate>,
    /// Notified of each update that is appended.
    arrival: Arc<Notify>,
}

/// What comes behind a part of a message.
enum NextPart {
    Part(Box<QueuedUpdate>),
    /// The message has no more.
    None,
    /// The program stops.
    Stopped,
}

impl ChatLanes {
    pub(super) fn new(stopping: CancellationToken) -> Self {
        Self { state: Mutex::default(), stopping }
    }

    /// Appends an update to its chat's lane. Returns the update when it is the first of a new lane, which the caller runs.
    pub(super) fn append_update(&self, chat: i64, queued: QueuedUpdate) -> Option<QueuedUpdate> {
        let mut state = self.lock_state();
        // Checked under the lock: after the drain ended a lane, a later update must not overtake the one left over.
        if self.stopping.is_cancelled() || !state.update_ids.insert(queued.update.id) {
            return None;
        }
        if let Some(lane) = state.by_chat.get_mut(&chat) {
            lane.queue.push_back(queued);
            lane.arrival.notify_one();
            return None;
        }
        state.by_chat.insert(chat, ChatLane::default());
        Some(queued)
    }

    /// Takes the next update of a lane; a lane without one ends.
    pub(super) fn take_update(&self, chat: i64) -> Option<QueuedUpdate> {
        let mut state = self.lock_state();
        let next = state.by_chat.get_mut(&chat).and_then(|lane| lane.queue.pop_front());
        if next.is_none() {
            state.by_chat.remove(&chat);
        }
        next
    }

    /// Ends a lane. What waits in it stays in the inbox.
    pub(super) fn end_lane(&self, chat: i64) {
        self.lock_state().by_chat.remove(&chat);
    }

    /// Forgets an update that is no longer in progress.
    pub(super) fn forget_update(&self, update: &ReceivedUpdate) {
        let mut state = self.lock_state();
        for id in update.parts.iter().chain([&update.id]) {
            state.update_ids.remove(id);
        }
    }

    /// Joins an update with the further parts of its message, which may still be on their way. `None` when the program stops
    /// first: all parts stay in the inbox.
    pub(super) async fn collect_parts(
        &self,
        chat: i64,
        first: QueuedUpdate,
    ) -> Option<(ReceivedUpdate, Vec<OwnedSemaphorePermit>)> {
        let mut parts = vec![first];
        while let Some(last) = parts.last()
            && assembly::may_continue(&last.update, parts.len())
        {
            match self.next_part(chat, &last.update).await {
                NextPart::Part(part) => parts.push(*part),
                NextPart::None => break,
                NextPart::Stopped => return None,
            }
        }
        let (mut updates, mut permits) = (Vec::with_capacity(parts.len()), Vec::with_capacity(parts.len()));
        for part in parts {
            updates.push(part.update);
            permits.push(part.permit);
        }
        Some((assembly::join_parts(updates)?, permits))
    }

    /// Waits for the next part of a message: until any update of the chat comes, at most for [`assembly::PART_WINDOW`].
    async fn next_part(&self, chat: i64, last: &ReceivedUpdate) -> NextPart {
        let window = tokio::time::sleep(assembly::PART_WINDOW);
        tokio::pin!(window);
        loop {
            let arrival = {
                let mut state = self.lock_state();
                let Some(lane) = state.by_chat.get_mut(&chat) else { return NextPart::None };
                if !lane.queue.is_empty() {
                    let is_part = |next: &mut QueuedUpdate| assembly::is_next_part(last, &next.update);
                    let part = lane.queue.pop_front_if(is_part);
                    return part.map_or(NextPart::None, |part| NextPart::Part(Box::new(part)));
                }
                Arc::clone(&lane.arrival)
            };
            tokio::select! {
                // What is there already counts, however long this task did not run.
                biased;
                () = arrival.notified() => {}
                () = self.stopping.cancelled() => return NextPart::Stopped,
                () = &mut window => return NextPart::None,
            }
        }
    }

    fn lock_state(&self) -> MutexGuard<'_, LaneState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Duration;

    use serde_json::{Value, json};
    use tokio::sync::Semaphore;

    use super::*;

    const CHAT: i64 = 42;

    fn queued(capacity: &Arc<Semaphore>, id: i64, content: Value) -> QueuedUpdate {
        let mut message = content;
        message["message_id"] = id.into();
        message["date"] = 50.into();
        message["chat"] = json!({ "id": CHAT, "type": "private" });
        let update = ReceivedUpdate::parse(id, &json!({ "message": message }).to_string());
        QueuedUpdate { update, permit: Arc::clone(capacity).try_acquire_owned().unwrap() }
    }

    fn photo(album: &str) -> Value {
        json!({ "photo": [{ "file_id": "f" }], "media_group_id": album })
    }

    #[tokio::test]
    async fn parts_that_come_meanwhile_are_joined_until_another_message_comes() {
        let (lanes, capacity) = (ChatLanes::new(CancellationToken::new()), Arc::new(Semaphore::new(10)));
        let first = lanes.append_update(CHAT, queued(&capacity, 1, photo("7"))).unwrap();
        let collecting = lanes.collect_parts(CHAT, first);
        let sending = async {
            for (id, content) in
                [(2, photo("7")), (3, photo("7")), (3, photo("7")), (4, json!({ "text": "x" }))]
            {
                tokio::task::yield_now().await;
                assert!(lanes.append_update(CHAT, queued(&capacity, id, content)).is_none());
            }
        };
        let (collected, ()) = tokio::join!(collecting, sending);
        let (update, permits) = collected.unwrap();
        assert_eq!((update.id, update.parts.as_slice(), permits.len()), (1, &[2, 3][..], 3));
        lanes.forget_update(&update);
        let next = lanes.take_update(CHAT).unwrap();
        assert_eq!(next.update.id, 4);
        assert!(lanes.take_update(CHAT).is_none());
        drop((permits, next));
        assert_eq!(capacity.available_permits(), 10);
        // The lane has ended and may begin anew; the update that is forgotten may come again.
        assert!(lanes.append_update(CHAT, queued(&capacity, 1, photo("7"))).is_some());
        assert!(lanes.append_update(CHAT, queued(&capacity, 4, photo("7"))).is_none());
    }

    #[tokio::test]
    async fn ordinary_message_does_not_wait_and_a_stop_ends_waiting() {
        let stopping = CancellationToken::new();
        let (lanes, capacity) = (ChatLanes::new(stopping.clone()), Arc::new(Semaphore::new(10)));
        let first = lanes.append_update(CHAT, queued(&capacity, 1, json!({ "text": "x" }))).unwrap();
        let at_once = tokio::time::timeout(Duration::ZERO, lanes.collect_parts(CHAT, first)).await;
        assert!(at_once.unwrap().is_some());
        lanes.end_lane(CHAT);
        let long = json!({ "text": "ы".repeat(4096) });
        let first = lanes.append_update(CHAT, queued(&capacity, 2, long)).unwrap();
        stopping.cancel();
        assert!(lanes.collect_parts(CHAT, first).await.is_none());
        assert!(lanes.append_update(CHAT, queued(&capacity, 3, photo("7"))).is_none());
        assert_eq!(capacity.available_permits(), 10);
    }
}
