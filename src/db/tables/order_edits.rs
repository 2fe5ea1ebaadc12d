//! Changes of an order besides its status: edited fields, corrections, deletion, repeat visits.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::orders::{OrderRow, live, require_one_row, unchanged};
use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::orders;
use crate::db::time;
use crate::domain::ids::{EquipmentTypeId, MasterId, OrderId, TelegramId};
use crate::domain::money::Kopecks;
use crate::domain::order::{Order, OrderClosing};
use crate::domain::order_change::OrderField;
use crate::domain::status::OrderStatus;

/// Updates one field (`equipment` is the type of that name, if it is known), or fails with `Error::Conflict` when the status or the master has changed since `read`. An empty
/// value removes the notes.
pub(crate) fn update_order_field(
    conn: &mut AnyConnection,
    read: &Order,
    field: OrderField,
    value: &str,
    equipment: Option<EquipmentTypeId>,
    now: DateTime<Utc>,
) -> Result<()> {
    macro_rules! set {
        ($column:ident) => {
            set!($column, value)
        };
        ($column:ident, $value:expr) => {
            on_each!(conn, |c| diesel::update(unchanged!(read))
                .set((orders::$column.eq($value), orders::updated_at.eq(time::to_stored(now))))
                .execute(c))?
        };
    }
    let changed = match field {
        OrderField::Equipment => on_each!(conn, |c| diesel::update(unchanged!(read))
            .set((
                orders::equipment_type.eq(value),
                orders::equipment_type_id.eq(equipment.map(|id| id.0)),
                orders::updated_at.eq(time::to_stored(now)),
            ))
            .execute(c))?,
        OrderField::Description => set!(description),
        OrderField::ClientName => set!(client_name),
        OrderField::Address => set!(client_address),
        OrderField::Phone => set!(client_phone),
        OrderField::Notes => set!(notes, Some(value).filter(|notes| !notes.is_empty())),
    };
    require_one_row(changed)
}

/// Replaces the money of a closed order, or fails with `Error::Conflict` when its status or master has
/// changed since `read`.
pub(crate) fn correct_order(
    conn: &mut AnyConnection,
    read: &Order,
    closing: OrderClosing,
    now: DateTime<Utc>,
) -> Result<()> {
    let kopecks = |amount: Option<Kopecks>| amount.map(|k| k.0);
    let changed = on_each!(conn, |c| diesel::update(unchanged!(read))
        .set((
            orders::total_amount.eq(kopecks(closing.total())),
            orders::materials_cost.eq(kopecks(closing.materials())),
            orders::master_profit.eq(kopecks(closing.split().map(|split| split.master))),
            orders::company_profit.eq(kopecks(closing.split().map(|split| split.company))),
            orders::has_review.eq(closing.has_review()),
            orders::out_of_city.eq(closing.out_of_city().or(read.out_of_city)),
            orders::updated_at.eq(time::to_stored(now)),
        ))
        .execute(c))?;
    require_one_row(changed)
}

/// Replaces the master of a closed order, or fails with `Error::Conflict` when its status or master has changed since
/// `read`.
pub(crate) fn update_master_of_record(
    conn: &mut AnyConnection,
    read: &Order,
    master: MasterId,
    now: DateTime<Utc>,
) -> Result<()> {
    let changed = on_each!(conn, |c| diesel::update(unchanged!(read))
        .set((orders::assigned_master_id.eq(master.0), orders::updated_at.eq(time::to_stored(now))))
        .execute(c))?;
    require_one_row(changed)
}

/// Marks an order as deleted, or fails with `Error::Conflict` when its status or master has changed since `read`.
pub(crate) fn mark_deleted(conn: &mut AnyConnection, read: &Order, now: DateTime<Utc>) -> Result<()> {
    let now = time::to_stored(now);
    let changed = on_each!(conn, |c| diesel::update(unchanged!(read))
        .set((orders::deleted_at.eq(now), orders::updated_at.eq(now)))
        .execute(c))?;
    require_one_row(changed)
}

/// Makes a deleted order an order again; `false` when it is none.
pub(crate) fn unmark_deleted(conn: &mut AnyConnection, id: OrderId, now: DateTime<Utc>) -> Result<bool> {
    let deleted = orders::table.filter(orders::id.eq(id.0)).filter(orders::deleted_at.is_not_null());
    let none = None::<chrono::NaiveDateTime>;
    let changed = on_each!(conn, |c| diesel::update(deleted)
        .set((orders::deleted_at.eq(none), orders::updated_at.eq(time::to_stored(now))))
        .execute(c))?;
    Ok(changed == 1)
}

pub(crate) fn find_deleted_order(conn: &mut AnyConnection, id: OrderId) -> Result<Option<Order>> {
    let deleted = orders::table.find(id.0).filter(orders::deleted_at.is_not_null());
    on_each!(conn, |c| deleted.select(OrderRow::as_select()).get_result(c).optional())?
        .map(Order::try_from)
        .transpose()
}

/// Inserts a new order for the same client and appliance as another.
pub(crate) fn insert_repeat_order(
    conn: &mut AnyConnection,
    of: &Order,
    description: &str,
    dispatcher: TelegramId,
    now: DateTime<Utc>,
) -> Result<OrderId> {
    let now = time::to_stored(now);
    let type_of_old = orders::table.find(of.id.0).select(orders::equipment_type_id);
    let equipment: Option<i64> = on_each!(conn, |c| type_of_old.first(c))?;
    let id: i64 = on_each!(conn, |c| diesel::insert_into(orders::table)
        .values((
            orders::equipment_type.eq(&of.equipment),
            orders::equipment_type_id.eq(equipment),
            orders::description.eq(description),
            orders::client_name.eq(&of.client_name),
            orders::client_address.eq(&of.client_address),
            orders::client_phone.eq(&of.client_phone),
            orders::status.eq(OrderStatus::New.as_str()),
            orders::dispatcher_id.eq(dispatcher.0),
            orders::notes.eq(&of.notes),
            orders::created_at.eq(now),
            orders::updated_at.eq(now),
            orders::repeat_of.eq(of.id.0),
        ))
        .returning(orders::id)
        .get_result(c))?;
    Ok(OrderId(id))
}

/// Returns the repeat visits of an order, oldest first.
pub(crate) fn list_repeat_orders(conn: &mut AnyConnection, of: OrderId) -> Result<Vec<OrderId>> {
    let ids: Vec<i64> = on_each!(conn, |c| live!()
        .filter(orders::repeat_of.eq(of.0))
        .order(orders::id)
        .select(orders::id)
        .load(c))?;
    Ok(ids.into_iter().map(OrderId).collect())
}
