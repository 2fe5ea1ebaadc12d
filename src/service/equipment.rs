//! Types of equipment: what staff choose from.

use chrono::{DateTime, Utc};

use super::{Result, require_staff};
use crate::db::{AnyConnection, equipment_types};
use crate::domain::equipment::EquipmentType;
use crate::domain::user::User;

/// Returns all types in the order in which they are offered, hidden ones included, for staff. An empty list is filled with
/// the first types.
pub(crate) fn list_equipment(
    tx: &mut AnyConnection,
    user: &User,
    now: DateTime<Utc>,
) -> Result<Vec<EquipmentType>> {
    require_staff(user)?;
    let known = equipment_types::list_equipment_types(tx)?;
    if !known.is_empty() {
        return Ok(known);
    }
    equipment_types::insert_first_types(tx, now)?;
    Ok(equipment_types::list_equipment_types(tx)?)
}
