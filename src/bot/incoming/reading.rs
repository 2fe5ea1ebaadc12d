//! From Telegram's JSON to what a user did.

use serde::Deserialize;

use super::lenient::{Lenient, read_value};
use super::wire::{
    WireChat, WireContent, WireMember, WireMembership, WireMessage, WireQuery, WireUpdate, WireUser,
};
use super::{
    AnonymousAction, ButtonPress, ChatMigration, ChatTitle, IncomingEvent, IncomingUpdate, MediaFile,
    MessageDetails, ReceivedUpdate, RepliedMessage, UpdateContent,
};
use crate::bot::dialogue::{DialogueAnswer, OriginChat, PartMarks};
use crate::bot::view::html::utf16_len;
use crate::domain::ids::{ChatId, ChatPlace, MessageId, TelegramId, ThreadId};
use crate::domain::user::UserProfile;

/// The length from which on a text may be the first part of a longer one, in UTF-16 units: apps cut at the last space or
/// line end within 4096.
const CUT_TEXT: usize = 4000;

/// Reads the id of an update, without which it cannot be stored.
pub(crate) fn read_update_id(payload: &str) -> Option<i64> {
    #[derive(Deserialize)]
    struct UpdateHeader {
        #[serde(default, deserialize_with = "read_value")]
        update_id: Option<i64>,
    }
    serde_json::from_str::<UpdateHeader>(payload).ok()?.update_id
}

impl ReceivedUpdate {
    /// Reads an update as Telegram sent it.
    pub fn parse(id: i64, payload: &str) -> Self {
        let unreadable = |kind, reason| Self {
            id,
            parts: Vec::new(),
            kind,
            user: None,
            chat: None,
            sent_at: None,
            arrived_at: None,
            title: None,
            content: UpdateContent::Unreadable(reason),
        };
        let Ok(Lenient(Some(wire))) = serde_json::from_str::<Lenient<WireUpdate>>(payload) else {
            return unreadable("other", "not a JSON object");
        };
        let kind = wire.kind;
        let title = wire.content.as_ref().and_then(chat_title);
        let sent_at = wire.content.as_ref().and_then(sent_at);
        let (user, chat, content) = match wire.content {
            Some(WireContent::Message(message)) => {
                let (user, chat) = (user_number(message.from.as_ref()), chat_number(message.chat.as_ref()));
                (user, chat, message_content(*message))
            }
            Some(WireContent::EditedMessage(message)) => {
                let (user, chat) = (user_number(message.from.as_ref()), chat_number(message.chat.as_ref()));
                let content = match message_content(*message) {
                    UpdateContent::Action(edited) => UpdateContent::Edit(edited),
                    UpdateContent::Unreadable(reason) => UpdateContent::Unreadable(reason),
                    _ => UpdateContent::Ignored,
                };
                (user, chat, content)
            }
            Some(WireContent::CallbackQuery(query)) => {
                let user = user_number(query.from.as_ref());
                let place = query.message.as_ref().and_then(|message| chat_number(message.chat.as_ref()));
                (user, place.or(user), press_content(*query))
            }
            Some(WireContent::MyChatMember(change)) => {
                let (user, chat) = (user_number(change.from.as_ref()), chat_number(change.chat.as_ref()));
                (user, chat, membership_content(*change))
            }
            None if wire.is_unused => (None, None, UpdateContent::Ignored),
            None => return unreadable(kind, "no content"),
        };
        Self { id, parts: Vec::new(), kind, user, chat, sent_at, arrived_at: None, title, content }
    }
}

fn sent_at(content: &WireContent) -> Option<i64> {
    match content {
        WireContent::Message(message) => message.date,
        WireContent::EditedMessage(message) => message.edit_date.or(message.date),
        WireContent::CallbackQuery(_) => None,
        WireContent::MyChatMember(change) => change.date,
    }
}

/// Returns the title of the group in which something happened, or of the one that was picked.
fn chat_title(content: &WireContent) -> Option<ChatTitle> {
    let chat = match content {
        WireContent::Message(message) | WireContent::EditedMessage(message) => {
            let picked = message
                .chat_shared
                .as_ref()
                .and_then(|picked| Some((picked.chat_id?, picked.title.clone()?)));
            if let Some((chat, title)) = picked {
                return known_title(chat, title);
            }
            message.chat.as_ref()
        }
        WireContent::CallbackQuery(query) => query.message.as_ref().and_then(|message| message.chat.as_ref()),
        WireContent::MyChatMember(change) => change.chat.as_ref(),
    }?;
    known_title(chat.id?, chat.title.clone()?)
}

/// Private chats have no title that matters: their users have names.
fn known_title(chat: i64, title: String) -> Option<ChatTitle> {
    let chat = ChatId(chat);
    (chat.is_group() && !title.trim().is_empty()).then_some(ChatTitle { chat, title })
}

