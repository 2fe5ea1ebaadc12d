//! One update in one transaction.
//!
//! Everything that an update does — the mark that it is done, the change, the new place in the dialogue, the
//! messages — is in the transaction that [`handle`] is called in. So a crash leaves all of it or nothing, and a
//! repeated update finds itself done.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde_json::json;
use teloxide::types::{Update, UpdateKind};

use super::dialogue::{self, Dialogue, Present};
use super::handlers::work_group;
use super::input::{self, Event, Input};
use super::reply::{Reply, Toast};
use super::settings::Settings;
use super::tree;
use super::view::refusals;
use super::view::text::{Texts, toast};
use crate::db::dialogues::Key;
use crate::db::{self, AnyConnection, inbox};
use crate::domain::ids::{ChatId, MessageId};
use crate::domain::locale::Locale;
use crate::domain::user::User;
use crate::service::{Refusal, people};
use crate::telegram::Call;

/// What a handler works with.
pub struct Turn<'a> {
    /// The transaction.
    pub tx: &'a mut AnyConnection,
    /// The configuration.
    pub settings: &'a Settings,
    /// The moment of this update.
    pub now: DateTime<Utc>,
    /// Who did it.
    pub person: User,
    /// Where; answers go there.
    pub chat: ChatId,
    /// The language for answers in this chat.
    pub texts: &'static Texts,
    /// Where the person is in a dialogue in this chat.
    pub dialogue: Option<Dialogue>,
    /// Whether a button was pressed.
    pub is_press: bool,
    /// The message whose button was pressed, if Telegram still has it.
    pub shown: Option<MessageId>,
    /// What was asked for, for the log; see [`Done::did`].
    pub did: Cow<'static, str>,
}

impl Turn<'_> {
    /// The language in which to write to another person.
    #[must_use]
    pub fn locale_of(&self, person: &User) -> Locale {
        person.locale.unwrap_or(self.settings.locale)
    }

    /// An answer in this chat.
    #[must_use]
    pub fn say(&self, html: String, markup: Option<teloxide::types::ReplyMarkup>) -> Reply {
        Reply::none().say(self.chat, html, markup)
    }

    /// The answer to something that is not possible: over the screen after a press, else as a message.
    ///
    /// A handler that returns `Err(refusal)` gets the same, with the dialogue left as it is; one that ends a
    /// dialogue because its last step was refused says this with `.end()`.
    #[must_use]
    pub fn refused(&self, refusal: &Refusal) -> Reply {
        self.tell(refusals::refusal(self.texts, refusal))
    }

    /// A plain word to the person: over the screen after a press, else as a message.
    #[must_use]
    pub fn tell(&self, text: String) -> Reply {
        told(self.chat, self.is_press, text)
    }

    /// An answer in place of the message whose button was pressed, else a new one.
    #[must_use]
    pub fn show(&self, html: String, markup: Option<teloxide::types::InlineKeyboardMarkup>) -> Reply {
        match self.shown {
            Some(message) => Reply::none().edit(self.chat, message, html, markup),
            None => self.say(html, markup.map(teloxide::types::ReplyMarkup::InlineKeyboard)),
        }
    }
}

/// What is left to do once the transaction is durable.
#[derive(Debug, Default)]
pub struct Done {
    /// How it ended, for the log.
    pub outcome: &'static str,
    /// What the update did, for the log: which command, button, section of the menu or step of a dialogue it was. Names of
    /// ours alone, nothing that anybody wrote; `None` where nobody was asked.
    pub did: Option<Cow<'static, str>>,
    /// Messages were put into the outbox.
    pub has_messages: bool,
    /// The answer to a press; not replayed after a crash, since a query is too old by then anyway.
    pub answer: Option<Call>,
}

/// Handles one update inside the transaction that the caller opened.
///
/// # Errors
/// When the database fails; the caller's transaction must then be rolled back and the update tried again or
/// given up with [`give_up`].
pub fn handle(
    tx: &mut AnyConnection,
    settings: &Settings,
    update: &Update,
    now: DateTime<Utc>,
) -> db::Result<Done> {
    let update_id = i64::from(update.id.0);
    if !inbox::take(tx, update_id, now)? {
        return Ok(repeated(update));
    }
    if let Some(migration) = input::migration(update) {
        work_group::moved(tx, migration).map_err(database_error)?;
        return Ok(Done { outcome: "handled", did: Some("group_moved".into()), ..Done::default() });
    }
    let Some(input) = input::reduce(update) else {
        return Ok(Done { outcome: "ignored", ..Done::default() });
    };
    if tree::is_idle_talk(tx, &input)? {
        return Ok(Done { outcome: "ignored", ..Done::default() });
    }
    let query = match &input.event {
        Event::Press(press) => Some(press.query.clone()),
        _ => None,
    };
    let (reply, outcome, did) = answer(tx, settings, input, now)?;
    let answer = query.map(|query| answer_press(&query, reply.toast.as_ref()));
    let has_messages = reply.store(tx, Some(update_id), now)? > 0;
    Ok(Done { outcome, did: Some(did), has_messages, answer })
}

