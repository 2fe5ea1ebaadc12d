//! What a handler wants sent and remembered. `process` stores it in the handler's transaction.

use chrono::{DateTime, Utc};
use serde_json::Value;
use teloxide::types::{InlineKeyboardButton, InlineKeyboardMarkup, ReplyMarkup};

use super::dialogue::Dialogue;
use super::outgoing::{MadeMessage, MessageTarget, OutgoingMessage};
use crate::db::order_lines::OrderLines;
use crate::db::order_messages::OrderMessageKind;
use crate::db::{self, AnyConnection};
use crate::domain::ids::{ChatId, ChatPlace, MessageId, OrderId, TelegramId};
use crate::domain::order::OrderFile;
use crate::domain::role::RoleSet;

/// The outcome of a handler.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    messages: Vec<OutgoingMessage>,
    /// Messages not delivered until then are dropped.
    expires_at: Option<DateTime<Utc>>,
    /// Users who got a role.
    with_role: Vec<TelegramId>,
    /// Users who lost their last role.
    without_role: Vec<TelegramId>,
    pub(super) toast: Option<Toast>,
    pub(super) dialogue: NextDialogue,
}

/// A short text over the screen of the user who pressed a button.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Toast {
    /// At most 200 characters (Telegram Bot API: answerCallbackQuery).
    pub(super) text: String,
    /// Whether it stays until the user closes it.
    pub(super) alert: bool,
}

/// What becomes of the user's dialogue in this chat.
#[derive(Debug, Default)]
pub(super) enum NextDialogue {
    #[default]
    Keep,
    Continue(Box<Dialogue>),
    /// Another section was opened; the dialogue can be continued later.
    Leave,
    End,
}

/// Telegram refuses a keyboard with more buttons.
const MAX_BUTTONS: usize = 100;

fn count_buttons(keyboard: &InlineKeyboardMarkup) -> usize {
    keyboard.inline_keyboard.iter().map(Vec::len).sum()
}

impl Reply {
    pub(crate) fn none() -> Self {
        Self::default()
    }

    pub(crate) fn send_message(self, place: ChatPlace, html: String, markup: Option<ReplyMarkup>) -> Self {
        self.push(OutgoingMessage::new(place, html, markup, MessageTarget::New))
    }

    /// Sends the first message to a work group, which shows whether the bot may write there; `by` linked it.
    pub(crate) fn announce_link(self, group: ChatPlace, html: String, by: TelegramId) -> Self {
        let target = MessageTarget::LinkedGroup(by);
        self.push(OutgoingMessage::new(group, html, None, target))
    }

    /// Sends a message about an order and keeps the message's id with the order.
    pub(crate) fn send_about_order(
        self,
        order: OrderId,
        kind: OrderMessageKind,
        place: ChatPlace,
        html: String,
        markup: Option<ReplyMarkup>,
    ) -> Self {
        let about = Some((order, kind));
        self.push(OutgoingMessage { about, ..OutgoingMessage::new(place, html, markup, MessageTarget::New) })
    }

    /// Sends lines about orders, each with a button; those that no longer hold are left out by the courier. The message's id is
    /// kept with the order if there is only one.
    pub(crate) fn send_order_lines(self, place: ChatPlace, lines: OrderLines) -> Self {
        let about = match lines.lines.as_slice() {
            [only] => Some((OrderId(only.order), OrderMessageKind::Notice)),
            _ => None,
        };
        let html = lines.html();
        self.push(OutgoingMessage {
            about,
            lines: Some(lines),
            ..OutgoingMessage::new(place, html, None, MessageTarget::New)
        })
    }

    /// Sends comments on an order, which a master gets only while the order is theirs.
    pub(crate) fn send_comment(
        self,
        order: OrderId,
        place: ChatPlace,
        html: String,
        markup: Option<ReplyMarkup>,
    ) -> Self {
        self.push(OutgoingMessage {
            about: Some((order, OrderMessageKind::Notice)),
            ..OutgoingMessage::new(place, html, markup, MessageTarget::NewContent)
        })
    }

    /// Sends a text that the courier makes of `request`, or replaces the pressed message by it.
    pub(crate) fn show_made_text(self, place: ChatPlace, pressed: Option<MessageId>, request: Value) -> Self {
        let target = pressed.map_or(MessageTarget::New, MessageTarget::Pressed);
        self.push(OutgoingMessage {
            made: Some(MadeMessage { file_method: None, request }),
            ..OutgoingMessage::new(place, String::new(), None, target)
        })
    }

    /// Sends a file that the courier makes of `request`, and the caption too if this one is empty.
    pub(crate) fn send_made_file(
        self,
        place: ChatPlace,
        method: &'static str,
        caption: String,
        request: Value,
    ) -> Self {
        self.push(OutgoingMessage {
            made: Some(MadeMessage { file_method: Some(method), request }),
            ..OutgoingMessage::new(place, caption, None, MessageTarget::New)
        })
    }