/// Telegram ids have at most 52 significant bits, and those of users are positive (Telegram Bot API: User).
fn user_number(user: Option<&WireUser>) -> Option<i64> {
    user?.id.filter(|id| *id > 0)
}

fn chat_number(chat: Option<&WireChat>) -> Option<i64> {
    chat?.id.filter(|id| *id != 0)
}

fn message_content(message: WireMessage) -> UpdateContent {
    let Some(chat) = message.chat.as_ref() else { return UpdateContent::Unreadable("no chat") };
    let Some(id) = chat_number(Some(chat)).map(ChatId) else {
        return UpdateContent::Unreadable("no chat id");
    };
    if let Some(migration) = chat_migration(&message, id) {
        return UpdateContent::Migration(migration);
    }
    if message.is_automatic_forward == Some(true) {
        return UpdateContent::Ignored;
    }
    let thread = topic_of(&message);
    let sender = match speaker_of(message.from.as_ref()) {
        // A user of a group writes in no other name.
        Speaker::User(sender) if message.sender_chat.is_none() => sender,
        Speaker::User(_) | Speaker::ServiceAccount => {
            return UpdateContent::Anonymous(AnonymousAction {
                place: ChatPlace { chat: id, thread },
                query: None,
                text: message.text,
                replies_to: message.reply_to_message.and_then(|reply| reply.from?.username),
            });
        }
        Speaker::Unknown => match private_sender(chat, id) {
            Some(sender) => sender,
            None => return UpdateContent::Ignored,
        },
        Speaker::Bot => return UpdateContent::Ignored,
    };
    let details = message_details(&message);
    match message_event(message) {
        Some(event) => {
            UpdateContent::Action(IncomingUpdate { sender, chat: id, thread, event, message: Some(details) })
        }
        None => UpdateContent::Ignored,
    }
}

fn topic_of(message: &WireMessage) -> Option<ThreadId> {
    let thread = message.message_thread_id.filter(|_| message.is_topic_message == Some(true));
    thread.filter(|thread| *thread > 0).map(ThreadId)
}

/// Reads the service message about a group that became a supergroup. The old chat gets one, and so does the new one
/// (Telegram Bot API: Message, `migrate_to_chat_id` and `migrate_from_chat_id`). Its sender may be no user.
fn chat_migration(message: &WireMessage, here: ChatId) -> Option<ChatMigration> {
    let to = message.migrate_to_chat_id.map(|to| ChatMigration { from: here, to: ChatId(to) });
    let migration = to
        .or_else(|| message.migrate_from_chat_id.map(|from| ChatMigration { from: ChatId(from), to: here }));
    // Anything else would move what belongs to a group into a private chat, or to no chat.
    migration.filter(|chats| chats.from.is_group() && chats.to.is_group() && chats.from != chats.to)
}

/// Who an account stands for.
enum Speaker {
    User(UserProfile),
    /// Telegram's account for those who write in the name of a chat.
    ServiceAccount,
    Bot,
    Unknown,
}

fn speaker_of(from: Option<&WireUser>) -> Speaker {
    let Some(user) = from else { return Speaker::Unknown };
    match user_number(Some(user)).map(TelegramId) {
        Some(id) if id.is_service_account() => Speaker::ServiceAccount,
        _ if user.is_bot == Some(true) => Speaker::Bot,
        Some(id) => Speaker::User(user_profile(id, user)),
        None => Speaker::Unknown,
    }
}

/// Returns the user of a private chat, which has their id and names.
fn private_sender(chat: &WireChat, id: ChatId) -> Option<UserProfile> {
    let is_private = chat.kind.as_deref().is_none_or(|kind| kind == "private");
    let user = id.private_user().filter(|user| is_private && !user.is_service_account())?;
    Some(UserProfile {
        telegram_id: user,
        username: chat.username.clone(),
        first_name: chat.first_name.clone(),
        last_name: chat.last_name.clone(),
    })
}

/// Whether a text is so long that an app may have cut it. It has no more UTF-16 units than bytes.
fn may_be_cut(text: &str) -> bool {
    text.len() >= CUT_TEXT && utf16_len(text) >= CUT_TEXT
}

fn message_details(message: &WireMessage) -> MessageDetails {
    let id = message_id(message.message_id);
    let file = id.zip(message.media.as_ref()).and_then(|(message, media)| {
        Some(MediaFile { message, kind: media.kind, file_id: media.file_id.clone()? })
    });
    MessageDetails {
        ids: id.into_iter().collect(),
        marks: PartMarks {
            sent_at: message.date,
            media_group: message.media_group_id.clone(),
            may_be_cut: message.text.as_deref().is_some_and(may_be_cut),
        },
        files: file.into_iter().collect(),
        reply_to: message.reply_to_message.as_ref().map(|reply| RepliedMessage {
            message: message_id(reply.message_id),
            author: reply.from.as_ref().and_then(|author| author.username.clone()),
        }),
    }
}

