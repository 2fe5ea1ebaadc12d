use chrono::NaiveDate;

use crate::domain::equipment::EquipmentType;
use crate::domain::ids::{ChatId, TelegramId};

/// The answer to the present step of a dialogue.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum DialogueAnswer {
    /// A text, or the caption of a picture or file.
    Text(String),
    Equipment(EquipmentType),
    /// The day by which a repair is to end.
    Date(NaiveDate),
    /// Whether the client left a review.
    Review(bool),
    Contact {
        /// `None` when the contact is not on Telegram.
        person: Option<TelegramId>,
        phone: String,
    },
    Forwarded {
        /// The author, unless they hide their account.
        person: Option<TelegramId>,
        /// The chat in whose name it was written.
        origin: Option<OriginChat>,
        text: Option<String>,
    },
    ChatPicked(ChatId),
    /// A picture, a voice message, a sticker without a text.
    OtherContent,
    /// Leaves the step empty.
    Skip,
    /// Goes one step back.
    Back,
    /// Confirms the last step.
    Confirm,
}

/// The chat from which a message was forwarded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum OriginChat {
    Group(ChatId),
    /// A channel or anything else that is no group.
    Channel,
}

impl DialogueAnswer {
    /// Returns the text in it. Forwarded messages count: clients' messages get forwarded into orders.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Forwarded { text: Some(text), .. } => Some(text),
            _ => None,
        }
    }

    /// Returns its name for the log, used where no dialogue is open.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Contact { .. } => "contact",
            Self::Forwarded { .. } => "forwarded",
            Self::ChatPicked(_) => "chat",
            Self::OtherContent => "other_content",
            Self::Equipment(_)
            | Self::Date(_)
            | Self::Review(_)
            | Self::Skip
            | Self::Back
            | Self::Confirm => "key",
        }
    }
}
