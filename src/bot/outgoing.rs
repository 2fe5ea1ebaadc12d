//! One message of a reply: what is sent or edited, and how it gets into the outbox.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use teloxide::types::ReplyMarkup;

use crate::db::dashboards::{PIN, RESEND_MARK, UNPIN};
use crate::db::dialogue_questions::{self, LAST_MARK, QUESTION_MARK, REMOVE_BUTTONS};
use crate::db::order_lines::{LINES_MARK, OrderLines};
use crate::db::order_messages::{self, OrderMessageKind};
use crate::db::outbox::{self, NewMessage};
use crate::db::{self, AnyConnection};
use crate::domain::ids::{ChatPlace, MessageId, OrderId, TelegramId};
use crate::domain::order::OrderFile;

/// A message to send or edit.
#[derive(Debug)]
pub(super) struct OutgoingMessage {
    pub(super) place: ChatPlace,
    pub(super) html: String,
    pub(super) markup: Option<ReplyMarkup>,
    pub(super) target: MessageTarget,
    pub(super) about: Option<(OrderId, OrderMessageKind)>,
    /// A file to send; `html` is its caption.
    pub(super) file: Option<OrderFile>,
    /// What the courier makes of it.
    pub(super) made: Option<MadeMessage>,
    /// Lines of which those are sent that hold then; `html` is all of them.
    pub(super) lines: Option<OrderLines>,
    /// Whether it asks the user something.
    pub(super) is_question: bool,
    /// Its row in `dialogue_questions`, or the row of the one whose buttons it removes.
    pub(super) question: Option<i64>,
}

/// A message whose content the courier makes.
#[derive(Debug)]
pub(super) struct MadeMessage {
    /// The method that sends its file; `None` for a text.
    pub(super) file_method: Option<&'static str>,
    /// What is to be in it.
    pub(super) request: Value,
}

/// The kinds of files that can be sent on, by the names of their fields, with the method that sends each and whether it
/// takes a caption (Telegram Bot API: Available methods).
const FILE_METHODS: [(&str, &str, bool); 8] = [
    ("photo", "sendPhoto", true),
    ("video", "sendVideo", true),
    ("document", "sendDocument", true),
    ("voice", "sendVoice", true),
    ("audio", "sendAudio", true),
    ("animation", "sendAnimation", true),
    ("video_note", "sendVideoNote", false),
    ("sticker", "sendSticker", false),
];

fn file_method(file: &OrderFile) -> Option<(&'static str, bool)> {
    let found = FILE_METHODS.iter().find(|(kind, ..)| *kind == file.kind);
    found.map(|(_, method, takes_caption)| (*method, *takes_caption))
}

pub(crate) fn is_sendable(file: &OrderFile) -> bool {
    file_method(file).is_some()
}

pub(crate) fn file_takes_caption(file: &OrderFile) -> bool {
    file_method(file).is_some_and(|(_, takes_caption)| takes_caption)
}

#[derive(Debug)]
pub(super) enum MessageTarget {
    New,
    /// The same, with what was said about an order: a master gets it only while the order is theirs.
    NewContent,
    /// The first message to a work group that this user linked. If it cannot be delivered, the group is unlinked.
    LinkedGroup(TelegramId),
    /// The pressed message; sent anew when it can no longer be edited.
    Pressed(MessageId),
    /// A card sent before, by its row in `order_messages`.
    Card(i64),
    /// The same, for the last time.
    RetiredCard(i64),
    /// The message of a question, which loses its buttons.
    Question,
    /// The message that shows the day, by its `question`; sent anew when it is gone.
    Dashboard,
    /// The same message, to be pinned or unpinned.
    Pin {
        is_pinned: bool,
    },
    /// A message to staff about another user, by its `question`.
    Tracked {
        is_last: bool,
    },
}

impl OutgoingMessage {
    pub(super) fn new(
        place: ChatPlace,
        html: String,
        markup: Option<ReplyMarkup>,
        target: MessageTarget,
    ) -> Self {
        Self {
            place,
            html,
            markup,
            target,
            about: None,
            file: None,
            made: None,
            lines: None,
            is_question: false,
            question: None,
        }
    }

