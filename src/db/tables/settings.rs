//! `settings`: what the bot makes up once and must keep, and what administrators choose.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::settings;
use crate::db::time;
use crate::domain::visibility::AddressRule;

/// The secret that Telegram sends with each update to the webhook, when none is configured.
const WEBHOOK_SECRET: &str = "webhook_secret";
/// From when on masters see the client's name and address.
const ADDRESS_FROM: &str = "address_from";

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

/// Returns from when on masters see the client's name and address; the default when that was never chosen.
pub(crate) fn get_address_rule(conn: &mut AnyConnection) -> Result<AddressRule> {
    let stored: Option<String> = on_each!(conn, |c| settings::table
        .find(ADDRESS_FROM)
        .select(settings::value)
        .get_result(c)
        .optional())?;
    let chosen = AddressRule::ALL.into_iter().find(|rule| stored.as_deref() == Some(rule.as_str()));
    Ok(chosen.unwrap_or_default())
}

pub(crate) fn update_address_rule(
    conn: &mut AnyConnection,
    rule: AddressRule,
    now: DateTime<Utc>,
) -> Result<()> {
    on_each!(conn, |c| diesel::insert_into(settings::table)
        .values((
            settings::name.eq(ADDRESS_FROM),
            settings::value.eq(rule.as_str()),
            settings::created_at.eq(time::to_stored(now)),
        ))
        .on_conflict(settings::name)
        .do_update()
        .set(settings::value.eq(rule.as_str()))
        .execute(c))?;
    Ok(())
}
