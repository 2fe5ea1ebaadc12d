//! Telegram's sending limits (Bot FAQ, "My bot is hitting limits"): about 30 messages a second overall, one a second
//! in a private chat with short bursts let through, 20 a minute in a group.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::ids::ChatId;

/// One pace: a message each `interval`, after `burst` at once.
#[derive(Clone, Copy, Debug)]
struct Pace {
    interval: Duration,
    burst: u32,
}

const PRIVATE: Pace = Pace { interval: Duration::from_secs(1), burst: 5 };
const GROUP: Pace = Pace { interval: Duration::from_secs(3), burst: 10 };

/// How far a pace has been used: the moment at which it would be unused again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gate {
    unused_at: Option<Instant>,
}

impl Gate {
    /// Whether nothing is left to remember.
    pub(super) fn is_idle(&self) -> bool {
        self.unused_at.is_none_or(|at| at <= Instant::now())
    }

    /// Books one message at `now` or later and returns when it may go (generic cell rate algorithm).
    fn reserve(&mut self, pace: Pace, now: Instant) -> Instant {
        let unused_at = self.unused_at.unwrap_or(now).max(now);
        self.unused_at = Some(unused_at + pace.interval);
        let credit = pace.interval * pace.burst.saturating_sub(1);
        unused_at.checked_sub(credit).map_or(now, |at| at.max(now))
    }
}

/// All limits of the bot.
pub(super) struct Limits {
    overall: Option<(Pace, Mutex<Gate>)>,
}

impl Limits {
    /// `per_second` messages overall; `None` turns every limit off.
    pub(super) fn new(per_second: Option<u32>) -> Self {
        let overall = per_second.filter(|rate| *rate > 0).map(|rate| {
            let pace = Pace { interval: Duration::from_secs(1) / rate, burst: rate };
            (pace, Mutex::default())
        });
        Self { overall }
    }

    /// Books one message to `chat`, whose own gate is `gate`; `None` when it may go at once.
    pub(super) fn reserve(&self, chat: ChatId, gate: &mut Gate) -> Option<Instant> {
        let (pace, overall) = self.overall.as_ref()?;
        let now = Instant::now();
        let own = gate.reserve(if chat.is_group() { GROUP } else { PRIVATE }, now);
        let mut overall = overall.lock().unwrap_or_else(PoisonError::into_inner);
        // The overall place is taken for the moment at which the chat's own pace lets the message go.
        let at = overall.reserve(*pace, now).max(own);
        (at > now).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn times(pace: Pace, count: u32) -> Vec<u128> {
        let mut gate = Gate::default();
        let now = Instant::now();
        (0..count).map(|_| gate.reserve(pace, now).duration_since(now).as_millis()).collect()
    }

    #[test]
    fn a_private_chat_gets_a_short_burst_and_then_one_a_second() {
        assert_eq!(times(PRIVATE, 8), [0, 0, 0, 0, 0, 1000, 2000, 3000]);
    }

    #[test]
    fn a_group_gets_no_more_than_twenty_in_the_minute_after_a_burst() {
        let sent = times(GROUP, 40);
        let after_burst = sent.iter().filter(|at| **at > 0 && **at <= 60_000).count();
        assert_eq!(after_burst, 20);
    }

    #[test]
    fn the_overall_limit_spreads_messages_to_different_chats() {
        let limits = Limits::new(Some(10));
        let now = Instant::now();
        let late = (1..=25_i64)
            .filter_map(|chat| limits.reserve(ChatId(chat), &mut Gate::default()))
            .map(|at| at.duration_since(now).as_millis())
            .max()
            .unwrap();
        assert!((1400..=1600).contains(&late), "{late}");
    }

    #[test]
    fn no_limit_means_no_waiting() {
        let limits = Limits::new(None);
        let mut gate = Gate::default();
        assert!((0..1000).all(|_| limits.reserve(ChatId(-5), &mut gate).is_none()));
    }
}
