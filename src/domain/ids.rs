//! Typed identifiers, so that an order's id cannot be passed for a user's. The inner number is public for rows and JSON.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::input::normalize_number;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        #[allow(unreachable_pub, reason = "the tests use only some of them")]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id! {
    /// A user's Telegram id, always positive.
    TelegramId(i64)
}
id! {
    /// A chat: a private chat has the user's id, groups and channels have negative ids (Bot API: Chat).
    ChatId(i64)
}
id! {
    /// An order's number, shown to users.
    OrderId(i64)
}
id! {
    /// A row of `masters`; not the master's Telegram id.
    MasterId(i64)
}
id! {
    /// A row of `equipment_types`.
    EquipmentTypeId(i64)
}
id! {
    /// A row of `hand_overs`, shown to users as its number.
    HandOverId(i64)
}
id! {
    /// A message within one chat (Bot API: Message).
    MessageId(i32)
}

id! {
    /// A topic within a group (Bot API: `message_thread_id`).
    ThreadId(i64)
}
id! {
    /// `access_requests.id`.
    AccessRequestId(i64)
}
id! {
    /// `searches.id`.
    SearchId(i64)
}

/// Where messages go: a chat, and the topic in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
#[allow(unreachable_pub, reason = "the tests use it")]
pub struct ChatPlace {
    pub chat: ChatId,
    /// `None` for the general topic and for chats without topics.
    pub thread: Option<ThreadId>,
}

impl From<ChatId> for ChatPlace {
    fn from(chat: ChatId) -> Self {
        Self { chat, thread: None }
    }
}

impl From<TelegramId> for ChatPlace {
    fn from(user: TelegramId) -> Self {
        ChatId::from(user).into()
    }
}

impl ChatId {
    /// Tells a group (or channel) from a private chat.
    pub fn is_group(self) -> bool {
        self.0 < 0 && !self.is_placeholder()
    }

    /// Tells whether this is a placeholder's chat, to which nothing can be sent.
    pub fn is_placeholder(self) -> bool {
        TelegramId(self.0).is_placeholder()
    }

    /// Returns the user of a private chat; `None` for a group.
    pub fn private_user(self) -> Option<TelegramId> {
        (!self.is_group()).then_some(TelegramId(self.0))
    }
}

/// Parses an id as users type it: with marks that cannot be seen, or with digits and a minus of another keyboard.
pub(crate) fn parse_typed_id<Id: FromStr>(text: &str) -> Option<Id> {
    normalize_number(text).parse().ok()
}

/// Parses an order's number as users type it: `6`, `#6`, `№ 6`.
pub(crate) fn parse_order_number(text: &str) -> Option<OrderId> {
    let typed = normalize_number(text);
    let number =
        typed.trim_start_matches(['№', '#', ' ', '_', '-', ':', '.']).trim_end_matches(['.', ',', '!']);
    number.parse().ok()
}

/// Placeholder ids are at or below this. Telegram's ids have 52 significant bits (Bot API: Chat), so none is a user's or
/// group's.
const PLACEHOLDERS: i64 = -5_000_000_000_000_000;
/// The distance between kinds of placeholders, greater than any id within one.
const KIND_DISTANCE: i64 = 1_000_000_000_000_000;
/// Greater than any user id that a placeholder can stand for.
const USER_ID_LIMIT: i64 = 1_000_000_000_000;

/// Accounts of Telegram's own that send for others: the forwarder of a channel's posts, the bot of administrators who hide
/// behind their group, the bot of channels that write in groups.
const SERVICE_ACCOUNTS: [i64; 3] = [777_000, 1_087_968_824, 136_817_688];

impl TelegramId {
    /// Tells an account that stands for others from a user's.
    pub fn is_service_account(self) -> bool {
        SERVICE_ACCOUNTS.contains(&self.0)
    }

    /// Returns a placeholder for a deleted user, whose id ends in the same digits; `None` if the number is no user id.
    pub fn placeholder_for_user(number: i64) -> Option<Self> {
        (1..USER_ID_LIMIT).contains(&number).then(|| Self(PLACEHOLDERS - number))
    }

    /// Returns a placeholder for the user of this row of `masters`.
    pub fn placeholder_for_master(row: i64) -> Option<Self> {
        (1..=i64::from(i32::MAX)).contains(&row).then(|| Self(PLACEHOLDERS - KIND_DISTANCE - row))
    }

    /// Returns a placeholder for a reference that is no number.
    #[must_use]
    pub fn placeholder_for_odd(count: i64) -> Self {
        Self(PLACEHOLDERS - 2 * KIND_DISTANCE - count)
    }

    pub fn is_placeholder(self) -> bool {
        self.0 <= PLACEHOLDERS
    }
}

/// A private chat has the user's id.
impl From<TelegramId> for ChatId {
    fn from(user: TelegramId) -> Self {
        Self(user.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_private_chat_is_the_persons_number_and_groups_are_negative() {
        let chat = ChatId::from(TelegramId(42));
        assert_eq!(chat, ChatId(42));
        assert!(!chat.is_group());
        assert!(ChatId(-100_123_456_789).is_group());
    }

    #[test]
    fn placeholders_are_neither_users_nor_groups() {
        let person = TelegramId::placeholder_for_user(100_012).unwrap();
        assert_eq!(person.0, -5_000_000_000_100_012);
        let all =
            [person, TelegramId::placeholder_for_master(99_999).unwrap(), TelegramId::placeholder_for_odd(1)];
        for id in all {
            assert!(id.is_placeholder() && ChatId::from(id).is_placeholder() && !ChatId::from(id).is_group());
        }
        for real in [1, 7_000_000_000, -42, -1_001_234_567_890, -4_503_599_627_370_495] {
            assert!(!TelegramId(real).is_placeholder(), "{real}");
        }
        assert_eq!(TelegramId::placeholder_for_user(0), None);
        assert_eq!(TelegramId::placeholder_for_user(i64::MAX), None);
        assert_eq!(TelegramId::placeholder_for_master(-1), None);
    }

    #[test]
    fn ids_print_parse_and_serialize_as_the_bare_number() {
        let id: OrderId = "17".parse().unwrap();
        assert_eq!(id.to_string(), "17");
        assert_eq!(serde_json::to_string(&id).unwrap(), "17");
        assert_eq!(serde_json::from_str::<MessageId>("5").unwrap(), MessageId(5));
        assert!("17a".parse::<MasterId>().is_err());
        assert_eq!(format!("{:>4}", OrderId(7)), "   7");
    }
    #[test]
    fn typed_ids_may_have_invisible_marks_and_other_digits() {
        for typed in ["123", " 123\n", "\u{200e}123\u{200f}", "１２３", "١٢٣"] {
            assert_eq!(parse_typed_id(typed), Some(TelegramId(123)), "{typed:?}");
        }
        assert_eq!(parse_typed_id("\u{2212}100\u{200b}123"), Some(ChatId(-100_123)));
        for typed in ["", "\u{200b}", "12 3", "12a", "№5"] {
            assert_eq!(parse_typed_id::<TelegramId>(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn an_orders_number_is_typed_with_and_without_its_sign() {
        for typed in ["6", "№6", "№\u{a0}6", "# 6", "_6", "\u{200e}６.", "-6"] {
            assert_eq!(parse_order_number(typed), Some(OrderId(6)), "{typed:?}");
        }
        for typed in ["", "№", "six", "6a", "6 7", "6.5", "99999999999999999999"] {
            assert_eq!(parse_order_number(typed), None, "{typed:?}");
        }
    }
}
