//! Tells the admins that there are messages that could not be delivered.

use chrono::{DateTime, TimeDelta, Utc};

use super::settings::JobSettings;
use crate::bot::notices::notify_dead_letters;
use crate::db::announcements::{self, AnnouncementKind};
use crate::db::{self, AnyConnection, dead_letters};

/// How long the admins are left alone with what they were told: a day, less what a check may come earlier than the one of the
/// day before.
const REPEAT_INTERVAL: TimeDelta = TimeDelta::minutes(24 * 60 - 3);

/// Tells of dead letters that are newer than those which were told of, at most once a day.
pub(super) fn announce_dead_letters(
    tx: &mut AnyConnection,
    settings: JobSettings,
    now: DateTime<Utc>,
) -> db::Result<()> {
    let told = announcements::find_last_announcement(tx, AnnouncementKind::DeadLetters)?;
    if told.as_ref().is_some_and(|(_, told)| told.is_within(REPEAT_INTERVAL, now)) {
        return Ok(());
    }
    let last = told.and_then(|(last, _)| last.parse().ok()).unwrap_or_default();
    let new = dead_letters::find_new_dead_letters(tx, last)?;
    if new.count == 0 {
        return Ok(());
    }
    let unreachable = dead_letters::list_dead_chats(tx)?;
    notify_dead_letters(tx, settings.locale, new.count, &unreachable, now)?;
    announcements::insert_announcement(tx, AnnouncementKind::DeadLetters, &new.last_id.to_string(), now)
}
