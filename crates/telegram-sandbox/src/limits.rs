//! Telegram's sending limits, for `Options::real_limits` ("Telegram Bot API FAQ: My bot is hitting limits"): 30 messages a
//! second overall, about one a second in a private chat with a small burst, 20 a minute in a group.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// A bucket that refills at a constant rate.
#[derive(Debug)]
struct TokenBucket {
    tokens: f64,
    at: Instant,
}

impl TokenBucket {
    fn full(size: f64, now: Instant) -> Self {
        Self { tokens: size, at: now }
    }

    /// Takes one token, or returns the time until the next.
    fn take_token(&mut self, size: f64, per_second: f64, now: Instant) -> Result<(), Duration> {
        let passed = now.duration_since(self.at).as_secs_f64();
        self.tokens = (self.tokens + passed * per_second).min(size);
        self.at = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64((1.0 - self.tokens) / per_second))
    }
}

/// The buckets of the bot and of each chat.
#[derive(Debug, Default)]
pub(crate) struct SendLimits {
    overall: Option<TokenBucket>,
    chats: HashMap<i64, TokenBucket>,
}

impl SendLimits {
    /// Counts a message to a chat. The error is `retry_after` in seconds.
    pub(crate) fn count_message(&mut self, chat: i64, now: Instant) -> Result<(), u32> {
        let (size, rate) = if chat < 0 { (20.0, 20.0 / 60.0) } else { (5.0, 1.0) };
        let own = self.chats.entry(chat).or_insert_with(|| TokenBucket::full(size, now));
        let overall = self.overall.get_or_insert_with(|| TokenBucket::full(30.0, now));
        own.take_token(size, rate, now)
            .and_then(|()| overall.take_token(30.0, 30.0, now))
            .map_err(whole_seconds)
    }
}

fn whole_seconds(wait: Duration) -> u32 {
    u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1)
}
