//! `equipment_types`: the types with which a database begins, and those that the old bot's orders have besides.

use diesel::prelude::*;

use crate::db::connection::AnyConnection;
use crate::db::error::Result;
use crate::db::schema::orders;
use crate::db::{equipment_types, time};
use crate::domain::equipment::{MAX_TYPES, is_same_name};
use crate::domain::status::OrderStatus;

use super::source::on_sqlite;

/// The longest name, in characters: more is a description.
const MAX_NAME: usize = 40;

/// Inserts the types and links the orders with them. A type that only finished orders have is hidden: it was typed once, or
/// is not repaired any more. An order keeps the name of its type as it is.
pub(super) fn insert_types_in_use(conn: &mut AnyConnection) -> Result<()> {
    let now = time::now();
    equipment_types::insert_first_types(conn, now)?;
    let finished = [OrderStatus::Closed, OrderStatus::Refused].map(OrderStatus::as_str);
    let used: Vec<(String, Option<i64>)> = on_sqlite(conn, |c| {
        let is_open = orders::status.ne_all(finished);
        let open_order = diesel::dsl::case_when(is_open, orders::id.nullable());
        Ok(orders::table
            .filter(orders::deleted_at.is_null())
            .filter(orders::equipment_type_id.is_null())
            .group_by(orders::equipment_type)
            .order(diesel::dsl::min(orders::id))
            .select((orders::equipment_type, diesel::dsl::max(open_order)))
            .load(c)?)
    })?;
    for (name, open_order) in used {
        let known = equipment_types::list_equipment_types(conn)?;
        let is_usable = !name.trim().is_empty() && name.chars().count() <= MAX_NAME;
        let is_known = known.iter().any(|kind| is_same_name(&kind.name, &name));
        if !is_usable || is_known || known.len() >= MAX_TYPES {
            continue;
        }
        equipment_types::insert_equipment_type(conn, &name, now)?;
        let inserted =
            equipment_types::list_equipment_types(conn)?.into_iter().find(|kind| kind.name == name);
        if let Some(inserted) = inserted.filter(|_| open_order.is_none()) {
            equipment_types::update_equipment_visibility(conn, inserted.id, true)?;
        }
    }
    equipment_types::link_orders(conn)
}
