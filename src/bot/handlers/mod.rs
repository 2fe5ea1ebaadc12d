//! What happens on each thing that people do: one room per feature.
//!
//! A handler reads what was pressed or typed, calls a use case of the service, and shows the outcome with the view. It
//! decides nothing about rights or statuses, and does no I/O but on the transaction of its turn.
//!
//! - [`common`]: greeting, help, cancelling, settings, what nobody understands;
//! - [`new_order`], [`closing`], [`reasons`], [`add_master`], [`work_group`]: the dialogues;
//! - [`orders`], [`assignment`]: what staff do with orders; [`my_orders`]: what masters do;
//! - [`masters`]: the masters section;
//! - [`order_card`]: an order as a chat may see it; [`announce`]: who hears of a step, and which cards change;
//! - [`question`]: how a dialogue asks.

use super::reply::Reply;
use crate::domain::equipment::EquipmentType;
use crate::domain::ids::{ChatId, TelegramId};
use crate::service;

pub mod add_master;
pub mod announce;
pub mod assignment;
pub mod closing;
pub mod common;
pub mod masters;
pub mod my_orders;
pub mod new_order;
pub mod order_card;
pub mod orders;
pub mod question;
pub mod reasons;
pub mod work_group;

/// What a handler returns.
pub type Handled = service::Result<Reply>;

/// What somebody gives to the present step of a dialogue.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Words.
    Text(String),
    /// The button of a kind of equipment.
    Equipment(EquipmentType),
    /// The button of the review question.
    Review(bool),
    /// A contact from the address book.
    Contact {
        /// The person behind, if they are on Telegram.
        person: Option<TelegramId>,
        /// The phone.
        phone: String,
    },
    /// A forwarded message.
    Forwarded {
        /// The person who wrote it, unless they hide that.
        person: Option<TelegramId>,
        /// The group or channel in the name of which it was written.
        chat: Option<ChatId>,
        /// Its text, if it has one.
        text: Option<String>,
    },
    /// A chat that was picked with a keyboard's key.
    ChatPicked(ChatId),
    /// A picture, a voice message, a sticker.
    OtherContent,
    /// Leaves the step empty.
    Skip,
    /// Goes one step back.
    Back,
    /// Confirms the last step.
    Confirm,
}

impl Answer {
    /// The words in it, also those of a forwarded message: clients' messages get forwarded into orders.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Forwarded { text: Some(text), .. } => Some(text),
            _ => None,
        }
    }

    /// What the log calls it where there is no dialogue that it answers.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Contact { .. } => "contact",
            Self::Forwarded { .. } => "forwarded",
            Self::ChatPicked(_) => "chat",
            Self::OtherContent => "other_content",
            Self::Equipment(_) | Self::Review(_) | Self::Skip | Self::Back | Self::Confirm => "key",
        }
    }
}

#[cfg(test)]
#[path = "dialogue_tests.rs"]
mod tests;
