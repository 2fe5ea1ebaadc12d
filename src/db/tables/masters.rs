//! `masters`: the people who drive out, and where their messages go.

use chrono::{DateTime, Utc};
use diesel::dsl::count_star;
use diesel::prelude::*;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::{masters, orders, users};
use crate::db::time;
use crate::domain::ids::{ChatId, MasterId, OrderId, TelegramId};
use crate::domain::master::{Master, MasterFilter, NewMaster};
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
    created_at: chrono::NaiveDateTime,
}

type Names = (Option<String>, Option<String>, Option<String>);

fn master_from_row((row, (username, first_name, last_name)): (MasterRow, Names)) -> Master {
    let id = TelegramId(row.telegram_id);
    Master {
        id: MasterId(row.id),
        telegram_id: id,
        phone: row.phone,
        specialization: row.specialization,
        is_active: row.is_active,
        is_approved: row.is_approved,
        work_chat: row.work_chat_id.map(ChatId),
        created_at: time::from_stored(row.created_at),
        name: display_name(id, username.as_deref(), first_name.as_deref(), last_name.as_deref()),
        username,
    }
}

/// `masters` with the names of the people, ready for a filter.
macro_rules! with_names {
    () => {
        masters::table
            .inner_join(users::table.on(users::telegram_id.eq(masters::telegram_id)))
            .select((MasterRow::as_select(), (users::username, users::first_name, users::last_name)))
    };
}

/// The master with this number.
///
/// # Errors
/// When the database fails.
pub fn find_master(conn: &mut AnyConnection, id: MasterId) -> Result<Option<Master>> {
    Ok(on_each!(conn, |c| with_names!()
        .filter(masters::id.eq(id.0))
        .first::<(MasterRow, Names)>(c)
        .optional())?
    .map(master_from_row))
}

/// The master who is this person.
///
/// # Errors
/// When the database fails.
pub fn find_master_of_user(conn: &mut AnyConnection, person: TelegramId) -> Result<Option<Master>> {
    Ok(on_each!(conn, |c| with_names!()
        .filter(masters::telegram_id.eq(person.0))
        .first::<(MasterRow, Names)>(c)
        .optional())?
    .map(master_from_row))
}

/// The master with this number, who stays as they are until the transaction ends; others may read and keep them, too.
///
/// # Errors
/// When the database fails.
pub fn find_master_for_share(conn: &mut AnyConnection, id: MasterId) -> Result<Option<Master>> {
    if let AnyConnection::Pg(c) = conn {
        // On its own, so that the row of the person behind is not locked with it.
        masters::table.find(id.0).select(masters::id).for_share().get_result::<i64>(c).optional()?;
    }
    find_master(conn, id)
}

/// The master who is this person, whom nobody else changes or keeps before the transaction ends.
///
/// # Errors
/// When the database fails.
pub fn find_master_of_user_for_update(
    conn: &mut AnyConnection,
    person: TelegramId,
) -> Result<Option<Master>> {
    if let AnyConnection::Pg(c) = conn {
        let row = masters::table.filter(masters::telegram_id.eq(person.0)).select(masters::id);
        row.for_no_key_update().get_result::<i64>(c).optional()?;
    }
    find_master_of_user(conn, person)
}

/// Masters in the order in which they were added, each with the number of orders in hand.
///
/// # Errors
/// When the database fails.
pub fn list_masters(conn: &mut AnyConnection, filter: MasterFilter) -> Result<Vec<(Master, i64)>> {
    let rows: Vec<(MasterRow, Names)> = on_each!(conn, |c| {
        let mut query = with_names!().order(masters::id).into_boxed();
        match filter {
            MasterFilter::All => {}
            MasterFilter::Pending => query = query.filter(masters::is_approved.eq(false)),
            MasterFilter::TakesOrders => {
                query = query.filter(masters::is_approved.eq(true).and(masters::is_active.eq(true)));
            }
        }
        query.load(c)
    })?;
    let in_hand = OrderStatus::ALL.into_iter().filter(|s| s.has_master()).map(OrderStatus::as_str);
    let loads: Vec<(Option<i64>, i64)> = on_each!(conn, |c| orders::table
        .filter(orders::status.eq_any(in_hand.clone()))
        .group_by(orders::assigned_master_id)
        .select((orders::assigned_master_id, count_star()))
        .load(c))?;
    Ok(rows
        .into_iter()
        .map(master_from_row)
        .map(|m| {
            let load = loads.iter().find(|(id, _)| *id == Some(m.id.0));
            (m, load.map_or(0, |(_, count)| *count))
        })
        .collect())
}

