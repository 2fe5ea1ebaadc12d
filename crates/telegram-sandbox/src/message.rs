//! A stored message, and its JSON in the Bot API ("Telegram Bot API: Message").

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::entities::{self, MessageEntity};
use crate::file::AttachedFile;
use crate::markup::{InlineButton, ReplyKeyboard, ReplyMarkup};
use crate::user::TelegramUser;

/// A shared contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SharedContact {
    /// Phone number, as Telegram passes it on.
    pub phone_number: String,
    /// First name.
    pub first_name: String,
    /// Telegram id, when the contact has Telegram.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
}

/// A shared location.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SharedLocation {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

/// Where a forwarded message came from ("Telegram Bot API: `MessageOrigin`").
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageOrigin {
    /// A user with a visible account.
    User(TelegramUser),
    /// A user who hides the account when forwarded.
    HiddenUser(String),
    /// A group, for a message of an anonymous administrator.
    Chat {
        /// Id of the group.
        id: i64,
        /// Its title.
        title: String,
    },
    /// A channel, for one of its posts.
    Channel {
        /// Id of the channel.
        id: i64,
        /// Its title.
        title: String,
    },
}

/// A message in a chat.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatMessage {
    /// Id, counted per chat.
    pub id: i64,
    /// The chat.
    pub chat_id: i64,
    /// Id of the author.
    pub from: i64,
    /// Whether the bot wrote it.
    pub from_bot: bool,
    /// Unix seconds at which it was sent.
    pub date: i64,
    /// Plain text, or the caption of a file.
    pub text: String,
    /// Formatting of `text`.
    pub entities: Vec<MessageEntity>,
    /// Inline buttons, a keyboard under the composer, or its removal.
    pub markup: ReplyMarkup,
    /// The file.
    pub document: Option<AttachedFile>,
    /// The album (`media_group_id`) of which the file is a part.
    pub album: Option<String>,
    /// The contact.
    pub contact: Option<SharedContact>,
    /// The location.
    pub location: Option<SharedLocation>,
    /// Origin of a forwarded message.
    pub forward: Option<MessageOrigin>,
    /// Id of the message to which it replies.
    pub reply_to: Option<i64>,
    /// The topic of the group, `None` in the general one.
    pub topic: Option<i64>,
    /// Extra fields of a service message, e.g. `new_chat_members` or `users_shared`.
    pub service: Option<Value>,
    /// How often the bot edited it.
    pub edits: u32,
    /// Unix seconds of the last edit.
    pub edit_date: Option<i64>,
    /// Whether the bot pinned it.
    pub pinned: bool,
    /// Whether it was deleted; deleted messages stay visible to tests.
    pub deleted: bool,
}

impl ChatMessage {
    /// The text with its formatting as HTML.
    pub fn html(&self) -> String {
        entities::to_html(&self.text, &self.entities)
    }

    /// All inline buttons, row by row.
    pub fn buttons(&self) -> impl Iterator<Item = &InlineButton> {
        self.markup.inline_rows().iter().flatten()
    }

    /// The keyboard that this message shows under the composer.
    pub fn reply_keyboard(&self) -> Option<&ReplyKeyboard> {
        match &self.markup {
            ReplyMarkup::Keyboard(keyboard) => Some(keyboard),
            _ => None,
        }
    }
}

/// JSON of a message: `from`, `chat` and a quoted message come from the state, the rest from the message.
pub(crate) struct MessageJson<'a> {
    pub message: &'a ChatMessage,
    pub from: &'a TelegramUser,
    pub chat: Value,
    /// JSON of the message to which it replies, without a further reply.
    pub reply_to: Option<Value>,
}

impl MessageJson<'_> {
    /// Builds the `Message` object.
    pub(crate) fn into_value(self) -> Value {
        let message = self.message;
        let mut fields = serde_json::Map::new();
        let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        put("message_id", message.id.into());
        put("from", to_value(self.from));
        put("chat", self.chat);
        put("date", message.date.into());
        if let Some(topic) = message.topic {
            put("message_thread_id", topic.into());
            put("is_topic_message", true.into());
        }
        if let Some(origin) = &message.forward {
            for (name, value) in forward_fields(origin, message.date) {
                put(name, value);
            }
        }
        if let Some(quoted) = self.reply_to {
            put("reply_to_message", quoted);
        }
        if let Some(date) = message.edit_date {
            put("edit_date", date.into());
        }
        let (text, formatting) = match &message.document {
            None => ("text", "entities"),
            Some(document) => {
                put(document.kind.field(), document.to_json());
                ("caption", "caption_entities")
            }
        };
        if !message.text.is_empty() {
            put(text, message.text.as_str().into());
            if !message.entities.is_empty() {
                put(formatting, to_value(&message.entities));
            }
        }
        if let Some(album) = &message.album {
            put("media_group_id", album.as_str().into());
        }
        if let Some(contact) = &message.contact {
            put("contact", to_value(contact));
        }
        if let Some(location) = &message.location {
            put("location", to_value(location));
        }
        // The Bot API shows only inline keyboards in a message.
        if let ReplyMarkup::Inline(_) = message.markup {
            put("reply_markup", to_value(&message.markup));
        }
        if let Some(Value::Object(service)) = &message.service {
            for (name, value) in service {
                put(name, value.clone());
            }
        }
        Value::Object(fields)
    }
}

/// Serializes one of this crate's types, which cannot fail: all map keys are strings.
pub(crate) fn to_value(item: impl Serialize) -> Value {
    serde_json::to_value(item).unwrap_or(Value::Null)
}

/// The origin of a forwarded message, in the current form and in the one before Bot API 7.0.
fn forward_fields(origin: &MessageOrigin, date: i64) -> Vec<(&'static str, Value)> {
    let mut fields = vec![("forward_date", Value::from(date))];
    match origin {
        MessageOrigin::User(user) => {
            fields.push(("forward_origin", json!({ "type": "user", "date": date, "sender_user": user })));
            fields.push(("forward_from", to_value(user)));
        }
        MessageOrigin::HiddenUser(name) => {
            fields.push((
                "forward_origin",
                json!({ "type": "hidden_user", "date": date, "sender_user_name": name }),
            ));
            fields.push(("forward_sender_name", name.as_str().into()));
        }
        MessageOrigin::Chat { id, title } => {
            let chat = group_json(*id, title);
            fields.push(("forward_origin", json!({ "type": "chat", "date": date, "sender_chat": chat })));
            fields.push(("forward_from_chat", chat));
        }
        MessageOrigin::Channel { id, title } => {
            let chat = channel_json(*id, title);
            fields.push((
                "forward_origin",
                json!({ "type": "channel", "date": date, "chat": chat, "message_id": 1 }),
            ));
            fields.push(("forward_from_chat", chat));
        }
    }
    fields
}

/// `Chat` of a group.
pub(crate) fn group_json(id: i64, title: &str) -> Value {
    if is_supergroup(id) {
        json!({ "id": id, "title": title, "type": "supergroup" })
    } else {
        json!({ "id": id, "title": title, "type": "group", "all_members_are_administrators": true })
    }
}

/// `Chat` of a channel.
pub(crate) fn channel_json(id: i64, title: &str) -> Value {
    json!({ "id": id, "title": title, "type": "channel" })
}

/// Ids of supergroups start with -100 and have 13 digits or more.
pub(crate) fn is_supergroup(id: i64) -> bool {
    id <= -1_000_000_000_000
}
