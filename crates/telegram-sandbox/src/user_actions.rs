//! What users do on their phones: write, press, forward, share, block, add the bot to a group. Every action changes the chat and
//! queues the update that Telegram would send.

use serde_json::{Value, json};

use crate::chat::{BotMembership, ChatKind, SandboxChat};
use crate::entities::{self, FormattedText};
use crate::feed::StateChange;
use crate::file::UserFile;
use crate::message::{ChatMessage, MessageOrigin, SharedContact, SharedLocation, to_value};
use crate::state::{PendingQuery, SandboxState};
use crate::user::TelegramUser;

/// A message sent by a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentMessage {
    /// Id of the update; 0 when the bot does not see this chat.
    pub update_id: i64,
    /// Id of the new message.
    pub message_id: i64,
}

/// A button press.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ButtonPress {
    /// Id of the update; 0 when the bot does not see this chat.
    pub update_id: i64,
    /// Id of the callback query.
    pub query_id: String,
}

impl SandboxState {
    /// Adds a user who acts for the first time, and starts or unblocks the bot in a private chat.
    fn register_user(&mut self, user: i64, chat: i64) {
        if self.find_user(user).is_none() {
            self.add_user(TelegramUser::new(user, format!("User {user}")));
        }
        if chat == user
            && let Some(SandboxChat { kind: ChatKind::Private { started, blocked }, .. }) =
                self.chats.get_mut(&chat)
        {
            *started = true;
            if *blocked {
                self.set_blocked(user, false);
            }
        }
        if chat < 0
            && let Some(SandboxChat { kind: ChatKind::Group { members, .. }, .. }) = self.chats.get_mut(&chat)
        {
            members.insert(user);
        }
    }

    /// Sends a message with the content set by `fill`.
    fn post_message(&mut self, from: i64, chat: i64, fill: impl FnOnce(&mut ChatMessage)) -> SentMessage {
        self.register_user(from, chat);
        let mut message = self.new_message(chat, from);
        fill(&mut message);
        let message_id = message.id;
        let is_visible = self.is_visible_to_bot(&message);
        let json = self.store_message(message);
        let update_id = if is_visible { self.queue.push_update("message", &json.to_string()) } else { 0 };
        SentMessage { update_id, message_id }
    }

    /// Whether the bot receives a user's message.
    fn is_visible_to_bot(&self, message: &ChatMessage) -> bool {
        let Some(chat) = self.chats.get(&message.chat_id).filter(|chat| chat.has_bot()) else {
            return false;
        };
        if !self.privacy_mode || !chat.is_group() || message.service.is_some() {
            return true;
        }
        let answers_bot =
            message.reply_to.and_then(|id| chat.live_message(id)).is_some_and(|quoted| quoted.from_bot);
        let mention = format!("@{}", self.me.username.as_deref().unwrap_or_default());
        answers_bot || message.text.starts_with('/') || message.text.contains(&mention)
    }

    pub(crate) fn post_text(
        &mut self,
        from: i64,
        chat: i64,
        text: &str,
        reply_to: Option<i64>,
    ) -> SentMessage {
        let formatted = text_with_commands(text);
        self.post_message(from, chat, |message| {
            message.text = formatted.text;
            message.entities = formatted.entities;
            message.reply_to = reply_to;
        })
    }

    pub(crate) fn post_in_topic(
        &mut self,
        from: i64,
        chat: i64,
        topic: i64,
        text: &str,
        reply_to: Option<i64>,
    ) -> SentMessage {
        let formatted = text_with_commands(text);
        self.post_message(from, chat, |message| {
            message.text = formatted.text;
            message.entities = formatted.entities;
            message.topic = Some(topic);
            message.reply_to = reply_to;
        })
    }

    pub(crate) fn share_contact(
        &mut self,
        from: i64,
        chat: i64,
        contact: SharedContact,
        reply_to: Option<i64>,
    ) -> SentMessage {
        self.post_message(from, chat, |message| {
            message.contact = Some(contact);
            message.reply_to = reply_to;
        })
    }

