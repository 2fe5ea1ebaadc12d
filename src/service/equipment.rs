//! Types of equipment: what staff choose from, and how administrators keep the list.

use chrono::{DateTime, Utc};

use super::{Refusal, Result, require_staff};
use crate::db::{AnyConnection, audit, equipment_types};
use crate::domain::equipment::{EquipmentType, MAX_TYPES, is_same_name};
use crate::domain::ids::EquipmentTypeId;
use crate::domain::user::User;

/// A change of the list by an administrator.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum EquipmentChange {
    Rename(String),
    /// Takes the type out of what new orders are offered; orders keep it.
    Hide,
    Show,
    MoveUp,
    MoveDown,
}

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

/// Adds a type at the end, for administrators. Its name must differ from all others.
pub(crate) fn add_equipment(
    tx: &mut AnyConnection,
    user: &User,
    name: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let known = list_for_change(tx, user, now)?;
    require_new_name(&known, name, None)?;
    if known.len() >= MAX_TYPES {
        return Err(Refusal::TooManyEquipmentTypes);
    }
    if !equipment_types::insert_equipment_type(tx, name, now)? {
        return Err(Refusal::EquipmentExists);
    }
    audit::insert_user_action(tx, user.telegram_id, "equipment.add", &format!("name={name}"), now)?;
    Ok(())
}

/// Changes a type, for administrators, and returns it as it is then. Repeating a change changes nothing.
pub(crate) fn change_equipment(
    tx: &mut AnyConnection,
    user: &User,
    id: EquipmentTypeId,
    change: &EquipmentChange,
    now: DateTime<Utc>,
) -> Result<EquipmentType> {
    let known = list_for_change(tx, user, now)?;
    let at = known.iter().position(|kind| kind.id == id).ok_or(Refusal::NoSuchEquipment)?;
    match change {
        EquipmentChange::Rename(name) => {
            require_new_name(&known, name, Some(id))?;
            equipment_types::update_equipment_name(tx, id, name)?;
        }
        EquipmentChange::Hide => equipment_types::update_equipment_visibility(tx, id, true)?,
        EquipmentChange::Show => equipment_types::update_equipment_visibility(tx, id, false)?,
        EquipmentChange::MoveUp => swap_places(tx, &known, at, at.checked_sub(1))?,
        EquipmentChange::MoveDown => swap_places(tx, &known, at, at.checked_add(1))?,
    }
    let after = view_equipment(tx, user, id, now)?;
    if after == known[at] {
        return Ok(after);
    }
    let action = match change {
        EquipmentChange::Rename(_) => "equipment.rename",
        EquipmentChange::Hide => "equipment.hide",
        EquipmentChange::Show => "equipment.show",
        EquipmentChange::MoveUp | EquipmentChange::MoveDown => "equipment.move",
    };
    audit::insert_user_action(tx, user.telegram_id, action, &format!("equipment_type={id}"), now)?;
    Ok(after)
}

/// Returns a type, for administrators.
pub(crate) fn view_equipment(
    tx: &mut AnyConnection,
    user: &User,
    id: EquipmentTypeId,
    now: DateTime<Utc>,
) -> Result<EquipmentType> {
    require_admin(user)?;
    let known = list_equipment(tx, user, now)?;
    known.into_iter().find(|kind| kind.id == id).ok_or(Refusal::NoSuchEquipment)
}

fn require_admin(user: &User) -> Result<()> {
    if user.roles.is_admin() { Ok(()) } else { Err(Refusal::NoRight) }
}

/// Returns the types; nothing else changes them until the transaction ends.
fn list_for_change(tx: &mut AnyConnection, user: &User, now: DateTime<Utc>) -> Result<Vec<EquipmentType>> {
    require_admin(user)?;
    equipment_types::lock_equipment_types(tx)?;
    list_equipment(tx, user, now)
}

fn require_new_name(known: &[EquipmentType], name: &str, except: Option<EquipmentTypeId>) -> Result<()> {
    let is_taken = known.iter().any(|kind| Some(kind.id) != except && is_same_name(&kind.name, name));
    if is_taken { Err(Refusal::EquipmentExists) } else { Ok(()) }
}

/// Numbers the types anew with two of them exchanged; beyond either end nothing changes.
fn swap_places(
    tx: &mut AnyConnection,
    known: &[EquipmentType],
    at: usize,
    with: Option<usize>,
) -> Result<()> {
    let mut order: Vec<&EquipmentType> = known.iter().collect();
    let Some(with) = with.filter(|with| *with < order.len()) else { return Ok(()) };
    order.swap(at, with);
    for (position, kind) in (1..).zip(order) {
        if kind.position != position {
            equipment_types::update_equipment_position(tx, kind.id, position)?;
        }
    }
    Ok(())
}
