//! What a handler wants said and remembered; the turn writes it down in the handler's transaction.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use teloxide::types::{InlineKeyboardMarkup, ReplyMarkup};

use super::dialogue::Dialogue;
use crate::db::order_messages::{self, OrderMessageKind};
use crate::db::outbox::{self, NewMessage};
use crate::db::{self, AnyConnection};
use crate::domain::ids::{ChatId, MessageId, OrderId};

/// The outcome of a handler.
#[derive(Debug, Default)]
pub struct Reply {
    messages: Vec<Outgoing>,
    /// From when on the messages are of no interest any more.
    expires_at: Option<DateTime<Utc>>,
    /// Shown over the screen of whoever pressed a button.
    pub(super) toast: Option<Toast>,
    pub(super) dialogue: Next,
}

/// A short notice as the answer to a press.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Toast {
    /// At most 200 characters (Telegram Bot API: answerCallbackQuery).
    pub text: String,
    /// Wants to be closed by hand.
    pub alert: bool,
}

/// What becomes of the person's dialogue in this chat.
#[derive(Debug, Default)]
pub enum Next {
    /// It stays where it is.
    #[default]
    Keep,
    /// It goes on here.
    Go(Box<Dialogue>),
    /// It is over.
    End,
}

/// One message to be sent or edited.
#[derive(Debug)]
struct Outgoing {
    chat: ChatId,
    html: String,
    markup: Option<ReplyMarkup>,
    target: Target,
    about: Option<(OrderId, OrderMessageKind)>,
}

#[derive(Debug)]
enum Target {
    /// A new message.
    New,
    /// The message whose button was pressed; sent anew when it can no longer be edited.
    Shown(MessageId),
    /// A card that was sent before, wherever it is by now.
    Card(i64),
    /// The same, for the last time.
    LastWord(i64),
}

impl Reply {
    /// Nothing to say.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Says something in a chat.
    #[must_use]
    pub fn say(mut self, chat: ChatId, html: String, markup: Option<ReplyMarkup>) -> Self {
        self.messages.push(Outgoing { chat, html, markup, target: Target::New, about: None });
        self
    }

    /// Says something about an order, and keeps the message's number with the order.
    #[must_use]
    pub fn say_about(
        mut self,
        order: OrderId,
        kind: OrderMessageKind,
        chat: ChatId,
        html: String,
        markup: Option<ReplyMarkup>,
    ) -> Self {
        let about = Some((order, kind));
        self.messages.push(Outgoing { chat, html, markup, target: Target::New, about });
        self
    }

    /// Replaces the message whose button was pressed.
    #[must_use]
    pub fn edit(
        mut self,
        chat: ChatId,
        message: MessageId,
        html: String,
        markup: Option<InlineKeyboardMarkup>,
    ) -> Self {
        let markup = markup.map(ReplyMarkup::InlineKeyboard);
        self.messages.push(Outgoing { chat, html, markup, target: Target::Shown(message), about: None });
        self
    }

    /// Replaces the message whose button was pressed by one about an order, and keeps its number with the order.
    #[must_use]
    pub fn edit_about(
        mut self,
        order: OrderId,
        kind: OrderMessageKind,
        chat: ChatId,
        message: MessageId,
        html: String,
        markup: Option<InlineKeyboardMarkup>,
    ) -> Self {
        let markup = markup.map(ReplyMarkup::InlineKeyboard);
        let about = Some((order, kind));
        self.messages.push(Outgoing { chat, html, markup, target: Target::Shown(message), about });
        self
    }

    /// Brings a card up to date that was sent before (a row of `order_messages`).
    #[must_use]
    pub fn refresh(
        mut self,
        card: i64,
        chat: ChatId,
        html: String,
        markup: Option<InlineKeyboardMarkup>,
    ) -> Self {
        let markup = markup.map(ReplyMarkup::InlineKeyboard);
        self.messages.push(Outgoing { chat, html, markup, target: Target::Card(card), about: None });
        self
    }

    /// Replaces a card that was sent before by a last word: no buttons, nothing of the client, and it is not
    /// brought up to date again.
    #[must_use]
    pub fn retire(mut self, card: i64, chat: ChatId, html: String) -> Self {
        let target = Target::LastWord(card);
        self.messages.push(Outgoing { chat, html, markup: None, target, about: None });
        self
    }

    /// Answers the press with a notice that fades.
    #[must_use]
    pub fn toast(mut self, text: String) -> Self {
        self.toast = Some(Toast { text, alert: false });
        self
    }

    /// Answers the press with a notice that wants to be closed.
    #[must_use]
    pub fn alert(mut self, text: String) -> Self {
        self.toast = Some(Toast { text, alert: true });
        self
    }

    /// Goes on with a dialogue.
    #[must_use]
    pub fn go(mut self, dialogue: Dialogue) -> Self {
        self.dialogue = Next::Go(Box::new(dialogue));
        self
    }

    /// Ends the dialogue.
    #[must_use]
    pub fn end(mut self) -> Self {
        self.dialogue = Next::End;
        self
    }

    /// Adds what another reply says, after this one. Its toast and dialogue win where it has any.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.messages.extend(other.messages);
        self.toast = other.toast.or(self.toast);
        if !matches!(other.dialogue, Next::Keep) {
            self.dialogue = other.dialogue;
        }
        self
    }

    /// What is not delivered until then is dropped.
    #[must_use]
    pub fn until(mut self, expires_at: DateTime<Utc>) -> Self {
        self.expires_at = Some(expires_at);
        self
    }

    /// Whether anything is said in a chat.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.messages.is_empty()
    }

    /// Writes the messages into the outbox. Returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) fn store(
        self,
        tx: &mut AnyConnection,
        update_id: Option<i64>,
        now: DateTime<Utc>,
    ) -> db::Result<usize> {
        let count = self.messages.len();
        for message in self.messages {
            message.store(tx, update_id, self.expires_at, now)?;
        }
        Ok(count)
    }
}

impl Outgoing {
    fn store(
        self,
        tx: &mut AnyConnection,
        update_id: Option<i64>,
        expires_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> db::Result<()> {
        let order_message = match (&self.target, self.about) {
            (Target::Card(card), _) => Some(*card),
            (Target::LastWord(card), _) => {
                order_messages::retire_order_card(tx, *card)?;
                Some(*card)
            }
            (Target::New, Some((order, kind))) => {
                Some(order_messages::insert_order_message(tx, order, self.chat, kind, now)?)
            }
            (Target::Shown(message), Some((order, kind))) => {
                Some(order_messages::claim_order_card(tx, order, kind, self.chat, *message, now)?)
            }
            (Target::Shown(message), None) => {
                order_messages::release_order_card(tx, self.chat, *message)?;
                None
            }
            (Target::New, None) => None,
        };
        let method = if matches!(self.target, Target::New) { "sendMessage" } else { "editMessageText" };
        let message = NewMessage {
            chat: self.chat,
            method,
            payload: self.payload().to_string(),
            order_message,
            update_id,
            expires_at,
        };
        outbox::insert_message(tx, &message, now)
    }

    /// The parameters; for a card the courier adds `message_id`, which may not be known yet.
    fn payload(&self) -> Value {
        let mut payload = json!({
            "chat_id": self.chat.0,
            "text": self.html,
            "parse_mode": "HTML",
            "link_preview_options": { "is_disabled": true },
        });
        if let Target::Shown(message) = self.target {
            payload["message_id"] = json!(message.0);
        }
        if let Some(markup) = &self.markup {
            payload["reply_markup"] = json!(markup);
        }
        payload
    }
}
