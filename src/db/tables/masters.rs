//! `masters`: who carries out repairs, and in which chat they work.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::{chats, ledger_entries, masters, orders, users};
use crate::db::time;
use crate::domain::ids::{ChatId, ChatPlace, MasterId, OrderId, TelegramId, ThreadId};
use crate::domain::master::{Master, MasterFilter, NewMaster};
use crate::domain::role::RoleSet;
use crate::domain::status::OrderStatus;
use crate::domain::user::display_name;

#[derive(Queryable, Selectable)]
#[diesel(table_name = masters)]
struct MasterRow {
    id: i64,
    telegram_id: i64,
    phone: String,
    specialization: String,
    is_active: bool,
    is_approved: bool,
    work_chat_id: Option<i64>,
    work_thread_id: Option<i64>,
    is_senior: bool,
    day_off_until: Option<chrono::NaiveDateTime>,
    added_by: Option<i64>,
    created_at: chrono::NaiveDateTime,
}

/// What `users` knows of a master: username, first and last name, roles.
type UserColumns = (Option<String>, Option<String>, Option<String>, String);

/// A master with the title of their work group.
type JoinedRow = (MasterRow, UserColumns, Option<String>);

fn master_from_row((row, user, work_chat_title): JoinedRow) -> Master {
    let (username, first_name, last_name, roles) = user;
    let id = TelegramId(row.telegram_id);
    Master {
        id: MasterId(row.id),
        telegram_id: id,
        phone: row.phone,
        specialization: row.specialization,
        is_active: row.is_active,
        is_approved: row.is_approved,
        // Roles that cannot be read give no right.
        has_role: roles.parse::<RoleSet>().is_ok_and(RoleSet::is_master),
        work_chat: row.work_chat_id.map(ChatId),
        work_thread: row.work_thread_id.map(ThreadId),
        is_senior: row.is_senior,
        day_off_until: row.day_off_until.map(time::from_stored),
        added_by: row.added_by.map(TelegramId),
        created_at: time::from_stored(row.created_at),
        name: display_name(id, username.as_deref(), first_name.as_deref(), last_name.as_deref()),
        username,
        work_chat_title,
    }
}

/// `masters` joined with `users` and the titles of groups, ready for a filter.
macro_rules! with_users {
    () => {
        masters::table
            .inner_join(users::table.on(users::telegram_id.eq(masters::telegram_id)))
            .left_join(chats::table.on(chats::chat_id.nullable().eq(masters::work_chat_id)))
            .select((
                MasterRow::as_select(),
                (users::username, users::first_name, users::last_name, users::role),
                chats::title.nullable(),
            ))
    };
}

pub fn find_master(conn: &mut AnyConnection, id: MasterId) -> Result<Option<Master>> {
    Ok(on_each!(conn, |c| with_users!().filter(masters::id.eq(id.0)).get_result::<JoinedRow>(c).optional())?
        .map(master_from_row))
}

/// Returns the masters with these ids, in any order.
pub(crate) fn find_masters(conn: &mut AnyConnection, ids: &[MasterId]) -> Result<Vec<Master>> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<JoinedRow> = on_each!(conn, |c| with_users!().filter(masters::id.eq_any(ids)).load(c))?;
    Ok(rows.into_iter().map(master_from_row).collect())
}

pub fn find_master_of_user(conn: &mut AnyConnection, user: TelegramId) -> Result<Option<Master>> {
    Ok(on_each!(conn, |c| with_users!()
        .filter(masters::telegram_id.eq(user.0))
        .get_result::<JoinedRow>(c)
        .optional())?
    .map(master_from_row))
}

/// Returns the master and locks the row against changes until the transaction ends; others may read it and lock it likewise.
pub(crate) fn find_master_for_share(conn: &mut AnyConnection, id: MasterId) -> Result<Option<Master>> {
    if let AnyConnection::Pg(c) = conn {
        // A query of its own, because the join would lock the user's row too.
        masters::table.find(id.0).select(masters::id).for_share().get_result::<i64>(c).optional()?;
    }
    find_master(conn, id)
}

/// Returns the master and locks the row for a change until the transaction ends.
pub(crate) fn find_master_of_user_for_update(
    conn: &mut AnyConnection,
    user: TelegramId,
) -> Result<Option<Master>> {
    if let AnyConnection::Pg(c) = conn {
        let row = masters::table.filter(masters::telegram_id.eq(user.0)).select(masters::id);
        row.for_no_key_update().get_result::<i64>(c).optional()?;
    }
    find_master_of_user(conn, user)
}

/// Returns the masters who see orders and work in a group, oldest first.
pub(crate) fn list_masters_of_group(conn: &mut AnyConnection, group: ChatId) -> Result<Vec<Master>> {
    let found: Vec<JoinedRow> = on_each!(conn, |c| with_users!()
        .filter(masters::work_chat_id.eq(group.0))
        .order(masters::id)
        .load(c))?;
    Ok(found.into_iter().map(master_from_row).filter(Master::sees_orders).collect())
}

/// Tells whether a chat is the private chat or the work group of a master who sees their orders.
pub(crate) fn is_chat_of_master(conn: &mut AnyConnection, chat: ChatId) -> Result<bool> {
    let theirs = masters::telegram_id.eq(chat.0).or(masters::work_chat_id.eq(chat.0).assume_not_null());
    let found: Vec<JoinedRow> = on_each!(conn, |c| with_users!().filter(theirs).load(c))?;
    Ok(found.into_iter().map(master_from_row).any(|master| master.sees_orders()))
}

