//! What a sandbox is started with: the bot, the phones of the chat page, the limits.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::clock::SandboxClock;
use crate::user::TelegramUser;

/// One phone on the chat page.
#[derive(Clone, Debug)]
pub struct PagePhone {
    /// The label above the phone, e.g. "Dispatcher".
    pub label: String,
    /// The chat that it shows.
    pub chat: PhoneChat,
}

/// The chat that a phone shows.
#[derive(Clone, Debug)]
pub enum PhoneChat {
    /// A user's private chat with the bot.
    Private(TelegramUser),
    /// A group chat, seen by any of its members.
    Group {
        /// Negative; one below -1,000,000,000,000 makes a supergroup.
        id: i64,
        /// Title.
        title: String,
        /// Ids of the members; they have phones too or are added later.
        members: Vec<i64>,
        /// Whether the bot is a member from the start.
        with_bot: bool,
    },
}

impl PagePhone {
    /// The phone of a user.
    #[must_use]
    pub fn for_user(label: impl Into<String>, user: TelegramUser) -> Self {
        Self { label: label.into(), chat: PhoneChat::Private(user) }
    }

    /// A group chat of which the bot is a member.
    #[must_use]
    pub fn for_group(label: impl Into<String>, id: i64, title: impl Into<String>, members: &[i64]) -> Self {
        let chat = PhoneChat::Group { id, title: title.into(), members: members.to_vec(), with_bot: true };
        Self { label: label.into(), chat }
    }
}

/// How to start a sandbox. `Options::default()` listens on a free loopback port and accepts any token.
#[derive(Clone, Debug)]
pub struct SandboxOptions {
    /// Address to listen on; port 0 picks a free one.
    pub listen: SocketAddr,
    /// The token to accept; `None` accepts any, which is for tests: every program on this machine has access then.
    pub token: Option<String>,
    /// The bot's Telegram id.
    pub bot_id: i64,
    /// The bot's username without `@`.
    pub bot_username: String,
    /// The bot's first name.
    pub bot_name: String,
    /// Phones on the chat page, left to right. Their users and groups exist from the start.
    pub phones: Vec<PagePhone>,
    /// In groups the bot receives only commands, replies to it and mentions of it, as Telegram does in privacy mode.
    pub privacy_mode: bool,
    /// A clock that the page can move; without one the page has no control for it.
    pub clock: Option<SandboxClock>,
    /// Answers 429 above Telegram's limits: 30 messages/s overall, about 1/s in a private chat, 20/min in a group.
    pub real_limits: bool,
    /// Messages kept in each chat, at least 1; older ones are dropped (an edit then says "message to edit not found").
    pub keep_messages_per_chat: usize,
    /// Calls, and answers to button presses, kept in the log; 0 keeps none.
    pub keep_calls: usize,
    /// Longest `timeout` of `getUpdates`.
    pub longest_poll: Duration,
    /// Id of the first update.
    pub first_update_id: i64,
    /// Id of the first message in each chat.
    pub first_message_id: i64,
    /// Id of the first button press.
    pub first_query_id: u64,
    /// Host names other than loopback and `listen` to which the sandbox answers.
    pub trusted_hosts: Vec<String>,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            token: None,
            bot_id: 7_000_000_001,
            bot_username: "sandbox_bot".to_owned(),
            bot_name: "Sandbox bot".to_owned(),
            phones: Vec::new(),
            privacy_mode: false,
            clock: None,
            real_limits: false,
            keep_messages_per_chat: 1_000,
            keep_calls: 10_000,
            longest_poll: Duration::from_secs(50),
            first_update_id: FIRST_UPDATE_ID,
            first_message_id: 1,
            first_query_id: FIRST_QUERY_ID,
            trusted_hosts: Vec::new(),
        }
    }
}

const FIRST_UPDATE_ID: i64 = 100_000_001;
const FIRST_QUERY_ID: u64 = 4_200_000_000_000_001;
/// 2026-01-01, from which time-based ids are counted.
const EPOCH: Duration = Duration::from_hours(490_896);
/// Clients keep an update id in 32 unsigned bits.
const LAST_UPDATE_ID: i64 = u32::MAX as i64;
/// Clients keep a message id in 32 signed bits.
const LAST_MESSAGE_ID: i64 = i32::MAX as i64;
/// Time between two update ids: up to ten updates a second on average, a run does not reach the ids of the next start. The ids
/// last until 2039.
const UPDATE_TIME: Duration = Duration::from_millis(100);
/// The same for the message ids of one chat, which last until 2039 too.
const MESSAGE_TIME: Duration = Duration::from_millis(200);

impl SandboxOptions {
    /// Starts the ids above those of earlier runs, for a bot that keeps its database between runs and would take a known id for a
    /// repeat.
    #[must_use]
    pub fn with_time_based_ids(self) -> Self {
        self.with_ids_from(SystemTime::now())
    }

    /// The same for a given time of the start.
    pub(crate) fn with_ids_from(mut self, start: SystemTime) -> Self {
        let since = start.duration_since(UNIX_EPOCH + EPOCH).unwrap_or_default();
        let ids = |one: Duration| i64::try_from(since.as_millis() / one.as_millis()).unwrap_or(i64::MAX);
        // Wraps around beyond the last one.
        let within = |first: i64, last: i64, ids: i64| first + ids.rem_euclid(last - first);
        self.first_update_id = within(FIRST_UPDATE_ID, LAST_UPDATE_ID, ids(UPDATE_TIME));
        self.first_message_id = within(1, LAST_MESSAGE_ID, ids(MESSAGE_TIME));
        self.first_query_id = FIRST_QUERY_ID.saturating_add(ids(UPDATE_TIME).unsigned_abs());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first ids of a sandbox that starts so long after 2026-01-01.
    fn ids(after: Duration) -> (i64, i64, u64) {
        let options = SandboxOptions::default().with_ids_from(UNIX_EPOCH + EPOCH + after);
        (options.first_update_id, options.first_message_id, options.first_query_id)
    }

    #[test]
    fn each_start_has_ids_above_those_of_the_run_before() {
        const DAY: Duration = Duration::from_hours(24);
        for start in [Duration::ZERO, DAY * 330, DAY * 365 * 13] {
            // A restart takes at least a second; a busy day has some hundred thousand updates.
            for (run, updates, messages) in [(Duration::from_secs(1), 9, 4), (DAY, 800_000, 400_000)] {
                let (before, after) = (ids(start), ids(start + run));
                assert!(after.0 > before.0 + updates, "{before:?} {after:?}");
                assert!(after.1 > before.1 + messages, "{before:?} {after:?}");
                assert!(after.2 > before.2 + 9, "{before:?} {after:?}");
            }
        }
    }

    #[test]
    fn time_based_ids_fit_the_integer_types_of_clients() {
        for years in [0, 1, 13, 14, 20, 100] {
            let (update, message, _) = ids(Duration::from_hours(24) * 365 * years);
            assert!((FIRST_UPDATE_ID..LAST_UPDATE_ID).contains(&update), "{years} {update}");
            assert!((1..LAST_MESSAGE_ID).contains(&message), "{years} {message}");
        }
        let unset_clock = SandboxOptions::default().with_ids_from(UNIX_EPOCH);
        assert_eq!((unset_clock.first_update_id, unset_clock.first_message_id), (FIRST_UPDATE_ID, 1));
    }
}
