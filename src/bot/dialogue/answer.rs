use chrono::NaiveDate;

use super::reschedule::VisitSlot;
use crate::bot::callback::PageNumber;
use crate::domain::ids::{ChatId, EquipmentTypeId, MasterId, OrderId, TelegramId};

/// The answer to the present step of a dialogue.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum DialogueAnswer {
    /// A text, or the caption of a picture or file.
    Text(String),
    Equipment(EquipmentTypeId),
    /// A type by its name in a button of the old bot.
    OldEquipment(&'static str),
    /// The client of a new order is that of this order.
    TakeClient(OrderId),
    /// The number of the step whose answer is to be corrected.
    Field(u8),
    /// A page of the masters to whom a new order can be assigned.
    Masters(PageNumber),
    /// Creates the order and assigns it to this master.
    CreateAssigned(MasterId),
    /// The day by which a repair is to end.
    Date(NaiveDate),
    /// A window for the visit.
    Slot(VisitSlot),
    /// Whether the client left a review.
    Review(bool),
    /// Whether the work was out of the city.
    OutOfCity(bool),
    /// The order is not closed but refused by the client.
    ClientRefusal,
    Contact {
        /// `None` when the contact is not on Telegram.
        person: Option<TelegramId>,
        phone: String,
        /// The name in the contact.
        name: Option<String>,
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
    /// Keeps the answer that the step has.
    Keep,
    /// Confirms the last step.
    Confirm,
    /// Wants the present question again.
    Repeat,
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
            _ => "key",
        }
    }
}