    /// Sends a file of an order on.
    pub(crate) fn send_file(
        self,
        order: OrderId,
        place: ChatPlace,
        file: &OrderFile,
        caption: Option<String>,
        markup: Option<ReplyMarkup>,
    ) -> Self {
        self.push(OutgoingMessage {
            about: Some((order, OrderMessageKind::Notice)),
            file: Some(file.clone()),
            ..OutgoingMessage::new(place, caption.unwrap_or_default(), markup, MessageTarget::NewContent)
        })
    }

    /// Replaces the pressed message.
    pub(crate) fn edit_message(
        self,
        place: ChatPlace,
        message: MessageId,
        html: String,
        markup: Option<InlineKeyboardMarkup>,
    ) -> Self {
        let markup = markup.map(ReplyMarkup::InlineKeyboard);
        self.push(OutgoingMessage::new(place, html, markup, MessageTarget::Pressed(message)))
    }

    /// Replaces the pressed message by one about an order and keeps the message's id with the order.
    pub(crate) fn edit_about_order(
        self,
        order: OrderId,
        kind: OrderMessageKind,
        place: ChatPlace,
        message: MessageId,
        html: String,
        markup: Option<InlineKeyboardMarkup>,
    ) -> Self {
        let markup = markup.map(ReplyMarkup::InlineKeyboard);
        let about = Some((order, kind));
        self.push(OutgoingMessage {
            about,
            ..OutgoingMessage::new(place, html, markup, MessageTarget::Pressed(message))
        })
    }

    /// Refreshes a card sent before (a row of `order_messages`).
    pub(crate) fn refresh_card(
        self,
        card: i64,
        place: ChatPlace,
        html: String,
        markup: Option<InlineKeyboardMarkup>,
    ) -> Self {
        let markup = markup.map(ReplyMarkup::InlineKeyboard);
        self.push(OutgoingMessage::new(place, html, markup, MessageTarget::Card(card)))
    }

    /// Replaces a card sent before by a final text: no buttons, nothing of the client, and it is not refreshed again.
    pub(crate) fn retire_card(self, card: i64, place: ChatPlace, html: String) -> Self {
        let target = MessageTarget::RetiredCard(card);
        self.push(OutgoingMessage::new(place, html, None, target))
    }

    /// Sends a file on that belongs to no order.
    pub(crate) fn relay_file(self, place: ChatPlace, file: &OrderFile) -> Self {
        self.push(OutgoingMessage {
            file: Some(file.clone()),
            ..OutgoingMessage::new(place, String::new(), None, MessageTarget::New)
        })
    }

    /// Gives a user the commands of those with a role.
    pub(crate) fn register_role(mut self, user: TelegramId) -> Self {
        self.with_role.push(user);
        self
    }

    /// Gives a user the commands of their present roles.
    pub(crate) fn register_roles(mut self, user: TelegramId, roles: RoleSet) -> Self {
        if roles.is_unknown() {
            self.without_role.push(user);
            return self;
        }
        self.register_role(user)
    }

    pub(super) fn users_with_role(&self) -> Vec<TelegramId> {
        self.with_role.clone()
    }

    pub(super) fn users_without_role(&self) -> Vec<TelegramId> {
        self.without_role.clone()
    }

    /// Makes the last message one that can be changed later, by its row in `dialogue_questions`.
    pub(crate) fn with_tracked_message(mut self, row: i64) -> Self {
        if let Some(message) = self.messages.last_mut() {
            message.question = Some(row);
        }
        self
    }

    /// Changes such a message.
    pub(crate) fn replace_tracked_message(
        self,
        row: i64,
        place: ChatPlace,
        html: String,
        markup: InlineKeyboardMarkup,
    ) -> Self {
        self.push_tracked(row, place, html, Some(ReplyMarkup::InlineKeyboard(markup)))
    }

    /// Changes such a message for the last time; it loses its buttons.
    pub(crate) fn retire_tracked_message(self, row: i64, place: ChatPlace, html: String) -> Self {
        self.push_tracked(row, place, html, None)
    }

    /// Changes the message that shows a user the day; it is sent anew if it is gone.
    pub(super) fn replace_dashboard(self, row: i64, place: ChatPlace, html: String) -> Self {
        self.push(OutgoingMessage {
            question: Some(row),
            ..OutgoingMessage::new(place, html, None, MessageTarget::Dashboard)
        })
    }

    /// Pins the message of a row silently, or unpins it.
    pub(super) fn pin_message(self, row: i64, place: ChatPlace, is_pinned: bool) -> Self {
        self.push(OutgoingMessage {
            question: Some(row),
            ..OutgoingMessage::new(place, String::new(), None, MessageTarget::Pin { is_pinned })
        })
    }

