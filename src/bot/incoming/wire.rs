//! The fields of Telegram's JSON that the bot uses (Telegram Bot API: Update and the types in it). Every other field is
//! skipped.

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{IgnoredAny, MapAccess, SeqAccess};

use super::lenient::{FieldName, LenientValue, next_value, read_value};

/// An update of a kind that the bot reads.
pub(super) enum WireContent {
    Message(Box<WireMessage>),
    EditedMessage(Box<WireMessage>),
    CallbackQuery(Box<WireQuery>),
    MyChatMember(Box<WireMembership>),
}

pub(super) struct WireUpdate {
    /// The field that holds the content; `other` when the bot knows none of the fields.
    pub(super) kind: &'static str,
    /// `None` when the content has an unexpected form, or the bot does not read this kind.
    pub(super) content: Option<WireContent>,
    /// Whether the bot reads none of its kinds.
    pub(super) is_unused: bool,
}

/// Kinds of update that the bot does not use and that Telegram sends all the same to a bot that once asked for them.
const UNUSED_KINDS: &[&str] = &[
    "business_connection",
    "business_message",
    "channel_post",
    "chat_join_request",
    "chat_member",
    "deleted_business_messages",
    "edited_business_message",
    "edited_channel_post",
    "inline_query",
    "poll",
];

impl LenientValue for WireUpdate {
    fn from_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Option<Self>, A::Error> {
        let mut update = Self { kind: "other", content: None, is_unused: false };
        while let Some(name) = object.next_key::<FieldName<'_>>()? {
            let (kind, content) = match &*name.0 {
                "message" => ("message", next_value(&mut object)?.map(Box::new).map(WireContent::Message)),
                "edited_message" => {
                    ("edited_message", next_value(&mut object)?.map(Box::new).map(WireContent::EditedMessage))
                }
                "callback_query" => {
                    ("callback_query", next_value(&mut object)?.map(Box::new).map(WireContent::CallbackQuery))
                }
                "my_chat_member" => {
                    ("my_chat_member", next_value(&mut object)?.map(Box::new).map(WireContent::MyChatMember))
                }
                other => {
                    let unused = UNUSED_KINDS.iter().find(|kind| **kind == other);
                    if update.kind == "other" && other != "update_id" {
                        update.is_unused = true;
                        update.kind = unused.unwrap_or(&"other");
                    }
                    object.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            (update.kind, update.content, update.is_unused) = (kind, content, false);
        }
        Ok(Some(update))
    }
}

#[derive(Default)]
pub(super) struct WireMessage {
    pub(super) message_id: Option<i64>,
    pub(super) date: Option<i64>,
    pub(super) edit_date: Option<i64>,
    pub(super) chat: Option<WireChat>,
    /// Also of replies in groups without topics.
    pub(super) message_thread_id: Option<i64>,
    pub(super) is_topic_message: Option<bool>,
    pub(super) from: Option<WireUser>,
    /// The chat in whose name it was sent.
    pub(super) sender_chat: Option<WireChat>,
    /// Whether it is a post that Telegram forwarded to the group that discusses the channel.
    pub(super) is_automatic_forward: Option<bool>,
    pub(super) text: Option<String>,
    pub(super) caption: Option<String>,
    pub(super) media: Option<WireMedia>,
    pub(super) media_group_id: Option<String>,
    pub(super) contact: Option<WireContact>,
    pub(super) forward_origin: Option<WireOrigin>,
    pub(super) chat_shared: Option<WireSharedChat>,
    pub(super) reply_to_message: Option<WireReply>,
    pub(super) migrate_to_chat_id: Option<i64>,
    pub(super) migrate_from_chat_id: Option<i64>,
    /// Whether it tells what happened in the chat.
    pub(super) is_service: bool,
}

/// The fields of messages with a file that can be sent on by its id.
const MEDIA_FIELDS: &[&str] =
    &["animation", "photo", "video", "document", "voice", "audio", "video_note", "sticker"];

/// The fields of messages that no user wrote: they tell what happened in the chat.
const SERVICE_FIELDS: &[&str] = &[
    "boost_added",
    "channel_chat_created",
    "chat_background_set",
    "chat_owner_changed",
    "chat_owner_left",
    "checklist_tasks_added",
    "checklist_tasks_done",
    "connected_website",
    "delete_chat_photo",
    "direct_message_price_changed",
    "forum_topic_closed",
    "forum_topic_created",
    "forum_topic_edited",
    "forum_topic_reopened",
    "general_forum_topic_hidden",
    "general_forum_topic_unhidden",
    "gift",
    "giveaway_completed",
    "giveaway_created",
    "group_chat_created",
    "left_chat_member",
    "message_auto_delete_timer_changed",
    "new_chat_members",
    "new_chat_photo",
    "new_chat_title",
    "paid_message_price_changed",
    "passport_data",
    "pinned_message",
    "proximity_alert_triggered",
    "refunded_payment",
    "successful_payment",
    "supergroup_chat_created",
    "unique_gift",
    "video_chat_ended",
    "video_chat_participants_invited",
    "video_chat_scheduled",
    "video_chat_started",
    "write_access_allowed",
];

impl LenientValue for WireMessage {
    fn from_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Option<Self>, A::Error> {
        let mut message = Self::default();
        while let Some(name) = object.next_key::<FieldName<'_>>()? {
            message.read_field(&name.0, &mut object)?;
        }
        Ok(Some(message))
    }
}

