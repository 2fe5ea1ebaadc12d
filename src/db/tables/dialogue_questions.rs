//! `dialogue_questions`: the questions on screens whose buttons still count. They are closed when they are answered or when
//! a step of another user makes them pointless; then their buttons go.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::Value;

use super::dialogues::DialogueKey;
use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::{Error, Result};
use crate::db::schema::dialogue_questions as questions;
use crate::db::time;
use crate::domain::ids::{ChatId, ChatPlace, MessageId, OrderId, TelegramId, ThreadId};

/// The parameter of a queued call that names the question which it asks or whose buttons it removes. The courier drops it.
pub(crate) const QUESTION_MARK: &str = "question";
/// The parameter of an edit after which the message of a question is not changed any more. The courier drops it.
pub(crate) const LAST_MARK: &str = "question_ends";
/// The method with which a message to staff about another user is changed. The courier adds its `message_id`.
const EDIT: &str = "editMessageText";
/// The method that removes the buttons of a question. The courier adds its `message_id`.
pub(crate) const REMOVE_BUTTONS: &str = "editMessageReplyMarkup";

/// A question that waits for its answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct OpenQuestion {
    pub(crate) id: i64,
    pub(crate) key: DialogueKey,
    /// The order that it is about.
    pub(crate) order: Option<OrderId>,
    /// The name of the action that the answer completes.
    pub(crate) action: Option<String>,
    /// `None` until it is delivered.
    pub(crate) message: Option<MessageId>,
    pub(crate) created_at: DateTime<Utc>,
}

/// Id, chat, topic, user, order, action, message, time.
type QuestionRow = (i64, i64, i64, i64, Option<i64>, Option<String>, Option<i32>, chrono::NaiveDateTime);

/// The columns of a [`QuestionRow`].
macro_rules! question_columns {
    () => {
        (
            questions::id,
            questions::chat_id,
            questions::thread_id,
            questions::user_id,
            questions::order_id,
            questions::action,
            questions::message_id,
            questions::created_at,
        )
    };
}

fn question_from_row(
    (id, chat, thread, user, order, action, message, created_at): QuestionRow,
) -> OpenQuestion {
    let place = ChatPlace { chat: ChatId(chat), thread: (thread != 0).then_some(ThreadId(thread)) };
    OpenQuestion {
        id,
        key: DialogueKey { place, user: TelegramId(user) },
        order: order.map(OrderId),
        action,
        message: message.map(MessageId),
        created_at: time::from_stored(created_at),
    }
}

/// Inserts a question that is about to be asked. `subject` is its order and the name of the action.
pub(crate) fn insert_question(
    conn: &mut AnyConnection,
    key: DialogueKey,
    subject: Option<(OrderId, &str)>,
    message: Option<MessageId>,
    now: DateTime<Utc>,
) -> Result<i64> {
    Ok(on_each!(conn, |c| diesel::insert_into(questions::table)
        .values((
            questions::chat_id.eq(key.place.chat.0),
            questions::thread_id.eq(key.thread_number()),
            questions::user_id.eq(key.user.0),
            questions::order_id.eq(subject.map(|(order, _)| order.0)),
            questions::action.eq(subject.map(|(_, action)| action)),
            questions::message_id.eq(message.map(|message| message.0)),
            questions::created_at.eq(time::to_stored(now)),
        ))
        .returning(questions::id)
        .get_result(c))?)
}

/// Inserts a message to staff about another user, which is about to be sent. `key` names the reader's chat and that user, so it
/// is no question of a dialogue.
pub(crate) fn insert_tracked_message(
    conn: &mut AnyConnection,
    key: DialogueKey,
    subject: &str,
    now: DateTime<Utc>,
) -> Result<i64> {
    Ok(on_each!(conn, |c| diesel::insert_into(questions::table)
        .values((
            questions::chat_id.eq(key.place.chat.0),
            questions::thread_id.eq(key.thread_number()),
            questions::user_id.eq(key.user.0),
            questions::action.eq(subject),
            questions::created_at.eq(time::to_stored(now)),
        ))
        .returning(questions::id)
        .get_result(c))?)
}

/// The name of a master's day among the actions.
const DAY: &str = "day";

