//! An update reduced to what the bot reacts to.

use teloxide::types::{
    CallbackQuery, ChatMemberKind, ChatMemberUpdated, MaybeInaccessibleMessage, Message, MessageOrigin,
    Update, UpdateKind, User,
};

use crate::domain::ids::{ChatId, MessageId, TelegramId};
use crate::domain::user::UserProfile;

/// What somebody did, where.
#[derive(Clone, Debug)]
pub struct Input {
    /// Who.
    pub person: UserProfile,
    /// In which chat.
    pub chat: ChatId,
    /// What.
    pub event: Event,
}

/// What somebody did.
#[derive(Clone, Debug)]
pub enum Event {
    /// Wrote a text (the text may be a command or a keyboard's label).
    Text(String),
    /// Shared a contact: the person's number, if Telegram knows it, and the phone.
    Contact {
        /// The person behind, if they are on Telegram.
        person: Option<TelegramId>,
        /// The phone as typed in the address book.
        phone: String,
    },
    /// Forwarded a message that came from a person or a chat.
    Forwarded {
        /// The person who wrote it, unless they hide that.
        person: Option<TelegramId>,
        /// The group or channel it was written in the name of.
        chat: Option<ChatId>,
        /// Its text, if it has one.
        text: Option<String>,
    },
    /// Picked a chat with a keyboard's button.
    ChatPicked(ChatId),
    /// Sent something without text: a picture, a voice message, a sticker.
    OtherContent,
    /// Pressed an inline button.
    Press(Press),
    /// Added the bot to a group.
    BotAdded {
        /// The group's title.
        title: String,
    },
}

/// A press of an inline button.
#[derive(Clone, Debug)]
pub struct Press {
    /// The query to be answered.
    pub query: String,
    /// The button's data, as sent.
    pub data: String,
    /// The message under which the button is; `None` when Telegram no longer has it.
    pub message: Option<MessageId>,
}

/// A group that became a supergroup, and with that another chat.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Migration {
    /// What it was.
    pub from: ChatId,
    /// What it is now.
    pub to: ChatId,
}

/// The service message about a group that became a supergroup: the old chat gets one, and so does the new (Telegram Bot
/// API: Message, `migrate_to_chat_id` and `migrate_from_chat_id`). Whoever it comes from need not be a person.
#[must_use]
pub fn migration(update: &Update) -> Option<Migration> {
    let UpdateKind::Message(message) = &update.kind else { return None };
    let here = ChatId(message.chat.id.0);
    let to = message.migrate_to_chat_id().map(|to| Migration { from: here, to: ChatId(to.0) });
    to.or_else(|| message.migrate_from_chat_id().map(|from| Migration { from: ChatId(from.0), to: here }))
}

/// Reduces an update; `None` when there is nothing in it for the bot (an edit, a service message, a bot).
#[must_use]
pub fn reduce(update: &Update) -> Option<Input> {
    match &update.kind {
        UpdateKind::Message(message) => from_message(message),
        UpdateKind::CallbackQuery(query) => Some(from_press(query)),
        UpdateKind::MyChatMember(change) => from_membership(change),
        _ => None,
    }
}

/// The chat whose updates must be handled one after the other.
#[must_use]
pub fn lane(update: &Update) -> i64 {
    update
        .chat()
        .map(|chat| chat.id.0)
        .or_else(|| update.from().and_then(|user| i64::try_from(user.id.0).ok()))
        .unwrap_or_default()
}

/// A short name of what the update is, for the log.
#[must_use]
pub fn kind(update: &Update) -> &'static str {
    match &update.kind {
        UpdateKind::Message(_) => "message",
        UpdateKind::CallbackQuery(_) => "callback_query",
        UpdateKind::MyChatMember(_) => "my_chat_member",
        UpdateKind::EditedMessage(_) => "edited_message",
        UpdateKind::Error(_) => "unreadable",
        _ => "other",
    }
}

fn from_message(message: &Message) -> Option<Input> {
    let person = message.from.as_ref().filter(|user| !user.is_bot)?;
    Some(Input { person: profile(person), chat: ChatId(message.chat.id.0), event: message_event(message)? })
}

fn message_event(message: &Message) -> Option<Event> {
    // A contact is what it says, whoever passed it on.
    if let Some(contact) = message.contact() {
        let person = contact.user_id.and_then(|id| i64::try_from(id.0).ok()).map(TelegramId);
        return Some(Event::Contact { person, phone: contact.phone_number.clone() });
    }
    if let Some(origin) = message.forward_origin() {
        let (person, chat) = match origin {
            MessageOrigin::User { sender_user, .. } => (Some(telegram_id(sender_user)), None),
            MessageOrigin::HiddenUser { .. } => (None, None),
            MessageOrigin::Chat { sender_chat, .. } => (None, Some(ChatId(sender_chat.id.0))),
            MessageOrigin::Channel { chat, .. } => (None, Some(ChatId(chat.id.0))),
        };
        let text = message.text().map(str::to_owned);
        return Some(Event::Forwarded { person, chat, text });
    }
    if let Some(shared) = message.shared_chat() {
        return Some(Event::ChatPicked(ChatId(shared.chat_id.0)));
    }
    if let Some(text) = message.text() {
        return Some(Event::Text(text.to_owned()));
    }
    // "Somebody joined", "the title was changed": Telegram speaking, not a person.
    let is_content = matches!(message.kind, teloxide::types::MessageKind::Common(_));
    is_content.then_some(Event::OtherContent)
}

fn from_press(query: &CallbackQuery) -> Input {
    // A message that is too old comes without its content, but with its place.
    let place = query.message.as_ref().map(MaybeInaccessibleMessage::chat);
    let message = query.message.as_ref().map(|message| MessageId(message.id().0));
    let person = profile(&query.from);
    Input {
        chat: place.map_or_else(|| person.telegram_id.into(), |chat| ChatId(chat.id.0)),
        person,
        event: Event::Press(Press {
            query: query.id.0.clone(),
            data: query.data.clone().unwrap_or_default(),
            message,
        }),
    }
}

fn from_membership(change: &ChatMemberUpdated) -> Option<Input> {
    let present = |kind: &ChatMemberKind| kind.is_present();
    let joined = !present(&change.old_chat_member.kind) && present(&change.new_chat_member.kind);
    let chat = ChatId(change.chat.id.0);
    if !joined || !chat.is_group() {
        return None;
    }
    let title = change.chat.title().unwrap_or_default().to_owned();
    Some(Input { person: profile(&change.from), chat, event: Event::BotAdded { title } })
}

fn profile(user: &User) -> UserProfile {
    UserProfile {
        telegram_id: telegram_id(user),
        username: user.username.clone(),
        // Telegram sends an empty name for a deleted account.
        first_name: Some(user.first_name.clone()).filter(|name| !name.is_empty()),
        last_name: user.last_name.clone(),
    }
}

/// Telegram's numbers have at most 52 significant bits (Telegram Bot API: User).
fn telegram_id(user: &User) -> TelegramId {
    TelegramId(i64::try_from(user.id.0).unwrap_or(i64::MAX))
}
