//! An update reduced to what the bot reacts to.
//!
//! Telegram's JSON is read leniently (`wire`, `lenient`): a field, a kind of content or an entity that the bot does not know
//! is skipped, so that what a user sent still arrives. Only an update that does not say who did what in which chat is
//! unreadable.

mod lenient;
mod reading;
#[cfg(test)]
mod tests;
mod wire;

use chrono::{DateTime, Utc};

pub(super) use self::reading::read_update_id;
use super::dialogue::{DialogueAnswer, DraftFile, PartMarks};
use crate::domain::ids::{ChatId, ChatPlace, MessageId, ThreadId};
use crate::domain::order::OrderFile;
use crate::domain::user::UserProfile;

/// An update as it was stored in the inbox.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReceivedUpdate {
    pub(crate) id: i64,
    /// The ids of the updates with the further parts of its message, which are handled with it.
    pub(crate) parts: Vec<i64>,
    /// Its kind by Telegram's name, for the log.
    pub(crate) kind: &'static str,
    /// The sender, for the log; may be no user.
    pub(crate) user: Option<i64>,
    /// The chat, for the log and for the order: updates of one chat are handled one after the other.
    pub(crate) chat: Option<i64>,
    /// When it happened by Telegram's clock, in seconds since 1970; `None` for a press.
    pub(crate) sent_at: Option<i64>,
    /// When it came; the same for those that came together.
    pub(crate) arrived_at: Option<DateTime<Utc>>,
    /// The group that it names, with its title.
    pub(crate) title: Option<ChatTitle>,
    pub(crate) content: UpdateContent,
}

impl ReceivedUpdate {
    /// Returns what a user did, if that is what it is about.
    pub(crate) fn input(&self) -> Option<&IncomingUpdate> {
        match &self.content {
            UpdateContent::Action(input) | UpdateContent::Edit(input) => Some(input),
            _ => None,
        }
    }

    /// Returns the message if it is a part of an album in a chat.
    pub(crate) fn album_part(&self, chat: ChatId, album: &str) -> Option<&MessageDetails> {
        let input = self.input().filter(|input| input.chat == chat)?;
        input.message.as_ref().filter(|details| details.marks.media_group.as_deref() == Some(album))
    }

    /// Returns the id of the callback query, which must be answered.
    pub(crate) fn callback_query(&self) -> Option<&str> {
        match &self.content {
            UpdateContent::Action(IncomingUpdate { event: IncomingEvent::Press(press), .. }) => {
                Some(&press.query)
            }
            UpdateContent::Anonymous(action) => action.query.as_deref(),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ChatTitle {
    pub(crate) chat: ChatId,
    pub(crate) title: String,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum UpdateContent {
    Action(IncomingUpdate),
    /// A message was edited and is now like this.
    Edit(IncomingUpdate),
    Migration(ChatMigration),
    /// Something was done in the name of a chat.
    Anonymous(AnonymousAction),
    /// It has nothing for the bot: a service message, a message of a bot, a kind that the bot does not use.
    Ignored,
    /// It does not say what the bot must know, for this reason.
    Unreadable(&'static str),
}

/// What a user did, in which chat.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct IncomingUpdate {
    pub(crate) sender: UserProfile,
    pub(crate) chat: ChatId,
    /// The topic of the chat.
    pub(crate) thread: Option<ThreadId>,
    pub(crate) event: IncomingEvent,
    /// `None` when the event is no message.
    pub(crate) message: Option<MessageDetails>,
}

impl IncomingUpdate {
    /// Returns where answers go.
    pub(crate) fn place(&self) -> ChatPlace {
        ChatPlace { chat: self.chat, thread: self.thread }
    }
}

/// What is known of a message besides its text.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct MessageDetails {
    /// One for each of its parts.
    pub(crate) ids: Vec<MessageId>,
    /// Those of the last part.
    pub(crate) marks: PartMarks,
    pub(crate) files: Vec<MediaFile>,
    /// The message to which it replies.
    pub(crate) reply_to: Option<RepliedMessage>,
}

impl MessageDetails {
    pub(crate) fn replied_message(&self) -> Option<MessageId> {
        self.reply_to.as_ref().and_then(|replied| replied.message)
    }

    pub(crate) fn order_files(&self) -> Vec<OrderFile> {
        self.files.iter().map(MediaFile::to_order_file).collect()
    }

    /// Returns the files as those of the answer to a step.
    pub(crate) fn files_of_step(&self, step: u8) -> Vec<DraftFile> {
        let draft_file =
            |file: &MediaFile| DraftFile { step, message: file.message, file: file.to_order_file() };
        self.files.iter().map(draft_file).collect()
    }
}

/// A message to which another one replies.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct RepliedMessage {
    pub(crate) message: Option<MessageId>,
    /// The `@name` of its author, without the sign.
    pub(crate) author: Option<String>,
}

/// A file that can be sent on by its id.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct MediaFile {
    pub(crate) message: MessageId,
    /// The name of its field, such as `photo`.
    pub(crate) kind: &'static str,
    pub(crate) file_id: String,
}

impl MediaFile {
    fn to_order_file(&self) -> OrderFile {
        OrderFile { kind: self.kind.to_owned(), file_id: self.file_id.clone() }
    }
}

/// What an administrator who hides behind the group, or a channel, did in a group.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct AnonymousAction {
    pub(crate) place: ChatPlace,
    /// The id of the callback query, if a button was pressed.
    pub(crate) query: Option<String>,
    pub(crate) text: Option<String>,
    /// The `@name` of the author of the message to which it replies, without the sign.
    pub(crate) replies_to: Option<String>,
}

/// What a user did.
#[derive(Clone, Debug, Eq, PartialEq)]
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

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ButtonPress {
    /// The id of the callback query.
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
