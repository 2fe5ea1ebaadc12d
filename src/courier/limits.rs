//! Telegram's sending limits (Bot FAQ, "My bot is hitting limits"): about 30 messages a second overall, one a second in a
//! private chat apart from short bursts, 20 a minute in a group.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::ids::ChatId;

/// One message per `interval`, after a burst.
#[derive(Clone, Copy, Debug)]
struct SendRate {
    interval: Duration,
    burst: u32,
}

const PRIVATE_RATE: SendRate = SendRate { interval: Duration::from_secs(1), burst: 5 };
/// The burst and what follows within a minute are 20 messages.
const GROUP_RATE: SendRate = SendRate { interval: Duration::from_secs(4), burst: 5 };

/// The use of a rate: when it will be unused again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RateState {
    unused_at: Option<Instant>,
}

impl RateState {
    pub(super) fn is_idle(&self) -> bool {
        self.unused_at.is_none_or(|at| at <= Instant::now())
    }

    /// Reserves a slot for one message at `now` or later and returns its time (generic cell rate algorithm).
    fn reserve_slot(&mut self, rate: SendRate, now: Instant) -> Instant {
        let unused_at = self.unused_at.unwrap_or(now).max(now);
        self.unused_at = Some(unused_at + rate.interval);
        let credit = rate.interval * rate.burst.saturating_sub(1);
        unused_at.checked_sub(credit).map_or(now, |at| at.max(now))
    }
}

pub(super) struct RateLimits {
    overall: Option<(SendRate, Mutex<RateState>)>,
}

impl RateLimits {
    /// Limits messages overall to `per_second`; `None` turns every limit off.
    pub(super) fn new(per_second: Option<u32>) -> Self {
        let overall = per_second.filter(|count| *count > 0).map(|count| {
            let rate = SendRate { interval: Duration::from_secs(1) / count, burst: count };
            (rate, Mutex::default())
        });
        Self { overall }
    }

    /// Reserves a slot in a chat's own rate; `None` when the message may go at once.
    pub(super) fn reserve_in_chat(&self, chat: ChatId, state: &mut RateState) -> Option<Instant> {
        self.overall.as_ref()?;
        let now = Instant::now();
        let at = state.reserve_slot(if chat.is_group() { GROUP_RATE } else { PRIVATE_RATE }, now);
        (at > now).then_some(at)
    }

    /// Reserves a slot among all messages, after that of the chat is due; `None` when the message may go at once.
    pub(super) fn reserve_overall(&self) -> Option<Instant> {
        let (rate, overall) = self.overall.as_ref()?;
        let now = Instant::now();
        let mut overall = overall.lock().unwrap_or_else(PoisonError::into_inner);
        let at = overall.reserve_slot(*rate, now);
        (at > now).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn times(rate: SendRate, count: u32) -> Vec<u128> {
        let mut state = RateState::default();
        let now = Instant::now();
        (0..count).map(|_| state.reserve_slot(rate, now).duration_since(now).as_millis()).collect()
    }

    #[test]
    fn a_private_chat_gets_a_short_burst_and_then_one_a_second() {
        assert_eq!(times(PRIVATE_RATE, 8), [0, 0, 0, 0, 0, 1000, 2000, 3000]);
    }

    #[test]
    fn a_group_gets_no_more_than_twenty_in_any_minute_the_burst_included() {
        let sent = times(GROUP_RATE, 60);
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
        let mut state = RateState::default();
        assert!((0..1000).all(|_| limits.reserve_in_chat(ChatId(-5), &mut state).is_none()));
        assert!((0..1000).all(|_| limits.reserve_overall().is_none()));
    }
}
