//! `audit_log`: who did what and when. Holds no phones, names or message texts.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::audit_log;
use crate::db::time;
use crate::domain::ids::TelegramId;

/// Records an action of a user: its name, and numbers that identify its object.
pub(crate) fn insert_user_action(
    conn: &mut AnyConnection,
    by: TelegramId,
    action: &str,
    details: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    insert_audit_entry(conn, Some(by), action, details, now)
}

/// Records an action at the command line, where no user of the bot is known.
pub(crate) fn insert_operator_action(
    conn: &mut AnyConnection,
    action: &str,
    details: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    insert_audit_entry(conn, None, action, details, now)
}

fn insert_audit_entry(
    conn: &mut AnyConnection,
    by: Option<TelegramId>,
    action: &str,
    details: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    on_each!(conn, |c| diesel::insert_into(audit_log::table)
        .values((
            audit_log::user_id.eq(by.map(|user| user.0)),
            audit_log::action.eq(action),
            audit_log::details.eq(details),
            audit_log::timestamp.eq(time::to_stored(now)),
        ))
        .execute(c))?;
    Ok(())
}
