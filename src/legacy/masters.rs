//! `masters`.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::context::ImportContext;
use super::history;
use super::references::MASTERS;
use super::report::{KeptReason, Repair};
use super::source::{LegacyRow, LegacyTable};
use super::users::insert_user;
use super::value::LegacyValue;
use crate::db::error::Result;
use crate::db::schema::masters;
use crate::domain::ids::ChatId;
use crate::domain::role::{Role, RoleSet};

pub(super) const MASTER_COLUMNS: [&str; 8] = [
    "id",
    "telegram_id",
    "phone",
    "specialization",
    "is_active",
    "is_approved",
    "work_chat_id",
    "created_at",
];

#[derive(Insertable)]
#[diesel(table_name = masters, treat_none_as_default_value = false)]
struct NewMaster {
    id: i64,
    telegram_id: i64,
    phone: String,
    specialization: String,
    is_active: bool,
    is_approved: bool,
    work_chat_id: Option<i64>,
    is_senior: bool,
    created_at: NaiveDateTime,
}

/// Copies the masters, after the users.
pub(super) fn copy_masters(
    c: &mut SqliteConnection,
    table: &LegacyTable,
    context: &mut ImportContext<'_>,
) -> Result<()> {
    let mut missing_users: Vec<(i64, NaiveDateTime)> = Vec::new();
    let mut masters_by_user: HashMap<i64, i64> = HashMap::new();
    table.for_each_page(c, MASTER_COLUMNS, |c, rows| {
        context.start_batch("masters", rows.len());
        let mut new = Vec::with_capacity(rows.len());
        for row in rows {
            let shown = row.values[0].as_integer().unwrap_or(row.rowid);
            let user = row.values[1].as_integer();
            if row.is_deleted {
                context.references.deleted_masters.insert(shown, user);
                context.tally.record_kept(KeptReason::Deleted, MASTERS, shown);
                continue;
            }
            let first = user.and_then(|user| masters_by_user.get(&user).copied());
            if let Some(first) = first {
                context.references.masters.insert(shown, first);
                context.tally.record_kept(KeptReason::Duplicate, MASTERS, shown);
                continue;
            }
            let master = convert_master(row, table, context, &mut missing_users);
            masters_by_user.insert(master.telegram_id, master.id);
            context.references.masters.insert(shown, master.id);
            new.push(master);
        }
        diesel::insert_into(masters::table).values(&new).execute(c)?;
        Ok(())
    })?;
    history::keep_counter(c, MASTERS, table)?;
    context.references.next_master_id = context.first_free_id(MASTERS);
    let role = RoleSet::from(Role::Master).to_string();
    for (user, created_at) in missing_users {
        insert_user(c, user, (None, None), &role, created_at)?;
        context.added.users += 1;
    }
    Ok(())
}

fn convert_master(
    row: LegacyRow<8>,
    table: &LegacyTable,
    context: &mut ImportContext<'_>,
    missing_users: &mut Vec<(i64, NaiveDateTime)>,
) -> NewMaster {
    let [id, telegram_id, phone, specialization, is_active, is_approved, work_chat, created_at] = row.values;
    let id = context.assign_id(&id, row.rowid, table, MASTERS);
    let created_at = context.timestamp(&created_at, None, MASTERS, id);
    // Versions without this column could not deactivate a master.
    let mut is_active = !table.has_column("is_active") || context.required_flag(&is_active, MASTERS, id);
    let user = telegram_id.as_integer().filter(|user| *user > 0);
    let telegram_id = match user {
        Some(user) if context.references.users.contains_key(&user) => user,
        // Never deleted: the old bot went on sending them orders.
        Some(user) if !context.references.deleted_users.contains_key(&user) => {
            context.tally.record_repair(Repair::UserAdded, MASTERS, id);
            context.references.users.insert(user, (None, None));
            missing_users.push((user, created_at));
            user
        }
        _ => {
            context.tally.record_repair(Repair::MasterWithoutUser, MASTERS, id);
            is_active = false;
            context.references.deleted_masters.insert(id, user);
            let row = context.references.placeholder_master(Some(id), format!("row {id}"));
            // The master's row is inserted here; only the user behind it needs a placeholder.
            context.references.placeholder_masters.remove(&row).unwrap_or(-id)
        }
    };
    let chat = work_chat.as_integer().map(ChatId).filter(|chat| chat.is_group()).map(|chat| chat.0);
    if chat.is_none() && work_chat != LegacyValue::Null {
        context.tally.record_repair(Repair::WorkChat, MASTERS, id);
    }
    NewMaster {
        id,
        telegram_id,
        phone: context.phone(&phone, MASTERS, id),
        specialization: context.required_text(&specialization, MASTERS, id),
        is_active,
        is_approved: table.has_column("is_approved") && context.required_flag(&is_approved, MASTERS, id),
        work_chat_id: chat,
        is_senior: context.references.senior_users.contains(&telegram_id),
        created_at,
    }
}

pub(super) fn insert_placeholders(c: &mut SqliteConnection, context: &mut ImportContext<'_>) -> Result<()> {
    for (id, telegram_id) in std::mem::take(&mut context.references.placeholder_masters) {
        let master = NewMaster {
            id,
            telegram_id,
            phone: String::new(),
            specialization: "(?)".to_owned(),
            is_active: false,
            is_approved: true,
            work_chat_id: None,
            is_senior: false,
            created_at: context.now,
        };
        diesel::insert_into(masters::table).values(&master).execute(c)?;
        context.added.masters += 1;
    }
    Ok(())
}
