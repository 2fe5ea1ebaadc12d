//! An update reduced to what the bot reacts to.

use teloxide::types::{
    CallbackQuery, ChatMemberKind, ChatMemberUpdated, MaybeInaccessibleMessage, Message, MessageOrigin,
    Update, UpdateKind, User,
};

use crate::domain::ids::{ChatId, MessageId, TelegramId};
use crate::domain::user::UserProfile;

/// What somebody did, where.
#[derive(Clone, Debug)]
pub(crate) struct IncomingUpdate {
    /// Who.
    pub(crate) person: UserProfile,
    /// In which chat.
    pub(crate) chat: ChatId,
    /// What.
    pub(crate) event: IncomingEvent,
}

/// What somebody did.
#[derive(Clone, Debug)]
pub(crate) enum IncomingEvent {
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
    Press(ButtonPress),
    /// Added the bot to a group.
    BotAdded {
        /// The group's title.
        title: String,
    },
}

/// A press of an inline button.
#[derive(Clone, Debug)]
pub(crate) struct ButtonPress {
    /// The query to be answered.
    pub(crate) query: String,
    /// The button's data, as sent.
    pub(crate) data: String,
    /// The message under which the button is; `None` when Telegram no longer has it.
    pub(crate) message: Option<MessageId>,
}

/// A group that became a supergroup, and with that another chat.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct ChatMigration {
    /// What it was.
    pub(crate) from: ChatId,
    /// What it is now.
    pub(crate) to: ChatId,
}

/// The service message about a group that became a supergroup: the old chat gets one, and so does the new (Telegram Bot
/// API: Message, `migrate_to_chat_id` and `migrate_from_chat_id`). Whoever it comes from need not be a person.
pub(crate) fn chat_migration(update: &Update) -> Option<ChatMigration> {
    let UpdateKind::Message(message) = &update.kind else { return None };
    let here = ChatId(message.chat.id.0);
    let to = message.migrate_to_chat_id().map(|to| ChatMigration { from: here, to: ChatId(to.0) });
    to.or_else(|| message.migrate_from_chat_id().map(|from| ChatMigration { from: ChatId(from.0), to: here }))
}

/// Reduces an update; `None` when there is nothing in it for the bot (an edit, a service message, a bot).
pub(crate) fn read_update(update: &Update) -> Option<IncomingUpdate> {
    match &update.kind {
        UpdateKind::Message(message) => from_message(message),
        UpdateKind::CallbackQuery(query) => Some(from_press(query)),
        UpdateKind::MyChatMember(change) => from_membership(change),
        _ => None,
    }
}

/// The chat whose updates must be handled one after the other.
pub(crate) fn chat_of(update: &Update) -> i64 {
    update
        .chat()
        .map(|chat| chat.id.0)
        .or_else(|| update.from().and_then(|user| i64::try_from(user.id.0).ok()))
        .unwrap_or_default()
}

/// A short name of what the update is, for the log.
pub(crate) fn update_kind(update: &Update) -> &'static str {
    match &update.kind {
        UpdateKind::Message(_) => "message",
        UpdateKind::CallbackQuery(_) => "callback_query",
        UpdateKind::MyChatMember(_) => "my_chat_member",
        UpdateKind::EditedMessage(_) => "edited_message",
        UpdateKind::Error(_) => "unreadable",
        _ => "other",
    }
}

fn from_message(message: &Message) -> Option<IncomingUpdate> {
    let person = message.from.as_ref().filter(|user| !user.is_bot)?;
    Some(IncomingUpdate {
        person: user_profile(person),
        chat: ChatId(message.chat.id.0),
        event: message_event(message)?,
    })
}

fn message_event(message: &Message) -> Option<IncomingEvent> {
    // A contact is what it says, whoever passed it on.
    if let Some(contact) = message.contact() {
        let person = contact.user_id.and_then(|id| i64::try_from(id.0).ok()).map(TelegramId);
        return Some(IncomingEvent::Contact { person, phone: contact.phone_number.clone() });
    }
    if let Some(origin) = message.forward_origin() {
        let (person, chat) = match origin {
            MessageOrigin::User { sender_user, .. } => (Some(telegram_id(sender_user)), None),
            MessageOrigin::HiddenUser { .. } => (None, None),
            MessageOrigin::Chat { sender_chat, .. } => (None, Some(ChatId(sender_chat.id.0))),
            MessageOrigin::Channel { chat, .. } => (None, Some(ChatId(chat.id.0))),
        };
        let text = message.text().map(str::to_owned);
        return Some(IncomingEvent::Forwarded { person, chat, text });
    }
    if let Some(shared) = message.shared_chat() {
        return Some(IncomingEvent::ChatPicked(ChatId(shared.chat_id.0)));
    }
    if let Some(text) = message.text() {
        return Some(IncomingEvent::Text(text.to_owned()));
    }
    // "Somebody joined", "the title was changed": Telegram speaking, not a person.
    let is_content = matches!(message.kind, teloxide::types::MessageKind::Common(_));
    is_content.then_some(IncomingEvent::OtherContent)
}

fn from_press(query: &CallbackQuery) -> IncomingUpdate {
    // A message that is too old comes without its content, but with its place.
    let place = query.message.as_ref().map(MaybeInaccessibleMessage::chat);
    let message = query.message.as_ref().map(|message| MessageId(message.id().0));
    let person = user_profile(&query.from);
    IncomingUpdate {
        chat: place.map_or_else(|| person.telegram_id.into(), |chat| ChatId(chat.id.0)),
        person,
        event: IncomingEvent::Press(ButtonPress {
            query: query.id.0.clone(),
            data: query.data.clone().unwrap_or_default(),
            message,
        }),
    }
}

fn from_membership(change: &ChatMemberUpdated) -> Option<IncomingUpdate> {
    let present = |kind: &ChatMemberKind| kind.is_present();
    let joined = !present(&change.old_chat_member.kind) && present(&change.new_chat_member.kind);
    let chat = ChatId(change.chat.id.0);
    if !joined || !chat.is_group() {
        return None;
    }
    let title = change.chat.title().unwrap_or_default().to_owned();
    Some(IncomingUpdate {
        person: user_profile(&change.from),
        chat,
        event: IncomingEvent::BotAdded { title },
    })
}

fn user_profile(user: &User) -> UserProfile {
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