impl WireMessage {
    fn read_field<'de, A: MapAccess<'de>>(&mut self, name: &str, object: &mut A) -> Result<(), A::Error> {
        match name {
            "message_id" => self.message_id = next_value(object)?,
            "date" => self.date = next_value(object)?,
            "edit_date" => self.edit_date = next_value(object)?,
            "chat" => self.chat = next_value(object)?,
            "message_thread_id" => self.message_thread_id = next_value(object)?,
            "is_topic_message" => self.is_topic_message = next_value(object)?,
            "from" => self.from = next_value(object)?,
            "sender_chat" => self.sender_chat = next_value(object)?,
            "is_automatic_forward" => self.is_automatic_forward = next_value(object)?,
            "text" => self.text = next_value(object)?,
            "caption" => self.caption = next_value(object)?,
            "media_group_id" => self.media_group_id = next_value(object)?,
            "contact" => self.contact = next_value(object)?,
            "forward_origin" => self.forward_origin = next_value(object)?,
            "chat_shared" => self.chat_shared = next_value(object)?,
            "reply_to_message" => self.reply_to_message = next_value(object)?,
            "migrate_to_chat_id" => self.migrate_to_chat_id = next_value(object)?,
            "migrate_from_chat_id" => self.migrate_from_chat_id = next_value(object)?,
            name => match MEDIA_FIELDS.iter().position(|field| *field == name) {
                Some(at) => self.read_media(MEDIA_FIELDS[at], object)?,
                None => {
                    self.is_service |= SERVICE_FIELDS.contains(&name);
                    object.next_value::<IgnoredAny>()?;
                }
            },
        }
        Ok(())
    }