/// How many orders a master has in hand.
///
/// # Errors
/// When the database fails.
pub fn count_open_orders(conn: &mut AnyConnection, id: MasterId) -> Result<i64> {
    let in_hand = OrderStatus::ALL.into_iter().filter(|s| s.has_master()).map(OrderStatus::as_str);
    Ok(on_each!(conn, |c| orders::table
        .filter(orders::assigned_master_id.eq(id.0))
        .filter(orders::status.eq_any(in_hand.clone()))
        .count()
        .get_result(c))?)
}

/// The orders that a master has in hand, oldest first.
///
/// # Errors
/// When the database fails.
pub fn list_open_orders(conn: &mut AnyConnection, id: MasterId) -> Result<Vec<OrderId>> {
    let in_hand = OrderStatus::ALL.into_iter().filter(|s| s.has_master()).map(OrderStatus::as_str);
    let ids: Vec<i64> = on_each!(conn, |c| orders::table
        .filter(orders::assigned_master_id.eq(id.0))
        .filter(orders::status.eq_any(in_hand.clone()))
        .order(orders::id)
        .select(orders::id)
        .load(c))?;
    Ok(ids.into_iter().map(OrderId).collect())
}

/// Whether any master works in this group.
///
/// # Errors
/// When the database fails.
pub fn list_masters_of_chat(conn: &mut AnyConnection, chat: ChatId) -> Result<Vec<MasterId>> {
    let ids: Vec<i64> = on_each!(conn, |c| masters::table
        .filter(masters::work_chat_id.eq(chat.0))
        .order(masters::id)
        .select(masters::id)
        .load(c))?;
    Ok(ids.into_iter().map(MasterId).collect())
}

/// Adds a master who works but is not yet approved; `None` when this person is a master already.
///
/// # Errors
/// When the database fails.
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

/// Lets a master in, or not.
///
/// # Errors
/// When the database fails.
pub fn update_master_approval(conn: &mut AnyConnection, id: MasterId, approved: bool) -> Result<()> {
    on_each!(conn, |c| diesel::update(masters::table.find(id.0))
        .set(masters::is_approved.eq(approved))
        .execute(c))?;
    Ok(())
}

/// Lets a master take orders, or rest.
///
/// # Errors
/// When the database fails.
pub fn update_master_activity(conn: &mut AnyConnection, id: MasterId, active: bool) -> Result<()> {
    on_each!(conn, |c| diesel::update(masters::table.find(id.0))
        .set(masters::is_active.eq(active))
        .execute(c))?;
    Ok(())
}

/// Sets or removes a master's work group.
///
/// # Errors
/// When the database fails.
pub fn update_work_chat(conn: &mut AnyConnection, id: MasterId, chat: Option<ChatId>) -> Result<()> {
    on_each!(conn, |c| diesel::update(masters::table.find(id.0))
        .set(masters::work_chat_id.eq(chat.map(|chat| chat.0)))
        .execute(c))?;
    Ok(())
}

/// Removes a master who never had an order. Returns whether there was such a one.
///
/// # Errors
/// When the database fails.
pub fn delete_unused_master(conn: &mut AnyConnection, id: MasterId) -> Result<bool> {
    let gone = on_each!(conn, |c| diesel::delete(masters::table.filter(masters::id.eq(id.0)).filter(
        diesel::dsl::not(diesel::dsl::exists(orders::table.filter(orders::assigned_master_id.eq(id.0))))
    ))
    .execute(c))?;
    Ok(gone > 0)
}
