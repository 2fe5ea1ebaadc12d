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
        self.0 < 0
    }

    /// Whose private chat this is; `None` for a group.
    #[must_use]
    pub fn person(self) -> Option<TelegramId> {
        (!self.is_group()).then_some(TelegramId(self.0))
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
    fn ids_print_parse_and_serialize_as_the_bare_number() {
        let id: OrderId = "17".parse().unwrap();
        assert_eq!(id.to_string(), "17");
        assert_eq!(serde_json::to_string(&id).unwrap(), "17");
        assert_eq!(serde_json::from_str::<MessageId>("5").unwrap(), MessageId(5));
        assert!("17a".parse::<MasterId>().is_err());
        assert_eq!(format!("{:>4}", OrderId(7)), "   7");
    }
}
