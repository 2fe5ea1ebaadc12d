//! What a sandbox is started with: the bot's name, the people, the bounds. Nothing here changes after the start.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::user::TelegramUser;

/// One phone on the chat page.
#[derive(Clone, Debug)]
pub struct PagePhone {
    /// The title over the phone, e.g. "Dispatcher".
    pub label: String,
    /// Whose phone it is.
    pub chat: PhoneChat,
}

/// Who or what a phone of the chat page shows.
#[derive(Clone, Debug)]
pub enum PhoneChat {
    /// A person's private chat with the bot.
    Private(TelegramUser),
    /// A group chat, seen by any of its members.
    Group {
        /// Chat id, negative; one that starts with `-100` makes a supergroup.
        id: i64,
        /// Title of the group.
        title: String,
        /// Ids of the people in it; they must be in the cast too or be added later.
        members: Vec<i64>,
        /// Whether the bot is in the group from the start.
        with_bot: bool,
    },
}

impl PagePhone {
    /// The phone of a person.
    #[must_use]
    pub fn for_user(label: impl Into<String>, user: TelegramUser) -> Self {
        Self { label: label.into(), chat: PhoneChat::Private(user) }
    }

    /// A group chat in which the bot is already.
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
    /// The only token that is accepted; `None` accepts every token.
    pub token: Option<String>,
    /// The bot's Telegram id.
    pub bot_id: i64,
    /// The bot's username without `@`.
    pub bot_username: String,
    /// The bot's first name.
    pub bot_name: String,
    /// Phones on the chat page, left to right. People and groups in it exist from the start.
    pub phones: Vec<PagePhone>,
    /// True = in groups the bot is told only commands, replies to it and mentions of it, as Telegram does for a bot in privacy mode.
    pub privacy_mode: bool,
    /// True = answer 429 above Telegram's real limits: 30 messages/s overall, about 1/s in a private chat, 20/min in a group.
    pub real_limits: bool,
    /// Messages kept in each chat, at least 1; older ones are forgotten (an edit then says "message to edit not found").
    pub keep_messages_per_chat: usize,
    /// Calls kept in the log and answers kept; 0 keeps none.
    pub keep_calls: usize,
    /// Longest `timeout` that `getUpdates` honours.
    pub longest_poll: Duration,
    /// Id of the first update.
    pub first_update_id: i64,
    /// Id of the first message in each chat.
    pub first_message_id: i64,
    /// Id of the first press of a button.
    pub first_query_id: u64,
    /// Host names other than loopback and `listen` under which the chat page may be used.
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
/// 2026-01-01, from which ids by the clock are counted.
const EPOCH: Duration = Duration::from_hours(490_896);
/// Clients keep the id of an update in 32 bits without a sign ...
const LAST_UPDATE_ID: i64 = u32::MAX as i64;
/// ... and that of a message in 32 bits with one.
const LAST_MESSAGE_ID: i64 = i32::MAX as i64;
/// Updates that a sandbox may have on average while it runs without meeting the ids of the next start. Ten a second for
/// all chats together, and the ids last until 2039.
const UPDATE_TIME: Duration = Duration::from_millis(100);
/// The same for the messages of one chat; their ids last until 2039 too.
const MESSAGE_TIME: Duration = Duration::from_millis(200);

impl SandboxOptions {
    /// The same with ids that go on where an earlier sandbox has ended: for a bot that keeps its database from start to
    /// start, and takes an id that it knows for a repeat.
    #[must_use]
    pub fn with_time_based_ids(self) -> Self {
        self.with_ids_from(SystemTime::now())
    }

    /// The same as if it were started at this time.
    pub(crate) fn with_ids_from(mut self, start: SystemTime) -> Self {
        let since = start.duration_since(UNIX_EPOCH + EPOCH).unwrap_or_default();
        let ids = |one: Duration| i64::try_from(since.as_millis() / one.as_millis()).unwrap_or(i64::MAX);
        // Beyond the last one they begin anew.
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

    /// The first ids of a sandbox that is started so long after 2026-01-01.
    fn ids(after: Duration) -> (i64, i64, u64) {
        let options = SandboxOptions::default().with_ids_from(UNIX_EPOCH + EPOCH + after);
        (options.first_update_id, options.first_message_id, options.first_query_id)
    }

    #[test]
    fn every_start_has_ids_beyond_those_of_the_run_before() {
        const DAY: Duration = Duration::from_hours(24);
        for start in [Duration::ZERO, DAY * 330, DAY * 365 * 13] {
            // Nobody stops and starts a program in less than a second; somebody clicks through it all day.
            for (run, updates, messages) in [(Duration::from_secs(1), 9, 4), (DAY, 800_000, 400_000)] {
                let (before, after) = (ids(start), ids(start + run));
                assert!(after.0 > before.0 + updates, "{before:?} {after:?}");
                assert!(after.1 > before.1 + messages, "{before:?} {after:?}");
                assert!(after.2 > before.2 + 9, "{before:?} {after:?}");
            }
        }
    }

    #[test]
    fn ids_fit_where_clients_keep_them_and_are_beyond_the_default() {
        for years in [0, 1, 13, 14, 20, 100] {
            let (update, message, _) = ids(Duration::from_hours(24) * 365 * years);
            assert!((FIRST_UPDATE_ID..LAST_UPDATE_ID).contains(&update), "{years} {update}");
            assert!((1..LAST_MESSAGE_ID).contains(&message), "{years} {message}");
        }
        let unset_clock = SandboxOptions::default().with_ids_from(UNIX_EPOCH);
        assert_eq!((unset_clock.first_update_id, unset_clock.first_message_id), (FIRST_UPDATE_ID, 1));
    }
}
