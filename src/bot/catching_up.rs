//! When the webhook catches up with a backlog.
//!
//! After an outage Telegram delivers what has waited as fast as it is stored, and a press has no time of its own. For the
//! flood guard all updates of such a burst arrive together, as those of one poll do.

use chrono::{DateTime, TimeDelta, Utc};

/// A pause after which a burst is over.
const PAUSE: TimeDelta = TimeDelta::seconds(2);
/// The longest burst, so that a user who floods the bot does not prolong it.
const MAX_BURST: TimeDelta = TimeDelta::seconds(60);
/// A message that arrives so long after it was sent has waited at Telegram.
const LATE: TimeDelta = TimeDelta::seconds(60);

/// Tells a backlog from updates that come as users send them.
pub(super) struct CatchUp {
    /// Whether a backlog may come next: after a start, and after updates could not be stored.
    is_expected: bool,
    burst: Option<Burst>,
}

struct Burst {
    began_at: DateTime<Utc>,
    last_at: DateTime<Utc>,
}

impl Default for CatchUp {
    fn default() -> Self {
        Self { is_expected: true, burst: None }
    }
}

impl CatchUp {
    /// Expects a backlog, because Telegram could not deliver.
    pub(super) fn expect_backlog(&mut self) {
        self.is_expected = true;
    }

    /// Returns when an update counts as arrived: that of a backlog with the first of its burst, any other one now.
    pub(super) fn record_arrival(&mut self, sent_at: Option<i64>, now: DateTime<Utc>) -> DateTime<Utc> {
        let is_late = sent_at.is_some_and(|sent_at| now.timestamp() - sent_at >= LATE.num_seconds());
        if let Some(burst) = &mut self.burst
            && now - burst.last_at < PAUSE
            && now - burst.began_at < MAX_BURST
        {
            burst.last_at = now;
            return burst.began_at;
        }
        let begins = self.is_expected || is_late;
        self.is_expected = false;
        self.burst = begins.then_some(Burst { began_at: now, last_at: now });
        now
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::num::NonZeroU32;

    use serde_json::json;

    use super::super::flood::{FloodGuard, FloodVerdict};
    use super::super::incoming::ReceivedUpdate;
    use super::*;

    fn at(milliseconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_700_000_000_000 + milliseconds).unwrap()
    }

    /// How many of one user's presses are handled, one each 50 ms.
    fn handled_presses(catch_up: &mut CatchUp, guard: &FloodGuard, from: i64, count: i64) -> usize {
        let press = json!({ "callback_query": { "id": "1", "chat_instance": "1", "data": "x",
            "from": { "id": 7, "is_bot": false, "first_name": "A" } } });
        let is_handled = |number: &i64| {
            let mut update = ReceivedUpdate::parse(1, &press.to_string());
            update.arrived_at = Some(catch_up.record_arrival(update.sent_at, at(from + number * 50)));
            guard.count_update(&update) == FloodVerdict::Handle
        };
        (0..count).filter(is_handled).count()
    }

    #[test]
    fn presses_that_waited_for_the_bot_are_no_flood_and_later_ones_are() {
        let (mut catch_up, guard) = (CatchUp::default(), FloodGuard::new(NonZeroU32::new(5)));
        assert_eq!(handled_presses(&mut catch_up, &guard, 0, 100), 100, "after a start");
        assert_eq!(handled_presses(&mut catch_up, &guard, 60_000, 100), 5, "after a pause");
        catch_up.expect_backlog();
        assert_eq!(handled_presses(&mut catch_up, &guard, 120_000, 100), 100, "after an outage");
    }

    #[test]
    fn burst_ends_after_a_minute_however_fast_updates_come() {
        let (mut catch_up, guard) = (CatchUp::default(), FloodGuard::new(NonZeroU32::new(5)));
        let minute = 60_000 / 50;
        assert_eq!(
            handled_presses(&mut catch_up, &guard, 0, minute + 100),
            5 + usize::try_from(minute).unwrap()
        );
    }

    #[test]
    fn message_of_long_ago_begins_a_burst() {
        let mut catch_up = CatchUp::default();
        assert_eq!(catch_up.record_arrival(None, at(0)), at(0));
        let sent_before = |seconds: i64| Some(at(10_000).timestamp() - seconds);
        assert_eq!(catch_up.record_arrival(sent_before(1), at(10_000)), at(10_000));
        assert_eq!(catch_up.record_arrival(None, at(10_100)), at(10_100), "no burst");
        assert_eq!(catch_up.record_arrival(sent_before(60), at(10_200)), at(10_200));
        assert_eq!(catch_up.record_arrival(None, at(10_300)), at(10_200), "one burst");
        assert_eq!(catch_up.record_arrival(None, at(12_300)), at(12_300), "after a pause");
    }
}
