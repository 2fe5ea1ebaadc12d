//! Comments and files on an order: staff and the order's master add and see them.

use chrono::{DateTime, Utc};

use super::Result;
use super::orders::{OrderView, view_order};
use crate::db::{AnyConnection, audit, order_comments, order_files, users};
use crate::domain::ids::{OrderId, TelegramId};
use crate::domain::order::OrderFile;
use crate::domain::user::User;

/// What one message said about an order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct CommentEntry {
    /// The author's name; `None` when it is not known.
    pub(crate) author: Option<String>,
    pub(crate) at: DateTime<Utc>,
    pub(crate) text: Option<String>,
    pub(crate) files: Vec<OrderFile>,
}

/// Adds a text, files or both to an order. Returns the order as the user sees it.
pub(crate) fn add_comment(
    tx: &mut AnyConnection,
    user: &User,
    id: OrderId,
    text: Option<&str>,
    files: &[OrderFile],
    now: DateTime<Utc>,
) -> Result<OrderView> {
    let seen = view_order(tx, user, id)?;
    if let Some(text) = text {
        order_comments::insert_order_comment(tx, id, user.telegram_id, text, now)?;
    }
    for file in files {
        order_files::insert_order_file(tx, id, file, user.telegram_id, now)?;
    }
    let details = format!("order={id} files={}", files.len());
    audit::insert_user_action(tx, user.telegram_id, "order.comment", &details, now)?;
    Ok(seen)
}

/// Returns what was said about an order, oldest first. A text and files of the same moment and author are one message.
pub(crate) fn list_comments(
    tx: &mut AnyConnection,
    user: &User,
    id: OrderId,
) -> Result<(OrderView, Vec<CommentEntry>)> {
    let seen = view_order(tx, user, id)?;
    let mut messages: Vec<(Option<TelegramId>, CommentEntry)> = Vec::new();
    for comment in order_comments::list_order_comments(tx, id)? {
        let entry = CommentEntry { author: None, at: comment.at, text: Some(comment.text), files: vec![] };
        messages.push((comment.author, entry));
    }
    for stored in order_files::list_order_files(tx, id)? {
        let is_same = |(author, entry): &&mut (Option<TelegramId>, CommentEntry)| {
            *author == stored.added_by && entry.at == stored.at
        };
        match messages.iter_mut().find(is_same) {
            Some((_, entry)) => entry.files.push(stored.file),
            None => {
                let entry =
                    CommentEntry { author: None, at: stored.at, text: None, files: vec![stored.file] };
                messages.push((stored.added_by, entry));
            }
        }
    }
    messages.sort_by_key(|(_, entry)| entry.at);
    let mut entries = Vec::with_capacity(messages.len());
    for (author, entry) in messages {
        entries.push(CommentEntry { author: display_name(tx, author)?, ..entry });
    }
    Ok((seen, entries))
}

/// Returns the order to which the user added one of these files last.
pub(crate) fn find_order_of_files(
    tx: &mut AnyConnection,
    user: &User,
    files: &[OrderFile],
) -> Result<Option<OrderId>> {
    let ids: Vec<&str> = files.iter().map(|file| file.file_id.as_str()).collect();
    Ok(order_files::find_order_of_files(tx, user.telegram_id, &ids)?)
}

/// Returns the name of a user who did something with an order.
pub(super) fn display_name(tx: &mut AnyConnection, user: Option<TelegramId>) -> Result<Option<String>> {
    let Some(user) = user else { return Ok(None) };
    Ok(users::find_user(tx, user)?.map(|user| user.display_name()))
}
