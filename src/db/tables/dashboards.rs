//! The messages that show administrators the present day: rows of `dialogue_questions` that ask nothing, one for each of them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::dialogue_questions::marked_question;
use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::dialogue_questions as questions;
use crate::db::time;
use crate::domain::ids::{MessageId, TelegramId};

/// The name among the actions of a message that is to be pinned.
const UNPINNED: &str = "dashboard";
/// The same of one that was pinned.
const PINNED: &str = "pinned_dashboard";

/// The method that pins the message of a row. The courier adds its `message_id`.
pub(crate) const PIN: &str = "pinChatMessage";
/// The method that unpins it. The courier adds its `message_id`.
pub(crate) const UNPIN: &str = "unpinChatMessage";
/// A parameter of our own in the payload of an edit that is sent as a new message when the edited one is gone. The courier
/// removes it.
pub(crate) const RESEND_MARK: &str = "resend";

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Dashboard {
    pub(crate) id: i64,
    pub(crate) user: TelegramId,
    /// `None` until it is delivered.
    pub(crate) message: Option<MessageId>,
}

pub(crate) fn list_dashboards(conn: &mut AnyConnection) -> Result<Vec<Dashboard>> {
    let rows: Vec<(i64, i64, Option<i32>)> = on_each!(conn, |c| questions::table
        .filter(questions::action.eq_any([UNPINNED, PINNED]))
        .order(questions::id)
        .select((questions::id, questions::user_id, questions::message_id))
        .load(c))?;
    let dashboard = |(id, user, message): (i64, i64, Option<i32>)| Dashboard {
        id,
        user: TelegramId(user),
        message: message.map(MessageId),
    };
    Ok(rows.into_iter().map(dashboard).collect())
}

pub(crate) fn find_dashboard(conn: &mut AnyConnection, user: TelegramId) -> Result<Option<Dashboard>> {
    Ok(list_dashboards(conn)?.into_iter().find(|dashboard| dashboard.user == user))
}

/// Inserts the dashboard of a user, which is about to be sent.
pub(crate) fn insert_dashboard(
    conn: &mut AnyConnection,
    user: TelegramId,
    now: DateTime<Utc>,
) -> Result<i64> {
    Ok(on_each!(conn, |c| diesel::insert_into(questions::table)
        .values((
            questions::chat_id.eq(user.0),
            questions::user_id.eq(user.0),
            questions::action.eq(UNPINNED),
            questions::is_open.eq(false),
            questions::created_at.eq(time::to_stored(now)),
        ))
        .returning(questions::id)
        .get_result(c))?)
}

/// Notes that a message shows the day no longer; its last text is queued, after which the row goes.
pub(crate) fn end_dashboard(conn: &mut AnyConnection, id: i64) -> Result<()> {
    on_each!(conn, |c| diesel::update(questions::table.find(id))
        .set(questions::action.eq(None::<String>))
        .execute(c))?;
    Ok(())
}

/// Whether the message of a row was pinned.
pub(crate) fn is_pinned(conn: &mut AnyConnection, id: i64) -> Result<bool> {
    let action: Option<Option<String>> =
        on_each!(conn, |c| questions::table.find(id).select(questions::action).get_result(c).optional())?;
    Ok(action.flatten().as_deref() == Some(PINNED))
}

/// Records that a message was pinned, or that a new one stands in its place.
pub(super) fn record_delivery(
    conn: &mut AnyConnection,
    method: &str,
    payload: &str,
    message: Option<MessageId>,
) -> Result<()> {
    let Some(id) = marked_question(payload) else { return Ok(()) };
    let (from, to) = if method == PIN { (UNPINNED, PINNED) } else { (PINNED, UNPINNED) };
    let row = questions::table.find(id).filter(questions::action.eq(from));
    match message {
        _ if method == PIN => {
            on_each!(conn, |c| diesel::update(row).set(questions::action.eq(to)).execute(c))?;
        }
        Some(message) => {
            let replaced = row.filter(questions::message_id.ne(message.0));
            on_each!(conn, |c| diesel::update(replaced).set(questions::action.eq(to)).execute(c))?;
        }
        None => {}
    }
    Ok(())
}
