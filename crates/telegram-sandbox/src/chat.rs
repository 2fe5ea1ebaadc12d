//! Chats: members, messages, and whether the bot may write there.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Value, json};

use crate::api_error::ApiError;
use crate::markup::{ReplyKeyboard, ReplyMarkup};
use crate::message::{ChatMessage, channel_json, group_json, is_supergroup};
use crate::user::TelegramUser;

/// The bot's membership in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BotMembership {
    Never,
    Member,
    Kicked,
}

/// Kind of a chat.
#[derive(Debug)]
pub(crate) enum ChatKind {
    /// `started`: the user has written to the bot. `blocked`: the user has blocked it since.
    Private { started: bool, blocked: bool },
    Group {
        title: String,
        members: BTreeSet<i64>,
        bot: BotMembership,
        /// A channel: only its administrators write, and its readers see all of it.
        is_channel: bool,
    },
}

/// A chat with its latest messages.
#[derive(Debug)]
pub(crate) struct SandboxChat {
    pub id: i64,
    pub kind: ChatKind,
    /// The topics of a group, and whether each is open.
    pub topics: BTreeMap<i64, bool>,
    /// Consecutive ids, oldest first; old ones are dropped.
    messages: VecDeque<ChatMessage>,
    /// The keyboard under the composer, and the message that brought it, which may be dropped already.
    keyboard: Option<(i64, ReplyKeyboard)>,
    next_id: i64,
    keep: usize,
}

impl SandboxChat {
    pub(crate) fn new(id: i64, kind: ChatKind, first_message_id: i64, keep: usize) -> Self {
        Self {
            id,
            kind,
            topics: BTreeMap::new(),
            messages: VecDeque::new(),
            keyboard: None,
            next_id: first_message_id,
            keep: keep.max(1),
        }
    }

    pub(crate) fn next_message_id(&self) -> i64 {
        self.next_id
    }

    /// Stores a message and returns the one dropped to make room.
    pub(crate) fn push_message(&mut self, message: ChatMessage) -> Option<ChatMessage> {
        self.next_id += 1;
        match &message.markup {
            ReplyMarkup::Keyboard(keyboard) => self.keyboard = Some((message.id, keyboard.clone())),
            ReplyMarkup::Remove => self.keyboard = None,
            _ => {}
        }
        self.messages.push_back(message);
        if self.messages.len() > self.keep { self.messages.pop_front() } else { None }
    }

    pub(crate) fn iter_messages(&self) -> impl DoubleEndedIterator<Item = &ChatMessage> {
        self.messages.iter()
    }

    /// The keyboard under the composer, and the message that brought it.
    pub(crate) fn keyboard(&self) -> Option<&(i64, ReplyKeyboard)> {
        self.keyboard.as_ref()
    }

    /// Deletes a message, and the keyboard that it brought.
    pub(crate) fn delete_message(&mut self, id: i64) {
        if let Some(message) = self.live_message_mut(id) {
            message.deleted = true;
        }
        self.keyboard.take_if(|(source, _)| *source == id);
    }

    fn message_index(&self, id: i64) -> Option<usize> {
        let first = self.messages.front()?.id;
        usize::try_from(id.checked_sub(first)?).ok()
    }

    /// Finds a stored message that is not deleted.
    pub(crate) fn live_message(&self, id: i64) -> Option<&ChatMessage> {
        self.messages.get(self.message_index(id)?).filter(|message| !message.deleted)
    }

    pub(crate) fn live_message_mut(&mut self, id: i64) -> Option<&mut ChatMessage> {
        let index = self.message_index(id)?;
        self.messages.get_mut(index).filter(|message| !message.deleted)
    }

    /// Finds a stored message, deleted or not.
    pub(crate) fn kept_message(&self, id: i64) -> Option<&ChatMessage> {
        self.messages.get(self.message_index(id)?)
    }

    pub(crate) fn is_group(&self) -> bool {
        matches!(self.kind, ChatKind::Group { .. })
    }

    /// Whether updates from this chat reach the bot.
    pub(crate) fn has_bot(&self) -> bool {
        match &self.kind {
            ChatKind::Private { blocked, .. } => !blocked,
            ChatKind::Group { bot, .. } => *bot == BotMembership::Member,
        }
    }

    /// Whether this user can write here.
    pub(crate) fn has_user(&self, user: i64) -> bool {
        match &self.kind {
            ChatKind::Private { .. } => self.id == user,
            ChatKind::Group { members, .. } => members.contains(&user),
        }
    }

    /// Refuses, as Telegram does, when the bot may not write here.
    pub(crate) fn check_writable(&self) -> Result<(), ApiError> {
        let group = || {
            if is_supergroup(self.id) { "supergroup" } else { "group" }
        };
        match &self.kind {
            ChatKind::Private { blocked: true, .. } => {
                Err(ApiError::forbidden("bot was blocked by the user"))
            }
            ChatKind::Private { started: false, .. } => {
                Err(ApiError::forbidden("bot can't initiate conversation with a user"))
            }
            ChatKind::Group { bot: BotMembership::Kicked, .. } => {
                Err(ApiError::forbidden(format!("bot was kicked from the {} chat", group())))
            }
            ChatKind::Group { bot: BotMembership::Never, .. } => Err(ApiError::bad_request("chat not found")),
            _ => Ok(()),
        }
    }

    /// Refuses, as Telegram does, a topic that is gone or closed.
    pub(crate) fn check_topic(&self, topic: i64) -> Result<(), ApiError> {
        match self.topics.get(&topic) {
            Some(true) => Ok(()),
            Some(false) => Err(ApiError::bad_request("TOPIC_CLOSED")),
            None => Err(ApiError::bad_request("message thread not found")),
        }
    }

    /// `Chat` of the Bot API; `user` is the user of a private chat.
    pub(crate) fn to_json(&self, user: Option<&TelegramUser>) -> Value {
        match (&self.kind, user) {
            (ChatKind::Group { title, is_channel: true, .. }, _) => channel_json(self.id, title),
            (ChatKind::Group { title, .. }, _) => group_json(self.id, title),
            (ChatKind::Private { .. }, None) => json!({ "id": self.id, "type": "private" }),
            (ChatKind::Private { .. }, Some(user)) => {
                let mut chat = json!({ "id": self.id, "type": "private", "first_name": user.first_name });
                for (name, value) in [("last_name", &user.last_name), ("username", &user.username)] {
                    if let Some(value) = value {
                        chat[name] = value.as_str().into();
                    }
                }
                chat
            }
        }
    }
}
