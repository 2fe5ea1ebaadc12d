//! What a handler works with and what it returns.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, Utc};
use teloxide::types::{InlineKeyboardMarkup, ReplyMarkup};

use super::dialogue::{Dialogue, DialogueNonce, LastAnswer};
use super::incoming::MessageDetails;
use super::order_screen::texts_of_chat;
use super::reply::Reply;
use super::settings::BotSettings;
use super::view::refusals;
use super::view::text::{Texts, plain_text, toast_text};
use super::view::visits::LocalClock;
use crate::db::AnyConnection;
use crate::domain::ids::{ChatId, ChatPlace, MessageId, ThreadId};
use crate::domain::locale::Locale;
use crate::domain::order::OrderFile;
use crate::domain::user::User;
use crate::service::{self, Refusal};

pub(crate) type HandlerResult = service::Result<Reply>;

/// The photos of an album that came with an earlier poll.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct EarlierAlbum {
    pub(crate) updates: Vec<i64>,
    pub(crate) files: Vec<OrderFile>,
}

/// One update in its transaction.
#[allow(clippy::struct_excessive_bools, reason = "independent facts about the update")]
pub(crate) struct UpdateContext<'a> {
    pub(crate) tx: &'a mut AnyConnection,
    pub(crate) settings: &'a BotSettings,
    pub(crate) now: DateTime<Utc>,
    /// The id of the update.
    pub(crate) update_id: i64,
    /// The sender of the update.
    pub(crate) user: User,
    /// The chat of the update.
    pub(crate) chat: ChatId,
    /// The topic of the update.
    pub(crate) thread: Option<ThreadId>,
    /// The language of answers in this chat.
    pub(crate) texts: &'static Texts,
    /// The open dialogue of the user in this chat.
    pub(crate) dialogue: Option<Dialogue>,
    /// The dialogues of the user in this chat that were left for others, the latest last.
    pub(crate) waiting: Vec<Dialogue>,
    /// Whether a dialogue expired or cannot be read any more, which the user is told before the reply.
    pub(crate) has_lost_dialogue: bool,
    /// Whether a step of another user ended the dialogue, of which the user was told then.
    pub(crate) has_ended_dialogue: bool,
    pub(crate) is_press: bool,
    /// The message whose button was pressed, if Telegram still has it.
    pub(crate) pressed_message: Option<MessageId>,
    /// Empty when the update is no message.
    pub(crate) message: MessageDetails,
    /// The photos of its album that have been answered already.
    pub(crate) earlier_album: Option<EarlierAlbum>,
    /// Whether the message was sent before and is now edited.
    pub(crate) is_edit: bool,
    /// The last answer of the open dialogue, if it was a message.
    pub(crate) last_answer: Option<LastAnswer>,
    /// What was asked for, for the log; see `ProcessedUpdate::action`.
    pub(crate) action: Cow<'static, str>,
}

impl UpdateContext<'_> {
    /// Returns the time in the time zone of the company.
    pub(crate) fn clock(&self) -> LocalClock {
        LocalClock { zone: self.settings.zone, now: self.now }
    }

    /// Makes the waiting dialogue with this nonce the open one, whose button was pressed; the open one waits then.
    pub(crate) fn resume_dialogue(&mut self, nonce: Option<DialogueNonce>) {
        if self.dialogue.as_ref().is_some_and(|open| open.nonce() == nonce) {
            return;
        }
        let Some(at) = self.waiting.iter().position(|waiting| waiting.nonce() == nonce) else { return };
        let resumed = self.waiting.remove(at);
        self.waiting.extend(self.dialogue.replace(resumed));
        self.last_answer = None;
    }

    /// Returns the language in which to write to another user.
    pub(crate) fn locale_of(&self, user: &User) -> Locale {
        user.locale.unwrap_or(self.settings.locale)
    }

    /// Returns the date at the company.
    pub(crate) fn today(&self) -> NaiveDate {
        self.now.with_timezone(&self.settings.zone).date_naive()
    }

    /// Returns where answers go.
    pub(crate) fn place(&self) -> ChatPlace {
        ChatPlace { chat: self.chat, thread: self.thread }
    }

    /// Returns the texts in the language of a chat's reader; a group gets the bot's language.
    pub(crate) fn texts_for_chat(&mut self, chat: ChatId) -> service::Result<&'static Texts> {
        if chat == self.chat {
            return Ok(self.texts);
        }
        texts_of_chat(self.tx, chat, self.settings.locale)
    }

    /// Whether the message replies to one of the bot.
    pub(crate) fn replies_to_bot(&self) -> bool {
        let author = self.message.reply_to.as_ref().and_then(|reply| reply.author.as_deref());
        author.is_some_and(|name| name.eq_ignore_ascii_case(&self.settings.username))
    }

    /// Answers with a new message in this chat.
    pub(crate) fn send_message(&self, html: String, markup: Option<ReplyMarkup>) -> Reply {
        Reply::none().send_message(self.place(), html, markup)
    }

    /// Answers in place of the message whose button was pressed, else with a new one.
    pub(crate) fn show_screen(&self, html: String, markup: Option<InlineKeyboardMarkup>) -> Reply {
        match self.pressed_message {
            Some(message) => Reply::none().edit_message(self.place(), message, html, markup),
            None => self.send_message(html, markup.map(ReplyMarkup::InlineKeyboard)),
        }
    }

    /// Shows a plain text over the screen after a press, else as a message.
    pub(crate) fn notify_user(&self, text: String) -> Reply {
        notice_reply(self.place(), self.is_press, text)
    }

    /// Answers a button of a dialogue that is over or, in a group, another member's.
    pub(crate) fn stale_button_alert(&self) -> Reply {
        let text = if self.chat.is_group() {
            plain_text!(self.texts, "button-not-yours")
        } else {
            refusals::stale_button(self.texts)
        };
        Reply::none().with_alert(text)
    }

    /// Tells the user why nothing happened.
    ///
    /// A handler that returns `Err(refusal)` gets the same, with the dialogue left as it is. A handler whose dialogue
    /// cannot go on after the refusal adds `.end_dialogue()`.
    pub(crate) fn refusal_reply(&self, refusal: &Refusal) -> Reply {
        self.notify_user(refusals::refusal_text(self.texts, refusal))
    }
}

pub(crate) fn notice_reply(place: ChatPlace, is_press: bool, text: String) -> Reply {
    if is_press {
        Reply::none().with_alert(toast_text(&text))
    } else {
        Reply::none().send_message(place, text, None)
    }
}