    fn push_tracked(self, row: i64, place: ChatPlace, html: String, markup: Option<ReplyMarkup>) -> Self {
        let target = MessageTarget::Tracked { is_last: markup.is_none() };
        self.push(OutgoingMessage {
            question: Some(row),
            ..OutgoingMessage::new(place, html, markup, target)
        })
    }

    /// Makes the last message a question, which loses its buttons when it is answered or ended.
    pub(crate) fn with_question(mut self) -> Self {
        if let Some(message) = self.messages.last_mut() {
            message.is_question = true;
        }
        self
    }

    /// Returns the pressed message that becomes a question; the inner `None` for a new message, the outer one for a reply
    /// that asks nothing.
    #[allow(clippy::option_option, reason = "no question, a new message, the pressed one")]
    pub(super) fn asked_question(&self) -> Option<Option<MessageId>> {
        let asked = self.messages.iter().rev().find(|message| message.is_question)?;
        Some(match asked.target {
            MessageTarget::Pressed(message) => Some(message),
            _ => None,
        })
    }

    /// Names the row of the question that is asked.
    pub(super) fn mark_question(&mut self, id: i64) {
        if let Some(asked) = self.messages.iter_mut().rev().find(|message| message.is_question) {
            asked.question = Some(id);
        }
    }

    /// Whether a message is replaced.
    pub(super) fn edits(&self, chat: ChatId, edited: MessageId) -> bool {
        self.messages.iter().any(|message| {
            message.place.chat == chat
                && matches!(message.target, MessageTarget::Pressed(pressed) if pressed == edited)
        })
    }

    /// Removes the buttons of a question.
    pub(super) fn remove_buttons(&mut self, question: i64, place: ChatPlace) {
        self.messages.push(OutgoingMessage {
            question: Some(question),
            ..OutgoingMessage::new(place, String::new(), None, MessageTarget::Question)
        });
    }

    /// Answers the press with a text that fades.
    pub(crate) fn with_toast(mut self, text: String) -> Self {
        self.toast = Some(Toast { text, alert: false });
        self
    }

    /// Answers the press with a text that the user must close.
    pub(crate) fn with_alert(mut self, text: String) -> Self {
        self.toast = Some(Toast { text, alert: true });
        self
    }

    pub(crate) fn continue_dialogue(mut self, dialogue: Dialogue) -> Self {
        self.dialogue = NextDialogue::Continue(Box::new(dialogue));
        self
    }

    /// Leaves the open dialogue, unless another one begins.
    pub(crate) fn leave_dialogue(mut self) -> Self {
        if matches!(self.dialogue, NextDialogue::Keep) {
            self.dialogue = NextDialogue::Leave;
        }
        self
    }

    /// Adds a button to the last answer in a chat. If that has another kind of keyboard, the button comes in a message of its own
    /// with this text. A reply without messages in the chat stays as it is.
    pub(crate) fn add_button(mut self, place: ChatPlace, button: InlineKeyboardButton, html: String) -> Self {
        let is_answer = |message: &&mut OutgoingMessage| {
            message.place == place
                && matches!(
                    message.target,
                    MessageTarget::New | MessageTarget::NewContent | MessageTarget::Pressed(_)
                )
        };
        let Some(last) = self.messages.iter_mut().rev().find(is_answer) else { return self };
        let row = vec![button];
        match &mut last.markup {
            None => last.markup = Some(ReplyMarkup::InlineKeyboard(InlineKeyboardMarkup::new([row]))),
            Some(ReplyMarkup::InlineKeyboard(keyboard)) if count_buttons(keyboard) < MAX_BUTTONS => {
                keyboard.inline_keyboard.push(row);
            }
            Some(_) => {
                let markup = ReplyMarkup::InlineKeyboard(InlineKeyboardMarkup::new([row]));
                return self.send_message(place, html, Some(markup));
            }
        }
        self
    }

    pub(crate) fn end_dialogue(mut self) -> Self {
        self.dialogue = NextDialogue::End;
        self
    }

    /// Appends another reply. Its toast and dialogue win where it has any.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.messages.extend(other.messages);
        self.with_role.extend(other.with_role);
        self.without_role.extend(other.without_role);
        self.toast = other.toast.or(self.toast);
        if !matches!(other.dialogue, NextDialogue::Keep) {
            self.dialogue = other.dialogue;
        }
        self
    }

    pub(crate) fn expire_at(mut self, expires_at: DateTime<Utc>) -> Self {
        self.expires_at = Some(expires_at);
        self
    }

    fn push(mut self, message: OutgoingMessage) -> Self {
        self.messages.push(message);
        self
    }

    /// Stores the messages in the outbox. Returns their number.
    pub(super) fn store_messages(
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