/// What is left to do for an update that is done already: perhaps its commit went through and the news of it did not,
/// so its messages may wait for the courier and its press for an answer.
fn repeated(update: &Update) -> Done {
    let answer = match &update.kind {
        UpdateKind::CallbackQuery(query) => Some(answer_press(&query.id.0, None)),
        _ => None,
    };
    Done { outcome: "repeated", did: None, has_messages: true, answer }
}

/// A press must be answered, or the button keeps spinning.
fn answer_press(query: &str, toast: Option<&Toast>) -> Call {
    let payload = match toast {
        Some(Toast { text, alert }) => {
            json!({ "callback_query_id": query, "text": text, "show_alert": alert })
        }
        None => json!({ "callback_query_id": query }),
    };
    Call { method: "answerCallbackQuery", payload: payload.to_string() }
}

/// Marks an update done that can only fail, with an apology to whoever sent it.
///
/// # Errors
/// When the database fails.
pub fn give_up(
    tx: &mut AnyConnection,
    settings: &Settings,
    update: &Update,
    now: DateTime<Utc>,
) -> db::Result<Done> {
    let update_id = i64::from(update.id.0);
    if !inbox::take(tx, update_id, now)? {
        return Ok(repeated(update));
    }
    inbox::set_outcome(tx, update_id, "failed")?;
    let mut done = Done { outcome: "failed", ..Done::default() };
    let Some(input) = input::reduce(update) else { return Ok(done) };
    let text = refusals::internal_error(Texts::of(settings.locale));
    match input.event {
        Event::Press(press) => {
            let toast = Toast { text, alert: true };
            done.answer = Some(answer_press(&press.query, Some(&toast)));
        }
        _ => {
            Reply::none().say(input.chat, text, None).store(tx, Some(update_id), now)?;
            done.has_messages = true;
        }
    }
    Ok(done)
}

/// Finds out who speaks and where they are, asks the handler, and stores where they are next.
fn answer(
    tx: &mut AnyConnection,
    settings: &Settings,
    input: Input,
    now: DateTime<Utc>,
) -> db::Result<(Reply, &'static str, Cow<'static, str>)> {
    let Input { person, chat, event } = input;
    let owed = settings.appointed.roles_of(person.telegram_id);
    let person = people::meet(tx, &person, owed, now).map_err(database_error)?;
    let key = Key { chat, person: person.telegram_id };
    let found = dialogue::load(tx, key, now)?;
    // A group has its own language: not everybody there chose the same.
    let chosen = if chat.is_group() { None } else { person.locale };
    let texts = Texts::of(chosen.unwrap_or(settings.locale));
    let shown = match &event {
        Event::Press(press) => press.message,
        _ => None,
    };
    let present = match &found.present {
        Present::At(dialogue) => Some(dialogue.clone()),
        _ => None,
    };
    let is_press = matches!(event, Event::Press(_));
    // In a savepoint, so that a refusal takes back what the handler did and its answer still gets out.
    let mut did = Cow::Borrowed("");
    let handled = db::in_savepoint(tx, |tx| {
        let mut turn = Turn {
            tx,
            settings,
            now,
            person,
            chat,
            texts,
            dialogue: present,
            is_press,
            shown,
            did: Cow::Borrowed(""),
        };
        let handled = tree::route(&mut turn, event);
        did = turn.did;
        handled
    });
    let (mut reply, outcome) = match handled {
        Ok(reply) => (reply, "handled"),
        Err(Refusal::Database(error)) => return Err(error),
        Err(refusal) => (told(chat, is_press, refusals::refusal(texts, &refusal)), "refused"),
    };
    if let Some(word) = refusals::lost_dialogue(texts, &found.present) {
        reply = Reply::none().say(chat, word, None).and(reply);
    }
    let next = std::mem::take(&mut reply.dialogue);
    dialogue::store(tx, key, &found, next, now)?;
    Ok((reply, outcome, did))
}

fn told(chat: ChatId, is_press: bool, text: String) -> Reply {
    if is_press { Reply::none().alert(toast(&text)) } else { Reply::none().say(chat, text, None) }
}

fn database_error(refusal: Refusal) -> db::Error {
    match refusal {
        Refusal::Database(error) => error,
        other => db::Error::Unreadable { table: "users", column: "role", value: other.to_string() },
    }
}