/// Returns what the user did; `None` for a service message, which tells what happened in the chat.
fn message_event(message: WireMessage) -> Option<IncomingEvent> {
    let non_empty = |text: Option<String>| text.filter(|text| !text.is_empty());
    let (text, caption) = (non_empty(message.text), non_empty(message.caption));
    // A contact first: a forwarded contact is still a contact.
    let answer = if let Some(contact) = message.contact {
        let person = contact.user_id.filter(|id| *id > 0).map(TelegramId);
        let names =
            [contact.first_name, contact.last_name].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let name = non_empty(Some(names.trim().to_owned()));
        DialogueAnswer::Contact { person, phone: contact.phone_number.unwrap_or_default(), name }
    } else if let Some(origin) = message.forward_origin {
        DialogueAnswer::Forwarded {
            person: user_number(origin.sender_user.as_ref()).map(TelegramId),
            origin: origin.sender_chat.or(origin.chat).and_then(|chat| origin_chat(&chat)),
            text: text.or(caption),
        }
    } else if let Some(shared) = message.chat_shared.and_then(|shared| shared.chat_id) {
        DialogueAnswer::ChatPicked(ChatId(shared))
    } else if let Some(text) = text {
        return Some(IncomingEvent::Text(text));
    } else if let Some(caption) = caption {
        // No command and no label, except to cancel: those are typed or pressed, not put under a picture.
        DialogueAnswer::Text(caption)
    } else if message.is_service {
        return None;
    } else {
        DialogueAnswer::OtherContent
    };
    Some(IncomingEvent::Answer(answer))
}

fn origin_chat(chat: &WireChat) -> Option<OriginChat> {
    let id = chat_number(Some(chat)).map(ChatId)?;
    Some(if is_group(chat, id) { OriginChat::Group(id) } else { OriginChat::Channel })
}

fn press_content(query: WireQuery) -> UpdateContent {
    let Some(id) = query.id else { return UpdateContent::Unreadable("no id") };
    // A message that is too old comes without its content but with its chat.
    let place = query.message.as_ref();
    let chat = place.and_then(|message| chat_number(message.chat.as_ref())).map(ChatId);
    let thread = place.and_then(topic_of);
    let sender = match (speaker_of(query.from.as_ref()), chat) {
        (Speaker::User(sender), _) => sender,
        (Speaker::ServiceAccount | Speaker::Bot, Some(chat)) => {
            let place = ChatPlace { chat, thread };
            let (text, replies_to) = (None, None);
            return UpdateContent::Anonymous(AnonymousAction { place, query: Some(id), text, replies_to });
        }
        _ => return UpdateContent::Unreadable("no sender"),
    };
    let message = message_id(place.and_then(|message| message.message_id));
    UpdateContent::Action(IncomingUpdate {
        chat: chat.unwrap_or_else(|| sender.telegram_id.into()),
        thread,
        sender,
        event: IncomingEvent::Press(ButtonPress { query: id, data: query.data.unwrap_or_default(), message }),
        message: None,
    })
}

fn membership_content(change: WireMembership) -> UpdateContent {
    let Some(chat) = change.chat else { return UpdateContent::Unreadable("no chat") };
    let Some(id) = chat_number(Some(&chat)).map(ChatId) else {
        return UpdateContent::Unreadable("no chat id");
    };
    let is_present = |member: Option<&WireMember>| member.is_some_and(is_chat_member);
    let joined = !is_present(change.old_chat_member.as_ref()) && is_present(change.new_chat_member.as_ref());
    match speaker_of(change.from.as_ref()) {
        Speaker::Unknown => UpdateContent::Unreadable("no sender"),
        Speaker::User(sender) if joined && is_group(&chat, id) => UpdateContent::Action(IncomingUpdate {
            sender,
            chat: id,
            thread: None,
            event: IncomingEvent::BotAdded { title: chat.title.unwrap_or_default() },
            message: None,
        }),
        _ => UpdateContent::Ignored,
    }
}

/// Tells a group from a channel, whose ids look alike.
fn is_group(chat: &WireChat, id: ChatId) -> bool {
    id.is_group() && matches!(chat.kind.as_deref(), None | Some("group" | "supergroup"))
}

/// Tells whether this member is in the chat (Telegram Bot API: `ChatMember`).
fn is_chat_member(member: &WireMember) -> bool {
    match member.status.as_deref() {
        Some("creator" | "administrator" | "member") => true,
        Some("restricted") => member.is_member == Some(true),
        _ => false,
    }
}

fn user_profile(id: TelegramId, user: &WireUser) -> UserProfile {
    UserProfile {
        telegram_id: id,
        username: user.username.clone(),
        // Telegram sends an empty name for a deleted account.
        first_name: user.first_name.clone().filter(|name| !name.is_empty()),
        last_name: user.last_name.clone(),
    }
}

fn message_id(number: Option<i64>) -> Option<MessageId> {
    number.and_then(|number| i32::try_from(number).ok()).map(MessageId)
}
