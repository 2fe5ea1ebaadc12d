//! `users`.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::context::ImportContext;
use super::convert::names;
use super::history;
use super::references::{PersonName, USERS};
use super::report::{KeptReason, Repair};
use super::source::{LegacyRow, LegacyTable};
use super::value::LegacyValue;
use crate::db::error::Result;
use crate::db::schema::users;
use crate::domain::role::RoleSet;

pub(super) const USER_COLUMNS: [&str; 7] =
    ["id", "telegram_id", "username", "first_name", "last_name", "role", "created_at"];

#[derive(Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
struct NewUser {
    id: i64,
    telegram_id: i64,
    username: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    role: String,
    created_at: NaiveDateTime,
}

pub(super) fn copy_users(
    c: &mut SqliteConnection,
    table: &LegacyTable,
    context: &mut ImportContext<'_>,
) -> Result<()> {
    table.for_each_page(c, USER_COLUMNS, |c, rows| {
        context.start_batch("users", rows.len());
        let new: Vec<NewUser> =
            rows.into_iter().filter_map(|row| convert_user(row, table, context)).collect();
        diesel::insert_into(users::table).values(&new).execute(c)?;
        Ok(())
    })?;
    history::keep_counter(c, USERS, table)
}

fn convert_user(row: LegacyRow<7>, table: &LegacyTable, context: &mut ImportContext<'_>) -> Option<NewUser> {
    let LegacyRow {
        rowid,
        is_deleted,
        values: [id, telegram_id, username, first_name, last_name, role, created_at],
    } = row;
    let shown = id.as_integer().unwrap_or(rowid);
    let mut keep = |reason| context.tally.record_kept(reason, USERS, shown);
    let Some(telegram) = telegram_id.as_integer().filter(|id| *id > 0) else {
        keep(if is_deleted { KeptReason::Deleted } else { KeptReason::NoTelegramId });
        return None;
    };
    let name = (first_name.as_text(), last_name.as_text());
    if is_deleted {
        keep(KeptReason::Deleted);
        context.references.deleted_users.insert(telegram, name);
        return None;
    }
    if context.references.users.contains_key(&telegram) {
        keep(KeptReason::Duplicate);
        return None;
    }
    context.references.users.insert(telegram, name);
    let id = context.assign_id(&id, rowid, table, USERS);
    let username = context.optional_text(&username, USERS, id).map(|name| match name.strip_prefix('@') {
        Some(bare) => {
            context.tally.record_repair(Repair::Username, USERS, id);
            bare.to_owned()
        }
        None => name,
    });
    Some(NewUser {
        id,
        telegram_id: telegram,
        username,
        first_name: context.optional_text(&first_name, USERS, id),
        last_name: context.optional_text(&last_name, USERS, id),
        role: convert_roles(&role, id, telegram, context).to_string(),
        created_at: context.timestamp(&created_at, None, USERS, id),
    })
}

fn convert_roles(value: &LegacyValue, id: i64, telegram: i64, context: &mut ImportContext<'_>) -> RoleSet {
    let text = value.as_text().unwrap_or_default();
    let list = names::parse_roles(&text);
    if list.has_senior_master {
        context.references.senior_users.insert(telegram);
        context.tally.record_repair(Repair::SeniorMaster, USERS, id);
    }
    if !list.unknown.is_empty() {
        context.tally.record_repair(Repair::UnknownRole, USERS, id);
    }
    if !list.has_senior_master && list.unknown.is_empty() && list.roles.to_string() != text {
        context.tally.record_repair(Repair::RoleOrder, USERS, id);
    }
    list.roles
}

pub(super) fn insert_placeholders(c: &mut SqliteConnection, context: &mut ImportContext<'_>) -> Result<()> {
    let role = RoleSet::none().to_string();
    for (id, name) in std::mem::take(&mut context.references.placeholder_users) {
        insert_user(c, id, name, &role, context.now)?;
        context.added.users += 1;
    }
    Ok(())
}

pub(super) fn insert_user(
    c: &mut SqliteConnection,
    id: i64,
    (first_name, last_name): PersonName,
    role: &str,
    created_at: NaiveDateTime,
) -> Result<()> {
    diesel::insert_into(users::table)
        .values((
            users::telegram_id.eq(id),
            users::first_name.eq(first_name),
            users::last_name.eq(last_name),
            users::role.eq(role),
            users::created_at.eq(created_at),
        ))
        .execute(c)?;
    Ok(())
}
