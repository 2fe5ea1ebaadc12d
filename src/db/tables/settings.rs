//! `settings`: what the bot makes up once and must keep.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::settings;
use crate::db::time;

/// The secret that Telegram sends with each update to the webhook, when none is configured.
const WEBHOOK_SECRET: &str = "webhook_secret";

/// Returns the stored secret of the webhook; `made_up` is stored if there is none.
pub(crate) fn get_webhook_secret(
    conn: &mut AnyConnection,
    made_up: &str,
    now: DateTime<Utc>,
) -> Result<String> {
    on_each!(conn, |c| diesel::insert_into(settings::table)
        .values((
            settings::name.eq(WEBHOOK_SECRET),
            settings::value.eq(made_up),
            settings::created_at.eq(time::to_stored(now)),
        ))
        .on_conflict(settings::name)
        .do_nothing()
        .execute(c))?;
    // Another process may have stored its own first.
    Ok(on_each!(conn, |c| settings::table.find(WEBHOOK_SECRET).select(settings::value).get_result(c))?)
}