    /// Reads a file. An animation comes a second time as a document, which does not count.
    fn read_media<'de, A: MapAccess<'de>>(
        &mut self,
        kind: &'static str,
        object: &mut A,
    ) -> Result<(), A::Error> {
        let file: Option<WireFile> = next_value(object)?;
        let file_id = file.and_then(|file| file.file_id);
        if kind != "document" || self.media.is_none() {
            self.media = Some(WireMedia { kind, file_id });
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct WireMedia {
    pub(super) kind: &'static str,
    pub(super) file_id: Option<String>,
}

/// A file; the largest of a photo's sizes, which Telegram lists last.
#[derive(Default, Deserialize)]
#[serde(default)]
struct WireFile {
    #[serde(deserialize_with = "read_value")]
    file_id: Option<String>,
}

impl LenientValue for WireFile {
    fn from_object<'de, A: MapAccess<'de>>(object: A) -> Result<Option<Self>, A::Error> {
        Self::deserialize(MapAccessDeserializer::new(object)).map(Some)
    }

    fn from_list<'de, A: SeqAccess<'de>>(mut sizes: A) -> Result<Option<Self>, A::Error> {
        let mut largest = None;
        while let Some(size) = sizes.next_element::<super::lenient::Lenient<Self>>()? {
            largest = size.0.or(largest);
        }
        Ok(largest)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct WireUser {
    #[serde(deserialize_with = "read_value")]
    pub(super) id: Option<i64>,
    #[serde(deserialize_with = "read_value")]
    pub(super) is_bot: Option<bool>,
    #[serde(deserialize_with = "read_value")]
    pub(super) username: Option<String>,
    #[serde(deserialize_with = "read_value")]
    pub(super) first_name: Option<String>,
    #[serde(deserialize_with = "read_value")]
    pub(super) last_name: Option<String>,
}

/// A private chat has the names of its user.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct WireChat {
    #[serde(deserialize_with = "read_value")]
    pub(super) id: Option<i64>,
    #[serde(rename = "type", deserialize_with = "read_value")]
    pub(super) kind: Option<String>,
    #[serde(deserialize_with = "read_value")]
    pub(super) title: Option<String>,
    #[serde(deserialize_with = "read_value")]
    pub(super) username: Option<String>,
    #[serde(deserialize_with = "read_value")]
    pub(super) first_name: Option<String>,
    #[serde(deserialize_with = "read_value")]
    pub(super) last_name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct WireContact {
    #[serde(deserialize_with = "read_value")]
    pub(super) phone_number: Option<String>,
    #[serde(deserialize_with = "read_value")]
    pub(super) first_name: Option<String>,
    #[serde(deserialize_with = "read_value")]
    pub(super) last_name: Option<String>,
    #[serde(deserialize_with = "read_value")]
    pub(super) user_id: Option<i64>,
}

/// Where a forwarded message comes from; all fields are `None` when its author hides their account.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct WireOrigin {
    #[serde(deserialize_with = "read_value")]
    pub(super) sender_user: Option<WireUser>,
    #[serde(deserialize_with = "read_value")]
    pub(super) sender_chat: Option<WireChat>,
    /// Of a channel post.
    #[serde(deserialize_with = "read_value")]
    pub(super) chat: Option<WireChat>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct WireSharedChat {
    #[serde(deserialize_with = "read_value")]
    pub(super) chat_id: Option<i64>,
    #[serde(deserialize_with = "read_value")]
    pub(super) title: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct WireReply {
    #[serde(deserialize_with = "read_value")]
    pub(super) message_id: Option<i64>,
    #[serde(deserialize_with = "read_value")]
    pub(super) from: Option<WireUser>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct WireQuery {
    #[serde(deserialize_with = "read_value")]
    pub(super) id: Option<String>,
    #[serde(deserialize_with = "read_value")]
    pub(super) from: Option<WireUser>,
    #[serde(deserialize_with = "read_value")]
    pub(super) data: Option<String>,
    /// Without its content when it is too old.
    #[serde(deserialize_with = "read_value")]
    pub(super) message: Option<WireMessage>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct WireMembership {
    #[serde(deserialize_with = "read_value")]
    pub(super) date: Option<i64>,
    #[serde(deserialize_with = "read_value")]
    pub(super) chat: Option<WireChat>,
    #[serde(deserialize_with = "read_value")]
    pub(super) from: Option<WireUser>,
    #[serde(deserialize_with = "read_value")]
    pub(super) old_chat_member: Option<WireMember>,
    #[serde(deserialize_with = "read_value")]
    pub(super) new_chat_member: Option<WireMember>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct WireMember {
    #[serde(deserialize_with = "read_value")]
    pub(super) status: Option<String>,
    /// Of a restricted member.
    #[serde(deserialize_with = "read_value")]
    pub(super) is_member: Option<bool>,
}

/// Objects that are read by the names of their fields.
macro_rules! read_objects {
    ($($name:ident),* $(,)?) => {
        $(impl LenientValue for $name {
            fn from_object<'de, A: MapAccess<'de>>(object: A) -> Result<Option<Self>, A::Error> {
                Self::deserialize(MapAccessDeserializer::new(object)).map(Some)
            }
        })*
    };
}
read_objects!(
    WireUser,
    WireChat,
    WireContact,
    WireOrigin,
    WireSharedChat,
    WireReply,
    WireQuery,
    WireMembership,
    WireMember,
);