/// Inserts a message that shows a master their day. It asks nothing, so it is not open.
pub(crate) fn insert_day_message(
    conn: &mut AnyConnection,
    key: DialogueKey,
    message: Option<MessageId>,
    now: DateTime<Utc>,
) -> Result<i64> {
    Ok(on_each!(conn, |c| diesel::insert_into(questions::table)
        .values((
            questions::chat_id.eq(key.place.chat.0),
            questions::thread_id.eq(key.thread_number()),
            questions::user_id.eq(key.user.0),
            questions::action.eq(DAY),
            questions::message_id.eq(message.map(|message| message.0)),
            questions::is_open.eq(false),
            questions::created_at.eq(time::to_stored(now)),
        ))
        .returning(questions::id)
        .get_result(c))?)
}

/// Returns the messages that show a master their day.
pub(crate) fn list_day_messages(conn: &mut AnyConnection, master: TelegramId) -> Result<Vec<OpenQuestion>> {
    let rows: Vec<QuestionRow> = on_each!(conn, |c| questions::table
        .filter(questions::user_id.eq(master.0))
        .filter(questions::action.eq(DAY))
        .order(questions::id)
        .select(question_columns!())
        .load(c))?;
    Ok(rows.into_iter().map(question_from_row).collect())
}

/// Notes that a message shows a day no longer; its last text is queued.
pub(crate) fn end_day_message(conn: &mut AnyConnection, id: i64) -> Result<()> {
    on_each!(conn, |c| diesel::update(questions::table.find(id))
        .set(questions::action.eq(None::<String>))
        .execute(c))?;
    Ok(())
}

/// Forgets the day that a message showed before it shows something else, unless that is a day again, in this row.
pub(crate) fn release_day_message(
    conn: &mut AnyConnection,
    chat: ChatId,
    message: MessageId,
    row: Option<i64>,
) -> Result<()> {
    let shown = questions::table
        .filter(questions::chat_id.eq(chat.0))
        .filter(questions::message_id.eq(message.0))
        .filter(questions::action.eq(DAY))
        .filter(questions::id.ne(row.unwrap_or_default()));
    on_each!(conn, |c| diesel::delete(shown).execute(c))?;
    Ok(())
}

/// Returns the messages to staff about a user, with their subjects as actions.
pub(crate) fn list_tracked_messages(
    conn: &mut AnyConnection,
    about: TelegramId,
) -> Result<Vec<OpenQuestion>> {
    let rows: Vec<QuestionRow> = on_each!(conn, |c| questions::table
        .filter(questions::user_id.eq(about.0))
        .filter(questions::chat_id.ne(about.0))
        .filter(questions::order_id.is_null())
        .filter(questions::action.is_not_null())
        .filter(questions::is_open)
        .order(questions::id)
        .select(question_columns!())
        .load(c))?;
    Ok(rows.into_iter().map(question_from_row).collect())
}

/// Replaces the subject of a message to staff, or fails with [`Error::Conflict`] when another transaction has.
pub(crate) fn update_subject(
    conn: &mut AnyConnection,
    message: &OpenQuestion,
    subject: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let unchanged = questions::table
        .filter(questions::id.eq(message.id))
        .filter(questions::action.eq(message.action.as_deref().unwrap_or_default()));
    let updated = on_each!(conn, |c| diesel::update(unchanged)
        .set((questions::action.eq(subject), questions::created_at.eq(time::to_stored(now))))
        .execute(c))?;
    if updated == 1 { Ok(()) } else { Err(Error::Conflict) }
}

/// Deletes the messages to staff about a user that are older, of those whose subject begins like this.
pub(crate) fn delete_tracked_messages(
    conn: &mut AnyConnection,
    about: TelegramId,
    subject: &str,
    before: DateTime<Utc>,
) -> Result<()> {
    let old = questions::table
        .filter(questions::user_id.eq(about.0))
        .filter(questions::chat_id.ne(about.0))
        .filter(questions::order_id.is_null())
        .filter(questions::action.like(format!("{subject}%")))
        .filter(questions::created_at.lt(time::to_stored(before)));
    on_each!(conn, |c| diesel::delete(old).execute(c))?;
    Ok(())
}

