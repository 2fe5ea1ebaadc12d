//! The flood guard: users who send too many updates are told so once, and the rest is dropped.
//!
//! Messages count by the time at which they were sent, so a backlog of hours is no flood. A press has no time of its own: it
//! counts when it arrives, and presses that arrive together, also those of a webhook's backlog, count once, because they may have
//! waited as long.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

use super::incoming::{IncomingEvent, IncomingUpdate, ReceivedUpdate};

/// In seconds.
const WINDOW: i64 = 10;
/// Users whose last update is long ago are forgotten when there are more than this.
const MANY_USERS: usize = 1024;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum FloodVerdict {
    Handle,
    /// The first one too many in a while: the user is told.
    Warn,
    Drop,
}

/// Counts the updates of each user in this process.
pub(super) struct FloodGuard {
    /// Updates per user in a window; `None` for no limit.
    limit: Option<NonZeroU32>,
    users: Mutex<HashMap<i64, RecentUpdates>>,
}

#[derive(Default)]
struct RecentUpdates {
    /// Those that were handled within the window, in their order.
    handled: Vec<CountedUpdate>,
    warned_at: Option<i64>,
}

struct CountedUpdate {
    seconds: i64,
    unit: Option<CountedUnit>,
}

/// Updates that count as one.
#[derive(PartialEq)]
enum CountedUnit {
    Album(String),
    /// Presses that arrived together.
    Arrival(DateTime<Utc>),
}

impl FloodGuard {
    pub(super) fn new(limit: Option<NonZeroU32>) -> Self {
        Self { limit, users: Mutex::default() }
    }

    /// Counts an update and returns what becomes of it. Messages between the members of a group do not count.
    pub(super) fn count_update(&self, update: &ReceivedUpdate) -> FloodVerdict {
        let (Some(limit), Some(input)) = (self.limit, update.input().filter(|input| is_for_bot(input)))
        else {
            return FloodVerdict::Handle;
        };
        let arrived_at = update.arrived_at.unwrap_or_default();
        let unit = match &input.event {
            IncomingEvent::Press(_) => Some(CountedUnit::Arrival(arrived_at)),
            _ => {
                let album = input.message.as_ref().and_then(|details| details.marks.media_group.clone());
                album.map(CountedUnit::Album)
            }
        };
        let seconds = update.sent_at.unwrap_or(arrived_at.timestamp());
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        if users.len() > MANY_USERS {
            users
                .retain(|_, recent| recent.handled.iter().any(|handled| is_within(handled.seconds, seconds)));
        }
        users.entry(input.sender.telegram_id.0).or_default().count_update(seconds, unit, limit)
    }
}

impl RecentUpdates {
    fn count_update(&mut self, seconds: i64, unit: Option<CountedUnit>, limit: NonZeroU32) -> FloodVerdict {
        self.handled.retain(|handled| is_within(handled.seconds, seconds));
        if unit.is_some() && self.handled.iter().any(|handled| handled.unit == unit) {
            return FloodVerdict::Handle;
        }
        if u32::try_from(self.handled.len()).is_ok_and(|count| count < limit.get()) {
            self.handled.push(CountedUpdate { seconds, unit });
            return FloodVerdict::Handle;
        }
        if self.warned_at.is_some_and(|warned_at| is_within(warned_at, seconds)) {
            return FloodVerdict::Drop;
        }
        self.warned_at = Some(seconds);
        FloodVerdict::Warn
    }
}

/// The clock may have been set back between the two.
fn is_within(earlier: i64, now: i64) -> bool {
    now.abs_diff(earlier) < WINDOW.unsigned_abs()
}

