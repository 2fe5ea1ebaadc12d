//! What the bot says of its own accord, not in answer to an update.

use chrono::{DateTime, Utc};

use super::reply::Reply;
use super::view::text::{Texts, say};
use crate::db::{self, AnyConnection, users};
use crate::domain::locale::Locale;
use crate::domain::role::Role;

/// Tells the admins that the bot stops.
///
/// # Errors
/// When the database fails.
pub fn stopping(tx: &mut AnyConnection, locale: Locale, now: DateTime<Utc>) -> db::Result<()> {
    let mut notice = Reply::none();
    for admin in users::with_role(tx, Role::Admin)? {
        let texts = Texts::of(admin.locale.unwrap_or(locale));
        notice = notice.say(admin.telegram_id.into(), say!(texts, "bot-stopping"), None);
    }
    notice.store(tx, None, now)?;
    Ok(())
}
