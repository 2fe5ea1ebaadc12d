//! Typed identifiers, so that an order's number cannot be passed where a person's is wanted.
//!
//! No bare `i64` crosses a module border; the inner number is public because the edges (rows, JSON)
//! need it.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
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
    /// A person, as Telegram numbers people (always positive).
    TelegramId(i64)
}
id! {
    /// A chat: a private chat has the person's number, groups and channels have negative ones
    /// (Telegram Bot API: Chat).
    ChatId(i64)
}
id! {
    /// An order's number, the one that people see.
    OrderId(i64)
}
id! {
    /// A row of `masters`; not the master's Telegram number.
    MasterId(i64)
}
id! {
    /// A message within one chat (Telegram Bot API: Message).
    MessageId(i32)
}

impl ChatId {
    /// Whether this is a group (or a channel) and not a private chat.
    #[must_use]
    pub fn is_group(self) -> bool {
        self.0 < 0 && !self.is_placeholder()
    }

    /// Whether this is the private chat of somebody who is not there, so that nothing can be sent to it.
    #[must_use]
    pub fn is_placeholder(self) -> bool {
        TelegramId(self.0).is_placeholder()
    }

    /// Whose private chat this is; `None` for a group.
    #[must_use]
    pub fn person(self) -> Option<TelegramId> {
        (!self.is_group()).then_some(TelegramId(self.0))
    }
}

/// The first of the numbers that stand for people who are not there. Telegram's identifiers have 52 significant bits (Bot
/// API: Chat), so nobody and no group will ever have one of these.
const PLACEHOLDERS: i64 = -5_000_000_000_000_000;
/// Between the kinds of placeholders, and more than the numbers of people.
const KINDS_APART: i64 = 1_000_000_000_000_000;
/// More than the numbers of people that a placeholder's number can end in.
const LARGEST_PERSON: i64 = 1_000_000_000_000;

impl TelegramId {
    /// Stands for a person with this number who is not there any more: the last digits are the same. `None` for what was
    /// never a person's number.
    #[must_use]
    pub fn placeholder_for_person(number: i64) -> Option<Self> {
        (1..LARGEST_PERSON).contains(&number).then(|| Self(PLACEHOLDERS - number))
    }

    /// Stands for the person behind this row of `masters`.
    #[must_use]
    pub fn placeholder_for_master(row: i64) -> Option<Self> {
        (1..=i64::from(i32::MAX)).contains(&row).then(|| Self(PLACEHOLDERS - KINDS_APART - row))
    }

    /// Stands for whoever was meant by something that is no number.
    #[must_use]
    pub fn placeholder_for_odd(count: i64) -> Self {
        Self(PLACEHOLDERS - 2 * KINDS_APART - count)
    }

    /// Whether there is nobody behind this number.
    #[must_use]
    pub fn is_placeholder(self) -> bool {
        self.0 <= PLACEHOLDERS
    }
}

/// A person's private chat with the bot has the person's number.
impl From<TelegramId> for ChatId {
    fn from(person: TelegramId) -> Self {
        Self(person.0)
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
    fn placeholders_are_nobody_and_no_group() {
        let person = TelegramId::placeholder_for_person(100_012).unwrap();
        assert_eq!(person.0, -5_000_000_000_100_012);
        let all =
            [person, TelegramId::placeholder_for_master(99_999).unwrap(), TelegramId::placeholder_for_odd(1)];
        for id in all {
            assert!(id.is_placeholder() && ChatId::from(id).is_placeholder() && !ChatId::from(id).is_group());
        }
        for real in [1, 7_000_000_000, -42, -1_001_234_567_890, -4_503_599_627_370_495] {
            assert!(!TelegramId(real).is_placeholder(), "{real}");
        }
        assert_eq!(TelegramId::placeholder_for_person(0), None);
        assert_eq!(TelegramId::placeholder_for_person(i64::MAX), None);
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
}
