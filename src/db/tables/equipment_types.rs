//! `equipment_types`: what the company repairs, in the order in which it is offered.

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::equipment_types;
use crate::db::time;
use crate::domain::equipment::{EquipmentType, FIRST_TYPES};
use crate::domain::ids::EquipmentTypeId;

#[derive(Queryable, Selectable)]
#[diesel(table_name = equipment_types)]
struct EquipmentTypeRow {
    id: i64,
    name: String,
    position: i64,
    is_hidden: bool,
}

impl From<EquipmentTypeRow> for EquipmentType {
    fn from(row: EquipmentTypeRow) -> Self {
        Self { id: EquipmentTypeId(row.id), name: row.name, position: row.position, is_hidden: row.is_hidden }
    }
}

/// Returns all types in the order in which they are offered, hidden ones included.
pub(crate) fn list_equipment_types(conn: &mut AnyConnection) -> Result<Vec<EquipmentType>> {
    let rows: Vec<EquipmentTypeRow> = on_each!(conn, |c| equipment_types::table
        .order((equipment_types::position, equipment_types::id))
        .select(EquipmentTypeRow::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(EquipmentType::from).collect())
}

/// Inserts the types with which a database begins, and links the orders that have one of their names.
pub(crate) fn insert_first_types(conn: &mut AnyConnection, now: DateTime<Utc>) -> Result<()> {
    for (position, (name, _)) in (1..).zip(FIRST_TYPES) {
        insert_row(conn, name, position, now)?;
    }
    link_orders(conn)
}

/// Links the orders that have the name of a type only.
pub(crate) fn link_orders(conn: &mut AnyConnection) -> Result<()> {
    // One scan of the orders, whatever the number of types.
    const LINK: &str = "UPDATE orders \
        SET \"equipment_type_id\" = (SELECT id FROM equipment_types WHERE name = orders.equipment_type) \
        WHERE equipment_type_id IS NULL AND equipment_type IN (SELECT name FROM equipment_types)";
    on_each!(conn, |c| diesel::sql_query(LINK).execute(c))?;
    Ok(())
}

/// Inserts a type behind all others; `false` when there is one of this very name.
pub(crate) fn insert_equipment_type(
    conn: &mut AnyConnection,
    name: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    let last: Option<i64> = on_each!(conn, |c| equipment_types::table
        .select(diesel::dsl::max(equipment_types::position))
        .get_result(c))?;
    insert_row(conn, name, last.unwrap_or_default() + 1, now)
}

fn insert_row(conn: &mut AnyConnection, name: &str, position: i64, now: DateTime<Utc>) -> Result<bool> {
    let inserted = on_each!(conn, |c| diesel::insert_into(equipment_types::table)
        .values((
            equipment_types::name.eq(name),
            equipment_types::position.eq(position),
            equipment_types::is_hidden.eq(false),
            equipment_types::created_at.eq(time::to_stored(now)),
        ))
        .on_conflict(equipment_types::name)
        .do_nothing()
        .execute(c))?;
    Ok(inserted == 1)
}

/// Makes other transactions that change the types wait until this one ends, for rules about all of them. SQLite has only one
/// writer and needs no lock.
pub(crate) fn lock_equipment_types(conn: &mut AnyConnection) -> Result<()> {
    if let AnyConnection::Pg(c) = conn {
        c.batch_execute("LOCK TABLE equipment_types IN SHARE ROW EXCLUSIVE MODE")?;
    }
    Ok(())
}

pub(crate) fn update_equipment_name(conn: &mut AnyConnection, id: EquipmentTypeId, name: &str) -> Result<()> {
    on_each!(conn, |c| diesel::update(equipment_types::table.find(id.0))
        .set(equipment_types::name.eq(name))
        .execute(c))?;
    Ok(())
}

pub(crate) fn update_equipment_visibility(
    conn: &mut AnyConnection,
    id: EquipmentTypeId,
    is_hidden: bool,
) -> Result<()> {
    on_each!(conn, |c| diesel::update(equipment_types::table.find(id.0))
        .set(equipment_types::is_hidden.eq(is_hidden))
        .execute(c))?;
    Ok(())
}

pub(crate) fn update_equipment_position(
    conn: &mut AnyConnection,
    id: EquipmentTypeId,
    position: i64,
) -> Result<()> {
    on_each!(conn, |c| diesel::update(equipment_types::table.find(id.0))
        .set(equipment_types::position.eq(position))
        .execute(c))?;
    Ok(())
}
