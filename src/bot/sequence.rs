//! The order of updates that arrive on several connections at once.
//!
//! Telegram numbers the updates of a bot one after the other, and a webhook receives the messages and the presses of one chat
//! on different connections. An update waits here until all before it have come, at most [`GAP_TIMEOUT`]: a missing one may
//! belong to the same chat, or be none of this bot's. The inbox keeps what waits, also beyond a crash.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

/// How long an update waits for missing ones before it.
pub(super) const GAP_TIMEOUT: Duration = Duration::from_secs(2);
/// An id that is lower by more than this begins a new sequence: after a quiet week Telegram may start over anywhere (Telegram
/// Bot API: Update). What is lower by less comes late, or again.
const RESTART_DISTANCE: i64 = 100_000;

/// The updates that wait for missing ones.
pub(super) struct UpdateSequence<T> {
    /// The id that comes next; `None` while it is unknown.
    next: Option<i64>,
    waiting: BTreeMap<i64, WaitingUpdate<T>>,
}

struct WaitingUpdate<T> {
    update: T,
    arrived: Instant,
}

impl<T> Default for UpdateSequence<T> {
    fn default() -> Self {
        Self { next: None, waiting: BTreeMap::new() }
    }
}

impl<T> UpdateSequence<T> {
    /// Continues after the last id of an earlier run.
    pub(super) fn continue_after(&mut self, last: i64) {
        self.next = last.checked_add(1);
    }

    /// Adds an update and returns those whose turn it is, in order.
    pub(super) fn add_update(&mut self, id: i64, update: T, now: Instant) -> Vec<T> {
        match self.next {
            Some(next) if id < next && next.saturating_sub(id) <= RESTART_DISTANCE => return vec![update],
            Some(next) if id < next => self.next = None,
            _ => {}
        }
        // One that comes twice is the same.
        self.waiting.entry(id).or_insert(WaitingUpdate { update, arrived: now });
        self.release_following()
    }

    /// Returns the updates that have waited long enough, and those before and right after them, in order.
    pub(super) fn release_overdue(&mut self, now: Instant) -> Vec<T> {
        let is_overdue = |waiting: &WaitingUpdate<T>| now.duration_since(waiting.arrived) >= GAP_TIMEOUT;
        let overdue = self.waiting.iter().rev().find(|(_, waiting)| is_overdue(waiting)).map(|(id, _)| *id);
        let Some(last) = overdue else { return Vec::new() };
        let later = last.checked_add(1).map(|next| self.waiting.split_off(&next)).unwrap_or_default();
        let released = std::mem::replace(&mut self.waiting, later);
        self.next = last.checked_add(1);
        let mut released: Vec<T> = released.into_values().map(|waiting| waiting.update).collect();
        released.extend(self.release_following());
        released
    }

    pub(super) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Drops what waits. The inbox keeps it.
    pub(super) fn drop_waiting(&mut self) {
        self.waiting.clear();
    }

    /// Takes the updates that follow without a gap.
    fn release_following(&mut self) -> Vec<T> {
        let mut released = Vec::new();
        while let Some(next) = self.next
            && let Some(waiting) = self.waiting.remove(&next)
        {
            released.push(waiting.update);
            self.next = next.checked_add(1);
        }
        released
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [i64; 0] = [];

    /// A sequence after the id 9, and the time of its start.
    fn sequence() -> (UpdateSequence<i64>, Instant) {
        let mut sequence = UpdateSequence::default();
        sequence.continue_after(9);
        (sequence, Instant::now())
    }

    #[test]
    fn updates_leave_in_the_order_of_their_ids() {
        let (mut sequence, now) = sequence();
        let mut add = |id| sequence.add_update(id, id, now);
        assert_eq!(add(12), NONE);
        assert_eq!(add(10), [10]);
        // The same one again, while it waits and afterwards.
        assert_eq!(add(12), NONE);
        assert_eq!(add(10), [10]);
        assert_eq!(add(11), [11, 12]);
        assert_eq!(add(13), [13]);
        assert!(!sequence.has_waiting());
    }

    #[test]
    fn update_waits_for_a_missing_one_two_seconds_at_most() {
        let (mut sequence, start) = sequence();
        let at = |millis| start + Duration::from_millis(millis);
        assert_eq!(sequence.add_update(11, 11, at(0)), NONE);
        assert_eq!(sequence.add_update(13, 13, at(500)), NONE);
        assert_eq!(sequence.add_update(14, 14, at(1_500)), NONE);
        assert_eq!(sequence.release_overdue(at(1_999)), NONE);
        assert_eq!(sequence.release_overdue(at(2_000)), [11]);
        // It is given up, and handled when it comes after all.
        assert_eq!(sequence.add_update(10, 10, at(2_100)), [10]);
        assert_eq!(sequence.release_overdue(at(2_499)), NONE);
        assert_eq!(sequence.release_overdue(at(2_500)), [13, 14]);
        assert_eq!(sequence.add_update(15, 15, at(2_600)), [15]);
    }

    #[test]
    fn update_that_came_later_but_is_earlier_leaves_with_an_overdue_one() {
        let (mut sequence, start) = sequence();
        assert_eq!(sequence.add_update(14, 14, start), NONE);
        assert_eq!(sequence.add_update(12, 12, start + Duration::from_secs(1)), NONE);
        assert_eq!(sequence.release_overdue(start + GAP_TIMEOUT), [12, 14]);
    }

    #[test]
    fn sequence_may_start_over_anywhere() {
        let (mut sequence, start) = (UpdateSequence::default(), Instant::now());
        assert_eq!(sequence.add_update(500_001, 500_001, start), NONE);
        assert_eq!(sequence.add_update(500_000, 500_000, start), NONE);
        assert_eq!(sequence.release_overdue(start + GAP_TIMEOUT), [500_000, 500_001]);
        assert_eq!(sequence.add_update(500_002, 500_002, start), [500_002]);
        // Lower ones are ordered, too.
        assert_eq!(sequence.add_update(8, 8, start), NONE);
        assert_eq!(sequence.add_update(7, 7, start), NONE);
        assert_eq!(sequence.release_overdue(start + GAP_TIMEOUT), [7, 8]);
        assert_eq!(sequence.add_update(9, 9, start), [9]);
        for id in [i64::MAX, i64::MIN] {
            assert_eq!(sequence.add_update(id, id, start), NONE);
            assert_eq!(sequence.release_overdue(start + GAP_TIMEOUT), [id]);
        }
    }
}