fn is_for_bot(input: &IncomingUpdate) -> bool {
    match &input.event {
        IncomingEvent::Press(_) => true,
        IncomingEvent::Text(text) if input.chat.is_group() => text.contains('/'),
        _ => !input.chat.is_group(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use chrono::TimeDelta;
    use serde_json::{Value, json};

    use super::*;

    const START: i64 = 1_700_000_000;

    fn guard(limit: u32) -> FloodGuard {
        FloodGuard::new(NonZeroU32::new(limit))
    }

    /// `arrived_after` in milliseconds.
    fn received(content: &Value, arrived_after: i64) -> ReceivedUpdate {
        let mut update = ReceivedUpdate::parse(1, &content.to_string());
        update.arrived_at = DateTime::from_timestamp_millis(START * 1000 + arrived_after);
        update
    }

    fn message(user: i64, chat: i64, after: i64, more: &Value) -> ReceivedUpdate {
        let kind = if chat < 0 { "supergroup" } else { "private" };
        let mut message = json!({ "message_id": 5, "date": START + after, "text": "x",
            "chat": { "id": chat, "type": kind }, "from": { "id": user, "is_bot": false, "first_name": "A" } });
        message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        received(&json!({ "message": message }), 5_000)
    }

    fn text(user: i64, after: i64) -> ReceivedUpdate {
        message(user, user, after, &json!({}))
    }

    fn press(user: i64, arrived_after: i64) -> ReceivedUpdate {
        let from = json!({ "id": user, "is_bot": false, "first_name": "A" });
        let query = json!({ "id": "1", "from": from, "chat_instance": "1", "data": "x" });
        received(&json!({ "callback_query": query }), arrived_after)
    }

    fn count(guard: &FloodGuard, updates: impl IntoIterator<Item = ReceivedUpdate>) -> [usize; 3] {
        let mut counts = [0; 3];
        for update in updates {
            counts[guard.count_update(&update) as usize] += 1;
        }
        counts
    }

    #[test]
    fn what_is_too_much_is_dropped_with_one_warning_in_each_window() {
        let guard = guard(5);
        assert_eq!(count(&guard, (0..20).map(|_| text(7, 0))), [5, 1, 14]);
        assert_eq!(count(&guard, [text(8, 0)]), [1, 0, 0], "another user");
        assert_eq!(count(&guard, (0..20).map(|_| text(7, 10))), [5, 1, 14]);
        assert_eq!(count(&guard, (0..100).map(|_| press(9, 0))), [100, 0, 0], "they came together");
        assert_eq!(count(&guard, (0..100).map(|at| press(10, at * 250))), [15, 3, 82]);
    }

    #[test]
    fn backlog_whose_times_are_spread_is_no_flood() {
        let guard = guard(5);
        assert_eq!(count(&guard, (0..500).map(|at| text(7, at * 3))), [500, 0, 0]);
    }

    #[test]
    fn album_counts_once() {
        let guard = guard(2);
        let photo = |album: &str| message(7, 7, 0, &json!({ "media_group_id": album }));
        assert_eq!(count(&guard, (0..10).map(|_| photo("a"))), [10, 0, 0]);
        assert_eq!(count(&guard, [photo("b"), photo("c"), photo("c"), photo("a")]), [2, 1, 1]);
    }

    #[test]
    fn edits_count_by_the_time_of_the_edit() {
        let guard = guard(2);
        let edit = |at: i64| {
            let edited = json!({ "message_id": 5, "date": START, "edit_date": START + at, "text": "x",
                "chat": { "id": 7, "type": "private" }, "from": { "id": 7, "is_bot": false, "first_name": "A" } });
            received(&json!({ "edited_message": edited }), 0)
        };
        assert_eq!(count(&guard, (0..9).map(|at| edit(at * 5))), [9, 0, 0]);
        assert_eq!(count(&guard, (0..9).map(|_| edit(900))), [2, 1, 6]);
    }

    #[test]
    fn members_of_a_group_may_talk_and_no_limit_is_none() {
        let talk = || (0..100).map(|_| message(7, -5, 0, &json!({})));
        assert_eq!(count(&guard(2), talk()), [100, 0, 0]);
        let commands = (0..5).map(|_| message(7, -5, 0, &json!({ "text": "/help" })));
        assert_eq!(count(&guard(2), commands), [2, 1, 2]);
        assert_eq!(count(&guard(0), (0..1000).map(|_| text(7, 0))), [1000, 0, 0]);
    }

    #[test]
    fn clock_that_is_set_back_stops_no_one_for_long() {
        let guard = guard(2);
        assert_eq!(count(&guard, (0..5).map(|_| press(7, 1))), [5, 0, 0]);
        let set_back = (0..5).map(|at| press(7, at - TimeDelta::days(1).num_milliseconds()));
        assert_eq!(count(&guard, set_back), [2, 1, 2]);
    }

    #[test]
    fn users_of_long_ago_are_forgotten() {
        let guard = guard(2);
        let many = i64::try_from(MANY_USERS).unwrap() + 1;
        count(&guard, (1..=many).map(|user| text(user, 0)));
        count(&guard, [text(1, 60)]);
        assert_eq!(guard.users.lock().unwrap().len(), 1);
    }
}
