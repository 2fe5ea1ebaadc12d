//! An update reduced to what the bot reacts to.

use teloxide::types::{
    CallbackQuery, ChatMemberKind, ChatMemberUpdated, MaybeInaccessibleMessage, Message, MessageKind,
    MessageOrigin, Update, UpdateKind, User,
};

use super::dialogue::DialogueAnswer;
use crate::domain::ids::{ChatId, MessageId, TelegramId};
use crate::domain::user::UserProfile;

/// What a user did, in which chat.
#[derive(Clone, Debug)]
pub(crate) struct IncomingUpdate {
    pub(crate) sender: UserProfile,
    pub(crate) chat: ChatId,
    pub(crate) event: IncomingEvent,
}

/// What a user did.
#[derive(Clone, Debug)]
pub(crate) enum IncomingEvent {
    /// The text may be a command or a label.
    Text(String),
    /// Any other message.
    Answer(DialogueAnswer),
    Press(ButtonPress),
    /// The bot was added to a group.
    BotAdded {
        title: String,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct ButtonPress {
    /// The id of the callback query, which must be answered.
    pub(crate) query: String,
    /// The callback data, as sent.
    pub(crate) data: String,
    /// The message with the button; `None` when Telegram no longer has it.
    pub(crate) message: Option<MessageId>,
}

/// A group that became a supergroup, which has another chat id.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct ChatMigration {
    pub(crate) from: ChatId,
    pub(crate) to: ChatId,
}

/// Reads the service message about a group that became a supergroup. The old chat gets one, and so does the new one
/// (Telegram Bot API: Message, `migrate_to_chat_id` and `migrate_from_chat_id`). Its sender may be no user.
pub(crate) fn chat_migration(update: &Update) -> Option<ChatMigration> {
    let UpdateKind::Message(message) = &update.kind else { return None };
    let here = ChatId(message.chat.id.0);
    let to = message.migrate_to_chat_id().map(|to| ChatMigration { from: here, to: ChatId(to.0) });
    to.or_else(|| message.migrate_from_chat_id().map(|from| ChatMigration { from: ChatId(from.0), to: here }))
}

/// Reads an update; `None` when it has nothing for the bot (an edit, a service message, a message of a bot).
pub(crate) fn read_update(update: &Update) -> Option<IncomingUpdate> {
    match &update.kind {
        UpdateKind::Message(message) => from_message(message),
        UpdateKind::CallbackQuery(query) => Some(from_press(query)),
        UpdateKind::MyChatMember(change) => from_membership(change),
        _ => None,
    }
}

/// Returns the chat of an update; updates of one chat are handled one after the other.
pub(crate) fn chat_of(update: &Update) -> i64 {
    update
        .chat()
        .map(|chat| chat.id.0)
        .or_else(|| update.from().and_then(|user| i64::try_from(user.id.0).ok()))
        .unwrap_or_default()
}

/// Returns the kind of an update, for the log.
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
    let sender = message.from.as_ref().filter(|user| !user.is_bot)?;
    Some(IncomingUpdate {
        sender: user_profile(sender),
        chat: ChatId(message.chat.id.0),
        event: message_event(message)?,
    })
}

fn message_event(message: &Message) -> Option<IncomingEvent> {
    // A contact first: a forwarded contact is still a contact.
    let answer = if let Some(contact) = message.contact() {
        let person = contact.user_id.and_then(|id| i64::try_from(id.0).ok()).map(TelegramId);
        DialogueAnswer::Contact { person, phone: contact.phone_number.clone() }
    } else if let Some(origin) = message.forward_origin() {
        let (person, chat) = match origin {
            MessageOrigin::User { sender_user, .. } => (Some(telegram_id(sender_user)), None),
            MessageOrigin::HiddenUser { .. } => (None, None),
            MessageOrigin::Chat { sender_chat, .. } => (None, Some(ChatId(sender_chat.id.0))),
            MessageOrigin::Channel { chat, .. } => (None, Some(ChatId(chat.id.0))),
        };
        DialogueAnswer::Forwarded { person, chat, text: message.text().map(str::to_owned) }
    } else if let Some(shared) = message.shared_chat() {
        DialogueAnswer::ChatPicked(ChatId(shared.chat_id.0))
    } else if let Some(text) = message.text() {
        return Some(IncomingEvent::Text(text.to_owned()));
    } else if matches!(message.kind, MessageKind::Common(_)) {
        DialogueAnswer::OtherContent
    } else {
        // Service messages (a member joined, the title changed) are not from a user.
        return None;
    };
    Some(IncomingEvent::Answer(answer))
}

fn from_press(query: &CallbackQuery) -> IncomingUpdate {
    // A message that is too old comes without its content but with its chat.
    let place = query.message.as_ref().map(MaybeInaccessibleMessage::chat);
    let message = query.message.as_ref().map(|message| MessageId(message.id().0));
    let sender = user_profile(&query.from);
    IncomingUpdate {
        chat: place.map_or_else(|| sender.telegram_id.into(), |chat| ChatId(chat.id.0)),
        sender,
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
        sender: user_profile(&change.from),
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

/// Telegram ids have at most 52 significant bits (Telegram Bot API: User).
fn telegram_id(user: &User) -> TelegramId {
    TelegramId(i64::try_from(user.id.0).unwrap_or(i64::MAX))
}
