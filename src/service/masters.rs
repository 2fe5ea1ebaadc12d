//! Masters: adding them, letting them in, giving them rest and a work group.

use chrono::{DateTime, Utc};

use super::{Refusal, Result};
use crate::db::masters;
use crate::db::users;
use crate::db::{AnyConnection, audit};
use crate::domain::ids::{ChatId, MasterId, TelegramId};
use crate::domain::master::{Master, MasterFilter, NewMaster};
use crate::domain::role::Role;
use crate::domain::user::User;

/// A change to a master's standing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Change {
    /// Let in.
    Approve,
    /// Not let in: the role and, if they never had an order, the row go.
    Reject,
    /// Takes orders again.
    Activate,
    /// Takes no more orders.
    Deactivate,
    /// Works in this group, or in the private chat.
    WorkChat(Option<ChatId>),
}

impl Change {
    fn name(self) -> &'static str {
        match self {
            Self::Approve => "master.approve",
            Self::Reject => "master.reject",
            Self::Activate => "master.activate",
            Self::Deactivate => "master.deactivate",
            Self::WorkChat(_) => "master.work_chat",
        }
    }
}

/// Whether a person could be added as a master.
///
/// # Errors
/// [`Refusal::NoRight`], [`Refusal::UnknownPerson`] who never wrote to the bot, [`Refusal::AlreadyMaster`].
pub fn candidate(tx: &mut AnyConnection, person: &User, id: TelegramId) -> Result<User> {
    require_staff(person)?;
    let candidate = users::find(tx, id)?.ok_or(Refusal::UnknownPerson)?;
    if masters::find_person(tx, id)?.is_some() {
        return Err(Refusal::AlreadyMaster);
    }
    Ok(candidate)
}

/// Adds a master. Whoever may approve masters approves by adding; without approval they have no role yet.
///
/// # Errors
/// As [`candidate`].
pub fn add(tx: &mut AnyConnection, person: &User, new: &NewMaster, now: DateTime<Utc>) -> Result<Master> {
    candidate(tx, person, new.telegram_id)?;
    let approved = person.roles.is_admin();
    let id = masters::insert(tx, new, approved, now)?.ok_or(Refusal::AlreadyMaster)?;
    if approved {
        set_role(tx, new.telegram_id, true)?;
    }
    let details = format!("master={id} user={} approved={approved}", new.telegram_id);
    audit::insert(tx, person.telegram_id, "master.add", &details, now)?;
    masters::find(tx, id)?.ok_or(Refusal::NoSuchMaster)
}

/// Changes a master's standing and returns the master before and after (`None` when the row is gone).
/// Repeating a change changes nothing and is no error.
///
/// # Errors
/// [`Refusal::NoRight`]: approving and rejecting is for admins, the rest for staff. [`Refusal::NoSuchMaster`].
pub fn change(
    tx: &mut AnyConnection,
    person: &User,
    id: TelegramId,
    change: Change,
    now: DateTime<Utc>,
) -> Result<(Master, Option<Master>)> {
    require_staff(person)?;
    if matches!(change, Change::Approve | Change::Reject) && !person.roles.is_admin() {
        return Err(Refusal::NoRight);
    }
    let before = masters::find_person_locked(tx, id)?.ok_or(Refusal::NoSuchMaster)?;
    match change {
        Change::Approve => {
            masters::set_approved(tx, before.id, true)?;
            set_role(tx, id, true)?;
        }
        Change::Reject => {
            if !masters::delete_unused(tx, before.id)? {
                return Err(Refusal::MasterHasOrders);
            }
            set_role(tx, id, false)?;
        }
        Change::Activate => masters::set_active(tx, before.id, true)?,
        Change::Deactivate => masters::set_active(tx, before.id, false)?,
        Change::WorkChat(chat) => masters::set_work_chat(tx, before.id, chat)?,
    }
    let after = masters::find(tx, before.id)?;
    if after.as_ref() != Some(&before) {
        let details = format!("master={} user={id}", before.id);
        audit::insert(tx, person.telegram_id, change.name(), &details, now)?;
    }
    Ok((before, after))
}

/// One master.
///
/// # Errors
/// [`Refusal::NoRight`] unless the person is staff, [`Refusal::NoSuchMaster`].
pub fn see(tx: &mut AnyConnection, person: &User, id: TelegramId) -> Result<Master> {
    require_staff(person)?;
    masters::find_person(tx, id)?.ok_or(Refusal::NoSuchMaster)
}

/// The masters, each with the number of orders in hand.
///
/// # Errors
/// [`Refusal::NoRight`] unless the person is staff.
pub fn list(tx: &mut AnyConnection, person: &User, filter: MasterFilter) -> Result<Vec<(Master, i64)>> {
    require_staff(person)?;
    Ok(masters::list(tx, filter)?)
}

/// How many orders a master has in hand, for staff.
///
/// # Errors
/// [`Refusal::NoRight`] unless the person is staff.
pub fn load(tx: &mut AnyConnection, person: &User, id: MasterId) -> Result<i64> {
    require_staff(person)?;
    Ok(masters::load(tx, id)?)
}

fn set_role(tx: &mut AnyConnection, id: TelegramId, is_master: bool) -> Result<()> {
    if let Some(user) = users::find_locked(tx, id)? {
        let roles = if is_master { user.roles.with(Role::Master) } else { user.roles.without(Role::Master) };
        users::set_roles(tx, id, roles)?;
    }
    Ok(())
}

fn require_staff(person: &User) -> Result<()> {
    if person.roles.is_staff() { Ok(()) } else { Err(Refusal::NoRight) }
}