/// Returns the open questions to a user in a place; more than one only after a dialogue was lost.
pub(crate) fn list_open_questions(conn: &mut AnyConnection, key: DialogueKey) -> Result<Vec<OpenQuestion>> {
    let rows: Vec<QuestionRow> = on_each!(conn, |c| questions::table
        .filter(questions::chat_id.eq(key.place.chat.0))
        .filter(questions::thread_id.eq(key.thread_number()))
        .filter(questions::user_id.eq(key.user.0))
        .filter(questions::is_open)
        .order(questions::id)
        .select(question_columns!())
        .load(c))?;
    Ok(rows.into_iter().map(question_from_row).collect())
}

/// Returns the open questions about an order.
pub(crate) fn list_questions_about_order(
    conn: &mut AnyConnection,
    order: OrderId,
) -> Result<Vec<OpenQuestion>> {
    let rows: Vec<QuestionRow> = on_each!(conn, |c| questions::table
        .filter(questions::order_id.eq(order.0))
        .filter(questions::is_open)
        .order(questions::id)
        .select(question_columns!())
        .load(c))?;
    Ok(rows.into_iter().map(question_from_row).collect())
}

/// Returns the open questions to a user in all chats, without the messages to staff about that user.
pub(crate) fn list_questions_to_user(
    conn: &mut AnyConnection,
    user: TelegramId,
) -> Result<Vec<OpenQuestion>> {
    let rows: Vec<QuestionRow> = on_each!(conn, |c| questions::table
        .filter(questions::user_id.eq(user.0))
        .filter(questions::order_id.is_not_null().or(questions::action.is_null()))
        .filter(questions::is_open)
        .order(questions::id)
        .select(question_columns!())
        .load(c))?;
    Ok(rows.into_iter().map(question_from_row).collect())
}

pub(crate) fn is_question_open(conn: &mut AnyConnection, id: i64) -> Result<bool> {
    let open: Option<bool> =
        on_each!(conn, |c| questions::table.find(id).select(questions::is_open).get_result(c).optional())?;
    Ok(open.unwrap_or(false))
}

/// Closes a question, or fails with [`Error::Conflict`] when another transaction has closed it.
pub(crate) fn close_question(conn: &mut AnyConnection, id: i64) -> Result<()> {
    let open = questions::table.filter(questions::id.eq(id)).filter(questions::is_open);
    let closed = on_each!(conn, |c| diesel::update(open).set(questions::is_open.eq(false)).execute(c))?;
    if closed == 1 { Ok(()) } else { Err(Error::Conflict) }
}

/// Deletes a question whose buttons are gone.
pub(crate) fn delete_question(conn: &mut AnyConnection, id: i64) -> Result<()> {
    on_each!(conn, |c| diesel::delete(questions::table.find(id)).execute(c))?;
    Ok(())
}

pub(crate) fn find_question_message(conn: &mut AnyConnection, id: i64) -> Result<Option<MessageId>> {
    let found: Option<Option<i32>> =
        on_each!(conn, |c| questions::table.find(id).select(questions::message_id).get_result(c).optional())?;
    Ok(found.flatten().map(MessageId))
}

/// Records what became of a call about a question: its message, or that its buttons are gone.
pub(crate) fn record_delivery(
    conn: &mut AnyConnection,
    method: &str,
    payload: &str,
    message: Option<MessageId>,
) -> Result<()> {
    let Some(id) = marked_question(payload) else { return Ok(()) };
    if method == REMOVE_BUTTONS || method == EDIT && is_final(payload) {
        return delete_question(conn, id);
    }
    let Some(message) = message else { return Ok(()) };
    on_each!(conn, |c| diesel::update(questions::table.find(id))
        .set(questions::message_id.eq(message.0))
        .execute(c))?;
    Ok(())
}

/// Whether a message about another user is shown for the last time.
fn is_final(payload: &str) -> bool {
    serde_json::from_str::<Value>(payload).is_ok_and(|payload| payload.get(LAST_MARK).is_some())
}

/// Returns the question that a queued call is about.
pub(crate) fn marked_question(payload: &str) -> Option<i64> {
    // Most calls are about none, and are not parsed.
    if !payload.contains(QUESTION_MARK) {
        return None;
    }
    serde_json::from_str::<Value>(payload).ok()?.get(QUESTION_MARK)?.as_i64()
}