/// The statuses in which an order occupies its master.
fn open_statuses() -> impl Iterator<Item = &'static str> {
    OrderStatus::ALL.into_iter().filter(|s| s.has_master()).map(OrderStatus::as_str)
}

/// Returns the masters, oldest first, each with their number of open orders.
pub fn list_masters(conn: &mut AnyConnection, filter: MasterFilter) -> Result<Vec<(Master, i64)>> {
    let rows: Vec<JoinedRow> = on_each!(conn, |c| with_users!().order(masters::id).load(c))?;
    let mut listed: Vec<Master> = rows.into_iter().map(master_from_row).collect();
    listed.retain(|master| match filter {
        MasterFilter::All => true,
        MasterFilter::Pending => master.is_pending(),
        MasterFilter::TakesOrders(now) => master.takes_orders(now),
    });
    // One by one: a count for all masters at once reads the index of all orders ever taken.
    listed.into_iter().map(|master| count_open_orders(conn, master.id).map(|load| (master, load))).collect()
}

pub(crate) fn count_open_orders(conn: &mut AnyConnection, id: MasterId) -> Result<i64> {
    Ok(on_each!(conn, |c| orders::table
        .filter(orders::assigned_master_id.eq(id.0))
        .filter(orders::status.eq_any(open_statuses()))
        .filter(orders::deleted_at.is_null())
        .count()
        .get_result(c))?)
}

/// Returns the ids of a master's open orders, oldest first.
pub(crate) fn list_open_orders(conn: &mut AnyConnection, id: MasterId) -> Result<Vec<OrderId>> {
    let ids: Vec<i64> = on_each!(conn, |c| orders::table
        .filter(orders::assigned_master_id.eq(id.0))
        .filter(orders::status.eq_any(open_statuses()))
        .filter(orders::deleted_at.is_null())
        .order(orders::id)
        .select(orders::id)
        .load(c))?;
    Ok(ids.into_iter().map(OrderId).collect())
}

/// Inserts an active master; `None` when the user is a master already.
pub fn insert_master(
    conn: &mut AnyConnection,
    new: &NewMaster,
    approved: bool,
    now: DateTime<Utc>,
) -> Result<Option<MasterId>> {
    let id: Option<i64> = on_each!(conn, |c| diesel::insert_into(masters::table)
        .values((
            masters::telegram_id.eq(new.telegram_id.0),
            masters::phone.eq(new.phone.as_str()),
            masters::specialization.eq(&new.specialization),
            masters::is_active.eq(true),
            masters::is_approved.eq(approved),
            masters::created_at.eq(time::to_stored(now)),
        ))
        .on_conflict(masters::telegram_id)
        .do_nothing()
        .returning(masters::id)
        .get_result(c)
        .optional())?;
    Ok(id.map(MasterId))
}

/// Records who added a master and hears what an administrator decides.
pub(crate) fn update_added_by(conn: &mut AnyConnection, id: MasterId, user: TelegramId) -> Result<()> {
    on_each!(conn, |c| diesel::update(masters::table.find(id.0))
        .set(masters::added_by.eq(user.0))
        .execute(c))?;
    Ok(())
}

/// Sets the end of a master's day off; `None` for no day off.
pub(crate) fn update_day_off(
    conn: &mut AnyConnection,
    id: MasterId,
    until: Option<DateTime<Utc>>,
) -> Result<()> {
    on_each!(conn, |c| diesel::update(masters::table.find(id.0))
        .set(masters::day_off_until.eq(until.map(time::to_stored)))
        .execute(c))?;
    Ok(())
}

pub(crate) fn update_seniority(conn: &mut AnyConnection, id: MasterId, senior: bool) -> Result<()> {
    on_each!(conn, |c| diesel::update(masters::table.find(id.0))
        .set(masters::is_senior.eq(senior))
        .execute(c))?;
    Ok(())
}

pub(crate) fn update_master_approval(conn: &mut AnyConnection, id: MasterId, approved: bool) -> Result<()> {
    on_each!(conn, |c| diesel::update(masters::table.find(id.0))
        .set(masters::is_approved.eq(approved))
        .execute(c))?;
    Ok(())
}

pub(crate) fn update_master_activity(conn: &mut AnyConnection, id: MasterId, active: bool) -> Result<()> {
    on_each!(conn, |c| diesel::update(masters::table.find(id.0))
        .set(masters::is_active.eq(active))
        .execute(c))?;
    Ok(())
}

pub fn update_work_chat(conn: &mut AnyConnection, id: MasterId, place: Option<ChatPlace>) -> Result<()> {
    on_each!(conn, |c| diesel::update(masters::table.find(id.0))
        .set((
            masters::work_chat_id.eq(place.map(|place| place.chat.0)),
            masters::work_thread_id.eq(place.and_then(|place| place.thread).map(|thread| thread.0)),
        ))
        .execute(c))?;
    Ok(())
}

/// Deletes a master unless an order or an entry of the ledger refers to them; returns whether the row was deleted.
pub(crate) fn delete_unused_master(conn: &mut AnyConnection, id: MasterId) -> Result<bool> {
    let orders = orders::table.filter(orders::assigned_master_id.eq(id.0));
    let entries = ledger_entries::table.filter(ledger_entries::master_id.eq(id.0));
    let gone = on_each!(conn, |c| diesel::delete(
        masters::table
            .filter(masters::id.eq(id.0))
            .filter(diesel::dsl::not(diesel::dsl::exists(orders)))
            .filter(diesel::dsl::not(diesel::dsl::exists(entries)))
    )
    .execute(c))?;
    Ok(gone > 0)
}