    pub(crate) fn share_location(
        &mut self,
        from: i64,
        chat: i64,
        location: SharedLocation,
        reply_to: Option<i64>,
    ) -> SentMessage {
        self.post_message(from, chat, |message| {
            message.location = Some(location);
            message.reply_to = reply_to;
        })
    }

    pub(crate) fn post_file(&mut self, from: i64, chat: i64, file: &UserFile) -> SentMessage {
        let caption = text_with_commands(&file.caption);
        let attached = file.attach(self.new_file_id());
        self.post_message(from, chat, |message| {
            message.text = caption.text;
            message.entities = caption.entities;
            message.document = Some(attached);
            message.album.clone_from(&file.album);
            message.reply_to = file.reply_to;
        })
    }

    /// Edits a user's own text or caption. Returns the id of the update, `None` when there is no such message.
    pub(crate) fn edit_own_message(
        &mut self,
        from: i64,
        chat: i64,
        message_id: i64,
        text: &str,
    ) -> Option<i64> {
        let formatted = text_with_commands(text);
        let now = self.unix_now();
        let message = self.chats.get_mut(&chat)?.live_message_mut(message_id)?;
        let can_edit = message.from == from && message.forward.is_none() && message.service.is_none();
        let keeps_content = message.document.is_some() || !formatted.text.is_empty();
        if !can_edit || !keeps_content || message.contact.is_some() || message.location.is_some() {
            return None;
        }
        message.text = formatted.text;
        message.entities = formatted.entities;
        message.edits += 1;
        message.edit_date = Some(now);
        let edited = message.clone();
        self.feed.push_change(StateChange::Message(chat, message_id));
        if !self.is_visible_to_bot(&edited) {
            return Some(0);
        }
        let json = self.message_json(&edited);
        Some(self.queue.push_update("edited_message", &json.to_string()))
    }

    pub(crate) fn forward_text(
        &mut self,
        from: i64,
        chat: i64,
        origin: MessageOrigin,
        text: &str,
    ) -> SentMessage {
        let formatted = text_with_commands(text);
        self.post_message(from, chat, |message| {
            message.text = formatted.text;
            message.entities = formatted.entities;
            message.forward = Some(origin);
        })
    }

    /// Forwards a message. With `as_group` its author is an anonymous administrator of the group.
    pub(crate) fn forward_message(
        &mut self,
        by: i64,
        source: (i64, i64),
        to: i64,
        as_group: bool,
    ) -> Option<SentMessage> {
        let chat = self.chats.get(&source.0)?;
        let copy = chat.live_message(source.1)?.clone();
        let origin = match (&chat.kind, as_group) {
            (ChatKind::Group { title, .. }, true) => {
                MessageOrigin::Chat { id: source.0, title: title.clone() }
            }
            _ => MessageOrigin::User(self.find_user(copy.from)?.clone()),
        };
        Some(self.post_message(by, to, |message| {
            message.text = copy.text;
            message.entities = copy.entities;
            message.document = copy.document;
            message.contact = copy.contact;
            message.location = copy.location;
            message.forward = Some(copy.forward.unwrap_or(origin));
        }))
    }

    pub(crate) fn share_users(
        &mut self,
        from: i64,
        chat: i64,
        request_id: i64,
        users: &[i64],
    ) -> SentMessage {
        let shared: Vec<Value> = users
            .iter()
            .map(|id| match self.find_user(*id) {
                Some(user) => {
                    json!({ "user_id": id, "first_name": user.first_name, "username": user.username })
                }
                None => json!({ "user_id": id }),
            })
            .collect();
        let service =
            json!({ "users_shared": { "request_id": request_id, "user_ids": users, "users": shared } });
        self.post_message(from, chat, |message| message.service = Some(service))
    }