    pub(super) fn store(
        self,
        tx: &mut AnyConnection,
        update_id: Option<i64>,
        expires_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> db::Result<()> {
        if let MessageTarget::Pressed(message) = self.target {
            dialogue_questions::release_day_message(tx, self.place.chat, message, self.question)?;
        }
        let order_message = match (&self.target, self.about) {
            (MessageTarget::Card(card), _) => Some(*card),
            (MessageTarget::RetiredCard(card), _) => {
                order_messages::retire_order_card(tx, *card)?;
                Some(*card)
            }
            (MessageTarget::New | MessageTarget::NewContent, Some((order, kind))) => {
                Some(order_messages::insert_order_message(tx, order, self.place, kind, now)?)
            }
            (MessageTarget::Pressed(message), Some((order, kind))) => {
                Some(order_messages::claim_order_card(tx, order, kind, self.place, *message, now)?)
            }
            (MessageTarget::Pressed(message), None) => {
                order_messages::release_order_card(tx, self.place.chat, *message)?;
                None
            }
            (MessageTarget::New | MessageTarget::NewContent, None)
            | (
                MessageTarget::LinkedGroup(_)
                | MessageTarget::Question
                | MessageTarget::Dashboard
                | MessageTarget::Pin { .. }
                | MessageTarget::Tracked { .. },
                _,
            ) => None,
        };
        let is_new = matches!(
            self.target,
            MessageTarget::New | MessageTarget::NewContent | MessageTarget::LinkedGroup(_)
        );
        let made_file = self.made.as_ref().and_then(|made| made.file_method);
        let message = NewMessage {
            chat: self.place.chat,
            method: match (&self.file, made_file) {
                (Some(file), _) => file_method(file).map_or("sendDocument", |(method, _)| method),
                (None, Some(method)) => method,
                (None, None) => match self.target {
                    MessageTarget::Question => REMOVE_BUTTONS,
                    MessageTarget::Pin { is_pinned: true } => PIN,
                    MessageTarget::Pin { is_pinned: false } => UNPIN,
                    _ if is_new => "sendMessage",
                    _ => "editMessageText",
                },
            },
            payload: self.payload().to_string(),
            order_message,
            update_id,
            expires_at,
        };
        outbox::insert_message(tx, &message, now)
    }

    /// Returns the parameters of the call. The courier adds a card's `message_id`, which may not be known yet.
    fn payload(&self) -> Value {
        if let (MessageTarget::Question, Some(question)) = (&self.target, self.question) {
            return json!({ "chat_id": self.place.chat.0, QUESTION_MARK: question });
        }
        if let (MessageTarget::Pin { is_pinned }, Some(question)) = (&self.target, self.question) {
            let mut payload = json!({ "chat_id": self.place.chat.0, QUESTION_MARK: question });
            if *is_pinned {
                payload["disable_notification"] = json!(true);
            }
            return payload;
        }
        let mut payload = match (&self.file, &self.made) {
            (Some(file), _) => file_payload(self.place, file, &self.html),
            (None, Some(made)) => made_payload(self.place, made, &self.html),
            (None, None) => json!({
                "chat_id": self.place.chat.0,
                "text": self.html,
                "parse_mode": "HTML",
                "link_preview_options": { "is_disabled": true },
            }),
        };
        // An edit has it for the case that the message is gone and a new one is sent.
        if let Some(thread) = self.place.thread {
            payload["message_thread_id"] = json!(thread.0);
        }
        if let Some(markup) = &self.markup {
            payload["reply_markup"] = json!(markup);
        }
        if let Some(lines) = &self.lines {
            payload["reply_markup"] = lines.keyboard();
            payload[LINES_MARK] = json!(lines);
        }
        match self.target {
            MessageTarget::Pressed(message) => payload["message_id"] = json!(message.0),
            MessageTarget::NewContent => payload[outbox::CONTENT_MARK] = json!(true),
            MessageTarget::RetiredCard(_) => payload[outbox::FINAL_MARK] = json!(true),
            MessageTarget::LinkedGroup(by) => payload[outbox::LINK_MARK] = json!(by.0),
            MessageTarget::Dashboard => payload[RESEND_MARK] = json!(true),
            MessageTarget::Tracked { is_last: true } => payload[LAST_MARK] = json!(true),
            MessageTarget::New
            | MessageTarget::Card(_)
            | MessageTarget::Question
            | MessageTarget::Pin { .. }
            | MessageTarget::Tracked { .. } => {}
        }
        if let Some(question) = self.question {
            payload[QUESTION_MARK] = json!(question);
        }
        payload
    }
}

fn made_payload(place: ChatPlace, made: &MadeMessage, caption: &str) -> Value {
    let mut payload = json!({
        "chat_id": place.chat.0,
        "parse_mode": "HTML",
        "link_preview_options": { "is_disabled": true },
        outbox::MADE_MARK: made.request,
    });
    if !caption.is_empty() {
        payload["caption"] = json!(caption);
    }
    payload
}

fn file_payload(place: ChatPlace, file: &OrderFile, caption: &str) -> Value {
    let mut payload = json!({ "chat_id": place.chat.0 });
    payload[file.kind.as_str()] = json!(file.file_id);
    if !caption.is_empty() {
        payload["caption"] = json!(caption);
        payload["parse_mode"] = json!("HTML");
    }
    payload
}
