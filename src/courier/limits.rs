//! Telegram's sending limits (Bot FAQ, "My bot is hitting limits"): about 30 messages a second overall, one a second
//! in a private chat with short bursts let through, 20 a minute in a group.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::ids::ChatId;

/// One pace: a message each `interval`, after `burst` at once.
#[derive(Clone, Copy, Debug)]
struct SendRate {
    interval: Duration,
    burst: u32,
}

const PRIVATE: SendRate = SendRate { interval: Duration::from_secs(1), burst: 5 };
/// The burst and what follows it within a minute are 20 messages together.
const GROUP: SendRate = SendRate { interval: Duration::from_secs(4), burst: 5 };

/// How far a pace has been used: the moment at which it would be unused again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RateState {
    unused_at: Option<Instant>,
}

impl RateState {
    /// Whether nothing is left to remember.
    pub(super) fn is_idle(&self) -> bool {
        self.unused_at.is_none_or(|at| at <= Instant::now())
    }

    /// Books one message at `now` or later and returns when it may go (generic cell rate algorithm).
    fn reserve(&mut self, pace: SendRate, now: Instant) -> Instant {
        let unused_at = self.unused_at.unwrap_or(now).max(now);
        self.unused_at = Some(unused_at + pace.interval);
        let credit = pace.interval * pace.burst.saturating_sub(1);
        unused_at.checked_sub(credit).map_or(now, |at| at.max(now))
    }
}

/// All limits of the bot.
pub(super) struct RateLimits {
    overall: Option<(SendRate, Mutex<RateState>)>,
}

impl RateLimits {
    /// `per_second` messages overall; `None` turns every limit off.
    pub(super) fn new(per_second: Option<u32>) -> Self {
        let overall = per_second.filter(|rate| *rate > 0).map(|rate| {
            let pace = SendRate { interval: Duration::from_secs(1) / rate, burst: rate };
            (pace, Mutex::default())
        });
        Self { overall }
    }

    /// Books one message to `chat`, whose own gate is `gate`; `None` when the chat's pace lets it go at once.
    pub(super) fn reserve_own(&self, chat: ChatId, gate: &mut RateState) -> Option<Instant> {
        self.overall.as_ref()?;
        let now = Instant::now();
        let at = gate.reserve(if chat.is_group() { GROUP } else { PRIVATE }, now);
        (at > now).then_some(at)
    }

    /// Books one message among all, to be called when its chat's own pace lets it go; `None` when it may go at once.
    pub(super) fn reserve_overall(&self) -> Option<Instant> {
        let (pace, overall) = self.overall.as_ref()?;
        let now = Instant::now();
        let mut overall = overall.lock().unwrap_or_else(PoisonError::into_inner);
        let at = overall.reserve(*pace, now);
        (at > now).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn times(pace: SendRate, count: u32) -> Vec<u128> {
        let mut gate = RateState::default();
        let now = Instant::now();
        (0..count).map(|_| gate.reserve(pace, now).duration_since(now).as_millis()).collect()
    }

    #[test]
    fn a_private_chat_gets_a_short_burst_and_then_one_a_second() {
        assert_eq!(times(PRIVATE, 8), [0, 0, 0, 0, 0, 1000, 2000, 3000]);
    }

    #[test]
    fn a_group_gets_no_more_than_twenty_in_any_minute_the_burst_included() {
        let sent = times(GROUP, 60);
        for start in &sent {
            let in_this_minute = sent.iter().filter(|at| (*start..=*start + 60_000).contains(*at)).count();
            assert!(in_this_minute <= 20, "{in_this_minute} from {start} ms");
        }
        assert_eq!(sent.iter().filter(|at| **at <= 60_000).count(), 20);
    }

    #[test]
    fn the_overall_limit_spreads_messages_to_different_chats() {
        let limits = RateLimits::new(Some(10));
        let now = Instant::now();
        let late = (1..=25).filter_map(|_| limits.reserve_overall());
        let late = late.map(|at| at.duration_since(now).as_millis()).max().unwrap();
        assert!((1400..=1600).contains(&late), "{late}");
    }

    #[test]
    fn no_limit_means_no_waiting() {
        let limits = RateLimits::new(None);
        let mut gate = RateState::default();
        assert!((0..1000).all(|_| limits.reserve_own(ChatId(-5), &mut gate).is_none()));
        assert!((0..1000).all(|_| limits.reserve_overall().is_none()));
    }
}
