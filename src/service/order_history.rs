//! The history of an order: every change with its author, for staff.

use chrono::{DateTime, Utc};

use super::comments::display_name;
use super::orders::{OrderView, view_order};
use super::{Result, require_staff};
use crate::db::{AnyConnection, history, masters, order_changes, order_comments, order_files};
use crate::domain::cleared_values::ClearedValues;
use crate::domain::ids::{MasterId, OrderId, TelegramId};
use crate::domain::long_repair::LongRepair;
use crate::domain::order_change::CorrectedField;
use crate::domain::user::User;

/// Something that happened to an order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct HistoryEntry {
    pub(crate) at: DateTime<Utc>,
    /// The author's name; `None` when it is not known.
    pub(crate) by: Option<String>,
    pub(crate) event: HistoryEvent,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum HistoryEvent {
    /// Statuses as stored: the old bot had some that are unknown here.
    Status {
        from: Option<String>,
        to: String,
        /// The master to whom the order was assigned.
        master: Option<String>,
        /// The master in whose place staff acted.
        for_master: Option<String>,
        /// What was promised at the beginning of a long repair.
        repair: Option<LongRepair>,
        /// What the order lost when it was reopened.
        cleared: Option<ClearedValues>,
        /// A reason or another note in a user's words.
        note: Option<String>,
    },
    /// A field as stored in `order_changes`. Of masters, the values are the names.
    Change {
        field: String,
        old: Option<String>,
        new: Option<String>,
    },
    Comment {
        text: String,
    },
    Files {
        count: usize,
    },
}

/// Returns the history of an order, newest first.
pub(crate) fn list_history(
    tx: &mut AnyConnection,
    user: &User,
    id: OrderId,
) -> Result<(OrderView, Vec<HistoryEntry>)> {
    require_staff(user)?;
    let seen = view_order(tx, user, id)?;
    let mut found: Vec<(DateTime<Utc>, Option<TelegramId>, HistoryEvent)> = Vec::new();
    for step in history::list_status_changes(tx, id)? {
        let (master, note) = read_note(tx, step.note)?;
        let for_master = master_name(tx, step.for_master.map(|id| id.to_string()))?;
        let repair = note.as_deref().and_then(LongRepair::from_note);
        let cleared = note.as_deref().and_then(ClearedValues::from_note);
        let note = note.filter(|_| repair.is_none() && cleared.is_none());
        let (from, to) = (step.from, step.to);
        let event = HistoryEvent::Status { from, to, master, for_master, repair, cleared, note };
        found.push((step.at, step.by, event));
    }
    for change in order_changes::list_order_changes(tx, id)? {
        let (mut old, mut new) = (change.old, change.new);
        if change.field == CorrectedField::Master.as_str() {
            (old, new) = (master_name(tx, old)?, master_name(tx, new)?);
        }
        found.push((change.at, change.by, HistoryEvent::Change { field: change.field, old, new }));
    }
    for comment in order_comments::list_order_comments(tx, id)? {
        found.push((comment.at, comment.author, HistoryEvent::Comment { text: comment.text }));
    }
    for file in order_files::list_order_files(tx, id)? {
        match found.last_mut() {
            Some((at, by, HistoryEvent::Files { count })) if (*at, *by) == (file.at, file.added_by) => {
                *count += 1;
            }
            _ => found.push((file.at, file.added_by, HistoryEvent::Files { count: 1 })),
        }
    }
    found.sort_by_key(|(at, ..)| *at);
    let mut entries = Vec::with_capacity(found.len());
    for (at, by, event) in found.into_iter().rev() {
        entries.push(HistoryEntry { at, by: display_name(tx, by)?, event });
    }
    Ok((seen, entries))
}

/// Splits a note of the status history into the name of the master in it and the words of a user.
fn read_note(tx: &mut AnyConnection, note: Option<String>) -> Result<(Option<String>, Option<String>)> {
    let Some(note) = note else { return Ok((None, None)) };
    match note.strip_prefix("master=").map(str::parse::<i64>) {
        Some(Ok(id)) => Ok((master_name(tx, Some(id.to_string()))?, None)),
        _ => Ok((None, Some(note))),
    }
}

fn master_name(tx: &mut AnyConnection, id: Option<String>) -> Result<Option<String>> {
    let Some(id) = id.and_then(|id| id.parse().ok()).map(MasterId) else { return Ok(None) };
    Ok(masters::find_master(tx, id)?.map(|master| master.name))
}