    pub(crate) fn share_chat(&mut self, from: i64, chat: i64, request_id: i64, shared: i64) -> SentMessage {
        let title = match self.chats.get(&shared).map(|chat| &chat.kind) {
            Some(ChatKind::Group { title, .. }) => Some(title.as_str()),
            _ => None,
        };
        let service =
            json!({ "chat_shared": { "request_id": request_id, "chat_id": shared, "title": title } });
        self.post_message(from, chat, |message| message.service = Some(service))
    }

    /// Presses a button with any data, whether the message has it or not.
    pub(crate) fn press_button(&mut self, from: i64, chat: i64, message_id: i64, data: &str) -> ButtonPress {
        self.register_user(from, chat);
        let number = self.add_query(PendingQuery { user_id: from, chat_id: chat });
        let query_id = number.to_string();
        let message = match self.chats.get(&chat).and_then(|found| found.live_message(message_id)) {
            Some(message) => self.message_json(message),
            // "Telegram Bot API: InaccessibleMessage"
            None => json!({ "chat": self.chat_json(chat), "message_id": message_id, "date": 0 }),
        };
        let query = json!({
            "id": query_id,
            "from": self.find_user(from).map(to_value),
            "message": message,
            "chat_instance": format!("{}", chat.wrapping_mul(-31)),
            "data": data,
        });
        let is_visible = self.chats.get(&chat).is_some_and(SandboxChat::has_bot);
        let update_id =
            if is_visible { self.queue.push_update("callback_query", &query.to_string()) } else { 0 };
        ButtonPress { update_id, query_id }
    }

    /// Blocks or unblocks the bot. Returns the id of the `my_chat_member` update, 0 when nothing changed.
    pub(crate) fn set_blocked(&mut self, user: i64, block: bool) -> i64 {
        let Some(SandboxChat { kind: ChatKind::Private { started, blocked }, .. }) =
            self.chats.get_mut(&user)
        else {
            return 0;
        };
        if *blocked == block {
            return 0;
        }
        *blocked = block;
        *started = true;
        self.feed.push_change(StateChange::Chat);
        let (before, after) = if block {
            (BotMembership::Member, BotMembership::Kicked)
        } else {
            (BotMembership::Kicked, BotMembership::Member)
        };
        self.push_membership_update(user, user, before, after)
    }

    /// Adds the bot to a group or removes it. Returns the id of the `my_chat_member` update, 0 when nothing changed.
    pub(crate) fn set_bot_in_group(&mut self, by: i64, group: i64, present: bool) -> i64 {
        let after = if present { BotMembership::Member } else { BotMembership::Kicked };
        self.register_user(by, group);
        let Some(before) = self.set_membership(group, after).filter(|before| *before != after) else {
            return 0;
        };
        self.feed.push_change(StateChange::Chat);
        let update_id = self.push_membership_update(by, group, before, after);
        let service = if present {
            json!({ "new_chat_members": [self.me], "new_chat_member": self.me })
        } else {
            json!({ "left_chat_member": self.me })
        };
        self.post_message(by, group, |message| message.service = Some(service));
        update_id
    }

    fn push_membership_update(
        &mut self,
        by: i64,
        chat: i64,
        before: BotMembership,
        after: BotMembership,
    ) -> i64 {
        let member = |standing| match standing {
            BotMembership::Member => json!({ "user": self.me, "status": "member" }),
            BotMembership::Never => json!({ "user": self.me, "status": "left" }),
            BotMembership::Kicked => json!({ "user": self.me, "status": "kicked", "until_date": 0 }),
        };
        let body = json!({
            "chat": self.chat_json(chat),
            "from": self.find_user(by).map(to_value),
            "date": self.unix_now(),
            "old_chat_member": member(before),
            "new_chat_member": member(after),
        });
        self.queue.push_update("my_chat_member", &body.to_string())
    }
}

fn text_with_commands(text: &str) -> FormattedText {
    let mut formatted = entities::trim_text(FormattedText { text: text.to_owned(), entities: Vec::new() });
    entities::add_bot_commands(&mut formatted);
    formatted
}
